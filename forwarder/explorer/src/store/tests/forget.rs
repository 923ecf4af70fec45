//! Tests of deletion before a time, of compaction, and of the sizes of the parts.

use tailwater_parser::derive::EvidenceKind;

use super::*;

/// Event of a request.
fn of(request_id: &'static str, time: i64, message: &str) -> Event {
    Event { request_id: Some(request_id), ..event(time, message) }
}

/// Invocation of a request, whose end has this time.
fn run_of(request_id: &str, end: i64) -> Invocation {
    Invocation { request_id: request_id.into(), ..invocation(&end.to_string(), end) }
}

fn forget(scratch: &Scratch, before: i64) -> (u64, u64) {
    let Forgotten { invocations, events } = scratch.store().forget(UnixMillis(before)).unwrap();
    let report = scratch.store().check().unwrap();
    assert_eq!(report.damage, []);
    (invocations, events)
}

#[test]
fn older_events_and_invocations_are_deleted() {
    let scratch = Scratch::new();
    scratch.log(&[
        event(10_000, "old"),
        event(20_000, "older half"),
        event(30_000, "new"),
        event(40_000, "newer"),
    ]);
    scratch.run(&[run_of("r-1", 20_000), run_of("r-2", 30_000)], &[]);
    assert_eq!(scratch.store().forgettable(UnixMillis(30_000)).unwrap().invocations, 1);
    assert_eq!(forget(&scratch, 30_000), (1, 2));
    assert_eq!(scratch.found(&Query::default()), ["newer", "new"]);
    let stats = scratch.store().stats().unwrap();
    assert_eq!((stats.events, stats.invocations), (2, 1));
    assert_eq!(stats.first_and_last, Some((UnixMillis(30_000), UnixMillis(40_000))));
    assert_eq!(*scratch.invocations()[0].request_id, *"r-2");
    assert_eq!(forget(&scratch, 30_000), (0, 0));
    assert_eq!(forget(&scratch, 99_000), (1, 2));
}

#[test]
fn lines_of_a_kept_invocation_stay() {
    let scratch = Scratch::new();
    scratch.log(&[of("r-1", 10_000, "other"), of("r-2", 19_500, "start"), of("r-2", 20_500, "end")]);
    let kept = Invocation { duration: Some(Duration::from_millis(1_000)), ..run_of("r-2", 20_500) };
    scratch.run(&[kept, run_of("r-1", 10_500)], &[]);
    assert_eq!(forget(&scratch, 20_000), (1, 1));
    assert_eq!(scratch.found(&Query::default()), ["end", "start"]);
}

#[test]
fn evidence_stays_with_its_invocation() {
    let scratch = Scratch::new();
    let evidence = |time| Evidence {
        origin: Arc::new(origin("a")),
        request_id: "r-1".into(),
        time: UnixMillis(time),
        kind: EvidenceKind::Timeout,
        error_type: None,
        details: Details::default(),
    };
    // Two attempts of one request: both evidences are older than 20 s, that of the second attempt belongs to a kept run.
    let second = Invocation { duration: Some(Duration::from_millis(1_000)), ..run_of("r-1", 20_500) };
    scratch.run(&[run_of("r-1", 10_000), second], &[evidence(10_000), evidence(19_900)]);
    let outcomes = || scratch.invocations().iter().map(|run| run.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes(), [Outcome::Timeout, Outcome::Timeout]);
    assert_eq!(forget(&scratch, 20_000), (1, 0));
    assert_eq!(outcomes(), [Outcome::Timeout]);
    // A later run rebuilds the results from the evidence that is left.
    scratch.run(&[run_of("r-2", 30_000)], &[]);
    assert_eq!(outcomes(), [Outcome::Timeout, Outcome::Success]);
}

#[test]
fn evidence_of_a_deleted_attempt_does_not_change_the_next_one() {
    let scratch = Scratch::new();
    let evidence = Evidence {
        origin: Arc::new(origin("a")),
        request_id: "r-1".into(),
        time: UnixMillis(10_000),
        kind: EvidenceKind::Timeout,
        error_type: None,
        details: Details::default(),
    };
    scratch.run(&[run_of("r-1", 10_000), run_of("r-1", 90_000)], &[evidence]);
    forget(&scratch, 50_000);
    scratch.run(&[run_of("r-2", 95_000)], &[]);
    assert!(scratch.invocations().iter().all(|run| run.outcome == Outcome::Success));
}

#[test]
fn forgotten_logs_can_be_stored_again() {
    let scratch = Scratch::new();
    let events = [event(1_000, "one"), event(2_000, "two")];
    scratch.log(&events);
    forget(&scratch, 1_500);
    let counts = scratch.log(&events);
    assert_eq!((counts.events, counts.duplicates), (1, 1));
    assert_eq!(scratch.found(&Query::default()), ["two", "one"]);
}

