//! A compiled rule: conditions and one action.

use std::time::Duration;

use super::{metric::MetricKind, sinks::Sinks};

/// Index of a rule in the list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIdx(pub usize);

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    /// Sinks that the rule concerns, from `when.sink`.
    pub(super) sinks: Sinks,
    pub(super) action: Action,
}

/// Action of a rule.
#[derive(Debug)]
pub(super) enum Action {
    Drop,
    Keep,
    Sample(SampleRule),
    Redact,
    Set,
    Remove,
    Rename,
    Join(JoinRule),
    Metric(MetricRule),
    To(Sinks),
}

/// Action that delivers one of N requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SampleRule {
    pub(super) one_in: u32,
    /// True if requests with a cold start or a restore are kept.
    pub(super) keeps_cold: bool,
    /// Requests that take longer are kept.
    pub(super) slower_than: Option<Duration>,
}

/// Action that joins several events to one.
#[derive(Debug)]
pub(super) struct JoinRule {
    pub(super) max_events: u32,
    pub(super) max_bytes: usize,
}

/// Action that makes a metric of each matching event.
#[derive(Debug)]
pub(super) struct MetricRule {
    pub(super) name: String,
    pub(super) kind: MetricKind,
    pub(super) max_series: usize,
}
