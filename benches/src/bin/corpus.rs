//! Writes a corpus into a folder: deliveries, the truth about them, and the functions as AWS would list them.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, anyhow, bail};
use benches::{Corpus, Damage, Mix, Moment, Pack, Packer, Plan, Size, list_functions};

const USAGE: &str = "usage: corpus [--seed N] [--events N | --bytes N[MB|GB]] [--per-delivery N]
              [--mix typical|platform-only|every-dialect] [--pack PACK] [--damaged N] --out DIR
PACK is one of event, event-lines, document, firehose, kinesis, plain, single";

/// What was asked for.
struct Order {
    plan: Plan,
    pack: Pack,
    damaged: usize,
    out: PathBuf,
}

fn main() -> Result<()> {
    let order = read_order(env::args().skip(1)).context(USAGE)?;
    let began = Instant::now();
    let mut corpus = Corpus::new(&order.plan);
    write_deliveries(&order, &mut corpus)?;
    write_beside(&order.out, &corpus)?;
    let (events, seconds) = (corpus.truth().events(), began.elapsed().as_secs_f32());
    writeln!(io::stdout(), "{events} events in {seconds:.1} s: {}", order.out.display())?;
    Ok(())
}

/// The deliveries; a corpus of every dialect has control messages between them, as every subscription has.
fn write_deliveries(order: &Order, corpus: &mut Corpus) -> Result<()> {
    let mut packer = Packer::new(order.pack, &order.out.join("deliveries"))?;
    while let Some(delivery) = corpus.next() {
        packer.push(&delivery.document())?;
        if order.plan.mix == Mix::EveryDialect && corpus.truth().deliveries.is_multiple_of(50) {
            let time = delivery.events.last().map_or(Moment(0), |event| event.time);
            packer.push(&benches::control_message(time))?;
            corpus.count_control_message();
        }
    }
    for (n, damage) in Damage::ALL.into_iter().cycle().take(order.damaged).enumerate() {
        let event = corpus.damaged(damage).lambda_event()?;
        packer.push_file(&format!("damaged-{:04}.json", n + 1), event.as_bytes())?;
    }
    packer.finish()
}

fn write_beside(out: &Path, corpus: &Corpus) -> Result<()> {
    fs::write(out.join("truth.json"), corpus.truth().to_json())?;
    fs::write(out.join("functions.json"), list_functions(corpus.functions()))?;
    Ok(())
}

fn read_order(mut words: impl Iterator<Item = String>) -> Result<Order> {
    let mut plan = Plan { seed: 1, size: Size::Events(100_000), per_delivery: 1000, mix: Mix::Typical };
    let (mut pack, mut damaged, mut out) = (Pack::Event, 0, None);
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| anyhow!("{flag} lacks its value"))?;
        match flag.as_str() {
            "--seed" => plan.seed = value.parse()?,
            "--events" => plan.size = Size::Events(value.parse()?),
            "--bytes" => plan.size = Size::Bytes(Size::read_bytes(&value)?),
            "--per-delivery" => plan.per_delivery = value.parse()?,
            "--mix" => plan.mix = named(&Mix::ALL, &value)?,
            "--pack" => pack = named(&Pack::ALL, &value)?,
            "--damaged" => damaged = value.parse()?,
            "--out" => out = Some(PathBuf::from(value)),
            unknown => bail!("{unknown} is no flag"),
        }
    }
    Ok(Order { plan, pack, damaged, out: out.ok_or_else(|| anyhow!("--out is missing"))? })
}

fn named<T: Copy>(choices: &[(T, &str)], name: &str) -> Result<T> {
    let choice = choices.iter().find(|(_, choice)| *choice == name);
    choice.map(|(choice, _)| *choice).ok_or_else(|| anyhow!("{name} is no choice"))
}
