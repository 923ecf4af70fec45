//! Threads that read log groups: each takes the next group from a queue, pages through it, and passes its events through a
//! pipeline of its own into the store.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread, vec,
};

use serde_json::Value;
use tailwater_forwarder::{
    http::Network,
    ledger::Ledger,
    pipeline::{Pipeline, RuleConfig, TimeRange},
};
use tailwater_parser::{
    Event, Origin, Receive as _, UnixMillis,
    decode::{Part, Utf8},
};

use crate::{
    cli::{interrupt::Interrupt, progress::Progress},
    pull::{
        Account, Api, Covered, FilteredEvent, Group, PageHandler, PullError, Surroundings, pull_group,
        query_group,
    },
    store::{PullKind, PullRecord, StoreTarget, WriterHandle},
    view::format::{count, rate},
};

/// State that the threads share.
pub(super) struct Work<'w> {
    pub(super) accounts: &'w [Account],
    pub(super) network: &'w Network,
    pub(super) around: Surroundings<'w>,
    pub(super) interrupt: &'w Interrupt,
    /// Times to read: from the first one up to but not including the second.
    pub(super) range: (UnixMillis, UnixMillis),
    /// Times of each log group that were read completely, by its key.
    pub(super) covered: Mutex<BTreeMap<String, Covered>>,
    pub(super) rules: Option<&'w RuleConfig>,
    /// Logs Insights query that chooses the events; `None` for all events.
    pub(super) query: Option<&'w str>,
    pub(super) progress: &'w Progress,
}

/// Result of all threads.
#[derive(Debug, Default)]
pub(super) struct Pulled {
    /// Ledger of the run.
    pub(super) ledger: Ledger,
    /// Ledger of the store, which rules may withhold events from.
    pub(super) stored: Ledger,
    /// Number of log groups that could not be read to the end.
    pub(super) failed_groups: u64,
}

/// Log groups that are to be read, and the number of events read so far.
struct Queue {
    groups: Mutex<vec::IntoIter<Group>>,
    events: AtomicU64,
}

impl Pulled {
    /// Adds the result of another round or thread.
    pub(super) fn merge(&mut self, other: &Self) {
        self.ledger.merge(&other.ledger);
        self.stored.merge(&other.stored);
        self.failed_groups += other.failed_groups;
    }
}

