//! Where log events come from: the Lambda events that carry them.
//!
//! A Lambda event is taken apart into its [`Delivery`]s, each of which is read by a [`DeliveryReader`] on its own:
//! one that is damaged costs only itself.

mod delivery;
mod eventbridge;
mod firehose;
mod kinesis;
pub mod lines;
pub mod members;
mod message;
mod object;
mod on_failure;
mod opened;
mod parked;
mod redrive;
mod s3;
mod sns;
mod sqs;
mod subscription;
mod written;

use std::borrow::Cow;

use simd_json::{
    prelude::*,
    tape::{Tape, Value},
};

use self::written::Written;
pub use self::{
    delivery::{Content, Delivery, DeliveryError, DeliveryReader, Progress, Rest},
    object::{ObjectRef, ObjectVersion},
    opened::{Opened, Trigger},
    redrive::Redrive,
};

/// Adds what an event of its kind carries, and says who sends such events; `None` when the event is of another.
///
/// Sources read a tape, not typed structs: a record of an unexpected shape must cost only itself, and with a typed
/// list it would cost its whole event.
type Source = for<'t, 'e> fn(Value<'t, 'e>, &mut Opened<'e>) -> Option<Trigger>;

/// Every source but those of [`Written`], in order of trial: what only one kind of event has comes first.
const SOURCES: [Source; 8] = [
    subscription::open,
    firehose::open,
    kinesis::open,
    sns::open,
    s3::open,
    sqs::open,
    sns::notification,
    s3::test,
];

/// Takes a Lambda event apart; it is unescaped in place.
///
/// ```
/// use tailwater_forwarder::source::{Content, Trigger, read_event};
/// let mut event = br#"{"awslogs":{"data":"H4sIAAAA"}}"#.to_vec();
/// let opened = read_event(&mut event)?;
/// assert_eq!(opened.trigger, Trigger::Asynchronous);
/// assert_eq!(opened.deliveries[0].content, Content::Base64("H4sIAAAA".into()));
/// # Ok::<(), tailwater_forwarder::source::UnknownEvent>(())
/// ```
///
/// # Errors
/// The event is no JSON, or of no known source.
pub fn read_event(event: &mut [u8]) -> Result<Opened<'_>, UnknownEvent> {
    let mut opened = Opened::default();
    match Written::of(event) {
        Some(written) => written.open(event, &mut opened)?,
        None => unescape(event, &mut opened)?,
    }
    Ok(opened)
}

/// Opens an event that is none of [`Written`].
fn unescape<'e>(event: &'e mut [u8], opened: &mut Opened<'e>) -> Result<(), UnknownEvent> {
    let size = event.len();
    let tape = tape(event)?;
    let event = tape.as_value();
    let trigger = SOURCES.iter().find_map(|source| source(event, opened));
    opened.trigger = trigger.ok_or_else(|| UnknownEvent::shape(size, event))?;
    Ok(())
}

fn tape(event: &mut [u8]) -> Result<Tape<'_>, UnknownEvent> {
    simd_json::to_tape(event).map_err(|error| UnknownEvent::Json { offset: error.index() })
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
    /// Of a known source, but this member of it is missing, wrong or too much.
    #[error("an event whose {0} is not what it has to be")]
    Member(&'static str),
    /// An event in an event, again and again.
    #[error("an event inside of too many others")]
    TooDeep,
}

impl UnknownEvent {
    fn shape(size: usize, event: Value<'_, '_>) -> Self {
        Self::Shape { size, seen: shape(event) }
    }
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

/// A text of the event, or nothing where it has none.
fn or_empty(text: Option<&str>) -> Cow<'_, str> {
    Cow::Borrowed(text.unwrap_or_default())
}

/// The text at `path` inside `value`.
fn text<'e>(value: Value<'_, 'e>, path: &[&str]) -> Option<&'e str> {
    path.iter().try_fold(value, |value, name| value.get(*name))?.into_string()
}

#[cfg(test)]
mod tests;
