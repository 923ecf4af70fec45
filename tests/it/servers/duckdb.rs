//! DuckDB reads what `tailwater export` and `tailwater query --format parquet` write: the rows equal those of JSON.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use tests::{
    replay::{Finished, Replay},
    server::Duckdb,
};

use super::{Deliveries, demo};

/// Store of the demo in a folder.
fn demo_store() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let replay = Replay::into_store(demo(), folder.path().join("tailwater.db"));
    let _ = replay.args(["--region", "eu-west-1", "--arch", "x86_64"]).run().code(0);
    folder
}

fn query(folder: &Path, query: &[&str], format: &str) -> Finished {
    let run = Replay::subcommand("query").in_folder(folder).args(query);
    run.args(["--limit", "200000", "--format", format]).run()
}

/// Rows in an order of their own, with whole numbers as such and times as Unix milliseconds.
fn plain(mut rows: Vec<Value>) -> Vec<String> {
    for value in rows.iter_mut().filter_map(Value::as_object_mut).flat_map(|row| row.values_mut()) {
        if let Some(number) = value.as_f64() {
            *value = number.into();
        }
    }
    let mut rows: Vec<_> = rows.iter().map(Value::to_string).collect();
    rows.sort();
    rows
}

fn json(finished: &Finished) -> Vec<Value> {
    serde_json::from_str(&finished.stdout).expect("an array")
}

#[test]
fn duckdb_reads_the_rows_of_a_query() {
    let Some(duckdb) = Duckdb::installed() else { return };
    let folder = demo_store();
    for text in [
        "fields @message, @log, @duration, @memorySize, @requestId, ispresent(@initDuration) as cold",
        "stats count(*) as n, avg(@duration), pct(@duration, 95) as p95, max(@duration) by @log, @type",
        "stats count(*) by level, toMillis(bin(1h)) as hour",
        "fields jsonParse(@message) as m, strlen(@message) as n | limit 50",
        "filter level = \"nowhere\"",
    ] {
        let file = folder.path().join("rows.parquet");
        let path = file.to_str().expect("UTF-8");
        let written = query(folder.path(), &[text, "--output", path], "parquet").code(0);
        assert!(written.stdout.is_empty());
        let expected: Vec<Value> = json(&query(folder.path(), &[text], "json").code(0));
        let expected: Vec<Value> = expected
            .into_iter()
            .map(|mut row| {
                for value in row.as_object_mut().expect("an object").values_mut() {
                    // A list or map is JSON text in Parquet.
                    if value.is_object() || value.is_array() {
                        *value = value.to_string().into();
                    }
                }
                row
            })
            .collect();
        let mut found = duckdb.rows(&format!("SELECT * FROM '{path}'"));
        for row in &mut found {
            if let Some(map) = row.get_mut("m") {
                let parsed: Value = serde_json::from_str(map.as_str().expect("JSON text")).expect("JSON");
                *map = parsed.to_string().into();
            }
        }
        assert_eq!(plain(found), plain(expected), "{text}");
    }
}

#[test]
fn duckdb_reads_an_export() {
    let Some(duckdb) = Duckdb::installed() else { return };
    let folder = demo_store();
    let export = |format: &str| {
        let export = Replay::subcommand("export").in_folder(folder.path()).args([format, "--format", format]);
        export.args(["--region", "eu-west-1", "--arch", "x86_64"]).run().code(0)
    };
    let (parquet, ndjson) = (export("parquet"), export("ndjson"));
    assert_eq!(parquet.stdout.replace("parquet", "ndjson"), ndjson.stdout);
    for (table, columns) in [
        ("events", "time_ms, log_group, log_stream, function, level, type, request_id, message"),
        (
            "invocations",
            "time_ms, function, version, request_id, status, cold_start, duration_ms, init_ms, memory_mb, cost_usd",
        ),
    ] {
        let sql = format!("SELECT {columns} FROM {table}");
        let expected = json(&query(folder.path(), &["--sql", &sql], "json").code(0));
        assert!(expected.len() > 100, "{table}: {}", expected.len());
        let files = folder.path().join(format!("parquet/{table}/*/*.parquet"));
        let own = columns.replace("time_ms", "epoch_ms(time) AS time_ms");
        let read = format!("SELECT {own} FROM read_parquet('{}', hive_partitioning = true)", files.display());
        assert_eq!(plain(duckdb.rows(&read)), plain(expected), "{table}");
        let misplaced = read.replace(&own, "count(*) AS n")
            + " WHERE strftime(time AT TIME ZONE 'UTC', '%Y-%m-%d') <> date::VARCHAR";
        assert_eq!(duckdb.rows(&misplaced)[0]["n"], 0, "{table}");
        let lines = folder.path().join(format!("ndjson/{table}/*/*.ndjson"));
        let count = |from: &str| duckdb.rows(&format!("SELECT count(*) AS n FROM {from}"))[0]["n"].clone();
        let files = format!("read_parquet('{}')", files.display());
        assert_eq!(count(&files), count(&format!("read_json('{}')", lines.display())), "{table}");
    }
}

#[test]
fn export_that_cannot_be_written_says_why() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let deliveries = Deliveries::new(3, 3_000);
    let _ = Replay::into_store(deliveries.path(), folder.path().join("tailwater.db")).run().code(0);
    let export = || Replay::subcommand("export").in_folder(folder.path()).arg("out");
    let full = export().args(["--format", "ndjson"]).file_blocks(200).run().code(1);
    for word in ["part-0.ndjson", "ulimit -f"] {
        assert!(full.stderr.contains(word), "{}", full.stderr);
    }
    let files = || {
        let found = std::fs::read_dir(folder.path().join("out/events")).expect("it was created");
        found.flat_map(|day| std::fs::read_dir(day.expect("a folder").path()).expect("readable")).count()
    };
    assert_eq!(files(), 0);
    let refused = export().run().code(1);
    assert!(refused.stderr.contains("--force") && refused.stdout.is_empty(), "{}", refused.stderr);
    let _ = export().arg("--force").run().code(0);
    assert!(files() > 0);
}
