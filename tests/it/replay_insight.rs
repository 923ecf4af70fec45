//! Answers of `tailwater replay --json` equal the known truth of generated logs, however these are divided.

use std::{fs, path::Path};

use benches::{InsightCorpus, Pack, Packer, list_functions};
use serde_json::Value;
use tempfile::TempDir;
use tests::replay::Replay;

/// Sums differ by the picodollar that the truth is rounded to.
const DOLLAR_TOLERANCE: f64 = 1.1e-12;

/// Division of the deliveries into files.
#[derive(Clone, Copy)]
enum Division {
    /// One folder, in order.
    Whole,
    /// Two folders: the second has every third delivery, and is read first.
    Interleaved,
}

struct Written {
    folder: TempDir,
    truth: Value,
}

impl Written {
    fn new(seed: u64, division: Division) -> Self {
        let corpus = InsightCorpus::new(seed);
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let packer = |name| Packer::new(Pack::EventLines, &folder.path().join("deliveries").join(name));
        let mut packers = [packer("b").expect("the folder is new"), packer("a").expect("the folder is new")];
        for (n, delivery) in corpus.deliveries.iter().enumerate() {
            let chosen = match division {
                Division::Whole => 0,
                Division::Interleaved => usize::from(n % 3 == 1),
            };
            packers[chosen].push(&delivery.document()).expect("the file can be written");
        }
        for packer in packers {
            packer.finish().expect("the file can be written");
        }
        let functions = list_functions(&corpus.functions);
        fs::write(folder.path().join("functions.json"), functions).expect("the file can be written");
        let truth = serde_json::from_str(&corpus.truth).expect("the truth is JSON");
        Self { folder, truth }
    }

    fn replay(&self) -> Replay {
        let path = |name| self.folder.path().join(name);
        let by = ["tenant", "version", "function", "day", "field:customer", "emf:shop"]
            .iter()
            .flat_map(|by| ["--by", by]);
        Replay::new()
            .args(["--json", "--functions"])
            .arg(path("functions.json"))
            .args(by)
            .arg(path("deliveries"))
    }

    fn measured(&self, jobs: &str) -> Value {
        self.replay().args(["--to", "none", "--jobs", jobs]).run().code(0).json()
    }

    fn stored(&self, store: &Path) -> Value {
        self.replay().args(["--to", "store", "--store"]).arg(store).run().code(0).json()
    }

    fn check(&self, document: &Value) {
        let insight = &document["insight"];
        let mut wrong = Vec::new();
        check_cost_by(insight, &self.truth["cost_by"], document, &mut wrong);
        check_waste(insight, &self.truth["waste"], &mut wrong);
        check_concurrency(insight, &self.truth, &mut wrong);
        check_memory(insight, &self.truth["memory"], &mut wrong);
        check_leaks(insight, &self.truth["leaks"], &mut wrong);
        check_timeouts(insight, &self.truth["timeout_risk"], &mut wrong);
        check_logs(&insight["logs"], &self.truth["logs"], &mut wrong);
        check_errors(insight, &self.truth["errors"], document, &mut wrong);
        assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().expect("an object").iter()
}

/// The row of a list whose member `key` has this value; null without one.
fn find<'a>(rows: &'a Value, key: &str, value: &str) -> &'a Value {
    list(rows).iter().find(|row| row[key] == value).unwrap_or(&Value::Null)
}

fn same(place: &str, found: &Value, expected: &Value, wrong: &mut Vec<String>) {
    let is_same = match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() <= DOLLAR_TOLERANCE,
        _ => found == expected,
    };
    if !is_same {
        wrong.push(format!("{place} is {found} instead of {expected}"));
    }
}

fn check_cost_by(insight: &Value, truth: &Value, document: &Value, wrong: &mut Vec<String>) {
    for (dimension, values) in members(truth) {
        let by = find(&insight["cost_by"], "dimension", dimension);
        same(dimension, &by["total_cost_usd"], &document["totals"]["cost_usd"], wrong);
        for (value, sums) in members(values) {
            let place = format!("{dimension} {value:?}");
            if value.is_empty() {
                same(&place, &by["none_invocations"], &sums["invocations"], wrong);
                same(&place, &by["none_cost_usd"], &sums["cost_usd"], wrong);
                continue;
            }
            let row = find(&by["rows"], "value", value);
            for member in ["invocations", "errors", "cost_usd"] {
                same(&format!("{place} {member}"), &row[member], &sums[member], wrong);
            }
        }
        let n_values = members(values).filter(|(value, _)| !value.is_empty()).count();
        same(dimension, &by["values"], &n_values.into(), wrong);
    }
}

fn check_waste(insight: &Value, truth: &Value, wrong: &mut Vec<String>) {
    for (function, parts) in members(truth) {
        let row = find(&insight["waste"]["by_function"], "function", function);
        for (member, expected) in members(parts) {
            same(&format!("waste of {function}: {member}"), &row[member], expected, wrong);
        }
    }
}

