//! Command line of `tailwater replay`: flags, exit codes and output.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    binary::root,
    forms,
    replay::{Replay, balanced},
    sample::{Event, FUNCTION, check_totals, events, report},
};

/// Creates a folder with the sample in `checkout-api.json`.
fn sample() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    write(folder.path(), "checkout-api.json", &forms::document(&events()));
    folder
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    fs::write(folder.join(name), content).expect("the file can be written");
}

/// Returns the row of the only function.
fn row(json: &Value) -> &Value {
    &json["functions"][0]
}

#[test]
fn help_lists_every_command_and_flag() {
    let help = Replay::subcommand("--help").run().code(0);
    assert!(help.stdout.contains("replay"), "{}", help.stdout);
    let help = Replay::new().arg("--help").run().code(0).stdout;
    for flag in [
        "--to",
        "--store",
        "--json",
        "--region",
        "--arch",
        "--function",
        "--log-group",
        "--functions",
        "--since",
        "--until",
        "--jobs",
        "--dry-run",
    ] {
        assert!(
            help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")),
            "no {flag} in\n{help}"
        );
    }
}

#[test]
fn invalid_usage_exits_with_2_and_a_message_on_stderr() {
    let check = |arguments: &[&str], word: &str| {
        let finished = Replay::new().args(arguments).run().code(2);
        assert!(finished.stdout.is_empty() && finished.stderr.contains(word), "{finished:?}");
    };
    check(&["--colour", "."], "--colour");
    check(&[], "PATH");
    check(&["--to", "nowhere", "."], "nowhere");
    check(&["--arch", "mips", "."], "mips");
    check(&["--jobs", "0", "."], "expected a whole number from 1 on");
    check(&["--top", "0", "."], "expected a whole number from 1 on");
    check(&["--sort", "price", "."], "cold-starts");
    check(&["--filter", "[a", "."], "--filter");
    check(&["--top", "3", "--json", "."], "cannot be used with");
    check(
        &["--since", "2026-03-05", "--until", "2026-03-04", "."],
        "not before --until 4 Mar 2026 00:00 UTC",
    );
    check(&["--since", "yesterday", "."], "yesterday");
    check(&["--region", "", "."], "--region");
    check(&["--functions", "nowhere.json", "."], "nowhere.json");
}

#[test]
fn missing_path_is_named() {
    let folder = sample();
    let missing = folder.path().join("missing.json");
    let finished = Replay::measure(folder.path()).arg(&missing).run().code(1);
    assert!(finished.stderr.contains("missing.json"), "{}", finished.stderr);
    check_totals(&finished.json(), 1);
}

#[test]
fn glob_without_a_match_is_named() {
    let folder = sample();
    let finished = Replay::measure(folder.path().join("*.parquet")).run().code(1);
    assert!(finished.stderr.contains("*.parquet"), "{}", finished.stderr);
}

#[test]
fn glob_is_expanded() {
    let folder = sample();
    write(folder.path(), "notes.txt", b"nothing\n");
    check_totals(&Replay::measure(folder.path().join("*.json")).run().code(0).json(), 1);
}

#[test]
fn file_named_twice_is_stored_once() {
    let folder = sample();
    let file = folder.path().join("checkout-api.json");
    let store = folder.path().join(".store.db");
    check_totals(&Replay::into_store(folder.path(), store).arg(file).run().code(0).json(), 1);
}

#[test]
fn hidden_file_is_skipped() {
    let folder = sample();
    write(folder.path(), ".DS_Store", b"\0\0\0\x01Bud1");
    check_totals(&Replay::measure(folder.path()).run().code(0).json(), 1);
}

#[test]
fn store_is_the_default_sink() {
    let folder = sample();
    let directory = tempfile::tempdir().expect("a temporary folder can be created");
    let finished = Replay::new().arg("--json").arg(folder.path()).in_folder(directory.path()).run().code(0);
    check_totals(&finished.json(), 1);
    assert!(directory.path().join("tailwater.db").is_file());
}

#[test]
fn columns_of_the_environment_are_the_width() {
    let folder = sample();
    let table = |columns: &str| {
        let finished =
            Replay::new().args(["--to", "none"]).arg(folder.path()).env("COLUMNS", columns).run().code(0);
        let titles = finished.stdout.lines().find(|line| line.contains("FUNCTION")).map(str::to_owned);
        titles.expect("the table has titles")
    };
    assert!(table("200").contains("P99") && table("200").contains("LAST"));
    assert!(!table("60").contains("P99") && table("60").chars().count() <= 60);
    assert_eq!(table("wide"), table("120"));
}

