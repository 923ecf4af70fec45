//! Fan-out of log records to all sinks: the batcher and the aggregators of each, and the tracker of the events that
//! still have to be sent.

use std::sync::Arc;

use tailwater_parser::{
    Line, Origin, Record, UnixMillis,
    derive::{Collect, Evidence, Invocation, Joiner},
};

use super::{
    Scope,
    aggregator::{DerivedAggregator, Pricing},
    derived::{Derived, DerivedMetric},
    metric_lines::MetricLines,
    redacted_copy::Recorder,
};
use crate::{
    batch::{Batcher, Body, Level, RangeSet, Selection, SinkIndex, SinkSignal},
    ledger::{Disposition, Tally},
    pipeline::Target,
    rules::{MetricPoint, Sinks},
    send::client::SinkClient,
    sink::{EmfScope, Signal, Signals},
    telemetry::UnknownShape,
    tracker::{DeliveryIndex, DeliveryTracker, Recipients},
    value::LogGroupPattern,
};

/// Maximum number of invocations, and of facts about invocations (`Evidence`), that the joiner of a delivery holds back
/// until it has seen both for an invocation.
const JOIN_CAPACITY: usize = 4096;

/// Settings that are common to all sinks: signals, compression level, and the log groups that would cause a loop.
#[derive(Clone, Debug)]
pub struct FanoutConfig {
    /// Signals that are sent.
    pub signals: Signals,
    /// Log lines whose declared metrics are sent.
    pub emf: EmfScope,
    /// Compression level of request bodies.
    pub level: Level,
    /// Log groups that must not be forwarded, such as the program's own: each line would cause another one.
    pub guard: Arc<[LogGroupPattern]>,
    /// Metrics to derive besides those of invocations.
    pub derived: Vec<DerivedMetric>,
}

impl FanoutConfig {
    /// Creates an aggregator for each derived signal that is sent, and each sink that supports it.
    pub(super) fn aggregators(
        &self,
        clients: &[Arc<SinkClient>],
        pricing: &Arc<dyn Pricing>,
    ) -> Vec<DerivedAggregator> {
        let signals: Vec<_> = self.signals.iter().collect();
        let aggregators = |(sink, client): (usize, &Arc<SinkClient>)| {
            let create = |signal: &Signal| {
                let to = SinkSignal { sink: SinkIndex(sink), signal: *signal };
                let level = client.level.unwrap_or(self.level);
                DerivedAggregator::new(to, &*client.sink, level, Arc::clone(pricing))
            };
            signals.iter().filter_map(create).collect::<Vec<_>>()
        };
        clients.iter().enumerate().flat_map(aggregators).collect()
    }

    /// Creates a fan-out with these aggregators, and with one batcher for each sink if logs are sent.
    pub(super) fn fanout(
        &self,
        clients: &[Arc<SinkClient>],
        aggregators: Vec<DerivedAggregator>,
    ) -> SinkFanout {
        let batcher = |(sink, client): (usize, &Arc<SinkClient>)| {
            self.signals
                .include(Signal::Logs)
                .then(|| Batcher::new(SinkIndex(sink), &*client.sink, client.level.unwrap_or(self.level)))
        };
        let batchers = clients.iter().enumerate().map(batcher).collect();
        let reads = |(sink, client): (usize, &Arc<SinkClient>)| {
            let reads = client.sink.takes_metric_lines() && self.signals.include(Signal::Metrics);
            reads.then(|| Sinks::one(sink))
        };
        let readers = clients.iter().enumerate().filter_map(reads).fold(Sinks::NONE, Sinks::union);
        let fanout = SinkFanout::new(batchers, aggregators, self.emf, Arc::clone(&self.guard));
        let metric_lines = MetricLines::new(readers);
        SinkFanout { derived: Derived::new(&self.derived), metric_lines, ..fanout }
    }
}

/// Target of the pipeline that feeds all sinks at once.
#[derive(Debug)]
pub(super) struct SinkFanout {
    /// Batcher of each sink; `None` if logs are not sent.
    batchers: Vec<Option<Batcher>>,
    all_sinks: Sinks,
    /// Aggregator of each derived signal of each sink.
    aggregators: Vec<DerivedAggregator>,
    emf: EmfScope,
    guard: Arc<[LogGroupPattern]>,
    tracker: DeliveryTracker,
    joiner: Joiner,
    /// Origin (account, log group, log stream) of the first events of each delivery, for the header of a parked object.
    origins: Vec<Origin>,
    pass: Pass,
    now: UnixMillis,
    /// True while the records come from a log group that must not be forwarded.
    is_guarded: bool,
    /// Event that was begun by [`Target::begin_event`]: its number, and the sinks it has to be sent to.
    event: (u32, Recipients),
    /// Records what a sink gets, while a delivery is read again to park a redacted copy of it.
    pub(super) recorder: Option<Box<Recorder>>,
    derived: Derived,
    metric_lines: MetricLines,
    /// Number of log lines in an unknown format, by shape in the order of [`UnknownShape::ALL`].
    unknown: [u64; UnknownShape::ALL.len()],
}

