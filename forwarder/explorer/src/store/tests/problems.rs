//! Errors are grouped by what they say, with first and last sight.

use super::*;

fn failed(time: i64, message: &str) -> Event {
    Event { level: Some(Level::Error), ..event(time, message) }
}

fn groups(scratch: &Scratch, span: Span) -> Vec<(String, u64, i64, i64)> {
    let groups = scratch.store().problems(&[], span).unwrap();
    groups.into_iter().map(|group| (group.title, group.events, group.first.0, group.last.0)).collect()
}

#[test]
fn errors_that_say_the_same_are_one_problem() {
    let scratch = Scratch::new();
    scratch.log(&[failed(1, "order 5 failed"), event(2, "order 6 placed"), failed(3, "order 7 failed")]);
    scratch.log(&[failed(9, "order 8 failed"), failed(8, "no stock")]);
    let expected = [("order * failed".to_owned(), 3, 1, 9), ("no stock".to_owned(), 1, 8, 8)];
    assert_eq!(groups(&scratch, Span::default()), expected);
    let span = Span { since: Some(UnixMillis(2)), until: Some(UnixMillis(4)) };
    assert_eq!(groups(&scratch, span), [("order * failed".to_owned(), 1, 1, 3)]);
}

#[test]
fn the_line_that_was_last_seen_is_found_again() {
    let scratch = Scratch::new();
    scratch.log(&[event(1, "before"), failed(2, "order 5 failed"), event(3, "behind")]);
    let store = scratch.store();
    let place = store.problems(&[], Span::default()).unwrap()[0].place;
    assert_eq!(messages(&store.around(place, 0).unwrap()), ["order 5 failed"]);
}

#[test]
fn storing_again_counts_nothing_twice() {
    let scratch = Scratch::new();
    scratch.log(&[failed(1, "bad")]);
    scratch.log(&[failed(1, "bad")]);
    assert_eq!(groups(&scratch, Span::default()), [("bad".to_owned(), 1, 1, 1)]);
}

#[test]
fn a_store_of_the_first_version_is_filled_in() {
    let scratch = Scratch::new();
    scratch.log(&[failed(1, "bad 1"), failed(2, "bad 2")]);
    let expected = groups(&scratch, Span::default());
    let older = open::for_writing(&scratch.path).unwrap();
    older
        .execute_batch(
            "DROP TABLE problem_events; DROP TABLE problems; DROP TRIGGER invocation_changed; DROP TRIGGER region_learned;
             DROP TABLE touched; DROP INDEX invocations_by_trace; PRAGMA user_version = 1",
        )
        .unwrap();
    drop(older);
    assert!(matches!(Store::open_read_only(&scratch.path), Err(StoreError::Older { found: 1, .. })));
    assert_eq!(groups(&scratch, Span::default()), expected);
}
