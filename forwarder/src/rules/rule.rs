//! A compiled rule: conditions and one action.

use std::{sync::Arc, time::Duration};

use super::{
    condition::{EventConditions, OriginConditions},
    metric::MetricKind,
    redact::Redactor,
    sinks::Sinks,
    template::Template,
};

/// Index of a rule in the list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIdx(pub usize);

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) origin: OriginConditions,
    pub(super) event: EventConditions,
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
    Redact(RedactRule),
    Set(SetRule),
    Remove(Vec<String>),
    /// Pairs of a path and the path that replaces it.
    Rename(Vec<(String, String)>),
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

/// Action that redacts the message.
#[derive(Debug)]
pub(super) struct RedactRule {
    pub(super) redactor: Arc<Redactor>,
    /// The parts of messages that it redacts, in words.
    pub(super) description: String,
}

/// Action that sets service, tags and attributes.
#[derive(Debug, Default)]
pub(super) struct SetRule {
    pub(super) service: Option<Template>,
    pub(super) tags: Vec<Template>,
    pub(super) attributes: Vec<(String, Template)>,
}

/// Action that joins several events to one.
#[derive(Debug)]
pub(super) struct JoinRule {
    /// Index of the regex that the first event of a joined one matches.
    pub(super) starts: usize,
    pub(super) max_events: u32,
    pub(super) max_bytes: usize,
}

/// Action that makes a metric of each matching event.
#[derive(Debug)]
pub(super) struct MetricRule {
    pub(super) name: String,
    pub(super) kind: MetricKind,
    /// Index of the path of the value; `None` for counts.
    pub(super) field: Option<usize>,
    /// Indexes of the paths of tags, which also name them.
    pub(super) tags: Vec<usize>,
    pub(super) max_series: usize,
}

impl Action {
    /// Name of the action in the text of rules.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Keep => "keep",
            Self::Sample(_) => "sample",
            Self::Redact(_) => "redact",
            Self::Set(_) => "set",
            Self::Remove(_) => "remove",
            Self::Rename(_) => "rename",
            Self::Join(_) => "join",
            Self::Metric(_) => "metric",
            Self::To(_) => "to",
        }
    }

    /// True if the action changes the text or the additions of an event.
    pub(super) fn changes_events(&self) -> bool {
        match self {
            Self::Redact(_) | Self::Set(_) | Self::Remove(_) | Self::Rename(_) => true,
            Self::Drop | Self::Keep | Self::Sample(_) | Self::Join(_) | Self::Metric(_) | Self::To(_) => {
                false
            }
        }
    }
}
