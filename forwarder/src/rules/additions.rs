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
    pub(super) fn of(rules: &[Rule], selected: &'a Selected, matches: &Matches, sinks: Sinks) -> Self {
        let mut additions = Self::default();
        for (idx, values) in selected.sets() {
            let concerns = || rules.get(idx.0).is_some_and(|rule| rule.sinks.overlaps(sinks));
            if !matches.contains(*idx) || !concerns() {
                continue;
            }
            additions.service = values.service.as_deref().or(additions.service);
            for tag in &values.tags {
                if !additions.tags.contains(&tag.as_str()) {
                    additions.tags.push(tag);
                }
            }
            for (name, value) in &values.attributes {
                match additions.attributes.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = value,
                    None => additions.attributes.push((name, value)),
                }
            }
        }
        additions
    }

    /// True if nothing is added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
