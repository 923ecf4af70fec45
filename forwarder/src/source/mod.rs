//! Where log events come from: the Lambda events that carry them, and (feature `cli`) the files people keep them in.
//!
//! A Lambda event is taken apart into its [`Delivery`]s, each of which is read by a [`DeliveryReader`] on its own:
//! one that is damaged costs only itself.

mod delivery;
#[cfg(feature = "cli")]
pub mod files;
mod firehose;
mod kinesis;
mod lines;
mod members;
mod message;
mod sns;
mod sqs;
mod subscription;

pub use self::delivery::{Content, Delivery, DeliveryError, DeliveryReader, Progress, Rest};

use simd_json::{prelude::*, tape::Value};

/// What is called with each delivery of an event, in the event's order.
pub type Found<'f> = dyn FnMut(&Delivery<'_>) + 'f;

/// Hands out the deliveries of an event of its kind; `None` when the event is of another.
///
/// Sources read a tape, not typed structs: a record of an unexpected shape must cost only itself, and with a typed
/// list it would cost its whole event.
type Source = fn(Value<'_, '_>, &mut Found<'_>) -> Option<()>;

/// Every source, in order of trial: what only one kind of event has comes first.
const SOURCES: [Source; 6] = [
    subscription::deliveries,
    firehose::deliveries,
    kinesis::deliveries,
    sns::deliveries,
    sqs::deliveries,
    sns::notification,
];

/// Hands out the deliveries of a Lambda event, which is unescaped in place.
///
/// # Errors
/// The event is no JSON, or of no known source. Nothing was handed out.
pub fn deliveries(event: &mut [u8], found: &mut Found<'_>) -> Result<(), UnknownEvent> {
    let size = event.len();
    let tape = simd_json::to_tape(event).map_err(|error| UnknownEvent::Json { offset: error.index() })?;
    let event = tape.as_value();
    let recognised = SOURCES.iter().find_map(|source| source(event, found));
    recognised.ok_or_else(|| UnknownEvent::Shape { size, seen: shape(event) })
}

/// Why an event has no deliveries. Says what was seen by names and sizes, never by content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEvent {
    /// Damaged, or something else.
    #[error("not JSON at byte {offset}")]
    Json {
        /// In the event.
        offset: usize,
    },
    /// JSON of no known source.
    #[error("an event of no known source: {size} bytes, {seen}")]
    Shape {
        /// Of the event, in bytes.
        size: usize,
        /// Its outermost members.
        seen: String,
    },
}

/// More members than this are counted, not named.
const NAMED_MEMBERS: usize = 8;

fn shape(event: Value<'_, '_>) -> String {
    let Some(object) = event.as_object() else {
        return format!("not an object but {}", size(event));
    };
    let mut seen: Vec<_> = object
        .iter()
        .take(NAMED_MEMBERS)
        .map(|(name, value)| format!("{}: {}", short(name), size(value)))
        .collect();
    if object.len() > NAMED_MEMBERS {
        seen.push(format!("{} more", object.len() - NAMED_MEMBERS));
    }
    if seen.is_empty() { "no members".to_owned() } else { seen.join(", ") }
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

fn size(value: Value<'_, '_>) -> String {
    match (value.as_object(), value.as_array(), value.as_str()) {
        (Some(object), _, _) => format!("an object of {}", object.len()),
        (_, Some(array), _) => format!("an array of {}", array.len()),
        (_, _, Some(text)) => format!("a string of {} bytes", text.len()),
        (None, None, None) => "a number, true, false or null".to_owned(),
    }
}

/// Calls `each` with every record of the event's list `name`; `None` unless one of them has the member `mark`.
fn records<'t, 'e>(
    event: Value<'t, 'e>,
    name: &str,
    mark: &str,
    mut each: impl FnMut(usize, Value<'t, 'e>),
) -> Option<()> {
    let records = event.get_array(name)?;
    records.iter().any(|record| record.contains_key(mark)).then_some(())?;
    records.iter().enumerate().for_each(|(index, record)| each(index, record));
    Some(())
}

/// The text at `path` inside `value`.
fn text<'e>(value: Value<'_, 'e>, path: &[&str]) -> Option<&'e str> {
    path.iter().try_fold(value, |value, name| value.get(*name))?.into_string()
}

#[cfg(test)]
mod tests;
