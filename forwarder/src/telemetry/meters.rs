//! The handles that the program counts with: looked up once, so that counting is an addition.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use tailwater_parser::{ByteSize, Usd};

use super::{
    names::{self, Metric},
    shape::UnknownShape,
};
use crate::{
    batch::SinkIndex,
    ledger::{Disposition, Ledger, ParkReason, Rejection, Tally},
    sink::RejectedPoints,
    tracker::Account,
};

/// Counts what the program does.
#[derive(Debug)]
pub struct Telemetry {
    sinks: Vec<SinkMeters>,
    bytes_in: Counter,
    unknown_lines: [Counter; UnknownShape::ALL.len()],
    stages: [Histogram; Stage::ALL.len()],
    own_cost: Gauge,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// From the start of the process to the first event.
    Init,
    /// From bytes to encoded bodies.
    Read,
    /// Until the sinks have answered.
    Send,
    /// Until what they did not take was parked.
    Park,
    /// All of it, for one invocation.
    Invocation,
}

/// Whether a sink is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// It is.
    Closed,
    /// It failed so often that it is not, for a while.
    Open,
}

#[derive(Debug)]
struct SinkMeters {
    received: Counter,
    delivered: Counter,
    filtered: Counter,
    sampled: Counter,
    returned: Counter,
    duplicates: Counter,
    parked: [Counter; ParkReason::ALL.len()],
    rejected: [Counter; Rejection::ALL.len()],
    rejected_points: [Counter; 4],
    requests: Counter,
    retries: Counter,
    unauthorized: Counter,
    breaker_open: Gauge,
    bytes_out: Counter,
}

impl Stage {
    /// All there are, in the order of their numbers.
    const ALL: [Self; 5] = [Self::Init, Self::Read, Self::Send, Self::Park, Self::Invocation];

    /// As metrics call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Read => "read",
            Self::Send => "send",
            Self::Park => "park",
            Self::Invocation => "invocation",
        }
    }
}

impl Telemetry {
    /// Registers everything with `recorder`; `sinks` are the names in the settings, in their order.
    #[must_use]
    pub fn new(recorder: &dyn Recorder, sinks: &[&str]) -> Self {
        let register = Register(recorder);
        Self {
            sinks: sinks.iter().map(|sink| SinkMeters::new(&register, sink)).collect(),
            bytes_in: register.counter(&names::BYTES_IN, &[]),
            unknown_lines: UnknownShape::ALL
                .map(|shape| register.counter(&names::UNKNOWN_LINES, &[(names::Label::Shape, shape.name())])),
            stages: Stage::ALL.map(|stage| {
                register.histogram(&names::STAGE_DURATION, &[(names::Label::Stage, stage.name())])
            }),
            own_cost: register.gauge(&names::OWN_COST, &[]),
        }
    }

    /// An invocation closed this account of a sink.
    pub fn account(&self, sink: SinkIndex, account: &Account) {
        let Some(meters) = self.sinks.get(sink.0) else { return };
        let ledger = &account.ledger;
        meters.received.increment(ledger.received().events);
        meters.returned.increment(account.returned.events);
        meters.duplicates.increment(ledger.duplicates());
        for (end, tally) in &account.ends {
            meters.of(*end).increment(tally.events);
        }
    }

    /// A sink will never have so many points of metrics.
    pub fn rejected_points(&self, sink: SinkIndex, points: RejectedPoints) {
        let Some(meters) = self.sinks.get(sink.0) else { return };
        for ((_, points), counter) in points.by_reason().into_iter().zip(&meters.rejected_points) {
            counter.increment(points);
        }
    }

    /// A run that has one account for all of its sinks came from `before` to `now`.
    pub fn went_on(&self, before: &Ledger, now: &Ledger) {
        let more = |tally: fn(&Ledger) -> Tally| tally(now).events.saturating_sub(tally(before).events);
        for meters in &self.sinks {
            meters.received.increment(more(Ledger::received));
            meters.delivered.increment(more(Ledger::delivered));
            meters.filtered.increment(more(Ledger::filtered));
            let damaged = meters.of(Disposition::Rejected(Rejection::Damaged));
            damaged.increment(more(Ledger::rejected));
        }
    }

    /// A body went to a sink, for the first time or again.
    pub fn request(&self, sink: SinkIndex, body: ByteSize) {
        if let Some(meters) = self.sinks.get(sink.0) {
            meters.requests.increment(1);
            meters.bytes_out.increment(body.0);
        }
    }

    /// That was not the first time.
    pub fn retry(&self, sink: SinkIndex) {
        if let Some(meters) = self.sinks.get(sink.0) {
            meters.retries.increment(1);
        }
    }

