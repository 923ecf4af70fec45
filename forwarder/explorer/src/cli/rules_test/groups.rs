//! Groups of errors that rules would hide from a sink.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use tailwater_forwarder::{
    pipeline::{Audited, Target},
    rules::{RuleIdx, Sinks},
};
use tailwater_parser::{
    Level, Record,
    derive::{Collect, Evidence, Invocation},
    line::{Emf, Line},
};

use crate::errors::ErrorForm;

/// Number of groups that are kept; the titles of errors beyond them are not looked at.
const MAX_GROUPS: usize = 50_000;

/// Target of the pipeline that keeps the groups of errors: those of one function, or log group, with the same title.
#[derive(Debug, Default)]
pub(super) struct ErrorGroups {
    groups: HashMap<(String, String), Group, RandomState>,
}

/// Group of errors.
#[derive(Debug)]
struct Group {
    /// Sinks that get at least one of the errors.
    delivered: Sinks,
    /// Rules that keep errors of the group from sinks.
    ended: BTreeMap<RuleIdx, Sinks>,
}

impl ErrorGroups {
    /// Titles of the groups of which a sink gets no error any more, among others because of this rule.
    pub(super) fn hidden_by(&self, rule: RuleIdx) -> Vec<String> {
        let hidden = self.groups.iter().filter(|(_, group)| group.is_hidden_by(rule));
        hidden.map(|((_, title), _)| title.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Group {
    fn is_hidden_by(&self, rule: RuleIdx) -> bool {
        let Some(ended) = self.ended.get(&rule) else { return false };
        let mut sinks = (0..64).map(Sinks::one);
        sinks.any(|sink| ended.overlaps(sink) && !self.delivered.overlaps(sink))
    }
}

impl Collect for ErrorGroups {
    fn invocation(&mut self, _: Invocation) {}

    fn evidence(&mut self, _: Evidence) {}
}

impl Target for ErrorGroups {
    fn record(&mut self, _: &Record<'_>) {}

    fn audit(&mut self, audited: &Audited<'_, '_>) {
        let Some(title) = error_title(audited.record) else { return };
        let key = (audited.record.origin.listed_name().to_owned(), String::from(title));
        if self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&key) {
            return;
        }
        let empty = || Group { delivered: Sinks::NONE, ended: BTreeMap::new() };
        let group = self.groups.entry(key).or_insert_with(empty);
        group.delivered = group.delivered.union(audited.delivered);
        for (rule, sinks) in audited.ended {
            let ended = group.ended.entry(*rule).or_insert(Sinks::NONE);
            *ended = ended.union(*sinks);
        }
    }
}

/// Title of the error that a record tells, the same as that of its error group; `None` if it tells none. Other lines of
/// the platform are left out, because they repeat an error that the runtime or the function logged.
fn error_title(record: &Record<'_>) -> Option<Box<str>> {
    if record.level < Some(Level::Error) || !record.part.is_first() {
        return None;
    }
    let (message, error_type) = if let Line::App(app) | Line::Emf(Emf { app, .. }) = &record.line {
        (app.message, app.error_type.as_deref())
    } else if let Line::Fault(_) = &record.line {
        (record.message, None)
    } else {
        return None;
    };
    Some(ErrorForm::read(message, error_type).title)
}
