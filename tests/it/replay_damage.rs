//! `tailwater replay` with damaged and hostile input: it is named and counted, the rest is read, and memory is
//! bounded.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    encoding::{base64, gzip, lambda_event},
    forms,
    replay::{Finished, Replay, balanced},
    sample::{Event, GROUP, check_totals, events, events_from, report},
};

/// Memory limit of `--to none`, for any input.
const MEMORY_MIB: u64 = 64;
const MEMORY_WITH_STORE_MIB: u64 = 150;

/// Temporary folder of input files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be created"))
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path().join(name), content).expect("the file can be written");
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn measure(&self) -> Finished {
        Replay::measure(self.path()).memory_mib(MEMORY_MIB).run()
    }
}

/// Builds the document of a copy of the sample, in its own log stream.
fn copy(number: usize) -> Vec<u8> {
    forms::document_of(GROUP, &format!("2026/03/04/[$LATEST]{number:032x}"), &events_from(number * 100))
}

/// Builds a document of lines that belong to no invocation, so that totals do not depend on the number of lines read.
fn unrelated_lines(number: usize, lines: usize) -> Vec<u8> {
    let line = |index| Event {
        id: format!("{:056}", number * 1_000_000 + index),
        after_ms: 1,
        message: format!("line {index} of {lines}: {:x}", index * 2_654_435_761),
    };
    forms::document_of(GROUP, "2026/03/04/[$LATEST]cc", &(0..lines).map(line).collect::<Vec<_>>())
}

/// Returns the only line on stderr that names the file.
fn error_line<'f>(finished: &'f Finished, name: &str) -> &'f str {
    let lines: Vec<_> = finished.stderr.lines().filter(|line| line.contains(name)).collect();
    let [line] = lines.as_slice() else {
        panic!("{name} is named {} times in:\n{}", lines.len(), finished.stderr)
    };
    line
}

/// Checks that a file is rejected with this reason, and that a valid file in the same folder is read completely.
#[track_caller]
fn check_rejected(name: &str, content: impl AsRef<[u8]>, reason: &str) {
    let folder = Folder::new().with("good.json", copy(1)).with(name, content);
    let finished = folder.measure().code(1);
    let line = error_line(&finished, name);
    assert!(line.contains(reason), "{line}");
    check_totals(&finished.json(), 1);
    assert_eq!(balanced(&finished.json())["rejected"], 1, "{}", finished.stdout);
}

#[test]
fn empty_file_is_rejected() {
    check_rejected("nothing.log", "", "empty");
}

