//! The map of small systems whose lines are known: queues between functions, changes, functions of one name, and the reason
//! for a map without calls.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    forms,
    replay::{Finished, Replay},
    sample::{ACCOUNT, Event},
};

/// Run of a function, with its JSON line.
struct Run {
    function: &'static str,
    version: &'static str,
    account: &'static str,
    begin_ms: i64,
    duration_ms: i64,
    line: Value,
    fails: bool,
}

/// Runs in a store.
struct System {
    folder: TempDir,
}

impl System {
    fn new(runs: &[Run]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).expect("the folder is new");
        for (run, n) in runs.iter().zip(0_i64..) {
            let document = run.document(n);
            fs::write(logs.join(format!("{n}.json")), document).expect("the file can be written");
        }
        let system = Self { folder };
        Replay::into_store(&logs, system.store()).args(["--region", "eu-west-1"]).run().code(0);
        system
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("x.db")
    }

    fn map(&self, arguments: &[&str]) -> Finished {
        Replay::subcommand("map").args(arguments).arg("--store").arg(self.store()).run()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.map(&[arguments, &["--json"]].concat()).code(0).json()
    }
}

impl Run {
    fn new(function: &'static str, begin_ms: i64, duration_ms: i64, line: Value) -> Self {
        Self { function, version: "1", account: ACCOUNT, begin_ms, duration_ms, line, fails: false }
    }

    fn document(&self, n: i64) -> String {
        let request = format!("8f5f3c1e-0d6b-4b0e-9f0a-{n:012}");
        let Self { version, begin_ms, duration_ms, .. } = self;
        let status = if self.fails { "\tStatus: error\tError Type: Runtime.ExitError" } else { "" };
        let messages = [
            (0, format!("START RequestId: {request} Version: {version}\n")),
            (1, self.line.to_string()),
            (
                *duration_ms,
                format!(
                    "REPORT RequestId: {request}\tDuration: {duration_ms}.00 ms\tBilled Duration: {duration_ms} ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB{status}\t\n"
                ),
            ),
        ];
        let event = |((after, message), place): ((i64, String), i64)| Event {
            id: format!("{:056}", n * 10 + place),
            after_ms: begin_ms + after,
            message,
        };
        let events: Vec<Event> = messages.into_iter().zip(0..).map(event).collect();
        let (group, stream) =
            (format!("/aws/lambda/{}", self.function), format!("2026/03/04/[{version}]{n:032x}"));
        let document = String::from_utf8(forms::document_of(&group, &stream, &events)).expect("JSON is text");
        document.replace(ACCOUNT, self.account)
    }
}

/// Edge of a map.
fn edge<'m>(map: &'m Value, from: &str, to: &str) -> &'m Value {
    let edges = map["edges"].as_array().expect("the map has edges");
    let found = edges.iter().find(|edge| edge["from"] == from && edge["to"] == to);
    found.unwrap_or_else(|| panic!("{from} -> {to} is missing in {edges:#?}"))
}

/// Sender and consumer of a queue; the sender names the queue, both have the id of the message.
fn over_a_queue() -> Vec<Run> {
    let mut runs = Vec::new();
    for n in 0..4 {
        let id = format!("5fea7756-0ea4-451a-a703-a558b933e27{n}");
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mails";
        runs.push(Run::new("web", n * 1_000, 50, json!({"queue_url": url, "messageId": id})));
        let fails = n == 0;
        let mail = Run::new("mail", n * 1_000 + 300, 20, json!({"message": "got", "messageId": id}));
        runs.push(Run { fails, ..mail });
    }
    runs.push(Run::new("mail", 9_000, 20, json!({"message": "by hand"})));
    runs
}

