//! `tailwater serve`: it returns the numbers of `replay`, restricts access to this machine, and reads while others
//! write.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;
use tempfile::TempDir;
use tests::{
    binary::{self, DEMO_EVENTS, root},
    forms,
    page_server::PageServer,
    replay::Replay,
    sample::{FUNCTION, events},
};

const JSON: (&str, &str) = ("content-type", "application/json");

struct StoreFolder(TempDir);

impl StoreFolder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be created"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("tailwater.db")
    }

    /// Starts a server for the demo; also returns the summary of the replay.
    fn demo(&self) -> (PageServer, Value) {
        let replayed = Replay::into_store(root().join("tests/demo"), self.store()).run().code(0).json();
        (PageServer::start(self.store(), &[]), replayed)
    }

    /// Starts a server for the sample.
    fn sample(&self, flags: &[&str]) -> PageServer {
        let input = self.path("sample.json");
        fs::write(&input, forms::document(&events())).expect("the file can be written");
        let _ = Replay::into_store(&input, self.store()).run().code(0);
        PageServer::start(self.store(), flags)
    }
}

fn body(answer: &tests::http::Response) -> Value {
    serde_json::from_slice(&answer.body).expect("the response is JSON")
}

#[test]
fn summary_equals_the_output_of_replay() {
    let folder = StoreFolder::new();
    let (page, replayed) = folder.demo();
    let summary = page.json("/api/v1/summary");
    for part in ["totals", "functions", "range", "worth_a_look"] {
        assert_eq!(summary[part], replayed[part], "{part}");
    }
    // The cost of logs is told by `/api/v1/insight` alone.
    let notes = replayed["notes"].as_array().expect("notes are an array").iter();
    let notes = notes.filter(|note| !note.as_str().is_some_and(|note| note.starts_with("log cost is")));
    assert_eq!(summary["notes"], notes.cloned().collect::<Value>(), "notes");
    assert_eq!(summary["ledger"]["delivered"], replayed["ledger"]["delivered"]);
}

