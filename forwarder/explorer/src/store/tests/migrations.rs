//! Tests of the upgrade of stores of earlier versions.

use tailwater_parser::line::{Segment, correlation::IdKind};

use super::*;

/// Takes back all migrations but the first, whose blocks have the form of today.
const TO_VERSION_ONE: &str = "
    DROP TRIGGER invocation_changed; DROP TRIGGER region_learned; DROP TABLE touched; DROP TABLE assumptions;
    DROP TABLE pulls; DROP TABLE mentions; DROP TRIGGER invocation_linked; DROP INDEX invocations_by_trace; DROP TABLE block_sums; DROP TABLE totals;
    ALTER TABLE functions DROP COLUMN sum; ALTER TABLE streams DROP COLUMN sum;
    ALTER TABLE invocations DROP COLUMN sum; ALTER TABLE invocations DROP COLUMN start_ms;
    ALTER TABLE invocations DROP COLUMN span_id; ALTER TABLE invocations DROP COLUMN parent_span_id;
    ALTER TABLE invocations DROP COLUMN recorded; ALTER TABLE evidence DROP COLUMN sum;
    ALTER TABLE settled DROP COLUMN sum; PRAGMA user_version = 1";

#[test]
fn store_of_version_one_is_upgraded_with_its_data() {
    let scratch = Scratch::new();
    scratch.log(&[event(1, "one"), event(2, "two")]);
    scratch.run(&[invocation("r", 3)], &[]);
    let (found, stats) = (scratch.found(&Query::default()), scratch.store().stats().unwrap());
    assert_eq!((found.len(), stats.invocations), (2, 1));
    let older = open::read_write(&scratch.path).unwrap();
    older.execute_batch(TO_VERSION_ONE).unwrap();
    drop(older);
    assert!(matches!(Store::open_read_only(&scratch.path), Err(StoreError::Older { found: 1, .. })));
    assert_eq!(scratch.store().stats().unwrap(), stats);
    assert_eq!(scratch.found(&Query::default()), found);
    assert_eq!(scratch.invocations().len(), 1);
    assert_eq!(scratch.store().check().unwrap().damage, []);
}

/// Takes back what version 7 has added. The checksums of invocations become those of version 6.
const TO_VERSION_SIX: &str = "
    CREATE TABLE problems (id INTEGER PRIMARY KEY); CREATE TABLE problem_events (problem_id INTEGER);
    DROP TABLE mentions; DROP TRIGGER invocation_linked; DELETE FROM totals WHERE name = 'mentions';
    UPDATE invocations SET sum = checksum(key, function_id, stream_id, version, event_id, time_ms, request_id,
        outcome, reported, error_type, start, duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib,
        init_duration_ns, restore_duration_ns, billed_restore_duration_ns, produced_bytes, response_latency_ns, trace_id,
        tenant, at_edge);
    ALTER TABLE invocations DROP COLUMN start_ms; ALTER TABLE invocations DROP COLUMN span_id;
    ALTER TABLE invocations DROP COLUMN parent_span_id; ALTER TABLE invocations DROP COLUMN recorded;
    PRAGMA user_version = 6";

#[test]
fn links_of_a_store_of_version_six_are_found_in_its_lines() {
    const REQUEST: &str = "8a1b2c3d-0000-1111-2222-333344445555";
    let scratch = Scratch::new();
    let of_request = |time, message: &str| Event { request_id: Some(REQUEST), ..event(time, message) };
    scratch.log(&[
        of_request(1, &format!("START RequestId: {REQUEST} Version: 41\n")),
        of_request(2, r#"{"level":"INFO","correlation_id":"order-7f3a91"}"#),
        of_request(9, &format!("REPORT RequestId: {REQUEST}\tDuration: 7.00 ms\tBilled Duration: 7 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t\nXRAY TraceId: 1-5d8bba5a-dc2932496a65bab91d2d42d4\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t\n")),
    ]);
    let span = Segment {
        span_id: Some(0x5399_5c3f_42cd_8ad8_u64.to_be_bytes()),
        parent_span_id: None,
        recorded: Some(true),
    };
    let run = Invocation {
        request_id: REQUEST.into(),
        start_time: Some(UnixMillis(1)),
        segment: Some(span),
        ..invocation("9", 9)
    };
    scratch.run(&[run, invocation("other", 50)], &[]);
    let (invocations, ids) = (scratch.invocations(), scratch.store().ids_with_prefix("order", 9).unwrap());
    assert_eq!(ids, [(IdKind::Correlation, "order-7f3a91".to_owned())]);
    let older = open::read_write(&scratch.path).unwrap();
    older.execute_batch(TO_VERSION_SIX).unwrap();
    drop(older);
    assert_eq!(scratch.store().ids_with_prefix("order", 9).unwrap(), ids);
    assert_eq!(scratch.invocations(), invocations);
    assert_eq!(scratch.store().check().unwrap().damage, []);
}
