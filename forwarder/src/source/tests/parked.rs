use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::*;
use crate::parking;

/// Returns a parked object with this delivery.
fn object(delivery: &[u8]) -> Vec<u8> {
    let header = parking::Header {
        sink: "otlp".to_owned(),
        delivery_id: "495".to_owned(),
        ..parking::Header::default()
    };
    parking::encode(&header, delivery).bytes
}

/// Checks that the only delivery of `event` is a parked object with this delivery.
fn check_parked(event: &str, delivery: &[u8]) {
    let mut event = event.as_bytes().to_vec();
    let parsed = read_event(&mut event).unwrap();
    let [Delivery { id, content: Content::Parked(bytes), .. }] = parsed.deliveries.as_slice() else {
        panic!("{parsed:?}");
    };
    let parked = parking::decode(bytes).unwrap();
    assert_eq!((&**id, parked.header.sink.as_str(), parked.delivery), ("m1", "otlp", delivery));
}

#[test]
fn parked_object_in_a_queue_is_recognised() {
    let text = object(b"a line\n");
    check_parked(&in_sqs(str::from_utf8(&text).unwrap()), b"a line\n");
    let binary = object(&[0x1f, 0x8b, 0xff]);
    check_parked(&in_sqs(&STANDARD.encode(&binary)), &[0x1f, 0x8b, 0xff]);
    check_parked(&in_sqs(&notification(&STANDARD.encode(&binary))), &[0x1f, 0x8b, 0xff]);
}

#[test]
fn base64_of_other_content_is_text() {
    for text in ["eyJ0YWlsd2F0ZXIiOjF9", "eyJ0YWlsd2F0ZXIi!"] {
        check(&in_sqs(text), &[&format!("m1 0 None Text({text:?})")]);
    }
}