#[test]
fn queue_is_part_of_the_way_and_of_the_impact() {
    let system = System::new(&over_a_queue());
    let map = system.json(&["--of", "web", "--downstream", "--depth", "1"]);
    assert_eq!(edge(&map, "web", "SQS:mails")["calls"], 4);
    let received = edge(&map, "SQS:mails", "mail");
    assert_eq!((&received["calls"], &received["errors"]), (&json!(4), &json!(1)));
    assert_eq!(received["example"]["id"], "5fea7756-0ea4-451a-a703-a558b933e270");
    assert_eq!(received["example"]["from_function"], "web");
    assert_eq!(edge(&map, "web", "mail")["via"], json!(["SQS:mails"]));

    let impact = &system.json(&["--of", "mail", "--upstream"])["impact"];
    assert_eq!(
        impact,
        &json!({
            "functions": ["web"],
            "callers": [{"name": "web", "distance": 1, "requests": 4, "failed_requests": 1}],
            "requests": 4, "failed_requests": 1,
            "invocations": 5, "single_invocations": 1, "without_caller": 1,
        })
    );
    let text = system.map(&["--of", "mail", "--upstream"]).code(0).stdout;
    // The way over the queue is not shown a second time beside it, and the evidence is whole.
    assert!(!text.lines().any(|line| line.contains("web") && line.contains("order")), "{text}");
    assert!(text.contains("sqs message id 5fea7756-0ea4-451a-a703-a558b933e270:"), "{text}");
    assert!(
        text.contains(
            "mail is called or sent to by 1 function, directly or through others; it is part of 4 requests"
        ),
        "{text}"
    );
    assert!(text.contains("of its 5 invocations, 1 are part of no request"), "{text}");
}

#[test]
fn evidence_of_a_request_names_the_id_and_the_lines_that_have_it() {
    let system = System::new(&over_a_queue());
    let request = Replay::subcommand("request").arg("5fea7756-0ea4-451a-a703-a558b933e272").arg("--store");
    let shown = request.arg(system.store()).run().code(0).stdout;
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let evidence = "called by web (50 %): next after it, same sqs message id 5fea7756-0ea4-451a-a703-a558b933e272 (its line of 10:00:02.301, web's line of 10:00:02.001), 250 ms later";
    assert!(words.contains(evidence), "{shown}");
    assert!(!shown.contains('…'), "{shown}");
}

#[test]
fn changes_of_a_version_and_of_a_period_have_both_numbers() {
    let mut runs = Vec::new();
    for n in 0..8_i64 {
        let (begin, id) = (n * 1_000, json!({"correlation_id": format!("order-000{n}")}));
        let is_new = n >= 4;
        let version = if is_new { "2" } else { "1" };
        runs.push(Run { version, ..Run::new("web", begin, 500, id.clone()) });
        let took = if is_new { 300 } else { 100 };
        runs.push(Run::new("stock", begin + 10, took, id.clone()));
        runs.push(Run { fails: is_new, ..Run::new("price", begin + 320, 100, id.clone()) });
        runs.push(Run::new(if is_new { "tax" } else { "fee" }, begin + 430, 30, id));
    }
    let system = System::new(&runs);
    for arguments in [&["--of", "web", "--version", "2"][..], &["--changes"]] {
        let map = system.json(arguments);
        let change = |to: &str| {
            (edge(&map, "web", to)["change"].clone(), edge(&map, "web", to)["before"]["calls"].clone())
        };
        assert_eq!(change("stock"), (json!("slower"), json!(4)), "{arguments:?}");
        assert_eq!(change("price"), (json!("failing"), json!(4)), "{arguments:?}");
        assert_eq!(change("tax"), (json!("new"), Value::Null), "{arguments:?}");
        assert_eq!(change("fee"), (json!("gone"), json!(4)), "{arguments:?}");
        let text = system.map(arguments).code(0).stdout;
        for words in [
            "slower: p95 100 ms before, now 300 ms",
            "failing: 0 of 4 calls failed before, now 4 of 4",
            "new: no calls before, now 4",
            "gone: 4 calls before, now none",
        ] {
            assert!(text.contains(words), "{words} in {text}");
        }
    }
    let unknown = system.map(&["--of", "web", "--version", "9"]).code(1).stderr;
    assert!(
        unknown.contains("no invocation of version \"9\" of web") && unknown.contains("1, 2"),
        "{unknown}"
    );
}

