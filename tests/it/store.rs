//! Store of `tailwater replay`: replays are idempotent, kills lose nothing, and files of other programs are not
//! changed.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ChildStdin,
};

use benches::Rng;
use tempfile::TempDir;
use tests::{
    binary::root,
    encoding::base64,
    forms,
    replay::{Finished, Replay, balanced},
    sample::{Event, GROUP, check_totals, events, events_from},
};

/// Temporary folder for a new store.
struct StoreFolder(TempDir);

impl StoreFolder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be created"))
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("tailwater.db")
    }

    fn keep(&self, input: impl AsRef<Path>) -> Finished {
        Replay::into_store(input, self.store()).run()
    }
}

#[test]
fn replaying_the_demo_twice_stores_no_duplicates() {
    let folder = StoreFolder::new();
    let demo = root().join("tests/demo");
    let (first, second) = (folder.keep(&demo).code(0), folder.keep(&demo).code(0));
    assert_eq!(first.view(), second.view());
    let (first, second) = (first.json(), second.json());
    let (first, second) = (balanced(&first), balanced(&second));
    assert_eq!(first["duplicates"], 0);
    assert_eq!(second["duplicates"], second["delivered"]);
    assert_eq!(first["delivered"], second["delivered"]);
}

#[test]
fn summary_includes_events_stored_before() {
    let folder = StoreFolder::new();
    let input = folder.0.path().join("a.json");
    let events = events();
    let (first, second) = events.split_at(6);
    fs::write(&input, forms::document(first)).expect("the file can be written");
    assert_eq!(folder.keep(&input).code(0).json()["totals"]["invocations"], 1);
    fs::write(&input, forms::document(second)).expect("the file can be written");
    check_totals(&folder.keep(&input).code(0).json(), 1);
}

/// Events of two invocations of a JSON function that only START lines name; the first REPORT comes before any of them.
fn unnamed_runs() -> Vec<Event> {
    let report = |id: &str| {
        format!(
            r#"{{"time":"2026-03-04T10:00:01.000Z","type":"platform.report","record":{{"requestId":"{id}","status":"success","metrics":{{"durationMs":10.5,"billedDurationMs":11,"memorySizeMB":256,"maxMemoryUsedMB":70}}}}}}"#
        )
    };
    let start = r#"{"time":"2026-03-04T10:00:00.000Z","type":"platform.start","record":{"requestId":"6234bffe-149a-b642-81ff-2e8e376d8aff","functionArn":"arn:aws:lambda:eu-central-1:825765399535:function:tenner","version":"$LATEST"}}"#;
    let (first, second) =
        (report("8edab1f8-7d34-4a8e-a965-15ccbbb78d4c"), report("6234bffe-149a-b642-81ff-2e8e376d8aff"));
    let messages = [first, start.to_owned(), second];
    events().into_iter().zip(messages).map(|(event, message)| Event { message, ..event }).collect()
}

fn check_one_row(finished: &Finished, invocations: usize) {
    let finished = finished.json();
    let functions = finished["functions"].as_array().expect("functions is an array");
    assert_eq!(functions.len(), 1, "{finished}");
    assert_eq!(
        (&functions[0]["function"], &functions[0]["invocations"]),
        (&"tenner".into(), &invocations.into())
    );
}

#[test]
fn overlapping_downloads_of_an_unnamed_function_are_one_row_in_either_order() {
    let all = unnamed_runs();
    let downloads = [&all[..], &all[2..]];
    for order in [downloads, [downloads[1], downloads[0]]] {
        let folder = StoreFolder::new();
        let input = folder.0.path().join("download.json");
        let mut finished = None;
        for events in order {
            fs::write(&input, forms::filter_page(events).to_string()).expect("the file can be written");
            finished = Some(folder.keep(&input).code(0));
        }
        check_one_row(&finished.expect("there are two downloads"), 2);
    }
}

#[test]
fn function_named_late_in_a_download_is_one_row() {
    let folder = StoreFolder::new();
    let input = folder.0.path().join("download.json");
    fs::write(&input, forms::get_page(&unnamed_runs()).to_string()).expect("the file can be written");
    check_one_row(&Replay::measure(&input).run().code(0), 2);
}

/// Builds documents that need several transactions: each has the sample's invocations and messages that hardly
/// compress.
fn bulky_documents() -> Vec<u8> {
    documents_with(&random_messages(8, 90_000), 160)
}

/// Builds this number of copies of the sample, each in its own log stream and with these messages inserted.
fn documents_with(random_messages: &[String], copies: usize) -> Vec<u8> {
    let document = |number: usize| {
        let mut events = events_from(number * 100);
        let inserted = |(index, random_message): (usize, &String)| Event {
            id: format!("{:056}", number * 100 + 50 + index),
            message: random_message.clone(),
            ..events[2].clone()
        };
        let inserted: Vec<_> = random_messages.iter().enumerate().map(inserted).collect();
        events.splice(3..3, inserted);
        forms::document_of(GROUP, &format!("2026/03/04/[$LATEST]{number:032x}"), &events)
    };
    (0..copies).flat_map(document).collect()
}

