//! Conditions of rules: those on the origin hold for a whole batch, the others for an event.

use tailwater_parser::{Level, Origin};

use super::{
    Subject,
    comparison::Test,
    fields::Fields,
    glob::{Captures, Glob},
    pattern::{Pattern, PatternCache},
};

/// Conditions on the origin of a batch. All have to hold.
#[derive(Debug, Default)]
pub(super) struct OriginConditions {
    /// True if the events have to be lines of an S3 object, other than records of CloudTrail and exports of CloudWatch
    /// Logs. Only settings make this condition.
    pub(super) is_line_of_object: bool,
    pub(super) parts: Vec<(OriginPart, Vec<Glob>)>,
}

/// Part of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OriginPart {
    LogGroup,
    LogStream,
    Function,
    Account,
    Region,
}

/// Conditions on an event. All have to hold.
#[derive(Debug, Default)]
pub(super) struct EventConditions {
    /// Levels, one of which the event has; empty: any.
    pub(super) levels: Vec<Level>,
    /// Types, one of which the line has; empty: any.
    pub(super) kinds: Vec<&'static str>,
    /// Indexes of the regexes, one of which matches the message; empty: any.
    pub(super) messages: Vec<usize>,
    /// Indexes of the regexes, none of which matches the message; empty: any. Only settings make this condition.
    pub(super) other_messages: Vec<usize>,
    /// Indexes of paths, with tests of which one has to hold.
    pub(super) fields: Vec<(usize, Vec<Test>)>,
}

impl OriginPart {
    pub(super) const ALL: [(&'static str, Self); 5] = [
        ("log_group", Self::LogGroup),
        ("log_stream", Self::LogStream),
        ("function", Self::Function),
        ("account", Self::Account),
        ("region", Self::Region),
    ];

    fn of(self, origin: &Origin) -> &str {
        match self {
            Self::LogGroup => origin.log_group(),
            Self::LogStream => origin.log_stream(),
            Self::Function => origin.function(),
            Self::Account => &origin.account,
            Self::Region => &origin.region,
        }
    }
}

impl OriginConditions {
    /// Returns true if all conditions hold, and adds what their globs capture.
    pub(super) fn capture(&self, origin: &Origin, captures: &mut Captures) -> bool {
        if self.is_line_of_object && !is_line_of_object(origin) {
            return false;
        }
        self.parts.iter().all(|(part, globs)| {
            let text = part.of(origin);
            globs.iter().any(|glob| glob.capture(text, captures))
        })
    }
}

fn is_line_of_object(origin: &Origin) -> bool {
    let key = origin.arrival.as_ref().map_or("", |arrival| arrival.key.as_str());
    let is_raw = origin.log_group().is_empty() && origin.log_stream().is_empty();
    is_raw && !key.is_empty() && !key.contains("_CloudTrail")
}

/// Patterns of all rules, with the caches of a worker.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) patterns: &'a [Pattern],
    pub(super) caches: &'a mut [PatternCache],
}

impl Search<'_> {
    pub(super) fn is_match(&mut self, pattern: usize, text: &str) -> bool {
        let found = self.patterns.get(pattern).zip(self.caches.get_mut(pattern));
        found.is_some_and(|(pattern, cache)| pattern.is_match(cache, text))
    }
}

impl EventConditions {
    /// True if every event meets the conditions.
    pub(super) fn is_empty(&self) -> bool {
        self.levels.is_empty()
            && self.kinds.is_empty()
            && self.messages.is_empty()
            && self.other_messages.is_empty()
            && self.fields.is_empty()
    }

    /// True if the conditions on level, type and message hold. They take less time than those on fields.
    pub(super) fn holds(&self, subject: &Subject<'_>, search: &mut Search<'_>) -> bool {
        let has_level =
            || self.levels.is_empty() || subject.level.is_some_and(|level| self.levels.contains(&level));
        let has_kind = || self.kinds.is_empty() || self.kinds.contains(&subject.line.kind());
        has_level()
            && has_kind()
            && (self.messages.is_empty()
                || self.messages.iter().any(|pattern| search.is_match(*pattern, subject.message)))
            && !self.other_messages.iter().any(|pattern| search.is_match(*pattern, subject.message))
    }

    /// True if the conditions on fields hold.
    pub(super) fn fields_hold(&self, fields: &Fields, message: &str) -> bool {
        let holds = |(path, tests): &(usize, Vec<Test>)| {
            let value = fields.get(*path);
            tests.iter().any(|test| test.holds(value, message))
        };
        self.fields.iter().all(holds)
    }
}
