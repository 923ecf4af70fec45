//! Writes a corpus: deliveries, their expected totals, and the functions as `aws lambda list-functions` lists
//! them.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, anyhow, bail};
use benches::{Corpus, Damage, Mix, Pack, Packer, Plan, Size, Timestamp, list_functions, parse_choice};

const USAGE: &str = "usage: corpus [--seed N] [--events N | --bytes N[MB|GB]] [--per-delivery N]
              [--mix typical|platform-only|every-dialect] [--pack PACK] [--damaged N] --out DIR
PACK is one of event, event-lines, document, firehose, kinesis, plain, single";

/// Command line options.
struct Options {
    plan: Plan,
    pack: Pack,
    damaged: usize,
    out: PathBuf,
}

fn main() -> Result<()> {
    let options = parse_options(env::args().skip(1)).context(USAGE)?;
    let began = Instant::now();
    let mut corpus = Corpus::new(&options.plan);
    write_deliveries(&options, &mut corpus)?;
    write_beside(&options.out, &corpus)?;
    let (events, seconds) = (corpus.truth().events(), began.elapsed().as_secs_f32());
    writeln!(io::stdout(), "{events} events in {seconds:.1} s: {}", options.out.display())?;
    Ok(())
}

/// Writes the deliveries. With the mix of every dialect, a control message follows every 50 deliveries,
/// because every subscription receives some.
fn write_deliveries(options: &Options, corpus: &mut Corpus) -> Result<()> {
    let mut packer = Packer::new(options.pack, &options.out.join("deliveries"))?;
    while let Some(delivery) = corpus.next() {
        packer.push(&delivery.document())?;
        if options.plan.mix == Mix::EveryDialect && corpus.truth().deliveries.is_multiple_of(50) {
            let time = delivery.events.last().map_or(Timestamp(0), |event| event.time);
            packer.push(&benches::control_message(time))?;
            corpus.count_control_message();
        }
    }
    for (n, damage) in Damage::ALL.into_iter().cycle().take(options.damaged).enumerate() {
        let event = corpus.damaged_delivery(damage).lambda_event()?;
        packer.push_file(&format!("damaged-{:04}.json", n + 1), event.as_bytes())?;
    }
    packer.finish()
}

fn write_beside(out: &Path, corpus: &Corpus) -> Result<()> {
    fs::write(out.join("truth.json"), corpus.truth().to_json())?;
    fs::write(out.join("functions.json"), list_functions(corpus.functions()))?;
    Ok(())
}

fn parse_options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut plan = Plan { seed: 1, size: Size::Events(100_000), per_delivery: 1000, mix: Mix::Typical };
    let (mut pack, mut damaged, mut out) = (Pack::Event, 0, None);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or_else(|| anyhow!("{flag} needs a value"))?;
        match flag.as_str() {
            "--seed" => plan.seed = value.parse()?,
            "--events" => plan.size = Size::Events(value.parse()?),
            "--bytes" => plan.size = Size::Bytes(Size::read_bytes(&value)?),
            "--per-delivery" => plan.per_delivery = value.parse()?,
            "--mix" => plan.mix = parse_choice(&Mix::ALL, &value)?,
            "--pack" => pack = parse_choice(&Pack::ALL, &value)?,
            "--damaged" => damaged = value.parse()?,
            "--out" => out = Some(PathBuf::from(value)),
            unknown => bail!("unknown flag {unknown}"),
        }
    }
    Ok(Options { plan, pack, damaged, out: out.ok_or_else(|| anyhow!("--out is missing"))? })
}
