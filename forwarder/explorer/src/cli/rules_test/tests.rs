use std::fs;

use serde_json::Value;

use super::*;

/// Lines of a request as the console shows them.
fn log() -> String {
    let request = |n: usize, message: &str| {
        let id = format!("{n:08x}-7d34-4a8e-a965-15ccbbb78d4c");
        let time = |second: usize| format!("2026-03-04T10:{n:02}:{second:02}.000Z");
        format!(
            "{}\tSTART RequestId: {id} Version: $LATEST\n{}\t{message}\n{}\tEND RequestId: {id}\n{}\tREPORT RequestId: {id}\tDuration: 2.37 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 95 MB\t\n",
            time(0),
            time(1),
            time(2),
            time(3)
        )
    };
    let paid = r#"{"level":"INFO","event":"paid","amount":3,"mail":"ann@example.com"}"#;
    let failed = r#"{"level":"ERROR","message":"no stock for 17"}"#;
    (0..10).map(|n| request(n, if n == 9 { failed } else { paid })).collect()
}

/// Tests rules on the log, and returns the report as JSON and as text.
fn report(rules: &str) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("app.log"), folder.path().join("rules.toml"));
    fs::write(&path, log()).unwrap();
    fs::write(&file, rules).unwrap();
    let args = RulesTestArgs {
        rules: file.clone(),
        paths: vec![path],
        json: false,
        function: Some("app".to_owned()),
        log_group: None,
    };
    let rules = Arc::new(compile(&file, None).unwrap());
    let (report, has_rejected) = read(&args, &rules, &Interrupt::default()).unwrap();
    assert!(!has_rejected);
    (serde_json::to_value(&report).unwrap(), report.lines(&rules, true).join("\n"))
}

#[test]
fn dropped_events_and_hidden_errors_are_counted() {
    let (json, text) = report(
        "[[rule]]\nname = \"errors\"\nwhen.level = 'ERROR'\ndrop = {}\n[[rule]]\nwhen.message = 'no stock'\ndrop = {}\n",
    );
    let [errors, later] = json["rules"].as_array().unwrap().as_slice() else { panic!("{json}") };
    assert_eq!(errors["name"], "errors");
    assert_eq!((&errors["matched_events"], &errors["dropped_events"]), (&1.into(), &1.into()));
    assert_eq!(errors["hides_error_groups"], serde_json::json!(["no stock for <Number-1>"]));
    assert!(errors["saved_usd_per_month"].as_f64().unwrap() > 0.0, "{json}");
    assert_eq!((&later["matched_events"], &later["dropped_events"]), (&1.into(), &0.into()));
    assert_eq!(later["hides_error_groups"], serde_json::json!([]));
    assert_eq!(json["eligible_requests_pct"], 100.0);
    assert_eq!(json["problems"], serde_json::json!([]));
    assert!(text.contains("after   not delivered"), "{text}");
}

#[test]
fn error_that_another_event_shows_is_not_hidden() {
    let (json, _) = report("[[rule]]\nwhen.sink = 'datadog'\nwhen.message = 'no stock'\ndrop = {}\n");
    assert_eq!(json["rules"][0]["hides_error_groups"], serde_json::json!(["no stock for <Number-1>"]));
    let (json, _) = report("[[rule]]\nwhen.message = 'paid'\ndrop = {}\n");
    assert_eq!(json["rules"][0]["hides_error_groups"], serde_json::json!([]));
}

#[test]
fn redacted_text_is_in_no_example() {
    let (json, text) = report(
        "[[rule]]\nset = { service = 'shop' }\n[[rule]]\nwhen.level = 'INFO'\nredact = { detect = ['email'] }\n",
    );
    assert_eq!(json["rules"][1]["redactions"], serde_json::json!({ "email": 9 }));
    assert!(text.contains("[email]") && !text.contains("ann@example.com"), "{text}");
    assert!(text.contains("after   service=shop"), "{text}");
}

#[test]
fn requests_are_sampled_and_metrics_counted() {
    let (json, text) = report(
        "[[rule]]\nsample = { one_in = 1000000 }\n[[rule]]\nwhen.fields = { event = 'paid' }\nmetric = { name = 'n', kind = 'sum', field = 'amount', tags = ['mail'] }\n",
    );
    let [sample, metric] = json["rules"].as_array().unwrap().as_slice() else { panic!("{json}") };
    assert_eq!(sample["matched_events"], 40);
    assert_eq!(sample["sampled_events"], 40);
    assert_eq!((&metric["series"], &metric["series_cut"]), (&1.into(), &0.into()));
    assert!(text.contains("with 10 of 10 requests"), "{text}");
}

#[test]
fn joined_events_are_counted() {
    let (json, _) = report("[[rule]]\njoin = { starts = '^\\{' }\n");
    assert_eq!(json["rules"][0]["matched_events"], 10, "{json}");
}

#[test]
fn problems_have_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.toml");
    fs::write(&file, "[[rule]]\ndrop = {}\nwhen.mesage = 'x'\n[[rule]]\nto = ['nowhere']\n").unwrap();
    let Err(RulesError::Invalid { problems, .. }) = compile(&file, None) else { panic!("broken rules") };
    let json = serde_json::to_value(Report::of_problems(&problems)).unwrap();
    let lines: Vec<_> = json["problems"].as_array().unwrap().iter().map(|problem| &problem["line"]).collect();
    assert_eq!(lines, [3, 5], "{json}");
}
