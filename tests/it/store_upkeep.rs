//! `tailwater store info`, `compact` and `forget` on the store of the demo.

use std::fs;

use serde_json::Value;
use tests::{
    binary::root,
    demo_store::DemoStore,
    replay::{Finished, Replay},
};

fn store(demo: &DemoStore, arguments: &[&str]) -> Finished {
    demo.run("store", arguments)
}

fn info(demo: &DemoStore) -> Value {
    store(demo, &["info", "--json"]).code(0).json()
}

fn check_intact(demo: &DemoStore) {
    let checked = store(demo, &["check"]).code(0).stdout;
    assert!(checked.contains("is intact"), "{checked}");
}

#[test]
fn info_says_what_the_store_holds() {
    let demo = DemoStore::new();
    let (info, overview) = (info(&demo), demo.summary());
    assert_eq!(info["events"], overview["ledger"]["received"]);
    assert_eq!(info["invocations"], overview["totals"]["invocations"]);
    assert_eq!(info["bytes"].as_u64(), fs::metadata(demo.file()).map(|data| data.len()).ok());
    let parts = info["parts"].as_array().expect("parts is a list");
    assert_eq!(parts.iter().filter_map(|part| part["bytes"].as_u64()).sum::<u64>(), info["bytes"]);
    let text = store(&demo, &["info"]).code(0).stdout;
    for part in [
        "tailwater.db: ",
        "schema version",
        "log events, compressed",
        "invocations",
        " functions",
        "from 3 Mar 2026",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn compaction_makes_the_store_smaller_and_changes_no_number() {
    let demo = DemoStore::new();
    let (before, size) = (demo.summary(), info(&demo)["bytes"].as_u64());
    let finished = store(&demo, &["compact"]).code(0);
    assert!(finished.stderr.contains("free space"), "{}", finished.stderr);
    assert_eq!(demo.summary(), before);
    assert!(info(&demo)["bytes"].as_u64() < size, "{}", finished.stdout);
    check_intact(&demo);
    let again = Replay::into_store(root().join("tests/demo"), demo.file()).run().code(0).json();
    assert_eq!(again["ledger"]["duplicates"], again["ledger"]["delivered"]);
}

#[test]
fn totals_are_right_after_older_logs_are_forgotten() {
    let demo = DemoStore::new();
    let refused = store(&demo, &["forget", "--before", "2026-03-04"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("add --yes"), "{}", refused.stderr);
    let finished = store(&demo, &["forget", "--before", "2026-03-04", "--yes"]).code(0);
    assert!(finished.stdout.starts_with("deleted "), "{}", finished.stdout);
    check_intact(&demo);
    let (left, info) = (demo.summary(), info(&demo));
    // A replay of the same logs from that time on has the same invocations. It lacks the lines before it of runs that go on.
    let since =
        Replay::measure(root().join("tests/demo")).args(["--since", "2026-03-04"]).run().code(0).json();
    for name in ["invocations", "errors", "timeouts", "out_of_memory", "cold_starts", "billed_ms", "cost_usd"]
    {
        assert_eq!(left["totals"][name], since["totals"][name], "{name}");
    }
    let events = |value: &Value| value.as_u64().expect("it is a number");
    let surplus = events(&info["events"]) - events(&since["ledger"]["delivered"]);
    assert!(surplus < 50, "{surplus} older lines were kept");
    let again = store(&demo, &["forget", "--before", "2026-03-04", "--yes"]).code(0).stdout;
    assert!(again.starts_with("deleted 0 invocations and 0 events"), "{again}");
}

#[test]
fn missing_stores_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    for command in [&["info"][..], &["compact"], &["forget", "--before", "7d", "--yes"]] {
        let finished = Replay::subcommand("store").args(command).in_folder(folder.path()).run().code(1);
        assert!(finished.stderr.contains("there is no store tailwater.db"), "{}", finished.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder exists").count(), 0);
}
