//! Metrics from log events.

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::FixedState;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{rule::RuleIdx, sinks::Sinks};

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
    /// Sinks that receive the metric.
    pub sinks: Sinks,
}

/// Series of the metric rules of one run or invocation, up to the limit of each rule.
#[derive(Debug, Default)]
pub struct MetricSeries {
    rules: BTreeMap<RuleIdx, Series>,
}

/// Series of one rule.
#[derive(Debug, Default)]
struct Series {
    /// Hashes of the tags of each series.
    known: HashSet<u64, FixedState>,
    cut: u64,
}

impl MetricSeries {
    /// Number of events that were left out of metrics, because their series is beyond the limit of a rule.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.rules.values().map(|series| series.cut).sum()
    }

    /// Number of series of a rule, and of its events that were left out.
    #[must_use]
    pub fn of(&self, rule: RuleIdx) -> (usize, u64) {
        self.rules.get(&rule).map_or((0, 0), |series| (series.known.len(), series.cut))
    }

    /// Returns true if the series with these tags is within the limit; otherwise counts the event as left out.
    pub(super) fn admits(&mut self, rule: RuleIdx, max_series: usize, tags: &[(String, String)]) -> bool {
        let series = self.rules.entry(rule).or_default();
        let texts = tags.iter().flat_map(|(name, value)| [name, value]);
        let hash = texts.fold(0, |hash, text| xxh3_64_with_seed(text.as_bytes(), hash));
        let is_admitted = series.known.contains(&hash) || series.known.len() < max_series;
        if is_admitted {
            series.known.insert(hash);
        } else {
            series.cut += 1;
        }
        is_admitted
    }
}
