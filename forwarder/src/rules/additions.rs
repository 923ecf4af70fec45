//! Service, tags and attributes that rules add to an event.

use super::{matches::Matches, rule::Rule, selected::Selected, sinks::Sinks};

/// Service, tags and attributes that rules add to an event, and the counts of joined and sampled events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions<'a> {
    /// Service: that of the last matching rule that sets it.
    pub service: Option<&'a str>,
    /// Tags, such as `team:shop`, each once.
    pub tags: Vec<&'a str>,
    /// Names and values of attributes. A later rule replaces the value of an earlier one.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// Number of events that were joined to this one, itself included; 0 if it was not joined. The caller sets it.
    pub joined: u32,
    /// Number of requests that this one stands for; `None` if no sample rule decided. The caller sets it.
    pub sampling_one_in: Option<u32>,
}

impl<'a> Additions<'a> {
    pub(super) fn of(_: &[Rule], _: &'a Selected, _: &Matches, _: Sinks) -> Self {
        Self::default()
    }

    /// True if nothing is added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
