//! Application of rules to the events of an input: joining, sampling, redaction, metrics and what each sink gets.

use std::{
    collections::HashMap,
    hash::BuildHasher as _,
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use foldhash::fast::FixedState;
use tailwater_parser::{
    Event, Origin, Record,
    decode::Part,
    derive::{Collect, Evidence, Invocation, Streams},
    line::{self, Line},
    record::EventId,
};

use super::{
    MAX_STREAMS, Output, Target,
    audit::{Audit, Auditor},
    hold::{Arrived, Batch, Hold, Place},
    redaction::Redaction,
    system_line,
    view::{Applied, Counting, RuledLedgers, ViewWriter},
};
use crate::{
    ledger::{Disposition, Tally},
    rules::{
        Evaluator, JoinStep, Joiner, Matches, MetricSeries, Rules, SamplePlan, Sampler, Selected, Sinks,
        Subject,
    },
};

/// Number of batches whose selected rules are remembered.
const MAX_SELECTIONS: usize = 256;

/// Rules of a run, with the sinks that they are applied for.
#[derive(Clone, Debug)]
pub struct RuleConfig {
    /// Compiled rules.
    pub rules: Arc<Rules>,
    /// Indices of the sinks, as the rules know them.
    pub sinks: Vec<usize>,
    /// Series of the metrics that rules make, over all workers.
    pub series: Arc<Mutex<MetricSeries>>,
    /// Number of events beyond the limits of series that [`Self::take_cut_events`] has returned.
    taken: Arc<AtomicU64>,
}

impl RuleConfig {
    /// Creates the configuration for these sinks, without any series yet.
    #[must_use]
    pub fn new(rules: Arc<Rules>, sinks: Vec<usize>) -> Self {
        Self { rules, sinks, series: Arc::default(), taken: Arc::default() }
    }

    /// Begins a run or an invocation: forgets the series of the one before.
    pub fn begin_run(&self) {
        *self.series.lock().unwrap_or_else(PoisonError::into_inner) = MetricSeries::default();
        self.taken.store(0, Ordering::Relaxed);
    }

    /// Returns the number of events, since the last call, that were left out of metrics because their series is beyond the
    /// limit of a rule.
    #[must_use]
    pub fn take_cut_events(&self) -> u64 {
        let cut = self.series.lock().unwrap_or_else(PoisonError::into_inner).cut();
        cut.saturating_sub(self.taken.swap(cut, Ordering::Relaxed))
    }
}

/// Application of rules by one worker.
#[derive(Debug)]
pub(super) struct RuleStage {
    evaluator: Evaluator,
    rules: Arc<Rules>,
    series: Arc<Mutex<MetricSeries>>,
    hold: Hold,
    current: Arc<Batch>,
    /// Number of the batch whose origin the target has.
    entered: u64,
    selections: HashMap<u64, Arc<Selected>, FixedState>,
    joins: HashMap<u64, StreamJoin, FixedState>,
    matches: Matches,
    redaction: Redaction,
    views: ViewWriter,
    /// Counts of the work of each rule; `None` if it is not counted.
    auditor: Option<Box<Auditor>>,
}

/// Events of one log stream that are being joined.
#[derive(Debug, Default)]
struct StreamJoin {
    joiner: Joiner,
    /// Index in the hold of the first event of those that are being joined.
    first: Option<usize>,
}

/// Collector that drops everything.
struct Nothing;

impl Collect for Nothing {
    fn invocation(&mut self, _: Invocation) {}

    fn evidence(&mut self, _: Evidence) {}
}

/// Event that rules are applied to.
struct Applicable<'e> {
    event: Event<'e>,
    id: EventId<'e>,
    time: tailwater_parser::UnixMillis,
    is_in_range: bool,
    tally: Tally,
    followers: &'e [u32],
}

impl RuleStage {
    pub(super) fn new(config: &RuleConfig) -> Self {
        let evaluator = Evaluator::new(Arc::clone(&config.rules));
        Self {
            redaction: Redaction::new(&evaluator, Sinks::ALL),
            views: ViewWriter::new(&evaluator, &config.sinks),
            evaluator,
            rules: Arc::clone(&config.rules),
            series: Arc::clone(&config.series),
            hold: Hold::default(),
            current: Arc::default(),
            entered: 0,
            selections: HashMap::default(),
            joins: HashMap::default(),
            matches: Matches::new(),
            auditor: None,
        }
    }

    pub(super) fn start_audit(&mut self) {
        self.auditor = Some(Box::new(Auditor::new(&self.rules)));
    }

    pub(super) fn audit(&self) -> Option<&Audit> {
        self.auditor.as_ref().map(|auditor| auditor.audit())
    }

    /// True if the requests of a delivery have to be known before its events are decided about.
    fn needs_plan(&self) -> bool {
        self.rules.samples() || self.auditor.is_some()
    }

