//! What is delivered, and to whom: the flags that choose.

use std::time::Instant;

use tests::{
    backend::FaultSchedule,
    function_builder::{datadog, otlp},
    producer::Producer,
};

use super::{RedriveCommand, assert_each_once, minutes, ms_ago, n_parked, park_objects};

#[test]
fn another_sink_gets_it_when_one_is_named() {
    let (to, owed) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 4, "datadog", ms_ago(minutes(5)));
    RedriveCommand::folder(folder.path()).both(&to, &owed).args(&["--to", "otlp"]).run().expect_code(0);
    assert_each_once(&to, &numbers);
    assert_eq!((owed.requests().len(), n_parked(folder.path())), (0, 0));
}

#[test]
fn a_sink_that_there_is_not_is_wrong() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    park_objects(folder.path(), &mut Producer::default(), 1, "otlp", ms_ago(minutes(5)));
    let unset =
        RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--to", "datadog"]).run().expect_code(64);
    assert!(unset.stderr.contains("TAILWATER_SINKS"), "{}", unset.stderr);
    RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--to", "elsewhere"]).run().expect_code(2);
    RedriveCommand::of("elsewhere:x").otlp(&backend).run().expect_code(64);
    RedriveCommand::folder(folder.path()).run().expect_code(64);
    assert_eq!((backend.requests().len(), n_parked(folder.path())), (0, 1));
}

#[test]
fn a_folder_that_there_is_not_is_an_error() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let finished =
        RedriveCommand::folder(&folder.path().join("mistyped")).otlp(&backend).run().expect_code(1);
    assert!(finished.stderr.contains("mistyped is no folder"), "{}", finished.stderr);
}

#[test]
fn what_a_sink_is_owed_that_is_not_set_stays_and_is_named() {
    let backend = otlp(FaultSchedule::default());
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    park_objects(folder.path(), &mut producer, 1, "datadog", ms_ago(minutes(5)));
    let own = park_objects(folder.path(), &mut producer, 1, "otlp", ms_ago(minutes(5)));
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(1);
    assert!(
        ended.stderr.contains("/sink=datadog/") && ended.stderr.contains("no sink here"),
        "{}",
        ended.stderr
    );
    assert_each_once(&backend, &own);
    assert_eq!(n_parked(folder.path()), 1);
}

#[test]
fn only_what_one_sink_is_owed() {
    let (one, other) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    park_objects(folder.path(), &mut producer, 2, "datadog", ms_ago(minutes(5)));
    let numbers = park_objects(folder.path(), &mut producer, 3, "otlp", ms_ago(minutes(5)));
    RedriveCommand::folder(folder.path()).both(&one, &other).args(&["--sink", "otlp"]).run().expect_code(0);
    assert_each_once(&one, &numbers);
    assert_eq!((other.requests().len(), n_parked(folder.path())), (0, 2));
}

#[test]
fn only_what_was_parked_since() {
    let backend = otlp(FaultSchedule::default());
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    park_objects(folder.path(), &mut producer, 2, "otlp", ms_ago(minutes(3 * 24 * 60)));
    let numbers = park_objects(folder.path(), &mut producer, 3, "otlp", ms_ago(minutes(60)));
    let since = ["--since", "24h"];
    let listed = RedriveCommand::folder(folder.path()).args(&["--dry-run"]).args(&since).run().expect_code(0);
    assert!(listed.stdout.contains("\n3 parked objects, "), "{}", listed.stdout);
    RedriveCommand::folder(folder.path()).otlp(&backend).args(&since).run().expect_code(0);
    assert_each_once(&backend, &numbers);
    assert_eq!(n_parked(folder.path()), 2);
}

#[test]
fn no_more_than_so_many() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 5, "otlp", ms_ago(minutes(5)));
    let ended = RedriveCommand::folder(folder.path())
        .otlp(&backend)
        .args(&["--limit", "2", "--json"])
        .run()
        .expect_code(0);
    assert_eq!(ended.summary()["settled"], 2);
    assert_eq!((backend.logs().len(), n_parked(folder.path())), (2, 3));
    RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--limit", "3"]).run().expect_code(0);
    assert_each_once(&backend, &numbers);
}

#[test]
fn no_faster_than_so_many_a_second() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 6, "otlp", ms_ago(minutes(5)));
    let began = Instant::now();
    RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--rate", "10"]).run().expect_code(0);
    assert!(began.elapsed().as_millis() >= 500, "{:?}", began.elapsed());
    assert_each_once(&backend, &numbers);
}
