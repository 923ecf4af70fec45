//! `rules test`.

use std::fs;

use serde_json::json;
use tests::{
    forms,
    replay::{Finished, Replay},
};

use super::{GROUP, events_from, request, request_id};

/// Runs `rules test` on 20 requests and two other lines. Returns what it did, and the names of all files afterwards.
fn trial(rules: &str, flags: &[&str]) -> (Finished, Vec<String>) {
    let mut messages: Vec<_> = (0..20).flat_map(|n| request(&request_id(n), "")).collect();
    messages.push(r#"{"level":"ERROR","message":"no stock for 17","mail":"ann@example.com"}"#.to_owned());
    messages.push("GET /health".to_owned());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let logs = forms::document_of(GROUP, "2026/03/04/[$LATEST]a", &events_from(0, &messages));
    fs::write(folder.path().join("rules.toml"), rules).expect("a file can be written");
    fs::write(folder.path().join("logs.json"), logs).expect("a file can be written");
    let command = Replay::subcommand("rules").arg("test").arg("rules.toml").arg("logs.json").args(flags);
    let finished = command.in_folder(folder.path()).run();
    let listed = fs::read_dir(folder.path()).expect("the folder can be read");
    let mut names: Vec<_> =
        listed.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    (finished, names)
}

#[test]
fn work_of_each_rule_is_shown_and_nothing_is_stored() {
    let rules = "[[rule]]\nname = 'health'\nwhen.message = 'GET /health'\ndrop = {}\n\
                 [[rule]]\nredact = { detect = ['email'] }\n\
                 [[rule]]\nsample = { one_in = 1000000 }\n";
    let (finished, names) = trial(rules, &["--json"]);
    let report = finished.code(0).json();
    assert_eq!(names, ["logs.json", "rules.toml"]);
    let [health, redact, sample] = report["rules"].as_array().expect("a list").as_slice() else {
        panic!("{report}");
    };
    assert_eq!((&health["name"], &health["dropped_events"]), (&json!("health"), &json!(1)));
    assert_eq!(redact["redactions"], json!({ "email": 1 }));
    assert_eq!(sample["sampled_events"], 80, "{report}");
    assert_eq!((&report["eligible_requests_pct"], &report["problems"]), (&json!(100.0), &json!([])));
}

#[test]
fn examples_and_hidden_errors_are_shown_redacted() {
    let rules = "[[rule]]\nredact = { detect = ['email'] }\n[[rule]]\nwhen.level = 'ERROR'\ndrop = {}\n";
    let shown = trial(rules, &[]).0.code(0).stdout;
    assert!(shown.contains("hides the error no stock for <Number-1>"), "{shown}");
    assert!(shown.contains("[email]") && !shown.contains("ann@example.com"), "{shown}");
}

#[test]
fn every_problem_of_broken_rules_is_named() {
    let rules = "[[rule]]\nwhen.mesage = 'x'\ndrop = {}\n[[rule]]\nwhen.message = '(?=x)'\ndrop = {}\n";
    let (finished, _) = trial(rules, &["--json"]);
    let finished = finished.code(64);
    for line in ["rules.toml:2:", "rules.toml:5:"] {
        assert!(finished.stderr.contains(line), "{}", finished.stderr);
    }
    let report = finished.json();
    let lines: Vec<_> =
        report["problems"].as_array().expect("a list").iter().map(|problem| &problem["line"]).collect();
    assert_eq!((lines, &report["rules"]), (vec![&json!(2), &json!(5)], &json!([])));
}
