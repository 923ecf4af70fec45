//! Execution of a plan: events are read by several workers, and what they have collected is merged. Everything after the
//! first operation on all rows works on the merged rows in memory.

mod aggregate;
mod budget;
mod collector;
mod eval;
mod frame;
mod groups;
mod narrow;
mod patterns;
mod position;
mod range;
mod rows;
mod scan;
mod series;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;

pub(super) use self::scan::RunCache;
use self::{
    budget::Budget,
    collector::{Collector, Limits},
    frame::{Frame, Input},
    narrow::Need,
    position::Position,
    rows::Finished,
    scan::Scan,
};

pub(super) use self::range::Ranges;
use super::{
    plan::{End, Plan, Segment},
    result::{Partial, Table},
    value::{Value, function::Context},
};
use crate::{
    store::{BlockInfo, EventFilter, LogPosition, Store, StoreError},
    view::Catalog,
};

/// Log, limits and clock of the execution of a plan.
#[derive(Clone, Copy)]
pub(super) struct Execution<'x> {
    /// File of the store.
    pub(super) store: &'x Path,
    pub(super) catalog: &'x Catalog,
    pub(super) range: TimeRange,
    pub(super) filter: Option<&'x EventFilter<'x>>,
    /// Current time in Unix milliseconds.
    pub(super) now: i64,
    /// Number of workers.
    pub(super) jobs: usize,
    /// Memory for rows and groups in bytes.
    pub(super) memory: usize,
    /// Greatest number of rows of a query without `limit`.
    pub(super) default_rows: usize,
    pub(super) must_cancel: &'x (dyn Fn() -> bool + Sync),
}

/// Rows of a plan, and how much of the log they stand for.
#[derive(Debug)]
pub(super) struct Executed {
    pub(super) table: Table,
    /// Event that each row stands for. The last rows, or all, have none if they stand for no single event.
    pub(super) places: Vec<Option<LogPosition>>,
    /// Number of rows before the last limit.
    pub(super) rows_before_limit: u64,
    /// Number of events that were decoded.
    pub(super) events: u64,
    pub(super) partial: Option<Partial>,
}

impl Execution<'_> {
    /// Executes a plan.
    pub(super) fn run(&self, plan: &Plan) -> Result<Executed, StoreError> {
        let budget = Budget::new(self.memory);
        let default_rows = if plan.has_default_limit { self.default_rows } else { usize::MAX };
        let mut segments = plan.segments.iter();
        let Some(first) = segments.next() else {
            let (table, places) = (Table::default(), Vec::new());
            return Ok(Executed { table, places, rows_before_limit: 0, events: 0, partial: None });
        };
        let stats = Store::open_read_only(self.store)?.stats()?;
        let first_and_last = stats.first_and_last.map(|(first, last)| (first.0, last.0));
        let (ranges, range) = self.ranges(first, first_and_last);
        let context = self.context(first_and_last);
        let limits = Limits { default_rows, ranges, has_events: true };
        let scan = Scan {
            store: self.store,
            plan,
            segment: first,
            catalog: self.catalog,
            context: &context,
            limits,
            range,
            filter: self.filter,
            budget: &budget,
            must_cancel: self.must_cancel,
        };
        let (collector, blocks) = scan.run(self.jobs)?;
        let mut finished = collector.finish(first, &budget);
        let mut places: Vec<_> = finished.places.iter().copied().map(Some).collect();
        let (mut is_exceeded, mut is_truncated) = (budget.is_exceeded(), budget.is_truncated());
        for segment in segments {
            let limits = Limits { has_events: false, ranges: None, ..limits };
            let budget = Budget::new(self.memory);
            finished = pass(plan, segment, &finished.rows, &context, limits, &budget, self.must_cancel);
            places = finished.places.iter().map(|place| *places.get(place.row()?)?).collect();
            is_exceeded |= budget.is_exceeded();
            is_truncated |= budget.is_truncated();
        }
        let events = budget.events.load(std::sync::atomic::Ordering::Relaxed);
        let partial = if is_exceeded {
            Some(Partial::Memory { limit: self.memory })
        } else if (self.must_cancel)() {
            Some(Partial::Cancelled)
        } else {
            is_truncated.then_some(Partial::Truncated)
        };
        let table = Table { columns: plan.columns.clone(), rows: finished.rows };
        let places = log_positions(&places, &blocks);
        Ok(Executed { table, places, rows_before_limit: finished.seen, events, partial })
    }

    /// Ranges of a `diff` or `logcompare` of events, and the range to read.
    fn ranges(&self, first: &Segment, first_and_last: Option<(i64, i64)>) -> (Option<Ranges>, TimeRange) {
        match &first.end {
            End::Pattern { earlier: Some(earlier), .. } => {
                let ranges = Ranges::new(*earlier, self.range, first_and_last);
                (Some(ranges), ranges.whole())
            }
            _ => (None, self.range),
        }
    }

    fn context(&self, first_and_last: Option<(i64, i64)>) -> Context {
        let (first, last) = first_and_last.unwrap_or((self.now, self.now));
        Context {
            now: self.now,
            start: self.range.since.map_or(first, |since| since.0),
            end: self.range.until.map_or(last, |until| until.0),
        }
    }

    /// Describes what a plan reads.
    pub(super) fn explain(&self, plan: &Plan) -> String {
        let first = plan.segments.first();
        first.map_or_else(String::new, |segment| Need::of(segment, &plan.fields).describe())
    }
}

/// Positions in the log of the events at these places, which are in `blocks`.
fn log_positions(places: &[Option<Position>], blocks: &[BlockInfo]) -> Vec<Option<LogPosition>> {
    let wanted: HashSet<i64, RandomState> = places.iter().flatten().map(|place| place.block).collect();
    let streams = blocks.iter().filter(|block| wanted.contains(&block.id));
    let streams: HashMap<i64, i64, RandomState> = streams.map(|block| (block.id, block.stream)).collect();
    let position = |place: &Option<Position>| {
        let place = (*place)?;
        Some(LogPosition {
            time: UnixMillis(place.time),
            stream: *streams.get(&place.block)?,
            block: place.block,
            index: usize::try_from(place.index).ok()?,
        })
    };
    places.iter().map(position).collect()
}

/// Number of rows in memory between two checks for cancellation.
const ROWS_BETWEEN_CHECKS: usize = 256;

/// Passes over rows in memory.
fn pass(
    plan: &Plan,
    segment: &Segment,
    rows: &[Vec<Value<'static>>],
    context: &Context,
    limits: Limits,
    budget: &Budget,
    must_cancel: &(dyn Fn() -> bool + Sync),
) -> Finished {
    let mut collector = Collector::new(segment, limits);
    let mut frame = Frame::new(segment, &plan.fields, context, budget);
    for (number, row) in rows.iter().enumerate() {
        if budget.must_stop() || (number.is_multiple_of(ROWS_BETWEEN_CHECKS) && must_cancel()) {
            break;
        }
        let mut position = Position::of_row(number);
        frame.read(Input::Row(row), &mut |frame| {
            collector.add(segment, frame, position, limits, budget);
            position.part += 1;
        });
    }
    collector.finish(segment, budget)
}
