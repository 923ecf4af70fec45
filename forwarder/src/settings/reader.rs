//! Reads settings one by one and remembers everything that was wrong, so that all of it can be said at once.

use super::{
    problem::{Errors, Problem, Reason},
    source::{Found, Source},
    table::{self, Setting},
    url::PlainHttp,
    value::{self, Wrong},
};

/// Settings being read.
pub(super) struct Reader<'s> {
    source: &'s dyn Source,
    pub(super) problems: Vec<Problem>,
    plain: PlainHttp,
}

impl<'s> Reader<'s> {
    /// What `assemble` makes of everything, if nothing at all was wrong.
    pub(super) fn read<T>(
        source: &'s dyn Source,
        assemble: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Errors> {
        let mut reader = Self::new(source);
        let settings = assemble(&mut reader);
        settings.filter(|_| reader.problems.is_empty()).ok_or(Errors(reader.problems))
    }

    /// Begins with what is wrong with the source, and with what decides which addresses are right.
    pub(super) fn new(source: &'s dyn Source) -> Self {
        let mut reader = Self { source, problems: source.problems(), plain: PlainHttp::LoopbackOnly };
        if reader.value(&table::ALLOW_INSECURE, value::switch) == Some(true) {
            reader.plain = PlainHttp::Anywhere;
        }
        reader
    }

    /// Where plain HTTP may go.
    pub(super) fn plain_http(&self) -> PlainHttp {
        self.plain
    }

    /// The value of a setting that has to have one. `None` is remembered as a problem.
    pub(super) fn value<T>(
        &mut self,
        setting: &Setting,
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        if let Some(found) = self.source.find(setting.name) {
            return self.parsed(setting, found, read);
        }
        let Some(default) = setting.default else {
            self.missing(setting);
            return None;
        };
        let wrong = |wrong| self.problems.push(Problem::of(setting, default, None, wrong));
        read(default).map_err(wrong).ok()
    }

    /// The value of a setting that may have none. A value that cannot be read is remembered as a problem.
    pub(super) fn optional<T>(
        &mut self,
        setting: &Setting,
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let found = self.source.find(setting.name)?;
        self.parsed(setting, found, read)
    }

    /// Whether it is set, to whatever text.
    pub(super) fn is_set(&self, setting: &Setting) -> bool {
        self.source.find(setting.name).is_some()
    }

    /// Remembers, once, that a setting is needed. One whose text cannot be read is not missing.
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

    /// True where a settings file is read when `TAILWATER_CONFIG` names one.
    pub(super) fn reads_files(&self) -> bool {
        self.source.reads_files()
    }

    /// Remembers that a setting has no place in this program.
    pub(super) fn refuse(&mut self, setting: &Setting) {
        let place = self.source.find(setting.name).map(|found| found.place);
        if place.is_some() {
            self.problems.push(Problem { name: setting.name.to_owned(), place, reason: Reason::NotHere });
        }
    }

    fn parsed<T>(
        &mut self,
        setting: &Setting,
        found: Found<'_>,
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let checked = printable(found.text).and_then(read);
        let wrong = |wrong| self.problems.push(Problem::of(setting, found.text, Some(found.place), wrong));
        checked.map_err(wrong).ok()
    }
}

/// No setting has a use for a control character; in a header a line break would be an attack.
fn printable(text: &str) -> Result<&str, Wrong> {
    if text.contains(char::is_control) { Err(Wrong::ControlCharacter) } else { Ok(text) }
}
