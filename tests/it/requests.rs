//! Requests across several functions: chains, calls and the map equal the known truth of generated systems, in a folder and in
//! a store, on the command line and in the API.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use benches::{Linking, Pack, Packer, RequestCorpus, RequestPlan};
use serde_json::Value;
use tempfile::TempDir;
use tests::{forms, page_server::PageServer, replay::Replay, sample::Event};

/// Corpus on disk.
struct Written {
    folder: TempDir,
    corpus: RequestCorpus,
}

impl Written {
    fn new(functions: u64, linking: Linking) -> Self {
        let corpus = RequestCorpus::new(RequestPlan { seed: 7, functions, requests: 200, linking });
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let mut packer =
            Packer::new(Pack::EventLines, &folder.path().join("deliveries")).expect("the folder is new");
        for delivery in &corpus.deliveries {
            packer.push(&delivery.document()).expect("the file can be written");
        }
        packer.finish().expect("the file can be written");
        Self { folder, corpus }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn measured(&self) -> Value {
        Replay::measure(self.path("deliveries")).args(["--region", "eu-west-1"]).run().code(0).json()
    }

    fn stored(&self) -> Value {
        let replay = Replay::into_store(self.path("deliveries"), self.path("tailwater.db"));
        replay.args(["--region", "eu-west-1"]).run().code(0).json()
    }

    /// Runs a command on the store.
    fn command(&self, name: &str, arguments: &[&str]) -> Replay {
        Replay::subcommand(name).args(arguments).arg("--store").arg(self.path("tailwater.db"))
    }

    fn true_calls(&self) -> BTreeMap<(String, String), u64> {
        self.corpus.calls.clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("the value is a text").to_owned()
}

fn calls(map: &Value) -> BTreeMap<(String, String), u64> {
    let edge = |edge: &Value| ((text(&edge["from"]), text(&edge["to"])), edge["calls"].as_u64().unwrap_or(0));
    map["edges"].as_array().expect("the map has edges").iter().map(edge).collect()
}

/// Share of the calls of `found` that are in `other`, too, in percent.
fn covered_pct(found: &BTreeMap<(String, String), u64>, other: &BTreeMap<(String, String), u64>) -> u64 {
    let shared: u64 =
        found.iter().map(|(pair, calls)| other.get(pair).copied().unwrap_or(0).min(*calls)).sum();
    shared * 100 / found.values().sum::<u64>().max(1)
}

#[test]
fn chains_and_calls_equal_the_truth_where_ids_prove_them() {
    for functions in [5, 40, 300] {
        let written = Written::new(functions, Linking::Spans);
        let insight = &written.measured()["insight"];
        let linked: usize = written.corpus.chains.iter().map(Vec::len).sum();
        assert_eq!(insight["requests"]["chains"], written.corpus.chains.len(), "{functions} functions");
        // Attempts at a request share its id, so the runs are at least as many as the ids.
        assert!(insight["requests"]["linked_invocations"].as_u64() >= u64::try_from(linked).ok());
        assert_eq!(calls(&insight["map"]), written.true_calls(), "{functions} functions");
        let edges = insight["map"]["edges"].as_array().expect("the map has edges");
        assert!(edges.iter().all(|edge| edge["confidence_pct"] == 100 && edge["shared_id_calls"] == 0));
        assert_eq!(insight["spans"]["with_xray"], insight["spans"]["spans"]);
    }
}

#[test]
fn inferred_calls_are_marked_and_mostly_right() {
    for functions in [5, 40, 300] {
        let written = Written::new(functions, Linking::Ids);
        let insight = &written.measured()["insight"];
        assert_eq!(insight["requests"]["chains"], written.corpus.chains.len(), "{functions} functions");
        let (found, truth) = (calls(&insight["map"]), written.true_calls());
        let (precision, recall) = (covered_pct(&found, &truth), covered_pct(&truth, &found));
        println!("{functions} functions: precision {precision} %, recall {recall} %");
        assert!(precision >= 85 && recall >= 85, "{functions} functions: {precision} %, {recall} %");
        let edges = insight["map"]["edges"].as_array().expect("the map has edges");
        assert!(edges.iter().all(|edge| edge["confidence_pct"].as_u64() <= Some(80)));
        // Some runs over queues fail, and Lambda tries them again.
        assert!(edges.iter().any(|edge| edge["retries"].as_u64() > Some(0)));
    }
}

#[test]
fn folder_and_store_give_the_same_document() {
    for linking in [Linking::Spans, Linking::Ids] {
        let written = Written::new(20, linking);
        let (measured, stored) = (written.measured(), written.stored());
        for part in ["requests", "map", "spans"] {
            assert_eq!(measured["insight"][part], stored["insight"][part], "{part} of {linking:?}");
        }
        // Storing the same again changes nothing.
        assert_eq!(written.stored()["insight"]["requests"], stored["insight"]["requests"]);
    }
}

#[test]
fn request_is_found_by_any_of_its_ids() {
    let written = Written::new(20, Linking::Ids);
    let _ = written.stored();
    let longest =
        written.corpus.chains.iter().zip(&written.corpus.correlation_ids).max_by_key(|(ids, _)| ids.len());
    let (ids, correlation) = longest.expect("there are requests");
    let of = |id: &str| written.command("request", &[id, "--json"]).run().code(0).json();
    let request = of(correlation);
    assert_eq!(
        (text(&request["id"]), text(&request["id_kind"])),
        (correlation.clone(), "correlation_id".to_owned())
    );
    let steps = request["steps"].as_array().expect("the request has steps");
    let found: BTreeSet<String> = steps.iter().map(|step| text(&step["request_id"])).collect();
    assert_eq!(found, ids.iter().cloned().collect());
    // By Lambda's request id and by the beginning of the correlation id it is the same.
    assert_eq!(of(&ids[0]), request);
    assert_eq!(of(correlation.get(..14).expect("the id is long")), request);
    // Lines are in their order, and each names its step.
    let lines = request["lines"].as_array().expect("the request has lines");
    let times: Vec<i64> = lines.iter().filter_map(|line| line["time_ms"].as_i64()).collect();
    assert!(times.len() >= 3 * steps.len() && times.is_sorted());
    for line in lines {
        let step = usize::try_from(line["step"].as_u64().expect("a line has a step")).expect("an index");
        assert_eq!(line["request_id"], steps[step]["request_id"]);
    }
    let shown = written.command("request", &[correlation]).run().code(0).stdout;
    assert!(shown.contains("service-") && shown.contains('█') && shown.contains("correlation id"), "{shown}");
    let unknown = written.command("request", &["no-such-id-at-all"]).run().code(1);
    assert!(unknown.stderr.contains("no invocation"), "{}", unknown.stderr);
    let short = written.command("request", &["req-"]).run().code(1);
    assert!(short.stderr.contains("first 8 characters"), "{}", short.stderr);
}

/// Writes runs of functions, each with its JSON line; a run without a REPORT has not ended.
fn write_runs(folder: &TempDir, runs: &[(&str, &str, bool)]) -> PathBuf {
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).expect("the folder is new");
    for ((function, line, has_ended), n) in runs.iter().zip(0_u32..) {
        let request = format!("8f5f3c1e-0d6b-4b0e-9f0a-{n:012}");
        let mut messages = vec![format!("START RequestId: {request} Version: $LATEST"), (*line).to_owned()];
        if *has_ended {
            messages.push(format!(
                "REPORT RequestId: {request}\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t"
            ));
        }
        let event = |(message, place): (String, i64)| Event {
            id: format!("{:056}", i64::from(n) * 10 + place),
            after_ms: i64::from(n) * 100 + place,
            message,
        };
        let events: Vec<_> = messages.into_iter().zip(0..).map(event).collect();
        let stream = format!("2026/03/04/[$LATEST]{n:032x}");
        let document = forms::document_of(&format!("/aws/lambda/{function}"), &stream, &events);
        fs::write(logs.join(format!("{n}.json")), document).expect("the file can be written");
    }
    logs
}

#[test]
fn members_that_the_user_names_are_ids() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let line = r#"{"order":{"number":"number-0017"}}"#;
    let logs = write_runs(&folder, &[("web", line, true), ("mail", line, true)]);
    let store = folder.path().join("tailwater.db");
    let replay = || Replay::into_store(&logs, &store);
    assert_eq!(replay().run().code(0).json()["insight"]["requests"]["chains"], 0);
    fs::remove_file(&store).expect("the store can be deleted");
    let stored = replay().env("TAILWATER_CORRELATION_FIELDS", "order.number").run().code(0).json();
    assert_eq!(stored["insight"]["requests"]["chains"], 1);
    let request = Replay::subcommand("request").args(["number-0017", "--json", "--store"]).arg(&store);
    let request = request.run().code(0).json();
    assert_eq!((&request["id_kind"], request["steps"].as_array().map(Vec::len)), (&"field".into(), Some(2)));
}

