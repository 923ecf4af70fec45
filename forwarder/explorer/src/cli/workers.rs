//! The threads of `replay`: each takes the next input from a common list and reads it to its end.

use std::{
    io,
    sync::{Mutex, PoisonError},
    thread,
};

use tailwater_forwarder::{
    forward::replay::{Again, ReplaySender, ReplaySinks},
    ledger::{Disposition, Ledger, Rejection, Tally},
    pipeline::{Pipeline, TimeRange},
    tracker::Account,
};
use tailwater_parser::{ByteSize, Event, Origin, Receive, derive::Invocation};

use super::{
    follow::{self, Closed, Pause, Pending},
    interrupt::Interrupt,
    progress::Progress,
    targets::{Counted, Stdout, Targets},
};
use crate::{
    files::{
        About, AtEnd, Fallback, Form, Intake, Proceed, Reader, Rejected, Trust,
        walk::{Input, Kind},
    },
    store::{StoreTarget, WriterHandle},
    view::{
        Catalog,
        format::{count, plural},
    },
};

/// What the command line names, or what is wrong with it.
pub(super) type Inputs = Vec<Result<Input, Rejected>>;

/// Invocations held back by all workers together because lines of them may stand in another input.
const HELD_BACK: usize = 32 * 1024;

/// What a delivery inside an input may inflate to; the input itself may be of any size.
const INFLATED_LIMIT: ByteSize = ByteSize::mib(256);

/// Which targets there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Destinations {
    pub(super) store: bool,
    pub(super) stdout: bool,
    /// Whether there are backends.
    pub(super) backends: bool,
}

/// What all workers share.
pub(super) struct Job<'j> {
    /// Where events come from that do not tell.
    pub(super) fallback: Fallback,
    pub(super) catalog: &'j Catalog,
    pub(super) destinations: Destinations,
    /// The ways to backends.
    pub(super) relays: Option<&'j ReplaySinks>,
    pub(super) range: TimeRange,
    pub(super) interrupt: &'j Interrupt,
    pub(super) progress: &'j Progress,
    /// Whether to say of each input what it is.
    pub(super) is_dry_run: bool,
    /// Where the input is followed: whether it can still grow.
    pub(super) follows: Option<Closed>,
}

/// What all workers read together.
pub(super) struct Merged {
    pub(super) ledger: Ledger,
    pub(super) counted: Counted,
    /// Of each backend.
    pub(super) accounts: Vec<Account>,
}

/// Bytes of all inputs; `None` when that of one is not known.
pub(super) fn total_size(inputs: &Inputs) -> Option<u64> {
    inputs.iter().flatten().map(|input| Some(input.size?.0)).sum()
}

/// Reads all inputs with `jobs` workers.
pub(super) fn run(
    job: &Job<'_>,
    inputs: Inputs,
    jobs: usize,
    handle: &dyn Fn() -> Option<WriterHandle>,
) -> io::Result<Merged> {
    let jobs = jobs.min(inputs.len()).max(1);
    let queue = Mutex::new(inputs.into_iter());
    let shares: Vec<Share> = thread::scope(|scope| {
        let spawn = |_| {
            let worker = Worker::new(job, HELD_BACK / jobs, handle());
            scope.spawn(|| worker.run(&queue))
        };
        let threads: Vec<_> = (0..jobs).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
    });
    let mut merged = merge(shares)?;
    let late = merged.counted.settle();
    if job.destinations.stdout {
        print(job.catalog, &late)?;
    }
    if let Some(relays) = job.relays {
        late.iter().for_each(|invocation| relays.measure(invocation));
    }
    Ok(merged)
}

fn print(catalog: &Catalog, invocations: &[Invocation]) -> io::Result<()> {
    let mut stdout = Stdout::new(catalog);
    invocations.iter().for_each(|invocation| stdout.invocation(invocation));
    stdout.finish().map_or(Ok(()), Err)
}

/// What one worker did.
struct Share {
    ledger: Ledger,
    counted: Option<Counted>,
    accounts: Vec<Account>,
    /// Why standard output took no more.
    failed: Option<io::Error>,
}

fn merge(shares: Vec<Share>) -> io::Result<Merged> {
    let mut merged = Merged { ledger: Ledger::default(), counted: Counted::new(0), accounts: Vec::new() };
    for share in shares {
        if let Some(error) = share.failed {
            return Err(error);
        }
        merged.ledger.merge(&share.ledger);
        merged.accounts.resize(share.accounts.len(), Account::default());
        merged.accounts.iter_mut().zip(&share.accounts).for_each(|(sum, account)| sum.merge(account));
        if let Some(counted) = share.counted {
            merged.counted.merge(counted);
        }
    }
    Ok(merged)
}

