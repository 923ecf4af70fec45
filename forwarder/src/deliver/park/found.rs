//! What lies where deliveries wait: parked by us, or by AWS, which wraps the event in a record of its own.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Parked, ParkedError, decode};

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'b> {
    /// A delivery, and what it owes.
    Parked(Box<Parked<'b>>),
    /// An event as Lambda was invoked with it, which AWS put away when it was not taken. It owes everything to all.
    Event(Vec<u8>),
}

/// The record that Lambda writes for an on-failure destination: asynchronous invocations have `requestPayload`, streams
/// in S3 have `payload`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'b> {
    #[serde(borrow)]
    request_context: Option<&'b RawValue>,
    #[serde(borrow)]
    request_payload: Option<&'b RawValue>,
    #[serde(borrow)]
    payload: Option<&'b RawValue>,
}

impl<'b> Found<'b> {
    /// Reads what was found: a parked object, an on-failure record, or a bare event, as dead-letter queues hold it.
    ///
    /// # Errors
    /// It is none of these, of a format that this version does not know, damaged, or a record without its event.
    pub fn read(bytes: &'b [u8]) -> Result<Self, ParkedError> {
        match decode(bytes) {
            Err(ParkedError::NotParked) => event(bytes).map(Self::Event),
            parked => parked.map(|parked| Self::Parked(Box::new(parked))),
        }
    }
}

fn event(bytes: &[u8]) -> Result<Vec<u8>, ParkedError> {
    let begins_object = bytes.trim_ascii_start().first() == Some(&b'{');
    let whole: &RawValue = serde_json::from_slice(bytes).map_err(|_| ParkedError::NotParked)?;
    if !begins_object {
        return Err(ParkedError::NotParked);
    }
    let record =
        serde_json::from_slice::<Record<'_>>(bytes).ok().filter(|record| record.request_context.is_some());
    let Some(record) = record else { return Ok(whole.get().as_bytes().to_vec()) };
    let payload = record.request_payload.or(record.payload).filter(|payload| payload.get() != "null");
    unquoted(payload.ok_or(ParkedError::NoEvent)?.get())
}

/// An event that stands as JSON, or as JSON in a text.
fn unquoted(payload: &str) -> Result<Vec<u8>, ParkedError> {
    if payload.starts_with('"') {
        let text: String = serde_json::from_str(payload).map_err(|_| ParkedError::NoEvent)?;
        Ok(text.into_bytes())
    } else {
        Ok(payload.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Header, *};

    #[track_caller]
    fn check(bytes: &str, expected: Result<&str, ParkedError>) {
        let found = Found::read(bytes.as_bytes());
        assert_eq!(found, expected.map(|event| Found::Event(event.as_bytes().to_vec())), "{bytes}");
    }

    const EVENT: &str = r#"{"awslogs":{"data":"H4sI/+ ="},"n":1.50}"#;

    #[test]
    fn a_bare_event_is_taken_as_it_is() {
        check(EVENT, Ok(EVENT));
        check(&format!(" {EVENT}\n"), Ok(EVENT));
    }

    #[test]
    fn the_event_of_an_asynchronous_invocation_is_taken_out_of_its_record() {
        let context = r#""requestContext":{"requestId":"r","condition":"RetriesExhausted"}"#;
        let record = format!(
            r#"{{"version":"1.0","timestamp":"2026-03-04T10:00:00.000Z",{context},"requestPayload":{EVENT},"responsePayload":null}}"#
        );
        check(&record, Ok(EVENT));
    }

    #[test]
    fn the_event_of_a_stream_is_taken_out_of_its_record_in_s3() {
        let quoted = serde_json::to_string(EVENT).unwrap();
        for payload in [EVENT, &quoted] {
            let record = format!(r#"{{"requestContext":{{}},"KinesisBatchInfo":{{}},"payload":{payload}}}"#);
            check(&record, Ok(EVENT));
        }
    }

    #[test]
    fn a_record_without_its_event_is_told() {
        check(r#"{"requestContext":{},"KinesisBatchInfo":{"shardId":"s"}}"#, Err(ParkedError::NoEvent));
        check(r#"{"requestContext":{},"requestPayload":null}"#, Err(ParkedError::NoEvent));
    }

    #[test]
    fn what_is_no_json_object_is_nothing_of_ours() {
        for bytes in ["", "\0", "[]", "\"{}\"", "{\"a\":1", "{} {}"] {
            check(bytes, Err(ParkedError::NotParked));
        }
    }

    #[test]
    fn what_we_parked_is_found_as_that() {
        let header = Header { sink: "otlp".to_owned(), ..Header::default() };
        let encoded = super::super::encode(&header, b"{\"requestContext\":{}}");
        let Found::Parked(parked) = Found::read(&encoded.bytes).unwrap() else { panic!("it was parked") };
        assert_eq!((parked.header.sink.as_str(), parked.delivery), ("otlp", &b"{\"requestContext\":{}}"[..]));
        let mut damaged = encoded.bytes;
        damaged.push(b'x');
        assert_eq!(Found::read(&damaged), Err(ParkedError::DamagedContent));
    }
}