#[test]
fn rows_are_sorted_and_hidden_rows_are_counted() {
    let command = || Replay::new().args(["--to", "none"]).arg(root().join("tests/demo"));
    let rows = |finished: &str| {
        let rows = finished.lines().skip_while(|line| !line.contains("FUNCTION")).skip(1);
        let names =
            rows.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let finished = command().args(["--sort", "errors", "--top", "2"]).run().code(0).stdout;
    assert_eq!(rows(&finished)[0], "checkout-api", "{finished}");
    assert!(finished.contains(" hidden by --top 2;"), "{finished}");
    let whole = command().run().code(0).stdout;
    let totals = |text: &str| text.lines().find(|line| line.contains(" invocations ")).map(str::to_owned);
    assert_eq!(totals(&finished), totals(&whole));
    let filtered = command().args(["--filter", "*-SYNC"]).run().code(0).stdout;
    assert_eq!(rows(&filtered)[..2], ["price-sync", "stock-sync"], "{filtered}");
}

#[test]
fn long_names_are_whole_in_a_pipe() {
    let name = "shop-prod-CheckoutStack-HandleOrder1A2B3C4D-Ab12Cd34Ef56Gh78";
    let command = Replay::new().args(["--to", "none", "--function", name, "-"]).env("COLUMNS", "50");
    let finished = command.stdin(forms::plain(&events())).run().code(0).stdout;
    assert!(finished.lines().any(|line| line.starts_with(&format!("  {name} "))), "{finished}");
}

#[test]
fn dry_run_writes_nothing() {
    let folder = sample();
    let directory = tempfile::tempdir().expect("a temporary folder can be created");
    Replay::new().arg("--dry-run").arg(folder.path()).in_folder(directory.path()).run().code(0);
    let left = fs::read_dir(directory.path()).expect("the folder exists").count();
    assert_eq!(left, 0, "a dry run wrote something");
}

#[test]
fn dry_run_describes_each_input() {
    let folder = sample();
    write(folder.path(), "diary.txt", b"dear diary\n");
    let finished = Replay::new().arg("--dry-run").arg(folder.path()).run().code(1);
    let printed: Vec<_> = finished.stderr.lines().filter(|line| !line.contains("rejected")).collect();
    let directory = folder.path().display();
    assert_eq!(printed, [format!("{directory}/checkout-api.json: log event documents, 12 events")]);
}

#[test]
fn table_shows_functions_and_totals() {
    let finished = Replay::new().args(["--to", "none"]).arg(sample().path()).run().code(0);
    for word in [FUNCTION, "eu-west-1", "FUNCTION", "INVOCATIONS", "12 events received = 12 delivered"] {
        assert!(finished.stdout.contains(word), "no {word} in\n{}", finished.stdout);
    }
    assert!(!finished.stdout.contains('\u{1b}'), "colour codes although stdout is not a terminal");
}

#[test]
fn summary_has_every_documented_key() {
    let json = Replay::measure(sample().path()).run().code(0).json();
    let check = |value: &Value, keys: &str| {
        let missing: Vec<_> = keys.split(' ').filter(|key| value.get(key).is_none()).collect();
        assert!(missing.is_empty(), "no {missing:?} in {value:#}");
    };
    check(&json["ledger"], "received delivered filtered sampled parked rejected duplicates bytes");
    check(
        &json["totals"],
        "invocations cold_starts restores errors timeouts out_of_memory billed_ms gb_seconds cost_usd \
         cold_start_cost_usd",
    );
    check(
        row(&json),
        "function account region arch invocations errors timeouts out_of_memory throttles cold_starts restores duration_ms \
         init_ms billed_ms gb_seconds cost_usd cold_start_cost_usd memory_mb max_memory_mb memory_used_pct last_start_ms \
         versions",
    );
    check(&row(&json)["duration_ms"], "avg p50 p95 p99 max");
    check(&row(&json)["init_ms"], "avg max");
    assert_eq!(row(&json)["throttles"], Value::Null);
    assert_eq!(row(&json)["versions"], json!(["$LATEST"]));
    assert_eq!(row(&json)["account"], "123456789012");
}

#[test]
fn since_and_until_filter_events() {
    let check = |flags: &[&str], delivered: u64, invocations: u64| {
        let json = Replay::measure(sample().path()).args(flags).run().code(0).json();
        let ledger = balanced(&json);
        assert_eq!(
            (&ledger["delivered"], &ledger["filtered"]),
            (&delivered.into(), &(12 - delivered).into()),
            "{flags:?}"
        );
        assert_eq!(json["totals"]["invocations"], invocations, "{flags:?}");
    };
    check(&["--since", "2026-03-04T10:00:00.600Z"], 6, 2);
    check(&["--until", "2026-03-04T10:00:00.600Z"], 6, 1);
    check(&["--since", "2026-03-04T10:00:00.600Z", "--until", "2026-03-04T10:00:00.900Z"], 3, 1);
    check(&["--since", "2026-03-04"], 12, 3);
    check(&["--until", "2026-03-04"], 0, 0);
}

/// Prices per GB-second and per request in us-east-1, from AWS's price list of 2026-09-19.
const X86_GB_SECOND: f64 = 0.000_016_666_7;
const ARM_GB_SECOND: f64 = 0.000_013_333_4;
const REQUEST: f64 = 0.000_000_2;

/// Checks the cost of the sample: three requests, and 3,474 ms at 1,024 MB.
#[track_caller]
fn check_cost(flags: &[&str], gb_second: f64, arch: &str) {
    let json = Replay::measure(sample().path()).args(flags).run().code(0).json();
    let cost = row(&json)["cost_usd"].as_f64().unwrap_or_else(|| panic!("no cost in {json:#}"));
    let expected = 3.0 * REQUEST + 3.474 * gb_second;
    assert!((cost - expected).abs() < 1e-9, "{cost} instead of {expected}");
    assert_eq!(row(&json)["arch"], arch);
}

#[test]
fn architecture_determines_the_price() {
    check_cost(&[], X86_GB_SECOND, "x86_64");
    check_cost(&["--arch", "x86_64"], X86_GB_SECOND, "x86_64");
    check_cost(&["--arch", "arm64"], ARM_GB_SECOND, "arm64");
}

#[test]
fn architecture_is_read_from_the_list_of_functions() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let listed = json!({"Functions": [{
        "FunctionName": FUNCTION, "FunctionArn": format!("arn:aws:lambda:eu-west-1:123456789012:function:{FUNCTION}"),
        "Runtime": "nodejs22.x", "Timeout": 3, "MemorySize": 1024, "Architectures": ["arm64"],
        "EphemeralStorage": {"Size": 512},
    }]});
    let file = folder.path().join("functions.json");
    fs::write(&file, listed.to_string()).expect("the file can be written");
    check_cost(&["--functions", &file.to_string_lossy()], ARM_GB_SECOND, "arm64");
}

