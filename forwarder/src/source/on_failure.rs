//! What AWS keeps of an invocation that failed: the record that an on-failure destination gets, with the original event.

use super::{ParsedEvent, UnknownEvent, members::member, message::event_within};

/// Opens the original event of `{"version":"1.0","requestContext":{…},"requestPayload":{…},"responseContext":{…}}`, which
/// an asynchronous invocation leaves behind in a queue, a topic or a bucket.
pub(super) fn open(record: &[u8], parsed: &mut ParsedEvent<'_>) -> Result<(), UnknownEvent> {
    let payload = member(record, b"requestPayload").ok_or(UnknownEvent::Member("requestPayload"))?;
    parsed.add(event_within(payload, parsed)?);
    Ok(())
}

/// Opens the original event of `{"requestContext":{…},"KinesisBatchInfo":{…},"payload":"…"}`, which a stream leaves behind
/// in a bucket. A queue or topic gets the record without it: then the events are in the stream only.
pub(super) fn open_batch(record: &[u8], parsed: &mut ParsedEvent<'_>) -> Result<(), UnknownEvent> {
    let payload = member(record, b"payload").and_then(|text| serde_json::from_slice::<String>(text).ok());
    let payload = payload.ok_or(UnknownEvent::Member("payload"))?;
    parsed.add(event_within(payload.as_bytes(), parsed)?);
    Ok(())
}
