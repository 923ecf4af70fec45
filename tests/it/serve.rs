//! `tailwater serve`: its numbers are those of `replay`, it is asked by this machine alone, and it reads while others
//! write.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;
use tempfile::TempDir;
use tests::{
    binary::{self, root},
    forms,
    page::Page,
    replay::Replay,
    sample::{FUNCTION, events},
};

const JSON: (&str, &str) = ("content-type", "application/json");

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("tailwater.db")
    }

    /// A server over the demo, and the document of the replay.
    fn demo(&self) -> (Page, Value) {
        let replayed = Replay::keep(root().join("tests/demo"), self.store()).run().code(0).json();
        (Page::serve(self.store(), &[]), replayed)
    }

    /// A server over the sample's three runs.
    fn sample(&self, flags: &[&str]) -> Page {
        let input = self.path("sample.json");
        fs::write(&input, forms::document(&events())).expect("there is room");
        let _ = Replay::keep(&input, self.store()).run().code(0);
        Page::serve(self.store(), flags)
    }
}

fn body(answer: &tests::http::Response) -> Value {
    serde_json::from_slice(&answer.body).expect("answers are JSON")
}

#[test]
fn the_summary_is_the_document_of_replay() {
    let place = Place::new();
    let (page, replayed) = place.demo();
    let summary = page.json("/api/v1/summary");
    for part in ["totals", "functions", "range", "worth_a_look", "notes"] {
        assert_eq!(summary[part], replayed[part], "{part}");
    }
    assert_eq!(summary["ledger"]["delivered"], replayed["ledger"]["delivered"]);
}