#[test]
fn id_is_unknown_until_a_run_with_it_has_ended_and_ambiguous_beginnings_are_listed() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let line = |id: &str| format!(r#"{{"correlation_id":"{id}"}}"#);
    let (one, two, open) = (line("order-0000001"), line("order-0000002"), line("basket-0000003"));
    let logs = write_runs(&folder, &[("web", &one, true), ("web", &two, true), ("mail", &open, false)]);
    let store = folder.path().join("tailwater.db");
    let _ = Replay::into_store(&logs, &store).run().code(0);
    let request =
        |id: &str| Replay::subcommand("request").args([id, "--store"]).arg(&store).run().code(1).stderr;
    assert!(request("basket-0000003").contains("no invocation"), "{}", request("basket-0000003"));
    // The lines have it, and the answer says where.
    assert!(
        request("basket-0000003").contains("a line of mail at 4 Mar 2026"),
        "{}",
        request("basket-0000003")
    );
    let ambiguous = request("order-00");
    for id in ["order-0000001", "order-0000002"] {
        let command = format!("  tailwater request {id} --store {}   web, 2026-03-04 ", store.display());
        assert!(ambiguous.contains(&command), "{ambiguous}");
    }
    let unknown = request("nothing-at-all");
    assert!(unknown.contains(&format!("no invocation of {}", store.display())), "{unknown}");
    assert!(unknown.contains("the store holds 2 invocations and 8 log lines of 4 Mar 2026"), "{unknown}");
    assert!(unknown.contains("tailwater query"), "{unknown}");
    // The time in a trace id says which logs are missing.
    let other_time = request("1-5d8bba5a-dc2932496a65bab91d2d42d4");
    assert!(other_time.contains("the trace began at 25 Sep 2019"), "{other_time}");
}