#[test]
fn readers_read_everything_again_after_a_deletion() {
    let scratch = Scratch::new();
    scratch.run(&[run_of("r-1", 10_000), run_of("r-2", 30_000)], &[]);
    let store = scratch.store();
    let cursor = store.changes(Cursor::default(), |_| ()).unwrap();
    store.forget(UnixMillis(20_000)).unwrap();
    let mut changes = Vec::new();
    store.changes(cursor, |change| changes.push(change)).unwrap();
    assert!(
        matches!(changes.as_slice(), [Change::Reset(_), Change::Invocation(_, run)] if *run.request_id == *"r-2")
    );
}

#[test]
fn damaged_store_is_not_changed() {
    let scratch = Scratch::new();
    scratch.log(&[event(1_000, "one"), event(2_000, "two")]);
    let connection = open::read_write(&scratch.path).unwrap();
    connection.execute_batch("UPDATE blocks SET messages = x'00'").unwrap();
    assert!(matches!(scratch.store().forget(UnixMillis(1_500)), Err(StoreError::File { .. })));
    assert!(scratch.store().compact(&|_, _| true).is_err());
    assert_eq!(scratch.store().stats().unwrap().events, 2);
}

/// Store with many lines of ordinary text.
fn with_lines() -> Scratch {
    let scratch = Scratch::new();
    let line = |time: i64| {
        event(time, &format!("order {} of customer {} was paid", time * 7_919, time * 104_729 % 977))
    };
    scratch.log(&(0..3_000).map(line).collect::<Vec<_>>());
    scratch
}

#[test]
fn compaction_changes_nothing_but_the_size() {
    let scratch = with_lines();
    let all = |scratch: &Scratch| messages(&scratch.store().search(&Query::default(), 10_000).unwrap());
    let lines = || {
        let parts = scratch.store().info().unwrap().parts;
        parts.iter().find(|part| part.name.starts_with("log events")).map(|part| part.bytes)
    };
    let (before, size) = (all(&scratch), lines());
    let steps = std::sync::Mutex::new(Vec::new());
    let is_done = scratch.store().compact(&|done, all| {
        steps.lock().unwrap().push((done, all));
        true
    });
    assert!(is_done.unwrap());
    assert_eq!(all(&scratch), before);
    assert_eq!(scratch.store().check().unwrap().damage, []);
    assert!(lines() < size);
    assert_eq!(*steps.lock().unwrap(), [(0, 6), (6, 6)]);
    assert_eq!(scratch.log(&[event(1, "order 7919 of customer 190 was paid")]).duplicates, 1);
}

#[test]
fn compaction_can_be_stopped() {
    let scratch = with_lines();
    assert!(!scratch.store().compact(&|_, _| false).unwrap());
    assert_eq!(scratch.store().check().unwrap().damage, []);
}

#[test]
fn parts_add_up_to_the_file() {
    let scratch = with_lines();
    scratch.run(&[run_of("r-1", 10_000)], &[]);
    let info = scratch.store().info().unwrap();
    assert_eq!(info.parts.iter().map(|part| part.bytes).sum::<u64>(), info.bytes);
    assert_eq!(info.bytes, std::fs::metadata(&scratch.path).unwrap().len());
    assert_eq!((info.stats.events, info.stats.invocations, info.functions), (3_000, 1, 1));
    let keys = info.parts.iter().find(|part| part.name.starts_with("keys")).map(|part| part.bytes);
    assert_eq!(keys, Some(3_000 * 8));
    assert_eq!(info.schema_version, 8);
}

#[test]
fn requests_are_found_by_their_beginning() {
    let scratch = Scratch::new();
    let ids = ["0a1b2c3d-1111", "0a1b2c3d-2222", "0a1b2c3e-3333", "r"];
    let runs: Vec<_> = ids.iter().zip(1..).map(|(id, time)| run_of(id, time)).collect();
    scratch.run(&runs, &[]);
    let found = |prefix: &str| scratch.store().requests_with_prefix(prefix, 10).unwrap();
    assert_eq!(found("0a1b"), ids[..3]);
    assert_eq!(found("0a1b2c3d"), ids[..2]);
    assert_eq!(found("0a1b2c3d-2"), ids[1..2]);
    assert_eq!(found("r"), ["r"]);
    assert_eq!(found("x"), [""; 0]);
    assert_eq!(found("0a1b2c3d-2%"), [""; 0]);
    assert_eq!(scratch.store().requests_with_prefix("0", 2).unwrap().len(), 2);
}
