//! The store: replaying twice changes nothing, a kill at any moment costs nothing, and no other file is touched.

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
    forms,
    pack::base64,
    replay::{Finished, Replay, balanced},
    sample::{Event, GROUP, check_totals, events, events_from},
};

/// A store that does not exist yet.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("tailwater.db")
    }

    fn keep(&self, input: impl AsRef<Path>) -> Finished {
        Replay::keep(input, self.store()).run()
    }
}

#[test]
fn the_demo_replayed_twice_changes_nothing() {
    let place = Place::new();
    let demo = root().join("tests/demo");
    let (first, second) = (place.keep(&demo).code(0), place.keep(&demo).code(0));
    assert_eq!(first.view(), second.view());
    let (first, second) = (first.json(), second.json());
    let (first, second) = (balanced(&first), balanced(&second));
    assert_eq!(first["duplicates"], 0);
    assert_eq!(second["duplicates"], second["delivered"]);
    assert_eq!(first["delivered"], second["delivered"]);
}

#[test]
fn what_was_there_before_is_part_of_the_view() {
    let place = Place::new();
    let input = place.0.path().join("a.json");
    let events = events();
    let (first, second) = events.split_at(6);
    fs::write(&input, forms::document(first)).expect("there is room");
    assert_eq!(place.keep(&input).code(0).json()["totals"]["invocations"], 1);
    fs::write(&input, forms::document(second)).expect("there is room");
    check_totals(&place.keep(&input).code(0).json(), 1);
}

/// Two runs of a JSON function whose name only its START lines tell; the first REPORT stands before any of them.
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

fn check_one_row(seen: &Finished, invocations: usize) {
    let seen = seen.json();
    let functions = seen["functions"].as_array().expect("a list of functions");
    assert_eq!(functions.len(), 1, "{seen}");
    assert_eq!(
        (&functions[0]["function"], &functions[0]["invocations"]),
        (&"tenner".into(), &invocations.into())
    );
}

#[test]
fn overlapping_downloads_without_a_name_are_one_function_in_either_order() {
    let all = unnamed_runs();
    let downloads = [&all[..], &all[2..]];
    for order in [downloads, [downloads[1], downloads[0]]] {
        let place = Place::new();
        let input = place.0.path().join("download.json");
        let mut seen = None;
        for events in order {
            fs::write(&input, forms::filter_page(events).to_string()).expect("there is room");
            seen = Some(place.keep(&input).code(0));
        }
        check_one_row(&seen.expect("two downloads"), 2);
    }
}

#[test]
fn a_download_that_names_its_function_late_is_one_row() {
    let place = Place::new();
    let input = place.0.path().join("download.json");
    fs::write(&input, forms::get_page(&unnamed_runs()).to_string()).expect("there is room");
    check_one_row(&Replay::measure(&input).run().code(0), 2);
}

/// Documents of which the store fills several transactions: each has the sample's three runs, and messages that hardly
/// compress.
fn bulky_documents() -> Vec<u8> {
    documents_with(&noises(8, 90_000), 160)
}

/// So many copies of the sample, each in a stream of its own and with these messages in its midst.
fn documents_with(noises: &[String], copies: usize) -> Vec<u8> {
    let document = |number: usize| {
        let mut events = events_from(number * 100);
        let noisy = |(index, noise): (usize, &String)| Event {
            id: format!("{:056}", number * 100 + 50 + index),
            message: noise.clone(),
            ..events[2].clone()
        };
        let noisy: Vec<_> = noises.iter().enumerate().map(noisy).collect();
        events.splice(3..3, noisy);
        forms::document_of(GROUP, &format!("2026/03/04/[$LATEST]{number:032x}"), &events)
    };
    (0..copies).flat_map(document).collect()
}

/// Messages of this many bytes that share nothing.
fn noises(count: usize, bytes: usize) -> Vec<String> {
    let mut rng = Rng::new(7);
    let mut noise =
        || base64(&(0..bytes * 3 / 32).flat_map(|_| rng.draw().to_le_bytes()).collect::<Vec<u8>>());
    (0..count).map(|_| noise()).collect()
}