/// Reading of the current delivery: the first one, or a repetition for smaller bodies or for metrics.
#[derive(Clone, Debug)]
enum Pass {
    /// First reading: each event is registered with the tracker.
    First {
        delivery: DeliveryIndex,
        /// Number of the delivery's first event.
        start: u32,
        scope: Scope,
    },
    /// Repeated reading: events keep the numbers of the first reading, of which `next` is the next one.
    Again { next: u32 },
}

impl SinkFanout {
    pub(super) fn new(
        batchers: Vec<Option<Batcher>>,
        aggregators: Vec<DerivedAggregator>,
        emf: EmfScope,
        guard: Arc<[LogGroupPattern]>,
    ) -> Self {
        Self {
            tracker: DeliveryTracker::new(batchers.len()),
            all_sinks: (0..batchers.len()).map(Sinks::one).fold(Sinks::NONE, Sinks::union),
            batchers,
            aggregators,
            emf,
            guard,
            joiner: Joiner::new(JOIN_CAPACITY),
            origins: Vec::new(),
            pass: Pass::Again { next: 0 },
            now: UnixMillis::default(),
            is_guarded: false,
            event: (0, Recipients::None),
            recorder: None,
            derived: Derived::default(),
            metric_lines: MetricLines::new(Sinks::NONE),
            unknown: Default::default(),
        }
    }

    /// Begins an invocation. The batchers of all sinks take all events. Drops what is left of an invocation that was
    /// cancelled or panicked: the numbers of its events are now those of other events, which would count as delivered.
    pub(super) fn begin(&mut self, now: UnixMillis) {
        self.tracker = DeliveryTracker::new(self.batchers.len());
        self.origins.clear();
        self.recorder = None;
        self.derived.begin();
        self.now = now;
        self.select(|_| Selection::Everything);
        while self.pop().is_some() {}
        self.sinks().for_each(|sink| drop(self.take_unfit(sink)));
        self.joiner = Joiner::new(JOIN_CAPACITY);
        self.aggregators.iter_mut().for_each(DerivedAggregator::clear);
    }

    /// Returns the derived signals that are sent to a sink.
    pub(super) fn derived_of(&self, sink: SinkIndex) -> Signals {
        self.aggregators
            .iter()
            .filter(|aggregator| aggregator.to.sink == sink)
            .map(|it| it.to.signal)
            .collect()
    }

    /// True if logs are sent to any sink.
    pub(super) fn has_batchers(&self) -> bool {
        self.batchers.iter().any(Option::is_some)
    }

    /// Returns the number of log lines in an unknown format since the last call, by shape in the order of
    /// [`UnknownShape::ALL`].
    pub(super) fn take_unknown(&mut self) -> [u64; UnknownShape::ALL.len()] {
        std::mem::take(&mut self.unknown)
    }

    /// Returns the number of log lines with traces since the last call.
    pub(super) fn take_traces(&mut self) -> u64 {
        self.metric_lines.take_traces()
    }

    pub(super) fn sinks(&self) -> impl Iterator<Item = SinkIndex> + use<> {
        (0..self.batchers.len()).map(SinkIndex)
    }

    pub(super) fn tracker(&self) -> &DeliveryTracker {
        &self.tracker
    }

    pub(super) fn tracker_mut(&mut self) -> &mut DeliveryTracker {
        &mut self.tracker
    }

    pub(super) fn take_tracker(&mut self) -> DeliveryTracker {
        std::mem::replace(&mut self.tracker, DeliveryTracker::new(0))
    }

    /// Returns the origin of the first events of a delivery.
    pub(super) fn origin(&self, delivery: DeliveryIndex) -> Option<&Origin> {
        self.origins.get(delivery.0)
    }

    /// Begins a delivery that is read for the first time.
    pub(super) fn begin_delivery(&mut self, scope: &Scope) -> DeliveryIndex {
        let delivery = self.tracker.begin_delivery();
        let start = self.tracker.next_number();
        self.pass = Pass::First { delivery, start, scope: scope.clone() };
        self.origins.push(Origin::default());
        self.is_guarded = false;
        for aggregator in &mut self.aggregators {
            let is_wanted = scope.includes_derived(aggregator.to);
            aggregator.begin_delivery(delivery, is_wanted);
            if is_wanted {
                self.tracker.owe_derived(aggregator.to, delivery);
            }
        }
        delivery
    }