#[test]
fn summaries_of_adjacent_ranges_add_up() {
    let folder = StoreFolder::new();
    let (page, replayed) = folder.demo();
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
fn documented_requests_succeed_and_others_are_errors() {
    let folder = StoreFolder::new();
    let page = folder.sample(&[]);
    let description = page.json("/api/v1/openapi.json");
    let paths = description["paths"].as_object().expect("the description lists paths");
    for (path, methods) in paths {
        if path.ends_with("/events") || methods["get"].is_null() {
            continue;
        }
        let query = match path.as_str() {
            "/api/v1/invocation" => "?request_id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c".to_owned(),
            "/api/v1/request" => "?id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c".to_owned(),
            "/api/v1/compare" => "?a=..&b=..".to_owned(),
            "/api/v1/query" => "?q=stats+count(*)+by+@level".to_owned(),
            "/api/v1/logs/around" => {
                format!(
                    "?place={}",
                    page.json("/api/v1/logs?limit=1")["events"][0]["place"].as_str().unwrap()
                )
            }
            _ => String::new(),
        };
        let answer = page.request("GET", &format!("{path}{query}"), &[], "");
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
        let answer = page.request("GET", wrong, &[], "");
        assert_eq!(answer.status, status, "{wrong}");
        assert!(body(&answer)["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    assert_eq!(page.request("DELETE", "/api/v1/summary", &[], "").status, 405);
}

#[test]
fn invocation_has_its_lines_and_log_pages_have_no_gap() {
    let folder = StoreFolder::new();
    let page = folder.sample(&[]);
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
fn requests_from_other_origins_and_hosts_are_rejected() {
    let folder = StoreFolder::new();
    let page = folder.sample(&[]);
    assert_eq!(page.request("GET", "/api/v1/status", &[("host", "evil.example")], "").status, 403);
    assert_eq!(page.request("GET", "/", &[("host", "evil.example:80")], "").status, 403);
    let event = forms::event_line(&events());
    assert_eq!(page.post_delivery(event.clone(), &[JSON, ("origin", "http://evil.example")]).status, 403);
    assert_eq!(page.post_delivery(event.clone(), &[("content-type", "text/plain")]).status, 415);
    assert_eq!(page.post_delivery(event, &[JSON]).status, 200);
}

#[test]
fn each_response_has_security_headers() {
    let folder = StoreFolder::new();
    let page = folder.sample(&[]);
    for path in ["/", "/api/v1/summary", "/no/such/file.js"] {
        let answer = page.request("GET", path, &[("accept-encoding", "gzip")], "");
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
    let answer = page.request("GET", "/api/v1/summary", &[("accept-encoding", "gzip, br")], "");
    assert!(answer.body.starts_with(&[0x1f, 0x8b]), "the summary is compressed");
}

#[test]
fn token_is_required_for_every_request() {
    let folder = StoreFolder::new();
    let file = folder.path("token");
    fs::write(&file, "correct-horse-battery-staple\n").expect("the file can be written");
    let page = folder.sample(&["--token-file", file.to_str().expect("the path is text")]);
    let bearer = |token: &str| {
        page.request("GET", "/api/v1/status", &[("authorization", &format!("Bearer {token}"))], "")
    };
    assert_eq!(page.request("GET", "/api/v1/status", &[], "").status, 401);
    assert_eq!(bearer("wrong-horse-battery-staple").status, 401);
    assert_eq!(bearer("correct-horse-battery-staple").status, 200);
    let event = forms::event_line(&events());
    assert_eq!(page.post_delivery(event.clone(), &[JSON]).status, 401);
    assert_eq!(
        page.post_delivery(event, &[JSON, ("authorization", "Bearer correct-horse-battery-staple")]).status,
        200
    );
    let form = page.request("GET", "/", &[], "");
    assert!(form.status == 401 && String::from_utf8_lossy(&form.body).contains("<form"));
    let login = page.request("POST", "/login", &[], "token=correct-horse-battery-staple");
    let cookie = login
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .expect("the login sets a cookie");
    let cookie = cookie.1.split(';').next().expect("the cookie has a value").to_owned();
    assert!(!cookie.contains("horse"));
    assert_eq!(page.request("GET", "/api/v1/status", &[("cookie", &cookie)], "").status, 200);
    assert_eq!(page.request("POST", "/login", &[], "token=wrong").status, 403);
}

#[test]
fn remote_access_requires_two_flags() {
    let folder = StoreFolder::new();
    let error_of = |flags: &[&str]| {
        let mut command = Command::new(binary::tailwater());
        let out = command
            .arg("serve")
            .args(flags)
            .current_dir(folder.0.path())
            .output()
            .expect("the binary can be started");
        assert_eq!(out.status.code(), Some(1), "{flags:?}");
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    assert!(error_of(&["--addr", "0.0.0.0:0"]).contains("--allow-remote"));
    assert!(error_of(&["--addr", "0.0.0.0:0", "--allow-remote"]).contains("--token-file"));
    fs::write(folder.path("short"), "short").expect("the file can be written");
    assert!(error_of(&["--token-file", "short"]).contains("invalid token"));
    assert!(!folder.store().exists(), "no store was created");
}

#[test]
fn delivery_is_stored_once_and_invalid_ones_are_errors() {
    let folder = StoreFolder::new();
    let page = PageServer::start(folder.store(), &[]);
    let event = forms::event_line(&events());
    for (round, duplicates) in [(1, 0), (2, 12)] {
        let kept = body(&page.post_delivery(event.clone(), &[JSON]));
        assert_eq!(
            (&kept["ledger"]["delivered"], &kept["ledger"]["duplicates"]),
            (&12.into(), &duplicates.into()),
            "{round}"
        );
        assert_eq!(kept["ledger"]["received"], kept["ledger"]["delivered"]);
    }
    assert_eq!(page.post_delivery("{\"a\":1}", &[JSON]).status, 422);
    assert_eq!(page.post_delivery("not JSON", &[JSON]).status, 422);
    let damaged = body(&page.post_delivery(r#"{"awslogs":{"data":"H4sIAAAA"}}"#, &[JSON]));
    assert_eq!(
        (&damaged["ledger"]["rejected"], damaged["rejected"].as_array().map(Vec::len)),
        (&1.into(), Some(1))
    );
    let replayed =
        Replay::into_store(root().join("tests/demo/stock-sync-event.json"), folder.path("other.db"))
            .run()
            .code(0);
    let demo = fs::read(root().join("tests/demo/stock-sync-event.json")).expect("the demo exists");
    assert_eq!(page.post_delivery(demo, &[JSON]).status, 200);
    // Storing the same events again changes nothing.
    let again = root().join("tests/demo/stock-sync-event.json");
    let stored = Replay::into_store(again, folder.store()).run().json();
    let row = |json: &Value| {
        json["functions"]
            .as_array()
            .and_then(|all| all.iter().find(|row| row["function"] == "stock-sync").cloned())
    };
    assert_eq!(row(&stored), row(&replayed.json()));
}

#[test]
fn export_can_be_replayed() {
    let folder = StoreFolder::new();
    let (page, replayed) = folder.demo();
    let export = page.request("GET", "/api/v1/logs/export?function=checkout-api", &[], "");
    let file = folder.path("export.ndjson");
    fs::write(&file, &export.body).expect("the file can be written");
    let again = Replay::measure(&file).run().code(0).json();
    let row = |json: &Value| {
        json["functions"]
            .as_array()
            .and_then(|all| all.iter().find(|row| row["function"] == "checkout-api").cloned())
    };
    let (again, replayed) =
        (row(&again).expect("the function has a row"), row(&replayed).expect("the function has a row"));
    for number in
        ["invocations", "errors", "timeouts", "cold_starts", "billed_ms", "cost_usd", "max_memory_mb"]
    {
        assert_eq!(again[number], replayed[number], "{number}");
    }
}

#[test]
fn server_reads_while_a_replay_writes() {
    let folder = StoreFolder::new();
    let page = PageServer::start(folder.store(), &[]);
    let writing = Replay::into_store(root().join("tests/demo"), folder.store()).start();
    let mut answers = 0;
    while page.json("/api/v1/status")["events"] != DEMO_EVENTS {
        assert_eq!(page.request("GET", "/api/v1/summary", &[], "").status, 200);
        answers += 1;
        assert!(answers < 100_000, "written events are not shown");
    }
    let replayed = writing.wait().code(0).json();
    assert_eq!(page.json("/api/v1/summary")["totals"], replayed["totals"]);
}

#[test]
fn stdin_is_followed_until_it_is_closed() {
    let folder = StoreFolder::new();
    let mut following =
        Replay::new().args(["--json", "--follow", "--store"]).arg(folder.store()).arg("-").start();
    let page = PageServer::start(folder.store(), &[]);
    let mut stdin = following.stdin();
    let document = forms::document(&events());
    std::io::Write::write_all(&mut stdin, &document).expect("the process reads stdin");
    std::io::Write::flush(&mut stdin).expect("the process reads stdin");
    let mut polls = 0;
    while page.json("/api/v1/status")["invocations"] != 3 {
        polls += 1;
        assert!(polls < 100_000, "followed events are not shown");
    }
    drop(stdin);
    let replayed = following.wait().code(0).json();
    assert_eq!(replayed["totals"]["invocations"], 3);
    assert_eq!(replayed["ledger"]["delivered"], 12);
}

#[test]
fn followed_lines_belong_to_the_function_of_the_flag() {
    let folder = StoreFolder::new();
    let file = folder.path("growing.log");
    let lines = forms::tail(&events());
    let is_first = |line: &&str| !line.contains("START RequestId: 6234bffe");
    let first: String = lines.split_inclusive('\n').take_while(is_first).collect();
    fs::write(&file, "").expect("the file can be written");
    let following = Replay::new()
        .args(["--json", "--follow", "--function", "growing", "--store"])
        .arg(folder.store())
        .arg(&file)
        .start();
    let page = PageServer::start(folder.store(), &[]);
    let wait_for = |invocations: u64| {
        let mut polls = 0;
        while page.json("/api/v1/status")["invocations"] != invocations {
            polls += 1;
            assert!(polls < 100_000, "followed events are not shown");
        }
    };
    fs::write(&file, first).expect("the file can be written");
    wait_for(1);
    fs::write(&file, &lines).expect("the file can be written");
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
fn following_several_inputs_is_an_error() {
    let finished = Replay::new().args(["--follow", "a", "b"]).run().code(1);
    assert!(finished.stderr.contains("--follow takes one file"), "{}", finished.stderr);
}
