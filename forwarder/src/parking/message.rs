//! Parked object as an SQS message: the parked object itself if it fits, else its location in S3.
//! [`source`](crate::source) reads both as Lambda events, so that the queue can also be an event source of the
//! function.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;

/// Location in S3 of a parked object that is too large for a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overflow {
    pub(super) bucket: String,
    pub(super) path: String,
}

/// Content of a message that this program sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    Object(Vec<u8>),
    Overflow(Overflow),
}

/// Builds the message that holds a parked object, in base64, since messages are text.
pub(super) fn with_object(object: &[u8]) -> String {
    BASE64_STANDARD.encode(object)
}

/// Builds the message that refers to a parked object in S3, in the form of an S3 event notification.
pub(super) fn with_location(location: &Overflow) -> String {
    let object = json!({"bucket": {"name": location.bucket}, "object": {"key": escaped(&location.path)}});
    json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": object}]})
        .to_string()
}

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "Records")]
    records: [Record; 1],
}

#[derive(Deserialize)]
struct Record {
    s3: S3Entity,
}

#[derive(Deserialize)]
struct S3Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

impl Message {
    /// Reads a message that this program sent; `None` if its text was changed since.
    pub(super) fn read(body: &str) -> Option<Self> {
        if !body.starts_with('{') {
            return BASE64_STANDARD.decode(body).ok().map(Self::Object);
        }
        let Notification { records: [Record { s3 }] } = serde_json::from_str(body).ok()?;
        Some(Self::Overflow(Overflow { bucket: s3.bucket.name, path: unescaped(&s3.object.key)? }))
    }
}

/// Escapes the key of an S3 object as S3 does in event notifications.
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/=._-".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn unescaped(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        parking::{Header, encode},
        source::{Content, read_event},
    };

    #[test]
    fn object_round_trips() {
        for object in [&b""[..], b"{\"tailwater\":\"parked\"}\n\x1f\x8b\0"] {
            assert_eq!(Message::read(&with_object(object)), Some(Message::Object(object.to_vec())));
        }
    }

    #[test]
    fn location_round_trips() {
        for path in ["parked/v1/sink=otlp/dt=2026/03/04/10/r-0-h", "a b+c/é%2F/x"] {
            let location = || Overflow { bucket: "my-bucket".to_owned(), path: path.to_owned() };
            assert_eq!(Message::read(&with_location(&location())), Some(Message::Overflow(location())));
        }
    }

    #[test]
    fn changed_message_is_rejected() {
        for body in ["?", "{}", "{\"Records\":[]}", "e30"] {
            assert_eq!(Message::read(body), None, "{body}");
        }
    }

    #[test]
    fn messages_are_valid_lambda_events() {
        let header = Header { sink: "otlp".to_owned(), ..Header::default() };
        let object = encode(&header, b"\x1f\x8b").bytes;
        let location = Overflow { bucket: "my-bucket".to_owned(), path: "a b/c".to_owned() };
        let record = |id, body| json!({"messageId": id, "eventSource": "aws:sqs", "body": body});
        let records = [record("1", with_object(&object)), record("2", with_location(&location))];
        let mut event = json!({"Records": records}).to_string().into_bytes();
        let parsed = read_event(&mut event).unwrap();
        let contents: Vec<_> = parsed.deliveries.iter().map(|delivery| &delivery.content).collect();
        let [Content::Parked(parked), Content::Object(overflow)] = contents.as_slice() else {
            panic!("{contents:?}")
        };
        assert_eq!((parked.as_ref(), overflow.key.as_str()), (object.as_slice(), "a b/c"));
    }
}
