//! `tailwater pull --query` against a stand-in for Logs Insights.

use serde_json::json;
use tests::account::{Account, Behaviour, LoggedEvent, Shape};

use super::{SMALL, Scratch};

const SLOW: &str = "filter @message like /slow/";

fn slow(account: &Account) -> Vec<LoggedEvent> {
    account.events().iter().filter(|event| event.message.contains("slow")).cloned().collect()
}

#[test]
fn query_reads_only_its_events_and_the_store_says_so() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull(&account).args(["--yes", "--query", SLOW]).run().code(0);
    assert!(finished.stderr.contains("Logs Insights scans these bytes for about $"), "{}", finished.stderr);
    scratch.check(slow(&account));
    let notes = finished.json()["notes"].to_string();
    assert!(notes.contains("the logs of 2 log groups are partial"), "{notes}");
    assert_eq!((account.calls("StartQuery"), account.calls("FilterLogEvents")), (2, 0));
}

#[test]
fn repeated_query_of_another_range_adds_no_event_twice() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    for since in ["2026-03-03T10:00:00Z", "2026-03-03T20:00:00Z"] {
        let pull = scratch.pull_since(&account, since).args(["--yes", "--query", SLOW]);
        pull.env("AWS_ACCESS_KEY_ID", "AKIDTEST").env("AWS_SECRET_ACCESS_KEY", "s").run().code(0);
    }
    scratch.check(slow(&account));
}

#[test]
fn range_with_too_many_rows_is_divided() {
    let shape = Shape { groups: 1, streams: 30, invocations: 400, ..SMALL };
    let (account, scratch) = (Account::start(shape, Behaviour::default()), Scratch::new());
    scratch.pull(&account).args(["--yes", "--query", SLOW]).run().code(0);
    scratch.check(slow(&account));
    assert_eq!(account.calls("StartQuery"), 3);
}

#[test]
fn nothing_is_queried_before_the_price_is_agreed_to() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull(&account).args(["--query", SLOW]).run().code(2);
    assert!(finished.stderr.contains("give --yes to run the query for that price"), "{}", finished.stderr);
    assert_eq!(account.calls("StartQuery"), 0);
}

#[test]
fn query_whose_rows_are_no_events_is_refused() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull(&account).args(["--yes", "--query", "stats count(*)"]).run().code(1);
    assert!(finished.stderr.contains("the query returns rows without @timestamp"), "{}", finished.stderr);
    let summary = finished.json();
    assert_eq!((&summary["ledger"]["received"], &summary["notes"]), (&0.into(), &json!([])));
}
