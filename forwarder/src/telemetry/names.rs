//! Definitions of Tailwater's own metrics: name, kind, unit, labels and help text of each.

/// Definition of one of Tailwater's own metrics.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Name of the metric in every backend.
    pub name: &'static str,
    /// Kind of instrument that records the metric.
    pub kind: Kind,
    /// Unit of the values.
    pub unit: Unit,
    /// Description, in one sentence.
    pub help: &'static str,
    /// Labels that distinguish the series of the metric.
    pub labels: &'static [Label],
}

/// Kind of instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sum that only grows.
    Counter,
    /// Latest value.
    Gauge,
    /// Distribution of values.
    Histogram,
}

/// Unit of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Number of events, requests, lines or the like.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds, with a fraction.
    Seconds,
    /// US dollars.
    Dollars,
}

/// Label of a metric. Each label has few values, which are known when the program starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Name of the sink in the settings.
    Sink,
    /// Reason why an event, a data point or a span was parked, rejected or lost.
    Reason,
    /// Stage of an invocation that was measured.
    Stage,
    /// Shape of a log line in an unknown format.
    Shape,
}

impl Label {
    /// Returns the name of the label in every backend.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Reason => "reason",
            Self::Stage => "stage",
            Self::Shape => "shape",
        }
    }
}

/// All of Tailwater's own metrics.
pub const METRICS: &[Metric] = &[
    RECEIVED_EVENTS,
    DELIVERED_EVENTS,
    FILTERED_EVENTS,
    SAMPLED_EVENTS,
    PARKED_EVENTS,
    REJECTED_EVENTS,
    REJECTED_POINTS,
    PARKED_POINTS,
    LOST_POINTS,
    DELIVERED_SPANS,
    REJECTED_SPANS,
    PARKED_SPANS,
    LOST_SPANS,
    RETURNED_EVENTS,
    DUPLICATES,
    REQUESTS,
    RETRIES,
    UNAUTHORIZED,
    BREAKER_OPEN,
    BYTES_OUT,
    BYTES_IN,
    UNKNOWN_LINES,
    RULES_BROKEN,
    SERIES_CUT_EVENTS,
    FAILED_TARGETS,
    UNSUPPORTED_TRACES,
    STAGE_DURATION,
    OWN_COST,
];

pub(super) const RECEIVED_EVENTS: Metric = Metric::counter("tailwater_received_events")
    .by(BY_SINK)
    .help("Log events received and accounted for; each counts once for every sink.");
pub(super) const DELIVERED_EVENTS: Metric =
    Metric::counter("tailwater_delivered_events").by(BY_SINK).help("Log events accepted by the sink.");
pub(super) const FILTERED_EVENTS: Metric =
    Metric::counter("tailwater_filtered_events").by(BY_SINK).help("Log events excluded by the settings.");
pub(super) const SAMPLED_EVENTS: Metric =
    Metric::counter("tailwater_sampled_events").by(BY_SINK).help("Log events dropped by sampling.");
pub(super) const PARKED_EVENTS: Metric = Metric::counter("tailwater_parked_events")
    .by(BY_SINK_AND_REASON)
    .help("Log events parked until redrive.");
pub(super) const REJECTED_EVENTS: Metric = Metric::counter("tailwater_rejected_events")
    .by(BY_SINK_AND_REASON)
    .help("Inputs that are not log events, and log events that the sink rejected permanently.");
pub(super) const REJECTED_POINTS: Metric = Metric::counter("tailwater_rejected_points")
    .by(BY_SINK_AND_REASON)
    .help("Data points left out because the sink does not accept them, or rejected by it permanently.");
pub(super) const PARKED_POINTS: Metric = Metric::counter("tailwater_parked_points")
    .by(BY_SINK_AND_REASON)
    .help("Data points that the sink did not accept, parked until redrive.");
pub(super) const LOST_POINTS: Metric = Metric::counter("tailwater_lost_points")
    .by(BY_SINK_AND_REASON)
    .help("Data points that the sink did not accept and that could not be parked. They are not sent again.");
pub(super) const DELIVERED_SPANS: Metric =
    Metric::counter("tailwater_delivered_spans").by(BY_SINK).help("Spans accepted by the sink.");
pub(super) const REJECTED_SPANS: Metric = Metric::counter("tailwater_rejected_spans")
    .by(BY_SINK_AND_REASON)
    .help("Spans that the sink rejected permanently.");
pub(super) const PARKED_SPANS: Metric = Metric::counter("tailwater_parked_spans")
    .by(BY_SINK_AND_REASON)
    .help("Spans that the sink did not accept, parked until redrive.");
