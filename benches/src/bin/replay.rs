//! Compares `tailwater replay` with `zcat | wc -l` and `zcat | grep -c REPORT` on the same folder of logs.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use benches::{Corpus, Mix, Pack, Packer, Plan, Size};
use serde_json::Value;

const USAGE: &str = "usage: replay [--tailwater PATH] [--size N[MB|GB]] [--folder DIR] [--runs N]
--size is the uncompressed size of the documents, by default 2GB; an existing folder is used unchanged.";

/// Command line options.
struct Options {
    tailwater: PathBuf,
    bytes: u64,
    folder: PathBuf,
    runs: usize,
}

/// Duration and output of a process.
struct Timing {
    wall: Duration,
    cpu_time: Duration,
    output: Vec<u8>,
}

fn main() -> Result<()> {
    let options = parse_options(env::args().skip(1)).context(USAGE)?;
    let deliveries = options.folder.join("deliveries");
    if !deliveries.exists() {
        write_folder(&options, &deliveries)?;
    }
    compare(&options, &deliveries)
}

fn parse_options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let own = env::current_exe()?;
    let mut options = Options {
        tailwater: own.with_file_name("tailwater"),
        bytes: 2_000_000_000,
        folder: own.with_file_name("replay-2GB"),
        runs: 3,
    };
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or_else(|| anyhow!("{flag} needs a value"))?;
        match flag.as_str() {
            "--tailwater" => options.tailwater = PathBuf::from(value),
            "--size" => {
                options.bytes = Size::read_bytes(&value)?;
                options.folder = own.with_file_name(format!("replay-{value}"));
            }
            "--folder" => options.folder = PathBuf::from(value),
            "--runs" => options.runs = value.parse()?,
            unknown => bail!("unknown flag {unknown}"),
        }
    }
    ensure!(
        options.tailwater.is_file(),
        "{} not found: build it or set --tailwater",
        options.tailwater.display()
    );
    ensure!(options.runs > 0, "--runs must be at least 1");
    Ok(options)
}

/// Writes gzipped documents of 1,000 events, one line each: grep holds a whole line in memory.
fn write_folder(options: &Options, deliveries: &Path) -> Result<()> {
    let plan = Plan { seed: 1, size: Size::Events(u64::MAX), per_delivery: 1000, mix: Mix::Typical };
    let mut packer = Packer::new(Pack::Document, deliveries)?;
    let mut written = 0;
    for delivery in Corpus::new(&plan) {
        let document = delivery.document() + "\n";
        packer.push(&document)?;
        written += u64::try_from(document.len())?;
        if written >= options.bytes {
            break;
        }
    }
    packer.finish()?;
    fs::write(options.folder.join("inflated"), written.to_string())?;
    Ok(())
}

fn compare(options: &Options, deliveries: &Path) -> Result<()> {
    let inflated: f64 = fs::read_to_string(options.folder.join("inflated"))?.trim().parse()?;
    let folder = deliveries.to_str().context("the path of the folder is not UTF-8")?;
    let zcat = |then: &str| shell(&format!("find '{folder}' -name '*.gz' -exec zcat {{}} + | {then}"));
    let wc = median_run(options.runs, || zcat("wc -l"))?;
    let grep = median_run(options.runs, || zcat("grep -c REPORT"))?;
    let store = options.folder.join("bench.db");
    let to = |arguments: &[&str]| {
        let mut command = Command::new(&options.tailwater);
        command.args(["replay", "--json", "--region", "eu-west-1"]);
        command.args(arguments).arg(folder);
        command
    };
    let none = median_run(options.runs, || to(&["--to", "none", "--jobs", "1"]))?;
    let two = median_run(options.runs, || to(&["--to", "none", "--jobs", "2"]))?;
    let stored = median_run(options.runs, || {
        // The store must be new: a replay of events that it already has costs less.
        remove_store(&store);
        to(&["--jobs", "1", "--store", store.to_str().unwrap_or_default()])
    })?;
    remove_store(&store);
    let events = received(&none)?;
    ensure!(
        received(&two)? == events && received(&stored)? == events,
        "the replays received different numbers of events"
    );
    let mut out = io::stdout();
    writeln!(out, "{events} events, {:.2} GB inflated; medians of {}", inflated / 1e9, options.runs)?;
    writeln!(
        out,
        "{:<24} {:>8} {:>8} {:>12} {:>7} {:>12}",
        "", "wall s", "CPU s", "events/s", "MB/s", "x zcat|wc"
    )?;
    let rows = [
        ("zcat | wc -l", &wc),
        ("zcat | grep -c REPORT", &grep),
        ("--to none --jobs 1", &none),
        ("--to none --jobs 2", &two),
        ("--to store --jobs 1", &stored),
    ];
    for (name, timing) in rows {
        let (wall, cpu_time) = (timing.wall.as_secs_f64(), timing.cpu_time.as_secs_f64());
        let times = wall / wc.wall.as_secs_f64();
        write!(out, "{name:<24} {wall:>8.2} {cpu_time:>8.2} {:>12.0} ", f64::from(events) / wall)?;
        writeln!(out, "{:>7.0} {times:>12.2}", inflated / 1e6 / wall)?;
    }
    writeln!(out, "two jobs are {:.2}x one", none.wall.as_secs_f64() / two.wall.as_secs_f64())?;
    Ok(())
}

fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("LC_ALL", "C");
    command
}

fn remove_store(store: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let _not_there = fs::remove_file(format!("{}{suffix}", store.display()));
    }
}

/// Runs the command `runs` times and returns the run of median duration.
fn median_run(runs: usize, make: impl Fn() -> Command) -> Result<Timing> {
    let mut all = (0..runs).map(|_| run(make())).collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|timing| timing.wall);
    let at = all.len() / 2;
    Ok(all.swap_remove(at))
}

fn run(mut command: Command) -> Result<Timing> {
    let (began, before) = (Instant::now(), children_time()?);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{command:?}"))?;
    let wall = began.elapsed();
    ensure!(output.status.success(), "{command:?} failed: {}", output.status);
    Ok(Timing { wall, cpu_time: children_time()? - before, output: output.stdout })
}

/// CPU time of all processes that this process has waited for.
fn children_time() -> Result<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let stat =
        fs::read_to_string("/proc/self/stat").context("failed to read the CPU time from Linux's /proc")?;
    let fields = stat.rsplit_once(") ").context("/proc/self/stat has no process name")?.1;
    let ticks: u32 = fields.split(' ').skip(13).take(2).map(str::parse::<u32>).sum::<Result<_, _>>()?;
    Ok(TICK * ticks)
}

/// Number of received events. Fails if any of them was not delivered.
fn received(timing: &Timing) -> Result<u32> {
    let summary: Value = serde_json::from_slice(&timing.output).context("replay printed no JSON summary")?;
    let count = |name: &str| summary.pointer(&format!("/ledger/{name}")).and_then(Value::as_u64);
    let received = count("received").context("the summary has no number of received events")?;
    ensure!(count("delivered") == Some(received), "not all events were delivered: {summary}");
    Ok(u32::try_from(received)?)
}
