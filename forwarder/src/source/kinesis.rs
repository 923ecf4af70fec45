//! Records of a Kinesis stream: `{"Records":[{"kinesis":{"data":"<base64>","sequenceNumber":"…"}}]}`.

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::UnixMillis;

use super::{Content, Delivery, Found, records, text};

/// One delivery a record, named by its sequence number.
pub(super) fn deliveries(event: Value<'_, '_>, found: &mut Found<'_>) -> Option<()> {
    records(event, "Records", "kinesis", |index, record| {
        let data = text(record, &["kinesis", "data"]);
        found(&Delivery {
            id: text(record, &["kinesis", "sequenceNumber"]).unwrap_or_default(),
            index,
            time: arrival(record),
            content: data.map_or(Content::Missing("kinesis.data"), Content::Base64),
        });
    })
}

/// When the stream took the record; Lambda writes it in seconds, with a fraction.
fn arrival(record: Value<'_, '_>) -> Option<UnixMillis> {
    let seconds = record.get("kinesis")?.get("approximateArrivalTimestamp")?.cast_f64()?;
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "saturates, and is approximate"
    )]
    let millis = (seconds * 1000.0).round() as i64;
    Some(UnixMillis(millis))
}
