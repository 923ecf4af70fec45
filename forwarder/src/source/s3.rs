//! S3 event notifications about new objects, from the bucket itself or through EventBridge (`Object Created`).

use std::{borrow::Cow, sync::Arc};

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::{ByteSize, UnixMillis, timestamp};

use super::{
    delivery::{Content, Delivery},
    export,
    json::{records, text},
    object::{ObjectRef, ObjectVersion},
    parsed_event::{ParsedEvent, Trigger},
};

/// Prefix of the names of S3 events about new objects.
const CREATED: &str = "ObjectCreated:";

/// Adds one delivery for each new object:
/// `{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"…"},"object":{"key":"…"}}}]}`.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    records(event, "Records", "s3", |index, record| {
        // AWS omits the prefix `s3:` in events; in configurations it is part of the name.
        let name = text(record, &["eventName"]).unwrap_or_default();
        if !name.is_empty() && !name.trim_start_matches("s3:").starts_with(CREATED) {
            parsed.ignored = parsed.ignored.saturating_add(1);
            return;
        }
        let time = text(record, &["eventTime"]).and_then(timestamp::read_all);
        add(parsed, delivery(index, time, "", object_of_record(record)));
    })?;
    Some(Trigger::Asynchronous)
}

/// Ignores the test that S3 sends when a notification is configured:
/// `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"…"}`.
pub(super) fn test<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    (text(event, &["Event"])? == "s3:TestEvent").then_some(())?;
    parsed.ignored = parsed.ignored.saturating_add(1);
    Some(Trigger::Asynchronous)
}

/// Adds the delivery for an EventBridge event about a new S3 object. Keys are not escaped in these events.
pub(super) fn created(event: Value<'_, '_>, time: Option<UnixMillis>, parsed: &mut ParsedEvent<'_>) {
    let string = |path: &[&str]| text(event, path).map(str::to_owned);
    let object = event.get("detail").and_then(|detail| detail.get("object"));
    let found = string(&["detail", "bucket", "name"]).ok_or("detail.bucket.name").and_then(|bucket| {
        Ok(ObjectRef {
            bucket,
            region: string(&["region"]),
            key: string(&["detail", "object", "key"]).ok_or("detail.object.key")?,
            version: version(object, "version-id", "etag"),
            size: size(object),
        })
    });
    add(parsed, delivery(0, time, text(event, &["account"]).unwrap_or_default(), found));
}

/// Adds the delivery of an S3 object, unless it is the one by which CloudWatch tests that it may export to a bucket.
fn add(parsed: &mut ParsedEvent<'_>, delivery: Delivery<'static>) {
    let is_test = matches!(
        &delivery.content,
        Content::Object(object) if object.key.rsplit('/').next() == Some(export::WRITE_TEST)
    );
    if is_test {
        parsed.ignored = parsed.ignored.saturating_add(1);
    } else {
        parsed.deliveries.push(delivery);
    }
}

/// Creates the delivery of an S3 object. `account` is that of the bucket, or empty.
fn delivery(
    index: usize,
    time: Option<UnixMillis>,
    account: &str,
    object: Result<ObjectRef, &'static str>,
) -> Delivery<'static> {
    let id = Cow::Borrowed("");
    match object {
        Ok(object) => {
            let (name, origin) = (object.name(), Arc::new(object.origin(account)));
            let content = Content::Object(Box::new(object));
            Delivery { id, name: Cow::Owned(name), index, time, origin, content }
        }
        Err(missing) => {
            let (name, content) = (Cow::Borrowed(""), Content::Missing(missing));
            Delivery { id, name, index, time, origin: Arc::default(), content }
        }
    }
}

/// Returns the S3 object that a record of a notification names, or the name of the member that is missing.
fn object_of_record(record: Value<'_, '_>) -> Result<ObjectRef, &'static str> {
    let bucket = text(record, &["s3", "bucket", "name"]).ok_or("s3.bucket.name")?;
    let key = text(record, &["s3", "object", "key"]).and_then(form_decoded).ok_or("s3.object.key")?;
    let object = record.get("s3").and_then(|s3| s3.get("object"));
    Ok(ObjectRef {
        bucket: bucket.to_owned(),
        region: text(record, &["awsRegion"]).map(str::to_owned),
        key,
        version: version(object, "versionId", "eTag"),
        size: size(object),
    })
}

fn version(object: Option<Value<'_, '_>>, id: &str, etag: &str) -> ObjectVersion {
    let member = |name: &str| {
        let text = object.and_then(|object| text(object, &[name]));
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    // The version id is `null` in a bucket whose versioning is suspended.
    let id = member(id).filter(|id| id != "null");
    id.map(ObjectVersion::Id).or_else(|| member(etag).map(ObjectVersion::ETag)).unwrap_or_default()
}

fn size(object: Option<Value<'_, '_>>) -> Option<ByteSize> {
    object?.get("size")?.as_u64().map(ByteSize)
}

/// Decodes the key in an S3 notification, which is escaped like a form: `+` is a space, other bytes are
/// percent-encoded.
fn form_decoded(key: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next()?)? * 16 + digit(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|key| !key.is_empty())
}

fn digit(hexadecimal: u8) -> Option<u8> {
    char::from(hexadecimal).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
