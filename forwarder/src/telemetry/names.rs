//! Every metric of our own: its name, what it counts, in which unit, and by what it is told apart.

/// A metric of our own.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// As every backend shows it.
    pub name: &'static str,
    /// What its values add up as.
    pub kind: Kind,
    /// Of its values.
    pub unit: Unit,
    /// What it counts, in a sentence.
    pub help: &'static str,
    /// What it is told apart by.
    pub labels: &'static [Label],
}

/// What the values of a metric add up as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// The latest value stands.
    Gauge,
    /// Values of their own, of which sum, number and extremes are asked for.
    Histogram,
}

/// What values are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds, with a fraction.
    Seconds,
    /// US dollars.
    Dollars,
}

/// What a metric is told apart by. Each has few values, which are fixed when the program starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// A sink, by its name in the settings.
    Sink,
    /// Why an event was parked or rejected, or a point of a metric.
    Reason,
    /// What took the time.
    Stage,
    /// What a line looks like that no format knows.
    Shape,
}

impl Label {
    /// As every backend shows it.
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

/// Every metric of our own.
pub const METRICS: &[Metric] = &[
    RECEIVED_EVENTS,
    DELIVERED_EVENTS,
    FILTERED_EVENTS,
    SAMPLED_EVENTS,
    PARKED_EVENTS,
    REJECTED_EVENTS,
    REJECTED_POINTS,
    RETURNED_EVENTS,
    DUPLICATES,
    REQUESTS,
    RETRIES,
    UNAUTHORIZED,
    BREAKER_OPEN,
    BYTES_OUT,
    BYTES_IN,
    UNKNOWN_LINES,
    STAGE_DURATION,
    OWN_COST,
];

pub(super) const RECEIVED_EVENTS: Metric = Metric::counter("tailwater_received_events")
    .by(BY_SINK)
    .help("Log events that came in and ended one way or another; each counts once for every sink.");
pub(super) const DELIVERED_EVENTS: Metric =
    Metric::counter("tailwater_delivered_events").by(BY_SINK).help("Log events that the sink took.");
pub(super) const FILTERED_EVENTS: Metric =
    Metric::counter("tailwater_filtered_events").by(BY_SINK).help("Log events that the settings left out.");
pub(super) const SAMPLED_EVENTS: Metric = Metric::counter("tailwater_sampled_events")
    .by(BY_SINK)
    .help("Log events that were left out to save volume.");
pub(super) const PARKED_EVENTS: Metric = Metric::counter("tailwater_parked_events")
    .by(BY_SINK_AND_REASON)
    .help("Log events that wait in the parking for redrive.");
pub(super) const REJECTED_EVENTS: Metric = Metric::counter("tailwater_rejected_events")
    .by(BY_SINK_AND_REASON)
    .help("What was no log event, or was refused by the sink for good.");
pub(super) const REJECTED_POINTS: Metric = Metric::counter("tailwater_rejected_points")
    .by(BY_SINK_AND_REASON)
    .help("Points of metrics that the sink would not take, so that they were left out, or refused for good.");
pub(super) const RETURNED_EVENTS: Metric = Metric::counter("tailwater_returned_events")
    .by(BY_SINK)
    .help("Log events that AWS was told to send again, because they are neither delivered nor parked.");
pub(super) const DUPLICATES: Metric = Metric::counter("tailwater_duplicates")
    .by(BY_SINK)
    .help("Of the delivered log events, those that the sink said it had already.");
pub(super) const REQUESTS: Metric =
    Metric::counter("tailwater_requests").by(BY_SINK).help("Requests sent, retries included.");
pub(super) const RETRIES: Metric =
    Metric::counter("tailwater_retries").by(BY_SINK).help("Requests that were sent again.");
pub(super) const UNAUTHORIZED: Metric = Metric::counter("tailwater_unauthorized")
    .by(BY_SINK)
    .help("Requests refused for their credentials, fresh ones included.");
pub(super) const BREAKER_OPEN: Metric = Metric::gauge("tailwater_breaker_open")
    .by(BY_SINK)
    .help("1 while the sink is not asked because it failed so often, else 0.");
pub(super) const BYTES_OUT: Metric = Metric::counter("tailwater_bytes_out")
    .of(Unit::Bytes)
    .by(BY_SINK)
    .help("Bodies sent to the sink, compressed, retries included.");
pub(super) const BYTES_IN: Metric = Metric::counter("tailwater_bytes_in")
    .of(Unit::Bytes)
    .help("Events of Lambda and objects of S3, as they came.");
pub(super) const UNKNOWN_LINES: Metric = Metric::counter("tailwater_unknown_lines")
    .by(&[Label::Shape])
    .help("Lines that no format knows: they are kept as text. Many that look like AWS's own mean that a format changed.");
pub(super) const STAGE_DURATION: Metric = Metric::histogram("tailwater_stage_duration")
    .of(Unit::Seconds)
    .by(&[Label::Stage])
    .help("How long each stage took.");
pub(super) const OWN_COST: Metric = Metric::gauge("tailwater_own_cost_usd")
    .of(Unit::Dollars)
    .help("What the latest invocation of Tailwater itself costs, in US dollars at list price.");

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

    /// The metric of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_one_name_and_says_what_it_is() {
        for metric in METRICS {
            let same = METRICS.iter().filter(|other| other.name == metric.name).count();
            assert_eq!(same, 1, "{}", metric.name);
            assert!(metric.name.starts_with("tailwater_") && metric.help.ends_with('.'), "{}", metric.name);
        }
        assert!(Metric::named("tailwater_requests").is_some() && Metric::named("requests").is_none());
    }
}
