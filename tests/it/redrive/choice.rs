//! What is delivered, and to whom: the flags that choose.

use std::time::Instant;

use tests::{
    backend::Script,
    function::{datadog, otlp},
    producer::Producer,
};

use super::{Verb, before_now, fill, has_each_once, left, minutes};

#[test]
fn another_sink_gets_it_when_one_is_named() {
    let (to, owed) = (otlp(Script::default()), datadog(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = fill(folder.path(), &mut Producer::default(), 4, "datadog", before_now(minutes(5)));
    Verb::folder(folder.path()).both(&to, &owed).args(&["--to", "otlp"]).run().with(0);
    has_each_once(&to, &numbers);
    assert_eq!((owed.seen().len(), left(folder.path())), (0, 0));
}

#[test]
fn a_sink_that_there_is_not_is_wrong() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path(), &mut Producer::default(), 1, "otlp", before_now(minutes(5)));
    let unset = Verb::folder(folder.path()).otlp(&backend).args(&["--to", "datadog"]).run().with(64);
    assert!(unset.stderr.contains("TAILWATER_SINKS"), "{}", unset.stderr);
    Verb::folder(folder.path()).otlp(&backend).args(&["--to", "elsewhere"]).run().with(2);
    Verb::of("elsewhere:x").otlp(&backend).run().with(64);
    Verb::folder(folder.path()).run().with(64);
    assert_eq!((backend.seen().len(), left(folder.path())), (0, 1));
}

#[test]
fn a_folder_that_there_is_not_is_an_error() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let finished = Verb::folder(&folder.path().join("mistyped")).otlp(&backend).run().with(1);
    assert!(finished.stderr.contains("mistyped is not a folder"), "{}", finished.stderr);
}

#[test]
fn what_a_sink_is_owed_that_is_not_set_stays_and_is_named() {
    let backend = otlp(Script::default());
    let (folder, mut producer) = (tempfile::tempdir().expect("a folder"), Producer::default());
    fill(folder.path(), &mut producer, 1, "datadog", before_now(minutes(5)));
    let own = fill(folder.path(), &mut producer, 1, "otlp", before_now(minutes(5)));
    let ended = Verb::folder(folder.path()).otlp(&backend).run().with(1);
    assert!(
        ended.stderr.contains("/sink=datadog/") && ended.stderr.contains("no sink here"),
        "{}",
        ended.stderr
    );
    has_each_once(&backend, &own);
    assert_eq!(left(folder.path()), 1);
}

#[test]
fn only_what_one_sink_is_owed() {
    let (one, other) = (otlp(Script::default()), datadog(Script::default()));
    let (folder, mut producer) = (tempfile::tempdir().expect("a folder"), Producer::default());
    fill(folder.path(), &mut producer, 2, "datadog", before_now(minutes(5)));
    let numbers = fill(folder.path(), &mut producer, 3, "otlp", before_now(minutes(5)));
    Verb::folder(folder.path()).both(&one, &other).args(&["--sink", "otlp"]).run().with(0);
    has_each_once(&one, &numbers);
    assert_eq!((other.seen().len(), left(folder.path())), (0, 2));
}

#[test]
fn only_what_was_parked_since() {
    let backend = otlp(Script::default());
    let (folder, mut producer) = (tempfile::tempdir().expect("a folder"), Producer::default());
    fill(folder.path(), &mut producer, 2, "otlp", before_now(minutes(3 * 24 * 60)));
    let numbers = fill(folder.path(), &mut producer, 3, "otlp", before_now(minutes(60)));
    let since = ["--since", "24h"];
    let listed = Verb::folder(folder.path()).args(&["--dry-run"]).args(&since).run().with(0);
    assert!(listed.stdout.contains("\n3 parked objects, "), "{}", listed.stdout);
    Verb::folder(folder.path()).otlp(&backend).args(&since).run().with(0);
    has_each_once(&backend, &numbers);
    assert_eq!(left(folder.path()), 2);
}

#[test]
fn no_more_than_so_many() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = fill(folder.path(), &mut Producer::default(), 5, "otlp", before_now(minutes(5)));
    let ended = Verb::folder(folder.path()).otlp(&backend).args(&["--limit", "2", "--json"]).run().with(0);
    assert_eq!(ended.summary()["settled"], 2);
    assert_eq!((backend.logs().len(), left(folder.path())), (2, 3));
    Verb::folder(folder.path()).otlp(&backend).args(&["--limit", "3"]).run().with(0);
    has_each_once(&backend, &numbers);
}

#[test]
fn no_faster_than_so_many_a_second() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = fill(folder.path(), &mut Producer::default(), 6, "otlp", before_now(minutes(5)));
    let began = Instant::now();
    Verb::folder(folder.path()).otlp(&backend).args(&["--rate", "10"]).run().with(0);
    assert!(began.elapsed().as_millis() >= 500, "{:?}", began.elapsed());
    has_each_once(&backend, &numbers);
}
