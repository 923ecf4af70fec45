//! Test that a killed run leaves a consistent file, which a second run completes to the result of one clean run.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use super::*;

/// Environment variable with the path of the store, set in the process that is to be killed.
const STORE_OF_CHILD: &str = "TAILWATER_TEST_STORE";
const EVENTS: i64 = 60_000;

/// Writes the same input in every run, long enough for several transactions.
fn replay(path: &Path) -> WriteCounts {
    let writer = Store::open(path).unwrap().writer().unwrap();
    let handle = writer.handle();
    let mut builder = BlockBuilder::new(writer.handle());
    for n in 0..EVENTS {
        let noise = EventKey::of(EventId::Position(n.unsigned_abs()), Part::Whole).0;
        event(n, &format!("order {n} {noise:x}{:x}", noise.rotate_left(7)).repeat(8)).push_to(&mut builder);
        if n % 10 == 0 {
            handle.invocation(invocation(&n.to_string(), n)).unwrap();
        }
        if n % 1000 == 1 {
            handle.evidence(evidence(n, EvidenceKind::Timeout)).unwrap();
        }
    }
    drop(handle);
    builder.finish().unwrap();
    writer.finish().unwrap()
}

/// Reads all events and invocations of the store, as text.
fn contents(path: &Path) -> (Vec<String>, Vec<String>) {
    let store = Store::open_read_only(path).unwrap();
    let events = store.search(&Query::default(), 100_000).unwrap();
    let events =
        events.iter().map(|event| format!("{:?} {} {}", event.position.time, event.key.0, event.message));
    let mut invocations = Vec::new();
    store
        .for_each_invocation(TimeRange::default(), |invocation| {
            invocations.push(format!("{invocation:?}"));
        })
        .unwrap();
    invocations.sort();
    (events.collect(), invocations)
}

/// Entry point of the child process that [`second_run_completes_a_killed_run`] kills; does nothing in a
/// normal test run.
#[test]
fn child_process() {
    if let Some(path) = std::env::var_os(STORE_OF_CHILD) {
        replay(Path::new(&path));
    }
}

/// Starts the child process and kills it when its files have `size` bytes.
fn kill_after(path: &Path, size: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::killed::child_process"])
        .env(STORE_OF_CHILD, path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let log = path.with_extension("db-wal");
    let size_on_disk =
        || [path, &log].iter().map(|file| std::fs::metadata(file).map_or(0, |data| data.len())).sum::<u64>();
    while size_on_disk() < size && child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(60), "the child process hangs");
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn second_run_completes_a_killed_run() {
    let clean = Scratch::new();
    let counts = replay(&clean.path);
    assert_eq!(counts.events, EVENTS.unsigned_abs());
    let expected = contents(&clean.path);

    let mut interrupted = 0;
    for size in [1, 1_000_000, 2_000_000, 3_000_000, 4_000_000] {
        let scratch = Scratch::new();
        kill_after(&scratch.path, size);
        let counts = replay(&scratch.path);
        assert_eq!(counts.events + counts.duplicates, EVENTS.unsigned_abs());
        assert!(contents(&scratch.path) == expected, "killed at {size} bytes: the contents differ");
        interrupted += u32::from(counts.events > 0 && counts.duplicates > 0);
    }
    assert!(interrupted > 0, "no run was killed between its first and its last transaction");
}