/// One thread's share of the work.
struct Worker<'j> {
    job: &'j Job<'j>,
    pipeline: Pipeline<Targets<'j>>,
}

impl<'j> Worker<'j> {
    fn new(job: &'j Job<'j>, held_back: usize, store: Option<WriterHandle>) -> Self {
        let Destinations { store: stores, stdout: prints, backends } = job.destinations;
        let targets = Targets {
            counted: (prints || backends || !stores).then(|| Counted::new(held_back)),
            stdout: prints.then(|| Stdout::new(job.catalog)),
            store: store.map(StoreTarget::new),
            relay: job.relays.map(ReplaySinks::sender),
            relays: job.relays,
            is_again: false,
        };
        Self { job, pipeline: Pipeline::new(job.range, targets) }
    }

    /// Takes inputs from the queue until it is empty or someone wants to stop.
    fn run(mut self, queue: &Mutex<std::vec::IntoIter<Result<Input, Rejected>>>) -> Share {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut reader = Reader::default();
        while !self.should_stop() {
            match next() {
                Some(Ok(input)) => self.read(&input, &mut reader),
                Some(Err(rejected)) => self.reject(&rejected),
                None => break,
            }
        }
        self.finish()
    }

    fn finish(self) -> Share {
        let (targets, ledger) = self.pipeline.finish();
        if let Some(store) = targets.store {
            store.finish();
        }
        let failed = targets.stdout.and_then(Stdout::finish);
        let accounts = targets.relay.map(ReplaySender::accounts).unwrap_or_default();
        Share { ledger, counted: targets.counted, accounts, failed }
    }

    /// A target that failed needs no more input: the run says why in the end.
    fn should_stop(&self) -> bool {
        self.job.interrupt.is_asked() || self.pipeline.target().has_failed()
    }

