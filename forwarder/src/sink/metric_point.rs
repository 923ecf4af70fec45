//! Data point of a metric that a rule makes from log events.

/// Data point of a metric that a rule makes from log events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricPoint<'a> {
    /// Name of the metric.
    pub name: &'a str,
    /// Kind of the metric.
    pub kind: PointKind,
    /// Value: 1 for an event that is counted.
    pub value: f64,
    /// Tags: names and values.
    pub tags: &'a [(&'a str, &'a str)],
}

/// Kind of a metric that a rule makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// Number of events, or sum of a field of theirs.
    Count,
    /// Distribution of the values of a field.
    Distribution,
}

impl PointKind {
    /// Returns the name of the kind in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Distribution => "distribution",
        }
    }
}