fn check_concurrency(insight: &Value, truth: &Value, wrong: &mut Vec<String>) {
    let lists = [("functions", "function", "concurrency"), ("accounts", "account", "accounts")];
    for (rows, key, expected) in lists {
        for (name, values) in members(&truth[expected]) {
            let row = find(&insight["concurrency"][rows], key, name);
            for (member, expected) in members(values).filter(|(member, _)| row.get(member.as_str()).is_some())
            {
                same(&format!("{name}: {member}"), &row[member], expected, wrong);
            }
            same(name, &row["peak"], &values["peak"], wrong);
        }
    }
}

fn check_memory(insight: &Value, truth: &Value, wrong: &mut Vec<String>) {
    for (function, values) in members(truth) {
        let row = find(&insight["memory"], "function", function);
        for member in ["verdict", "recommended_mb"] {
            same(&format!("{function}: {member}"), &row[member], &values[member], wrong);
        }
    }
}

/// The leaks are those of the truth, and no other. A megabyte in two runs is 512 KB a run; the second half of 390 runs rises
/// by 97 or 98 whole megabytes.
fn check_leaks(insight: &Value, truth: &Value, wrong: &mut Vec<String>) {
    let found: Vec<_> = list(&insight["leaks"]).iter().map(|leak| leak["function"].clone()).collect();
    same("leaks", &Value::from(found), truth, wrong);
    for leak in list(&insight["leaks"]) {
        let growth = leak["growth_kb_per_run"].as_f64().unwrap_or(0.0);
        if (growth - 512.0).abs() > 5.3 {
            wrong.push(format!("growth is {growth} KB a run"));
        }
    }
}

fn check_timeouts(insight: &Value, truth: &Value, wrong: &mut Vec<String>) {
    for (function, values) in members(truth) {
        let row = find(&insight["timeout_risk"], "function", function);
        for (member, micros) in [("p99_ms", "p99_us"), ("max_ms", "max_us")] {
            let expected = values[micros].as_f64().expect("a number") / 1_000.0;
            if row[member].as_f64().is_none_or(|found| (found - expected).abs() > 1e-6) {
                wrong.push(format!("{function}: {member} is {} instead of {expected}", row[member]));
            }
        }
        same(function, &row["timeout_source"], &"catalog".into(), wrong);
    }
}

/// The volumes are those of the truth to the byte, and no function or level is missing.
fn check_logs(logs: &Value, truth: &Value, wrong: &mut Vec<String>) {
    for member in ["events", "ingest_bytes"] {
        same(member, &logs[member], &truth[member], wrong);
    }
    for (rows, key) in [("by_function", "function"), ("by_level", "level")] {
        for (name, volume) in members(&truth[rows]) {
            let row = find(&logs[rows], key, name);
            for member in ["events", "ingest_bytes"] {
                same(&format!("logs of {name}: {member}"), &row[member], &volume[member], wrong);
            }
        }
        same(rows, &list(&logs[rows]).len().into(), &members(&truth[rows]).count().into(), wrong);
    }
}

/// Each function has one group for each cause, and the groups' failures are all failures.
fn check_errors(insight: &Value, truth: &Value, document: &Value, wrong: &mut Vec<String>) {
    let errors = &insight["errors"];
    same("failed invocations", &errors["failed_invocations"], &document["totals"]["errors"], wrong);
    let groups = |function: &str| {
        list(&errors["groups"]).iter().filter(move |group| group["function"] == *function).collect::<Vec<_>>()
    };
    for (function, causes) in members(truth) {
        let found = groups(function);
        let sum: u64 = found.iter().filter_map(|group| group["failed_invocations"].as_u64()).sum();
        let expected: u64 = members(causes).filter_map(|(_, failed)| failed.as_u64()).sum();
        same(&format!("failures of {function}"), &sum.into(), &expected.into(), wrong);
        for (cause, failed) in members(causes) {
            let group = found.iter().find(|group| group["culprit"] == **cause || group["kind"] == **cause);
            let count = group.map_or(Value::Null, |group| group["failed_invocations"].clone());
            same(&format!("{function}, {cause}"), &count, failed, wrong);
        }
        if function.starts_with("errors-") {
            let new = found.iter().filter(|group| group["new_in_version"] == "2").count();
            same(&format!("new errors of {function}"), &new.into(), &1.into(), wrong);
            same(&format!("groups of {function}"), &found.len().into(), &2.into(), wrong);
        }
    }
}

/// Kinds of findings about functions, as `function kind`.
fn findings(document: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let findings = list(&document["worth_a_look"]).iter();
    let mut findings: Vec<_> = findings
        .map(|finding| format!("{} {}", text(&finding["function"]), text(&finding["kind"])))
        .collect();
    findings.sort();
    findings
}