    /// Begins a delivery that is read again. A derived signal is aggregated only if `wants` returns true for it.
    pub(super) fn begin_again(&mut self, delivery: DeliveryIndex, wants: impl Fn(SinkSignal) -> bool) {
        self.pass = Pass::Again { next: self.tracker.span(delivery).start };
        self.is_guarded = false;
        for aggregator in &mut self.aggregators {
            aggregator.begin_delivery(delivery, wants(aggregator.to));
        }
    }

    /// Ends a delivery. Invocations that were held back, in case more facts about them follow, are aggregated as they
    /// are.
    pub(super) fn end_delivery(&mut self) {
        let joined = std::mem::replace(&mut self.joiner, Joiner::new(JOIN_CAPACITY)).finish();
        for invocation in &joined.invocations {
            self.aggregate(invocation);
        }
        self.aggregators.iter_mut().for_each(DerivedAggregator::end_delivery);
    }

    /// Sets the events that the batcher of each sink takes from now on.
    pub(super) fn select(&mut self, mut selection: impl FnMut(SinkIndex) -> Selection) {
        for (sink, batcher) in (0..).map(SinkIndex).zip(&mut self.batchers) {
            if let Some(batcher) = batcher {
                batcher.select(selection(sink));
            }
        }
    }

    /// Finishes the open body of each batcher.
    pub(super) fn close(&mut self) {
        self.batchers.iter_mut().flatten().for_each(Batcher::close);
    }

    /// Takes the next finished body of any sink.
    pub(super) fn pop(&mut self) -> Option<Body> {
        self.batchers.iter_mut().flatten().find_map(Batcher::pop)
    }

    /// Takes the events that are too large for any body of this sink, even in parts.
    pub(super) fn take_unfit(&mut self, SinkIndex(sink): SinkIndex) -> RangeSet {
        let batcher = self.batchers.get_mut(sink).and_then(Option::as_mut);
        batcher.map(Batcher::take_unfit).unwrap_or_default()
    }

    /// Returns the derived signals that are sent, with their sinks.
    pub(super) fn derived(&self) -> Vec<SinkSignal> {
        self.aggregators.iter().map(|aggregator| aggregator.to).collect()
    }

    pub(super) fn aggregator_mut(&mut self, to: SinkSignal) -> Option<&mut DerivedAggregator> {
        self.aggregators.iter_mut().find(|aggregator| aggregator.to == to)
    }

    pub(super) fn aggregators_mut(&mut self) -> &mut [DerivedAggregator] {
        &mut self.aggregators
    }

    fn aggregate(&mut self, invocation: &Invocation) {
        if is_guarded(&self.guard, &invocation.origin) {
            return;
        }
        let tenant = self.derived.tenant(invocation);
        for aggregator in self.aggregators.iter_mut() {
            aggregator.add(invocation, self.now);
            if let Some(tenant) = &tenant {
                aggregator.add_tenant_cost(invocation, tenant, self.now);
            }
        }
    }

    /// Returns the number of the next event, and the sinks it has to be sent to. Registers the event if the delivery is
    /// read for the first time. `followers` are the positions, relative to it, of the events that were joined into it.
    fn number(&mut self, tally: Tally, followers: &[u32]) -> (u32, Recipients) {
        match &mut self.pass {
            Pass::Again { next } => {
                let number = *next;
                *next = next.saturating_add(1);
                (number, Recipients::All)
            }
            Pass::First { start, scope, .. } => {
                let number = self.tracker.next_number();
                let in_delivery = number.saturating_sub(*start);
                // Other rules may have joined other events when the delivery was parked.
                let all = [0].iter().chain(followers).map(|after| in_delivery.saturating_add(*after));
                let mut recipients = all.map(|number| scope.recipients(number));
                let recipients =
                    recipients.find(|some| *some != Recipients::None).unwrap_or(Recipients::None);
                let number = if followers.is_empty() {
                    self.tracker.receive_for(recipients, tally)
                } else {
                    let range = |after: &u32| {
                        let follower = number.saturating_add(*after);
                        follower..follower.saturating_add(1)
                    };
                    self.tracker.receive_joined(recipients, tally, followers.iter().map(range).collect())
                };
                (number, recipients)
            }
        }
    }

    fn count_unknown(&mut self, shape: UnknownShape) {
        let index = UnknownShape::ALL.iter().position(|other| *other == shape);
        if let Some(count) = index.and_then(|index| self.unknown.get_mut(index)) {
            *count += 1;
        }
    }

    /// Ends an event for a sink that does not get it: because of a rule, because its log group must not be forwarded, or
    /// because logs are not sent.
    fn leave_out_of(
        &mut self,
        number: u32,
        recipients: Recipients,
        sink: SinkIndex,
        disposition: Disposition,
    ) {
        if recipients.include(sink) && matches!(self.pass, Pass::First { .. }) {
            let event = RangeSet::from(number..number.saturating_add(1));
            self.tracker.end(sink, &event, disposition).expect("it was just received");
        }
    }