    /// Returns the ledgers of the events that the rules decided about.
    pub(super) fn ledgers(&self) -> &RuledLedgers {
        self.views.ledgers()
    }

    pub(super) fn set_counting(&mut self, counting: Counting) {
        self.views.set_counting(counting);
    }

    /// Begins an input: forgets what is left of another one.
    pub(super) fn begin_input(&mut self) {
        self.abandon();
        self.current = Arc::default();
        self.entered = 0;
        self.redaction.begin_input();
        self.views.begin_input();
        if let Some(auditor) = &mut self.auditor {
            auditor.begin_input();
        }
    }

    /// Drops the events that are held.
    pub(super) fn abandon(&mut self) {
        self.hold.clear();
        self.joins.clear();
    }

    pub(super) fn batch<T: Target>(&mut self, origin: &Origin, output: &mut Output<T>) {
        if self.current.number == 0 || self.current.origin != *origin {
            let stream = stream_hash(origin);
            let selected = self.select(origin);
            let number = self.current.number.max(self.entered) + 1;
            self.current = Arc::new(Batch { number, origin: origin.clone(), stream, selected });
        }
        if self.hold.is_empty() {
            let batch = Arc::clone(&self.current);
            self.enter(&batch, output);
        }
    }

    pub(super) fn event<T: Target>(&mut self, arrived: &Arrived<'_>, output: &mut Output<T>) {
        let joins = self.current.selected.joins();
        let step = if joins { self.join_step(arrived) } else { JoinStep::default() };
        if step.is_complete {
            self.complete_join(self.current.stream);
        }
        if step.held_by.is_none() && self.hold.is_empty() && !self.needs_plan() {
            let batch = Arc::clone(&self.current);
            let Arrived { event, id, time, is_in_range, tally } = *arrived;
            let event = Applicable { event: *event, id, time, is_in_range, tally, followers: &[] };
            self.apply(&event, &batch, None, output);
            return;
        }
        let index = self.hold.push(arrived, &self.current);
        if let Some(rule) = step.held_by {
            let join = self.joins.entry(self.current.stream).or_default();
            join.joiner.hold(rule, arrived.event.message);
            if let Some(auditor) = self.auditor.as_mut().filter(|_| arrived.is_in_range) {
                auditor.joins(rule, arrived.tally);
            }
            match join.first {
                None => join.first = Some(index),
                Some(first) => self.hold.absorb(index, first),
            }
        }
        let waits = self.needs_plan() || self.joins.values().any(|join| join.first.is_some());
        if !waits || self.hold.is_full() {
            self.flush(output);
        }
    }

    /// Lets all events go that are held.
    pub(super) fn flush<T: Target>(&mut self, output: &mut Output<T>) {
        if self.hold.is_empty() {
            return;
        }
        let streams: Vec<_> = self.joins.keys().copied().collect();
        streams.into_iter().for_each(|stream| self.complete_join(stream));
        let mut hold = mem::take(&mut self.hold);
        let mut plan = self.needs_plan().then(|| observe(&hold));
        if let (Some(auditor), Some(plan)) = (&mut self.auditor, &plan) {
            auditor.requests(plan);
        }
        for (held, batch) in hold.iter() {
            let (event, id, time) = hold.arrived(held);
            let is_in_range = held.is_in_range;
            let (tally, followers): (Tally, &[u32]) = match &held.place {
                Place::Absorbed => {
                    output.target.absorb();
                    continue;
                }
                Place::Alone(tally) => (*tally, &[]),
                Place::First { tally, followers } => (*tally, followers),
            };
            let event = Applicable { event, id, time, is_in_range, tally, followers };
            self.apply(&event, batch, plan.as_mut(), output);
        }
        hold.clear();
        self.hold = hold;
        if self.entered != self.current.number {
            let batch = Arc::clone(&self.current);
            self.enter(&batch, output);
        }
    }

    fn select(&mut self, origin: &Origin) -> Arc<Selected> {
        if self.selections.len() >= MAX_SELECTIONS {
            self.selections.clear();
        }
        let key = FixedState::default().hash_one((
            stream_hash(origin),
            &origin.region,
            origin.function(),
            origin.version(),
        ));
        let rules = &self.rules;
        Arc::clone(self.selections.entry(key).or_insert_with(|| Arc::new(rules.select(origin))))
    }

    fn enter<T: Target>(&mut self, batch: &Batch, output: &mut Output<T>) {
        self.entered = batch.number;
        output.enter(&batch.origin);
    }

    fn join_step(&mut self, arrived: &Arrived<'_>) -> JoinStep {
        let join = self.joins.entry(self.current.stream).or_default();
        if arrived.event.part != Part::Whole {
            return JoinStep { is_complete: !join.joiner.is_empty(), held_by: None };
        }
        let line = line_of(arrived.event);
        let subject = Subject { line: &line, level: line.level(), message: arrived.event.message };
        join.joiner.step(&mut self.evaluator, &self.current.selected, &subject)
    }

