//! Tests of redaction: one message in, the redacted one out.

mod corpus;
mod detectors;
mod json;
mod lines;
mod properties;
mod stream;

use std::cell::RefCell;

use super::*;

/// Bytes of a cache of a pattern.
const CACHE: usize = 256 * 1024;

/// All detectors.
const DETECTORS: [Kind; 8] = [
    Kind::Email,
    Kind::Ipv4,
    Kind::Ipv6,
    Kind::Card,
    Kind::AwsKey,
    Kind::Bearer,
    Kind::Jwt,
    Kind::PrivateKey,
];

fn options(detect: &[Kind]) -> Options {
    Options { detect: detect.to_vec(), ..Options::default() }
}

fn with_keys(keys: &[&str]) -> Options {
    Options { keys: keys.iter().map(|key| (*key).to_owned()).collect(), ..Options::default() }
}

fn with_pattern(pattern: &str) -> Options {
    Options { pattern: Some(pattern.to_owned()), ..Options::default() }
}

#[track_caller]
fn set(options: &[Options]) -> RefCell<RedactorSet> {
    let rules = options.iter().map(|options| Arc::new(Redactor::new(options, CACHE).unwrap()));
    RefCell::new(RedactorSet::new(rules.collect()))
}

/// Redacts the events of one log stream.
fn redact_all(set: &RefCell<RedactorSet>, messages: &[&str]) -> Vec<String> {
    let (mut state, mut counts) = (State::default(), Counts::default());
    messages.iter().map(|message| redact_with(set, &mut state, Part::Whole, message, &mut counts)).collect()
}

fn redact_with(
    set: &RefCell<RedactorSet>,
    state: &mut State,
    part: Part,
    message: &str,
    counts: &mut Counts,
) -> String {
    let mut out = String::from("left over");
    let is_changed = set.borrow_mut().redact(state, part, message, &mut out, counts);
    if is_changed { out } else { message.to_owned() }
}

fn redact(set: &RefCell<RedactorSet>, message: &str) -> String {
    redact_all(set, &[message]).remove(0)
}

/// Returns a part of a text, whose bounds are between characters.
fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).expect("the bounds are between characters")
}

/// Returns true if a text is a JSON object or array.
fn is_json(text: &str) -> bool {
    text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok()
}

/// Checks what a rule makes of a message.
#[track_caller]
fn check(options: &Options, message: &str, expected: &str) {
    assert_eq!(redact(&set(std::slice::from_ref(options)), message), expected, "{message}");
    assert!(is_json(expected) || !is_json(message), "no JSON: {expected}");
}

/// Checks that a detector finds the whole of each secret, in plain text and in JSON.
#[track_caller]
fn check_found(kind: Kind, secrets: &[&str]) {
    let replaced = format!("[{}]", kind.name());
    for secret in secrets {
        for (before, after) in
            [("", ""), ("x ", " y"), ("x (", ")"), ("x=", ","), ("é\n", "\n"), ("x: '", "'.")]
        {
            check(
                &options(&[kind]),
                &format!("{before}{secret}{after}"),
                &format!("{before}{replaced}{after}"),
            );
        }
        let json = |text: &str| serde_json::json!({"a": [format!("x {text}")], "b": text}).to_string();
        check(&options(&[kind]), &json(secret), &json(&replaced));
        check(&options(&[kind]), &json(&json(secret)), &json(&json(&replaced)));
        let line = |text: &str| format!("2026-03-03T10:02:40.524Z\tid\tINFO\t{}\n", json(text));
        check(&options(&[kind]), &line(secret), &line(&replaced));
    }
}

/// Checks that a detector changes none of the messages.
#[track_caller]
fn check_clean(kind: Kind, messages: &[&str]) {
    for message in messages {
        check(&options(&[kind]), message, message);
        let json = serde_json::json!({ "a": message }).to_string();
        check(&options(&[kind]), &json, &json);
    }
}
