//! Firehose data transformation: `{"deliveryStreamArn":"…","records":[{"recordId":"…","data":"<base64>"}]}`.

use std::sync::Arc;

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::{Arrival, UnixMillis};

use super::{
    delivery::{Content, Delivery},
    json::{or_empty, records, text},
    origin::DeliveryOrigin,
    parsed_event::{ParsedEvent, Trigger},
};

/// Adds one delivery for each record, with the record id as its id.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    let origin = Arc::new(origin(event));
    records(event, "records", "recordId", |index, record| {
        let record_id = or_empty(text(record, &["recordId"]));
        let arrival = record.get("approximateArrivalTimestamp").and_then(|time| time.as_i64());
        parsed.deliveries.push(Delivery {
            id: record_id.clone(),
            name: record_id,
            index,
            time: arrival.map(UnixMillis),
            origin: Arc::clone(&origin),
            content: text(record, &["data"])
                .map_or(Content::Missing("data"), |data| Content::Base64(data.into())),
        });
    })?;
    Some(Trigger::Firehose)
}

/// Returns the origin of all records. A Firehose stream may have a Kinesis data stream as its source.
fn origin(event: Value<'_, '_>) -> DeliveryOrigin {
    let member = |name| text(event, &[name]).unwrap_or_default();
    let (delivery_stream, stream) = (member("deliveryStreamArn"), member("sourceKinesisStreamArn"));
    let arrival = Arrival {
        delivery_stream_arn: delivery_stream.to_owned(),
        stream_arn: stream.to_owned(),
        ..Arrival::default()
    };
    DeliveryOrigin::of_arn(delivery_stream, text(event, &["region"]), arrival)
}
