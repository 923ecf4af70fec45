//! Service, tags and attributes that rules add to an event.

use tailwater_parser::record::Additions;

use super::{matches::Matches, rule::Rule, selected::Selected, sinks::Sinks};

/// Service, tags and attributes that matching rules set for `sinks`: the service of the last rule that sets it, each tag
/// once, and of each attribute the last value.
pub(super) fn of<'a>(
    rules: &[Rule],
    selected: &'a Selected,
    matches: &Matches,
    sinks: Sinks,
) -> Additions<'a> {
    let mut additions = Additions::default();
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
