//! Worker threads of `replay`: each takes the next input from a shared queue and reads it to its end.

use std::{
    io,
    ops::ControlFlow,
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use tailwater_forwarder::{
    forward::replay::{Again, ReplaySender, ReplaySinks},
    ledger::{Disposition, Ledger, Rejection, Tally},
    pipeline::{Pipeline, RuleConfig, RuledLedgers, TimeRange},
    sink::EmfScope,
    tracker::Account,
};
use tailwater_parser::{ByteSize, Event, Origin, Receive, UnixMillis, derive::Invocation};

use super::{
    clock::now,
    follow::{self, CommitTimer, IdleAction, POLL_INTERVAL},
    input_stream::Closed,
    inputs::{Input, InputKind, Inputs},
    interrupt::Interrupt,
    progress::Progress,
    targets::{LocalSinks, RunView, StdoutWriter, Targets},
};
use crate::{
    files::{
        EndAction, InputContext, InputFormat, InputHandler, OriginDefaults, Reader, RejectedInput, TextPolicy,
    },
    store::{StoreTarget, WriterHandle},
    view::{
        Catalog,
        format::{count, plural},
        lines::LineCollector,
    },
};

/// Maximum number of invocations that all workers together buffer, because another input may contain further
/// lines of the same invocations.
const BUFFERED_INVOCATIONS: usize = 32 * 1024;

/// Maximum decompressed size of a delivery (compressed log data inside a Lambda event). An input itself has
/// no limit.
pub(super) const INFLATED_LIMIT: ByteSize = ByteSize::mib(256);

/// Destinations of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Destinations {
    pub(super) store: bool,
    pub(super) stdout: bool,
    pub(super) backends: bool,
}

/// Options and state of a run, shared by all workers.
pub(super) struct ReplayJob<'j> {
    /// Function and log group to assume for inputs that do not name their own.
    pub(super) defaults: OriginDefaults,
    pub(super) catalog: &'j Catalog,
    pub(super) destinations: Destinations,
    /// Log lines whose declared metrics are written to standard output.
    pub(super) emf: EmfScope,
    /// Creates the collection of lines for the summary; `None` if the summary is that of the store.
    pub(super) lines: Option<&'j (dyn Fn() -> LineCollector + Sync)>,
    /// Rules; `None` without rules.
    pub(super) rules: Option<RuleConfig>,
    /// Store and standard output, as the rules know them.
    pub(super) local_sinks: LocalSinks,
    /// Connections to the backends; `None` if no backend is a destination.
    pub(super) relays: Option<&'j ReplaySinks>,
    pub(super) range: TimeRange,
    pub(super) interrupt: &'j Interrupt,
    pub(super) progress: &'j Progress,
    /// True if the format of each input is printed (`--dry-run`).
    pub(super) is_dry_run: bool,
    /// With `--follow`, the flag that is set when the input has ended.
    pub(super) follow: Option<Closed>,
}

/// Merged results of all workers.
pub(super) struct ReplayResult {
    pub(super) ledger: Ledger,
    /// Ledgers of the events that rules decided about; `None` without rules.
    pub(super) ruled: Option<RuledLedgers>,
    pub(super) view: RunView,
    /// Event counts of each backend, merged from all workers.
    pub(super) accounts: Vec<Account>,
}

/// Returns the total size of all inputs in bytes, or `None` if the size of one is not known.
pub(super) fn total_size(inputs: &Inputs) -> Option<u64> {
    inputs.iter().flatten().map(|input| Some(input.size?.0)).sum()
}

/// Reads all inputs with `jobs` workers.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(super) fn run(
    job: &ReplayJob<'_>,
    inputs: Inputs,
    jobs: usize,
    handle: &dyn Fn() -> Option<WriterHandle>,
) -> io::Result<ReplayResult> {
    let jobs = jobs.min(inputs.len()).max(1);
    let queue = Mutex::new(inputs.into_iter());
    let results: Vec<WorkerResult> = thread::scope(|scope| {
        let spawn = |_| {
            let worker = Worker::new(job, BUFFERED_INVOCATIONS / jobs, handle());
            scope.spawn(|| worker.run(&queue))
        };
        let threads: Vec<_> = (0..jobs).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
    });
    let mut merged = merge(results)?;
    let late = merged.view.finish();
    if job.destinations.stdout {
        print(job, &late)?;
    }
    if let Some(relays) = job.relays {
        late.iter().for_each(|invocation| relays.measure(invocation));
    }
    Ok(merged)
}

