//! Counts the instructions of every stage under callgrind, and compares them with the committed baseline.
//!
//! Instructions are the same on every run, however busy the machine is, so a few percent show. A stage is run once and
//! then several times: the difference is that of whole passes, without what prepares them.

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
    stages::{Material, STAGES, Stage},
};

const USAGE: &str = "usage: icount [--bless] [STAGE]…
Needs valgrind. --bless writes what is counted into the baseline.";

/// Events of the corpus: enough that a delivery's own costs are a small part, as they are in reality.
const EVENTS: u64 = 3000;

/// Passes of the longer run, besides the one that both have.
const PASSES: u64 = 2;

/// A stage may be so much worse than the baseline, in percent.
const TOLERANCE: f64 = 3.0;

/// What the parent calls itself with.
const ONE_STAGE: &str = "--one-stage";

fn main() -> Result<ExitCode> {
    let words: Vec<_> = env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [ONE_STAGE, name, passes] => run_stage(name, passes.parse()?).map(|()| ExitCode::SUCCESS),
        ["--bless", names @ ..] => bless(names).map(|()| ExitCode::SUCCESS),
        names => compare(names),
    }
}

/// Under callgrind: a stage, so many times and once more.
fn run_stage(name: &str, passes: u64) -> Result<()> {
    let stage = Stage::named(name).context("no such stage")?;
    let material = Material::make(Mix::Typical, EVENTS);
    let mut work = stage.prepare(&material);
    (0..=passes).for_each(|_| work.run());
    Ok(())
}

/// Instructions an event, by stage; C's are not in it.
type Baseline = BTreeMap<String, u64>;

fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("icount/baseline.json")
}

fn read_baseline() -> Result<Baseline> {
    let path = baseline_path();
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let json: serde_json::Map<_, _> = serde_json::from_str(&text)?;
    json.into_iter().map(|(name, count)| Ok((name, count.as_u64().context("a number")?))).collect()
}

fn bless(names: &[&str]) -> Result<()> {
    let mut baseline = read_baseline().unwrap_or_default();
    baseline.retain(|name, _| Stage::named(name).is_some());
    for (stage, count) in count_all(names)? {
        if !stage.is_partly_c {
            baseline.insert(stage.name.to_owned(), count);
        }
    }
    fs::write(baseline_path(), serde_json::to_string_pretty(&baseline)? + "\n")?;
    Ok(())
}

fn compare(names: &[&str]) -> Result<ExitCode> {
    let baseline = read_baseline()?;
    let mut worse = 0;
    for (stage, count) in count_all(names)? {
        let Some(before) = baseline.get(stage.name) else {
            ensure!(stage.is_partly_c, "{} is not in the baseline: icount --bless {0}", stage.name);
            continue;
        };
        let change = percent(count, *before);
        if change.abs() > TOLERANCE {
            let word = if change > 0.0 { "WORSE" } else { "better: --bless it" };
            writeln!(io::stdout(), "{:<30} {change:+.1} %  {word}", stage.name)?;
            worse += u32::from(change > 0.0);
        }
    }
    Ok(if worse == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// By how much `count` is more than `before`.
fn percent(count: u64, before: u64) -> f64 {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (number(count) / number(before) - 1.0) * 100.0
}

/// Counts these stages, or all, and prints them.
fn count_all(names: &[&str]) -> Result<Vec<(Stage, u64)>> {
    let unknown = names.iter().find(|name| Stage::named(name).is_none());
    ensure!(unknown.is_none(), "{unknown:?} is no stage\n{USAGE}");
    let events = Material::make(Mix::Typical, EVENTS).events();
    let mut counted = Vec::new();
    for stage in STAGES.into_iter().filter(|stage| names.is_empty() || names.contains(&stage.name)) {
        let [once, more] = [0, PASSES].map(|passes| instructions(stage, passes));
        let count = (more? - once?) / (PASSES * events);
        writeln!(io::stdout(), "{:<30} {count:>6} instructions an event", stage.name)?;
        counted.push((stage, count));
    }
    Ok(counted)
}

/// All instructions of a process that runs a stage so many times and once more.
fn instructions(stage: Stage, passes: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args([ONE_STAGE, stage.name, &passes.to_string()])
        .output()
        .context("valgrind, from the package of that name")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{told}");
    let collected = told.lines().find_map(|line| line.split_once("Collected : "));
    collected.context("callgrind tells a sum")?.1.trim().parse().context("which is a number")
}
