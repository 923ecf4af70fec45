//! Where settings are written: flags, the environment, a file; each is a map, so tests pass maps.

use std::{collections::BTreeMap, env, ffi::OsString, fmt};

use super::{
    problem::Problem,
    table::{PREFIX, SETTINGS, Setting},
    value::Wrong,
};

/// A place where settings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The command line.
    Flags,
    /// The environment.
    Environment,
    /// The file that `TAILWATER_CONFIG` names.
    File,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flags => "on the command line",
            Self::Environment => "in the environment",
            Self::File => "in the settings file",
        })
    }
}

/// A setting's text, and where it was found.
#[derive(Clone, Copy)]
pub struct Found<'s> {
    /// Not yet read; may be a secret.
    pub text: &'s str,
    /// Where it stands.
    pub place: Place,
}

/// Where settings come from.
pub trait Source {
    /// What the setting of this full name is set to. An empty text counts as unset, as OpenTelemetry has it and
    /// as templates leave parameters that nobody filled in.
    fn find(&self, name: &str) -> Option<Found<'_>>;

    /// What is wrong before any value is read, such as names that mean nothing.
    fn problems(&self) -> Vec<Problem>;

    /// True where a settings file is read when `TAILWATER_CONFIG` names one.
    fn reads_files(&self) -> bool {
        false
    }
}

/// The settings of one place.
pub struct Values {
    /// Those that there are.
    table: &'static [Setting],
    place: Place,
    texts: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

/// Names only: the texts may be secrets.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("place", &self.place).field("names", &self.texts.keys()).finish()
    }
}

impl Values {
    /// Nothing yet.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self::of(SETTINGS, place)
    }

    /// Nothing yet of what this table has.
    fn of(table: &'static [Setting], place: Place) -> Self {
        Self { table, place, texts: BTreeMap::new(), problems: Vec::new() }
    }

    /// This process's environment.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::of_environment(env::vars_os())
    }

    /// This process's environment, as far as a program with this table of settings is concerned.
    #[must_use]
    pub fn from_environment_of(table: &'static [Setting]) -> Self {
        Self::of_variables(table, env::vars_os())
    }

    /// An environment. It belongs to others too, so only names with our prefix can be wrong ones.
    #[must_use]
    pub fn of_environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self::of_variables(SETTINGS, variables)
    }

    pub(super) fn of_variables(
        table: &'static [Setting],
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let mut values = Self::of(table, Place::Environment);
        for (name, text) in variables {
            let Some(name) = name.to_str().filter(|name| is_ours(table, name)) else {
                continue;
            };
            match text.into_string() {
                Ok(text) => values.set(name, text),
                Err(_) => {
                    values.add_problem(Problem::unreadable(table, name, Place::Environment, Wrong::NotUtf8));
                }
            }
        }
        values
    }

    /// Sets a setting by its name in any spelling; a name that there is not, or that was set already, is a problem.
    pub fn set(&mut self, name: &str, text: String) {
        let Some(setting) = Setting::named(self.table, name) else {
            return self.add_problem(Problem::unknown(self.table, name, self.place));
        };
        if self.texts.insert(setting.name.to_owned(), text).is_some() {
            self.add_problem(Problem::unreadable(self.table, setting.name, self.place, Wrong::Twice));
        }
    }

    /// Keeps what is wrong with this place until everything is read.
    pub fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// Whether a variable of the environment concerns us: by its prefix, or because the table has it.
fn is_ours(table: &'static [Setting], name: &str) -> bool {
    name.starts_with(PREFIX) || Setting::named(table, name).is_some_and(|setting| setting.name == name)
}

impl Source for Values {
    fn find(&self, name: &str) -> Option<Found<'_>> {
        let text = self.texts.get(name)?.trim();
        Some(Found { text, place: self.place }).filter(|found| !found.text.is_empty())
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }
}

/// Several places; an earlier one takes precedence over a later one.
#[derive(Debug)]
pub struct Layers {
    values: Vec<Values>,
}

impl Layers {
    /// Layers `values`, the first of which takes precedence.
    #[must_use]
    pub fn new(values: Vec<Values>) -> Self {
        Self { values }
    }

    /// Adds the values of a settings file below all others.
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

    fn reads_files(&self) -> bool {
        true
    }
}
