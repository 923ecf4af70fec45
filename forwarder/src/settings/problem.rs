//! Problems with settings. All are reported at once, each with the setting's name, the place of its value, and the
//! accepted values.

use std::{error::Error, fmt};

use super::{
    kind::Kind,
    setting::{PREFIX, Setting},
};
use crate::value::{ValueError, edits};

/// Every problem with the settings; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub Vec<Problem>);

/// Shows one line for each problem.
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

/// Problem with one setting. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the setting.
    pub name: String,
    /// Place of the invalid value; `None` if the setting is not set.
    pub place: Option<Place>,
    /// Reason why it is a problem.
    pub reason: Reason,
}

/// Place where the value of a setting is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Flags on the command line.
    Flags,
    /// Environment variables.
    Environment,
    /// Settings file, which `TAILWATER_CONFIG` names.
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

/// Reason why a setting is a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No setting has this name.
    Unknown {
        /// Name of the known setting that is most similar, if any is similar.
        closest: Option<&'static str>,
    },
    /// The setting is required and is not set.
    Missing {
        /// Kind of value that the setting accepts.
        kind: Kind,
        /// Name of the sink that requires the setting; `None` if it is required without regard to sinks.
        sink: Option<&'static str>,
    },
    /// The value of the setting is invalid.
    Unreadable {
        /// The invalid value; `None` if it may be a secret.
        shown: Option<String>,
        /// Reason why the value is invalid.
        wrong: ValueError,
        /// Kind of value that the setting accepts; `None` if no setting has this name.
        kind: Option<Kind>,
    },
    /// The settings file cannot be read. The text is the error.
    File(String),
    /// The regular expression, or its replacement, has no equal in linear time. The text is the reason, with its place.
    Regex(String),
    /// The value is one that Tailwater refuses. The text is the reason, with what to do.
    Refused(&'static str),
    /// The setting names traces, but no sink of the settings takes them.
    NoSinkForTraces,
    /// The setting names a settings file, but only the command line reads settings files.
    NotHere,
}

impl Problem {
    /// Builds the problem of an unknown name: no setting in `table` has it.
    pub(super) fn unknown(table: &[Setting], name: &str, place: Place) -> Self {
        Self {
            name: printable(name),
            place: Some(place),
            reason: Reason::Unknown { closest: closest(table, name) },
        }
    }

    /// Builds the problem of an invalid value that is not shown.
    pub fn unreadable(table: &'static [Setting], name: &str, place: Place, wrong: ValueError) -> Self {
        let setting = Setting::named(table, name);
        let kind = setting.map(|setting| setting.kind);
        let name = setting.map_or_else(|| printable(name), |setting| setting.name.to_owned());
        Self { name, place: Some(place), reason: Reason::Unreadable { shown: None, wrong, kind } }
    }

    /// Builds the problem of an invalid value of `setting`; the value is shown unless it may hold a secret.
    pub(super) fn of(setting: &Setting, text: &str, place: Option<Place>, wrong: ValueError) -> Self {
        let shown = may_be_shown(setting, text).then(|| printable(text));
        let reason = Reason::Unreadable { shown, wrong, kind: Some(setting.kind) };
        Self { name: setting.name.to_owned(), place, reason }
    }
}

/// True if the value may be shown in an error. URLs are not shown if they may contain a key, before an `@` or after
/// a `?`.
fn may_be_shown(setting: &Setting, text: &str) -> bool {
    !setting.is_secret() && !text.contains(['@', '?'])
}

/// Shortens a text and escapes its control characters, which could control a terminal.
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
                write!(f, " is not a setting; did you mean {closest}?")
            }
            Reason::Unknown { closest: None } => {
                f.write_str(" is not a setting; `tailwater settings` lists all settings")
            }
            Reason::Missing { kind, sink: None } => write!(f, " is not set; expected {kind}"),
            Reason::Missing { kind, sink: Some(sink) } => {
                write!(f, " is not set, but the sink {sink} needs it; expected {kind}")
            }
            Reason::Unreadable { shown, wrong, kind } => unreadable(f, shown.as_deref(), *wrong, *kind),
            Reason::File(error) => write!(f, ": {error}"),
            Reason::Regex(reason) => write!(
                f,
                " cannot be honoured: {reason}; write it without, or unset it and write a rule in TAILWATER_RULES \
                 that filters or redacts the same"
            ),
            Reason::Refused(reason) => write!(f, " {reason}"),
            Reason::NoSinkForTraces => f.write_str(
                " names traces, but no sink in TAILWATER_SINKS takes them; add the sink otlp, or remove traces",
            ),
            Reason::NotHere => f.write_str(
                " is set, but only the command line reads a settings file; set environment variables instead",
            ),
        }?;
        self.place.map_or(Ok(()), |place| write!(f, " ({place})"))
    }
}

fn unreadable(
    f: &mut fmt::Formatter<'_>,
    shown: Option<&str>,
    wrong: ValueError,
    kind: Option<Kind>,
) -> fmt::Result {
    match shown {
        Some(text) => write!(f, ": `{text}` {wrong}"),
        None => write!(f, " {wrong}"),
    }?;
    kind.map_or(Ok(()), |kind| write!(f, "; expected {kind}"))
}

/// Returns the name in `table` that is closest to `name`, if it differs only by a few typing errors.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closest_name_is_found_for_a_mistyped_one() {
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
