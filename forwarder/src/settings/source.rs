//! Sources of settings: flags, the environment, and a settings file. Each is a map, so tests need no real environment.

use std::{collections::BTreeMap, env, ffi::OsString, fmt};

use super::{
    datadog_forwarder::DatadogNote,
    problem::{Place, Problem},
    setting::{PREFIX, Setting},
};
use crate::value::ValueError;

/// Value of a setting before it is parsed, and the place where it is written.
#[derive(Clone, Copy)]
pub struct Found<'s> {
    /// Value before it is parsed. It may be a secret.
    pub text: &'s str,
    /// Place where the value is written.
    pub place: Place,
}

/// Source of settings.
pub trait Source {
    /// Returns the value of the setting with this full name; `None` if it is not set. An empty value counts as not
    /// set, as in OpenTelemetry's specification, because templates leave parameters empty that nobody filled in.
    fn find(&self, name: &str) -> Option<Found<'_>>;

    /// Returns the problems that are known before any value is parsed, such as unknown names.
    fn problems(&self) -> Vec<Problem>;

    /// Returns the names of the Datadog Forwarder that are set and are no settings here.
    fn notes(&self) -> Vec<DatadogNote> {
        Vec::new()
    }

    /// True if the program reads the settings file that `TAILWATER_CONFIG` names.
    fn reads_files(&self) -> bool {
        false
    }
}

/// Values of settings from one [`Place`].
pub struct Values {
    /// Declarations of all settings of the program.
    table: &'static [Setting],
    place: Place,
    texts: BTreeMap<String, String>,
    problems: Vec<Problem>,
    notes: Vec<DatadogNote>,
}

/// Shows only the names of settings, since values may be secrets.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("place", &self.place).field("names", &self.texts.keys()).finish()
    }
}

impl Values {
    /// Creates an empty set of values that come from `place` (flags, environment or settings file), for a program whose
    /// settings are `table`.
    pub(super) fn of(table: &'static [Setting], place: Place) -> Self {
        Self { table, place, texts: BTreeMap::new(), problems: Vec::new(), notes: Vec::new() }
    }

    /// Reads the environment variables of this process, for a program whose settings are `table`.
    #[must_use]
    pub fn from_environment_of(table: &'static [Setting]) -> Self {
        Self::of_variables(table, env::vars_os())
    }

    /// Reads environment variables, for a program whose settings are `table`.
    pub(super) fn of_variables(
        table: &'static [Setting],
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let mut values = Self::of(table, Place::Environment);
        for (name, text) in variables {
            let Some(name) = name.to_str() else { continue };
            if !is_ours(table, name) {
                values.notes.extend(DatadogNote::of(name, &text.to_string_lossy()));
                continue;
            }
            match text.into_string() {
                Ok(text) => values.set(name, text),
                Err(_) => {
                    values.add_problem(Problem::unreadable(
                        table,
                        name,
                        Place::Environment,
                        ValueError::NotUtf8,
                    ));
                }
            }
        }
        values
    }

    /// Sets a setting. Its name may have any spelling, such as `inflated-limit`. An unknown name is a problem, and
    /// so is a second value.
    pub fn set(&mut self, name: &str, text: String) {
        let Some(setting) = Setting::named(self.table, name) else {
            return self.add_problem(Problem::unknown(self.table, name, self.place));
        };
        if self.texts.insert(setting.name.to_owned(), text).is_some() {
            self.add_problem(Problem::unreadable(self.table, setting.name, self.place, ValueError::SetTwice));
        }
    }

    /// Adds a problem that was found while this place was read. It is reported with all others.
    pub fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// True if an environment variable is meant for Tailwater: its name has the prefix `TAILWATER_`, or is that of a
/// setting.
fn is_ours(table: &'static [Setting], name: &str) -> bool {
    name.starts_with(PREFIX) || Setting::named(table, name).is_some_and(|setting| setting.name == name)
}

impl Source for Values {
    fn find(&self, name: &str) -> Option<Found<'_>> {
        let whole = self.texts.get(name)?.as_str();
        let keeps_spaces =
            Setting::named(self.table, name).is_some_and(|setting| setting.kind.keeps_spaces());
        let text = if keeps_spaces { whole } else { whole.trim() };
        Some(Found { text, place: self.place }).filter(|_| !whole.trim().is_empty())
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }

    fn notes(&self) -> Vec<DatadogNote> {
        self.notes.clone()
    }
}

/// Values from several places. If several places have a setting, the first one counts.
#[derive(Debug)]
pub struct Layers {
    values: Vec<Values>,
}

impl Layers {
    /// Combines `values`, in order of precedence: the first has the highest.
    #[must_use]
    pub fn new(values: Vec<Values>) -> Self {
        Self { values }
    }

    /// Adds the values of a settings file with the lowest precedence.
    #[must_use]
    pub fn with_file(mut self, file: Values) -> Self {
        self.values.push(file);
        self
    }
}

impl Source for Layers {
    fn find(&self, name: &str) -> Option<Found<'_>> {
        self.values.iter().find_map(|values| values.find(name))
    }

    fn problems(&self) -> Vec<Problem> {
        self.values.iter().flat_map(Source::problems).collect()
    }

    fn notes(&self) -> Vec<DatadogNote> {
        self.values.iter().flat_map(Source::notes).collect()
    }

    fn reads_files(&self) -> bool {
        true
    }
}
