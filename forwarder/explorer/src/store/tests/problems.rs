//! Tests of grouping errors by title.

use super::*;

fn failed(time: i64, message: &str) -> Event {
    Event { level: Some(Level::Error), ..event(time, message) }
}

fn groups(scratch: &Scratch, range: TimeRange) -> Vec<(String, u64, i64, i64)> {
    let groups = scratch.store().problems(&[], range).unwrap();
    groups.into_iter().map(|group| (group.title, group.events, group.first.0, group.last.0)).collect()
}

#[test]
fn errors_with_the_same_title_are_one_group() {
    let scratch = Scratch::new();
    scratch.log(&[failed(1, "order 5 failed"), event(2, "order 6 placed"), failed(3, "order 7 failed")]);
    scratch.log(&[failed(9, "order 8 failed"), failed(8, "no stock")]);
    let expected = [("order * failed".to_owned(), 3, 1, 9), ("no stock".to_owned(), 1, 8, 8)];
    assert_eq!(groups(&scratch, TimeRange::default()), expected);
    let range = TimeRange { since: Some(UnixMillis(2)), until: Some(UnixMillis(4)) };
    assert_eq!(groups(&scratch, range), [("order * failed".to_owned(), 1, 1, 3)]);
}

#[test]
fn position_of_a_group_is_its_last_event() {
    let scratch = Scratch::new();
    scratch.log(&[event(1, "before"), failed(2, "order 5 failed"), event(3, "behind")]);
    let store = scratch.store();
    let position = store.problems(&[], TimeRange::default()).unwrap()[0].position;
    assert_eq!(messages(&store.around(position, 0).unwrap()), ["order 5 failed"]);
}

#[test]
fn storing_again_does_not_count_twice() {
    let scratch = Scratch::new();
    scratch.log(&[failed(1, "bad")]);
    scratch.log(&[failed(1, "bad")]);
    assert_eq!(groups(&scratch, TimeRange::default()), [("bad".to_owned(), 1, 1, 1)]);
}

#[test]
fn migration_from_version_one_finds_stored_problems() {
    let scratch = Scratch::new();
    scratch.log(&[failed(1, "bad 1"), failed(2, "bad 2")]);
    let expected = groups(&scratch, TimeRange::default());
    let older = open::read_write(&scratch.path).unwrap();
    older
        .execute_batch(
            "DROP TABLE problem_events; DROP TABLE problems; DROP TRIGGER invocation_changed; DROP TRIGGER region_learned;
             DROP TABLE touched; DROP TABLE assumptions; DROP INDEX invocations_by_trace;
             DROP TABLE block_sums; DROP TABLE totals; ALTER TABLE functions DROP COLUMN sum;
             ALTER TABLE streams DROP COLUMN sum; ALTER TABLE invocations DROP COLUMN sum;
             ALTER TABLE evidence DROP COLUMN sum; ALTER TABLE settled DROP COLUMN sum; PRAGMA user_version = 1",
        )
        .unwrap();
    drop(older);
    assert!(matches!(Store::open_read_only(&scratch.path), Err(StoreError::Older { found: 1, .. })));
    assert_eq!(groups(&scratch, TimeRange::default()), expected);
    assert_eq!(scratch.store().check().unwrap().damage, []);
}
