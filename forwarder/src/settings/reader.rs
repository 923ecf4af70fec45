//! Reads settings one by one and collects every problem, so that all are reported at once.

use super::{
    datadog_forwarder::DatadogNote,
    kind::Kind,
    problem::{Errors, Problem, Reason},
    setting::{Setting, TypedSetting},
    source::{Found, Source},
};
use crate::value::{PlainHttp, ValueError};

/// Reader of the settings in one source.
pub(super) struct Reader<'s> {
    source: &'s dyn Source,
    problems: Vec<Problem>,
    /// Hosts that plain HTTP is allowed for.
    pub(super) plain: PlainHttp,
}

impl<'s> Reader<'s> {
    /// Calls `assemble`, which reads settings, and returns its result; an error if there was any problem.
    pub(super) fn read<T>(
        source: &'s dyn Source,
        assemble: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Errors> {
        let mut reader = Self { source, problems: source.problems(), plain: PlainHttp::LoopbackOnly };
        let settings = assemble(&mut reader);
        settings.filter(|_| reader.problems.is_empty()).ok_or(Errors(reader.problems))
    }

    /// Reads one setting that has a default; an error if its value is invalid.
    pub(super) fn read_one<T>(source: &'s dyn Source, setting: &TypedSetting<T>) -> Result<T, Errors> {
        let mut reader = Self { source, problems: Vec::new(), plain: PlainHttp::LoopbackOnly };
        reader.value(setting).ok_or(Errors(reader.problems))
    }

    /// Calls `assemble`, which reads some settings; an error if there was any problem with these.
    pub(super) fn read_some<T>(
        source: &'s dyn Source,
        assemble: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, Errors> {
        let mut reader = Self { source, problems: Vec::new(), plain: PlainHttp::LoopbackOnly };
        let settings = assemble(&mut reader);
        if reader.problems.is_empty() { Ok(settings) } else { Err(Errors(reader.problems)) }
    }

    /// Reads a setting that must have a value. An invalid value is a problem. If the setting is not set, its default
    /// is used; a missing default is a problem.
    pub(super) fn value<T>(&mut self, setting: &TypedSetting<T>) -> Option<T> {
        if let Some(found) = self.source.find(setting.setting.name) {
            return self.parsed(setting, found);
        }
        let Some(default) = setting.setting.default else {
            self.missing(&setting.setting);
            return None;
        };
        let wrong = |wrong| self.problems.push(Problem::of(&setting.setting, default, None, wrong));
        setting.parse(default, self.plain).map_err(wrong).ok()
    }

    /// Reads a setting that may be unset. An invalid value is a problem.
    pub(super) fn optional<T>(&mut self, setting: &TypedSetting<T>) -> Option<T> {
        let found = self.source.find(setting.setting.name)?;
        self.parsed(setting, found)
    }

    /// Reads a setting that may be unset, with another parser than its own. An invalid value is a problem.
    pub(super) fn optional_as<T>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str, PlainHttp) -> Result<T, ValueError>,
    ) -> Option<T> {
        let found = self.source.find(setting.name)?;
        let parsed = printable(found.text).and_then(|text| parse(text, self.plain));
        let wrong = |wrong| self.problems.push(Problem::of(setting, found.text, Some(found.place), wrong));
        parsed.map_err(wrong).ok()
    }

    /// Returns the names of the Datadog Forwarder that are set and are no settings here.
    pub(super) fn notes(&self) -> Vec<DatadogNote> {
        self.source.notes()
    }

    /// True if the setting has a value, valid or not.
    pub(super) fn is_set(&self, setting: &Setting) -> bool {
        self.source.find(setting.name).is_some()
    }

    /// Reports that a setting is required, unless it is set. Further calls for the same setting report nothing.
    pub(super) fn missing(&mut self, setting: &Setting) {
        if self.is_set(setting) {
            return;
        }
        let reason = Reason::Missing { kind: setting.kind, sink: setting.sink.map(|sink| sink.name()) };
        let problem = Problem { name: setting.name.to_owned(), place: None, reason };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// True if the program reads the settings file that `TAILWATER_CONFIG` names.
    pub(super) fn reads_files(&self) -> bool {
        self.source.reads_files()
    }

    /// Reports a problem if a setting is set that this program does not read.
    pub(super) fn refuse(&mut self, setting: &Setting) {
        if self.is_set(setting) {
            self.conflict(setting, Reason::NotHere);
        }
    }

    /// Reports that a setting has a value which the other settings do not allow.
    pub(super) fn conflict(&mut self, setting: &Setting, reason: Reason) {
        let place = self.source.find(setting.name).map(|found| found.place);
        self.problems.push(Problem { name: setting.name.to_owned(), place, reason });
    }

    fn parsed<T>(&mut self, setting: &TypedSetting<T>, found: Found<'_>) -> Option<T> {
        let is_text = setting.setting.kind == Kind::Rules;
        let checked = if is_text { Ok(found.text) } else { printable(found.text) };
        let checked = checked.and_then(|text| setting.parse(text, self.plain));
        let wrong = |wrong| {
            self.problems.push(Problem::of(&setting.setting, found.text, Some(found.place), wrong));
        };
        checked.map_err(wrong).ok()
    }
}

/// Rejects control characters: no setting but the text of rules needs them, and a line break in a header would be an attack.
fn printable(text: &str) -> Result<&str, ValueError> {
    if text.contains(char::is_control) { Err(ValueError::ControlCharacter) } else { Ok(text) }
}
