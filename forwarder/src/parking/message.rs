//! A parked object as a message of a queue: itself where it fits, else where it lies. Both are events that
//! `source` opens, so that a queue may also be what invokes the Lambda.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;

/// Where an object lies that is too large for a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elsewhere {
    pub(super) bucket: String,
    pub(super) path: String,
}

/// A message of ours. Queues take text only, so what is binary is written in base64.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    Object(Vec<u8>),
    Elsewhere(Elsewhere),
}

/// The object itself.
pub(super) fn holding(object: &[u8]) -> String {
    BASE64_STANDARD.encode(object)
}

/// Where the object lies, in the form of a notification of S3's.
pub(super) fn pointing(to: &Elsewhere) -> String {
    let object = json!({"bucket": {"name": to.bucket}, "object": {"key": escaped(&to.path)}});
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
    s3: Place,
}

#[derive(Deserialize)]
struct Place {
    bucket: Named,
    object: Keyed,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

impl Message {
    /// Reads a message that we sent; `None` when it was changed.
    pub(super) fn read(body: &str) -> Option<Self> {
        if !body.starts_with('{') {
            return BASE64_STANDARD.decode(body).ok().map(Self::Object);
        }
        let Notification { records: [Record { s3 }] } = serde_json::from_str(body).ok()?;
        Some(Self::Elsewhere(Elsewhere { bucket: s3.bucket.name, path: unescaped(&s3.object.key)? }))
    }
}

/// As S3 writes keys in notifications.
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
    fn an_object_comes_back_as_it_went() {
        for object in [&b""[..], b"{\"tailwater\":\"parked\"}\n\x1f\x8b\0"] {
            assert_eq!(Message::read(&holding(object)), Some(Message::Object(object.to_vec())));
        }
    }

    #[test]
    fn a_place_comes_back_as_it_went() {
        for path in ["parked/v1/sink=otlp/dt=2026/03/04/10/r-0-h", "a b+c/é%2F/x"] {
            let place = || Elsewhere { bucket: "my-bucket".to_owned(), path: path.to_owned() };
            assert_eq!(Message::read(&pointing(&place())), Some(Message::Elsewhere(place())));
        }
    }

    #[test]
    fn a_message_that_was_changed_is_none() {
        for body in ["?", "{}", "{\"Records\":[]}", "e30"] {
            assert_eq!(Message::read(body), None, "{body}");
        }
    }

    #[test]
    fn what_stands_in_a_queue_can_also_invoke_the_lambda() {
        let header = Header { sink: "otlp".to_owned(), ..Header::default() };
        let object = encode(&header, b"\x1f\x8b").bytes;
        let place = Elsewhere { bucket: "my-bucket".to_owned(), path: "a b/c".to_owned() };
        let record = |id, body| json!({"messageId": id, "eventSource": "aws:sqs", "body": body});
        let event = json!({"Records": [record("1", holding(&object)), record("2", pointing(&place))]});
        let mut event = event.to_string().into_bytes();
        let opened = read_event(&mut event).unwrap();
        let contents: Vec<_> = opened.deliveries.iter().map(|delivery| &delivery.content).collect();
        let [Content::Parked(parked), Content::Object(pointed)] = contents.as_slice() else {
            panic!("{contents:?}")
        };
        assert_eq!((parked.as_ref(), pointed.key.as_str()), (object.as_slice(), "a b/c"));
    }
}
