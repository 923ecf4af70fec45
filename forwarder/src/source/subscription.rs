//! CloudWatch Logs invoking the function itself: `{"awslogs":{"data":"<base64 of gzip>"}}`.

use simd_json::tape::Value;

use super::{Content, Delivery, Opened, Trigger, or_empty, text};

/// The one delivery of the event. It has no id: its invocation stands for it.
pub(super) fn open<'e>(event: Value<'_, 'e>, opened: &mut Opened<'e>) -> Option<Trigger> {
    let data = text(event.get("awslogs")?, &["data"]);
    opened.deliveries.push(Delivery {
        id: or_empty(None),
        name: or_empty(None),
        index: 0,
        time: None,
        content: data.map_or(Content::Missing("awslogs.data"), |data| Content::Base64(data.into())),
    });
    Some(Trigger::Asynchronous)
}
