//! Instruments of Tailwater's own metrics, registered once, so that recording is only an atomic addition.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use tailwater_parser::{ByteSize, Usd};

use super::{
    names::{self, Metric},
    unknown_shape::UnknownShape,
};
use crate::{
    batch::{SinkIndex, SinkSignal},
    ledger::{Disposition, Ledger, ParkReason, Rejection, Tally},
    sink::{RejectedPoints, Signal},
    tracker::Account,
};

/// Records Tailwater's own metrics.
#[derive(Debug)]
pub struct Telemetry {
    sinks: Vec<SinkInstruments>,
    bytes_in: Counter,
    unknown_lines: [Counter; UnknownShape::ALL.len()],
    rules_broken: Gauge,
    series_cut: Counter,
    failed_targets: Counter,
    unsupported_traces: Counter,
    stages: [Histogram; Stage::ALL.len()],
    own_cost: Gauge,
}

/// Instruments of data points or of spans.
#[derive(Debug)]
struct DerivedInstruments {
    /// Accepted spans; `None` for data points, whose number depends on how they are aggregated.
    delivered: Option<Counter>,
    rejected: [Counter; 4],
    parked: [Counter; ParkReason::ALL.len()],
    lost: [Counter; ParkReason::ALL.len()],
}

/// Final result for data points or spans; rejections are counted by a method of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivedOutcome {
    /// The sink accepted them.
    Delivered,
    /// They are parked until a redrive, because the sink did not accept them for this reason.
    Parked(ParkReason),
    /// They are lost: the sink did not accept them for this reason, and they could not be parked.
    Lost(ParkReason),
}

/// Stage of an invocation of Tailwater whose duration is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// From the start of the process until its first event.
    Init,
    /// Reading of the event, until its events are encoded in request bodies.
    Read,
    /// Sending, until all sinks have answered.
    Send,
    /// Parking of all events that were not delivered.
    Park,
    /// The whole invocation.
    Invocation,
}

/// State of the circuit breakers of a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// Requests are sent.
    Closed,
    /// No requests are sent to at least one of the endpoints for a while, after repeated failures.
    Open,
}

/// State of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesState {
    /// The newest rules are in use.
    Newest,
    /// The newest rules cannot be read or have problems.
    Broken,
}

#[derive(Debug)]
struct SinkInstruments {
    received: Counter,
    delivered: Counter,
    filtered: Counter,
    sampled: Counter,
    returned: Counter,
    duplicates: Counter,
    parked: [Counter; ParkReason::ALL.len()],
    rejected: [Counter; Rejection::ALL.len()],
    points: DerivedInstruments,
    spans: DerivedInstruments,
    requests: Counter,
    retries: Counter,
    unauthorized: Counter,
    breaker_open: Gauge,
    bytes_out: Counter,
}

impl Stage {
    /// All stages, in the order of their instruments.
    const ALL: [Self; 5] = [Self::Init, Self::Read, Self::Send, Self::Park, Self::Invocation];

    /// Returns the name of the stage in metrics.
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
    /// Registers all instruments with `recorder`. `sinks` are the names of the sinks, in the order of the settings.
    #[must_use]
    pub fn new(recorder: &dyn Recorder, sinks: &[&str]) -> Self {
        let register = Register(recorder);
        Self {
            sinks: sinks.iter().map(|sink| SinkInstruments::new(&register, sink)).collect(),
            bytes_in: register.counter(&names::BYTES_IN, &[]),
            unknown_lines: UnknownShape::ALL
                .map(|shape| register.counter(&names::UNKNOWN_LINES, &[(names::Label::Shape, shape.name())])),
            rules_broken: register.gauge(&names::RULES_BROKEN, &[]),
            series_cut: register.counter(&names::SERIES_CUT_EVENTS, &[]),
            failed_targets: register.counter(&names::FAILED_TARGETS, &[]),
            unsupported_traces: register.counter(&names::UNSUPPORTED_TRACES, &[]),
            stages: Stage::ALL.map(|stage| {
                register.histogram(&names::STAGE_DURATION, &[(names::Label::Stage, stage.name())])
            }),
            own_cost: register.gauge(&names::OWN_COST, &[]),
        }
    }

