//! What is wrong with the settings: all of it at once, each with its name, its place, and what would be right.

use std::{error::Error, fmt};

use super::{
    kind::Kind,
    source::Place,
    table::{PREFIX, Setting},
    value::Wrong,
};

/// Everything that is wrong; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub Vec<Problem>);

/// One line for each.
impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, problem) in self.0.iter().enumerate() {
            let separator = if idx == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl Error for Errors {}

/// One thing that is wrong. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whose.
    pub name: String,
    /// Where it stands, if anywhere.
    pub place: Option<Place>,
    /// What.
    pub reason: Reason,
}

/// What can be wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no such setting.
    Unknown {
        /// The one that was probably meant.
        closest: Option<&'static str>,
    },
    /// It is needed.
    Missing {
        /// What it takes.
        kind: Kind,
        /// By whom; by everything if by no sink.
        sink: Option<&'static str>,
    },
    /// Its text is no value.
    Unreadable {
        /// The text, unless it may be a secret.
        shown: Option<String>,
        /// What is wrong with it.
        wrong: Wrong,
        /// What it takes.
        kind: Option<Kind>,
    },
    /// The file cannot be read.
    File(String),
    /// Only the command line reads files.
    NotHere,
}

impl Problem {
    /// A name that means nothing.
    pub(super) fn unknown(table: &[Setting], name: &str, place: Place) -> Self {
        Self {
            name: printable(name),
            place: Some(place),
            reason: Reason::Unknown { closest: closest(table, name) },
        }
    }

    /// A text that is not shown.
    pub fn unreadable(table: &'static [Setting], name: &str, place: Place, wrong: Wrong) -> Self {
        let setting = Setting::named(table, name);
        let kind = setting.map(|setting| setting.kind);
        let name = setting.map_or_else(|| printable(name), |setting| setting.name.to_owned());
        Self { name, place: Some(place), reason: Reason::Unreadable { shown: None, wrong, kind } }
    }

    /// A file that cannot be read.
    pub fn of_file(error: String) -> Self {
        Self { name: super::table::CONFIG.name.to_owned(), place: None, reason: Reason::File(error) }
    }

    /// A text that is no value of `setting`.
    pub(super) fn of(setting: &Setting, text: &str, place: Option<Place>, wrong: Wrong) -> Self {
        let shown = is_harmless(setting, text).then(|| printable(text));
        let reason = Reason::Unreadable { shown, wrong, kind: Some(setting.kind) };
        Self { name: setting.name.to_owned(), place, reason }
    }
}

/// People put keys into addresses too, before an `@` or behind a `?`.
fn is_harmless(setting: &Setting, text: &str) -> bool {
    !setting.is_secret() && !text.contains(['@', '?'])
}

/// Short, and without anything that moves a terminal's cursor.
fn printable(text: &str) -> String {
    const LONGEST: usize = 80;
    let escaped: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().count() > LONGEST { escaped + "…" } else { escaped }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.reason {
            Reason::Unknown { closest: Some(closest) } => {
                write!(f, " is no setting; did you mean {closest}?")
            }
            Reason::Unknown { closest: None } => {
                f.write_str(" is no setting; `tailwater settings` lists them")
            }
            Reason::Missing { kind, sink: None } => write!(f, " is not set; expected {kind}"),
            Reason::Missing { kind, sink: Some(sink) } => {
                write!(f, " is not set, and the sink {sink} needs it; expected {kind}")
            }
            Reason::Unreadable { shown, wrong, kind } => unreadable(f, shown.as_deref(), *wrong, *kind),
            Reason::File(error) => write!(f, ": {error}"),
            Reason::NotHere => f.write_str(" is set, but only the command line reads a file"),
        }?;
        self.place.map_or(Ok(()), |place| write!(f, " ({place})"))
    }
}

fn unreadable(
    f: &mut fmt::Formatter<'_>,
    shown: Option<&str>,
    wrong: Wrong,
    kind: Option<Kind>,
) -> fmt::Result {
    match shown {
        Some(text) => write!(f, ": `{text}` {wrong}"),
        None => write!(f, " {wrong}"),
    }?;
    kind.map_or(Ok(()), |kind| write!(f, "; expected {kind}"))
}

/// The setting whose name is nearest, if a few typing errors lie between.
fn closest(table: &[Setting], name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let tolerated = name.trim_start_matches(PREFIX).chars().count() / 3;
    let distance = |setting: &Setting| {
        let short = setting.name.strip_prefix(PREFIX).unwrap_or(setting.name);
        edits(&name, setting.name).min(edits(&name, short))
    };
    let nearest = table.iter().map(|setting| (distance(setting), setting.name)).min()?;
    Some(nearest).filter(|(edits, _)| *edits <= tolerated).map(|(_, name)| name)
}

/// How many characters have to be put in, left out or replaced to make one text of the other (Levenshtein).
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (idx, a) in one.chars().enumerate() {
        let mut diagonal = idx;
        let mut left = idx + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (above, b) in row.iter_mut().skip(1).zip(other.chars()) {
            left = (diagonal + usize::from(a != b)).min(*above + 1).min(left + 1);
            diagonal = std::mem::replace(above, left);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        let check = |one, other, expected| assert_eq!(edits(one, other), expected, "{one} {other}");
        check("", "", 0);
        check("abc", "", 3);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("SINK", "SINKS", 1);
    }

    #[test]
    fn a_mistyped_name_is_guessed() {
        let check = |name, expected| assert_eq!(closest(crate::settings::SETTINGS, name), expected, "{name}");
        check("TAILWATER_SINK", Some("TAILWATER_SINKS"));
        check("TAILWATER_INFLATE_LIMIT", Some("TAILWATER_INFLATED_LIMIT"));
        check("tailwater-parkin", Some("TAILWATER_PARKING"));
        check("sinkz", Some("TAILWATER_SINKS"));
        check("DD_APIKEY", Some("DD_API_KEY"));
        check("TAILWATER_FLUX_CAPACITOR", None);
        check("TAILWATER_", None);
        check("", None);
    }
}