#[test]
fn invalid_list_of_functions_is_rejected() {
    let folder = sample();
    write(folder.path(), "functions.txt", b"checkout-api");
    let file = folder.path().join("functions.txt");
    let finished = Replay::measure(folder.path()).arg("--functions").arg(&file).run().code(2);
    assert!(finished.stderr.contains("functions.txt"), "{}", finished.stderr);
}

#[test]
fn region_flag_applies_if_the_logs_name_no_region() {
    let events = events();
    let document = forms::document(events.get(1..).expect("the sample has twelve events"));
    let cost = |flags: &[&str]| {
        let json = Replay::measure("-").args(flags).stdin(document.clone()).run().code(0).json();
        (row(&json)["region"].clone(), row(&json)["cost_usd"].is_number())
    };
    assert_eq!(cost(&[]), (Value::Null, false));
    assert_eq!(cost(&["--region", "us-east-1"]), ("us-east-1".into(), true));
}

#[test]
fn function_name_flags_apply_if_the_input_has_no_name() {
    let function = |flags: &[&str]| {
        let json = Replay::measure("-").args(flags).stdin(forms::plain(&events())).run().code(0).json();
        row(&json)["function"].clone()
    };
    assert_eq!(function(&["--function", "mine"]), "mine");
    assert_eq!(function(&["--log-group", "/aws/lambda/theirs"]), "theirs");
}

