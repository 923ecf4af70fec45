//! Settings of the Datadog Forwarder about the store of failed events, and about functions that get each event, too.

use super::rules::switch;
use crate::{
    parking::{BucketPath, Location},
    settings::{
        kind::Kind,
        reader::Reader,
        setting::{Setting, TypedSetting},
    },
    value::{self, FunctionRef, QueueUrl, ValueError},
};

pub(in crate::settings) const STORE_FAILED_EVENTS: TypedSetting<bool> =
    Setting::new("DD_STORE_FAILED_EVENTS", Kind::Switch)
        .default("false")
        .doc("If true and `TAILWATER_PARKING` is not set, events that cannot be delivered are parked in `DD_SQS_QUEUE_URL` or `DD_S3_BUCKET_NAME`.")
        .accepts(&["true", "False"])
        .rejects(&[("no", ValueError::UnknownWord)])
        .parsed_by(switch);

pub(in crate::settings) const S3_BUCKET_NAME: TypedSetting<BucketPath> =
    Setting::new("DD_S3_BUCKET_NAME", Kind::Bucket)
        .doc("Bucket of `DD_STORE_FAILED_EVENTS`; objects are stored below `tailwater/`.")
        .accepts(&["datadog-forwarder-bucket"])
        .rejects(&[("My_Bucket", ValueError::BadBucket)])
        .parsed_by(|text| BucketPath::read(&format!("s3://{text}/tailwater")));

pub(in crate::settings) const SQS_QUEUE_URL: TypedSetting<QueueUrl> =
    Setting::new("DD_SQS_QUEUE_URL", Kind::Url)
        .doc("Queue of `DD_STORE_FAILED_EVENTS`; it takes precedence over `DD_S3_BUCKET_NAME`, which holds what is too large for a message.")
        .accepts(&["https://sqs.eu-west-1.amazonaws.com/123456789012/failed"])
        .rejects(&[("failed", ValueError::NoScheme)])
        .parsed_as_url_by(QueueUrl::read);

pub(in crate::settings) const TARGET_LAMBDAS: TypedSetting<Vec<FunctionRef>> =
    Setting::new("DD_ADDITIONAL_TARGET_LAMBDAS", Kind::List)
        .doc("Functions (ARNs or names) that are invoked asynchronously with each event that Tailwater gets. A failure is logged and counted, and changes nothing else.")
        .accepts(&["arn:aws:lambda:eu-west-1:123456789012:function:audit", "audit,backup"])
        .rejects(&[("audit,,x", ValueError::EmptyItem), ("a/b", ValueError::BadArn)])
        .parsed_by(|text| value::list(text)?.iter().map(|item| FunctionRef::read(item)).collect());

/// Returns the place for failed events that the settings of the Datadog Forwarder name.
pub(in crate::settings) fn parking(reader: &mut Reader<'_>) -> Option<Location> {
    let bucket = reader.optional(&S3_BUCKET_NAME);
    let queue = reader.optional(&SQS_QUEUE_URL);
    if reader.value(&STORE_FAILED_EVENTS) != Some(true) {
        return None;
    }
    match queue {
        Some(url) => Some(Location::Sqs { url, overflow: bucket }),
        None => bucket.map(Location::S3),
    }
}
