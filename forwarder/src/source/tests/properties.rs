use proptest::prelude::*;

use super::*;

/// Words that events of all kinds are told by, so that what is made of them goes deep.
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
    fn any_bytes_open_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut event = bytes.clone();
        let _ = read_event(&mut event);
    }

    #[test]
    fn any_text_opens_or_is_refused(text in text()) {
        let mut event = text.clone().into_bytes();
        let _ = read_event(&mut event);
    }

    /// A message is never lost: whatever it is, it is a delivery under its own id, or understood to need none.
    #[test]
    fn any_message_of_a_queue_is_a_delivery_or_understood(text in text()) {
        let mut event = in_sqs(&text).into_bytes();
        let parsed = read_event(&mut event).unwrap();
        let understood = !parsed.redrives.is_empty() || parsed.ignored > 0;
        let empty = text.contains("[]");
        prop_assert!(understood || empty || !parsed.deliveries.is_empty());
        prop_assert!(parsed.deliveries.iter().all(|delivery| delivery.id == "m1" && delivery.index == 0));
    }

    #[test]
    fn an_event_cut_anywhere_is_refused(cut in 1..100_usize) {
        let whole = in_sqs(r#"{"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}"#);
        let cut = whole.len().saturating_sub(cut);
        let mut event = whole.as_bytes()[..cut].to_vec();
        prop_assert!(read_event(&mut event).is_err());
    }
}
