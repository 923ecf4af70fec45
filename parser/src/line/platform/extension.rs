//! `EXTENSION`, `TELEMETRY` and `LOGS`: extensions that register and subscribe.

use super::{Extension, Subscription};
use crate::line::{Line, field::Fields};

/// Reads `EXTENSION\tName: <name>\tState: <state>\tEvents: [<events>]`.
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

/// Reads `TELEMETRY\tName: <name>\tState: <state>\tTypes: [<types>]`, or `LOGS`, the older API's word.
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

/// The fields behind the first word, which begin with a name.
fn fields<'a>(text: &'a str, first_word: &str) -> Option<Fields<'a>> {
    let rest = text.strip_prefix(first_word)?.trim_start_matches(['\t', ' ']);
    rest.starts_with("Name: ").then(|| Fields::of(rest))
}