    /// Records the numbers of delivered, parked and other events of a sink in one invocation.
    pub fn account(&self, sink: SinkIndex, account: &Account) {
        let Some(instruments) = self.sinks.get(sink.0) else { return };
        let ledger = &account.ledger;
        instruments.received.increment(ledger.received().events);
        instruments.returned.increment(account.returned.events);
        instruments.duplicates.increment(ledger.duplicates());
        for (disposition, tally) in &account.ends {
            instruments.of(*disposition).increment(tally.events);
        }
    }

    /// Records data points or spans that a sink will never accept.
    pub fn rejected(&self, to: SinkSignal, items: RejectedPoints) {
        let Some(instruments) = self.derived_instruments(to) else { return };
        for ((_, items), counter) in items.by_reason().into_iter().zip(&instruments.rejected) {
            counter.increment(items);
        }
    }

    /// Records the result for a number of data points or spans.
    pub fn derived(&self, to: SinkSignal, end: DerivedOutcome, items: u64) {
        let Some(instruments) = self.derived_instruments(to) else { return };
        let counter = match end {
            DerivedOutcome::Delivered => instruments.delivered.as_ref(),
            DerivedOutcome::Parked(reason) => Some(by_reason(&instruments.parked, &ParkReason::ALL, &reason)),
            DerivedOutcome::Lost(reason) => Some(by_reason(&instruments.lost, &ParkReason::ALL, &reason)),
        };
        if let Some(counter) = counter {
            counter.increment(items);
        }
    }

    fn derived_instruments(&self, to: SinkSignal) -> Option<&DerivedInstruments> {
        let instruments = self.sinks.get(to.sink.0)?;
        match to.signal {
            Signal::Logs => None,
            Signal::Metrics => Some(&instruments.points),
            Signal::Traces => Some(&instruments.spans),
        }
    }

    /// Records what was added to a ledger between two of its states. The ledger is shared by all sinks.
    pub fn ledger_progress(&self, before: &Ledger, now: &Ledger) {
        let more = |tally: fn(&Ledger) -> Tally| tally(now).events.saturating_sub(tally(before).events);
        for instruments in &self.sinks {
            instruments.received.increment(more(Ledger::received));
            instruments.delivered.increment(more(Ledger::delivered));
            instruments.filtered.increment(more(Ledger::filtered));
            instruments.sampled.increment(more(Ledger::sampled));
            let damaged = instruments.of(Disposition::Rejected(Rejection::Damaged));
            damaged.increment(more(Ledger::rejected));
        }
    }

    /// Records a request to a sink, with the size of its compressed body.
    pub fn request(&self, sink: SinkIndex, body: ByteSize) {
        if let Some(instruments) = self.sinks.get(sink.0) {
            instruments.requests.increment(1);
            instruments.bytes_out.increment(body.0);
        }
    }

    /// Records that a request was a retry.
    pub fn retry(&self, sink: SinkIndex) {
        if let Some(instruments) = self.sinks.get(sink.0) {
            instruments.retries.increment(1);
        }
    }

    /// Records that a sink did not accept the credentials.
    pub fn unauthorized(&self, sink: SinkIndex) {
        if let Some(instruments) = self.sinks.get(sink.0) {
            instruments.unauthorized.increment(1);
        }
    }

    /// Records the state of the circuit breakers of a sink.
    pub fn circuit(&self, sink: SinkIndex, circuit: Circuit) {
        if let Some(instruments) = self.sinks.get(sink.0) {
            instruments.breaker_open.set(match circuit {
                Circuit::Closed => 0.0,
                Circuit::Open => 1.0,
            });
        }
    }

    /// Records the size of a Lambda event or S3 object that was received.
    pub fn bytes_in(&self, size: ByteSize) {
        self.bytes_in.increment(size.0);
    }