/// Returns messages of this size with random contents.
fn random_messages(count: usize, bytes: usize) -> Vec<String> {
    let mut rng = Rng::new(7);
    let mut random_message =
        || base64(&(0..bytes * 3 / 32).flat_map(|_| rng.draw().to_le_bytes()).collect::<Vec<u8>>());
    (0..count).map(|_| random_message()).collect()
}

/// Ends three replays with a signal after a growing part of the input, then checks a complete replay into the same
/// store.
fn check_interrupted(signal: &str, code: Option<i32>) {
    let documents = bulky_documents();
    let clean = Replay::into_store("-", StoreFolder::new().store()).stdin(documents.clone()).run().code(0);
    let folder = StoreFolder::new();
    for tenth in [1, 5, 9] {
        let ended = interrupt(&folder, &documents, documents.len() * tenth / 10, signal);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(ended.stderr.contains("run the command again to complete the store"), code.is_some());
    }
    let again = Replay::into_store("-", folder.store()).stdin(documents).run().code(0);
    assert_eq!(again.view(), clean.view());
    let json = again.json();
    let duplicates = balanced(&json)["duplicates"].as_u64().expect("the count is a number");
    assert!(duplicates > 0, "no replay was ended after it had stored events");
}

/// Writes `before` bytes, sends the signal, and continues writing until the process ends.
fn interrupt(folder: &StoreFolder, lines: &[u8], before: usize, signal: &str) -> Finished {
    let mut running = Replay::into_store("-", folder.store()).start();
    let mut stdin = running.stdin();
    let (first, rest) = lines.split_at(before);
    stdin.write_all(first).expect("the process reads stdin");
    running.signal(signal);
    feed_until_closed(stdin, rest);
    running.wait()
}

fn feed_until_closed(mut stdin: ChildStdin, rest: &[u8]) {
    const MAX_ROUNDS: usize = 50;
    let mut rounds = 0;
    while stdin.write_all(rest).is_ok() {
        rounds += 1;
        assert!(rounds < MAX_ROUNDS, "the process does not end");
    }
}

#[test]
fn killed_replay_is_completed_by_a_second_one() {
    check_interrupted("KILL", None);
}

#[test]
fn interrupted_replay_is_completed_by_a_second_one() {
    check_interrupted("INT", Some(130));
}

#[test]
fn slow_writer_blocks_the_readers() {
    // 200 MB in blocks of 1 MB exceed the memory limit unless readers wait for the writer.
    let documents = documents_with(&random_messages(1, 1_000_000), 200);
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    fs::write(folder.path().join("bulky.json"), documents).expect("the file can be written");
    let kept = Replay::into_store(folder.path(), StoreFolder::new().store()).memory_mib(150).run().code(0);
    check_totals(&kept.json(), 200);
}

/// Offsets of header fields in a SQLite file.
const USER_VERSION: usize = 60;
const APPLICATION_ID: usize = 68;

/// Checks that a store with a changed header field is rejected with these words and not modified.
fn check_refused(offset: usize, words: &[&str]) {
    let folder = StoreFolder::new();
    let input = folder.0.path().join("a.json");
    fs::write(&input, forms::document(&events())).expect("the file can be written");
    folder.keep(&input).code(0);
    let mut bytes = fs::read(folder.store()).expect("the store exists");
    bytes[offset..offset + 4].copy_from_slice(&0x00FF_FFFF_u32.to_be_bytes());
    check_untouched(&folder, &bytes, words);
}

fn check_untouched(folder: &StoreFolder, bytes: &[u8], words: &[&str]) {
    fs::write(folder.store(), bytes).expect("the file can be written");
    let input = folder.0.path().join("b.json");
    fs::write(&input, forms::document(&events())).expect("the file can be written");
    let finished = folder.keep(&input);
    assert_ne!(finished.code, Some(0));
    for word in words.iter().chain([&"tailwater.db"]) {
        assert!(finished.stderr.contains(word), "no {word:?} in {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    assert!(fs::read(folder.store()).expect("the store exists") == bytes, "the file was changed");
}

#[test]
fn store_of_a_newer_version_is_rejected() {
    check_refused(USER_VERSION, &["version 16777215", "only up to"]);
}

#[test]
fn database_of_another_program_is_rejected() {
    check_refused(APPLICATION_ID, &["not a"]);
}

#[test]
fn file_that_is_not_a_database_is_rejected() {
    check_untouched(&StoreFolder::new(), "my diary\n".repeat(1000).as_bytes(), &["not a"]);
}
