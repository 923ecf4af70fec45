//! Totals of `tailwater replay` equal the known truth of generated logs, for each packing and size of delivery.

use std::{collections::BTreeMap, fs, path::PathBuf};

use benches::{Corpus, Mix, Pack, Packer, Plan, Size, list_functions};
use serde_json::Value;
use tempfile::TempDir;
use tests::replay::{Replay, balanced};

/// Counted values, which are exact.
const COUNTS: [&str; 7] =
    ["invocations", "cold_starts", "restores", "errors", "timeouts", "out_of_memory", "billed_ms"];

/// Computed values, which are exact to nine decimals.
const SUMS: [&str; 3] = ["gb_seconds", "cost_usd", "cold_start_cost_usd"];
const SUM_TOLERANCE: f64 = 1.1e-9;

/// Percentiles, which come from a sketch with a bounded error.
const QUANTILES: [&str; 3] = ["p50", "p95", "p99"];
const QUANTILE_TOLERANCE: f64 = 0.005;

/// Generated corpus in a folder, with its truth.
struct Written {
    folder: TempDir,
    truth: Value,
}

impl Written {
    fn new(plan: &Plan, pack: Pack) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let mut corpus = Corpus::new(plan);
        let mut packer = Packer::new(pack, &folder.path().join("deliveries")).expect("the folder is new");
        for delivery in corpus.by_ref() {
            packer.push(&delivery.document()).expect("the file can be written");
        }
        packer.finish().expect("the file can be written");
        let functions = list_functions(corpus.functions());
        fs::write(folder.path().join("functions.json"), functions).expect("the file can be written");
        let truth = serde_json::from_str(&corpus.truth().to_json()).expect("the truth file is JSON");
        Self { folder, truth }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn replay(&self) -> Replay {
        Replay::new()
            .arg("--json")
            .arg("--functions")
            .arg(self.path("functions.json"))
            .arg(self.path("deliveries"))
    }

    /// Checks a summary against the truth: ledger, totals and each function.
    fn check(&self, json: &Value) {
        let ledger = balanced(json);
        assert_eq!(ledger["delivered"], self.truth["totals"]["events"], "{ledger}");
        assert_eq!(ledger["rejected"], 0, "{ledger}");
        let mut wrong = Vec::new();
        compare("totals", &json["totals"], &self.truth["totals"], &mut wrong);
        let (found, expected) = (by_function(json), by_function(&self.truth));
        for (name, truth) in &expected {
            match found.get(name) {
                Some(row) => compare_row(name, row, truth, &mut wrong),
                None => wrong.push(format!("{name}: missing")),
            }
        }
        wrong.extend(
            found.keys().filter(|name| !expected.contains_key(*name)).map(|name| format!("{name}: unknown")),
        );
        assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    }
}

/// Returns rows by function, account and region. Functions without a REPORT line have no row.
fn by_function(document: &Value) -> BTreeMap<String, &Value> {
    let rows = document["functions"].as_array().expect("functions is an array").iter();
    let name = |row: &Value| {
        ["function", "account", "region"].map(|key| row[key].as_str().unwrap_or("?").to_owned()).join(" ")
    };
    rows.filter(|row| row["invocations"] != 0).map(|row| (name(row), row)).collect()
}

fn compare(place: &str, found: &Value, truth: &Value, wrong: &mut Vec<String>) {
    let is_unbilled = is_unbilled(found, truth);
    for name in COUNTS {
        if found[name].as_u64() != truth[name].as_u64() && !(is_unbilled && name == "billed_ms") {
            wrong.push(format!("{place}: {name} is {} instead of {}", found[name], truth[name]));
        }
    }
    for name in SUMS.into_iter().filter(|_| !is_unbilled) {
        close(place, name, (&found[name], &truth[name]), SUM_TOLERANCE, wrong);
    }
}

/// True if billed time, memory and cost are unknown, as for Managed Instances; sums do not include them.
fn is_unbilled(found: &Value, truth: &Value) -> bool {
    truth["billed_ms"] == 0 && SUMS.iter().chain(&["billed_ms"]).all(|name| found[name].is_null())
}

