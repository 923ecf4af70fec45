use super::*;
use crate::query::{print, tests::Log};

fn log() -> Log {
    Log::lines(&[
        "START RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab Version: 7",
        r#"{"level":"ERROR","message":"order 17 failed","order":{"id":17}}"#,
        "REPORT RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab\tDuration: 5.50 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB",
    ])
}

fn answer(sql: &str, is_cancelled: bool) -> Result<Answer, SqlError> {
    let (log, catalog) = (log(), Catalog::default());
    let options = SqlOptions {
        store: &log.path,
        catalog: &catalog,
        range: TimeRange::default(),
        limit: 1000,
        must_cancel: Arc::new(move || is_cancelled),
    };
    run(sql, &options)
}

fn check(sql: &str, expected: &str) {
    let answer = answer(sql, false).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut out = Vec::new();
    print::write_ndjson(&answer.table, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap().trim_end(), expected, "{sql}");
}

#[test]
fn tables_are_filled_with_what_is_read() {
    check("SELECT count(*) AS n FROM events", r#"{"n":3}"#);
    check(
        "SELECT message ->> '$.order.id' AS id, level, function FROM events WHERE level = 'ERROR'",
        r#"{"id":17,"level":"ERROR","function":"shop"}"#,
    );
    check(
        "SELECT function, status, duration_ms, memory_mb, cold_start, version FROM invocations",
        r#"{"function":"shop","status":"success","duration_ms":5.5,"memory_mb":128,"cold_start":0,"version":"7"}"#,
    );
    check("SELECT function, account FROM functions", r#"{"function":"shop","account":"123456789012"}"#);
    check(
        "SELECT function, kind, title, events, failed_invocations FROM errors",
        r#"{"function":"shop","kind":"handled","title":"order <Number-1> failed","events":1,"failed_invocations":0}"#,
    );
}

#[test]
fn tables_can_be_joined_and_grouped() {
    check(
        "WITH runs AS (SELECT request_id, duration_ms FROM invocations)
         SELECT e.type, r.duration_ms FROM events e JOIN runs r USING (request_id) ORDER BY e.time_ms LIMIT 1",
        r#"{"type":"start","duration_ms":5.5}"#,
    );
    check("SELECT sum(value) AS s FROM json_each('[1,2]')", r#"{"s":3}"#);
}

#[test]
fn everything_but_reading_is_refused() {
    for sql in [
        "DELETE FROM events",
        "INSERT INTO events (time_ms) VALUES (1)",
        "CREATE TABLE x (y)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "ATTACH 'other.db' AS other",
        "DETACH main",
        "PRAGMA journal_mode",
        "PRAGMA writable_schema = 1",
        "SELECT load_extension('x')",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM pragma_table_list",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE events",
        "VACUUM INTO 'copy.db'",
        "BEGIN",
        "EXPLAIN DELETE FROM events",
        "",
        "SELECT * FROM nothing",
        "SELEC 1",
    ] {
        assert!(matches!(answer(sql, false), Err(SqlError::Refused(_))), "{sql}");
    }
    let message = answer("ATTACH 'other.db' AS other", false).unwrap_err().to_string();
    assert!(message.contains("may only read the tables events, invocations"), "{message}");
}

#[test]
fn large_values_and_endless_statements_end() {
    let large = answer("SELECT length(zeroblob(1000000000))", false);
    assert!(matches!(large, Err(SqlError::Failed(_))), "{large:?}");
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    assert_eq!(answer(endless, true).unwrap().partial, Some(Partial::Cancelled));
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    let cut = answer(rows, false).unwrap();
    assert_eq!((cut.table.rows.len(), cut.cut), (1000, 1));
}
