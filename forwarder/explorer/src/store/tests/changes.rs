//! Who keeps invocations in memory learns of what came and of what changed, and of nothing else.

use super::*;

fn changed(store: &Store, known: Known) -> (Known, Vec<String>) {
    let mut seen = Vec::new();
    let each = |news| match news {
        News::All(_) => {}
        News::Invocation(_, invocation) => seen.push(invocation.event_id.to_string()),
    };
    let known = store.changes(known, each).unwrap();
    seen.sort();
    (known, seen)
}

#[test]
fn what_is_new_is_handed_out_once() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 10), invocation("2", 20)], &[]);
    let store = scratch.store();
    let (known, all) = changed(&store, Known::default());
    assert_eq!(all, ["1", "2"]);
    assert_eq!(changed(&store, known).1, [""; 0]);
    scratch.run(&[invocation("3", 30)], &[]);
    let (known, new) = changed(&store, known);
    assert_eq!(new, ["3"]);
    assert_eq!(changed(&store, known).1, [""; 0]);
}

#[test]
fn storing_again_changes_nothing_but_learning_more_does() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 10), invocation("2", 20)], &[]);
    let store = scratch.store();
    let (known, _) = changed(&store, Known::default());
    scratch.run(&[invocation("1", 10), invocation("2", 20)], &[]);
    let (known, again) = changed(&store, known);
    assert_eq!(again, [""; 0]);
    scratch.run(&[complete("2", 20)], &[]);
    assert_eq!(changed(&store, known).1, ["1", "2"], "the region of their stream was learned too");
}

#[test]
fn evidence_that_met_its_invocation_changes_it_once() {
    let scratch = Scratch::new();
    scratch
        .run(&[invocation("1", 10), Invocation { request_id: "other".into(), ..invocation("2", 20) }], &[]);
    let store = scratch.store();
    let (known, _) = changed(&store, Known::default());
    scratch.run(&[], &[evidence(9, EvidenceKind::Timeout)]);
    let (known, weighed) = changed(&store, known);
    assert_eq!(weighed, ["1"]);
    scratch.run(&[], &[evidence(9, EvidenceKind::Timeout)]);
    assert_eq!(changed(&store, known).1, [""; 0]);
}

#[test]
fn who_knows_too_little_reads_everything_again() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 10)], &[]);
    let store = scratch.store();
    let (known, _) = changed(&store, Known::default());
    let writable = open::for_writing(&scratch.path).unwrap();
    writable
        .execute_batch(
            "INSERT INTO touched (invocation_id) VALUES (1), (1), (1); DELETE FROM touched WHERE id < 3",
        )
        .unwrap();
    let mut seen = Vec::new();
    store.changes(known, |news| seen.push(news)).unwrap();
    assert!(matches!(seen.as_slice(), [News::All(1), News::Invocation(1, _)]), "{seen:?}");
}

#[test]
fn a_flush_shows_everything_to_others_while_the_run_goes_on() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let writer = store.writer().unwrap();
    let mut builder = BlockBuilder::new(writer.handle());
    event(1, "early").push_to(&mut builder);
    builder.flush().unwrap();
    writer.handle().invocation(invocation("1", 10)).unwrap();
    writer.handle().evidence(evidence(9, EvidenceKind::Timeout)).unwrap();
    let written = writer.handle().flush().unwrap();
    assert_eq!((written.events, written.invocations), (1, 1));
    assert_eq!(scratch.found(&Query::default()), ["early"]);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
    drop(builder);
    writer.finish().unwrap();
}

#[test]
fn a_run_beside_another_stores_nothing_twice() {
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
    let written = writer.handle().flush().unwrap();
    assert_eq!((written.events, written.duplicates), (1, 2));
    drop(builder);
    writer.finish().unwrap();
}
