//! Damage of the file never gives wrong results: it is reported by whatever reads it, and by the check.

use std::fs;

use super::*;

/// Everything that the view and the page read.
#[derive(Debug, PartialEq)]
struct Content {
    functions: Vec<Function>,
    invocations: Vec<Invocation>,
    changes: Vec<Change>,
    events: Vec<LogEvent>,
    stats: StoreStats,
}

fn content(store: &Store) -> Result<Content, StoreError> {
    let (mut invocations, mut changes) = (Vec::new(), Vec::new());
    store.for_each_invocation(TimeRange::default(), |invocation| invocations.push(invocation))?;
    store.changes(Cursor::default(), |change| changes.push(change))?;
    Ok(Content {
        functions: store.functions()?,
        invocations,
        changes,
        events: store.search(&Query::default(), 10_000)?,
        stats: store.stats()?,
    })
}

/// Creates a store with 300 invocations, 900 events and some evidence, and returns its bytes.
fn filled() -> (Scratch, Vec<u8>) {
    let scratch = Scratch::new();
    let of_second = |second: i64| Invocation {
        request_id: format!("r{second}").into(),
        ..invocation(&format!("e{second}"), second * 1000)
    };
    let invocations: Vec<_> = (0..300).map(of_second).collect();
    let failed = Evidence { request_id: "r7".into(), ..evidence(7000, EvidenceKind::Timeout) };
    scratch.run(&invocations, &[failed]);
    let line = |n: i64| Event {
        level: Some(Level::Error),
        ..event(n * 333, &format!("[ERROR] line {n} of the log, with some words"))
    };
    scratch.log(&(0..900).map(line).collect::<Vec<_>>());
    let bytes = fs::read(&scratch.path).unwrap();
    (scratch, bytes)
}

/// Offsets of the bits that are changed: a prime step, so that all offsets within pages occur.
fn bits(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    (0..bytes.len()).step_by(701).enumerate().map(|(number, at)| (at, 1 << (number % 8)))
}

#[test]
fn changed_bit_gives_an_error_or_the_same_results() {
    let (scratch, bytes) = filled();
    let expected = content(&scratch.store()).unwrap();
    let mut reported = 0;
    for (at, bit) in bits(&bytes) {
        let mut damaged = bytes.clone();
        damaged[at] ^= bit;
        fs::write(&scratch.path, &damaged).unwrap();
        let Ok(store) = Store::open_read_only(&scratch.path) else { continue };
        match content(&store) {
            Ok(found) => assert!(found == expected, "the results differ after a change of byte {at}"),
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("tailwater.db"), "{message}");
                let checked = store.check();
                assert!(checked.is_err() || !checked.unwrap().damage.is_empty(), "byte {at}: {message}");
                reported += 1;
            }
        }
    }
    assert!(reported > 30, "only {reported} changes were noticed");
}

#[test]
fn check_names_damaged_rows_and_finds_nothing_in_an_intact_store() {
    let (scratch, bytes) = filled();
    let intact = Store::open_read_only(&scratch.path).unwrap().check().unwrap();
    assert_eq!((intact.damage, intact.events, intact.invocations), (vec![], 900, 300));
    let at = bytes.windows(4).rposition(|window| window == b"r299").unwrap();
    let mut damaged = bytes.clone();
    damaged[at + 1] = b'3';
    fs::write(&scratch.path, &damaged).unwrap();
    let report = Store::open_read_only(&scratch.path).unwrap().check().unwrap();
    assert!(!report.damage.is_empty());
    let error = content(&Store::open_read_only(&scratch.path).unwrap()).unwrap_err().to_string();
    assert!(error.contains("tailwater.db") && error.contains("is damaged"), "{error}");
}

#[test]
fn removed_row_is_noticed() {
    let (scratch, _) = filled();
    let connection = Connection::open(&scratch.path).unwrap();
    connection.execute("DELETE FROM invocations WHERE request_id = 'r12'", []).unwrap();
    drop(connection);
    let store = scratch.store();
    assert!(matches!(store.check().unwrap().damage[..], [Damage::Total { name: "invocations", .. }]));
    assert!(store.for_each_invocation(TimeRange::default(), |_| {}).is_err());
}

#[test]
fn merged_rows_stay_intact() {
    let scratch = Scratch::new();
    let timeout = evidence(1000, EvidenceKind::Timeout);
    scratch.run(&[invocation("1", 1000)], std::slice::from_ref(&timeout));
    scratch.run(&[complete("1", 1000)], &[timeout]);
    assert_eq!(scratch.store().check().unwrap().damage, []);
    assert_eq!(scratch.invocations().len(), 1);
}

#[test]
fn damaged_row_is_not_made_valid_by_a_merge() {
    let scratch = Scratch::new();
    scratch.run(&[complete("1", 1000)], &[evidence(2000, EvidenceKind::Timeout)]);
    let connection = Connection::open(&scratch.path).unwrap();
    connection.execute_batch("UPDATE invocations SET duration_ns = 7").unwrap();
    drop(connection);
    let writer = scratch.store().writer().unwrap();
    writer.handle().invocation(complete("1", 1000)).unwrap();
    let error = writer.finish().unwrap_err();
    assert!(matches!(error.cause(), StoreError::Damaged { table: "invocations", row: 1 }), "{error}");
}

#[test]
fn removed_file_is_reported_by_the_writer_and_by_readers() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let writer = store.writer().unwrap();
    fs::remove_file(&scratch.path).unwrap();
    writer.handle().invocation(invocation("1", 1000)).unwrap();
    for error in [writer.finish().unwrap_err(), store.data_version().unwrap_err()] {
        assert!(matches!(error.cause(), StoreError::Replaced), "{error}");
    }
}

#[test]
fn names_that_are_no_files_are_rejected() {
    for name in [":memory:", "file:x.db", "file:x.db?mode=memory", ""] {
        for opened in [Store::open(Path::new(name)), Store::open_read_only(Path::new(name))] {
            assert!(matches!(opened, Err(StoreError::NotAPath(_))), "{name}: {opened:?}");
        }
    }
}
