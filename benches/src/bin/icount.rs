//! Counts the instructions of every stage with callgrind and compares them with the committed baseline.
//!
//! Instruction counts are the same on every run, whatever the load of the machine, so changes of a few percent
//! are visible. Each stage runs in two processes, once in the first and several times in the second: the
//! difference is the cost of the additional runs, without setup.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, ensure};
use benches::{
    Mix,
    stages::{STAGES, Stage, StageInput},
};

const USAGE: &str = "usage: icount [--bless] [STAGE]…
Needs valgrind. --bless writes the counts to the baseline.";

/// Events of the corpus: enough that the cost per delivery is a small part, as in production.
const EVENTS: u64 = 3000;

/// Number of additional runs of the stage in the second process.
const PASSES: u64 = 2;

/// Maximum increase over the baseline, in percent.
const TOLERANCE: f64 = 3.0;

/// Stages with rules, each with the same stage without rules, and the most instructions that it may take compared with it.
/// The goal of the first one is 1.25: benches/README.md.
const LIMITS: [(&str, &str, f64); 3] = [
    ("pipeline-otlp-gzip-1-ten-rules", "pipeline-otlp-gzip-1", 1.4),
    ("pipeline-otlp-gzip-1-all-detectors", "pipeline-otlp-gzip-1", 1.5),
    ("pipeline-otlp-gzip-1-sample-1-in-20", "pipeline-otlp-gzip-1", 1.0),
];

/// Flag with which the program starts itself under callgrind.
const ONE_STAGE: &str = "--one-stage";

fn main() -> Result<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [ONE_STAGE, name, passes] => run_stage(name, passes.parse()?).map(|()| ExitCode::SUCCESS),
        ["--bless", names @ ..] => bless(names).map(|()| ExitCode::SUCCESS),
        names => compare(names),
    }
}

/// Runs a stage `passes` + 1 times; called under callgrind.
fn run_stage(name: &str, passes: u64) -> Result<()> {
    let stage = Stage::named(name).context("unknown stage")?;
    let input = StageInput::make(Mix::Typical, EVENTS);
    let mut work = stage.prepare(&input);
    (0..=passes).for_each(|_| work.run());
    Ok(())
}

/// Instructions per event by stage, without stages that run C code.
type Baseline = BTreeMap<String, u64>;

fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("icount/baseline.json")
}

fn read_baseline() -> Result<Baseline> {
    let path = baseline_path();
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let json: serde_json::Map<_, _> = serde_json::from_str(&text)?;
    json.into_iter()
        .map(|(name, count)| {
            Ok((name, count.as_u64().context("the baseline has a count that is not a number")?))
        })
        .collect()
}

fn bless(names: &[&str]) -> Result<()> {
    let mut baseline = read_baseline().unwrap_or_default();
    baseline.retain(|name, _| Stage::named(name).is_some());
    for (stage, count) in count_all(names)? {
        if !stage.has_c_code {
            baseline.insert(stage.name.to_owned(), count);
        }
    }
    fs::write(baseline_path(), serde_json::to_string_pretty(&baseline)? + "\n")?;
    Ok(())
}

fn compare(names: &[&str]) -> Result<ExitCode> {
    let baseline = read_baseline()?;
    let counted = count_all(names)?;
    let mut worse = over_limits(&counted)?;
    for (stage, count) in counted {
        let Some(before) = baseline.get(stage.name) else {
            ensure!(stage.has_c_code, "{} is not in the baseline: icount --bless {0}", stage.name);
            continue;
        };
        let change = percent(count, *before);
        if change.abs() > TOLERANCE {
            let label = if change > 0.0 { "WORSE" } else { "better: accept with --bless" };
            writeln!(io::stdout(), "{:<36} {change:+.1} %  {label}", stage.name)?;
            worse += u32::from(change > 0.0);
        }
    }
    Ok(if worse == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares the stages with rules with those without, if both were counted. Returns the number that are over their limit.
fn over_limits(counted: &[(Stage, u64)]) -> Result<u32> {
    let count = |name: &str| counted.iter().find(|(stage, _)| stage.name == name).map(|(_, count)| *count);
    let mut over = 0;
    for (ruled, plain, limit) in LIMITS {
        let (Some(with), Some(without)) = (count(ruled), count(plain)) else { continue };
        let ratio = 1.0 + percent(with, without) / 100.0;
        let label = if ratio > limit { "OVER ITS LIMIT" } else { "within its limit" };
        writeln!(io::stdout(), "{ruled:<36} {ratio:.2}x of {plain}, {label} {limit}x")?;
        over += u32::from(ratio > limit);
    }
    Ok(over)
}

/// Relative difference of `count` to `before`, in percent.
fn percent(count: u64, before: u64) -> f64 {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (number(count) / number(before) - 1.0) * 100.0
}

/// Counts the given stages, or all if `names` is empty, and prints the counts.
fn count_all(names: &[&str]) -> Result<Vec<(Stage, u64)>> {
    let unknown = names.iter().find(|name| Stage::named(name).is_none());
    ensure!(unknown.is_none(), "unknown stage {unknown:?}\n{USAGE}");
    let events = StageInput::make(Mix::Typical, EVENTS).events();
    let mut counted = Vec::new();
    for stage in STAGES.into_iter().filter(|stage| names.is_empty() || names.contains(&stage.name)) {
        let [once, more] = [0, PASSES].map(|passes| instructions(stage, passes));
        let count = (more? - once?) / (PASSES * events);
        writeln!(io::stdout(), "{:<36} {count:>6} instructions per event", stage.name)?;
        counted.push((stage, count));
    }
    Ok(counted)
}

/// Counts all instructions of a process that runs a stage `passes` + 1 times.
fn instructions(stage: Stage, passes: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args([ONE_STAGE, stage.name, &passes.to_string()])
        .output()
        .context("failed to run valgrind: install the package valgrind")?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{stderr}");
    let collected = stderr.lines().find_map(|line| line.split_once("Collected : "));
    collected
        .context("callgrind printed no total")?
        .1
        .trim()
        .parse()
        .context("callgrind's total is not a number")
}
