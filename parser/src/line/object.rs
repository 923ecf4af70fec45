//! Parser for lines that are one JSON object: a platform event, embedded metrics, or a structured log line.

use super::{Line, app, emf, members::Members, platform};

/// Parses a line that is one valid JSON object.
pub(super) fn read(text: &str) -> Option<Line<'_>> {
    let members = Members::of(text)?;
    if let Some((event, record)) = members.platform_event() {
        return Some(platform::json::read(event, record));
    }
    let app = app::json::read(text, &members);
    Some(match members.metrics {
        Some(declaration) => emf::read(text, declaration, app),
        None => Line::App(app),
    })
}
