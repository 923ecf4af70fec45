//! Firehose data transformation: `{"deliveryStreamArn":"…","records":[{"recordId":"…","data":"<base64>"}]}`.

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::UnixMillis;

use super::{
    delivery::{Content, Delivery},
    json::{or_empty, records, text},
    parsed_event::{ParsedEvent, Trigger},
};

/// Adds one delivery for each record, with the record id as its id.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    records(event, "records", "recordId", |index, record| {
        let record_id = or_empty(text(record, &["recordId"]));
        let arrival = record.get("approximateArrivalTimestamp").and_then(|time| time.as_i64());
        parsed.deliveries.push(Delivery {
            id: record_id.clone(),
            name: record_id,
            index,
            time: arrival.map(UnixMillis),
            content: text(record, &["data"])
                .map_or(Content::Missing("data"), |data| Content::Base64(data.into())),
        });
    })?;
    Some(Trigger::Firehose)
}
