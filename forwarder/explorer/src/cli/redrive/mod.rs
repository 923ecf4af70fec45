//! `tailwater redrive`: delivers parked objects, or lists them.

mod list;
mod rate_limiter;

use std::{
    io,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use serde_json::json;
use tailwater_forwarder::{
    assemble::{self, AssembleError},
    batch::SinkIndex,
    forward::{InvocationContext, Pacing, RedriveRequest, RedriveStep, RedriveSummary, TimeSlot},
    http::Client,
    own_function::OwnFunction,
    parking::{LEASE, Location, ParkingStore},
    rule_source::RulesError,
    settings::{Settings, SinkName},
    source::RedriveFilter,
    telemetry::{Registry, log::Log},
};
use tailwater_parser::UnixMillis;
use tokio::runtime::Runtime;

use self::rate_limiter::RateLimiter;
use super::{
    args::RedriveArgs,
    clock::now,
    config_file::read_settings,
    exit::{Exit, invalid_settings},
    interrupt::Interrupt,
    progress::Progress,
    rules::UnusableRules,
    stderr, stdout,
};
use crate::view::{LedgerCounts, format::plural};

/// Maximum time for one parked object, equal to the maximum duration of a Lambda invocation.
const OBJECT_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Maximum time for which objects that another redrive holds are waited for: until the claim of one that was
/// killed is over.
const PATIENCE: Duration = LEASE.saturating_mul(2);

/// Time for which operations on a folder that hangs are waited for at the end.
const END_TIME: Duration = Duration::from_millis(200);

/// Returns an id of this redrive, used in place of a Lambda request id: in claims, and in the keys of new parked
/// objects, which hold the parts that could not be delivered. No other redrive has the same id.
fn request_id() -> String {
    format!("redrive-{}-{}", now().0, std::process::id())
}

/// Runs the command.
pub(super) fn run(args: RedriveArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let RedriveArgs { location, dry_run, since, sink, to, rate, limit, json, settings } = args;
    let sink = sink.map(|sink| sink.name().to_owned());
    let filter = RedriveFilter { sink, since: since.map(|since| since.resolve(now())), limit };
    let mut chosen = settings.into_values();
    chosen.set("TAILWATER_PARKING", location);
    if dry_run {
        // Nothing is sent, so no sink has to be configured.
        chosen.set("TAILWATER_SINKS", SinkName::Ndjson.name().to_owned());
    }
    let settings = match read_settings(chosen) {
        Ok(settings) => settings,
        Err(errors) => return Ok(invalid_settings(&errors)),
    };
    Log::install(settings.log_filter.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let store = store(&settings)?;
    let ended = if dry_run {
        runtime.block_on(list::run(&store, &filter, json, interrupt))
    } else {
        deliver(&settings, &runtime, store, Plan { filter, to, rate, json }, interrupt)
    };
    // Not dropped, which would wait for operations on a folder that hangs.
    runtime.shutdown_timeout(END_TIME);
    ended
}

/// Objects to deliver, where to, how fast, and the form of the result.
struct Plan {
    filter: RedriveFilter,
    to: Option<SinkName>,
    rate: Option<NonZeroU32>,
    /// True if the result is printed as JSON.
    json: bool,
}

/// Delivers the selected parked objects and prints the result.
fn deliver(
    settings: &Settings,
    runtime: &Runtime,
    store: ParkingStore,
    plan: Plan,
    interrupt: &Interrupt,
) -> anyhow::Result<Exit> {
    let Plan { filter, to, rate, json } = plan;
    let to = match to.map(|to| index_of(settings, to)) {
        Some(None) => {
            stderr::log("--to: sink is not configured; add it to TAILWATER_SINKS");
            return Ok(Exit::InvalidSettings);
        }
        Some(index) => index,
        None => None,
    };
    let command = RedriveCommand {
        store,
        request: RedriveRequest { filter, to, start: None },
        rate: RateLimiter::new(rate, Instant::now()),
    };
    let summary = match command.run(settings, runtime, interrupt) {
        Ok(summary) => summary,
        Err(error) => return unusable_rules(error),
    };
    print_result(&summary, settings, json)?;
    Ok(match (interrupt.is_requested(), summary.left + summary.unreadable) {
        (true, _) => Exit::Interrupted,
        (false, 0) => Exit::Success,
        (false, _) => Exit::Failure,
    })
}

/// Reports rules that cannot be used as invalid settings. Returns any other error.
fn unusable_rules(error: anyhow::Error) -> anyhow::Result<Exit> {
    let rules = match error.downcast::<AssembleError>() {
        Ok(AssembleError::Rules(rules)) => rules,
        Ok(other) => return Err(other.into()),
        Err(error) => error.downcast::<RulesError>()?,
    };
    Ok(UnusableRules::from(rules).report())
}

fn store(settings: &Settings) -> anyhow::Result<ParkingStore> {
    let client = Client::new(&settings.network)?;
    let parking = settings.parking.as_ref().ok_or_else(|| anyhow::anyhow!("no parking location given"))?;
    if let Location::Folder { path } = parking
        && !path.is_dir()
    {
        anyhow::bail!("file:{} is not a folder; give the folder in which objects are parked", path.display());
    }
    Ok(ParkingStore::new(parking, &assemble::lazy_aws(settings, &client))?)
}

fn index_of(settings: &Settings, to: SinkName) -> Option<SinkIndex> {
    settings.sinks.iter().position(|sink| sink.name() == to).map(SinkIndex)
}

/// Parking location, selection and rate of a redrive.
struct RedriveCommand {
    store: ParkingStore,
    request: RedriveRequest,
    rate: RateLimiter,
}

impl RedriveCommand {
    /// Runs the redrive.
    fn run(
        self,
        settings: &Settings,
        runtime: &Runtime,
        interrupt: &Interrupt,
    ) -> anyhow::Result<RedriveSummary> {
        let mut forwarder =
            assemble::forwarder(settings, OwnFunction::from_environment(), &Registry::default())?;
        let progress = Progress::spinner()?;
        let mut counts = StepCounts::default();
        let mut pacing = CommandPacing { rate: self.rate, interrupt };
        let on_step = |key: &str, step: &RedriveStep| {
            if let Some(text) = counts.add(key, step) {
                progress.log(text);
            }
            progress.set_text(counts.to_string());
        };
        let id = request_id();
        let start = now();
        let timeout = i64::try_from(OBJECT_TIMEOUT.as_millis()).unwrap_or(i64::MAX);
        let deadline = UnixMillis(start.0.saturating_add(timeout));
        let context = InvocationContext { request_id: &id, deadline, now: start };
        runtime.block_on(forwarder.refresh_rules(&context))?;
        let redrive = forwarder.redrive(&self.store, &self.request, &id, &mut pacing, on_step);
        let summary = runtime.block_on(redrive);
        progress.finish();
        let summary = summary?;
        for sink in &summary.dead {
            stderr::log(format_args!(
                "{sink} failed repeatedly; its other parked objects were not tried. Run redrive again when {sink} works"
            ));
        }
        Ok(summary)
    }
}

/// Time limits of the command: each parked object has a time limit; the whole run has none and ends early
/// only if it is interrupted.
struct CommandPacing<'i> {
    rate: RateLimiter,
    interrupt: &'i Interrupt,
}

impl Pacing for CommandPacing<'_> {
    fn is_cancelled(&self) -> bool {
        self.interrupt.is_overdue()
    }

    fn remaining(&self) -> Duration {
        if self.interrupt.is_requested() { Duration::ZERO } else { OBJECT_TIMEOUT }
    }

    fn next(&mut self) -> TimeSlot {
        let interrupt = self.interrupt;
        self.rate.wait(|| interrupt.is_requested());
        let now = now();
        let timeout = i64::try_from(OBJECT_TIMEOUT.as_millis()).unwrap_or(i64::MAX);
        TimeSlot { now, deadline: UnixMillis(now.0.saturating_add(timeout)) }
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }
}

