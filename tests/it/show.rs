//! `tailwater show`: from the overview to the stack trace of a failure, on the terminal and as JSON.

use serde_json::Value;
use tests::{
    demo_store::DemoStore,
    replay::{Finished, Replay},
};

fn show(demo: &DemoStore, what: &str) -> Finished {
    demo.run("show", &[what])
}

fn json(demo: &DemoStore, what: &str) -> Value {
    demo.run("show", &[what, "--json"]).code(0).json()
}

/// Returns what the command in the last line shows.
fn next(finished: &Finished) -> String {
    let command = finished.stdout.lines().rev().find_map(|line| line.split_once("next: tailwater show "));
    command.unwrap_or_else(|| panic!("no next command in {}", finished.stdout)).1.to_owned()
}

#[test]
fn three_commands_lead_from_the_overview_to_a_stack_trace() {
    let demo = DemoStore::new();
    let overview = demo.run("show", &[]).code(0);
    assert!(
        overview.stdout.contains("FUNCTION") && overview.stdout.contains("worth a look"),
        "{}",
        overview.stdout
    );
    let function = next(&overview);
    assert_eq!(function, "checkout-api");
    let function = show(&demo, &function).code(0);
    for part in [
        "p99",
        "max",
        "cold start",
        "VERSION",
        "41",
        "newest failed invocations",
        "slowest invocations",
        "cost $",
    ] {
        assert!(function.stdout.contains(part), "no {part} in {}", function.stdout);
    }
    // The type is in a JSON log line, not in the REPORT.
    let names_type = |line: &str| line.contains("  error  ") && line.ends_with("  TypeError");
    assert!(function.stdout.lines().any(names_type), "{}", function.stdout);
    let error = show(&demo, &next(&function)).code(0);
    assert!(error.stdout.contains("the newest failure"), "{}", error.stdout);
    let is_frame = |line: &&str| line.trim_start().starts_with("at ") || line.contains("\"stack");
    assert!(error.stdout.lines().any(|line| is_frame(&line)), "{}", error.stdout);
    let run = show(&demo, &next(&error)).code(0);
    assert!(
        run.stdout.contains("REPORT RequestId") || run.stdout.contains("platform.report"),
        "{}",
        run.stdout
    );
}

#[test]
fn errors_add_up_to_the_failures() {
    let demo = DemoStore::new();
    let errors = json(&demo, "errors");
    let groups = errors["groups"].as_array().expect("groups is a list");
    let sum: u64 = groups.iter().filter_map(|group| group["failed_invocations"].as_u64()).sum();
    let overview = demo.summary();
    assert_eq!(
        (Some(sum), errors["failed_invocations"].as_u64()),
        (overview["totals"]["errors"].as_u64(), Some(sum))
    );
    assert_eq!(overview["insight"]["errors"]["groups"], errors["groups"]);
    for group in groups.iter().take(5) {
        let shown = json(&demo, group["id"].as_str().expect("an id is a text"));
        let runs = shown["invocations"].as_array().expect("it is a list").len();
        let failed = group["failed_invocations"].as_u64().expect("it is a number");
        assert_eq!(u64::try_from(runs).ok(), Some(failed.min(20)), "{group}");
    }
}

#[test]
fn function_in_json_has_the_numbers_of_the_summary() {
    let demo = DemoStore::new();
    let overview = demo.summary();
    let function = json(&demo, "invoice-pdf");
    let rows = overview["functions"].as_array().expect("functions is a list");
    let row = rows.iter().find(|row| row["function"] == "invoice-pdf").expect("the demo has it");
    assert_eq!(function["functions"], serde_json::json!([row]));
    let slowest = function["slowest"].as_array().expect("it is a list");
    let times: Vec<_> = slowest.iter().filter_map(|run| run["duration_ms"].as_f64()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b) && times.len() == 10, "{times:?}");
    assert_eq!(row["duration_ms"]["max"].as_f64(), times.first().copied());
    assert!(
        function["failing"].as_array().expect("it is a list").iter().all(|run| run["status"] != "success")
    );
}

#[test]
fn beginnings_are_enough_if_they_are_not_ambiguous() {
    let demo = DemoStore::new();
    assert_eq!(show(&demo, "image").code(0).stdout, show(&demo, "image-resize").code(0).stdout);
    let ambiguous = show(&demo, "s").code(1).stderr;
    assert!(
        ambiguous.contains("search-suggest (function)") && ambiguous.contains("stock-sync (function)"),
        "{ambiguous}"
    );
    let request = json(&demo, "price-sync")["slowest"][0]["request_id"].as_str().map(str::to_owned);
    let request = request.expect("a request has an id");
    let whole = json(&demo, &request);
    assert_eq!(whole, json(&demo, &request.chars().take(13).collect::<String>()));
    assert_eq!(whole["invocation"]["request_id"], request.as_str());
    assert!(whole["lines"].as_array().expect("it is a list").len() >= 3, "{whole}");
}

#[test]
fn unknown_names_have_suggestions() {
    let demo = DemoStore::new();
    let near = show(&demo, "chekout-api").code(1).stderr;
    assert!(near.contains("did you mean checkout-api?") && near.contains("tailwater show errors"), "{near}");
    assert!(show(&demo, "resize").code(1).stderr.contains("did you mean image-resize?"));
    let evil = show(&demo, "\u{1b}[2J").code(1).stderr;
    assert!(!evil.contains('\u{1b}'), "{evil}");
    let missing = Replay::subcommand("show").run().code(1).stderr;
    assert!(missing.contains("there is no store tailwater.db"), "{missing}");
}
