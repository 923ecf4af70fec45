//! `tailwater pull --metrics` against the numbers of the stand-in.

use serde_json::{Value, json};
use tests::{
    account::{Account, Behaviour},
    replay::Replay,
};

use super::{NOON, SMALL, Scratch};

/// Start of the day before noon, where the stand-in has its throttled requests.
const BEGIN: i64 = NOON - 24 * super::HOUR;

fn summary(scratch: &Scratch) -> Value {
    Replay::subcommand("show").args(["--json", "--store"]).arg(scratch.store()).run().code(0).json()
}

#[test]
fn metrics_of_aws_are_part_of_every_view() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull(&account).arg("--metrics").run().code(0);
    assert!(finished.stderr.contains("reads 10 metrics of CloudWatch for $0.0001"), "{}", finished.stderr);
    let expected = json!({
        "from_ms": BEGIN, "to_ms": NOON, "hours": 24, "throttles": 3, "dead_letter_errors": 0,
        "max_concurrent": 7, "max_iterator_age_ms": null, "max_event_age_ms": null,
    });
    for document in [finished.json(), summary(&scratch)] {
        assert_eq!(document["functions"][0]["aws"], expected);
        assert_eq!(document["functions"][1]["throttles"], 3);
    }
}

#[test]
fn second_pull_replaces_the_same_hours() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    for _ in 0..2 {
        scratch.pull(&account).arg("--metrics").run().code(0);
    }
    let aws = &summary(&scratch)["functions"][0]["aws"];
    assert_eq!((&aws["throttles"], &aws["hours"]), (&json!(3), &json!(24)));
}

#[test]
fn without_the_flag_no_metric_is_read_and_throttles_stay_unknown() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let document = scratch.pull(&account).run().code(0).json();
    assert_eq!(
        (&document["functions"][0]["aws"], &document["functions"][0]["throttles"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn missing_right_costs_only_the_metrics() {
    let behaviour = Behaviour { denied: vec!["GetMetricData"], ..Behaviour::default() };
    let (account, scratch) = (Account::start(SMALL, behaviour), Scratch::new());
    let finished = scratch.pull(&account).arg("--metrics").run().code(1);
    assert!(finished.stderr.contains("the right cloudwatch:GetMetricData is missing"), "{}", finished.stderr);
    scratch.check_complete(&account);
}

#[test]
fn function_that_was_only_throttled_is_noted() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let since = "2026-03-04T09:59:59.999Z";
    let pull = scratch.pull_since(&account, since).arg("--metrics");
    let finished = pull.env("AWS_ACCESS_KEY_ID", "AKIDTEST").env("AWS_SECRET_ACCESS_KEY", "s").run().code(0);
    let notes = finished.json()["notes"].to_string();
    assert!(notes.contains("AWS throttled 3 requests of function-0000, which has no invocation"), "{notes}");
}
