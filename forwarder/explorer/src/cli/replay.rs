//! `tailwater replay`: reads inputs, writes their events to the destinations, and prints the summary.

use std::{collections::BTreeMap, num::NonZeroUsize, path::Path, sync::Arc, thread, time::Duration};

use anyhow::Context as _;
use tailwater_forwarder::{
    assemble,
    forward::{
        Pricing,
        replay::{DerivedResult, ReplaySinks},
    },
    ledger::{Disposition, Ledger, Rejection},
    pipeline::{RuleConfig, TimeRange},
    rules::{Rules, Sinks},
    settings::{Errors, Place, SinkName, Values},
    sink::{RejectedPoints, Signal},
    telemetry::{Registry, Telemetry},
    tracker::Account,
};
use tailwater_parser::{Origin, derive::Terms};

use super::{
    args::{self, Destination, ReplayArgs},
    assumptions::{self, AssumptionFlags},
    clock::now,
    config_file::{read_emf, read_settings},
    demo,
    exit::{Exit, invalid_settings},
    fail_on, follow,
    input_stream::Closed,
    inputs::{EmptyFiles, Inputs, find_inputs},
    interrupt::Interrupt,
    metrics_server,
    progress::Progress,
    rules::{self, UnusableRules},
    stderr,
    stored_view::{self, StoredView, SummaryForm},
    targets::LocalSinks,
    workers::{self, Destinations, ReplayJob, ReplayResult},
};
use crate::{
    files::OriginDefaults,
    store::{Store, WriteCounts},
    view::{Catalog, CollectedInvocations, LedgerCounts, Summary},
};

/// Runs the command.
pub(super) fn run(args: &ReplayArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    match args::time_range(args.since, args.until, now()) {
        Ok(range) => replay(args, range, interrupt),
        Err(problem) => {
            stderr::log(problem);
            Ok(Exit::WrongUsage)
        }
    }
}

/// Reads the inputs and prints the summary.
fn replay(args: &ReplayArgs, range: TimeRange, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let destinations = destinations(args);
    let baseline = args.baseline.as_deref().map(fail_on::read_baseline).transpose()?;
    let emf = match read_emf(config_flag(args)) {
        Ok(emf) => emf,
        Err(errors) => return Ok(invalid_settings(&errors)),
    };
    let store = destinations.store.then(|| Store::open(&args.store)).transpose()?;
    let catalog = assumptions(args).catalog(store.as_ref())?;
    let dimensions = assumptions::dimensions(&args.by, store.as_ref())?;
    let relays = match relays(args, destinations, &catalog, interrupt)? {
        Ok(relays) => relays,
        Err(errors) => return Ok(invalid_settings(&errors)),
    };
    let (rules, local_sinks) = match rules(args, relays.as_ref())? {
        Ok(rules) => ruled_sinks(rules, destinations, relays.as_ref()),
        Err(unusable) => return Ok(unusable.report()),
    };
    let inputs = inputs(args, store.as_ref())?;
    let progress = Progress::new(workers::total_size(&inputs))?.with_telemetry(serve_metrics(args)?);
    let lines = || stored_view::line_collector(args.json, &dimensions, &catalog);
    let job = ReplayJob {
        defaults: defaults(args),
        catalog: &catalog,
        destinations,
        emf,
        lines: store.is_none().then_some(&lines),
        rules,
        local_sinks,
        relays: relays.as_ref(),
        range,
        interrupt,
        progress: &progress,
        is_dry_run: args.dry_run,
        follow: args.follow.then(Closed::default),
    };
    let done = read(&job, inputs, jobs(args), store.as_ref())?;
    let elapsed = progress.elapsed();
    let has_read = done.ledger.received().events > done.ledger.rejected().events;
    // The store may hold more than this run has read. If it has read nothing, that is not the answer.
    let (invocations, unmatched) = match store.as_ref().filter(|_| has_read) {
        Some(store) => (stored(&job, args).collect(store, &lines)?, 0),
        None => (done.invocations, done.unmatched),
    };
    progress.finish();
    let (mut summary, index) = invocations.summary(&catalog, &done.ledger, &dimensions);
    summary.sinks = sinks(destinations, [&done.store, &done.stdout], &done.backends);
    summary.notes.extend(unmatched_note(unmatched));
    let conditions = args.fail_on.as_ref().filter(|_| has_read);
    let is_failed = fail_on::is_failed(conditions, baseline.as_ref(), &summary, index.as_ref(), &catalog);
    if has_read || args.json {
        print_summary(summary, args, elapsed)?;
    }
    if !has_read {
        stderr::log(nothing_read_note(store.as_ref().map(|_| args.store.as_path())));
    }
    done.ledger.check()?;
    let has_failures = has_undelivered(&done.backends, relays.as_ref()) || done.ledger.rejected().events > 0;
    // An interrupt is the normal end of `--follow`.
    Ok(if interrupt.is_requested() && !args.follow {
        stderr::log(interrupted_note(store.as_ref()));
        Exit::Interrupted
    } else if has_failures || !(has_read || args.follow) {
        Exit::Failure
    } else if is_failed {
        Exit::ConditionMet
    } else {
        Exit::Success
    })
}

