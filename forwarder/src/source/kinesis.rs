//! Kinesis data stream: `{"Records":[{"kinesis":{"data":"<base64>","sequenceNumber":"…"}}]}`.

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::{Arrival, UnixMillis};

use super::{
    delivery::{Content, Delivery},
    json::{or_empty, records, text},
    origin::SharedOrigin,
    parsed_event::{ParsedEvent, Trigger},
};

/// Adds one delivery for each record, with the sequence number as its id.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    let mut origin = SharedOrigin::default();
    records(event, "Records", "kinesis", |index, record| {
        let sequence_number = or_empty(text(record, &["kinesis", "sequenceNumber"]));
        let data = text(record, &["kinesis", "data"]);
        let stream = text(record, &["eventSourceARN"]);
        let arrival = |stream_arn| Arrival { stream_arn, ..Arrival::default() };
        parsed.deliveries.push(Delivery {
            id: sequence_number.clone(),
            name: sequence_number,
            index,
            time: accepted(record),
            origin: origin.of_arn(stream, text(record, &["awsRegion"]), arrival),
            content: data.map_or(Content::Missing("kinesis.data"), |data| Content::Base64(data.into())),
        });
    })?;
    Some(Trigger::Kinesis)
}

/// Returns the time at which the Kinesis stream accepted the record. Lambda writes it as a number of seconds with a
/// fraction.
fn accepted(record: Value<'_, '_>) -> Option<UnixMillis> {
    let seconds = record.get("kinesis")?.get("approximateArrivalTimestamp")?.cast_f64()?;
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "saturates, and is approximate"
    )]
    let millis = (seconds * 1000.0).round() as i64;
    Some(UnixMillis(millis))
}
