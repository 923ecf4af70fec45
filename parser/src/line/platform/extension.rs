//! Parsers for `EXTENSION`, `TELEMETRY` and `LOGS`: registration and subscriptions of extensions.

use super::{Extension, Subscription};
use crate::line::{Line, field::Fields};

/// Parses `EXTENSION\tName: <name>\tState: <state>\tEvents: [<events>]`.
pub(in crate::line) fn extension(text: &str) -> Option<Line<'_>> {
    let mut extension = Extension::default();
    for (key, value) in fields(text, "EXTENSION")? {
        match key {
            "Name" => extension.name = value,
            "State" => extension.state = value,
            "Events" => extension.events = value,
            "Error Type" => extension.error_type = Some(value),
            "" => return None,
            _ => {}
        }
    }
    let fits = !extension.name.is_empty() && !extension.state.is_empty();
    fits.then_some(Line::Extension(extension))
}

/// Parses `TELEMETRY\tName: <name>\tState: <state>\tTypes: [<types>]`; lines of the older Logs API begin with `LOGS`.
pub(in crate::line) fn subscription(text: &str) -> Option<Line<'_>> {
    let fields = fields(text, "TELEMETRY").or_else(|| fields(text, "LOGS"))?;
    let mut subscription = Subscription::default();
    for (key, value) in fields {
        match key {
            "Name" => subscription.name = value,
            "State" => subscription.state = value,
            "Types" => subscription.types = value,
            "" => return None,
            _ => {}
        }
    }
    let fits = !subscription.name.is_empty() && !subscription.state.is_empty();
    fits.then_some(Line::Subscription(subscription))
}

/// Fields after the first word. They must begin with `Name`.
fn fields<'a>(text: &'a str, first_word: &str) -> Option<Fields<'a>> {
    let rest = text.strip_prefix(first_word)?.trim_start_matches(['\t', ' ']);
    rest.starts_with("Name: ").then(|| Fields::of(rest))
}