    /// Completes the events of a stream that are being joined.
    fn complete_join(&mut self, stream: u64) {
        let Some(join) = self.joins.get_mut(&stream) else { return };
        if let (Some(first), Some(joined)) = (join.first.take(), join.joiner.joined())
            && joined.events > 1
        {
            self.hold.set_message(first, joined.text);
        }
        join.joiner.clear();
    }

    /// Passes the data points that rules make of an event, to which the rules were applied before.
    pub(super) fn measure<T: Target>(&mut self, record: &Record<'_>, target: &mut T) {
        if !self.rules.makes_metrics() || !target.wants_points() {
            return;
        }
        let selected = self.select(record.origin);
        self.evaluator.evaluate(&selected, &Subject::of(record), &mut self.matches);
        make_points(&mut self.evaluator, &self.matches, &self.series, record, target);
    }

    /// Applies the rules to an event, and passes what is left of it to the target.
    fn apply<T: Target>(
        &mut self,
        applicable: &Applicable<'_>,
        batch: &Batch,
        mut plan: Option<&mut SamplePlan>,
        output: &mut Output<T>,
    ) {
        if self.entered != batch.number {
            self.enter(batch, output);
        }
        let event = &applicable.event;
        let raw = line_of(event);
        if event.part.is_first() {
            let subject = Subject { line: &raw, level: raw.level(), message: event.message };
            self.evaluator.evaluate(&batch.selected, &subject, &mut self.matches);
        }
        let evaluator = &mut self.evaluator;
        let redacted = self.redaction.redact(evaluator, &self.matches, batch, event);
        let (message, line) = match redacted {
            None => (event.message, raw),
            Some(message) => {
                (message, system_line::of_redacted(raw, line_of(&Event { message, ..*event }), message))
            }
        };
        let changed = Event { message, ..*event };
        let record = output.streams.record(
            &changed,
            applicable.id,
            applicable.time,
            line,
            &mut super::InRange { range: output.range, target: &mut output.target },
        );
        if let Some(plan) = plan.as_deref_mut() {
            plan.follow(batch.stream, record.request_id, &record.line);
        }
        if !applicable.is_in_range {
            output.ledger.receive_and_end(Disposition::Filtered, applicable.tally);
            return;
        }
        output.target.begin_event(&record, applicable.tally, applicable.followers);
        if self.rules.makes_metrics() {
            make_points(evaluator, &self.matches, &self.series, &record, &mut output.target);
        }
        let applied = Applied {
            record: &record,
            raw: event,
            matches: &self.matches,
            batch,
            plan: plan.as_deref(),
            tally: applicable.tally,
            followers: applicable.followers,
        };
        let disposition = self.views.deliver(evaluator, &applied, &mut output.target);
        if let Some(auditor) = &mut self.auditor {
            auditor.event(evaluator, &applied, self.views.sinks(), &mut output.target);
        }
        output.ledger.receive_and_end(disposition, applicable.tally);
    }
}

/// Passes the data points that rules make of an event to the target.
fn make_points<T: Target>(
    evaluator: &mut Evaluator,
    matches: &Matches,
    series: &Mutex<MetricSeries>,
    record: &Record<'_>,
    target: &mut T,
) {
    if record.part.is_first() && target.wants_points() {
        let mut series = series.lock().unwrap_or_else(PoisonError::into_inner);
        evaluator.metric_points(matches, record.message, &mut series, |_, point| target.point(record, point));
    }
}

/// Collects the facts about the requests of all events that are held.
fn observe(hold: &Hold) -> SamplePlan {
    let (mut sampler, mut streams) = (Sampler::new(), Streams::new(MAX_STREAMS));
    let mut entered = 0;
    for (held, batch) in hold.iter().filter(|(held, _)| held.place != Place::Absorbed) {
        if entered != batch.number {
            entered = batch.number;
            streams.enter(&batch.origin, &mut Nothing);
        }
        let (event, id, time) = hold.arrived(held);
        let record = streams.record(&event, id, time, line_of(&event), &mut Nothing);
        sampler.observe(batch.stream, record.request_id, &record.line);
    }
    sampler.finish()
}

/// Parses the message of an event. The later parts of a message are plain text.
pub(super) fn line_of<'e>(event: &Event<'e>) -> Line<'e> {
    if event.part.is_first() { line::parse(event.message) } else { line::plain(event.message) }
}

/// Returns a hash of the log stream of a batch.
fn stream_hash(origin: &Origin) -> u64 {
    FixedState::default().hash_one((
        origin.batch_account(),
        origin.log_group(),
        origin.log_stream(),
        origin.batch_function(),
    ))
}
