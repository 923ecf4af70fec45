//! A run that is killed leaves a sound file, and a second run completes it to what one clean run gives.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use super::*;

/// Set in the process that is to be killed: the store it writes to.
const VICTIM: &str = "TAILWATER_TEST_VICTIM";
const EVENTS: i64 = 60_000;

/// What both the victim and its successor replay: long enough for several transactions.
fn replay(path: &Path) -> Written {
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

/// Everything that can be read from the store.
fn contents(path: &Path) -> (Vec<String>, Vec<String>) {
    let store = Store::open_read_only(path).unwrap();
    let events = store.search(&Query::default(), 100_000).unwrap();
    let events =
        events.iter().map(|event| format!("{:?} {} {}", event.place.time, event.key.0, event.message));
    let mut invocations = Vec::new();
    store
        .for_each_invocation(Span::default(), |invocation| {
            invocations.push(format!("{invocation:?}"));
        })
        .unwrap();
    invocations.sort();
    (events.collect(), invocations)
}

/// Not a test of its own: what the other one runs in a process of its own, to kill it.
#[test]
fn victim() {
    if let Some(path) = std::env::var_os(VICTIM) {
        replay(Path::new(&path));
    }
}

fn kill_after(path: &Path, size: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::killed::victim"])
        .env(VICTIM, path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let log = path.with_extension("db-wal");
    let written =
        || [path, &log].iter().map(|file| std::fs::metadata(file).map_or(0, |data| data.len())).sum::<u64>();
    while written() < size && child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(60), "the victim hangs");
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn a_second_run_completes_a_killed_one() {
    let clean = Scratch::new();
    let written = replay(&clean.path);
    assert_eq!(written.events, EVENTS.unsigned_abs());
    let expected = contents(&clean.path);

    let mut left_in_part = 0;
    for size in [1, 1_000_000, 2_000_000, 3_000_000, 4_000_000] {
        let scratch = Scratch::new();
        kill_after(&scratch.path, size);
        let written = replay(&scratch.path);
        assert_eq!(written.events + written.duplicates, EVENTS.unsigned_abs());
        assert!(contents(&scratch.path) == expected, "killed at {size} bytes: the contents differ");
        left_in_part += u32::from(written.events > 0 && written.duplicates > 0);
    }
    assert!(left_in_part > 0, "no run was killed between its first transaction and its last");
}