fn print(job: &ReplayJob<'_>, invocations: &[Invocation]) -> io::Result<()> {
    let mut stdout = StdoutWriter::new(job.catalog, job.emf);
    invocations.iter().for_each(|invocation| stdout.invocation(invocation));
    stdout.finish().map_or(Ok(()), Err)
}

/// Result of one worker.
struct WorkerResult {
    ledger: Ledger,
    ruled: Option<RuledLedgers>,
    view: Option<RunView>,
    accounts: Vec<Account>,
    /// Error of writing to standard output.
    error: Option<io::Error>,
}

fn merge(results: Vec<WorkerResult>) -> io::Result<ReplayResult> {
    let mut merged = ReplayResult {
        ledger: Ledger::default(),
        ruled: None,
        view: RunView::new(0, None),
        accounts: Vec::new(),
    };
    for result in results {
        if let Some(error) = result.error {
            return Err(error);
        }
        merged.ledger.merge(&result.ledger);
        if let Some(ruled) = &result.ruled {
            merged.ruled.get_or_insert_default().merge(ruled);
        }
        merged.accounts.resize(result.accounts.len(), Account::default());
        merged.accounts.iter_mut().zip(&result.accounts).for_each(|(sum, account)| sum.merge(account));
        if let Some(view) = result.view {
            merged.view.merge(view);
        }
    }
    Ok(merged)
}

/// Worker thread state: reads inputs through its own pipeline.
struct Worker<'j> {
    job: &'j ReplayJob<'j>,
    pipeline: Pipeline<Targets<'j>>,
}

impl<'j> Worker<'j> {
    fn new(job: &'j ReplayJob<'j>, capacity: usize, store: Option<WriterHandle>) -> Self {
        let Destinations { store: stores, stdout: prints, backends } = job.destinations;
        let targets = Targets {
            view: (prints || backends || !stores)
                .then(|| RunView::new(capacity, job.lines.map(|create| create()))),
            stdout: prints.then(|| StdoutWriter::new(job.catalog, job.emf)),
            store: store.map(StoreTarget::new),
            relay: job.relays.map(ReplaySinks::sender),
            relays: job.relays,
            sinks: job.local_sinks,
            is_again: false,
        };
        let mut pipeline = Pipeline::new(job.range, targets);
        pipeline.set_rules(job.rules.as_ref());
        Self { job, pipeline }
    }

    /// Reads inputs from the queue until it is empty or the run should stop.
    fn run(mut self, queue: &Mutex<std::vec::IntoIter<Result<Input, RejectedInput>>>) -> WorkerResult {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut reader = Reader::default();
        while !self.should_stop() {
            match next() {
                Some(Ok(input)) => self.read(&input, &mut reader),
                Some(Err(rejection)) => self.reject(&rejection),
                None => break,
            }
        }
        self.finish()
    }

    fn finish(mut self) -> WorkerResult {
        self.pipeline.end_input();
        let ruled = self.pipeline.ruled().cloned();
        let (targets, ledger) = self.pipeline.finish();
        if let Some(store) = targets.store {
            store.finish();
        }
        let error = targets.stdout.and_then(StdoutWriter::finish);
        let accounts = targets.relay.map(ReplaySender::accounts).unwrap_or_default();
        WorkerResult { ledger, ruled, view: targets.view, accounts, error }
    }

    /// True if the run was interrupted or a destination has failed. The error is reported at the end of the run.
    fn should_stop(&self) -> bool {
        self.job.interrupt.is_requested() || self.pipeline.target().has_failed()
    }

    fn read(&mut self, input: &Input, reader: &mut Reader) {
        let opened = match &self.job.follow {
            Some(closed) => follow::open(input, closed, self.job.interrupt),
            None => input.open(self.job.interrupt),
        };
        match opened {
            Ok(mut bytes) => self.read_bytes(input, &mut *bytes, reader),
            Err(error) => {
                self.reject(&RejectedInput {
                    input: input.name(),
                    records: 1,
                    offset: None,
                    reason: error.to_string(),
                });
            }
        }
    }

