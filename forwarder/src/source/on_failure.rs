//! Records of failed invocations, which Lambda sends to an on-failure destination with the original event.

use super::{event::read_nested, members::member, parsed_event::ParsedEvent, unknown_event::UnknownEvent};

/// True if these bytes are a record that Lambda stores of a failed invocation, whether or not its event can be used.
#[must_use]
pub fn is_failure_record(bytes: &[u8]) -> bool {
    let has = |name: &[u8]| member(bytes, name).is_some();
    has(b"requestContext") && has(b"timestamp") && has(b"version")
}

/// Adds the original event of an asynchronous invocation, from a record in a queue, a topic or a bucket:
/// `{"version":"1.0","requestContext":{…},"requestPayload":{…},"responseContext":{…}}`.
pub(super) fn open(record: &[u8], parsed: &mut ParsedEvent<'_>) -> Result<(), UnknownEvent> {
    let payload = member(record, b"requestPayload").ok_or(UnknownEvent::Member("requestPayload"))?;
    parsed.add(read_nested(payload, parsed)?);
    Ok(())
}

/// Adds the original batch of a Kinesis stream, from a record in a bucket:
/// `{"requestContext":{…},"KinesisBatchInfo":{…},"payload":"…"}`. Records in a queue or topic have no payload: then the
/// log events are only in the stream.
pub(super) fn open_batch(record: &[u8], parsed: &mut ParsedEvent<'_>) -> Result<(), UnknownEvent> {
    let payload = member(record, b"payload").and_then(|text| serde_json::from_slice::<String>(text).ok());
    let payload = payload.ok_or(UnknownEvent::Member("payload"))?;
    parsed.add(read_nested(payload.as_bytes(), parsed)?);
    Ok(())
}
