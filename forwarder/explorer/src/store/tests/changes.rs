//! Tests of incremental reading with a cursor.

use super::*;

/// Reads the changes since `cursor`. Returns the new cursor and the event ids of the invocations.
fn changed(store: &Store, cursor: Cursor) -> (Cursor, Vec<String>) {
    let mut seen = Vec::new();
    let each = |change| match change {
        Change::Reset(_) => {}
        Change::Invocation(_, invocation) => seen.push(invocation.event_id.to_string()),
    };
    let cursor = store.changes(cursor, each).unwrap();
    seen.sort();
    (cursor, seen)
}

#[test]
fn added_invocation_is_reported_once() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 10), invocation("2", 20)], &[]);
    let store = scratch.store();
    let (cursor, all) = changed(&store, Cursor::default());
    assert_eq!(all, ["1", "2"]);
    assert_eq!(changed(&store, cursor).1, [""; 0]);
    scratch.run(&[invocation("3", 30)], &[]);
    let (cursor, new) = changed(&store, cursor);
    assert_eq!(new, ["3"]);
    assert_eq!(changed(&store, cursor).1, [""; 0]);
}

#[test]
fn storing_again_reports_only_filled_in_invocations() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 10), invocation("2", 20)], &[]);
    let store = scratch.store();
    let (cursor, _) = changed(&store, Cursor::default());
    scratch.run(&[invocation("1", 10), invocation("2", 20)], &[]);
    let (cursor, again) = changed(&store, cursor);
    assert_eq!(again, [""; 0]);
    scratch.run(&[complete("2", 20)], &[]);
    assert_eq!(changed(&store, cursor).1, ["1", "2"], "the region of their stream changed too");
}

#[test]
fn applied_evidence_is_reported_once() {
    let scratch = Scratch::new();
    scratch
        .run(&[invocation("1", 10), Invocation { request_id: "other".into(), ..invocation("2", 20) }], &[]);
    let store = scratch.store();
    let (cursor, _) = changed(&store, Cursor::default());
    scratch.run(&[], &[evidence(9, EvidenceKind::Timeout)]);
    let (cursor, changed_by_evidence) = changed(&store, cursor);
    assert_eq!(changed_by_evidence, ["1"]);
    scratch.run(&[], &[evidence(9, EvidenceKind::Timeout)]);
    assert_eq!(changed(&store, cursor).1, [""; 0]);
}

#[test]
fn outdated_cursor_reads_everything_again() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 10)], &[]);
    let store = scratch.store();
    let (cursor, _) = changed(&store, Cursor::default());
    let writable = open::read_write(&scratch.path).unwrap();
    writable
        .execute_batch(
            "INSERT INTO touched (invocation_id) VALUES (1), (1), (1); DELETE FROM touched WHERE id < 3",
        )
        .unwrap();
    let mut seen = Vec::new();
    store.changes(cursor, |change| seen.push(change)).unwrap();
    assert!(matches!(seen.as_slice(), [Change::Reset(1), Change::Invocation(1, _)]), "{seen:?}");
}

#[test]
fn flush_makes_everything_visible_during_a_run() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let writer = store.writer().unwrap();
    let mut builder = BlockBuilder::new(writer.handle());
    event(1, "early").push_to(&mut builder);
    builder.flush().unwrap();
    writer.handle().invocation(invocation("1", 10)).unwrap();
    writer.handle().evidence(evidence(9, EvidenceKind::Timeout)).unwrap();
    let counts = writer.handle().flush().unwrap();
    assert_eq!((counts.events, counts.invocations), (1, 1));
    assert_eq!(scratch.found(&Query::default()), ["early"]);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
    drop(builder);
    writer.finish().unwrap();
}

#[test]
fn concurrent_runs_store_every_event_once() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let writer = store.writer().unwrap();
    let mut builder = BlockBuilder::new(writer.handle());
    event(1, "one").push_to(&mut builder);
    builder.flush().unwrap();
    writer.handle().flush().unwrap();
    scratch.log(&[event(2, "two")]);
    [event(1, "one"), event(2, "two")].iter().for_each(|event| event.push_to(&mut builder));
    builder.flush().unwrap();
    let counts = writer.handle().flush().unwrap();
    assert_eq!((counts.events, counts.duplicates), (1, 2));
    drop(builder);
    writer.finish().unwrap();
}