/// Number of workers.
fn jobs(args: &ReplayArgs) -> usize {
    args.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Starts the server of `--metrics` and returns its counters, or `None` without the flag.
fn serve_metrics(args: &ReplayArgs) -> anyhow::Result<Option<Telemetry>> {
    let Some(address) = args.metrics else { return Ok(None) };
    let registry = Registry::default();
    let telemetry = Telemetry::new(&registry, &["replay"]);
    let own = metrics_server::start(address, registry)
        .with_context(|| format!("cannot serve metrics at {address}"))?;
    stderr::log(format_args!("serving metrics at http://{own}/metrics"));
    Ok(Some(telemetry))
}

/// Returns the ledger of each destination by its name; empty if there is only one destination. Only the store
/// counts duplicates.
fn sinks(
    destinations: Destinations,
    [store, stdout]: [&Ledger; 2],
    backends: &[(&'static str, Ledger)],
) -> BTreeMap<String, LedgerCounts> {
    let of_store = LedgerCounts::from(store);
    let of_stdout = LedgerCounts { duplicates: 0, ..LedgerCounts::from(stdout) };
    let own = [(destinations.store, "store", of_store), (destinations.stdout, "stdout", of_stdout)];
    let own = own.into_iter().filter(|(is_wanted, ..)| *is_wanted).map(|(_, name, counts)| (name, counts));
    let backends = backends.iter().map(|(name, ledger)| (*name, LedgerCounts::from(ledger)));
    let all: BTreeMap<_, _> = own.chain(backends).map(|(name, counts)| (name.to_owned(), counts)).collect();
    if all.len() < 2 { BTreeMap::new() } else { all }
}

/// Reads the rules for the destinations, of which the backends come first.
fn rules(
    args: &ReplayArgs,
    relays: Option<&ReplaySinks>,
) -> anyhow::Result<Result<Option<Arc<Rules>>, UnusableRules>> {
    let backends = relays.map(ReplaySinks::names).unwrap_or_default();
    let flags = || rules::with_file(config_flag(args), args.rules.as_deref());
    rules::load(flags, &rules::destination_names(&backends))
}

/// Returns the configuration of the rules for the destinations of the run. Without any, it is that of the store.
fn ruled_sinks(
    rules: Option<Arc<Rules>>,
    destinations: Destinations,
    relays: Option<&ReplaySinks>,
) -> (Option<RuleConfig>, LocalSinks) {
    let backends = relays.map(ReplaySinks::names).unwrap_or_default();
    let names = rules::destination_names(&backends);
    let index = |wanted: &str| names.iter().position(|name| *name == wanted).unwrap_or(usize::MAX);
    let (store, stdout) = (index(rules::STORE), index(rules::STDOUT));
    let mut sinks: Vec<_> = (0..backends.len()).collect();
    sinks.extend(destinations.store.then_some(store));
    sinks.extend(destinations.stdout.then_some(stdout));
    if sinks.is_empty() {
        sinks.push(store);
    }
    let local = LocalSinks { store: Sinks::one(store), stdout: Sinks::one(stdout) };
    (rules.map(|rules| RuleConfig::new(rules, sinks)), local)
}

/// Connects to the selected backends, with settings from the environment and the settings file. The inner error lists invalid
/// settings.
fn relays(
    args: &ReplayArgs,
    destinations: Destinations,
    catalog: &Catalog,
    interrupt: &Interrupt,
) -> anyhow::Result<Result<Option<ReplaySinks>, Errors>> {
    if !destinations.backends {
        return Ok(Ok(None));
    }
    let names: Vec<_> = args.to.iter().filter_map(|to| to.backend()).map(SinkName::name).collect();
    let mut chosen = config_flag(args);
    chosen.set("TAILWATER_SINKS", names.join(","));
    if let Some(region) = &args.region {
        chosen.set("TAILWATER_REGION", region.clone());
    }
    Ok(match read_settings(chosen) {
        Ok(settings) => {
            let pricing: Arc<dyn Pricing> = Arc::new(catalog.clone());
            let (sinks, interrupt) = (assemble::replay_sinks(&settings, &pricing, now)?, interrupt.clone());
            Ok(Some(sinks.stop_when(move || interrupt.is_overdue())))
        }
        Err(errors) => Err(errors),
    })
}

/// Returns the settings that flags of the command give: the path of the settings file.
fn config_flag(args: &ReplayArgs) -> Values {
    let mut flags = Values::new(Place::Flags);
    if let Some(config) = &args.config {
        flags.set("TAILWATER_CONFIG", config.clone());
    }
    flags
}

impl Pricing for Catalog {
    fn terms<'t>(&'t self, origin: &'t Origin) -> Terms<'t> {
        self.terms(origin)
    }
}

/// Sends the metrics and spans that were not sent yet. Returns true if a backend did not accept them, or did not accept all events.
fn has_undelivered(backends: &[(&str, Ledger)], relays: Option<&ReplaySinks>) -> bool {
    let is_incomplete = has_undelivered_derived(relays);
    is_incomplete || backends.iter().any(|(_, ledger)| ledger.rejected().events > 0)
}

/// Sends the metrics and spans that were not sent yet. Returns true if a backend did not accept them; the failure is
/// logged. Metric points that a backend drops because they are too old are logged too, but are not a failure,
/// because replayed logs are often old.
fn has_undelivered_derived(relays: Option<&ReplaySinks>) -> bool {
    let DerivedResult { failures, rejected } = relays.map(ReplaySinks::finish).unwrap_or_default();
    for failure in &failures {
        stderr::log(format_args!("{} not delivered to {}: {failure}", failure.signal.name(), failure.sink));
    }
    for (sink, signal, items) in rejected {
        stderr::log(rejected_note(sink, signal, items));
    }
    !failures.is_empty()
}

fn rejected_note(sink: &str, signal: Signal, items: RejectedPoints) -> String {
    let counts = items.by_reason().into_iter().filter(|(_, points)| *points > 0);
    let counts: Vec<_> = counts.map(|(reason, points)| format!("{points} {reason}")).collect();
    format!("{} not accepted by {sink}: {}", signal.items(), counts.join(", "))
}

/// Returns the ledger of a backend: the events that were sent to it, and the events that were filtered or
/// rejected before they could be sent to any backend.
fn backend_ledger(account: &Account, read: &Ledger) -> Ledger {
    let mut ledger = account.ledger;
    ledger.receive_and_end(Disposition::Filtered, read.filtered());
    ledger.receive_and_end(Disposition::Rejected(Rejection::Refused), read.rejected());
    ledger
}

fn interrupted_note(store: Option<&Store>) -> String {
    let remedy = store.map_or("", |_| "; run the command again to complete the store");
    format!("interrupted before the end of the input{remedy}")
}

fn nothing_read_note(store: Option<&Path>) -> String {
    let kept =
        store.map(|path| format!("; the store {} was not changed", path.display())).unwrap_or_default();
    format!("nothing was read{kept}")
}

fn assumptions(args: &ReplayArgs) -> AssumptionFlags<'_> {
    AssumptionFlags {
        region: args.region.as_deref(),
        arch: args.arch,
        functions: args.functions.as_ref(),
        log_price: args.log_price,
    }
}

fn defaults(args: &ReplayArgs) -> OriginDefaults {
    OriginDefaults {
        function: args.function.clone().unwrap_or_default(),
        log_group: args.log_group.clone().unwrap_or_default(),
    }
}

/// Finds the inputs. Warns if they are about to be mixed with the demo in the store.
fn inputs(args: &ReplayArgs, store: Option<&Store>) -> anyhow::Result<Inputs> {
    let inputs = if args.follow {
        follow::single_input(find_inputs(&args.paths, EmptyFiles::Accept))?
    } else {
        find_inputs(&args.paths, EmptyFiles::Reject)
    };
    demo::warn_if_mixed(store, &args.store, &inputs)?;
    Ok(inputs)
}

fn destinations(args: &ReplayArgs) -> Destinations {
    let wants = |destination| !args.dry_run && args.to.contains(&destination);
    let backends = args.to.iter().any(|to| to.backend().is_some());
    Destinations {
        store: wants(Destination::Store),
        stdout: wants(Destination::Stdout),
        backends: backends && !args.dry_run,
    }
}

/// Result of reading all inputs.
struct ReadResult {
    /// Ledger of the run: an event is delivered if any destination got it.
    ledger: Ledger,
    store: Ledger,
    stdout: Ledger,
    invocations: CollectedInvocations,
    unmatched: u64,
    /// Name and ledger of each backend.
    backends: Vec<(&'static str, Ledger)>,
}

/// Reads all inputs with `jobs` workers, and waits until the store has written everything.
fn read(
    job: &ReplayJob<'_>,
    inputs: Inputs,
    jobs: usize,
    store: Option<&Store>,
) -> anyhow::Result<ReadResult> {
    let writer = store.map(Store::writer).transpose()?;
    let handle = || writer.as_ref().map(crate::store::Writer::handle);
    let result = workers::run(job, inputs, jobs, &handle);
    let written = writer.map(crate::store::Writer::finish).transpose()?;
    let mut result = result?;
    let names = job.relays.map(ReplaySinks::names).unwrap_or_default();
    let (mut of_store, of_stdout, before_rules) = local_ledgers(&result, names.len(), job.destinations);
    if let Some(written) = written {
        reconcile(&written, &mut of_store)?;
        result.ledger.note_duplicates(written.duplicates);
    }
    let ledgers = result.accounts.iter().map(|account| backend_ledger(account, &before_rules));
    let backends: Vec<_> = names.into_iter().zip(ledgers).collect();
    // Without a local destination, the ledger of the first backend is that of the run.
    let has_local = job.destinations.store || job.destinations.stdout;
    let ledger = backends.first().filter(|_| !has_local).map_or(result.ledger, |(_, ledger)| *ledger);
    let (store, stdout) = (of_store, of_stdout);
    Ok(ReadResult {
        ledger,
        store,
        stdout,
        invocations: result.view.invocations,
        unmatched: result.view.unmatched,
        backends,
    })
}

/// Returns the ledgers of the store and of standard output, and that of the events that ended before any rule decided
/// about them. The backends are the first ones of the destinations.
fn local_ledgers(
    result: &ReplayResult,
    backends: usize,
    destinations: Destinations,
) -> (Ledger, Ledger, Ledger) {
    let Some(ruled) = &result.ruled else { return (result.ledger, result.ledger, result.ledger) };
    let before_rules = result.ledger.without(&ruled.total);
    let of = |position: usize| {
        let mut ledger = ruled.sinks.get(position).copied().unwrap_or_default();
        ledger.merge(&before_rules);
        ledger
    };
    (of(backends), of(backends + usize::from(destinations.store)), before_rules)
}

/// Checks that the store has written every event that the workers passed to it, and adds the number of
/// duplicates found by the store to `ledger`.
pub(super) fn reconcile(written: &WriteCounts, ledger: &mut Ledger) -> anyhow::Result<()> {
    let stored = written.events + written.duplicates;
    let delivered = ledger.delivered().events;
    anyhow::ensure!(
        stored == delivered,
        "the store has written {stored} of {delivered} events; this is a bug, please report it"
    );
    ledger.note_duplicates(written.duplicates);
    Ok(())
}

fn stored<'a>(job: &'a ReplayJob<'_>, args: &'a ReplayArgs) -> StoredView<'a> {
    StoredView {
        path: &args.store,
        jobs: jobs(args),
        is_json: args.json,
        interrupt: Some(job.interrupt).filter(|_| job.follow.is_none()),
        progress: job.progress,
    }
}

fn unmatched_note(unmatched: u64) -> Option<String> {
    (unmatched > 0).then(|| {
        format!("{unmatched} lines report failures of invocations whose REPORT is not in the input; these are not plural")
    })
}

/// Prints the summary: to standard output, or to standard error if records go to standard output.
fn print_summary(summary: Summary, args: &ReplayArgs, elapsed: Duration) -> anyhow::Result<()> {
    let uses_stdout = |to: &Destination| matches!(to, Destination::Stdout | Destination::Ndjson);
    let form = if args.json {
        SummaryForm::Json
    } else if args.to.iter().any(uses_stdout) && !args.dry_run {
        SummaryForm::TableOnStderr
    } else {
        SummaryForm::TableOnStdout
    };
    stored_view::print_summary(summary, form, &args.table.rows(), elapsed)
}
