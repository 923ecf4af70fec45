//! The settings file of the command line: flat TOML with the names of the table, prefix and capitals optional.

use std::{fmt::Write as _, io, path::Path};

use toml::{Table, Value};

use super::{
    problem::Problem,
    source::{Layers, Place, Source as _, Values},
    table::{CONFIG, SETTINGS},
    value::Wrong,
};

impl Layers {
    /// Flags before the environment before the file that either names; `load` reads it.
    pub fn new(flags: Values, environment: Values, load: impl FnOnce(&Path) -> io::Result<String>) -> Self {
        let mut layers = Self(vec![flags, environment]);
        let path = layers.find(CONFIG.name).map(|found| found.text.to_owned());
        layers.0.extend(path.map(|path| loaded(Path::new(&path), load)));
        layers
    }
}

fn loaded(path: &Path, load: impl FnOnce(&Path) -> io::Result<String>) -> Values {
    match load(path) {
        Ok(text) => Values::of_toml(&text),
        Err(error) => {
            let mut values = Values::new(Place::File);
            values.complain(Problem::of_file(format!("{}: {error}", path.display())));
            values
        }
    }
}

impl Values {
    /// The settings in a TOML text; here every name has to be one of ours.
    #[must_use]
    pub fn of_toml(text: &str) -> Self {
        let mut values = Self::new(Place::File);
        match text.parse::<Table>() {
            Ok(table) => table.into_iter().for_each(|(name, value)| values.set_toml(&name, value)),
            Err(error) => values.complain(Problem::of_file(described(&error, text))),
        }
        values
    }

    fn set_toml(&mut self, name: &str, value: Value) {
        match flat(value) {
            Ok(text) => self.set(name, text),
            Err(wrong) => self.complain(Problem::unreadable(SETTINGS, name, Place::File, wrong)),
        }
    }
}

/// The text that the environment would have; an array is a list.
fn flat(value: Value) -> Result<String, Wrong> {
    match value {
        Value::String(text) => Ok(text),
        Value::Integer(n) => Ok(n.to_string()),
        Value::Boolean(is_on) => Ok(is_on.to_string()),
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().map(item).collect::<Result<_, _>>()?;
            Ok(items.join(","))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => Err(Wrong::NotFlat),
    }
}

/// An item of a list. One with a comma would become two.
fn item(value: Value) -> Result<String, Wrong> {
    match flat(value)? {
        text if text.contains(',') => Err(Wrong::NotFlat),
        text => Ok(text),
    }
}

/// What the TOML parser says and in which line; its own picture of the line might show a secret.
fn described(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let mut description = "no TOML".to_owned();
    if let Some(before) = before {
        // Writing to a string cannot fail.
        let _ = write!(description, " in line {}", before.matches('\n').count() + 1);
    }
    description
}
