//! Pass over the events of a store, with several workers that each read whole blocks.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::Origin;

use super::{
    budget::Budget,
    collector::{Collector, Limits},
    frame::{Frame, Input},
    narrow::Need,
    position::Position,
};
use crate::{
    query::{
        field::{EventRef, Run, StreamRuns},
        language::tree::Source,
        plan::{Plan, Segment, Slot, Step, only_block_fields},
        value::function::Context,
    },
    store::{BlockInfo, BlockWords, EventFilter, Store, StoreError},
    view::{Catalog, errors::error_groups_of_stream},
};

/// Greatest number of invocations that a worker keeps for the fields of invocations.
const MAX_RUNS: usize = 200_000;

/// Scan that workers share.
pub(super) struct Scan<'s> {
    pub(super) store: &'s Path,
    pub(super) plan: &'s Plan,
    pub(super) segment: &'s Segment,
    pub(super) catalog: &'s Catalog,
    pub(super) context: &'s Context,
    pub(super) limits: Limits,
    pub(super) range: TimeRange,
    /// Conditions on events besides those of the query.
    pub(super) filter: Option<&'s EventFilter<'s>>,
    pub(super) budget: &'s Budget,
    pub(super) must_cancel: &'s (dyn Fn() -> bool + Sync),
}

/// Facts that the blocks of one log stream have in common.
#[derive(Debug)]
struct StreamInfo {
    origin: Arc<Origin>,
    /// Place of the stream among all by its name.
    rank: u32,
    /// False if no event of the stream can match.
    is_selected: bool,
}

type Streams = HashMap<(i64, i64), StreamInfo, RandomState>;

impl Scan<'_> {
    /// Reads the events with `jobs` workers. Returns what they have collected, and the blocks that they looked at.
    pub(super) fn run(&self, jobs: usize) -> Result<(Collector, Vec<BlockInfo>), StoreError> {
        let need = Need::of(self.segment, &self.plan.fields);
        let store = Store::open_read_only(self.store)?;
        let mut blocks = store.blocks(self.range)?;
        blocks.retain(|block| need.may_hold(block, None) && self.filter.is_none_or(|it| it.may_meet(block)));
        let streams = self.streams(&store, &blocks)?;
        blocks.retain(|block| {
            streams.get(&(block.stream, block.function)).is_some_and(|stream| stream.is_selected)
        });
        if self.needs_runs() {
            // The invocations of a stream are read once if its blocks are neighbours.
            blocks.sort_by_key(|block| (block.stream, block.last));
        }
        let shared =
            Shared { scan: self, need, blocks: &blocks, streams: &streams, next: AtomicUsize::new(0) };
        let merged = Mutex::new(Ok(Collector::new(self.segment, self.limits)));
        let jobs = jobs.clamp(1, blocks.len().max(1));
        thread::scope(|scope| {
            for _ in 1..jobs {
                scope.spawn(|| shared.work_into(&merged));
            }
            shared.work_into(&merged);
        });
        let collector = merged.into_inner().unwrap_or_else(PoisonError::into_inner)?;
        Ok((collector, blocks))
    }

    /// True if the query needs the error groups of invocations.
    fn needs_error_groups(&self) -> bool {
        let needs = |slot: &Slot| matches!(slot, Slot::Field(field) if field.is_error_group());
        self.segment.slots.iter().any(needs)
    }

    fn needs_runs(&self) -> bool {
        let needs = |slot: &Slot| matches!(slot, Slot::Field(field) if field.needs_run());
        self.segment.slots.iter().any(needs)
    }

    /// Describes the streams of the blocks, and selects those that can have matching events.
    fn streams(&self, store: &Store, blocks: &[BlockInfo]) -> Result<Streams, StoreError> {
        let mut streams = Streams::default();
        for block in blocks {
            if let std::collections::hash_map::Entry::Vacant(vacant) =
                streams.entry((block.stream, block.function))
            {
                let origin = store.block_origin(block)?;
                let is_selected = self.selects(&origin);
                vacant.insert(StreamInfo { origin, rank: 0, is_selected });
            }
        }
        let mut by_name: Vec<_> = streams.values_mut().collect();
        by_name.sort_by(|a, b| name(&a.origin).cmp(&name(&b.origin)));
        for (rank, stream) in by_name.into_iter().enumerate() {
            stream.rank = u32::try_from(rank).unwrap_or(u32::MAX);
        }
        Ok(streams)
    }

    /// True if events of this origin can match: by `SOURCE`, and by the filters that need only the origin.
    fn selects(&self, origin: &Origin) -> bool {
        let sources = &self.plan.sources;
        if !sources.is_empty() && !sources.iter().any(|source| is_of_source(source, origin)) {
            return false;
        }
        let event = EventRef {
            time: tailwater_parser::UnixMillis(0),
            level: None,
            kind: "",
            request_id: None,
            trace_id: None,
            message: "",
            origin,
            run: None,
        };
        let mut selected = true;
        let mut frame = Frame::new(self.segment, &self.plan.fields, self.context, self.budget);
        for step in &self.segment.steps {
            let Step::Filter(condition) = step else { break };
            if only_block_fields(condition, self.segment) {
                selected &= frame.check(Input::Event(event), condition);
            }
        }
        selected
    }
}

fn name(origin: &Origin) -> [&str; 4] {
    [&origin.account, origin.log_group(), origin.function(), origin.log_stream()]
}

