//! Parsing of Lambda events from all known event sources, also of events that are nested in messages of other events.

use simd_json::tape::Value;

use super::{
    eventbridge, firehose,
    json::tape,
    kinesis, on_failure, parked,
    parsed_event::{ParsedEvent, Trigger},
    redrive::{self, RedriveFilter},
    s3, sns, sqs, subscription,
    unescaped_event::UnescapedEvent,
    unknown_event::UnknownEvent,
};

/// Function that adds the deliveries of an event from one event source, and returns the trigger; `None` if the event
/// comes from another source.
///
/// Such a function reads a tape (all values of the JSON text in one list) instead of typed structs, so that a record of
/// an unexpected shape fails alone. With a typed list it would fail the whole event.
type Source = for<'t, 'e> fn(Value<'t, 'e>, &mut ParsedEvent<'e>) -> Option<Trigger>;

/// All event sources except those of [`UnescapedEvent`], in the order in which they are tried: the most specific ones
/// first.
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

/// Parses a Lambda event. Its JSON strings are unescaped in place.
///
/// ```
/// use tailwater_forwarder::source::{Content, Trigger, read_event};
/// let mut event = br#"{"awslogs":{"data":"H4sIAAAA"}}"#.to_vec();
/// let parsed = read_event(&mut event)?;
/// assert_eq!(parsed.trigger, Trigger::Asynchronous);
/// assert_eq!(parsed.deliveries[0].content, Content::Base64("H4sIAAAA".into()));
/// # Ok::<(), tailwater_forwarder::source::UnknownEvent>(())
/// ```
///
/// # Errors
/// Returns an error if the event is not JSON, comes from an unknown source, or is invalid.
pub fn read_event(event: &mut [u8]) -> Result<ParsedEvent<'_>, UnknownEvent> {
    let mut parsed = ParsedEvent::default();
    match UnescapedEvent::detect(event) {
        Some(kind) => open(kind, event, &mut parsed)?,
        None => unescape(event, &mut parsed)?,
    }
    Ok(parsed)
}

/// Parses the Lambda event `text`, which is nested in the event `outer`.
pub(super) fn read_nested(
    text: &[u8],
    outer: &ParsedEvent<'_>,
) -> Result<ParsedEvent<'static>, UnknownEvent> {
    let mut copy;
    let mut event = outer.nested().ok_or(UnknownEvent::TooDeep)?;
    match UnescapedEvent::detect(text) {
        Some(kind) => open(kind, text, &mut event)?,
        None => {
            copy = text.to_vec();
            unescape(&mut copy, &mut event)?;
        }
    }
    Ok(event.into_owned())
}

/// Parses an event that must not be unescaped as a whole.
fn open<'e>(kind: UnescapedEvent, event: &'e [u8], parsed: &mut ParsedEvent<'e>) -> Result<(), UnknownEvent> {
    match kind {
        UnescapedEvent::EventBridge => eventbridge::open(event, parsed)?,
        UnescapedEvent::Failed => on_failure::open(event, parsed)?,
        UnescapedEvent::FailedBatch => on_failure::open_batch(event, parsed)?,
        UnescapedEvent::Redrive => parsed.redrives.push(redrive::read(event)?),
        UnescapedEvent::Retry => parsed.redrives.push(RedriveFilter::default()),
        UnescapedEvent::Parked => parked::open(event, parsed),
    }
    Ok(())
}

/// Unescapes the JSON strings of an event in place, and parses it.
fn unescape<'e>(event: &'e mut [u8], parsed: &mut ParsedEvent<'e>) -> Result<(), UnknownEvent> {
    let size = event.len();
    let tape = tape(event)?;
    let event = tape.as_value();
    let trigger = SOURCES.iter().find_map(|source| source(event, parsed));
    parsed.trigger = trigger.ok_or_else(|| UnknownEvent::shape(size, event))?;
    Ok(())
}