    fn read_bytes(&mut self, input: &Input, bytes: &mut dyn io::Read, reader: &mut Reader) {
        let job = self.job;
        let context = input_context(input, job);
        let before = *self.pipeline.ledger();
        if let Some(relay) = &mut self.pipeline.target_mut().relay {
            relay.begin_input();
        }
        self.pipeline.set_default_time(default_time(input, job));
        let mut handler = WorkerHandler::new(job, &mut self.pipeline);
        reader.read(bytes, &context, &mut handler);
        handler.report_ledger();
        let format = handler.format;
        if job.interrupt.is_requested() && job.follow.is_none() {
            // A run that is repeated decides about these events when it has read the rest.
            self.pipeline.abandon_held();
        }
        self.pipeline.end_input();
        self.settle(input, reader);
        if let Some(format) = format.filter(|_| job.is_dry_run) {
            job.progress.write_line(describe(input, format, &before, self.pipeline.ledger()));
        }
    }

    /// Waits for the answers of the backends to the requests with events of this input. While a backend
    /// rejects request bodies as too large, reads the input again to send smaller ones.
    fn settle(&mut self, input: &Input, reader: &mut Reader) {
        while self.pipeline.target_mut().relay.as_mut().is_some_and(|relay| relay.settle() == Again::Read) {
            // Standard input and pipes can be read only once.
            let again = input.is_regular_file().then(|| input.open(self.job.interrupt));
            let Some(mut bytes) = again.and_then(Result::ok) else { break };
            let ledger = *self.pipeline.ledger();
            self.pipeline.pause_ruled();
            self.pipeline.target_mut().is_again = true;
            let mut handler = ResendHandler { pipeline: &mut self.pipeline, interrupt: self.job.interrupt };
            reader.read(&mut *bytes, &input_context(input, self.job), &mut handler);
            if self.job.interrupt.is_requested() {
                self.pipeline.abandon_held();
            }
            self.pipeline.end_input();
            self.pipeline.target_mut().is_again = false;
            self.pipeline.resume_ruled();
            *self.pipeline.ledger_mut() = ledger;
        }
        let Some(relay) = &mut self.pipeline.target_mut().relay else { return };
        let failures = relay.end_input().expect("every event that was received has ended");
        for failure in failures {
            let events = plural(failure.events, "event");
            let (input, sink) = (input.name(), failure.sink);
            self.job.progress.log(format_args!("{input}: {events} not delivered to {sink}: {failure}"));
        }
    }

    fn reject(&mut self, rejection: &RejectedInput) {
        let mut handler = WorkerHandler::new(self.job, &mut self.pipeline);
        handler.on_rejected(rejection);
        handler.report_ledger();
    }
}

/// Describes an input for `--dry-run`: `logs/checkout.csv: CSV from the CloudWatch console, 1,204 events, 2 rejected`. Counts
/// of 0 are left out.
fn describe(input: &Input, format: InputFormat, before: &Ledger, after: &Ledger) -> String {
    let grown = |part: fn(&Ledger) -> Tally| part(after).events.saturating_sub(part(before).events);
    let mut line = format!("{}: {format}, {}", input.name(), plural(grown(Ledger::delivered), "event"));
    let others = [
        (grown(Ledger::filtered), "filtered"),
        (grown(Ledger::sampled), "sampled"),
        (grown(Ledger::rejected), "rejected"),
    ];
    for (n, what) in others.into_iter().filter(|(n, _)| *n > 0) {
        line += &format!(", {} {what}", count(n));
    }
    line
}

/// Time of the events of an input in which no event has a time: that of its last modification, and for input that is
/// just being written the current time.
fn default_time(input: &Input, job: &ReplayJob<'_>) -> UnixMillis {
    input.modified.filter(|_| job.follow.is_none()).unwrap_or_else(now)
}

/// Selects the condition for accepting plain text. Any text is accepted from standard input, from a file that is
/// followed, because the lines of Lambda may still come, and from all inputs if the user named the function.
fn text_policy(kind: InputKind, job: &ReplayJob<'_>) -> TextPolicy {
    let is_chosen = job.follow.is_some() || !job.defaults.function.is_empty();
    match kind {
        InputKind::Stdin => TextPolicy::AcceptAny,
        InputKind::Named | InputKind::Found if is_chosen => TextPolicy::AcceptAny,
        InputKind::Named | InputKind::Found => TextPolicy::RequireEvidence,
    }
}

fn input_context<'a>(input: &'a Input, job: &'a ReplayJob<'_>) -> InputContext<'a> {
    InputContext {
        path: &input.path,
        defaults: &job.defaults,
        text_policy: text_policy(input.kind, job),
        delivery_limit: INFLATED_LIMIT,
    }
}

