//! `tailwater replay` answers what it was asked: times of lines without one, ranges, flags that hold for a store, and
//! inputs without events.

use std::{fs, path::Path};

use serde_json::Value;
use tests::{
    forms,
    replay::{Finished, Replay},
    sample::{FUNCTION, events, report},
};

const REQUEST: &str = "8edab1f8-7d34-4a8e-a965-15ccbbb78d4c";

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("the file can be written");
    }
    folder
}

/// Returns the records that `replay` prints for an input, with the summary at the end.
fn records(replay: Replay) -> Vec<Value> {
    let printed = replay.args(["--to", "stdout", "--json"]).run().code(0).stdout;
    printed.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn times(records: &[Value], kind: &str) -> Vec<i64> {
    let of_kind = records.iter().filter(|record| record["kind"] == kind);
    of_kind.map(|record| record["time"].as_i64().expect("a record has a time")).collect()
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.expect("now is after 1970").as_millis()).expect("it fits")
}

#[test]
fn lines_without_time_get_that_of_their_neighbour() {
    let text = format!(
        "START RequestId: {REQUEST} Version: 3\n2026-03-04T10:00:00.200Z\t{REQUEST}\tINFO\thello\n{}\n",
        report(REQUEST)
    );
    let folder = folder_with(&[("pay.log", &text)]);
    let records = records(Replay::new().arg(folder.path().join("pay.log")));
    assert_eq!(times(&records, "log"), [1_772_618_400_200; 3]);
    assert_eq!(times(&records, "invocation"), [1_772_618_400_200]);
}

#[test]
fn standard_input_without_any_time_is_of_now() {
    let records = records(Replay::new().arg("-").stdin(format!("hello\n{}\n", report(REQUEST))));
    let age = now_ms() - times(&records, "invocation")[0];
    assert!((0..600_000).contains(&age), "{age} ms");
}

#[test]
fn lines_before_the_range_complete_those_within_it() {
    let folder = folder_with(&[("out.txt", &forms::tail(&events()))]);
    let path = folder.path().join("out.txt");
    let records = records(Replay::new().arg(path).args(["--since", "2026-03-04T10:00:00.150Z"]));
    let first = records.first().expect("there are records");
    assert_eq!((first["request_id"].as_str(), first["level"].as_str()), (Some(REQUEST), Some("INFO")));
    let invocations: Vec<_> = records.iter().filter(|record| record["kind"] == "invocation").collect();
    let first =
        invocations.iter().find(|invocation| invocation["request_id"] == REQUEST).expect("it is in range");
    assert_eq!((&first["cold_start"], &first["region"]), (&true.into(), &"eu-west-1".into()));
    let summary = records.last().expect("the summary is the last line");
    assert_eq!(summary["ledger"]["filtered"], 2);
}

fn region_and_notes(finished: &Finished) -> (Value, String) {
    let json = finished.json();
    (json["functions"][0]["region"].clone(), json["notes"].to_string())
}

#[test]
fn flags_given_once_hold_for_the_store() {
    let functions = r#"{"FunctionName":"pay","Timeout":9,"Architectures":["arm64"]}"#;
    let folder = folder_with(&[("pay.log", &report(REQUEST)), ("functions.json", functions)]);
    let replay = |flags: &[&str]| {
        let input = Replay::into_store("pay.log", "kept.db").in_folder(folder.path());
        region_and_notes(&input.env("AWS_REGION", "us-east-2").args(flags).run().code(0))
    };
    let (region, notes) = replay(&[]);
    assert_eq!(region, "us-east-2");
    assert!(notes.contains("region us-east-2 from AWS_REGION"), "{notes}");
    assert_eq!(replay(&["--region", "eu-west-1", "--functions", "functions.json"]).0, "eu-west-1");
    let (region, notes) = replay(&[]);
    assert_eq!(region, "eu-west-1");
    assert!(notes.contains("region eu-west-1 from --region of an earlier run"), "{notes}");
    assert!(notes.contains("configurations from --functions of an earlier run"), "{notes}");
    assert_eq!(replay(&["--region", "eu-west-2"]).0, "eu-west-2");
    assert_eq!(replay(&[]).0, "eu-west-2");
}

#[test]
fn setting_of_the_region_precedes_that_of_aws() {
    let folder = folder_with(&[("pay.log", &report(REQUEST))]);
    let input = Replay::measure(folder.path().join("pay.log"));
    let replayed = input.env("AWS_REGION", "us-east-2").env("TAILWATER_REGION", "eu-west-3").run().code(0);
    assert_eq!(region_and_notes(&replayed).0, "eu-west-3");
}

/// Checks that an input without events is an error that names it, and that nothing in the store is shown.
fn check_nothing_read(folder: &Path, input: &str, reason: &str) {
    let store = folder.join("full.db");
    let full = Replay::into_store("-", &store).args(["--function", FUNCTION]).stdin(forms::plain(&events()));
    assert_eq!(full.run().code(0).json()["totals"]["invocations"], 3);
    let replay = || Replay::new().arg("--store").arg(&store).arg(folder.join(input));
    let finished = replay().run().code(1);
    assert_eq!(finished.stdout, "");
    for text in [reason, "nothing was read; the store "] {
        assert!(finished.stderr.contains(text), "{}", finished.stderr);
    }
    let json = replay().arg("--json").run().code(1).json();
    assert_eq!((&json["totals"]["invocations"], &json["functions"]), (&0.into(), &Value::Array(Vec::new())));
    assert_eq!(json["ledger"]["received"], json["ledger"]["rejected"]);
}

#[test]
fn input_without_events_is_not_answered_from_the_store() {
    let folder = folder_with(&[("empty.log", ""), ("blank.log", "\n\n"), ("diary.txt", "dear diary\n")]);
    fs::create_dir(folder.path().join("none")).expect("the folder can be created");
    check_nothing_read(folder.path(), "missing.log", "no such file");
    check_nothing_read(folder.path(), "no*.log", "no file matches this pattern");
    check_nothing_read(folder.path(), "empty.log", "empty");
    check_nothing_read(folder.path(), "blank.log", "empty");
    check_nothing_read(folder.path(), "none", "no files in this folder");
    check_nothing_read(folder.path(), "diary.txt", "without any line that Lambda or a runtime writes");
}
