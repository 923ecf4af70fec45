//! Tests of secrets over several events and over the parts of an oversize event.

use super::*;

#[track_caller]
fn check_events(events: &[&str], expected: &[&str]) {
    assert_eq!(redact_all(&set(&[options(&DETECTORS)]), events), expected);
}

#[test]
fn private_key_over_several_events_is_found() {
    check_events(
        &[
            "key: -----BEGIN RSA PRIVATE KEY-----",
            "MIIEpAIBAAKCAQEAzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
            "START RequestId: 638a6622-86d4-4961-99af-9923e01eefbe Version: 12",
            "2026-03-03T10:02:40.524Z INFO abcdefghijklmnopqrstuvwxyz0123456789+/ab",
            "YWJj",
            "2026-03-03T10:02:40.524Z INFO Ab3dEf5h",
            "-----END RSA PRIVATE KEY-----",
            "abcd",
        ],
        &[
            "key: [private_key]",
            "[private_key]",
            "START RequestId: 638a6622-86d4-4961-99af-9923e01eefbe Version: 12",
            "2026-03-03T10:02:40.524Z INFO [private_key]",
            "[private_key]",
            "2026-03-03T10:02:40.524Z INFO [private_key]",
            "[private_key]",
            "abcd",
        ],
    );
    check_events(
        &[
            r#"{"m":"-----BEGIN PRIVATE KEY-----"}"#,
            r#"{"m":"abcdefghijklmnopqrstuvwxyz0123456789+\/ab"}"#,
            r#"{"m":"-----END PRIVATE KEY-----","n":1}"#,
            r#"{"m":"abcdefghijklmnopqrstuvwxyz0123456789+/ab"}"#,
        ],
        &[
            r#"{"m":"[private_key]"}"#,
            r#"{"m":"[private_key]"}"#,
            r#"{"m":"[private_key]","n":1}"#,
            r#"{"m":"abcdefghijklmnopqrstuvwxyz0123456789+/ab"}"#,
        ],
    );
}

#[test]
fn private_key_without_an_end_is_given_up() {
    let mut events = vec!["-----BEGIN PRIVATE KEY-----"];
    events.extend(["an ordinary line"; 201]);
    events.push("abcdefghijklmnopqrstuvwxyz0123456789");
    let redacted = redact_all(&set(&[options(&DETECTORS)]), &events);
    assert_eq!(redacted[0], "[private_key]");
    assert_eq!(redacted[1..], events[1..]);
}

/// Redacts the parts of one event, and joins what becomes of them.
fn redact_parts(set: &RefCell<RedactorSet>, parts: &[&str]) -> String {
    let (mut state, mut counts) = (State::default(), Counts::default());
    let mut joined = String::new();
    for (index, message) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        joined += &redact_with(
            set,
            &mut state,
            if is_last { Part::Last } else { Part::Piece },
            message,
            &mut counts,
        );
    }
    joined
}

/// Cuts a message at each of its places near `around` and checks that the parts become what the whole does.
#[track_caller]
fn check_cuts(options: &[Options], message: &str, around: &str) {
    let set = set(options);
    let whole = redact(&set, message);
    assert_ne!(whole, message);
    let at = message.find(around).expect("the text is in the message");
    let until = (at + around.len() + 3).min(message.len());
    for cut in (at.saturating_sub(3)..until).filter(|cut| message.is_char_boundary(*cut)) {
        let (first, second) = message.split_at(cut);
        let parts = redact_parts(&set, &[first, second]);
        assert!(parts == whole, "cut at {cut} of {}", message.len());
        let middle = first.floor_char_boundary(first.len() / 2);
        let parts = redact_parts(&set, &[part(first, 0..middle), part(first, middle..first.len()), second]);
        assert!(parts == whole, "cut at {middle} and {cut} of {}", message.len());
    }
}

#[test]
fn secret_across_two_parts_is_found() {
    let filler = "some words, 12:34:56 and more ".repeat(1000);
    let key = format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
        "MIIEpAIBAAKCAQEA\n".repeat(200)
    );
    for secret in [
        "zoe@example.org",
        "4111 1111 1111 1111",
        "secret access key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "Bearer abcdefghijklmnopqrstuvwxyz",
        "10.20.30.40",
        &key,
    ] {
        let all = [options(&DETECTORS)];
        check_cuts(&all, &format!("{filler}{secret} {filler}"), secret);
        let json =
            serde_json::json!({"a": [{"b": filler, "c": format!("x {secret}")}], "d": filler}).to_string();
        let written = serde_json::json!(secret).to_string();
        check_cuts(&all, &json, written.trim_matches('"'));
        let json =
            serde_json::json!({"a": format!("{filler}{secret} {filler}{filler}{filler}"), "b": secret})
                .to_string();
        check_cuts(&all, &json, written.trim_matches('"'));
    }
}

#[test]
fn value_of_a_key_across_two_parts_is_found() {
    let filler = "some words \"and\" more ".repeat(1000);
    for value in [
        serde_json::json!("hunter2 hunter2"),
        serde_json::json!({"a":[1,{"b":"hunter2"}]}),
        serde_json::json!(123456),
    ] {
        let json = serde_json::json!({"a": filler, "b": {"password": value, "c": 1}, "z": filler});
        check_cuts(&[with_keys(&["password"])], &json.to_string(), &format!("\"password\":{value}"));
        check_cuts(&[with_keys(&["b.*"])], &json.to_string(), &format!("\"password\":{value}"));
    }
    let long =
        serde_json::json!({"a": 1, "password": [filler.repeat(5), filler], "z": "a@x.com"}).to_string();
    let set = set(&[with_keys(&["password"]), options(&DETECTORS)]);
    let parts: Vec<_> =
        [0..50_000, 50_000..90_000, 90_000..long.len()].map(|range| part(&long, range)).to_vec();
    assert_eq!(redact_parts(&set, &parts), r#"{"a":1,"password":"[keys]","z":"[email]"}"#);
}

#[test]
fn token_longer_than_what_is_kept_does_not_leak() {
    let token = "abcdefghij0123456789".repeat(20_000);
    let message = format!("x Bearer {token} y");
    let set = set(&[options(&DETECTORS)]);
    let parts = [
        part(&message, 0..100_000),
        part(&message, 100_000..250_000),
        part(&message, 250_000..message.len()),
    ];
    assert_eq!(redact_parts(&set, &parts), "x Bearer [bearer] y");
}
