//! `tailwater query`: rows against rows that are computed without a query engine, and what the command says when it cannot
//! answer.

mod oracle;
mod own;
mod row;

use std::{fs, path::PathBuf};

use benches::{Corpus, Mix, Pack, Packer, Plan, Size};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    forms,
    replay::{Finished, Replay},
    sample::events,
};

/// Generated corpus in a folder and in a store, with its events.
struct Written {
    folder: TempDir,
    events: Vec<row::Event>,
}

impl Written {
    fn new(seed: u64, mix: Mix) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let plan = Plan { seed, size: Size::Events(4_000), per_delivery: 90, mix };
        let mut corpus = Corpus::new(&plan);
        let deliveries = folder.path().join("deliveries");
        let mut packer = Packer::new(Pack::Document, &deliveries).expect("the folder is new");
        let mut events = Vec::new();
        for delivery in corpus.by_ref() {
            packer.push(&delivery.document()).expect("the file can be written");
            events.extend(delivery.events.iter().map(|event| row::Event::new(&delivery, event)));
        }
        packer.finish().expect("the file can be written");
        let written = Self { folder, events };
        let _ = Replay::into_store(deliveries, written.store()).run().code(0);
        written
    }

    fn deliveries(&self) -> PathBuf {
        self.folder.path().join("deliveries")
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("tailwater.db")
    }

    /// Runs a query on the store.
    fn query(&self, query: &str) -> Finished {
        let query = Replay::subcommand("query").arg(query).args(["--format", "json", "--store"]);
        query.arg(self.store()).run().code(0)
    }

    fn rows(&self, query: &str) -> Vec<Value> {
        let finished = self.query(query);
        serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}

/// Store with the events of the sample.
fn sample() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    fs::write(folder.path().join("checkout-api.json"), forms::document(&events()))
        .expect("it can be written");
    folder
}

#[test]
fn named_queries_equal_rows_computed_without_a_query_engine() {
    for (seed, mix) in [(31, Mix::Typical), (32, Mix::EveryDialect)] {
        let written = Written::new(seed, mix);
        for (name, expected) in oracle::rows(&written.events) {
            let found = written.rows(name);
            oracle::check(name, &found, &expected);
        }
    }
}

#[test]
fn own_queries_equal_rows_computed_without_a_query_engine() {
    let written = Written::new(34, Mix::EveryDialect);
    let queries = own::rows(&written.events);
    assert!(queries.len() > 100, "{}", queries.len());
    for (number, (query, expected)) in queries.iter().enumerate() {
        oracle::check(query, &written.rows(query), expected);
        // A folder is read anew for each query.
        if number % 8 == 0 {
            let of_folder = Replay::subcommand("query").arg(query).arg(written.deliveries());
            let found = of_folder.args(["--format", "json"]).run().code(0).json();
            oracle::check(query, found.as_array().expect("an array"), expected);
        }
    }
}

#[test]
fn numbers_in_texts_and_characters_outside_ascii_are_queried_as_what_they_are() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let messages = [
        r#"{"n":"7","name":"Zoë","tags":["a","b"],"ok":true,"none":null,"empty":""}"#,
        r#"{"n":7,"name":"Zoe","tags":[],"ok":false,"deep":{"a.b":{"c":"x"},"list":[{"k":1.5}]}}"#,
        r#"{"n":"07","name":"日本語","ok":"true"}"#,
        r#"{"n":7.0,"name":"😀😀","a":{"b":1},"a.b":2}"#,
        "2026-03-04T10:00:00.000Z\tid\tINFO\t{\"n\":-3,\"name\":\"spät\"} tail {\"n\":9}",
        "plain text with ünïcode = 7",
    ];
    let time = |number: usize| 1_772_618_400_000_u64 + u64::try_from(number).expect("a few");
    let lines = messages.iter().enumerate().map(|(number, message)| {
        let event = json!({"timestamp": time(number), "message": message, "logGroup": "/aws/lambda/shop", "logStream": "s"});
        event.to_string()
    });
    let lines: Vec<_> = lines.collect();
    fs::write(folder.path().join("shop.ndjson"), lines.join("\n")).expect("it can be written");
    let check = |condition: &str, expected: &[usize]| {
        let query = format!("filter {condition} | fields toMillis(@timestamp) as t | sort t asc | display t");
        let run = Replay::subcommand("query").arg(&query).arg(folder.path()).args(["--format", "json"]).run();
        let expected: Vec<_> = expected.iter().map(|number| json!({"t": time(*number)})).collect();
        assert_eq!(run.code(0).json(), Value::Array(expected), "{condition}");
    };
    check("n = 7", &[0, 1, 2, 3]);
    check("n = \"7\"", &[0, 1, 3]);
    check("n < 0", &[4]);
    check("n + 0 = 7", &[0, 1, 2, 3]);
    check("strlen(name) = 3", &[0, 1, 2]);
    check("strlen(name) = 2", &[3]);
    check("name like \"ë\"", &[0]);
    check("name like /^.{2}$/", &[3]);
    check("toupper(name) = \"SPÄT\"", &[4]);
    check("@message like \"ünïcode\"", &[5]);
    check("ok = 1", &[0]);
    check("ok = true", &[0, 2]);
    check("ok != true", &[1]);
    check("ispresent(none)", &[]);
    check("ispresent(empty)", &[0]);
    check("isempty(empty) = 1", &[0, 1, 2, 3, 4, 5]);
    check("tags.0 = \"a\"", &[0]);
    check("ispresent(tags)", &[]);
    check("jsonArraySize(jsonParse(@message).tags) = 2", &[0]);
    check("deep.a.b.c = \"x\"", &[1]);
    check("deep.list.0.k > 1", &[1]);
    check("a.b = 2", &[3]);
    check("not ispresent(name)", &[5]);
    check("n not in [7, -3]", &[]);
}