#[test]
fn ranges_of_the_summary_add_up() {
    let place = Place::new();
    let (page, replayed) = place.demo();
    let cut = 1_772_575_000_000_i64;
    let parts = [format!("until={cut}"), format!("since={cut}")];
    let sum: u64 = parts
        .iter()
        .map(|part| page.json(&format!("/api/v1/summary?{part}"))["totals"]["invocations"].as_u64().unwrap())
        .sum();
    assert_eq!(replayed["totals"]["invocations"], sum);
    let series = page.json(&format!("/api/v1/series?since={cut}&buckets=50"));
    let of_series: u64 = series["invocations"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    let after = page.json(&format!("/api/v1/summary?since={cut}"));
    assert_eq!(after["totals"]["invocations"], of_series);
}

#[test]
fn every_documented_question_is_answered_and_unknown_ones_are_not() {
    let place = Place::new();
    let page = place.sample(&[]);
    let description = page.json("/api/v1/openapi.json");
    let paths = description["paths"].as_object().expect("paths");
    for (path, methods) in paths {
        if path.ends_with("/events") || methods["get"].is_null() {
            continue;
        }
        let query = match path.as_str() {
            "/api/v1/invocation" => "?request_id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c".to_owned(),
            "/api/v1/logs/around" => {
                format!(
                    "?place={}",
                    page.json("/api/v1/logs?limit=1")["events"][0]["place"].as_str().unwrap()
                )
            }
            _ => String::new(),
        };
        let answer = page.ask("GET", &format!("{path}{query}"), &[], "");
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }
    for (wrong, status) in [
        ("/api/v1/nothing", 404),
        ("/api/v1/summary?sinc=1", 400),
        ("/api/v1/summary?since=yesterday", 400),
        ("/api/v1/logs?limit=1000", 400),
        ("/api/v1/invocation?key=00", 400),
        ("/api/v1/invocation?key=00000000000000000000000000000000", 404),
    ] {
        let answer = page.ask("GET", wrong, &[], "");
        assert_eq!(answer.status, status, "{wrong}");
        assert!(body(&answer)["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    assert_eq!(page.ask("DELETE", "/api/v1/summary", &[], "").status, 405);
}

#[test]
fn an_invocation_has_its_lines_and_the_log_is_paged_without_gap() {
    let place = Place::new();
    let page = place.sample(&[]);
    let detail = page.json("/api/v1/invocation?request_id=6234bffe-149a-b642-81ff-2e8e376d8aff");
    let kinds: Vec<_> = detail["lines"].as_array().unwrap().iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["start", "end", "report"]);
    assert_eq!(detail["invocation"]["function"], FUNCTION);
    assert!(!detail["before"].as_array().unwrap().is_empty());
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let found = page.json(&format!("/api/v1/logs?limit=5{next}"));
        seen.extend(found["events"].as_array().unwrap().iter().map(|event| event["place"].to_string()));
        match found["next"].as_str() {
            Some(after) => next = format!("&after={after}"),
            None => break,
        }
    }
    let all = seen.len();
    seen.dedup();
    assert_eq!((all, seen.len()), (12, 12));
}

#[test]
fn other_sites_and_other_names_are_refused() {
    let place = Place::new();
    let page = place.sample(&[]);
    assert_eq!(page.ask("GET", "/api/v1/status", &[("host", "evil.example")], "").status, 403);
    assert_eq!(page.ask("GET", "/", &[("host", "evil.example:80")], "").status, 403);
    let event = forms::event_line(&events());
    assert_eq!(page.deliver(event.clone(), &[JSON, ("origin", "http://evil.example")]).status, 403);
    assert_eq!(page.deliver(event.clone(), &[("content-type", "text/plain")]).status, 415);
    assert_eq!(page.deliver(event, &[JSON]).status, 200);
}

#[test]
fn every_answer_tells_browsers_what_to_forbid() {
    let place = Place::new();
    let page = place.sample(&[]);
    for path in ["/", "/api/v1/summary", "/no/such/file.js"] {
        let answer = page.ask("GET", path, &[("accept-encoding", "gzip")], "");
        let header = |name: &str| {
            let found = answer.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let policy = header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(
            (header("x-content-type-options"), header("referrer-policy")),
            ("nosniff".into(), "same-origin".into())
        );
        assert!(header("access-control-allow-origin").is_empty());
    }
    let answer = page.ask("GET", "/api/v1/summary", &[("accept-encoding", "gzip, br")], "");
    assert!(answer.body.starts_with(&[0x1f, 0x8b]), "a summary is worth compressing");
}

#[test]
fn a_token_is_asked_of_everyone() {
    let place = Place::new();
    let file = place.path("token");
    fs::write(&file, "correct-horse-battery-staple\n").expect("there is room");
    let page = place.sample(&["--token-file", file.to_str().expect("the path is text")]);
    let bearer =
        |token: &str| page.ask("GET", "/api/v1/status", &[("authorization", &format!("Bearer {token}"))], "");
    assert_eq!(page.ask("GET", "/api/v1/status", &[], "").status, 401);
    assert_eq!(bearer("wrong-horse-battery-staple").status, 401);
    assert_eq!(bearer("correct-horse-battery-staple").status, 200);
    let event = forms::event_line(&events());
    assert_eq!(page.deliver(event.clone(), &[JSON]).status, 401);
    assert_eq!(
        page.deliver(event, &[JSON, ("authorization", "Bearer correct-horse-battery-staple")]).status,
        200
    );
    let form = page.ask("GET", "/", &[], "");
    assert!(form.status == 401 && String::from_utf8_lossy(&form.body).contains("<form"));
    let shown = page.ask("POST", "/login", &[], "token=correct-horse-battery-staple");
    let cookie =
        shown.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).expect("a cookie");
    let cookie = cookie.1.split(';').next().expect("a value").to_owned();
    assert!(!cookie.contains("horse"));
    assert_eq!(page.ask("GET", "/api/v1/status", &[("cookie", &cookie)], "").status, 200);
    assert_eq!(page.ask("POST", "/login", &[], "token=wrong").status, 403);
}

#[test]
fn other_machines_are_let_in_by_two_flags_only() {
    let place = Place::new();
    let refused = |flags: &[&str]| {
        let mut command = Command::new(binary::tailwater());
        let out = command.arg("serve").args(flags).current_dir(place.0.path()).output().expect("it runs");
        assert_eq!(out.status.code(), Some(1), "{flags:?}");
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    assert!(refused(&["--addr", "0.0.0.0:0"]).contains("--allow-remote"));
    assert!(refused(&["--addr", "0.0.0.0:0", "--allow-remote"]).contains("--token-file"));
    fs::write(place.path("short"), "short").expect("there is room");
    assert!(refused(&["--token-file", "short"]).contains("invalid token"));
    assert!(!place.store().exists(), "nothing was made");
}

#[test]
fn a_delivery_is_kept_once_and_what_is_none_is_told() {
    let place = Place::new();
    let page = Page::serve(place.store(), &[]);
    let event = forms::event_line(&events());
    for (round, duplicates) in [(1, 0), (2, 12)] {
        let kept = body(&page.deliver(event.clone(), &[JSON]));
        assert_eq!(
            (&kept["ledger"]["delivered"], &kept["ledger"]["duplicates"]),
            (&12.into(), &duplicates.into()),
            "{round}"
        );
        assert_eq!(kept["ledger"]["received"], kept["ledger"]["delivered"]);
    }
    assert_eq!(page.deliver("{\"a\":1}", &[JSON]).status, 422);
    assert_eq!(page.deliver("not JSON", &[JSON]).status, 422);
    let torn = body(&page.deliver(r#"{"awslogs":{"data":"H4sIAAAA"}}"#, &[JSON]));
    assert_eq!(
        (&torn["ledger"]["rejected"], torn["rejected"].as_array().map(Vec::len)),
        (&1.into(), Some(1))
    );
    let replayed =
        Replay::keep(root().join("tests/demo/stock-sync-event.json"), place.path("other.db")).run().code(0);
    let demo = fs::read(root().join("tests/demo/stock-sync-event.json")).expect("the demo is there");
    assert_eq!(page.deliver(demo, &[JSON]).status, 200);
    let stored = Replay::keep(place.path("none"), place.store()).run().json();
    let row = |json: &Value| {
        json["functions"]
            .as_array()
            .and_then(|all| all.iter().find(|row| row["function"] == "stock-sync").cloned())
    };
    assert_eq!(row(&stored), row(&replayed.json()));
}

#[test]
fn an_export_is_read_again() {
    let place = Place::new();
    let (page, replayed) = place.demo();
    let export = page.ask("GET", "/api/v1/logs/export?function=checkout-api", &[], "");
    let file = place.path("export.ndjson");
    fs::write(&file, &export.body).expect("there is room");
    let again = Replay::measure(&file).run().code(0).json();
    let row = |json: &Value| {
        json["functions"]
            .as_array()
            .and_then(|all| all.iter().find(|row| row["function"] == "checkout-api").cloned())
    };
    let (again, replayed) = (row(&again).expect("a row"), row(&replayed).expect("a row"));
    for number in
        ["invocations", "errors", "timeouts", "cold_starts", "billed_ms", "cost_usd", "max_memory_mb"]
    {
        assert_eq!(again[number], replayed[number], "{number}");
    }
}

#[test]
fn it_reads_while_a_replay_writes() {
    let place = Place::new();
    let page = Page::serve(place.store(), &[]);
    let writing = Replay::keep(root().join("tests/demo"), place.store()).start();
    let mut answers = 0;
    while page.json("/api/v1/status")["events"] != 74_494 {
        assert_eq!(page.ask("GET", "/api/v1/summary", &[], "").status, 200);
        answers += 1;
        assert!(answers < 100_000, "what was written is never shown");
    }
    let replayed = writing.wait().code(0).json();
    assert_eq!(page.json("/api/v1/summary")["totals"], replayed["totals"]);
}

#[test]
fn standard_input_is_followed_until_it_is_closed() {
    let place = Place::new();
    let mut following =
        Replay::new().args(["--json", "--follow", "--store"]).arg(place.store()).arg("-").start();
    let page = Page::serve(place.store(), &[]);
    let mut stdin = following.stdin();
    let document = forms::document(&events());
    std::io::Write::write_all(&mut stdin, &document).expect("it is read");
    std::io::Write::flush(&mut stdin).expect("it is read");
    let mut looks = 0;
    while page.json("/api/v1/status")["invocations"] != 3 {
        looks += 1;
        assert!(looks < 100_000, "what was read is never shown");
    }
    drop(stdin);
    let replayed = following.wait().code(0).json();
    assert_eq!(replayed["totals"]["invocations"], 3);
    assert_eq!(replayed["ledger"]["delivered"], 12);
}

#[test]
fn lines_that_are_followed_are_of_the_function_that_the_flag_names() {
    let place = Place::new();
    let file = place.path("growing.log");
    let lines = forms::tail(&events());
    let is_first = |line: &&str| !line.contains("START RequestId: 6234bffe");
    let first: String = lines.split_inclusive('\n').take_while(is_first).collect();
    fs::write(&file, first).expect("there is room");
    let following = Replay::new()
        .args(["--json", "--follow", "--function", "growing", "--store"])
        .arg(place.store())
        .arg(&file)
        .start();
    let page = Page::serve(place.store(), &[]);
    let wait_for = |invocations: u64| {
        let mut looks = 0;
        while page.json("/api/v1/status")["invocations"] != invocations {
            looks += 1;
            assert!(looks < 100_000, "what was read is never shown");
        }
    };
    wait_for(1);
    fs::write(&file, &lines).expect("there is room");
    wait_for(3);
    following.signal("INT");
    let replayed = following.wait().code(0).json();
    let names: Vec<_> =
        replayed["functions"].as_array().unwrap().iter().map(|row| &row["function"]).collect();
    assert_eq!(names, ["growing"]);
    let whole = Replay::measure(&file).args(["--function", "growing"]).run().code(0).json();
    assert_eq!(replayed["totals"], whole["totals"]);
}

#[test]
fn more_than_one_input_is_not_followed() {
    let finished = Replay::new().args(["--follow", "a", "b"]).run().code(1);
    assert!(finished.stderr.contains("--follow takes one file"), "{}", finished.stderr);
}
