//! Record of a logging library behind the prefix of a runtime, such as winston's JSON behind the prefix of Node.js. Its
//! level is the one that the application chose; the runtime's is that of the function with which the text was printed.

use super::{App, json, layout};
use crate::{
    level::Level,
    line::{members::Members, trace_context::FoundIds},
};

/// Takes the level and the ids of the record in the message, if there is one. The request id stays the runtime's.
#[inline]
pub(super) fn prefer_inner(app: &mut App<'_>) {
    if app.message.starts_with('{') || begins_layout(app.message) {
        take_inner(app);
    }
}

fn take_inner(app: &mut App<'_>) {
    let message = app.message;
    if message.starts_with('{') {
        let Some(members) = Members::of(message) else { return };
        let inner = json::read(message, &members);
        app.level = inner.level.or(app.level);
        app.trace_id = inner.trace_id;
        app.trace_context = inner.trace_context;
        app.tenant = inner.tenant;
        app.error_type = app.error_type.take().or(inner.error_type);
        return;
    }
    if message.starts_with('[') {
        app.trace_context = FoundIds::before_message(message).context(None);
    }
    app.level = level_of_text(message).or(app.level);
}

/// Level of a message in a text layout of a logging library.
#[inline]
pub(super) fn level_of_text(message: &str) -> Option<Level> {
    if begins_layout(message) { layout::read(message).map(|layout| layout.level) } else { None }
}

/// True if the message may be in one of the layouts that are written behind a prefix. Few messages are.
#[inline]
fn begins_layout(message: &str) -> bool {
    matches!(
        message.as_bytes(),
        [b'0'..=b'9' | b'[', ..] | [b'l', b'e' | b'v', ..] | [b't', b'i' | b's' | b'=', ..]
    )
}