    /// Records a log line in an unknown format.
    pub fn unknown_line(&self, shape: UnknownShape) {
        self.unknown_lines(shape, 1);
    }

    /// Records a number of log lines in an unknown format.
    pub fn unknown_lines(&self, shape: UnknownShape, lines: u64) {
        let of_shape = UnknownShape::ALL.iter().position(|other| *other == shape);
        if let Some(counter) = of_shape.and_then(|index| self.unknown_lines.get(index)) {
            counter.increment(lines);
        }
    }

    /// Records the state of the rules.
    pub fn rules(&self, state: RulesState) {
        self.rules_broken.set(match state {
            RulesState::Newest => 0.0,
            RulesState::Broken => 1.0,
        });
    }

    /// Records events that were left out of metrics of rules, because a metric has too many series.
    pub fn series_cut(&self, events: u64) {
        self.series_cut.increment(events);
    }

    /// Records invocations of additional functions that failed.
    pub fn failed_targets(&self, failed: u64) {
        self.failed_targets.increment(failed);
    }

    /// Records log lines with traces, which are not sent as traces.
    pub fn unsupported_traces(&self, lines: u64) {
        self.unsupported_traces.increment(lines);
    }

    /// Records the duration of a stage of an invocation.
    pub fn stage(&self, stage: Stage, duration: Duration) {
        let of_stage = Stage::ALL.iter().position(|other| *other == stage);
        if let Some(histogram) = of_stage.and_then(|index| self.stages.get(index)) {
            histogram.record(duration.as_secs_f64());
        }
    }

    /// Records the cost of one invocation of Tailwater itself.
    pub fn own_cost(&self, cost: Usd) {
        self.own_cost.set(cost.dollars());
    }
}

impl SinkInstruments {
    fn new(register: &Register<'_>, sink: &str) -> Self {
        let sink = (names::Label::Sink, sink);
        let counter = |metric| register.counter(metric, &[sink]);
        let by = |metric, reason| register.counter(metric, &[sink, (names::Label::Reason, reason)]);
        let rejections = RejectedPoints::default().by_reason().map(|(reason, _)| reason);
        Self {
            received: counter(&names::RECEIVED_EVENTS),
            delivered: counter(&names::DELIVERED_EVENTS),
            filtered: counter(&names::FILTERED_EVENTS),
            sampled: counter(&names::SAMPLED_EVENTS),
            returned: counter(&names::RETURNED_EVENTS),
            duplicates: counter(&names::DUPLICATES),
            parked: ParkReason::ALL.map(|reason| by(&names::PARKED_EVENTS, reason.name())),
            rejected: Rejection::ALL.map(|reason| by(&names::REJECTED_EVENTS, reason.name())),
            points: DerivedInstruments {
                delivered: None,
                rejected: rejections.map(|reason| by(&names::REJECTED_POINTS, reason)),
                parked: ParkReason::ALL.map(|reason| by(&names::PARKED_POINTS, reason.name())),
                lost: ParkReason::ALL.map(|reason| by(&names::LOST_POINTS, reason.name())),
            },
            spans: DerivedInstruments {
                delivered: Some(counter(&names::DELIVERED_SPANS)),
                rejected: rejections.map(|reason| by(&names::REJECTED_SPANS, reason)),
                parked: ParkReason::ALL.map(|reason| by(&names::PARKED_SPANS, reason.name())),
                lost: ParkReason::ALL.map(|reason| by(&names::LOST_SPANS, reason.name())),
            },
            requests: counter(&names::REQUESTS),
            retries: counter(&names::RETRIES),
            unauthorized: counter(&names::UNAUTHORIZED),
            breaker_open: register.gauge(&names::BREAKER_OPEN, &[sink]),
            bytes_out: counter(&names::BYTES_OUT),
        }
    }

    /// Returns the counter for events with this disposition.
    fn of(&self, disposition: Disposition) -> &Counter {
        match disposition {
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

/// Registers instruments with a recorder of the `metrics` facade.
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