#[test]
fn answers_equal_the_truth_in_memory_and_in_a_store() {
    for seed in [1, 2] {
        let written = Written::new(seed, Division::Whole);
        let measured = written.measured("1");
        written.check(&measured);
        let stored = written.stored(&written.folder.path().join("x.db"));
        written.check(&stored);
        assert_eq!(measured["insight"], stored["insight"], "seed {seed}");
        let expected = [
            "errors-go new_error",
            "errors-python new_error",
            "full short_memory",
            "leaky leak",
            "retried errors",
            "slow timeout_risk",
            "slow timeouts",
            "tenant-api errors",
        ];
        let found = findings(&measured);
        for finding in expected {
            assert!(found.iter().any(|found| found == finding), "{finding}: {found:?}");
        }
        for quiet in ["noisy", "warming", "cpu-bound"] {
            assert!(found.iter().all(|found| !found.starts_with(quiet)), "{quiet}: {found:?}");
        }
    }
}

/// The first difference of two documents, with its place; `None` if they are equal.
fn difference(found: &Value, expected: &Value) -> Option<String> {
    let within = |place: String, found: &Value, expected: &Value| {
        difference(found, expected).map(|difference| format!("{place}{difference}"))
    };
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) if found.len() == expected.len() => {
            expected.iter().find_map(|(name, value)| {
                within(format!(".{name}"), found.get(name).unwrap_or(&Value::Null), value)
            })
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let pairs = found.iter().zip(expected).enumerate();
            pairs.into_iter().find_map(|(at, (found, expected))| within(format!("[{at}]"), found, expected))
        }
        _ => (found != expected).then(|| format!(": {found} instead of {expected}")),
    }
}

#[test]
fn answers_do_not_depend_on_files_order_and_workers() {
    let whole = Written::new(3, Division::Whole);
    let expected = whole.measured("1");
    whole.check(&expected);
    let divided = Written::new(3, Division::Interleaved);
    for found in [divided.measured("1"), divided.measured("2")] {
        for part in ["insight", "worth_a_look"] {
            assert_eq!(difference(&found[part], &expected[part]), None, "{part}");
        }
    }
    // A store does not keep the order of the lines of one millisecond that came in several inputs, so a crash report that
    // was cut there may lack its end: its group may be another one, but it is in one.
    let mut stored = divided.stored(&divided.folder.path().join("x.db"));
    let mut expected = expected;
    for document in [&mut stored, &mut expected] {
        document["insight"]["errors"]["groups"].take();
        let findings = document["worth_a_look"].as_array_mut().expect("findings are an array");
        findings.retain(|finding| finding["kind"] != "new_error");
    }
    for part in ["insight", "worth_a_look"] {
        assert_eq!(difference(&stored[part], &expected[part]), None, "{part} of the store");
    }
}

#[test]
fn rules_of_what_ifs_drop_just_what_they_save() {
    let written = Written::new(5, Division::Whole);
    let document = written.measured("1");
    let rules: Vec<_> = list(&document["insight"]["logs"]["what_if"])
        .iter()
        .filter_map(|what_if| Some((what_if["rule"].as_str()?, what_if["saved_bytes"].as_u64()?)))
        .collect();
    assert!(rules.len() >= 3, "{rules:?}");
    for (rule, saved) in rules {
        let file = written.folder.path().join("rules.toml");
        fs::write(&file, rule).expect("the file can be written");
        let test = Replay::subcommand("rules").args(["test", "--json"]).arg(&file);
        let report = test.arg(written.folder.path().join("deliveries")).run().code(0).json();
        let number = |member: &str| report["rules"][0][member].as_u64().expect("a number");
        assert_eq!(number("dropped_events"), number("matched_events"), "{rule}");
        assert_eq!(number("matched_bytes") + 26 * number("matched_events"), saved, "{rule}");
    }
}

#[test]
fn store_remembers_the_dimensions() {
    let written = Written::new(4, Division::Whole);
    let store = written.folder.path().join("x.db");
    let dimensions = |document: &Value| -> Vec<_> {
        list(&document["insight"]["cost_by"]).iter().map(|by| by["dimension"].clone()).collect()
    };
    let replay = || {
        let replay = Replay::new().args(["--json", "--to", "store", "--store"]).arg(&store);
        replay.arg(written.folder.path().join("deliveries"))
    };
    assert_eq!(dimensions(&replay().run().code(0).json()), ["tenant", "version"]);
    assert_eq!(dimensions(&replay().args(["--by", "day"]).run().code(0).json()), ["day"]);
    assert_eq!(dimensions(&replay().run().code(0).json()), ["day"]);
    let _ = replay().args(["--by", "weekday"]).run().code(2);
}
