//! `tailwater demo`: the sample from the program itself, in a store of its own.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::json;
use tests::{
    binary::root,
    forms,
    replay::{Finished, Replay},
    sample::events,
};

fn demo(cache: &Path) -> Finished {
    Replay::subcommand("demo").arg("--no-serve").env("XDG_CACHE_HOME", cache.to_string_lossy()).run().code(0)
}

/// The files in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder exists");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.map(|entry| name(entry.expect("the folder can be read"))).collect()
}

#[test]
fn sample_of_the_program_is_that_of_the_repository() {
    let cache = tempfile::tempdir().expect("a temporary folder can be created");
    let shown = demo(cache.path()).stdout;
    let replayed = Replay::new().args(["--to", "none"]).arg(root().join("tests/demo")).run().code(0).stdout;
    // The last line has the run time.
    let content = |text: &str| {
        text.lines().take_while(|line| !line.contains(" received = ")).map(str::to_owned).collect()
    };
    let (shown_lines, replayed_lines): (Vec<String>, Vec<String>) = (content(&shown), content(&replayed));
    assert!(shown_lines.len() > 15, "{shown}");
    assert_eq!(shown_lines, replayed_lines);
}

#[test]
fn store_of_the_demo_is_private_and_in_the_cache_folder() {
    let cache = tempfile::tempdir().expect("a temporary folder can be created");
    demo(cache.path());
    let again = demo(cache.path()).stdout;
    assert!(again.contains("already stored"), "{again}");
    let folder = cache.path().join("tailwater");
    let stores = names(&folder);
    assert!(
        matches!(stores.as_slice(), [name] if name.starts_with("demo-") && name.ends_with(".db")),
        "{stores:?}"
    );
    let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(&stores[0])), 0o600);
}

#[test]
fn own_logs_beside_the_demo_are_warned_of() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (store, own) = (folder.path().join("x.db"), folder.path().join("own.json"));
    fs::write(&own, forms::document(&events())).expect("the file can be written");
    let demo = root().join("tests/demo");
    let warned = |finished: Finished| {
        finished.stderr.contains("holds the demo") && finished.stderr.contains("--store")
    };
    assert!(!warned(Replay::into_store(&demo, &store).run().code(0)));
    assert!(!warned(Replay::into_store(&demo, &store).run().code(0)), "the demo again");
    assert!(warned(Replay::into_store(&own, &store).run().code(0)));
    assert!(!warned(Replay::into_store(&own, folder.path().join("y.db")).run().code(0)));
}

#[test]
fn map_of_the_demo_shows_its_queues() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let store = folder.path().join("x.db");
    Replay::into_store(root().join("tests/demo"), &store).run().code(0);
    let map = Replay::subcommand("map").arg("--store").arg(&store).arg("--json").run().code(0).json();
    let edges = map["edges"].as_array().expect("the map has edges");
    let calls = |to: &str| {
        let edge = edges.iter().find(|edge| edge["from"] == "checkout-api" && edge["to"] == to);
        edge.map_or(0, |edge| edge["calls"].as_u64().expect("calls are a number"))
    };
    let of = ["SQS:emails", "notify-email", "SQS:invoices", "invoice-pdf", "HTTP:prices.internal"].map(calls);
    assert_eq!(of, [77, 77, 198, 198, 5]);

    let shown = |command: &str, arguments: &[&str]| {
        Replay::subcommand(command).args(arguments).arg("--store").arg(&store).run()
    };
    let via = |to: &str| {
        let edge = edges.iter().find(|edge| edge["from"] == "checkout-api" && edge["to"] == to);
        edge.map(|edge| edge["via"].clone())
    };
    assert_eq!(via("notify-email"), Some(json!(["SQS:emails"])));
    assert_eq!(via("invoice-pdf"), Some(json!(["SQS:invoices"])));
    // One call is the way over the queue to its consumer.
    let near = shown("map", &["--of", "checkout-api", "--downstream"]).code(0).stdout;
    for (queue, consumer) in [("SQS:emails", "notify-email"), ("SQS:invoices", "invoice-pdf")] {
        assert!(near.lines().any(|line| line.contains(queue) && line.contains(consumer)), "{near}");
    }
    assert!(near.contains("sqs message id "), "{near}");

    let callee = shown("map", &["invoice-pdf -> *"]).code(0).stdout;
    assert!(callee.contains("no calls in this part of the map"), "{callee}");
    let recent = shown("map", &["--since", "2h"]).code(0).stdout;
    assert!(recent.contains("the store has no invocations of this time"), "{recent}");
    let recent = shown("map", &["checkout-api -> *", "--since", "2h"]).code(1).stderr;
    assert!(recent.contains("the store has no invocations of this time"), "{recent}");
    // The only trace of this second; lines have it in another notation than the REPORT.
    let request = shown("request", &["1-69a80240"]).code(0).stdout;
    assert!(request.contains("checkout-api"), "{request}");
    let request = shown("request", &["be37b737"]).code(0).stdout;
    assert!(request.contains("called by checkout-api (50 %): next after it"), "{request}");
}
