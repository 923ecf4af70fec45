//! Access to the members of a parsed JSON event.

use std::borrow::Cow;

use simd_json::{
    prelude::*,
    tape::{Tape, Value},
};

use super::unknown_event::UnknownEvent;

/// Parses a JSON event. Its strings are unescaped in place.
pub(super) fn tape(event: &mut [u8]) -> Result<Tape<'_>, UnknownEvent> {
    simd_json::to_tape(event).map_err(|error| UnknownEvent::Json { offset: error.index() })
}

/// Calls `each` with every record of the array `name`. Returns `None` if no record has the member `marker`.
pub(super) fn records<'t, 'e>(
    event: Value<'t, 'e>,
    name: &str,
    marker: &str,
    mut each: impl FnMut(usize, Value<'t, 'e>),
) -> Option<()> {
    let records = event.get_array(name)?;
    records.iter().any(|record| record.contains_key(marker)).then_some(())?;
    records.iter().enumerate().for_each(|(index, record)| each(index, record));
    Some(())
}

/// Returns the text; an empty one if it is `None`.
pub(super) fn or_empty(text: Option<&str>) -> Cow<'_, str> {
    Cow::Borrowed(text.unwrap_or_default())
}

/// Returns the string at the path of member names `path` inside `value`.
pub(super) fn text<'e>(value: Value<'_, 'e>, path: &[&str]) -> Option<&'e str> {
    path.iter().try_fold(value, |value, name| value.get(*name))?.into_string()
}
