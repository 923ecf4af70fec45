//! Generates a large store for measurements of the page, by piping generated logs into `tailwater replay`.

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use benches::{Corpus, Mix, Plan, Size};

const USAGE: &str = "usage: store [--seed N] [--events N] [--invocations N] --tailwater PROGRAM --out FILE
The default is 10000000 events and 1000000 invocations, in a file of about 1.3 GB.";

/// Command line options.
struct Options {
    seed: u64,
    events: u64,
    invocations: u64,
    tailwater: PathBuf,
    out: PathBuf,
}

/// Number of events and invocations written.
#[derive(Default)]
struct Volume {
    events: u64,
    invocations: u64,
}

fn main() -> Result<()> {
    let options = parse_options(env::args().skip(1)).context(USAGE)?;
    ensure!(
        !options.out.exists(),
        "{} already exists: remove it or choose another file",
        options.out.display()
    );
    let mut replay = Command::new(&options.tailwater)
        .args(["replay", "--json", "--region", "eu-west-1", "--store"])
        .arg(&options.out)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("failed to start {}", options.tailwater.display()))?;
    let mut input =
        io::BufWriter::with_capacity(1 << 20, replay.stdin.take().context("replay has no stdin")?);
    let written = write(&options, &mut input)?;
    drop(input.into_inner().context("failed to write to replay")?);
    let status = replay.wait()?;
    ensure!(status.success(), "replay failed: {status}");
    writeln!(io::stdout(), "{} events, {} invocations", written.events, written.invocations)?;
    Ok(())
}

/// Writes runs with log statements first, then runs with platform lines only (three lines each), so that both the
/// number of events and the number of invocations are reached.
fn write(options: &Options, out: &mut impl Write) -> Result<Volume> {
    let mut written = Volume::default();
    let plan = |seed, mix| Plan { seed, size: Size::Events(u64::MAX), per_delivery: 1000, mix };
    let mut with_app_logs = Corpus::new(&plan(options.seed, Mix::Typical));
    while written.events + 3 * options.invocations.saturating_sub(written.invocations) < options.events {
        deliver(&mut with_app_logs, out, &mut written)?;
    }
    let mut platform_only = Corpus::new(&plan(options.seed + 1, Mix::PlatformOnly));
    while written.invocations < options.invocations {
        deliver(&mut platform_only, out, &mut written)?;
    }
    while written.events < options.events {
        deliver(&mut with_app_logs, out, &mut written)?;
    }
    Ok(written)
}

fn deliver(corpus: &mut Corpus, out: &mut impl Write, written: &mut Volume) -> Result<()> {
    let delivery = corpus.next().context("the corpus has ended unexpectedly")?;
    let is_report = |message: &str| message.starts_with("REPORT ") || message.contains("\"platform.report\"");
    let reports = delivery.events.iter().filter(|event| is_report(&event.message)).count();
    written.events += u64::try_from(delivery.events.len())?;
    written.invocations += u64::try_from(reports)?;
    out.write_all(delivery.document().as_bytes())?;
    Ok(out.write_all(b"\n")?)
}

fn parse_options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let (mut seed, mut events, mut invocations) = (1, 10_000_000, 1_000_000);
    let (mut tailwater, mut out) = (None, None);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or_else(|| anyhow!("{flag} needs a value"))?;
        match flag.as_str() {
            "--seed" => seed = value.parse()?,
            "--events" => events = value.parse()?,
            "--invocations" => invocations = value.parse()?,
            "--tailwater" => tailwater = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            unknown => bail!("unknown flag {unknown}"),
        }
    }
    let tailwater = tailwater.ok_or_else(|| anyhow!("--tailwater is missing"))?;
    Ok(Options { seed, events, invocations, tailwater, out: out.ok_or_else(|| anyhow!("--out is missing"))? })
}
