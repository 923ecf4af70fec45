//! `replay --rules`, `check` and deliveries to `serve`.

use std::fs;

use serde_json::Value;
use tests::{forms, replay::Replay, sample::Event};

use super::{GROUP, events_from, request, request_id};

fn input(messages: &[String]) -> Vec<u8> {
    forms::document_of(GROUP, "2026/03/04/[$LATEST]a", &events_from(0, messages))
}

fn messages() -> Vec<String> {
    let mut messages: Vec<_> = (0..20).flat_map(|n| request(&request_id(n), "")).collect();
    messages.push("GET /health".to_owned());
    messages
}

/// Folder with rules, and logs.
fn folder(rules: &str, messages: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    fs::write(folder.path().join("rules.toml"), rules).expect("a file can be written");
    fs::write(folder.path().join("logs.json"), input(messages)).expect("a file can be written");
    folder
}

fn replay(folder: &tempfile::TempDir, flags: &[&str]) -> tests::replay::Finished {
    Replay::new().args(["--rules", "rules.toml"]).args(flags).arg("logs.json").in_folder(folder.path()).run()
}

#[test]
fn store_and_stdout_have_ledgers_of_their_own() {
    let rules = "[[rule]]\nwhen.message = 'health'\nto = ['stdout']\n\
                 [[rule]]\nwhen.sink = 'store'\nsample = { one_in = 1000000 }\n";
    let folder = folder(rules, &messages());
    let finished = replay(&folder, &["--to", "store", "--to", "stdout", "--json"]).code(0);
    let lines: Vec<Value> =
        finished.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let logs = lines.iter().filter(|line| line["kind"] == "log").count();
    assert_eq!(logs, 81, "{}", finished.stdout);
    let summary = lines.iter().find(|line| line["totals"].is_object()).expect("a summary");
    let sinks = &summary["sinks"];
    assert_eq!((&sinks["store"]["sampled"], &sinks["store"]["filtered"]), (&80.into(), &1.into()), "{sinks}");
    assert_eq!(sinks["store"]["delivered"], 0, "{sinks}");
    assert_eq!(sinks["stdout"]["delivered"], 81, "{sinks}");
    assert_eq!(summary["totals"]["invocations"], 20, "{summary}");
}

#[test]
fn terminal_shows_what_is_sampled() {
    let folder = folder("[[rule]]\nsample = { one_in = 1000000 }\n", &messages());
    let finished = replay(&folder, &["--to", "store"]).code(0);
    assert!(finished.stdout.contains("+ 80 sampled"), "{}", finished.stdout);
}

#[test]
fn additions_are_members_of_stdout_records_and_stay_in_the_store() {
    let rules = "[[rule]]\nwhen.log_group = '/aws/lambda/{team}-{service}-*'\n\
                 set = { service = '{service}', tags = ['team:{team}'] }\n";
    let folder = folder(rules, &["x".to_owned()]);
    let finished = replay(&folder, &["--to", "stdout", "--to", "store"]).code(0);
    let record: Value =
        serde_json::from_str(finished.stdout.lines().next().expect("a record")).expect("JSON");
    assert_eq!((&record["service"], &record["tags"][0]), (&"cart".into(), &"team:shop".into()), "{record}");
}

#[test]
fn problems_exit_with_64_and_are_all_named() {
    let folder = folder("[[rule]]\ndrop = 1\n[[rule]]\nwhen.message = '('\ndrop = {}\n", &["x".to_owned()]);
    let finished = replay(&folder, &["--to", "none"]).code(64);
    for expected in ["rules.toml:2:", "rules.toml:4:"] {
        assert!(finished.stderr.contains(expected), "{}", finished.stderr);
    }
}

#[test]
fn check_describes_rules_in_sentences() {
    let folder = folder("[[rule]]\nname = 'health checks'\nwhen.message = 'health'\ndrop = {}\n", &[]);
    let finished = Replay::subcommand("check")
        .args(["--sinks", "ndjson", "--rules", "rules.toml"])
        .in_folder(folder.path())
        .run()
        .code(0);
    assert!(finished.stdout.contains("1 rule from rules.toml"), "{}", finished.stdout);
    assert!(finished.stdout.contains("health"), "{}", finished.stdout);
}

#[test]
fn events_without_a_rule_are_as_before() {
    let events: Vec<Event> = events_from(0, &messages());
    let folder = folder("# no rule\n", &messages());
    let ruled = replay(&folder, &["--to", "stdout"]).code(0).stdout;
    let plain =
        Replay::new().args(["--to", "stdout"]).arg("logs.json").in_folder(folder.path()).run().code(0);
    assert_eq!(ruled, plain.stdout);
    assert_eq!(ruled.lines().filter(|line| line.contains("\"kind\":\"log\"")).count(), events.len());
}
