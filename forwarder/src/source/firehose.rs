//! A Firehose transformation: `{"deliveryStreamArn":"…","records":[{"recordId":"…","data":"<base64>"}]}`.

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::UnixMillis;

use super::{Content, Delivery, Found, records, text};

/// One delivery a record, named by its record id.
pub(super) fn deliveries(event: Value<'_, '_>, found: &mut Found<'_>) -> Option<()> {
    records(event, "records", "recordId", |index, record| {
        let arrival = record.get("approximateArrivalTimestamp").and_then(|time| time.as_i64());
        found(&Delivery {
            id: text(record, &["recordId"]).unwrap_or_default(),
            index,
            time: arrival.map(UnixMillis),
            content: text(record, &["data"]).map_or(Content::Missing("data"), Content::Base64),
        });
    })
}
