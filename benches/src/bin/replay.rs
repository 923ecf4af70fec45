//! Replays a folder of logs with `tailwater`, beside what everybody has: `zcat | wc -l` and `zcat | grep -c REPORT`.

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
--size is that of the inflated documents, 2GB as a rule; a folder that is there already is used as it is.";

/// What was asked for.
struct Order {
    tailwater: PathBuf,
    bytes: u64,
    folder: PathBuf,
    runs: usize,
}

/// What a run took, and what it said.
struct Took {
    wall: Duration,
    processor: Duration,
    output: Vec<u8>,
}

fn main() -> Result<()> {
    let order = read_order(env::args().skip(1)).context(USAGE)?;
    let deliveries = order.folder.join("deliveries");
    if !deliveries.exists() {
        write_folder(&order, &deliveries)?;
    }
    compare(&order, &deliveries)
}

fn read_order(mut words: impl Iterator<Item = String>) -> Result<Order> {
    let own = env::current_exe()?;
    let mut order = Order {
        tailwater: own.with_file_name("tailwater"),
        bytes: 2_000_000_000,
        folder: own.with_file_name("replay-2GB"),
        runs: 3,
    };
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| anyhow!("{flag} lacks its value"))?;
        match flag.as_str() {
            "--tailwater" => order.tailwater = PathBuf::from(value),
            "--size" => {
                order.bytes = Size::read_bytes(&value)?;
                order.folder = own.with_file_name(format!("replay-{value}"));
            }
            "--folder" => order.folder = PathBuf::from(value),
            "--runs" => order.runs = value.parse()?,
            unknown => bail!("{unknown} is no flag"),
        }
    }
    ensure!(order.tailwater.is_file(), "{} is not there: build it", order.tailwater.display());
    ensure!(order.runs > 0, "nothing to do");
    Ok(order)
}

/// Gzipped documents of a thousand events each, a line each: grep holds a line in memory.
fn write_folder(order: &Order, deliveries: &Path) -> Result<()> {
    let plan = Plan { seed: 1, size: Size::Events(u64::MAX), per_delivery: 1000, mix: Mix::Typical };
    let mut packer = Packer::new(Pack::Document, deliveries)?;
    let mut written = 0;
    for delivery in Corpus::new(&plan) {
        let document = delivery.document() + "\n";
        packer.push(&document)?;
        written += u64::try_from(document.len())?;
        if written >= order.bytes {
            break;
        }
    }
    packer.finish()?;
    fs::write(order.folder.join("inflated"), written.to_string())?;
    Ok(())
}

fn compare(order: &Order, deliveries: &Path) -> Result<()> {
    let inflated: f64 = fs::read_to_string(order.folder.join("inflated"))?.trim().parse()?;
    let folder = deliveries.to_str().context("a path in UTF-8")?;
    let zcat = |then: &str| shell(&format!("find '{folder}' -name '*.gz' -exec zcat {{}} + | {then}"));
    let wc = middle(order.runs, || zcat("wc -l"))?;
    let grep = middle(order.runs, || zcat("grep -c REPORT"))?;
    let store = order.folder.join("bench.db");
    let to = |arguments: &[&str]| {
        let mut command = Command::new(&order.tailwater);
        command.args(["replay", "--json", "--region", "eu-west-1"]);
        command.args(arguments).arg(folder);
        command
    };
    let none = middle(order.runs, || to(&["--to", "none", "--jobs", "1"]))?;
    let two = middle(order.runs, || to(&["--to", "none", "--jobs", "2"]))?;
    let stored = middle(order.runs, || {
        // Replaying into a store that has it all is another thing.
        remove_store(&store);
        to(&["--jobs", "1", "--store", store.to_str().unwrap_or_default()])
    })?;
    remove_store(&store);
    let events = received(&none)?;
    ensure!(received(&two)? == events && received(&stored)? == events, "they received different numbers");
    let mut out = io::stdout();
    writeln!(out, "{events} events, {:.2} GB inflated; medians of {}", inflated / 1e9, order.runs)?;
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
    for (name, took) in rows {
        let (wall, processor) = (took.wall.as_secs_f64(), took.processor.as_secs_f64());
        let times = wall / wc.wall.as_secs_f64();
        write!(out, "{name:<24} {wall:>8.2} {processor:>8.2} {:>12.0} ", f64::from(events) / wall)?;
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

/// Runs it so often, and keeps the run that took a middling time.
fn middle(runs: usize, make: impl Fn() -> Command) -> Result<Took> {
    let mut all = (0..runs).map(|_| run(make())).collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|took| took.wall);
    let at = all.len() / 2;
    Ok(all.swap_remove(at))
}

fn run(mut command: Command) -> Result<Took> {
    let (began, before) = (Instant::now(), children_time()?);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{command:?}"))?;
    let wall = began.elapsed();
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    Ok(Took { wall, processor: children_time()? - before, output: output.stdout })
}

/// The time that processors have spent on processes that ended, started by this one or by those.
fn children_time() -> Result<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string("/proc/self/stat").context("a Linux")?;
    let fields = stat.rsplit_once(") ").context("it has a name")?.1;
    let ticks: u32 = fields.split(' ').skip(13).take(2).map(str::parse::<u32>).sum::<Result<_, _>>()?;
    Ok(TICK * ticks)
}

/// Events that a replay received, all of which it has to have delivered.
fn received(took: &Took) -> Result<u32> {
    let summary: Value = serde_json::from_slice(&took.output).context("a summary")?;
    let count = |name: &str| summary.pointer(&format!("/ledger/{name}")).and_then(Value::as_u64);
    let received = count("received").context("it received something")?;
    ensure!(count("delivered") == Some(received), "not all was delivered: {summary}");
    Ok(u32::try_from(received)?)
}
