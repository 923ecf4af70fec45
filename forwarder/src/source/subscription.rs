//! CloudWatch Logs invoking the function itself: `{"awslogs":{"data":"<base64 of gzip>"}}`.

use simd_json::tape::Value;

use super::{Content, Delivery, Found, text};

/// The one delivery of the event. It has no id: its invocation stands for it.
pub(super) fn deliveries(event: Value<'_, '_>, found: &mut Found<'_>) -> Option<()> {
    let awslogs = event.get("awslogs")?;
    let content = text(awslogs, &["data"]).map_or(Content::Missing("awslogs.data"), Content::Base64);
    found(&Delivery { id: "", index: 0, time: None, content });
    Some(())
}
