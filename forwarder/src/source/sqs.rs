//! Messages of an SQS queue: `{"Records":[{"messageId":"…","body":"…"}]}`.

use simd_json::tape::Value;
use tailwater_parser::UnixMillis;

use super::{Content, Delivery, Found, message, records, text};

/// One delivery a message, or as many as the Lambda event in its body has.
pub(super) fn deliveries(event: Value<'_, '_>, found: &mut Found<'_>) -> Option<()> {
    records(event, "Records", "body", |index, record| {
        let sent = text(record, &["attributes", "SentTimestamp"]);
        let delivery = Delivery {
            id: text(record, &["messageId"]).unwrap_or_default(),
            index,
            time: sent.and_then(|millis| millis.parse().ok()).map(UnixMillis),
            content: text(record, &["body"]).map_or(Content::Missing("body"), Content::Text),
        };
        message::open(&delivery, found);
    })
}
