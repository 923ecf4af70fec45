//! Faults of the store's file: each is reported with the path, the cause and a remedy, and damage never gives wrong numbers.

use std::{fs, path::PathBuf};

use tempfile::TempDir;
use tests::{
    binary::root,
    forms,
    replay::{Finished, Replay},
    sample::events,
};

/// Temporary folder with a store of the demo.
struct Demo {
    folder: TempDir,
}

impl Demo {
    fn new() -> Self {
        let demo = Self { folder: tempfile::tempdir().expect("a temporary folder can be created") };
        Replay::into_store(root().join("tests/demo"), demo.store()).run().code(0);
        demo
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("tailwater.db")
    }

    fn check(&self) -> Finished {
        Replay::subcommand("store").arg("check").arg("--store").arg(self.store()).run()
    }

    /// Replays a small input into the store, which then shows all of it.
    fn show(&self) -> Finished {
        let input = self.folder.path().join("a.json");
        fs::write(&input, forms::document(&events())).expect("the file can be written");
        Replay::into_store(input, self.store()).run()
    }

    /// Changes one bit of every row that has this text.
    fn damage(&self, text: &[u8]) {
        let mut bytes = fs::read(self.store()).expect("the store exists");
        let found: Vec<_> =
            (0..bytes.len() - text.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
        assert!(!found.is_empty(), "the store does not have this text");
        for at in found {
            bytes[at] ^= 1;
        }
        fs::write(self.store(), bytes).expect("the store can be written");
    }
}

/// Checks that a command failed, and that its message has these words.
fn check_failed(finished: &Finished, words: &[&str]) {
    assert_eq!(finished.code, Some(1), "{finished:?}");
    for word in words {
        assert!(finished.stderr.contains(word), "no {word:?} in {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}

#[test]
fn check_of_an_intact_store_counts_its_content() {
    let checked = Demo::new().check().code(0);
    assert!(checked.stdout.contains("is intact: 77,755 events in"), "{}", checked.stdout);
}

#[test]
fn damaged_row_fails_the_check_and_the_view() {
    let demo = Demo::new();
    demo.damage(b"eu-west-1");
    let checked = demo.check();
    check_failed(&checked, &["tailwater.db", "of streams was changed"]);
    assert!(checked.stdout.contains("is damaged in"), "{}", checked.stdout);
    let shown = demo.show();
    check_failed(
        &shown,
        &["tailwater.db is damaged (row", "tailwater store check", "replay the logs into a new one"],
    );
    assert!(shown.stdout.is_empty(), "{}", shown.stdout);
}

#[test]
fn truncated_store_fails_the_check_and_the_view() {
    let demo = Demo::new();
    let file = fs::File::options().write(true).open(demo.store()).expect("the store exists");
    file.set_len(100_000).expect("the store can be truncated");
    check_failed(&demo.check(), &["tailwater.db is damaged", "malformed"]);
    check_failed(&demo.show(), &["tailwater.db is damaged", "malformed"]);
}

#[test]
fn check_of_a_missing_store_creates_no_file() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let checked = Replay::subcommand("store").arg("check").in_folder(folder.path()).run();
    check_failed(&checked, &["there is no store tailwater.db", "--store"]);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder exists").count(), 0);
}

#[test]
fn names_of_databases_in_memory_are_refused() {
    for name in [":memory:", "file:x.db?mode=memory", "file:x.db"] {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let refused = Replay::into_store(root().join("tests/demo"), name).in_folder(folder.path()).run();
        check_failed(&refused, &[name, "give the path of a file"]);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder exists").count(), 0);
    }
}

#[test]
fn file_size_limit_is_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let store = folder.path().join("tailwater.db");
    let limited = Replay::into_store(root().join("tests/demo"), store).file_blocks(400).run();
    check_failed(&limited, &["tailwater.db cannot grow beyond the file-size limit", "ulimit -f"]);
}

#[test]
fn missing_folder_and_folder_as_store_are_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let missing = Replay::into_store(root().join("tests/demo"), folder.path().join("missing/x.db")).run();
    check_failed(
        &missing,
        &["missing/x.db cannot be opened", "No such file", "name a file in an existing folder"],
    );
    let itself = Replay::into_store(root().join("tests/demo"), folder.path()).run();
    check_failed(&itself, &["cannot be opened (it is a folder)"]);
}