    fn read(&mut self, input: &Input, reader: &mut Reader) {
        let opened = match &self.job.follows {
            Some(closed) => follow::open(input, closed),
            None => input.open(),
        };
        match opened {
            Ok(mut bytes) => self.read_bytes(input, &mut *bytes, reader),
            Err(error) => {
                self.reject(&Rejected {
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
        let about = about(input, job);
        let before = *self.pipeline.ledger();
        if let Some(relay) = &mut self.pipeline.target_mut().relay {
            relay.begin_input();
        }
        let mut intake = WorkerIntake::new(job, &mut self.pipeline);
        reader.read(bytes, &about, &mut intake);
        intake.tell();
        let form = intake.form;
        self.pipeline.end_input();
        self.settle(input, reader);
        if let Some(form) = form.filter(|_| job.is_dry_run) {
            job.progress.say(&described(input, form, &before, self.pipeline.ledger()));
        }
    }

    /// Waits for what backends say of the input, and reads it again for as long as one wants it in smaller bodies.
    fn settle(&mut self, input: &Input, reader: &mut Reader) {
        while self.pipeline.target_mut().relay.as_mut().is_some_and(|relay| relay.settle() == Again::Read) {
            // Standard input comes once.
            let Some(mut bytes) = (input.kind != Kind::Stdin).then(|| input.open().ok()).flatten() else {
                break;
            };
            let ledger = *self.pipeline.ledger();
            self.pipeline.target_mut().is_again = true;
            reader.read(&mut *bytes, &about(input, self.job), &mut Rereading(&mut self.pipeline));
            self.pipeline.end_input();
            self.pipeline.target_mut().is_again = false;
            *self.pipeline.ledger_mut() = ledger;
        }
        let Some(relay) = &mut self.pipeline.target_mut().relay else { return };
        let failures = relay.end_input().expect("every event that was received has ended");
        for failure in failures {
            let events = plural(failure.events, "event");
            let (sink, reason) = (failure.sink, failure.reason);
            self.job
                .progress
                .say(&format!("tailwater: {sink} did not take {events} of {}: {reason}", input.name()));
        }
    }

    fn reject(&mut self, rejected: &Rejected) {
        let mut intake = WorkerIntake::new(self.job, &mut self.pipeline);
        intake.rejected(rejected);
        intake.tell();
    }
}

/// `logs/checkout.csv: CSV of the console, 1,204 events, 2 rejected`; what is none is left out.
fn described(input: &Input, form: Form, before: &Ledger, after: &Ledger) -> String {
    let grown = |part: fn(&Ledger) -> Tally| part(after).events.saturating_sub(part(before).events);
    let mut line = format!("{}: {form}, {}", input.name(), plural(grown(Ledger::delivered), "event"));
    let others = [(grown(Ledger::filtered), "filtered"), (grown(Ledger::rejected), "rejected")];
    for (n, what) in others.into_iter().filter(|(n, _)| *n > 0) {
        line += &format!(", {} {what}", count(n));
    }
    line
}

/// Text found in a folder has to look like logs; text the user points at is taken at their word.
fn trust(kind: Kind, fallback: &Fallback) -> Trust {
    match kind {
        Kind::Stdin => Trust::Always,
        Kind::Named | Kind::Found if !fallback.function.is_empty() => Trust::Always,
        Kind::Named | Kind::Found => Trust::Evidence,
    }
}

fn about<'a>(input: &'a Input, job: &'a Job<'_>) -> About<'a> {
    About {
        path: &input.path,
        fallback: &job.fallback,
        trust: trust(input.kind, &job.fallback),
        modified: input.modified,
        delivery_limit: INFLATED_LIMIT,
    }
}

/// Takes the events of an input that is read again; everything else was told the first time.
struct Rereading<'w, 'j>(&'w mut Pipeline<Targets<'j>>);

impl Receive for Rereading<'_, '_> {
    fn batch(&mut self, origin: &Origin) {
        self.0.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.0.event(event);
    }
}

impl Intake for Rereading<'_, '_> {
    fn begins(&mut self, _: Form, head: &[u8]) {
        self.0.begin_input(head);
    }

    fn rejected(&mut self, _: &Rejected) {}

    fn filtered(&mut self, _: u64) {}

    fn proceed(&mut self, _: ByteSize) -> Proceed {
        Proceed::On
    }
}

/// Takes what is found in an input: events to the pipeline, what is none to the ledger and to standard error.
struct WorkerIntake<'w, 'j> {
    job: &'w Job<'j>,
    pipeline: &'w mut Pipeline<Targets<'j>>,
    /// Since progress was last told.
    events: u64,
    /// The account when progress was last told.
    told: Ledger,
    /// Of the input, as soon as it is known.
    form: Option<Form>,
    /// Where it is followed: what others cannot see yet.
    pending: Pending,
}

impl<'w, 'j> WorkerIntake<'w, 'j> {
    fn new(job: &'w Job<'j>, pipeline: &'w mut Pipeline<Targets<'j>>) -> Self {
        let told = *pipeline.ledger();
        Self { job, pipeline, events: 0, told, form: None, pending: Pending::default() }
    }

    /// Lets everybody see what was read.
    fn show(&mut self) {
        self.pipeline.pause();
        if let Some(store) = &mut self.pipeline.target_mut().store {
            // A writer that stopped is noticed by whoever asks whether to go on.
            let _ = store.flush();
        }
    }

    /// Tells progress what the account has come to.
    fn tell(&mut self) {
        let now = *self.pipeline.ledger();
        self.job.progress.account(&self.told, &now);
        self.told = now;
    }
}

impl Receive for WorkerIntake<'_, '_> {
    fn batch(&mut self, origin: &Origin) {
        self.pipeline.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.pipeline.event(event);
    }
}

impl Intake for WorkerIntake<'_, '_> {
    fn begins(&mut self, form: Form, head: &[u8]) {
        self.form = Some(form);
        self.pipeline.begin_input(head);
    }

    fn rejected(&mut self, rejected: &Rejected) {
        self.pipeline
            .ledger_mut()
            .receive_and_end(Disposition::Rejected(Rejection::Damaged), Tally::new(rejected.records, 0));
        self.job.progress.say(&format!("tailwater: rejected {rejected}"));
    }

    fn filtered(&mut self, records: u64) {
        self.pipeline.ledger_mut().receive_and_end(Disposition::Filtered, Tally::new(records, 0));
    }

    fn proceed(&mut self, bytes: ByteSize) -> Proceed {
        self.job.progress.advance(bytes.0, std::mem::take(&mut self.events));
        self.pending.note(bytes);
        self.tell();
        let must_stop = self.job.interrupt.is_asked() || self.pipeline.target().has_failed();
        if must_stop { Proceed::Stop } else { Proceed::On }
    }

    fn at_end(&mut self) -> AtEnd {
        let has_ended = self.job.follows.as_ref().is_none_or(Closed::is_so);
        if has_ended || self.job.interrupt.is_asked() || self.pipeline.target().has_failed() {
            return AtEnd::Finish;
        }
        match self.pending.pause() {
            Pause::Short => AtEnd::Wait,
            Pause::Show => {
                self.show();
                AtEnd::Wait
            }
            Pause::Release => AtEnd::Release,
        }
    }
}
