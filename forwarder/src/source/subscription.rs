//! CloudWatch Logs invoking the function itself: `{"awslogs":{"data":"<base64 of gzip>"}}`.

use simd_json::tape::Value;

use super::{Content, Delivery, ParsedEvent, Trigger, or_empty, text};

/// The one delivery of the event. It has no id: its invocation stands for it.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    let data = text(event.get("awslogs")?, &["data"]);
    parsed.deliveries.push(Delivery {
        id: or_empty(None),
        name: or_empty(None),
        index: 0,
        time: None,
        content: data.map_or(Content::Missing("awslogs.data"), |data| Content::Base64(data.into())),
    });
    Some(Trigger::Asynchronous)
}
