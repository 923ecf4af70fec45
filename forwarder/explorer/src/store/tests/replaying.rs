//! Tests that events are stored once, however often and in whatever order they are replayed.

use super::*;

/// Creates events with the ids of `range`, three for each millisecond.
fn many(range: std::ops::Range<i64>) -> Vec<Event> {
    range.map(|n| Event { id: n.unsigned_abs(), ..event(n / 3, &format!("event {n} of many")) }).collect()
}

/// Stores each run and checks its counts: new events and duplicates.
fn check(runs: &[&[Event]], expected: &[(u64, u64)]) -> Scratch {
    let scratch = Scratch::new();
    for (run, (events, duplicates)) in runs.iter().zip(expected) {
        let counts = scratch.log(run);
        assert_eq!((counts.events, counts.duplicates), (*events, *duplicates));
    }
    scratch
}

#[test]
fn replaying_the_same_input_changes_nothing() {
    let events = many(0..2000);
    let scratch = check(&[&events, &events], &[(2000, 0), (0, 2000)]);
    assert_eq!(scratch.store().search(&Query::default(), 5000).unwrap().len(), 2000);
}

#[test]
fn overlapping_inputs_store_their_union() {
    check(&[&many(0..1000), &many(700..1900), &many(300..2000)], &[(1000, 0), (900, 300), (100, 1600)]);
}

#[test]
fn different_block_boundaries_store_no_duplicates() {
    check(&[&many(0..300), &many(0..100), &many(50..1000)], &[(300, 0), (0, 100), (700, 250)]);
}

#[test]
fn input_in_reverse_order_is_recognised() {
    let mut events = many(0..3000);
    events.reverse();
    check(&[&events, &many(0..3000)], &[(3000, 0), (0, 3000)]);
}

#[test]
fn events_with_the_same_time_are_distinguished_by_id() {
    let same_time: Vec<_> = many(0..3000).into_iter().map(|event| Event { time: 0, ..event }).collect();
    check(&[&same_time, &same_time[1000..]], &[(3000, 0), (0, 2000)]);
}

#[test]
fn event_repeated_in_a_run_is_stored_once() {
    let twice: Vec<_> = many(0..100).into_iter().chain(many(0..100)).collect();
    check(&[&twice], &[(100, 100)]);
    let far_apart: Vec<_> = many(0..1500).into_iter().chain(many(0..10)).collect();
    check(&[&far_apart], &[(1500, 10)]);
}

#[test]
fn same_id_in_another_stream_is_another_event() {
    let other: Vec<_> = many(0..10).into_iter().map(|event| Event { stream: "b", ..event }).collect();
    check(&[&many(0..10), &other], &[(10, 0), (10, 0)]);
}

#[test]
fn parts_of_a_message_count_once() {
    let parts = [Part::Piece(0), Part::Piece(1), Part::Last(2)];
    let parts = parts.map(|part| Event { part, ..event(1, "part") });
    let scratch = check(&[&parts, &parts], &[(1, 0), (0, 1)]);
    assert_eq!(scratch.store().search(&Query::default(), 10).unwrap().len(), 3);
}

#[test]
fn builder_with_many_streams_stays_within_its_memory_limit() {
    let scratch = Scratch::new();
    let message = "x".repeat(100_000);
    let writer = scratch.store().writer().unwrap();
    let mut builder = BlockBuilder::new(writer.handle());
    for n in 0..400_u64 {
        let stream: &'static str = Box::leak(format!("stream {n}").into_boxed_str());
        Event { stream, ..event(1, &message) }.push_to(&mut builder);
        assert!(builder.size() <= 17 * 1024 * 1024);
    }
    builder.finish().unwrap();
    assert_eq!(writer.finish().unwrap().events, 400);
}

#[test]
fn workers_write_concurrently() {
    let scratch = Scratch::new();
    let writer = scratch.store().writer().unwrap();
    std::thread::scope(|scope| {
        for stream in ["a", "b", "c"] {
            let handle = writer.handle();
            scope.spawn(move || {
                let mut builder = BlockBuilder::new(handle);
                many(0..2000).into_iter().for_each(|event| Event { stream, ..event }.push_to(&mut builder));
                builder.finish().unwrap();
            });
        }
    });
    assert_eq!(writer.finish().unwrap().events, 6000);
}

#[test]
fn locked_store_is_reported() {
    let scratch = Scratch::new();
    let writer = scratch.store().writer().unwrap();
    let other = Connection::open(&scratch.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut builder = BlockBuilder::new(writer.handle());
    event(1, "late").push_to(&mut builder);
    builder.finish().unwrap();
    let message = writer.finish().unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "the store {} is locked by another program that writes to it: wait until that has ended, and run again",
            scratch.path.display()
        )
    );
}

#[test]
fn failed_writer_stops_its_workers() {
    let scratch = Scratch::new();
    let writer = scratch.store().writer().unwrap();
    let other = Connection::open(&scratch.path).unwrap();
    other.execute_batch("DROP TABLE invocations").unwrap();
    let handle = writer.handle();
    let refused = (0..100_000).any(|n| handle.invocation(invocation("1", n)).is_err());
    assert!(refused);
    drop(handle);
    assert!(matches!(writer.finish().unwrap_err().cause(), StoreError::Sqlite(_)));
}

#[test]
fn workers_that_wait_for_a_flush_are_woken_when_the_writer_fails() {
    let scratch = Scratch::new();
    let writer = scratch.store().writer().unwrap();
    let other = Connection::open(&scratch.path).unwrap();
    other.execute_batch("DROP TABLE invocations").unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            // Each worker holds a sender of the channel that the writer reads while it waits for the reply.
            let handle = writer.handle();
            scope.spawn(
                move || while handle.invocation(invocation("1", n)).is_ok() && handle.flush().is_ok() {},
            );
        }
    });
    assert!(matches!(writer.finish().unwrap_err().cause(), StoreError::Sqlite(_)));
}

#[test]
fn text_file_is_rejected() {
    let scratch = Scratch::new();
    std::fs::write(&scratch.path, "REPORT RequestId: and so on, long enough to be no empty file").unwrap();
    assert!(matches!(Store::open(&scratch.path), Err(StoreError::NotAStore { .. })));
    assert!(matches!(Store::open_read_only(&scratch.path), Err(StoreError::NotAStore { .. })));
}

#[test]
fn open_read_only_does_not_create_a_file() {
    let scratch = Scratch::new();
    assert!(matches!(Store::open_read_only(&scratch.path).unwrap_err().cause(), StoreError::Open(_)));
    assert!(!scratch.path.exists());
    scratch.log(&[event(1, "there now")]);
    let store = Store::open_read_only(&scratch.path).unwrap();
    assert_eq!(store.search(&Query::default(), 10).unwrap().len(), 1);
}
