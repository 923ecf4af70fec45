//! CloudWatch Logs subscription filter that invokes the function: `{"awslogs":{"data":"<base64 of gzip>"}}`.

use std::sync::Arc;

use simd_json::tape::Value;

use super::{
    delivery::{Content, Delivery},
    json::{or_empty, text},
    parsed_event::{ParsedEvent, Trigger},
};

/// Adds the only delivery of the event. It has no id, since it fails or succeeds together with the invocation.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    let data = text(event.get("awslogs")?, &["data"]);
    parsed.deliveries.push(Delivery {
        id: or_empty(None),
        name: or_empty(None),
        index: 0,
        time: None,
        origin: Arc::default(),
        content: data.map_or(Content::Missing("awslogs.data"), |data| Content::Base64(data.into())),
    });
    Some(Trigger::Asynchronous)
}