pub(super) const LOST_SPANS: Metric = Metric::counter("tailwater_lost_spans")
    .by(BY_SINK_AND_REASON)
    .help("Spans that the sink did not accept and that could not be parked. They are not sent again.");
pub(super) const RETURNED_EVENTS: Metric = Metric::counter("tailwater_returned_events")
    .by(BY_SINK)
    .help("Log events that were neither delivered nor parked, so that AWS has to deliver them again.");
pub(super) const DUPLICATES: Metric = Metric::counter("tailwater_duplicates")
    .by(BY_SINK)
    .help("Delivered log events that the sink reported as duplicates.");
pub(super) const REQUESTS: Metric =
    Metric::counter("tailwater_requests").by(BY_SINK).help("Requests sent, including retries.");
pub(super) const RETRIES: Metric =
    Metric::counter("tailwater_retries").by(BY_SINK).help("Retries of requests.");
pub(super) const UNAUTHORIZED: Metric = Metric::counter("tailwater_unauthorized")
    .by(BY_SINK)
    .help("Requests rejected for their credentials, including newly fetched ones.");
pub(super) const BREAKER_OPEN: Metric = Metric::gauge("tailwater_breaker_open").by(BY_SINK).help(
    "1 while a circuit breaker of the sink is open after repeated failures of an endpoint, otherwise 0.",
);
pub(super) const BYTES_OUT: Metric = Metric::counter("tailwater_bytes_out")
    .of(Unit::Bytes)
    .by(BY_SINK)
    .help("Compressed request bodies sent to the sink, including retries.");
pub(super) const BYTES_IN: Metric = Metric::counter("tailwater_bytes_in")
    .of(Unit::Bytes)
    .help("Lambda events and S3 objects received, before decompression.");
pub(super) const UNKNOWN_LINES: Metric = Metric::counter("tailwater_unknown_lines")
    .by(&[Label::Shape])
    .help("Lines in an unknown format, which are kept as text. Many with the shape platform or platform_event mean that AWS changed a format.");
pub(super) const RULES_BROKEN: Metric = Metric::gauge("tailwater_rules_broken").help(
    "1 while the newest rules cannot be read or have problems, so that earlier ones are in use, otherwise 0.",
);
pub(super) const SERIES_CUT_EVENTS: Metric = Metric::counter("tailwater_series_cut_events")
    .help("Log events left out of a metric that a rule makes, because the metric has too many series.");
pub(super) const FAILED_TARGETS: Metric = Metric::counter("tailwater_failed_targets")
    .help("Invocations of DD_ADDITIONAL_TARGET_LAMBDAS that Lambda did not accept; the events are delivered nevertheless.");
pub(super) const UNSUPPORTED_TRACES: Metric = Metric::counter("tailwater_unsupported_traces")
    .help("Log lines with traces of Datadog's libraries, which are sent as logs and not as traces.");
pub(super) const STAGE_DURATION: Metric = Metric::histogram("tailwater_stage_duration")
    .of(Unit::Seconds)
    .by(&[Label::Stage])
    .help("Duration of each stage of an invocation.");
pub(super) const OWN_COST: Metric = Metric::gauge("tailwater_own_cost_usd")
    .of(Unit::Dollars)
    .help("Cost of the latest invocation of Tailwater itself, in US dollars at list price.");

const BY_SINK: &[Label] = &[Label::Sink];
const BY_SINK_AND_REASON: &[Label] = &[Label::Sink, Label::Reason];

impl Metric {
    const fn counter(name: &'static str) -> Self {
        Self::new(name, Kind::Counter, Unit::Count)
    }

    const fn gauge(name: &'static str) -> Self {
        Self::new(name, Kind::Gauge, Unit::Count)
    }

    const fn histogram(name: &'static str) -> Self {
        Self::new(name, Kind::Histogram, Unit::Count)
    }

    const fn new(name: &'static str, kind: Kind, unit: Unit) -> Self {
        Self { name, kind, unit, help: "", labels: &[] }
    }

    const fn of(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    const fn by(self, labels: &'static [Label]) -> Self {
        Self { labels, ..self }
    }

    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// Finds a metric by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_names_are_unique_and_described() {
        for metric in METRICS {
            let same = METRICS.iter().filter(|other| other.name == metric.name).count();
            assert_eq!(same, 1, "{}", metric.name);
            assert!(metric.name.starts_with("tailwater_") && metric.help.ends_with('.'), "{}", metric.name);
        }
        assert!(Metric::named("tailwater_requests").is_some() && Metric::named("requests").is_none());
    }
}