impl Work<'_> {
    fn covered(&self) -> MutexGuard<'_, BTreeMap<String, Covered>> {
        self.covered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the log groups with `jobs` threads, the largest groups first.
    ///
    /// # Errors
    /// Returns an error if a thread cannot send requests at all.
    pub(super) fn run(
        &self,
        mut groups: Vec<Group>,
        jobs: usize,
        handle: &(dyn Fn() -> WriterHandle + Sync),
    ) -> anyhow::Result<Pulled> {
        let jobs = jobs.min(groups.len()).max(1);
        groups.sort_by_key(|group| std::cmp::Reverse(group.stored_bytes));
        let queue = Queue { groups: Mutex::new(groups.into_iter()), events: AtomicU64::new(0) };
        let results: Vec<_> = thread::scope(|scope| {
            let spawn = |_| {
                let target = StoreTarget::new(handle());
                scope.spawn(|| self.read_groups(&queue, target))
            };
            let threads: Vec<_> = (0..jobs).map(spawn).collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread does not panic")).collect()
        });
        let mut all = Pulled::default();
        for result in results {
            all.merge(&result?);
        }
        Ok(all)
    }

    /// Takes groups from the queue until it is empty or the run should stop.
    fn read_groups(&self, queue: &Queue, target: StoreTarget) -> anyhow::Result<Pulled> {
        let runtime = runtime()?;
        let api = Api::new(self.network, self.around)?;
        let range = TimeRange { since: Some(self.range.0), until: Some(self.range.1) };
        let mut pipeline = Pipeline::new(range, target);
        pipeline.set_rules(self.rules);
        let mut failed_groups = 0;
        while !self.interrupt.is_requested() && !pipeline.target().has_stopped() {
            let next = queue.groups.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(group) = next else { break };
            failed_groups += u64::from(!self.read_group(&runtime, &api, queue, &group, &mut pipeline));
            self.progress.step();
        }
        pipeline.end_input();
        let ruled = pipeline.ruled().cloned();
        let (target, ledger) = pipeline.finish();
        target.finish();
        let stored = ruled.map_or(ledger, |ruled| {
            let mut stored = ruled.sinks.first().copied().unwrap_or_default();
            stored.merge(&ledger.without(&ruled.total));
            stored
        });
        Ok(Pulled { ledger, stored, failed_groups })
    }

    /// Reads a log group. Returns false, after the reason was logged, if it failed; a run that should stop has not failed.
    fn read_group(
        &self,
        runtime: &tokio::runtime::Runtime,
        api: &Api<'_>,
        queue: &Queue,
        group: &Group,
        pipeline: &mut Pipeline<StoreTarget>,
    ) -> bool {
        let Some(account) = self.accounts.get(group.account_index) else { return false };
        pipeline.begin_input(group.key().as_bytes());
        let covered = self.covered().get(&group.key()).copied();
        let mut handler = Handler { work: self, account, queue, pipeline };
        let pull = async {
            match self.query {
                None => pull_group(api, account, group, self.range, covered, &mut handler).await,
                Some(query) => query_group(api, account, group, self.range, query, &mut handler).await,
            }
        };
        let result =
            runtime.block_on(self.interrupt.unless_overdue(pull)).unwrap_or(Err(PullError::Interrupted));
        if self.interrupt.is_requested() {
            // A run that is repeated decides about these events when it has read the rest.
            pipeline.abandon_held();
        }
        pipeline.end_input();
        match result {
            Ok(()) | Err(PullError::Interrupted) => true,
            Err(error) => {
                self.progress.log(format_args!("{}: {error}", group.name));
                false
            }
        }
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Passes the events of a log group to the pipeline.
struct Handler<'h, 'w> {
    work: &'h Work<'w>,
    account: &'h Account,
    queue: &'h Queue,
    pipeline: &'h mut Pipeline<StoreTarget>,
}

impl PageHandler for Handler<'_, '_> {
    fn page(&mut self, group: &Group, events: &[FilteredEvent<'_>]) {
        if let Some(query) = self.work.query.filter(|_| !events.is_empty()) {
            let (key, value) = (group.key(), Value::from(query).to_string());
            self.pipeline.target_mut().keep(PullRecord { kind: PullKind::Query, key, value });
        }
        let mut stream = None;
        for event in events {
            if stream != Some(&event.log_stream_name) {
                stream = Some(&event.log_stream_name);
                self.pipeline.batch(&origin(group, &event.log_stream_name));
            }
            self.pipeline.event(&Event {
                id: Some(&event.event_id),
                time: Some(UnixMillis(event.timestamp)),
                message: &event.message,
                part: Part::Whole,
                utf8: Utf8::Valid,
            });
        }
        let new = u64::try_from(events.len()).unwrap_or(u64::MAX);
        let events = self.queue.events.fetch_add(new, Ordering::Relaxed).saturating_add(new);
        let per_second = rate(events, self.work.progress.elapsed()).unwrap_or_default();
        let throttled = self.account.throttled();
        self.work.progress.set_text(format!(
            "{} events  {per_second}  {} throttled",
            count(events),
            count(throttled)
        ));
    }

    fn covered(&mut self, group: &Group, covered: Covered) {
        self.pipeline.pause();
        self.work.covered().insert(group.key(), covered);
        let record = PullRecord { kind: PullKind::Covered, key: group.key(), value: covered.to_json() };
        self.pipeline.target_mut().keep(record);
    }

    fn has_failed(&self) -> bool {
        self.pipeline.target().has_stopped()
    }
}

/// Origin of the events of a log stream, the same as in a forwarded copy.
fn origin(group: &Group, stream: &str) -> Origin {
    let mut origin = Origin::default();
    origin.account.clone_from(&group.account);
    origin.region.clone_from(&group.region);
    origin.set_names(&group.name, stream);
    origin
}