#[test]
fn functions_of_one_name_in_two_accounts_stay_apart() {
    let mut runs = Vec::new();
    for (account, n) in [("123456789012", 0), ("210987654321", 1)] {
        let id = json!({"correlation_id": format!("order-000{n}")});
        runs.push(Run { account, ..Run::new("web", 0, 100, id.clone()) });
        runs.push(Run { account, ..Run::new("stock", 10, 50, id) });
    }
    let system = System::new(&runs);
    let map = system.json(&[]);
    for account in ["123456789012", "210987654321"] {
        assert_eq!(edge(&map, &format!("web@{account}"), &format!("stock@{account}"))["calls"], 1);
    }
    let several = system.map(&["--of", "web"]).code(1).stderr;
    assert!(several.contains("name one of them: web@123456789012, web@210987654321"), "{several}");
    let arn = "arn:aws:lambda:eu-west-1:210987654321:function:web";
    assert_eq!(system.json(&["--of", arn])["edges"].as_array().map(Vec::len), Some(1));
}

#[test]
fn map_without_calls_gives_the_reason() {
    let words = |finished: Finished| finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let id = |id: &str| json!({"correlation_id": id});
    let one = System::new(&[Run::new("web", 0, 10, id("order-0001"))]);
    let text = words(one.map(&[]).code(0));
    assert!(text.contains("all 1 invocation are of web, and its lines name no resource"), "{text}");
    let none =
        System::new(&[Run::new("web", 0, 10, json!({"a": 1})), Run::new("mail", 5, 10, json!({"a": 1}))]);
    let text = words(none.map(&[]).code(0));
    assert!(text.contains("have no trace id, correlation id or message id"), "{text}");
    let apart =
        System::new(&[Run::new("web", 0, 10, id("order-0001")), Run::new("mail", 5, 10, id("order-0002"))]);
    let text = words(apart.map(&[]).code(0));
    assert!(text.contains("none is in the lines of two functions"), "{text}");
    let order =
        System::new(&[Run::new("web", 0, 10, id("order-0001")), Run::new("mail", 50, 10, id("order-0001"))]);
    let text = words(order.map(&["--confidence", "80"]).code(0));
    assert!(text.contains("no calls with 80 % confidence; 1 edge with less: lower --confidence"), "{text}");
    assert_eq!(order.json(&["--confidence", "50"])["edges"].as_array().map(Vec::len), Some(1));
    let text = words(order.map(&["--of", "web", "--upstream"]).code(0));
    assert!(text.contains("no calls in this part of the map: the 1 invocation of web share no id"), "{text}");
    let text = words(order.map(&["mail ->> web"]).code(0));
    assert!(text.contains("no way of at most 8 calls leads from mail to web"), "{text}");
    let text = words(order.map(&["--since", "2020-01-01", "--until", "2020-01-02"]).code(0));
    assert!(
        text.contains("the store has no invocations of this time") && text.contains("4 Mar 2026"),
        "{text}"
    );
}

#[test]
fn map_of_a_time_reads_the_invocations_of_that_time() {
    let system = System::new(&over_a_queue());
    let range = ["--since", "2026-03-04T10:00:02Z", "--until", "2026-03-04T10:00:04Z"];
    let map = system.json(&range);
    assert_eq!(edge(&map, "SQS:mails", "mail")["calls"], 2);
    let nodes = map["nodes"].as_array().expect("the map has nodes");
    let web = nodes.iter().find(|node| node["name"] == "web").expect("web has runs");
    assert_eq!(web["invocations"], 2);
}