    /// A sink did not accept the credentials.
    pub fn unauthorized(&self, sink: SinkIndex) {
        if let Some(meters) = self.sinks.get(sink.0) {
            meters.unauthorized.increment(1);
        }
    }

    /// Whether a sink is asked from now on.
    pub fn circuit(&self, sink: SinkIndex, circuit: Circuit) {
        if let Some(meters) = self.sinks.get(sink.0) {
            meters.breaker_open.set(match circuit {
                Circuit::Closed => 0.0,
                Circuit::Open => 1.0,
            });
        }
    }

    /// An event or object of this size came in.
    pub fn bytes_in(&self, size: ByteSize) {
        self.bytes_in.increment(size.0);
    }

    /// No format knew a line.
    pub fn unknown_line(&self, shape: UnknownShape) {
        self.unknown_lines(shape, 1);
    }

    /// No format knew so many lines.
    pub fn unknown_lines(&self, shape: UnknownShape, lines: u64) {
        let of_shape = UnknownShape::ALL.iter().position(|other| *other == shape);
        if let Some(counter) = of_shape.and_then(|index| self.unknown_lines.get(index)) {
            counter.increment(lines);
        }
    }

    /// A stage ended.
    pub fn stage(&self, stage: Stage, took: Duration) {
        let of_stage = Stage::ALL.iter().position(|other| *other == stage);
        if let Some(histogram) = of_stage.and_then(|index| self.stages.get(index)) {
            histogram.record(took.as_secs_f64());
        }
    }

    /// The invocation cost this much.
    pub fn own_cost(&self, cost: Usd) {
        self.own_cost.set(cost.dollars());
    }
}

impl SinkMeters {
    fn new(register: &Register<'_>, sink: &str) -> Self {
        let sink = (names::Label::Sink, sink);
        let counter = |metric| register.counter(metric, &[sink]);
        let by = |metric, reason| register.counter(metric, &[sink, (names::Label::Reason, reason)]);
        Self {
            received: counter(&names::RECEIVED_EVENTS),
            delivered: counter(&names::DELIVERED_EVENTS),
            filtered: counter(&names::FILTERED_EVENTS),
            sampled: counter(&names::SAMPLED_EVENTS),
            returned: counter(&names::RETURNED_EVENTS),
            duplicates: counter(&names::DUPLICATES),
            parked: ParkReason::ALL.map(|reason| by(&names::PARKED_EVENTS, reason.name())),
            rejected: Rejection::ALL.map(|reason| by(&names::REJECTED_EVENTS, reason.name())),
            rejected_points: RejectedPoints::default()
                .by_reason()
                .map(|(reason, _)| by(&names::REJECTED_POINTS, reason)),
            requests: counter(&names::REQUESTS),
            retries: counter(&names::RETRIES),
            unauthorized: counter(&names::UNAUTHORIZED),
            breaker_open: register.gauge(&names::BREAKER_OPEN, &[sink]),
            bytes_out: counter(&names::BYTES_OUT),
        }
    }

    fn of(&self, end: Disposition) -> &Counter {
        match end {
            Disposition::Delivered => &self.delivered,
            Disposition::Filtered => &self.filtered,
            Disposition::Sampled => &self.sampled,
            Disposition::Parked(reason) => by_reason(&self.parked, &ParkReason::ALL, &reason),
            Disposition::Rejected(reason) => by_reason(&self.rejected, &Rejection::ALL, &reason),
        }
    }
}

fn by_reason<'c, R: PartialEq, const N: usize>(
    counters: &'c [Counter; N],
    all: &[R; N],
    reason: &R,
) -> &'c Counter {
    let mut pairs = all.iter().zip(counters);
    let found = pairs.find(|(other, _)| *other == reason);
    found.map(|(_, counter)| counter).expect("the list of reasons has every one")
}

/// Asks a recorder for handles.
struct Register<'r>(&'r dyn Recorder);

impl Register<'_> {
    fn counter(&self, metric: &Metric, labels: &[(names::Label, &str)]) -> Counter {
        self.0.register_counter(&key(metric, labels), &METADATA)
    }

    fn gauge(&self, metric: &Metric, labels: &[(names::Label, &str)]) -> Gauge {
        self.0.register_gauge(&key(metric, labels), &METADATA)
    }

    fn histogram(&self, metric: &Metric, labels: &[(names::Label, &str)]) -> Histogram {
        self.0.register_histogram(&key(metric, labels), &METADATA)
    }
}

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

fn key(metric: &Metric, labels: &[(names::Label, &str)]) -> Key {
    let labels: Vec<_> =
        labels.iter().map(|(label, value)| Label::new(label.name(), (*value).to_owned())).collect();
    Key::from_parts(metric.name, labels)
}