/// Numbers of processed parked objects by result, for the progress text.
#[derive(Default)]
struct StepCounts {
    settled: u64,
    remaining: u64,
}

impl StepCounts {
    /// Counts a processed parked object. Returns a message for the user if the object stays parked.
    fn add(&mut self, key: &str, step: &RedriveStep) -> Option<String> {
        let status = match step {
            RedriveStep::Skipped => return None,
            RedriveStep::Settled => {
                self.settled += 1;
                return None;
            }
            RedriveStep::Reduced => "partly delivered; the rest stays parked",
            RedriveStep::Kept => "not delivered; it stays parked",
            RedriveStep::Left(reason) | RedriveStep::Unreadable(reason) => {
                &format!("{reason}; it stays parked")
            }
        };
        self.remaining += 1;
        Some(format!("{key}: {status}"))
    }
}

impl std::fmt::Display for StepCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} settled, {} remaining", plural(self.settled, "parked object"), self.remaining)
    }
}

fn print_result(summary: &RedriveSummary, settings: &Settings, as_json: bool) -> io::Result<()> {
    let RedriveSummary { settled, left, unreadable, dead, accounts, .. } = summary;
    let names = settings.sinks.iter().map(|sink| sink.name().name());
    let ledgers = names.zip(accounts).map(|(name, account)| (name, LedgerCounts::from(&account.ledger)));
    if as_json {
        let sinks: serde_json::Map<_, _> =
            ledgers.map(|(name, counts)| (name.to_owned(), json!(counts))).collect();
        let document = json!({
            "settled": settled, "left": left, "unreadable": unreadable, "dead": dead, "sinks": sinks,
        });
        return stdout::write_json(&document);
    }
    let settled = plural(*settled, "parked object");
    stdout::write_line(format_args!("{settled} settled, {left} left, {unreadable} unreadable"))?;
    for (name, counts) in ledgers.filter(|(_, counts)| counts.received > 0) {
        let LedgerCounts { received, delivered, filtered, parked, rejected, .. } = counts;
        stdout::write_line(format_args!(
            "{name:8}  {received} events received = {delivered} delivered + {filtered} filtered + {parked} parked + {rejected} rejected"
        ))?;
    }
    Ok(())
}
