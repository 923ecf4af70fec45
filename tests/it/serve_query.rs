//! Queries of `tailwater serve`: they return the rows of `tailwater query`, few run at the same time, and counts of a log
//! search equal what the search finds.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tests::{binary::root, http::Response, page_server::PageServer, replay::Replay, server::query::target};

/// Statement that runs until it is stopped.
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

/// Server for the demo, and the folder with its store.
struct Demo {
    folder: TempDir,
    page: PageServer,
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let store = folder.path().join("tailwater.db");
        let _ = Replay::into_store(root().join("tests/demo"), &store).run().code(0);
        Self { page: PageServer::start(&store, &[]), folder }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("tailwater.db")
    }

    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Response {
        self.page.request("GET", &target(path, parameters), &[], "")
    }

    fn json(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        self.page.json(&target(path, parameters))
    }

    fn query(&self, text: &str) -> Value {
        self.json("/api/v1/query", &[("q", text)])
    }

    /// Problem document of a query that is refused.
    fn refused(&self, parameters: &[(&str, &str)]) -> Value {
        let response = self.get("/api/v1/query", parameters);
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 400, "{text}");
        serde_json::from_str(&text).expect("problems are JSON")
    }

    /// Events that the log search finds, on all of its pages.
    fn search(&self, filters: &[(&str, &str)]) -> Vec<Value> {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut parameters = [filters, &[("limit", "500")]].concat();
            parameters.extend(after.as_deref().map(|after| ("after", after)));
            let page = self.json("/api/v1/logs", &parameters);
            found.extend(list(&page["events"]).iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => return found,
            }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no array"))
}

/// Rows as objects, in the form of `--format json`.
fn objects(answer: &Value) -> Value {
    let object = |row: &Value| {
        let cells = list(&answer["columns"]).iter().zip(list(row)).filter(|(_, cell)| !cell.is_null());
        let cells = cells.map(|(name, cell)| (name.as_str().expect("a name").to_owned(), cell.clone()));
        Value::Object(cells.collect::<Map<_, _>>())
    };
    list(&answer["rows"]).iter().map(object).collect()
}

#[test]
fn rows_equal_those_of_the_command() {
    let demo = Demo::new();
    let command = |arguments: &[&str]| {
        let query = Replay::subcommand("query").args(arguments).args(["--format", "json", "--store"]);
        query.arg(demo.store()).run().code(0).json()
    };
    let queries = [
        "fields @timestamp, @message, @requestId | sort @timestamp desc, @message | limit 300",
        "filter @type = 'REPORT' | stats count(*), avg(@duration), pct(@duration, 95) by bin(5m), @log",
        "stats count(*) as n, values(@level) as levels by @invocation.status | sort n desc",
        "filter @message like /ERROR/ | parse @message '* *' as a, b | dedup a | limit 20",
        "filter @level in ['ERROR', 'FATAL'] | pattern @message",
    ];
    for query in queries {
        let answer = demo.json("/api/v1/query", &[("q", query), ("limit", "10000")]);
        assert!(answer["partial"].is_null() && answer["events"].as_u64() > Some(0), "{query}: {answer}");
        assert_eq!(list(&answer["links"]).len(), list(&answer["rows"]).len(), "{query}");
        let rows = objects(&answer);
        assert!(!list(&rows).is_empty(), "{query} has no rows");
        assert_eq!(rows, command(&[query]), "{query}");
    }
    let sql = "SELECT function, count(*) AS n, avg(duration_ms) AS ms FROM invocations GROUP BY 1 ORDER BY 1";
    let answer = demo.json("/api/v1/query", &[("q", sql), ("language", "sql")]);
    assert_eq!(objects(&answer), command(&["--sql", sql]));
    assert_eq!(answer["columns"], json!(["function", "n", "ms"]));
}