#[test]
fn binary_file_is_rejected() {
    let bytes: Vec<u8> = (0..5000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    check_rejected("picture.png", bytes, "binary");
}

#[test]
fn unrelated_json_is_rejected() {
    check_rejected("package.json", r#"{"name": "checkout", "version": "1.0.0"}"#, "name, version");
}

#[test]
fn prose_is_rejected() {
    check_rejected("notes.txt", "Buy milk.\nThen call Anna about the invoice.\n", "no");
}

#[test]
fn invalid_base64_is_rejected() {
    check_rejected("event.json", r#"{"awslogs":{"data":"H4sI!!!!"}}"#, "base64");
}

#[test]
fn truncated_gzip_is_rejected() {
    let whole = gzip(&unrelated_lines(7, 5000));
    let broken = whole.get(..whole.len() / 2).expect("half is a prefix");
    check_rejected("half.gz", broken, &format!("byte {}", broken.len()));
}

#[test]
fn gzip_with_a_wrong_checksum_is_rejected() {
    let mut broken = gzip(&unrelated_lines(7, 5000));
    let at = broken.len() - 6;
    broken[at] ^= 1;
    check_rejected("crc.gz", broken, "byte ");
}

#[test]
fn data_after_gzip_is_rejected() {
    check_rejected("tail.gz", [gzip(&unrelated_lines(7, 10)), b"<html>".to_vec()].concat(), "byte ");
}

#[test]
fn truncated_document_is_rejected() {
    let whole = unrelated_lines(7, 5000);
    check_rejected("half.json", whole.get(..whole.len() / 2).expect("half is a prefix"), "byte ");
}

#[test]
fn events_before_the_damage_are_kept() {
    let second = gzip(&unrelated_lines(7, 5000));
    let broken =
        [gzip(&copy(2)).as_slice(), second.get(..second.len() / 2).expect("half is a prefix")].concat();
    let finished = Folder::new().with("good.json", copy(1)).with("broken.gz", broken).measure().code(1);
    check_totals(&finished.json(), 2);
    let ledger = balanced(&finished.json()).clone();
    assert_eq!(ledger["rejected"], 1);
    let delivered = ledger["delivered"].as_u64().expect("the count is a number");
    assert!((24 + 500..24 + 5000).contains(&delivered), "{ledger}");
}

#[test]
fn damaged_line_among_lambda_events_costs_only_itself() {
    let lines = [copy(1), copy(2), copy(3)].map(|document| lambda_event(&document).to_string());
    let [first, second, third] = &lines;
    let broken = second.replacen("\"data\":\"", "\"data\":\"!", 1);
    let content = format!("{first}\n{broken}\n{third}\n{{\"awslogs\":\n");
    let finished = Folder::new().with("events.ndjson", content).measure().code(1);
    check_totals(&finished.json(), 2);
    assert_eq!(balanced(&finished.json())["rejected"], 2, "{}", finished.stderr);
}

#[test]
fn damaged_record_of_a_kinesis_event_costs_only_itself() {
    let data = [base64(&gzip(&copy(1))), "!".to_owned(), base64(&gzip(&copy(2)))];
    let finished =
        Folder::new().with("kinesis.json", forms::kinesis_event(&data).to_string()).measure().code(1);
    check_totals(&finished.json(), 2);
    assert_eq!(balanced(&finished.json())["rejected"], 1, "{}", finished.stderr);
}

#[cfg(unix)]
#[test]
fn file_that_cannot_be_opened_is_named() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::new().with("good.json", copy(1)).with("secret.json", copy(2));
    symlink("nowhere", folder.file("dangling.json")).expect("the link can be created");
    fs::set_permissions(folder.file("secret.json"), fs::Permissions::from_mode(0o000))
        .expect("the file is owned by this process");
    // Root can read every file.
    let is_refused = fs::read(folder.file("secret.json")).is_err();
    let finished = folder.measure().code(1);
    error_line(&finished, "dangling.json");
    check_totals(&finished.json(), if is_refused { 1 } else { 2 });
    assert_eq!(balanced(&finished.json())["rejected"], 1 + u64::from(is_refused));
}

#[test]
fn all_kinds_of_damage_together_cost_only_themselves() {
    let truncated = gzip(&unrelated_lines(7, 5000));
    let folder = Folder::new()
        .with("a.json", copy(1))
        .with("b.gz", gzip(&copy(2)))
        .with("c-empty", "")
        .with("d-binary", [0_u8, 159, 146, 150].repeat(100))
        .with("e-truncated.gz", truncated.get(..1000).expect("the data is longer"))
        .with("f-wrong.json", "[1, 2, 3]")
        .with("g-prose.txt", "nothing to see here\n")
        .with("h-nested.json", "[".repeat(100_000))
        .with("i.json", lambda_event(&copy(3)).to_string());
    for jobs in ["1", "2"] {
        let finished = Replay::measure(folder.path()).args(["--jobs", jobs]).run().code(1);
        check_totals(&finished.json(), 3);
        assert_eq!(balanced(&finished.json())["rejected"], 6, "{}", finished.stderr);
        for name in ["c-empty", "d-binary", "e-truncated.gz", "f-wrong.json", "g-prose.txt", "h-nested.json"]
        {
            error_line(&finished, name);
        }
    }
}

#[test]
fn deeply_nested_json_is_rejected() {
    check_rejected("nested.json", "[".repeat(100_000), "");
}

#[test]
fn deeply_nested_json_in_a_message_is_text() {
    let nested = ["[".repeat(100_000), "{\"a\":".repeat(100_000)];
    let mut events = events();
    for (message, event) in nested.into_iter().zip(&mut events[2..]) {
        event.message = message;
    }
    let finished = Folder::new().with("deep.json", forms::document(&events)).measure().code(0);
    check_totals(&finished.json(), 1);
}

#[test]
fn line_of_100_mb_is_read_in_bounded_memory() {
    let mut events = events();
    events[2].message = "a line that does not end ".repeat(4_000_000) + "\n";
    let document = forms::document(&events);
    let plain = forms::plain(&events);
    let folder = Folder::new().with("long.json", document).with("checkout-api.log", plain);
    let finished = folder.measure().code(0);
    check_totals(&finished.json(), 2);
    assert_eq!(balanced(&finished.json())["delivered"], 24);
    let store = tempfile::tempdir().expect("a temporary folder can be created");
    let kept =
        Replay::into_store(folder.path(), store.path().join("long.db")).memory_mib(MEMORY_WITH_STORE_MIB);
    check_totals(&kept.run().code(0).json(), 2);
}

#[test]
fn decompression_bomb_is_rejected() {
    // 400 MB that are compressed to a few hundred kB.
    let bomb = gzip(&vec![0; 20_000_000]).repeat(20);
    let event = json!({"awslogs": {"data": base64(&bomb)}}).to_string();
    check_rejected("bomb.json", event, "");
    check_rejected("bomb.gz", bomb, "");
}

/// Builds a document with a REPORT line at each of these times.
fn reports_at(times: &[Value]) -> Vec<u8> {
    let event = |(index, time): (usize, &Value)| json!({"id": format!("{index:056}"), "timestamp": time, "message": report(&index.to_string())});
    let mut document: Value = serde_json::from_slice(&copy(0)).expect("the document is JSON");
    document["logEvents"] = times.iter().enumerate().map(event).collect();
    document.to_string().into_bytes()
}

#[test]
fn extreme_times_are_kept() {
    let times =
        [0, -1, 1, i64::MIN, i64::MAX, i64::MIN + 1, i64::MAX - 1, 253_402_300_800_000, -62_135_596_800_001];
    let document = reports_at(&times.map(Value::from));
    let folder = Folder::new().with("times.json", document);
    let json = folder.measure().code(0).json();
    assert_eq!(json["totals"]["invocations"], times.len(), "{json:#}");
    let store = tempfile::tempdir().expect("a temporary folder can be created");
    let kept = Replay::into_store(folder.path(), store.path().join("times.db")).run().code(0);
    assert_eq!(kept.json()["totals"], json["totals"]);
    // The table must be printed for these times as well.
    let picture = Replay::new().args(["--to", "none"]).arg(folder.path()).run().code(0);
    assert!(picture.stdout.contains("checkout-api"), "{}", picture.stdout);
}

#[test]
fn invalid_times_do_not_end_the_replay() {
    let times =
        [json!(1e300), json!(-1e300), json!(0.5), json!("soon"), json!(null), json!(u64::MAX), json!([1])];
    let finished = Folder::new().with("times.json", reports_at(&times)).measure();
    assert!(matches!(finished.code, Some(0 | 1)), "{finished:?}");
    balanced(&finished.json());
}