    /// Adds an event to the batchers of these sinks.
    fn add(&mut self, number: u32, recipients: Recipients, sinks: Sinks, record: &Record<'_>) {
        for index in (0..self.batchers.len()).filter(|index| sinks.overlaps(Sinks::one(*index))) {
            let sink = SinkIndex(index);
            let is_log = !self.is_guarded && !self.metric_lines.not_logs().overlaps(Sinks::one(index));
            let batcher = self.batchers.get_mut(index).and_then(Option::as_mut).filter(|_| is_log);
            match batcher {
                None => self.leave_out_of(number, recipients, sink, Disposition::Filtered),
                Some(batcher) if recipients.include(sink) => batcher.add(number, record, self.now),
                Some(_) => {}
            }
        }
    }

    /// Counts a line in an unknown format, and aggregates the metrics that an event declares.
    fn measure(&mut self, record: &Record<'_>, tally: Tally) {
        if let Some(line) = self.metric_lines.begin(record)
            && !self.is_guarded
        {
            let sinks = self.metric_lines.sinks();
            let readers = self.aggregators.iter_mut().filter(|it| sinks.overlaps(Sinks::one(it.to.sink.0)));
            readers.for_each(|aggregator| aggregator.add_metric_line(record, &line, self.now));
        }
        if let Some(shape) = UnknownShape::of(&record.line, record.message) {
            self.count_unknown(shape);
        }
        if let Line::Emf(emf) = &record.line
            && !self.is_guarded
            && self.emf.includes(record.origin)
        {
            for aggregator in self.aggregators.iter_mut() {
                aggregator.add_declared(record, emf, self.now);
            }
        }
        if !self.is_guarded {
            let (aggregators, now) = (&mut self.aggregators, self.now);
            self.derived.log_bytes(record, tally, |point| {
                aggregators.iter_mut().for_each(|aggregator| aggregator.add_point(record, point, now));
            });
        }
    }
}

fn is_guarded(guard: &[LogGroupPattern], origin: &Origin) -> bool {
    !guard.is_empty() && guard.iter().any(|groups| groups.contains(origin.log_group()))
}

impl Collect for SinkFanout {
    fn invocation(&mut self, invocation: Invocation) {
        if let Some(complete) = self.joiner.invocation(invocation) {
            self.aggregate(&complete);
        }
    }

    fn evidence(&mut self, evidence: Evidence) {
        // Evidence beyond the capacity belongs to an invocation whose REPORT is in another delivery.
        let _ = self.joiner.evidence(evidence);
    }
}

impl Target for SinkFanout {
    fn batch(&mut self, origin: &Origin) {
        self.is_guarded = is_guarded(&self.guard, origin);
        if let Pass::First { delivery, .. } = self.pass
            && let Some(first) = self.origins.get_mut(delivery.0)
            && first.log_group().is_empty()
        {
            first.copy_from(origin);
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        let tally = Tally::new(u64::from(record.part.is_first()), record.message.len());
        let (number, recipients) = self.number(tally, &[]);
        self.measure(record, tally);
        self.add(number, recipients, self.all_sinks, record);
    }

    fn begin_event(&mut self, record: &Record<'_>, tally: Tally, followers: &[u32]) {
        if let Some(recorder) = &mut self.recorder {
            recorder.begin(record, followers);
            return;
        }
        self.event = self.number(tally, followers);
        self.measure(record, tally);
    }

    fn deliver(&mut self, sinks: Sinks, record: &Record<'_>) {
        if let Some(recorder) = &mut self.recorder {
            recorder.deliver(sinks, record);
            return;
        }
        let (number, recipients) = self.event;
        self.add(number, recipients, sinks, record);
    }

    fn leave_out(&mut self, sinks: Sinks, disposition: Disposition) {
        if self.recorder.is_some() {
            return;
        }
        let (number, recipients) = self.event;
        for sink in self.sinks().filter(|SinkIndex(sink)| sinks.overlaps(Sinks::one(*sink))) {
            self.leave_out_of(number, recipients, sink, disposition);
        }
    }

    fn absorb(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.absorb();
            return;
        }
        match &mut self.pass {
            Pass::Again { next } => *next = next.saturating_add(1),
            Pass::First { .. } => {
                self.tracker.receive_absorbed();
            }
        }
    }

    fn wants_points(&self) -> bool {
        !self.is_guarded && self.aggregators.iter().any(DerivedAggregator::wants_points)
    }

    fn point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>) {
        if self.is_guarded {
            return;
        }
        for aggregator in self.aggregators.iter_mut().filter(|aggregator| aggregator.takes(point)) {
            aggregator.add_point(record, point, self.now);
        }
    }
}