#[test]
fn limit_keeps_the_first_rows_and_counts_the_others() {
    let demo = Demo::new();
    let events = demo.page.json("/api/v1/status")["events"].as_u64().expect("a number");
    let query = "fields @timestamp, @message | sort @message";
    let answer = demo.json("/api/v1/query", &[("q", query), ("limit", "7")]);
    assert_eq!((list(&answer["rows"]).len(), list(&answer["links"]).len()), (7, 7));
    assert_eq!(answer["rows_before_limit"].as_u64(), Some(events));
    let all = demo.query("fields @timestamp, @message | sort @message");
    assert_eq!(list(&all["rows"]).len(), 1_000);
    assert_eq!(list(&all["rows"])[..7], *list(&answer["rows"]));
    for (name, value) in [("limit", "0"), ("limit", "10001"), ("language", "kql"), ("since", "soon")] {
        let detail = demo.refused(&[("q", query), (name, value)])["detail"].to_string();
        assert!(detail.contains(name), "{detail}");
    }
    let end = answer["rows"][0][0].as_str().expect("a time").replace(' ', "T") + "Z";
    let none = demo.json("/api/v1/query", &[("q", query), ("until", &end), ("since", &end)]);
    assert_eq!((&none["rows"], &none["rows_before_limit"]), (&json!([]), &json!(0)));
}

#[test]
fn rows_link_to_their_line_or_invocation() {
    let demo = Demo::new();
    let answer =
        demo.query("filter @type = 'REPORT' | fields @message, @requestId | sort @duration desc | limit 5");
    for (row, link) in list(&answer["rows"]).iter().zip(list(&answer["links"])) {
        let place = link["place"].as_str().expect("a row of an event has a place");
        let around = demo.json("/api/v1/logs/around", &[("place", place), ("count", "0")]);
        assert_eq!(around["events"][0]["message"], row[0]);
        assert_eq!(link["request_id"], row[1]);
        let id = link["request_id"].as_str().expect("a REPORT has a request id");
        let detail = demo.json("/api/v1/invocation", &[("request_id", id)]);
        assert_eq!(detail["invocation"]["request_id"], link["request_id"]);
    }
    let groups = demo.query("stats count(*) by @requestId");
    for (row, link) in list(&groups["rows"]).iter().zip(list(&groups["links"])) {
        assert_eq!((&link["request_id"], &link["place"]), (&row[0], &Value::Null));
    }
    let total = demo.query("stats count(*) by @level");
    assert!(list(&total["links"]).iter().all(Value::is_null), "{total}");
}

#[test]
fn malformed_query_has_its_place() {
    let demo = Demo::new();
    // The clef is one character and two UTF-16 code units.
    let problem =
        demo.refused(&[("q", "fields \"\u{1D11E}\" as a\n| fields a, \"\u{1D11E}\" as b | stat count(*)")]);
    let place = ["line", "column", "start", "end", "suggestion"].map(|name| problem[name].clone());
    assert_eq!(place, [json!(2), json!(24), json!(41), json!(45), json!("stats")], "{problem}");
    assert!(problem["detail"].to_string().contains("line 2, column 24"), "{problem}");
    let problem = demo.refused(&[("q", "stats sum(")]);
    assert_eq!((&problem["start"], &problem["suggestion"]), (&json!(10), &Value::Null), "{problem}");
    let problem = demo.refused(&[("q", "fields a | lookup t a OUTPUT b")]);
    assert!(problem["start"].is_u64(), "{problem}");
    let problem = demo.refused(&[("q", "SELECT nothing FROM events"), ("language", "sql")]);
    assert!(problem["detail"].to_string().contains("nothing") && problem["line"].is_null(), "{problem}");
    for statement in
        ["DELETE FROM events", "ATTACH 'x' AS y", "SELECT * FROM sqlite_master", "SELECT 1; SELECT 2"]
    {
        let _ = demo.refused(&[("q", statement), ("language", "sql")]);
    }
    assert!(demo.refused(&[])["detail"].to_string().contains("q is missing"));
}

