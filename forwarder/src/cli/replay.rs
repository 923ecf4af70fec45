//! `tailwater replay`: reads inputs, keeps what is in them, shows the summary.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write as _},
    num::NonZeroUsize,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use tailwater_parser::UnixMillis;

use super::{
    ALL_FINE, INTERRUPTED, SOME_REJECTED,
    args::{Destination, Replay},
    follow,
    interrupt::Interrupt,
    progress::Progress,
    table,
    workers::{self, Destinations, Job},
};
use crate::{
    ledger::Ledger,
    pipeline::TimeRange,
    source::files::{Fallback, walk},
    store::{Span, Store, Written},
    view::{Catalog, LedgerCounts, Summary, View},
};

/// Width of what is not a terminal.
const PIPE_WIDTH: usize = 120;

/// Runs the verb; the answer is the exit code.
pub(super) fn run(flags: &Replay) -> anyhow::Result<u8> {
    let catalog = catalog(flags);
    let destinations = destinations(flags);
    let store = destinations.store.then(|| Store::open(&flags.store)).transpose()?;
    let interrupt = Interrupt::listen()?;
    let mut inputs = walk::inputs(&flags.paths);
    if flags.follow {
        inputs = follow::only(inputs)?;
    }
    let progress = Progress::new(workers::total_size(&inputs))?;
    let job = Job {
        fallback: Fallback {
            function: flags.function.clone().unwrap_or_default(),
            log_group: flags.log_group.clone().unwrap_or_default(),
        },
        catalog: &catalog,
        destinations,
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
    summary.sinks = sinks(destinations, &done.ledger);
    summary.notes.extend(unmatched_note(unmatched));
    show(&summary, flags, elapsed)?;
    done.ledger.check()?;
    // Following ends when it is interrupted: that is no stop before the end.
    Ok(if interrupt.is_asked() && !flags.follow {
        super::complain(&stopped_note(store.as_ref()));
        INTERRUPTED
    } else if done.ledger.rejected().events > 0 {
        SOME_REJECTED
    } else {
        ALL_FINE
    })
}

/// The ledger of each sink, where there are several. Only the store knows what it held already.
fn sinks(destinations: Destinations, ledger: &Ledger) -> BTreeMap<String, LedgerCounts> {
    if destinations != (Destinations { store: true, stdout: true }) {
        return BTreeMap::new();
    }
    let of_store = LedgerCounts::from(ledger);
    let of_stdout = LedgerCounts { duplicates: 0, ..of_store };
    BTreeMap::from([("store".to_owned(), of_store), ("stdout".to_owned(), of_stdout)])
}

fn stopped_note(store: Option<&Store>) -> String {
    let remedy = store.map_or("", |_| "; running it again completes the store");
    format!("tailwater: stopped before the end of the input{remedy}")
}

fn catalog(flags: &Replay) -> Catalog {
    let mut catalog = flags.functions.clone().unwrap_or_default();
    catalog.otherwise = flags.arch;
    catalog.region.clone_from(&flags.region);
    catalog
}

fn destinations(flags: &Replay) -> Destinations {
    let wants = |destination| !flags.dry_run && flags.to.contains(&destination);
    Destinations { store: wants(Destination::Store), stdout: wants(Destination::Stdout) }
}

fn range(flags: &Replay) -> TimeRange {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = UnixMillis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
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
    Ok(Read { ledger: merged.ledger, view: merged.counted.view, unmatched: merged.counted.unmatched })
}

/// The store has to account for every event the workers handed over.
fn reconcile(written: &Written, ledger: &mut Ledger) -> anyhow::Result<()> {
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
    store.for_each_invocation(Span::default(), |invocation| view.add(&invocation))?;
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
    if flags.to.contains(&Destination::Stdout) && !flags.dry_run {
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
