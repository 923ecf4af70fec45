//! `tailwater redrive`: delivers what is parked, or says what it is.

mod list;
mod pace;

use std::{
    io::{self, Write as _},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use tailwater_forwarder::{
    assemble,
    batch::SinkIndex,
    forward::{Pacing, RedriveRequest, RedriveStep, RedriveSummary, TimeSlot},
    http::Client,
    own_function::OwnFunction,
    parking::{Location, ParkingStore},
    settings::{Settings, SinkName},
    source::RedriveFilter,
    telemetry::{Registry, log::Log},
};
use tailwater_parser::UnixMillis;

use self::pace::Pace;
use super::{
    ALL_FINE, BAD_SETTINGS, INTERRUPTED, SOME_REJECTED, args::Redrive as Flags, check::complaint, complain,
    config_file::read_settings, interrupt::Interrupt, progress::Progress,
};
use crate::view::{LedgerCounts, format::plural};

/// How long one parked object may take: as long as an invocation.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What the requests that write what is left are called.
const REQUEST_ID: &str = "redrive";

/// Runs the verb; the answer is the exit code.
pub(super) fn run(flags: Flags) -> anyhow::Result<u8> {
    let Flags { place, dry_run, since, sink, to, rate, limit, json, settings } = flags;
    let which = RedriveFilter { sink, since: since.map(|since| since.resolve(now())), limit };
    let mut chosen = settings.into_values();
    chosen.set("TAILWATER_PARKING", place);
    if dry_run {
        // Nothing is sent, so nobody has to say where to.
        chosen.set("TAILWATER_SINKS", SinkName::Ndjson.name().to_owned());
    }
    let settings = match read_settings(chosen) {
        Ok(settings) => settings,
        Err(errors) => {
            complain(&complaint(&errors));
            return Ok(BAD_SETTINGS);
        }
    };
    Log::install(settings.log_filter.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lot = lot(&settings)?;
    if dry_run {
        return runtime.block_on(list::run(&lot, &which, json));
    }
    let to = match to.map(|to| index_of(&settings, to)) {
        Some(None) => {
            complain("tailwater: --to names a sink that is not among TAILWATER_SINKS");
            return Ok(BAD_SETTINGS);
        }
        Some(index) => index,
        None => None,
    };
    let redriving = Redriving { lot, order: RedriveRequest { filter: which, to }, pace: Pace::new(rate) };
    let (redriven, is_interrupted) = redriving.run(&settings, &runtime)?;
    show(&redriven, &settings, json)?;
    Ok(match (is_interrupted, redriven.left + redriven.unreadable) {
        (true, _) => INTERRUPTED,
        (false, 0) => ALL_FINE,
        (false, _) => SOME_REJECTED,
    })
}

fn lot(settings: &Settings) -> anyhow::Result<ParkingStore> {
    let client = Client::new(&settings.network)?;
    let parking = settings.parking.as_ref().ok_or_else(|| anyhow::anyhow!("no place is named"))?;
    if let Location::Folder { path } = parking
        && !path.is_dir()
    {
        anyhow::bail!("file:{} is no folder, so nothing can be parked there", path.display());
    }
    Ok(ParkingStore::new(parking, &assemble::lazy_aws(settings, &client))?)
}

fn index_of(settings: &Settings, to: SinkName) -> Option<SinkIndex> {
    settings.sinks.iter().position(|sink| sink.name() == to).map(SinkIndex)
}

/// What is to be done, and how fast.
struct Redriving {
    lot: ParkingStore,
    order: RedriveRequest,
    pace: Pace,
}

impl Redriving {
    /// Returns what came of it, and whether somebody stopped it.
    fn run(
        self,
        settings: &Settings,
        runtime: &tokio::runtime::Runtime,
    ) -> anyhow::Result<(RedriveSummary, bool)> {
        let interrupt = Interrupt::listen()?;
        let mut forwarder =
            assemble::forwarder(settings, OwnFunction::from_environment(), &Registry::default())?;
        let progress = Progress::of_steps()?;
        let mut so_far = SoFar::default();
        let mut timing = Untiring { pace: self.pace, interrupt };
        let tell = |key: &str, step: &RedriveStep| {
            if let Some(text) = so_far.take(key, step) {
                progress.say(&text);
            }
            progress.show(so_far.to_string());
        };
        let redriven =
            runtime.block_on(forwarder.redrive(&self.lot, &self.order, REQUEST_ID, &mut timing, tell));
        progress.finish();
        let redriven = redriven?;
        for sink in &redriven.dead {
            complain(&format!(
                "tailwater: {sink} failed again and again, so what else it is owed was not tried; run this again when it \
                 is well"
            ));
        }
        Ok((redriven, timing.interrupt.is_asked()))
    }
}

/// Goes on until somebody stops it.
struct Untiring {
    pace: Pace,
    interrupt: Interrupt,
}

impl Pacing for Untiring {
    fn remaining(&self) -> Duration {
        if self.interrupt.is_asked() { Duration::ZERO } else { PATIENCE }
    }

    fn next(&mut self) -> TimeSlot {
        let interrupt = &self.interrupt;
        self.pace.wait(|| interrupt.is_asked());
        let now = now();
        let patience = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
        TimeSlot { now, deadline: UnixMillis(now.0.saturating_add(patience)) }
    }
}

/// How far it has come.
#[derive(Default)]
struct SoFar {
    settled: u64,
    stayed: u64,
}

impl SoFar {
    /// Takes note of an object. Returns what a person has to know of it: that it is still there.
    fn take(&mut self, key: &str, step: &RedriveStep) -> Option<String> {
        let what = match step {
            RedriveStep::Skipped => return None,
            RedriveStep::Settled => {
                self.settled += 1;
                return None;
            }
            RedriveStep::Reduced => "a part of it is still owed",
            RedriveStep::Kept => "not delivered, it stays",
            RedriveStep::Unreadable(reason) => &format!("{reason}; it stays"),
        };
        self.stayed += 1;
        Some(format!("tailwater: {key}: {what}"))
    }
}

impl std::fmt::Display for SoFar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} settled, {} not", plural(self.settled, "parked object"), self.stayed)
    }
}

fn show(redriven: &RedriveSummary, settings: &Settings, as_json: bool) -> io::Result<()> {
    let RedriveSummary { settled, left, unreadable, dead, accounts } = redriven;
    let names = settings.sinks.iter().map(|sink| sink.name().name());
    let ledgers = names.zip(accounts).map(|(name, account)| (name, LedgerCounts::from(&account.ledger)));
    let mut out = io::stdout().lock();
    if as_json {
        let sinks: serde_json::Map<_, _> =
            ledgers.map(|(name, counts)| (name.to_owned(), json!(counts))).collect();
        let document = json!({
            "settled": settled, "left": left, "unreadable": unreadable, "dead": dead, "sinks": sinks,
        });
        return writeln!(out, "{document}");
    }
    writeln!(out, "{} settled, {left} left, {unreadable} unreadable", plural(*settled, "parked object"))?;
    for (name, counts) in ledgers.filter(|(_, counts)| counts.received > 0) {
        let LedgerCounts { received, delivered, filtered, parked, rejected, .. } = counts;
        writeln!(
            out,
            "{name:8}  {received} events received = {delivered} delivered + {filtered} filtered + {parked} parked + {rejected} rejected"
        )?;
    }
    Ok(())
}

fn now() -> UnixMillis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}