#[test]
fn records_on_stdout_have_every_documented_key() {
    let finished = Replay::new().args(["--to", "stdout"]).arg(sample().path()).run().code(0);
    let records = finished.records();
    let of = |kind: &str| records.iter().filter(|record| record["kind"] == kind).collect::<Vec<_>>();
    let (logs, invocations) = (of("log"), of("invocation"));
    assert_eq!((logs.len(), invocations.len()), (12, 3));
    let keys = "kind time event_id account region log_group log_stream function version type level request_id trace_id \
                span_id tenant body";
    for log in logs {
        let missing: Vec<_> = keys.split_whitespace().filter(|key| log.get(key).is_none()).collect();
        assert!(missing.is_empty(), "no {missing:?} in {log}");
    }
    let keys = "kind time request_id function version account region arch status error_type cold_start duration_ms billed_ms \
                memory_mb max_memory_mb init_ms restore_ms billed_restore_ms cost_usd trace_id tenant";
    for invocation in &invocations {
        let missing: Vec<_> = keys.split_whitespace().filter(|key| invocation.get(key).is_none()).collect();
        assert!(missing.is_empty(), "no {missing:?} in {invocation}");
    }
    let statuses: Vec<_> = invocations.iter().map(|invocation| &invocation["status"]).collect();
    assert_eq!(statuses, ["success", "success", "timeout"]);
}

/// Uses the demo, in which not every line names the region and the account of its function.
#[test]
fn records_of_the_demo_replay_to_the_same_rows() {
    let demo = root().join("tests/demo");
    let records = Replay::new().args(["--to", "stdout"]).arg(&demo).run().code(0).stdout;
    let again = Replay::measure("-").stdin(records).run().code(0).json();
    let rows = |json: &Value| {
        let rows = json["functions"].as_array().expect("functions is an array").iter();
        rows.map(|row| {
            ["function", "account", "region", "invocations", "cost_usd"]
                .map(|key| row[key].to_string())
                .join(" ")
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(rows(&again), rows(&Replay::measure(&demo).run().code(0).json()));
}

#[test]
fn records_replay_to_the_same_totals() {
    let records = Replay::new().args(["--to", "stdout"]).arg(sample().path()).run().code(0);
    let derived = records.records().iter().filter(|record| record["kind"] != "log").count();
    let json = Replay::measure("-").stdin(records.stdout).run().code(0).json();
    check_totals(&json, 1);
    assert_eq!(
        balanced(&json)["filtered"],
        derived,
        "records of invocations and metrics are not read but computed again"
    );
}

#[test]
fn unknown_fields_of_a_record_stay_unknown_in_a_replay() {
    let plain = Replay::new().args(["--to", "stdout"]).arg("-").stdin(forms::plain(&events())).run().code(0);
    let json = Replay::measure("-").stdin(plain.stdout).run().code(0).json();
    assert_eq!((&row(&json)["account"], &row(&json)["versions"]), (&Value::Null, &json!(["$LATEST"])));
    check_totals(&json, 1);
}

/// The lines of one invocation are in two files: one has the timeout, the other the REPORT.
#[test]
fn invocation_record_combines_lines_of_several_files() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let event = |message: &str| Event { message: message.to_owned(), ..events().remove(0) };
    let parts = [
        vec![event("START RequestId: 7c9567b5 Version: $LATEST"), event(TIMED_OUT)],
        vec![event(&report("7c9567b5"))],
    ];
    for (n, events) in parts.iter().enumerate() {
        write(folder.path(), &format!("{n}.json"), &forms::document(events));
    }
    for sinks in [["--to", "stdout"].as_slice(), &["--to", "stdout", "--to", "store"]] {
        let records = Replay::new().args(sinks).arg(folder.path()).run().code(0).records();
        let statuses: Vec<_> = records.iter().filter_map(|record| record["status"].as_str()).collect();
        assert_eq!(statuses, ["timeout"], "{sinks:?}");
    }
}

const TIMED_OUT: &str = "2026-03-04T10:00:00.000Z 7c9567b5 Task timed out after 3.00 seconds\n\n";

#[test]
fn each_sink_has_its_own_ledger() {
    let (folder, directory) = (sample(), tempfile::tempdir().expect("a temporary folder can be created"));
    let both = || {
        let call = Replay::new().args(["--json", "--to", "store", "--to", "stdout"]).arg(folder.path());
        let mut lines = call.in_folder(directory.path()).run().code(0).records();
        (lines.pop().expect("the summary follows the records"), lines.len())
    };
    let (_, first_records) = both();
    let (summary, records) = both();
    assert!(records >= 15 && records == first_records, "{records} {first_records}");
    let sinks = &summary["sinks"];
    assert_eq!((&sinks["store"]["delivered"], &sinks["store"]["duplicates"]), (&12.into(), &12.into()));
    assert_eq!((&sinks["stdout"]["delivered"], &sinks["stdout"]["duplicates"]), (&12.into(), &0.into()));
}
