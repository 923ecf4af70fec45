//! `tailwater replay`: reads inputs, keeps what is in them, shows the summary.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write as _},
    num::NonZeroUsize,
    sync::Arc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use tailwater_forwarder::{
    assemble,
    forward::{
        Pricing,
        replay::{MetricsResult, ReplaySinks},
    },
    ledger::{Disposition, Ledger, Rejection},
    pipeline::TimeRange,
    settings::{Errors, Place, SinkName, Values},
    sink::RejectedPoints,
    telemetry::{Registry, Telemetry},
    tracker::Account,
};
use tailwater_parser::{Origin, UnixMillis, derive::Terms};

use super::{
    ALL_FINE, BAD_SETTINGS, INTERRUPTED, SOME_REJECTED,
    args::{Destination, Replay},
    config_file::read_settings,
    follow,
    interrupt::Interrupt,
    progress::Progress,
    scrape, table,
    workers::{self, Destinations, Job},
};
use crate::{
    files::{Fallback, walk},
    store::{Store, WriteCounts},
    view::{Catalog, LedgerCounts, Summary, View},
};

/// Width of what is not a terminal.
const PIPE_WIDTH: usize = 120;

/// Runs the verb; the answer is the exit code.
pub(super) fn run(flags: &Replay) -> anyhow::Result<u8> {
    let catalog = catalog(flags);
    let destinations = destinations(flags);
    let relays = match relays(flags, destinations, &catalog)? {
        Ok(relays) => relays,
        Err(errors) => {
            super::complain(&super::check::complaint(&errors));
            return Ok(BAD_SETTINGS);
        }
    };
    let store = destinations.store.then(|| Store::open(&flags.store)).transpose()?;
    let interrupt = Interrupt::listen()?;
    let mut inputs = walk::inputs(&flags.paths);
    if flags.follow {
        inputs = follow::only(inputs)?;
    }
    let progress = Progress::new(workers::total_size(&inputs))?.counted(scraped(flags)?);
    let job = Job {
        fallback: Fallback {
            function: flags.function.clone().unwrap_or_default(),
            log_group: flags.log_group.clone().unwrap_or_default(),
        },
        catalog: &catalog,
        destinations,
        relays: relays.as_ref(),
        range: range(flags),
        interrupt: &interrupt,
        progress: &progress,
        is_dry_run: flags.dry_run,
        follows: flags.follow.then(follow::Closed::default),
    };
    let jobs = flags.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let done = read(&job, inputs, jobs, store.as_ref())?;
    progress.finish();
    let elapsed = progress.elapsed();
    // What the store holds is more than this run read.
    let (view, unmatched) = match &store {
        Some(store) => (view_of(store)?, 0),
        None => (done.view, done.unmatched),
    };
    let mut summary = view.summary(&catalog, &done.ledger);
    summary.sinks = sinks(destinations, &done.ledger, &done.backends);
    summary.notes.extend(unmatched_note(unmatched));
    show(&summary, flags, elapsed)?;
    done.ledger.check()?;
    let has_failed =
        done.backends.iter().any(|(_, ledger)| ledger.rejected().events > 0) || untaken(relays.as_ref());
    // Following ends when it is interrupted: that is no stop before the end.
    Ok(if interrupt.is_asked() && !flags.follow {
        super::complain(&stopped_note(store.as_ref()));
        INTERRUPTED
    } else if done.ledger.rejected().events > 0 || has_failed {
        SOME_REJECTED
    } else {
        ALL_FINE
    })
}

/// What counts for whoever asks at `--metrics`, from the moment on that it can be asked.
fn scraped(flags: &Replay) -> anyhow::Result<Option<Telemetry>> {
    let Some(address) = flags.metrics else { return Ok(None) };
    let registry = Registry::default();
    let telemetry = Telemetry::new(&registry, &["replay"]);
    let own = scrape::listen(address, registry).with_context(|| format!("serving metrics at {address}"))?;
    super::complain(&format!("tailwater: metrics at http://{own}/metrics"));
    Ok(Some(telemetry))
}