#[test]
fn every_spelling_of_an_id_finds_the_same_request() {
    let written = Written::new(20, Linking::Spans);
    let stored = written.stored();
    let slowest = &stored["insight"]["requests"]["slowest"][0];
    let (trace, request) = (text(&slowest["id"]), text(&slowest["steps"][0]["request_id"]));
    let digits: String = trace.chars().skip(2).filter(|c| *c != '-').collect();
    let of = |id: &str| written.command("request", &[id, "--json"]).run().code(0).json();
    let whole = of(&trace);
    assert_eq!(
        (&whole["id"], whole["steps"].as_array().map(Vec::len)),
        (&slowest["id"], slowest["steps"].as_array().map(Vec::len))
    );
    for spelling in [
        digits.clone(),
        trace.to_uppercase(),
        format!("Root={trace};Parent=53995c3f42cd8ad8;Sampled=1"),
        format!("00-{digits}-53995c3f42cd8ad8-01"),
        format!("\"traceId\":\"{trace}\","),
        trace.get(..20).expect("the id is long").to_owned(),
        digits.get(..18).expect("the id is long").to_owned(),
        request.clone(),
        request.to_uppercase(),
        request.replace('-', ""),
        format!("RequestId: {request}"),
        format!("'{request}',"),
        request.replace('-', "").get(..20).expect("the id is long").to_owned(),
    ] {
        assert_eq!(of(&spelling), whole, "{spelling}");
    }
}

#[test]
fn id_of_a_run_and_of_a_line_is_one_id() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let line = r#"{"correlation_id":"8F5F3C1E-0D6B-4B0E-9F0A-000000000000","apiRequestId":"8f5f3c1e-0d6b-4b0e-9f0a-0000000000ff"}"#;
    let logs = write_runs(&folder, &[("web", line, true)]);
    let store = folder.path().join("tailwater.db");
    let _ = Replay::into_store(&logs, &store).run().code(0);
    // Two ids begin so, but both are of the one request.
    for prefix in ["8f5f3c1e-0d6b-4b0e-9f0a-00000000000", "8F5F3C1E-0D6B", "8f5f3c1e"] {
        let request =
            Replay::subcommand("request").args([prefix, "--json", "--store"]).arg(&store).run().code(0);
        assert_eq!(request.json()["steps"].as_array().map(Vec::len), Some(1), "{prefix}");
    }
}