fn is_of_source(source: &Source, origin: &Origin) -> bool {
    match source {
        Source::Group(name) => {
            origin.log_group() == name || (origin.log_group().is_empty() && origin.function() == name)
        }
        Source::Groups { name_prefixes, accounts, classes: _ } => {
            let group = origin.log_group();
            (name_prefixes.is_empty()
                || name_prefixes.iter().any(|prefix| group.starts_with(prefix.as_str())))
                && (accounts.is_empty() || accounts.contains(&origin.account))
        }
    }
}

/// State that the workers of a scan share.
struct Shared<'s> {
    scan: &'s Scan<'s>,
    need: Need,
    blocks: &'s [BlockInfo],
    streams: &'s Streams,
    next: AtomicUsize,
}

impl Shared<'_> {
    /// Runs a worker and merges its result.
    fn work_into(&self, merged: &Mutex<Result<Collector, StoreError>>) {
        let done = self.work();
        if done.is_err() {
            self.scan.budget.stop();
        }
        let mut merged = merged.lock().unwrap_or_else(PoisonError::into_inner);
        match (&mut *merged, done) {
            (Ok(all), Ok(part)) => all.merge(part, self.scan.budget),
            (all @ Ok(_), Err(error)) => *all = Err(error),
            (Err(_), _) => {}
        }
    }

    fn work(&self) -> Result<Collector, StoreError> {
        let scan = self.scan;
        let store = Store::open_read_only(scan.store)?;
        let mut collector = Collector::new(scan.segment, scan.limits);
        let mut runs = RunCache { has_error_groups: scan.needs_error_groups(), ..RunCache::default() };
        let needs_runs = scan.needs_runs();
        let uses_words = self.need.uses_words() || scan.filter.is_some();
        let may_hold = |block: &BlockInfo, words: BlockWords<'_>| {
            self.need.may_hold(block, Some(words)) && scan.filter.is_none_or(|it| it.may_meet_words(words))
        };
        while let Some(block) = self.blocks.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if scan.budget.must_stop() || (scan.must_cancel)() {
                scan.budget.stop();
                break;
            }
            let Some(stream) = self.streams.get(&(block.stream, block.function)) else { continue };
            if collector.is_complete_after(block.last.0) {
                continue;
            }
            if uses_words && !store.test_words(block, |words| may_hold(block, words))? {
                continue;
            }
            let runs = if needs_runs { Some(runs.of(&store, block, scan.catalog)?) } else { None };
            self.read(&store, block, stream, runs.as_deref(), &mut collector)?;
        }
        Ok(collector)
    }

    fn read(
        &self,
        store: &Store,
        block: &BlockInfo,
        stream: &StreamInfo,
        runs: Option<&StreamRuns>,
        collector: &mut Collector,
    ) -> Result<(), StoreError> {
        let scan = self.scan;
        let events = store.scan_block(block)?;
        let mut frame = Frame::new(scan.segment, &scan.plan.fields, scan.context, scan.budget);
        let meets = scan.filter.map(|filter| filter.meeting(&events));
        let is_excluded = |index: usize| meets.as_ref().is_some_and(|meets| meets.get(index) != Some(&true));
        let mut read = 0;
        for (index, event) in events.events().enumerate() {
            // Of a message in several parts only the first is queried.
            if !scan.range.contains(event.time) || !event.part.is_first() || is_excluded(index) {
                continue;
            }
            read += 1;
            let input = Input::Event(EventRef {
                time: event.time,
                level: event.level,
                kind: event.kind,
                request_id: event.request_id,
                trace_id: event.trace_id,
                message: event.message,
                origin: &stream.origin,
                run: runs.and_then(|runs| runs.find(event.request_id, event.kind, event.time.0)),
            });
            let mut position = Position {
                time: event.time.0,
                stream: stream.rank,
                block_begin: block.first.0,
                block: block.id,
                index: u32::try_from(index).unwrap_or(u32::MAX),
                part: 0,
            };
            frame.read(input, &mut |frame| {
                collector.add(scan.segment, frame, position, scan.limits, scan.budget);
                position.part += 1;
            });
        }
        scan.budget.events.fetch_add(read, Ordering::Relaxed);
        Ok(())
    }
}

/// Invocations of the log streams that a worker reads.
#[derive(Default)]
pub(in crate::query) struct RunCache {
    streams: HashMap<i64, Arc<StreamRuns>, RandomState>,
    size: usize,
    /// True if the runs have the ids of their error groups.
    has_error_groups: bool,
}

impl RunCache {
    /// Returns the invocations of the log stream of a block.
    pub(in crate::query) fn of(
        &mut self,
        store: &Store,
        block: &BlockInfo,
        catalog: &Catalog,
    ) -> Result<Arc<StreamRuns>, StoreError> {
        if let Some(runs) = self.streams.get(&block.stream) {
            return Ok(Arc::clone(runs));
        }
        let invocations = store.stream_invocations(block)?;
        let mut groups: HashMap<usize, String, RandomState> = HashMap::default();
        if self.has_error_groups {
            let mut lines = Vec::new();
            store.errors_of_stream(block.stream, &mut |_, error| lines.push(error))?;
            groups.extend(error_groups_of_stream(&invocations, &lines));
        }
        let run = |(index, invocation): (usize, tailwater_parser::derive::Invocation)| {
            let origin = Arc::clone(&invocation.origin);
            let error_group = groups.remove(&index);
            Run::new(invocation, &catalog.terms(&origin), error_group)
        };
        let runs = Arc::new(StreamRuns::new(invocations.into_iter().enumerate().map(run).collect()));
        self.size += runs.len();
        if self.size > MAX_RUNS {
            self.streams.clear();
            self.size = runs.len();
        }
        self.streams.insert(block.stream, Arc::clone(&runs));
        Ok(runs)
    }
}