/// Runs over a growing part of the input, each ended by a signal; then one whole run into the same store.
fn check_interrupted(signal: &str, code: Option<i32>) {
    let documents = bulky_documents();
    let clean = Replay::keep("-", Place::new().store()).stdin(documents.clone()).run().code(0);
    let place = Place::new();
    for tenth in [1, 5, 9] {
        let ended = interrupt(&place, &documents, documents.len() * tenth / 10, signal);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(ended.stderr.contains("run the command again to complete the store"), code.is_some());
    }
    let again = Replay::keep("-", place.store()).stdin(documents).run().code(0);
    assert_eq!(again.view(), clean.view());
    let json = again.json();
    let duplicates = balanced(&json)["duplicates"].as_u64().expect("it is a number");
    assert!(duplicates > 0, "no run was ended after it had kept something");
}

/// Feeds `before` bytes, sends the signal, and goes on feeding until nobody reads.
fn interrupt(place: &Place, lines: &[u8], before: usize, signal: &str) -> Finished {
    let mut running = Replay::keep("-", place.store()).start();
    let mut stdin = running.stdin();
    let (first, rest) = lines.split_at(before);
    stdin.write_all(first).expect("it reads on");
    running.signal(signal);
    feed_until_closed(stdin, rest);
    running.wait()
}

fn feed_until_closed(mut stdin: ChildStdin, rest: &[u8]) {
    const ENOUGH: usize = 50;
    let mut rounds = 0;
    while stdin.write_all(rest).is_ok() {
        rounds += 1;
        assert!(rounds < ENOUGH, "it does not stop reading");
    }
}

#[test]
fn killed_at_any_moment_a_second_run_completes_it() {
    check_interrupted("KILL", None);
}

#[test]
fn interrupted_a_second_run_completes_it() {
    check_interrupted("INT", Some(130));
}

#[test]
fn a_writer_that_is_behind_holds_the_readers_back() {
    // Two hundred megabytes in blocks of a megabyte: more than the memory there is, unless someone waits.
    let documents = documents_with(&noises(1, 1_000_000), 200);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::write(folder.path().join("bulky.json"), documents).expect("there is room");
    let kept = Replay::keep(folder.path(), Place::new().store()).memory_mib(150).run().code(0);
    check_totals(&kept.json(), 200);
}

/// Where SQLite keeps these numbers in a file's header.
const USER_VERSION: usize = 60;
const APPLICATION_ID: usize = 68;

/// A store in which one of the header's numbers is another one is refused, with these words, and not changed.
fn check_refused(offset: usize, words: &[&str]) {
    let place = Place::new();
    let input = place.0.path().join("a.json");
    fs::write(&input, forms::document(&events())).expect("there is room");
    place.keep(&input).code(0);
    let mut bytes = fs::read(place.store()).expect("it was written");
    bytes[offset..offset + 4].copy_from_slice(&0x00FF_FFFF_u32.to_be_bytes());
    check_untouched(&place, &bytes, words);
}

fn check_untouched(place: &Place, bytes: &[u8], words: &[&str]) {
    fs::write(place.store(), bytes).expect("there is room");
    let input = place.0.path().join("b.json");
    fs::write(&input, forms::document(&events())).expect("there is room");
    let finished = place.keep(&input);
    assert_ne!(finished.code, Some(0));
    for word in words.iter().chain([&"tailwater.db"]) {
        assert!(finished.stderr.contains(word), "no {word:?} in {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    assert!(fs::read(place.store()).expect("it is there") == bytes, "the file was changed");
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    check_refused(USER_VERSION, &["version 16777215", "knows up to"]);
}

#[test]
fn a_database_of_another_program_is_refused() {
    check_refused(APPLICATION_ID, &["not a"]);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    check_untouched(&Place::new(), "my diary\n".repeat(1000).as_bytes(), &["not a"]);
}