#[test]
fn map_answers_questions_in_every_form() {
    let written = Written::new(20, Linking::Spans);
    let stored = written.stored();
    let whole = written.command("map", &["--json"]).run().code(0).json();
    assert_eq!(calls(&whole), calls(&stored["insight"]["map"]));
    let (from, to) = written.corpus.calls.keys().next().expect("there are calls");
    let asked = written.command("map", &[&format!("{from} -> *"), "--json"]).run().code(0).json();
    let edges = calls(&asked);
    assert!(edges.contains_key(&(from.clone(), to.clone())));
    let of = written.command("map", &["--of", to, "--upstream", "--json"]).run().code(0).json();
    let upstream: BTreeSet<String> =
        of["impact"]["functions"].as_array().expect("there is an impact").iter().map(text).collect();
    assert!(upstream.contains(from), "{upstream:?}");
    let dot = written.command("map", &["--dot"]).run().code(0).stdout;
    assert!(dot.starts_with("digraph map {\n  rankdir=LR;\n") && dot.ends_with("\n}\n"), "{dot}");
    assert!(dot.lines().any(|line| line.starts_with(&format!("  \"{from}\" -> \"{to}\" ["))), "{dot}");
    let mermaid = written.command("map", &["--mermaid"]).run().code(0).stdout;
    let arrows = mermaid.lines().filter(|line| line.contains("->|")).count();
    assert!(mermaid.starts_with("flowchart LR\n  n0["), "{mermaid}");
    assert_eq!(arrows, whole["edges"].as_array().map_or(0, Vec::len));
    assert!(written.command("map", &[]).run().code(0).stdout.contains("parent span"));
    let wrong = written.command("map", &["a => b"]).run().code(2);
    assert!(wrong.stderr.contains("expected -> or ->>"), "{}", wrong.stderr);
    let unknown = written.command("map", &["servise-001 -> *"]).run().code(1);
    assert!(unknown.stderr.contains("did you mean service-001?"), "{}", unknown.stderr);
}

#[test]
fn api_answers_as_the_command_line_does() {
    let written = Written::new(20, Linking::Ids);
    let stored = written.stored();
    let page = PageServer::start(written.path("tailwater.db"), &[]);
    assert_eq!(calls(&page.json("/api/v1/map")), calls(&stored["insight"]["map"]));
    let first = page.json("/api/v1/requests?limit=50&sort=total");
    assert_eq!(first["chains"], written.corpus.chains.len());
    assert_eq!(first["requests"][0]["id"], stored["insight"]["requests"]["slowest"][0]["id"]);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut page_of = first.clone();
    loop {
        let rows = page_of["requests"].as_array().expect("the page has rows");
        seen.extend(rows.iter().map(|row| text(&row["id"])));
        let Some(next) = page_of["next"].as_str() else { break };
        page_of = page.json(&format!("/api/v1/requests?limit=50&sort=total&cursor={next}"));
    }
    assert_eq!(seen, written.corpus.correlation_ids.iter().cloned().collect());
    let failed = page.json("/api/v1/requests?outcome=failed");
    assert!(failed["chains"].as_u64() > Some(0) && failed["chains"].as_u64() < first["chains"].as_u64());
    let id = text(&first["requests"][0]["id"]);
    let request = page.json(&format!("/api/v1/request?id={id}"));
    let printed = written.command("request", &[&id, "--json"]).run().code(0).json();
    assert_eq!(request, printed);
    assert_eq!(
        page.json(&format!("/api/v1/find?text={}", id.get(..9).expect("the id is long")))["ids"][0]["kind"],
        "correlation_id"
    );
    let status = |path: &str| page.request("GET", path, &[], "").status;
    assert_eq!(status("/api/v1/request?id=no-such-id-at-all"), 404);
    assert_eq!(status("/api/v1/map?ask=a%20%3D%3E%20b"), 400);
    assert_eq!(status("/api/v1/map?of=nothing"), 404);
}