/// The ledger of each sink, where there are several. Only the store knows what it held already.
fn sinks(
    destinations: Destinations,
    ledger: &Ledger,
    backends: &[(&'static str, Ledger)],
) -> BTreeMap<String, LedgerCounts> {
    let of_store = LedgerCounts::from(ledger);
    let of_stdout = LedgerCounts { duplicates: 0, ..of_store };
    let own = [(destinations.store, "store", of_store), (destinations.stdout, "stdout", of_stdout)];
    let own = own.into_iter().filter(|(is_wanted, ..)| *is_wanted).map(|(_, name, counts)| (name, counts));
    let backends = backends.iter().map(|(name, ledger)| (*name, LedgerCounts::from(ledger)));
    let all: BTreeMap<_, _> = own.chain(backends).map(|(name, counts)| (name.to_owned(), counts)).collect();
    if all.len() < 2 { BTreeMap::new() } else { all }
}

/// The ways to the backends that are wanted, as the environment and a settings file describe them.
fn relays(
    flags: &Replay,
    destinations: Destinations,
    catalog: &Catalog,
) -> anyhow::Result<Result<Option<ReplaySinks>, Errors>> {
    if !destinations.backends {
        return Ok(Ok(None));
    }
    let names: Vec<_> = flags.to.iter().filter_map(|to| to.backend()).map(SinkName::name).collect();
    let mut chosen = Values::new(Place::Flags);
    chosen.set("TAILWATER_SINKS", names.join(","));
    if let Some(config) = &flags.config {
        chosen.set("TAILWATER_CONFIG", config.clone());
    }
    Ok(match read_settings(chosen) {
        Ok(settings) => {
            let pricing: Arc<dyn Pricing> = Arc::new(catalog.clone());
            Ok(Some(assemble::replay_sinks(&settings, &pricing, now)?))
        }
        Err(errors) => Err(errors),
    })
}

impl Pricing for Catalog {
    fn terms<'t>(&'t self, origin: &'t Origin) -> Terms<'t> {
        self.terms(origin)
    }
}

/// Sends the metrics, and says which backends did not take them. Points that were left out for their age are no failure:
/// that is how old logs are.
fn untaken(relays: Option<&ReplaySinks>) -> bool {
    let MetricsResult { failures, rejected } = relays.map(ReplaySinks::finish).unwrap_or_default();
    for failure in &failures {
        super::complain(&format!("tailwater: {} did not take the metrics: {}", failure.sink, failure.reason));
    }
    for (sink, points) in rejected {
        super::complain(&lost_note(sink, points));
    }
    !failures.is_empty()
}

fn lost_note(sink: &str, points: RejectedPoints) -> String {
    let told = points.by_reason().into_iter().filter(|(_, points)| *points > 0);
    let told: Vec<_> = told.map(|(reason, points)| format!("{points} {reason}")).collect();
    format!("tailwater: {sink} does not have all points of the metrics: {}", told.join(", "))
}

/// A backend's ledger: what came to its lane, and what never came to any.
fn backend_ledger(account: &Account, read: &Ledger) -> Ledger {
    let mut ledger = account.ledger;
    ledger.receive_and_end(Disposition::Filtered, read.filtered());
    ledger.receive_and_end(Disposition::Rejected(Rejection::Refused), read.rejected());
    ledger
}

fn stopped_note(store: Option<&Store>) -> String {
    let remedy = store.map_or("", |_| "; running it again completes the store");
    format!("tailwater: stopped before the end of the input{remedy}")
}

fn catalog(flags: &Replay) -> Catalog {
    let mut catalog = flags.functions.clone().unwrap_or_default();
    catalog.default_cpu = flags.arch;
    catalog.default_region.clone_from(&flags.region);
    catalog
}

fn destinations(flags: &Replay) -> Destinations {
    let wants = |destination| !flags.dry_run && flags.to.contains(&destination);
    let backends = flags.to.iter().any(|to| to.backend().is_some());
    Destinations {
        store: wants(Destination::Store),
        stdout: wants(Destination::Stdout),
        backends: backends && !flags.dry_run,
    }
}

fn now() -> UnixMillis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

fn range(flags: &Replay) -> TimeRange {
    let now = now();
    TimeRange {
        since: flags.since.map(|since| since.resolve(now)),
        until: flags.until.map(|until| until.resolve(now)),
    }
}

/// What a run read.
struct Read {
    ledger: Ledger,
    view: View,
    unmatched: u64,
    /// Of each backend.
    backends: Vec<(&'static str, Ledger)>,
}

/// Reads all inputs with `jobs` workers, and waits for the store to have it all.
fn read(job: &Job<'_>, inputs: workers::Inputs, jobs: usize, store: Option<&Store>) -> anyhow::Result<Read> {
    let writer = store.map(Store::writer).transpose()?;
    let handle = || writer.as_ref().map(crate::store::Writer::handle);
    let merged = workers::run(job, inputs, jobs, &handle);
    let written = writer.map(crate::store::Writer::finish).transpose()?;
    let mut merged = merged?;
    if let Some(written) = written {
        reconcile(&written, &mut merged.ledger)?;
    }
    let names = job.relays.map(ReplaySinks::names).unwrap_or_default();
    let ledgers = merged.accounts.iter().map(|account| backend_ledger(account, &merged.ledger));
    let backends: Vec<_> = names.into_iter().zip(ledgers).collect();
    // Without a target of this machine the first backend's ledger is the run's.
    let has_own = job.destinations.store || job.destinations.stdout;
    let ledger = backends.first().filter(|_| !has_own).map_or(merged.ledger, |(_, ledger)| *ledger);
    Ok(Read { ledger, view: merged.counted.view, unmatched: merged.counted.unmatched, backends })
}

/// The store has to account for every event the workers handed over.
fn reconcile(written: &WriteCounts, ledger: &mut Ledger) -> anyhow::Result<()> {
    let stored = written.events + written.duplicates;
    let delivered = ledger.delivered().events;
    anyhow::ensure!(
        stored == delivered,
        "the store accounts for {stored} of the {delivered} events it was given: please report this"
    );
    ledger.note_duplicates(written.duplicates);
    Ok(())
}

fn view_of(store: &Store) -> anyhow::Result<View> {
    let mut view = View::default();
    store.for_each_invocation(TimeRange::default(), |invocation| view.add(&invocation))?;
    Ok(view)
}

fn unmatched_note(unmatched: u64) -> Option<String> {
    (unmatched > 0).then(|| {
        format!("{unmatched} lines tell of failures of invocations whose REPORT is not in the input: those are not counted")
    })
}

/// Where records go to standard output, the picture goes to standard error.
fn show(summary: &Summary, flags: &Replay, elapsed: std::time::Duration) -> anyhow::Result<()> {
    if flags.json {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, summary).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    let takes_stdout = |to: &Destination| matches!(to, Destination::Stdout | Destination::Ndjson);
    if flags.to.iter().any(takes_stdout) && !flags.dry_run {
        let is_terminal = io::stderr().is_terminal();
        return draw(summary, is_terminal, elapsed, &mut anstream::stderr().lock());
    }
    draw(summary, io::stdout().is_terminal(), elapsed, &mut anstream::stdout().lock())
}

fn draw(
    summary: &Summary,
    is_terminal: bool,
    elapsed: std::time::Duration,
    out: &mut dyn io::Write,
) -> anyhow::Result<()> {
    let terminal = terminal_size::terminal_size().filter(|_| is_terminal);
    let width = terminal.map_or(PIPE_WIDTH, |(width, _)| usize::from(width.0));
    // The stream itself drops the colours when it is no terminal or NO_COLOR says so.
    let page = table::Page { width, palette: table::Palette::colourful(), elapsed: Some(elapsed) };
    Ok(table::write(summary, &page, out)?)
}