/// Handler for an input that is read again for the backends: passes its events to the pipeline, but does not
/// report rejections and progress a second time.
struct ResendHandler<'w, 'j> {
    pipeline: &'w mut Pipeline<Targets<'j>>,
    interrupt: &'w Interrupt,
}

impl Receive for ResendHandler<'_, '_> {
    fn batch(&mut self, origin: &Origin) {
        self.pipeline.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.pipeline.event(event);
    }
}

impl InputHandler for ResendHandler<'_, '_> {
    fn on_start(&mut self, _: InputFormat, head: &[u8]) {
        self.pipeline.begin_input(head);
    }

    fn on_rejected(&mut self, _: &RejectedInput) {}

    fn on_filtered(&mut self, _: u64) {}

    fn on_progress(&mut self, _: ByteSize) -> ControlFlow<()> {
        if self.interrupt.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Handler for an input that is read for the first time: passes its events to the pipeline, counts skipped
/// and rejected records in the ledger, and logs rejections.
struct WorkerHandler<'w, 'j> {
    job: &'w ReplayJob<'j>,
    pipeline: &'w mut Pipeline<Targets<'j>>,
    /// Number of events since the last report to the progress bar.
    events: u64,
    /// State of the ledger at the last report to the progress bar.
    reported: Ledger,
    /// Format of the input, once it is detected.
    format: Option<InputFormat>,
    /// Timer of uncommitted events, used only with `--follow`.
    timer: CommitTimer,
}

impl<'w, 'j> WorkerHandler<'w, 'j> {
    fn new(job: &'w ReplayJob<'j>, pipeline: &'w mut Pipeline<Targets<'j>>) -> Self {
        let reported = *pipeline.ledger();
        Self { job, pipeline, events: 0, reported, format: None, timer: CommitTimer::new(Instant::now()) }
    }

    /// Commits the events read so far to the store, which makes them visible to other programs.
    fn commit(&mut self) {
        self.pipeline.pause();
        if let Some(store) = &mut self.pipeline.target_mut().store {
            // A stopped writer is detected by `has_failed` after the next chunk.
            let _ = store.flush();
        }
    }

    /// Adds the change of the ledger since the last report to the Prometheus counters.
    fn report_ledger(&mut self) {
        let now = *self.pipeline.ledger();
        self.job.progress.add_ledger(&self.reported, &now);
        self.reported = now;
    }
}

impl Receive for WorkerHandler<'_, '_> {
    fn batch(&mut self, origin: &Origin) {
        self.pipeline.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.pipeline.event(event);
    }
}

impl InputHandler for WorkerHandler<'_, '_> {
    fn on_start(&mut self, format: InputFormat, head: &[u8]) {
        self.format = Some(format);
        self.pipeline.begin_input(head);
    }

    fn on_rejected(&mut self, rejection: &RejectedInput) {
        if self.format.is_none() && self.job.interrupt.is_requested() {
            // The input was cut before its format was known. That is not damage.
            return;
        }
        self.pipeline
            .ledger_mut()
            .receive_and_end(Disposition::Rejected(Rejection::Damaged), Tally::new(rejection.records, 0));
        self.job.progress.log(format_args!("rejected {rejection}"));
    }

    fn on_filtered(&mut self, records: u64) {
        self.pipeline.ledger_mut().receive_and_end(Disposition::Filtered, Tally::new(records, 0));
    }

    fn on_progress(&mut self, bytes: ByteSize) -> ControlFlow<()> {
        self.job.progress.advance(bytes.0, std::mem::take(&mut self.events));
        self.timer.add(bytes, Instant::now());
        if self.job.follow.is_some() {
            self.pipeline.set_default_time(now());
        }
        self.report_ledger();
        let must_stop = self.job.interrupt.is_requested() || self.pipeline.target().has_failed();
        if must_stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn on_end(&mut self) -> EndAction {
        let has_ended = self.job.follow.as_ref().is_none_or(Closed::is_closed);
        if has_ended || self.job.interrupt.is_requested() || self.pipeline.target().has_failed() {
            return EndAction::Finish;
        }
        match self.timer.next_action(Instant::now()) {
            IdleAction::Wait => {
                thread::park_timeout(POLL_INTERVAL);
                EndAction::Wait
            }
            IdleAction::Commit => {
                self.commit();
                EndAction::Wait
            }
            IdleAction::Flush => EndAction::Flush,
        }
    }
}