fn compare_row(place: &str, found: &Value, truth: &Value, wrong: &mut Vec<String>) {
    compare(place, found, truth, wrong);
    let (durations, true_durations) = (&found["duration_ms"], &truth["duration_ms"]);
    close(place, "max", (&durations["max"], &true_durations["max"]), 1e-6, wrong);
    for name in QUANTILES {
        let tolerance = true_durations[name].as_f64().unwrap_or(0.0) * QUANTILE_TOLERANCE;
        close(place, name, (&durations[name], &true_durations[name]), tolerance, wrong);
    }
    let invocations = truth["invocations"].as_f64().expect("the count is a number");
    let average = Value::from(true_durations["sum"].as_f64().expect("the sum is a number") / invocations);
    close(place, "avg", (&durations["avg"], &average), 1e-6, wrong);
}

fn close(place: &str, name: &str, (found, truth): (&Value, &Value), tolerance: f64, wrong: &mut Vec<String>) {
    let difference = found.as_f64().zip(truth.as_f64()).map(|(found, truth)| (found - truth).abs());
    if difference.is_none_or(|difference| difference > tolerance) {
        wrong.push(format!("{place}: {name} is {found} instead of {truth}"));
    }
}

/// Replays one corpus without and with a store, with one worker and with two.
fn check(seed: u64, events: u64, per_delivery: usize, mix: Mix, pack: Pack) {
    let written = Written::new(&Plan { seed, size: Size::Events(events), per_delivery, mix }, pack);
    for jobs in ["1", "2"] {
        let measured = written.replay().args(["--jobs", jobs, "--to", "none"]).run().code(0);
        written.check(&measured.json());
        let store = written.path(&format!("{jobs}.db"));
        let stored =
            written.replay().args(["--jobs", jobs, "--to", "store", "--store"]).arg(store).run().code(0);
        written.check(&stored.json());
        assert_eq!(balanced(&stored.json())["duplicates"], 0);
    }
}

#[test]
fn every_dialect_in_deliveries_of_10_events_is_counted_exactly() {
    check(1, 20_000, 10, Mix::EveryDialect, Pack::EventLines);
}

#[test]
fn every_dialect_in_deliveries_of_100_events_is_counted_exactly() {
    check(2, 20_000, 100, Mix::EveryDialect, Pack::Firehose);
}

#[test]
fn every_dialect_in_deliveries_of_1000_events_is_counted_exactly() {
    check(3, 20_000, 1000, Mix::EveryDialect, Pack::Kinesis);
}

#[test]
fn every_dialect_in_deliveries_of_10000_events_is_counted_exactly() {
    check(4, 40_000, 10_000, Mix::EveryDialect, Pack::Document);
}

#[test]
fn every_dialect_in_deliveries_of_one_event_is_counted_exactly() {
    check(5, 1_000, 1, Mix::EveryDialect, Pack::Event);
}

#[test]
fn every_dialect_in_one_file_is_counted_exactly() {
    check(6, 20_000, 333, Mix::EveryDialect, Pack::Single);
}

#[test]
fn every_dialect_uncompressed_is_counted_exactly() {
    check(7, 20_000, 50, Mix::EveryDialect, Pack::Plain);
}

#[test]
fn typical_mix_is_counted_exactly() {
    check(8, 30_000, 1000, Mix::Typical, Pack::Document);
}

#[test]
fn platform_lines_alone_are_counted_exactly() {
    check(9, 30_000, 500, Mix::PlatformOnly, Pack::Firehose);
}

#[test]
fn many_small_corpora_are_counted_exactly() {
    for seed in 10..20 {
        let written = Written::new(
            &Plan { seed, size: Size::Events(2_000), per_delivery: 37, mix: Mix::EveryDialect },
            Pack::Firehose,
        );
        written.check(&written.replay().args(["--to", "none"]).run().code(0).json());
    }
}
