//! Metrics from log events.

/// Kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Number of matching events.
    Count,
    /// Sum of a field; sent as a count.
    Sum,
    /// Distribution of the values of a field.
    Distribution,
}

/// One value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricPoint<'a> {
    /// Name of the metric.
    pub name: &'a str,
    /// Kind of the metric.
    pub kind: MetricKind,
    /// Value; 1 for counts.
    pub value: f64,
    /// Names and values of the tags. A tag whose field is missing is left out.
    pub tags: &'a [(String, String)],
}

/// Series of the metric rules of one run or invocation, up to the limit of each rule.
#[derive(Debug, Default)]
pub struct MetricSeries {
    cut: u64,
}

impl MetricSeries {
    /// Number of events that were left out of metrics, because their series is beyond the limit of a rule.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }
}
