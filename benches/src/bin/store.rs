//! Makes a large store for measuring the page: generated logs go straight into `tailwater replay`.

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use benches::{Corpus, Mix, Plan, Size};

const USAGE: &str = "usage: store [--seed N] [--events N] [--invocations N] --tailwater PROGRAM --out FILE
By default 10000000 events and 1000000 invocations, in a file of about 1.3 GB";

/// What was asked for.
struct Order {
    seed: u64,
    events: u64,
    invocations: u64,
    tailwater: PathBuf,
    out: PathBuf,
}

/// What was written so far.
#[derive(Default)]
struct Written {
    events: u64,
    invocations: u64,
}

fn main() -> Result<()> {
    let order = read_order(env::args().skip(1)).context(USAGE)?;
    ensure!(!order.out.exists(), "{} exists already", order.out.display());
    let mut replay = Command::new(&order.tailwater)
        .args(["replay", "--json", "--region", "eu-west-1", "--store"])
        .arg(&order.out)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("failed to start {}", order.tailwater.display()))?;
    let mut input = io::BufWriter::with_capacity(1 << 20, replay.stdin.take().context("it is piped")?);
    let written = write(&order, &mut input)?;
    drop(input.into_inner().context("replay reads to the end")?);
    let status = replay.wait()?;
    ensure!(status.success(), "replay ended with {status}");
    writeln!(io::stdout(), "{} events, {} invocations", written.events, written.invocations)?;
    Ok(())
}

/// Talkative runs until as many events are left as runs that say nothing themselves leave: so both numbers are met.
fn write(order: &Order, out: &mut impl Write) -> Result<Written> {
    let mut written = Written::default();
    let plan = |seed, mix| Plan { seed, size: Size::Events(u64::MAX), per_delivery: 1000, mix };
    let mut talkative = Corpus::new(&plan(order.seed, Mix::Typical));
    while written.events + 3 * order.invocations.saturating_sub(written.invocations) < order.events {
        deliver(&mut talkative, out, &mut written)?;
    }
    let mut silent = Corpus::new(&plan(order.seed + 1, Mix::PlatformOnly));
    while written.invocations < order.invocations {
        deliver(&mut silent, out, &mut written)?;
    }
    while written.events < order.events {
        deliver(&mut talkative, out, &mut written)?;
    }
    Ok(written)
}

fn deliver(corpus: &mut Corpus, out: &mut impl Write, written: &mut Written) -> Result<()> {
    let delivery = corpus.next().context("a corpus without end has ended")?;
    let is_report = |message: &str| message.starts_with("REPORT ") || message.contains("\"platform.report\"");
    let reports = delivery.events.iter().filter(|event| is_report(&event.message)).count();
    written.events += u64::try_from(delivery.events.len())?;
    written.invocations += u64::try_from(reports)?;
    out.write_all(delivery.document().as_bytes())?;
    Ok(out.write_all(b"\n")?)
}

fn read_order(mut words: impl Iterator<Item = String>) -> Result<Order> {
    let (mut seed, mut events, mut invocations) = (1, 10_000_000, 1_000_000);
    let (mut tailwater, mut out) = (None, None);
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| anyhow!("{flag} lacks its value"))?;
        match flag.as_str() {
            "--seed" => seed = value.parse()?,
            "--events" => events = value.parse()?,
            "--invocations" => invocations = value.parse()?,
            "--tailwater" => tailwater = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            unknown => bail!("{unknown} is no flag"),
        }
    }
    let tailwater = tailwater.ok_or_else(|| anyhow!("--tailwater is missing"))?;
    Ok(Order { seed, events, invocations, tailwater, out: out.ok_or_else(|| anyhow!("--out is missing"))? })
}
