//! Flags of `tailwater redrive` that select objects and sinks.

use std::time::Instant;

use tests::{
    backend::FaultSchedule,
    function_builder::{datadog, otlp},
    producer::Producer,
};

use super::{RedriveCommand, assert_each_once, minutes, ms_ago, n_parked, park_objects};

#[test]
fn to_flag_delivers_to_another_sink() {
    let (to, other) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 4, "datadog", ms_ago(minutes(5)));
    RedriveCommand::folder(folder.path()).both(&to, &other).args(&["--to", "otlp"]).run().expect_code(0);
    assert_each_once(&to, &numbers);
    assert_eq!((other.requests().len(), n_parked(folder.path())), (0, 0));
}

#[test]
fn unknown_or_unset_sink_is_an_error() {
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
fn missing_folder_is_an_error() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let finished =
        RedriveCommand::folder(&folder.path().join("mistyped")).otlp(&backend).run().expect_code(1);
    assert!(finished.stderr.contains("mistyped is not a folder"), "{}", finished.stderr);
}

#[test]
fn object_for_an_unset_sink_is_kept_and_named() {
    let backend = otlp(FaultSchedule::default());
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    park_objects(folder.path(), &mut producer, 1, "datadog", ms_ago(minutes(5)));
    let own = park_objects(folder.path(), &mut producer, 1, "otlp", ms_ago(minutes(5)));
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(1);
    assert!(
        ended.stderr.contains("/sink=datadog/") && ended.stderr.contains("TAILWATER_SINKS does not name"),
        "{}",
        ended.stderr
    );
    assert_each_once(&backend, &own);
    assert_eq!(n_parked(folder.path()), 1);
}

#[test]
fn sink_flag_selects_objects_of_one_sink() {
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
fn since_flag_selects_recently_parked_objects() {
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
fn limit_flag_limits_the_number_of_objects() {
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
fn rate_flag_limits_the_objects_per_second() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 6, "otlp", ms_ago(minutes(5)));
    let began = Instant::now();
    RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--rate", "10"]).run().expect_code(0);
    assert!(began.elapsed().as_millis() >= 500, "{:?}", began.elapsed());
    assert_each_once(&backend, &numbers);
}
