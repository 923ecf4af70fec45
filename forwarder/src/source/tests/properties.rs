use proptest::prelude::*;

use super::*;

/// Fragments by which events of all kinds are recognised, so that random texts reach most of the code.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\\"",
    "null",
    "1",
    " ",
    "\"awslogs\":",
    "\"data\":",
    "\"Records\":[",
    "\"records\":[",
    "\"kinesis\":{",
    "\"recordId\":",
    "\"s3\":{",
    "\"object\":{",
    "\"key\":\"a%2\"",
    "\"bucket\":{\"name\":",
    "\"body\":",
    "\"Sns\":{",
    "\"Message\":",
    "\"Type\":\"Notification\"",
    "\"detail-type\":\"Object Created\"",
    "\"source\":\"aws.s3\"",
    "\"detail\":{",
    "\"tailwater\":",
    "\"redrive\":{",
    "\"parked\"",
    "\"requestPayload\":",
    "\"KinesisBatchInfo\":",
    "\"payload\":",
    "\"{\\\"awslogs\\\":",
    "eyJ0YWlsd2F0ZXIi",
    "H4sI",
    "\"x\"",
];

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn random_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut event = bytes.clone();
        let _ = read_event(&mut event);
    }

    #[test]
    fn random_text_does_not_panic(text in text()) {
        let mut event = text.clone().into_bytes();
        let _ = read_event(&mut event);
    }

    /// A message is never lost: it is a delivery with the message's id, a redrive request, or ignored.
    #[test]
    fn random_message_of_a_queue_is_not_lost(text in text()) {
        let mut event = in_sqs(&text).into_bytes();
        let parsed = read_event(&mut event).unwrap();
        let needs_no_delivery = !parsed.redrives.is_empty() || parsed.ignored > 0;
        let empty = text.contains("[]");
        prop_assert!(needs_no_delivery || empty || !parsed.deliveries.is_empty());
        prop_assert!(parsed.deliveries.iter().all(|delivery| delivery.id == "m1" && delivery.index == 0));
    }

    #[test]
    fn truncated_event_is_rejected(cut in 1..100_usize) {
        let whole = in_sqs(r#"{"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}"#);
        let cut = whole.len().saturating_sub(cut);
        let mut event = whole.as_bytes()[..cut].to_vec();
        prop_assert!(read_event(&mut event).is_err());
    }
}