#[test]
fn hostile_queries_are_answered_or_refused() {
    let demo = Demo::new();
    let long = "a".repeat(10_001);
    let nested = "(".repeat(9_000);
    let hostile = [
        "\u{0}",
        "fields \"\u{0}\u{1b}[31m\" as `a\u{7}`",
        "fields '\"' as `</script><script>`",
        "filter @message like /(a+)+$/ | limit 1",
        "'",
        "\"",
        "`",
        "/",
        "|||",
        "\u{202e}\u{feff}",
        &nested,
        &long,
    ];
    for text in hostile {
        for language in ["insights", "sql"] {
            let response = demo.get("/api/v1/query", &[("q", text), ("language", language)]);
            assert!([200, 400].contains(&response.status), "{} for {text:?}", response.status);
            let document = serde_json::from_slice::<Value>(&response.body).expect("responses are JSON");
            assert!(document.is_object());
        }
    }
    assert!(demo.refused(&[("q", &long)])["detail"].to_string().contains("10001 characters"));
    let kept = demo.query("fields '\"\u{0}\u{1b}' as `</script>` | limit 1");
    assert_eq!((&kept["columns"], &kept["rows"]), (&json!(["</script>"]), &json!([["\"\u{0}\u{1b}"]])));
}

/// Sends a request for a statement that does not end, and does not wait for the response.
fn start_endless(page: &PageServer) -> TcpStream {
    let mut stream = TcpStream::connect(page.address()).expect("the server accepts connections");
    let path = target("/api/v1/query", &[("q", ENDLESS), ("language", "sql")]);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", page.address())
        .expect("the request can be sent");
    stream
}