#[test]
fn folder_gives_the_rows_of_the_store() {
    let written = Written::new(33, Mix::EveryDialect);
    let deliveries = written.deliveries();
    for query in ["percentiles", "levels", "stats count(*) by @invocation.status, @level", "newest", "kinds"]
    {
        let of_folder = Replay::subcommand("query").arg(query).arg(&deliveries).args(["--format", "json"]);
        assert_eq!(of_folder.run().code(0).stdout, written.query(query).stdout, "{query}");
    }
}

#[test]
fn malformed_query_exits_with_2_and_its_position() {
    let folder = sample();
    let check = |query: &str, words: &[&str]| {
        let finished = Replay::subcommand("query").arg(query).arg(folder.path()).run().code(2);
        assert!(finished.stdout.is_empty(), "{}", finished.stdout);
        for word in words {
            assert!(finished.stderr.contains(word), "{query}: {}", finished.stderr);
        }
    };
    check("fields @timestamp | stat count(*)", &["line 1, column 21", "did you mean `stats`?", "^^^^"]);
    check("filter (a = 1", &["line 1, column"]);
    check("lookup t a OUTPUT b", &["--tables", "^"]);
    check("request", &["--param ID=VALUE"]);
    let finished = Replay::subcommand("query").run().code(2);
    assert!(finished.stdout.is_empty() && finished.stderr.contains("QUERY"), "{}", finished.stderr);
}

#[test]
fn named_queries_are_listed_and_filled() {
    let folder = sample();
    let listed = Replay::subcommand("query").arg("--list").run().code(0).stdout;
    assert_eq!(listed.lines().count(), 50, "{listed}");
    let query = |arguments: &[&str]| {
        let query = Replay::subcommand("query").args(arguments).arg(folder.path());
        query.args(["--format", "json"]).run().code(0).json()
    };
    let runs = query(&["fields @requestId | filter @type = 'REPORT' | limit 1"]);
    let id = runs[0]["@requestId"].as_str().expect("a REPORT has a request id").to_owned();
    let lines = query(&["request", "--param", &format!("ID={id}")]);
    let lines = lines.as_array().expect("an array").clone();
    assert!(lines.len() >= 2 && lines.iter().all(|line| line["@message"].to_string().contains(&id)));
}

#[test]
fn formats_have_the_same_rows() {
    let folder = sample();
    let text = |format: &str| {
        let query = Replay::subcommand("query").arg("stats count(*) as n by @type | sort n desc, @type");
        query.arg(folder.path()).args(["--format", format]).run().code(0).stdout
    };
    let rows: Vec<Value> = serde_json::from_str(&text("json")).expect("JSON");
    assert_eq!(text("ndjson").lines().count(), rows.len());
    assert_eq!(text("csv").lines().next(), Some("@type,n"));
    assert_eq!(text("table").lines().count(), rows.len() + 1);
}

#[test]
fn input_that_cannot_be_read_exits_with_1_and_the_other_rows() {
    let folder = sample();
    fs::write(folder.path().join("broken.json.gz"), [0x1f, 0x8b, 8, 0, 0]).expect("it can be written");
    let query = Replay::subcommand("query").arg("stats count(*) as n").arg(folder.path());
    let finished = query.args(["--format", "json"]).run().code(1);
    assert!(finished.stderr.contains("broken.json.gz"), "{}", finished.stderr);
    assert!(finished.json()[0]["n"].as_u64().is_some_and(|n| n > 0));
}

#[test]
fn missing_store_is_named() {
    let finished = Replay::subcommand("query").args(["limit 1", "--store", "nowhere.db"]).run().code(1);
    assert!(finished.stdout.is_empty() && finished.stderr.contains("nowhere.db"), "{}", finished.stderr);
}

#[test]
fn sql_reads_the_log_and_nothing_else() {
    let folder = sample();
    let sql = |statement: &str| {
        let query = Replay::subcommand("query").args(["--sql", statement]).arg(folder.path());
        query.args(["--format", "json"]).run()
    };
    let rows =
        sql("SELECT status, count(*) AS n, round(sum(billed_ms)) AS ms FROM invocations GROUP BY status");
    assert!(rows.code(0).json()[0]["n"].as_u64().is_some_and(|n| n > 0));
    for statement in ["DROP TABLE events", "ATTACH 'x.db' AS x", "SELECT * FROM sqlite_schema", "SELECT"] {
        let refused = sql(statement).code(2);
        assert!(refused.stdout.is_empty() && !refused.stderr.is_empty(), "{statement}");
    }
    assert!(!folder.path().join("x.db").exists());
}

#[test]
fn query_ends_when_its_time_is_over() {
    let folder = sample();
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let query = Replay::subcommand("query").args(["--sql", endless, "--timeout", "1"]).arg(folder.path());
    let finished = query.run().code(1);
    assert!(finished.stderr.contains("partial"), "{}", finished.stderr);
}
