//! What a message of a queue or topic holds: another Lambda event, base64 of compressed bytes, or text.

use super::{Content, Delivery, Found, deliveries, members::Members};

/// Members that only Lambda events and SNS notifications have.
const WRAPPERS: [&[u8]; 4] = [b"awslogs", b"Records", b"records", b"Type"];

/// How base64 of gzip and of zstd begins.
const ENCODED_MAGIC: [&str; 2] = ["H4sI", "KLUv/"];

/// Hands out what is inside a message. Each level of wrapping doubles the escapes around the next, so the message's
/// size bounds how deep this goes.
pub(super) fn open(delivery: &Delivery<'_>, found: &mut Found<'_>) {
    match delivery.content {
        Content::Text(text) if is_encoded(text) => {
            found(&Delivery { content: Content::Base64(text.trim()), ..*delivery });
        }
        Content::Text(text) if is_wrapper(text) => unwrap(delivery, text, found),
        Content::Text(_) | Content::Base64(_) | Content::Missing(_) => found(delivery),
    }
}

fn is_encoded(text: &str) -> bool {
    ENCODED_MAGIC.iter().any(|magic| text.trim_start().starts_with(magic))
}

fn is_wrapper(text: &str) -> bool {
    Members::of(text.as_bytes())
        .is_some_and(|mut members| members.any(|member| WRAPPERS.contains(&member.name)))
}

/// The deliveries of the event that `text` is, under the message's own name: it is what AWS can be told to resend.
fn unwrap(delivery: &Delivery<'_>, text: &str, found: &mut Found<'_>) {
    let mut event = text.as_bytes().to_vec();
    let opened = deliveries(&mut event, &mut |inner| {
        found(&Delivery {
            id: delivery.id,
            index: delivery.index,
            time: inner.time.or(delivery.time),
            ..*inner
        });
    });
    // A log line may well have a member of such a name.
    if opened.is_err() {
        found(delivery);
    }
}
