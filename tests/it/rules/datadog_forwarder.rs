//! Settings of the Datadog Forwarder that filter and redact, for every sink.

use std::process::Command;

use tests::{
    backend::{Backend, Fault, FaultSchedule, Step},
    binary,
    function_builder::{FunctionBuilder, otlp},
    http::Response,
    lambda::Lambda,
};

use super::{event, finish, succeed};

const REPORT: &str = "REPORT RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\tDuration: 2.37 ms\tBilled Duration: 3 ms\t\
                      Memory Size: 128 MB\tMax Memory Used: 95 MB\t\n";

/// Starts a function with these settings and the sink `otlp`.
fn start(backend: &Backend, settings: &[(&str, &str)]) -> Lambda {
    let function = FunctionBuilder::new().otlp(backend);
    settings.iter().fold(function, |function, (name, value)| function.env(name, value)).start()
}

/// Checks the messages that a backend gets of `messages` with these settings.
#[track_caller]
fn check(settings: &[(&str, &str)], messages: &[&str], expected: &[&str]) {
    let backend = otlp(FaultSchedule::default());
    let mut lambda = start(&backend, settings);
    succeed(&mut lambda, &event(messages));
    let logs: Vec<_> = backend.logs().into_iter().map(|log| log.message).collect();
    assert_eq!(logs, expected, "{settings:?}");
    let (counts, _) = finish(lambda, "otlp", ["delivered", "filtered"]);
    let counts = counts.map(|count| usize::try_from(count).expect("few events"));
    assert_eq!(counts, [expected.len(), messages.len() - expected.len()], "{settings:?}");
}

#[test]
fn addresses_are_redacted() {
    let both = [("REDACT_IP", "True"), ("REDACT_EMAIL", "true")];
    check(
        &both,
        &[
            "ann.b+c@ex-ample.co.uk from 203.0.113.7:443",
            r#"{"user":"ann@example.com","ips":["203.0.113.7"]}"#,
            "v1.2.3",
        ],
        &[
            "xxxxx@xxxxx.com from xxx.xxx.xxx.xxx:443",
            r#"{"user":"xxxxx@xxxxx.com","ips":["xxx.xxx.xxx.xxx"]}"#,
            "v1.2.3",
        ],
    );
    check(
        &[("REDACT_IP", "false"), ("REDACT_EMAIL", "")],
        &["ann@example.com 203.0.113.7"],
        &["ann@example.com 203.0.113.7"],
    );
}

#[test]
fn scrubbing_rule_replaces_with_groups_and_across_members() {
    check(&[("DD_SCRUBBING_RULE", r"\d{4}-\d{4}")], &["card 4111-1111 kept"], &["card xxxxx kept"]);
    check(
        &[("DD_SCRUBBING_RULE", r#""pin":"(\d)\d*""#), ("DD_SCRUBBING_RULE_REPLACEMENT", r#""pin":"\1…""#)],
        &[r#"{"user":"ann","pin":"1234"}"#],
        &[r#"{"user":"ann","pin":"1…"}"#],
    );
    check(
        &[
            ("DD_SCRUBBING_RULE", r#"\\"pin\\":\\"[^"]*"#),
            ("DD_SCRUBBING_RULE_REPLACEMENT", r#"\\"pin\\":\\"-"#),
        ],
        &[r#"{"user":"ann","pin":"1234"}"#],
        &[r#"{"user":"ann","pin":"-"}"#],
    );
}

#[test]
fn filters_decide_before_own_rules_and_metrics_are_made_of_all() {
    let messages = ["noise one", "wanted", "wanted noise", REPORT];
    // OTLP gets the line without the line feed at its end.
    let report = REPORT.trim_end_matches('\n');
    check(&[("EXCLUDE_AT_MATCH", "noise")], &messages, &["wanted", report]);
    check(&[("INCLUDE_AT_MATCH", "wanted")], &messages, &["wanted", "wanted noise"]);
    let both = [("INCLUDE_AT_MATCH", "^wanted"), ("EXCLUDE_AT_MATCH", "noise$")];
    check(&both, &messages, &["wanted"]);
    let keep = "[[rule]]\nkeep = {}\n[[rule]]\nredact = { pattern = 'want' }\n";
    check(&[("EXCLUDE_AT_MATCH", "noise"), ("TAILWATER_RULES", keep)], &messages, &["[pattern]ed", report]);
}

#[test]
fn parked_deliveries_are_redacted() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let later = Step::new(Fault::Discard(Response::new(429, "").with("Retry-After", "600")));
    let backend = otlp(FaultSchedule::always(later));
    let function = FunctionBuilder::new().otlp(&backend).parking(folder.path());
    let mut lambda = function.env("REDACT_EMAIL", "true").env("EXCLUDE_AT_MATCH", "noise").start();
    succeed(&mut lambda, &event(&["from ann@example.com", "noise"]));
    let (counts, _) = finish(lambda, "otlp", ["parked", "filtered"]);
    assert_eq!(counts, [1, 1]);
    let objects = tests::parked::ParkedObject::in_folder(folder.path());
    assert!(objects[0].header["redacted"].is_string(), "{}", objects[0].header);
}

/// Runs `tailwater check` with these settings; returns its exit code and output.
fn check_settings(settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = Command::new(binary::tailwater())
        .arg("check")
        .env_clear()
        .env("TAILWATER_SINKS", "ndjson")
        .envs(settings.iter().copied())
        .output()
        .expect("the binary can be started");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text.into_owned())
}

#[test]
fn regex_without_equal_is_refused_at_start() {
    for (name, value, reason) in [
        (
            "DD_SCRUBBING_RULE",
            r"pin(?!code)",
            "look-around `(?!` is not supported (character 4 of the regex)",
        ),
        (
            "EXCLUDE_AT_MATCH",
            r"(a)\1",
            "the back reference `\\1` is not supported (character 4 of the regex)",
        ),
        ("INCLUDE_AT_MATCH", "a++", "the possessive or double repetition `+` is not supported"),
    ] {
        let (code, output) = check_settings(&[(name, value)]);
        assert_eq!(code, Some(64), "{output}");
        assert!(output.contains(&format!("{name} cannot be honoured: {reason}")), "{output}");
        assert!(output.contains("TAILWATER_RULES"), "{output}");
        let backend = otlp(FaultSchedule::default());
        let mut lambda = start(&backend, &[(name, value)]);
        let answer = lambda.invoke_once(super::REQUEST_ID, &event(&["pin"])).answer;
        assert!(answer.response().is_none() && backend.logs().is_empty(), "{answer:?}");
    }
}

#[test]
fn check_describes_the_settings() {
    let set = [("REDACT_IP", "true"), ("DD_SCRUBBING_RULE", "pin"), ("INCLUDE_AT_MATCH", "a")];
    let (code, output) = check_settings(&set);
    assert_eq!(code, Some(0), "{output}");
    for line in [
        "rules     3 rules",
        "INCLUDE_AT_MATCH: if the message does not match /a/, drops the event.",
        r"REDACT_IP: redacts what matches /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/.",
        "DD_SCRUBBING_RULE: redacts what matches /pin/.",
    ] {
        assert!(output.contains(line), "{line}\n{output}");
    }
}