#[test]
fn third_query_waits_and_an_abandoned_one_ends() {
    let demo = Demo::new();
    let (first, mut second) = (start_endless(&demo.page), start_endless(&demo.page));
    // Time in which both begin.
    thread::park_timeout(Duration::from_millis(700));
    let begin = Instant::now();
    let answered = thread::scope(|scope| {
        let third = scope.spawn(|| {
            let answer = demo.query("stats count(*) as n");
            assert!(answer["rows"][0][0].as_u64() > Some(0), "{answer}");
            begin.elapsed()
        });
        thread::park_timeout(Duration::from_secs(1));
        assert!(!third.is_finished(), "three queries run at the same time");
        assert!(demo.page.json("/api/v1/status")["events"].as_u64() > Some(0));
        drop(first);
        third.join().expect("the third query is answered")
    });
    assert!(answered < Duration::from_secs(15), "an abandoned query ran on: {answered:?}");
    let mut response = String::new();
    second.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout can be set");
    let mut buffer = [0; 4096];
    while !response.contains("\"notes\"") {
        let read = match second.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read.expect("the second query is answered"),
        };
        assert!(read > 0, "the connection ended after {response}");
        response += &String::from_utf8_lossy(&buffer[..read]);
    }
    assert!(response.starts_with("HTTP/1.1 200") && response.contains(r#""reason":"time""#), "{response}");
}

/// Filters of a log search, the last of which finds nothing.
const SEARCHES: &[&[(&str, &str)]] = &[
    &[],
    &[("level", "warn")],
    &[("function", "checkout-api")],
    &[("function", "checkout-api"), ("level", "error")],
    &[("text", "timeout")],
    &[("text", "\"Task timed\" seconds")],
    &[("text", "error")],
    &[("text", "zebra-unicorn-42")],
];

#[test]
fn histogram_counts_what_the_search_finds() {
    let demo = Demo::new();
    for filters in SEARCHES {
        let found = demo.search(filters);
        let histogram = demo.json("/api/v1/logs/histogram", filters);
        assert!(histogram["partial"].is_null());
        let (from, step) = (histogram["from_ms"].as_i64().unwrap(), histogram["step_ms"].as_i64().unwrap());
        let buckets = list(&histogram["buckets"]);
        assert!((1..=60).contains(&buckets.len()), "{}", buckets.len());
        let mut expected: Vec<BTreeMap<&str, u64>> = vec![BTreeMap::new(); buckets.len()];
        for event in found.iter().filter(|event| event["part"].as_u64().is_none_or(|part| part == 0)) {
            let bucket = (event["time_ms"].as_i64().unwrap() - from) / step;
            let level = event["level"].as_str().unwrap_or("NONE");
            *expected[usize::try_from(bucket).unwrap()].entry(level).or_default() += 1;
        }
        for (index, (bucket, expected)) in buckets.iter().zip(&expected).enumerate() {
            assert_eq!(bucket["levels"], json!(expected), "{filters:?}, bucket {index}");
            assert_eq!(bucket["start_ms"].as_i64(), Some(from + step * i64::try_from(index).unwrap()));
        }
        assert_eq!(histogram["events"].as_u64(), Some(expected.iter().flat_map(BTreeMap::values).sum()));
        let query = histogram["query"].as_str().expect("a text");
        let answer = demo.json("/api/v1/query", &[("q", query), ("limit", "10000")]);
        assert_eq!(answer["rows_before_limit"], histogram["events"], "{query}");
    }
    let few = demo.json("/api/v1/logs/histogram", &[("buckets", "5")]);
    assert!((1..=5).contains(&list(&few["buckets"]).len()));
}

#[test]
fn facets_count_what_the_search_finds() {
    let demo = Demo::new();
    for filters in SEARCHES {
        let found = demo.search(filters);
        let answer = demo.json("/api/v1/logs/facets", filters);
        assert_eq!(answer["events"].as_u64(), u64::try_from(found.len()).ok(), "{filters:?}");
        let facets = list(&answer["facets"]);
        let names: Vec<_> = facets.iter().map(|facet| facet["field"].as_str().unwrap()).collect();
        assert_eq!(names, ["@function", "@level", "@version"]);
        for facet in facets {
            let values = list(&facet["values"]);
            let counts: Vec<_> = values.iter().map(|value| value["count"].as_u64().unwrap()).collect();
            assert!(counts.len() <= 10 && counts.is_sorted_by(|a, b| a >= b), "{facet}");
            let others = facet["other"].as_u64().unwrap() + facet["missing"].as_u64().unwrap();
            assert_eq!(Some(counts.iter().sum::<u64>() + others), answer["events"].as_u64(), "{facet}");
        }
        for value in list(&facets[1]["values"]) {
            let expected = found.iter().filter(|event| event["level"] == value["value"]).count();
            assert_eq!(value["count"].as_u64(), u64::try_from(expected).ok(), "{filters:?}: {value}");
        }
    }
    let named = demo
        .json("/api/v1/logs/facets", &[("field", "@type"), ("field", "`@log`"), ("field", "x | limit 1")]);
    let reports = demo.query("filter @type = 'REPORT' | stats count(*)")["rows"][0][0].clone();
    let types = list(&named["facets"][0]["values"]);
    let report = types.iter().find(|value| value["value"] == "REPORT").expect("there are REPORT lines");
    assert_eq!(report["count"], reports);
    assert_eq!(named["facets"][1]["missing"], json!(0));
    assert_eq!(
        (&named["facets"][2]["missing"], &named["facets"][2]["values"]),
        (&named["events"], &json!([]))
    );
    let many = [("field", "a"); 11];
    assert_eq!(demo.get("/api/v1/logs/facets", &many).status, 400);
}

#[test]
fn fields_and_named_queries_can_be_run() {
    let demo = Demo::new();
    let sample = demo.json("/api/v1/query/fields", &[]);
    let fields = list(&sample["fields"]);
    let events = sample["sampled_events"].as_u64().expect("a number");
    assert!((1..=5_000).contains(&events) && fields.len() <= 500);
    let share = |name: &str| {
        let field = fields.iter().find(|field| field["name"] == name);
        field.unwrap_or_else(|| panic!("no field {name}"))["share"].as_f64().expect("a number")
    };
    assert!((share("@timestamp") - 1.0).abs() < f64::EPSILON && share("@duration") < share("@requestId"));
    let named = demo.json("/api/v1/query/named", &[]);
    let queries = list(&named["queries"]);
    assert_eq!(queries.len(), 50);
    for query in queries {
        let text = query["query"].as_str().expect("a text");
        let answer = demo.query(text);
        assert!(answer["partial"].is_null() && !list(&answer["columns"]).is_empty(), "{text}: {answer}");
        for parameter in list(&query["parameters"]) {
            let quoted = parameter["name"].to_string();
            assert!(text.contains(&quoted), "{text} lacks {quoted}");
        }
    }
}
