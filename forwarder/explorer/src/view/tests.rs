//! Summaries of sample invocations.

use std::time::Duration;

use tailwater_forwarder::ledger::{Disposition, Ledger, ParkReason, Rejection, Tally};
use tailwater_parser::{
    MibMillis, UnixMillis,
    derive::{Invocation, Outcome},
    price::Cpu,
};

use super::{
    sample::{NOW, Sample, run, view},
    *,
};

fn summary(runs: impl IntoIterator<Item = Invocation>) -> Summary {
    view(runs).summary(&Catalog::default(), LedgerCounts::default())
}
fn only(runs: impl IntoIterator<Item = Invocation>) -> FunctionSummary {
    let [function] = <[_; 1]>::try_from(summary(runs).functions).unwrap();
    function
}

fn mixed() -> Vec<Invocation> {
    vec![
        run("checkout").cold(400).ago(60),
        run("checkout").outcome(Outcome::Error).memory(200, 512),
        run("checkout").outcome(Outcome::Timeout).took(3_000).version("2").ago(30),
        run("refund").restored(200),
        run("checkout").outcome(Outcome::OutOfMemory).ago(7_200),
        run("checkout").outcome(Outcome::Unknown),
        run("checkout").at("111122223333", "us-east-1"),
    ]
}

#[test]
fn timeouts_and_out_of_memory_count_as_errors_too() {
    let summary = summary(mixed());
    let checkout = &summary.functions[0];
    assert_eq!(
        (checkout.invocations, checkout.outcomes),
        (5, OutcomeCounts { errors: 3, timeouts: 1, out_of_memory: 1 })
    );
    assert_eq!(checkout.unknown_outcomes, 1);
    let totals = &summary.totals;
    let expected = OutcomeCounts { errors: 3, timeouts: 1, out_of_memory: 1 };
    assert_eq!((totals.invocations, totals.outcomes), (7, expected));
}

#[test]
fn cold_starts_and_restores_are_counted_separately() {
    let totals = summary(mixed()).totals;
    assert_eq!((totals.starts.cold_starts, totals.starts.restores), (1, 1));
    assert_eq!(totals.times.init.avg, Some(Duration::from_millis(400)));
}

#[test]
fn memory_size_is_the_latest_and_memory_use_the_maximum() {
    let function = only([
        run("f").memory(120, 512).ago(10),
        run("f").memory(90, 256),
        run("f").memory(100, 1024).ago(20),
    ]);
    assert_eq!(function.memory_used(), Some(Share { part: 120, whole: 256 }));
    assert_eq!(function.memory_used_pct, Some(46.875));
}

#[test]
fn each_invocation_is_priced_with_its_own_memory_size() {
    let function = only([run("f").took(1_000).memory(1, 1024), run("f").took(1_000).memory(1, 2048)]);
    assert_eq!(function.billing.memory_time.map(MibMillis::gb_seconds), Some(3.0));
    assert_eq!(function.billing.billed, Some(Duration::from_secs(2)));
    let dollars = function.billing.cost.unwrap().dollars();
    assert!((dollars - (3.0 * 0.000_016_666_7 + 2.0 * 0.000_000_2)).abs() < 1e-12, "{dollars}");
}

#[test]
fn cost_parts_are_priced_without_requests() {
    let gb_second = |function: FunctionSummary| {
        [function.billing.cold_start_cost, function.cost_parts.restore_cost, function.cost_parts.failure_cost]
            .map(|part| (part.unwrap().dollars() / 0.000_016_666_7 * 1e6).round() / 1e6)
    };
    let size = |run: Invocation| run.took(2_000).memory(1, 1024);
    assert_eq!(gb_second(only([size(run("f"))])), [0.0, 0.0, 0.0]);
    assert_eq!(gb_second(only([size(run("f")).cold(500)])), [0.5, 0.0, 0.0]);
    assert_eq!(gb_second(only([size(run("f")).restored(250)])), [0.0, 0.25, 0.0]);
    assert_eq!(gb_second(only([size(run("f")).outcome(Outcome::Error)])), [0.0, 0.0, 2.0]);
}

#[test]
fn last_start_is_the_start_of_the_latest_invocation() {
    let function = only([run("f").took(2_000), run("f").took(90_000), run("f").ago(1)]);
    assert_eq!(function.last_start, UnixMillis(NOW.0 - 1_100));
    let range = summary([run("f").took(2_000), run("f").ago(1)]).range.unwrap();
    assert_eq!((range.from, range.to), (UnixMillis(NOW.0 - 2_000), NOW));
}

#[test]
fn versions_are_ordered_by_first_start() {
    let function =
        only([run("f").version("10").ago(5), run("f").version("9").ago(9), run("f").version("10")]);
    assert_eq!(function.versions, ["9", "10"]);
    assert_eq!(function.by_version[1].invocations, 2);
}

#[test]
fn unknown_version_is_not_listed() {
    let mut unnamed = run("f");
    std::sync::Arc::make_mut(&mut unnamed.origin).set_names("/aws/lambda/f", "");
    let function = only([unnamed, run("f")]);
    assert_eq!((function.invocations, function.versions.len()), (2, 1));
}

#[test]
fn functions_are_distinguished_by_account_and_region_and_sorted_by_invocations() {
    let summary = summary([
        run("b"),
        run("a").at("1", "eu-west-1"),
        run("a").at("1", "us-east-1"),
        run("a").at("2", "eu-west-1"),
        run("c"),
        run("c"),
    ]);
    let rows: Vec<_> = summary
        .functions
        .iter()
        .map(|row| {
            format!("{} {} {}", row.function, row.account.as_deref().unwrap(), row.region.as_deref().unwrap())
        })
        .collect();
    let account = "111122223333 eu-west-1";
    assert_eq!(
        rows,
        [&format!("c {account}"), "a 1 eu-west-1", "a 2 eu-west-1", "a 1 us-east-1", &format!("b {account}")]
    );
}

#[test]
fn unknown_region_is_merged_into_the_only_known_region_of_the_account() {
    let known = || run("f").at("1", "eu-west-1");
    let unknown = || run("f").at("1", "");
    assert_eq!(only([unknown(), known()]).invocations, 2);
    assert_eq!(summary([unknown(), run("f").at("2", "eu-west-1")]).functions.len(), 2);
    assert_eq!(summary([unknown(), known(), run("f").at("1", "us-east-1")]).functions.len(), 3);
    assert_eq!(summary([unknown(), run("g").at("1", "eu-west-1")]).functions.len(), 2);
}

/// An invocation from a file named `file`, in which a log line contained the function name `function`, unless
/// `function` is empty.
fn in_file(file: &str, function: &str) -> Invocation {
    let mut run = run(file).at("", "eu-west-1");
    if !function.is_empty() {
        let origin = std::sync::Arc::make_mut(&mut run.origin);
        origin.learn_account("1");
        origin.learn_function(function);
    }
    run
}

#[test]
fn function_named_by_its_batch_is_merged_into_the_only_name_learned_in_that_batch() {
    let check = |runs: Vec<Invocation>, expected: &[(&str, u64)]| {
        let functions = summary(runs).functions;
        let mut rows: Vec<_> = functions.iter().map(|row| (&*row.function, row.invocations)).collect();
        rows.sort_unstable();
        assert_eq!(rows, expected);
    };
    check(vec![in_file("file", ""), in_file("file", "a")], &[("a", 2)]);
    check(vec![in_file("file", "file"), in_file("file", "")], &[("file", 2)]);
    check(vec![in_file("file", ""), in_file("other", "a")], &[("a", 1), ("file", 1)]);
    check(
        vec![in_file("shared", ""), in_file("shared", "a"), in_file("shared", "b")],
        &[("a", 1), ("b", 1), ("shared", 1)],
    );
    check(vec![in_file("shared", "a"), in_file("shared", "b")], &[("a", 1), ("b", 1)]);
    let elsewhere = in_file("file", "").at("", "us-east-1");
    check(vec![elsewhere, in_file("file", "a")], &[("a", 1), ("file", 1)]);
}

#[test]
fn learned_names_are_merged_across_views() {
    let mut all = view([in_file("file", "a")]);
    all.merge(&view([in_file("file", ""), in_file("file", "a")]));
    let functions = all.summary(&Catalog::default(), LedgerCounts::default()).functions;
    assert_eq!(functions.iter().map(|row| row.invocations).collect::<Vec<_>>(), [3]);
}

#[test]
fn cost_without_region_is_unknown_and_noted() {
    let summary = summary([run("f").at("1", ""), run("g")]);
    let function = &summary.functions[0];
    assert_eq!((function.billing.cost, function.region.as_deref()), (None, None));
    assert_eq!(
        summary.notes[0],
        "cost of f unknown: the region is unknown; set --region or --functions FILE"
    );
    assert_eq!(summary.totals.billing.cost, summary.functions[1].billing.cost);
}

#[test]
fn note_names_two_functions_and_counts_the_rest() {
    let runs = ["a", "b", "c", "d"].map(|name| run(name).at("1", ""));
    let expected = "cost of a, b and 2 more unknown: the region is unknown; set --region or --functions FILE";
    assert_eq!(summary(runs).notes, [expected]);
}

#[test]
fn unknown_status_is_noted() {
    let expected = "1 of 1 invocations ended with a status unknown to this version: not counted as errors";
    assert_eq!(summary([run("f").outcome(Outcome::Unknown)]).notes[0], expected);
}

#[test]
fn catalog_gives_region_architecture_timeout_and_runtime() {
    let catalog = Catalog::parse(
        r#"{"FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:1:function:f", "Timeout": 3,
            "Architectures": ["arm64"], "Runtime": "python3.14"}"#,
    )
    .unwrap();
    let one = run("f").at("", "").took(1_000).memory(1, 1024);
    let summary = view([one]).summary(&catalog, LedgerCounts::default());
    let function = &summary.functions[0];
    assert_eq!((function.account.as_deref(), function.region.as_deref()), (Some("1"), Some("eu-west-1")));
    assert_eq!((function.arch, function.arch_assumed), (Cpu::Arm64, false));
    assert_eq!(
        (function.timeout, function.runtime.as_deref()),
        (Some(Duration::from_secs(3)), Some("python3.14"))
    );
    assert!((function.billing.cost.unwrap().dollars() - 0.000_013_533_4).abs() < 1e-12);
    assert_eq!(summary.notes, Vec::<String>::new());
}

#[test]
fn default_region_applies_without_region_in_lines_and_catalog() {
    let mut catalog = Catalog::default();
    catalog.default_region = Some("us-east-1".to_owned());
    let runs = || [run("f").at("1", ""), run("f").at("1", "us-east-1"), run("f").at("1", "eu-west-1")];
    let summary = view(runs()).summary(&catalog, LedgerCounts::default());
    let rows: Vec<_> =
        summary.functions.iter().map(|row| (row.region.as_deref().unwrap(), row.invocations)).collect();
    assert_eq!(rows, [("us-east-1", 2), ("eu-west-1", 1)]);
    let alone = view([run("f").at("1", "")]).summary(&catalog, LedgerCounts::default());
    assert_eq!(alone.functions[0].region.as_deref(), Some("us-east-1"));
    assert!(alone.functions[0].billing.cost.is_some());
}

#[test]
fn cost_of_one_invocation_equals_cost_of_its_function() {
    let catalog = Catalog::parse(
        r#"{"FunctionName": "f", "Architectures": ["arm64"], "EphemeralStorage": {"Size": 2048}}"#,
    )
    .unwrap();
    let one = run("f").cold(400).restored(30);
    let priced = one.cost(&catalog.terms(&one.origin)).unwrap();
    let function = view([one]).summary(&catalog, LedgerCounts::default()).functions.remove(0);
    assert_eq!(function.billing.cost, Some(priced.total));
    assert_eq!(
        (function.billing.cold_start_cost, function.cost_parts.restore_cost),
        (Some(priced.cold_start), Some(priced.restore))
    );
}

#[test]
fn ledger_counts_are_events_by_outcome_and_bytes_received() {
    let mut ledger = Ledger::default();
    ledger.receive_and_end(Disposition::Delivered, Tally::new(5, 100));
    let (parked, rejected) =
        (Disposition::Parked(ParkReason::Busy), Disposition::Rejected(Rejection::Refused));
    for (ending, events) in
        [(Disposition::Filtered, 1), (Disposition::Sampled, 2), (parked, 3), (rejected, 4)]
    {
        ledger.receive_and_end(ending, Tally::new(events, 1));
    }
    ledger.note_duplicates(2);
    let counts = LedgerCounts {
        received: 15,
        delivered: 5,
        filtered: 1,
        sampled: 2,
        parked: 3,
        rejected: 4,
        duplicates: 2,
        bytes: 104,
    };
    assert_eq!(LedgerCounts::from(&ledger), counts);
}

#[test]
fn ephemeral_storage_from_the_catalog_is_priced() {
    let cost = |storage: u32| {
        let text = format!(r#"{{"FunctionName": "f", "EphemeralStorage": {{"Size": {storage}}}}}"#);
        let summary =
            view([run("f").took(1_000)]).summary(&Catalog::parse(&text).unwrap(), LedgerCounts::default());
        summary.functions[0].billing.cost.unwrap().dollars()
    };
    assert!((cost(1_536) - cost(512) - 0.000_000_034).abs() < 1e-12);
}

#[test]
fn estimated_prices_are_marked() {
    let summary = summary([run("f").at("1", "mx-central-1"), run("g")]);
    assert_eq!(summary.functions.iter().map(|row| row.price_assumed).collect::<Vec<_>>(), [true, false]);
    assert_eq!(summary.notes[1], "prices of mx-central-1 are estimated: no AWS price list was available");
}

#[test]
fn region_billed_in_another_currency_has_no_cost() {
    let summary = summary([run("f").at("1", "cn-north-1")]);
    assert_eq!((summary.functions[0].billing.cost, summary.totals.billing.cost), (None, None));
    assert_eq!(summary.notes, ["cost of f unknown: the region is not billed in US dollars"]);
}

#[test]
fn default_architecture_applies_or_is_assumed() {
    let mut catalog = Catalog::default();
    catalog.default_cpu = Some(Cpu::Arm64);
    let given = view([run("f")]).summary(&catalog, LedgerCounts::default());
    assert_eq!((given.functions[0].arch, given.functions[0].arch_assumed), (Cpu::Arm64, false));
    let assumed = summary([run("f")]);
    assert_eq!((assumed.functions[0].arch, assumed.functions[0].arch_assumed), (Cpu::X86_64, true));
    assert_eq!(assumed.notes, ["cost of f assumes x86_64; set --arch or --functions FILE"]);
}

#[test]
fn cost_without_billed_duration_is_unknown_not_zero() {
    let unbilled = || {
        let mut run = run("f");
        (run.billed_duration, run.memory_size, run.duration) = (None, None, None);
        run
    };
    let function = only([unbilled()]);
    assert_eq!(function.billing, BillingSummary::default());
    assert_eq!(function.times.duration.avg, None);
    let partly = summary([unbilled(), run("f")]);
    assert_eq!(partly.functions[0].unbilled, 1);
    assert_eq!(
        partly.notes[0],
        "1 of 2 reports have no billed duration or memory size: their cost is not included"
    );
}

#[test]
fn summary_does_not_depend_on_order_or_number_of_views() {
    let as_json = |view: &View| {
        serde_json::to_string(&view.summary(&Catalog::default(), LedgerCounts::default())).unwrap()
    };
    let expected = as_json(&view(mixed()));
    assert_eq!(as_json(&view(mixed().into_iter().rev())), expected);
    for split in 0..mixed().len() {
        let mut left = mixed();
        let right = left.split_off(split);
        let mut merged = view(right);
        merged.merge(&view(left));
        assert_eq!(as_json(&merged), expected, "split at {split}");
    }
}

#[test]
fn json_of_a_function_has_the_keys_of_the_contract_in_order() {
    let function = only([run("f").cold(400)]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&function).unwrap(), @r#"
    {
      "function": "f",
      "account": "111122223333",
      "region": "eu-west-1",
      "arch": "x86_64",
      "invocations": 1,
      "errors": 0,
      "timeouts": 0,
      "out_of_memory": 0,
      "throttles": null,
      "cold_starts": 1,
      "restores": 0,
      "duration_ms": {
        "avg": 100.0,
        "p50": 100.0,
        "p95": 100.0,
        "p99": 100.0,
        "max": 100.0
      },
      "init_ms": {
        "avg": 400.0,
        "max": 400.0
      },
      "billed_ms": 500,
      "gb_seconds": 0.125,
      "cost_usd": 2.2833375e-6,
      "cold_start_cost_usd": 1.66667e-6,
      "memory_mb": 256,
      "max_memory_mb": 64,
      "memory_used_pct": 25.0,
      "last_start_ms": 1772618399900,
      "versions": [
        "1"
      ],
      "restore_cost_usd": 0.0,
      "failure_cost_usd": 0.0,
      "cost_unknown": null,
      "unbilled": 0,
      "unknown_outcomes": 0,
      "arch_assumed": true,
      "price_assumed": false,
      "timeout_ms": null,
      "runtime": null,
      "by_version": [
        {
          "version": "1",
          "first_start_ms": 1772618399900,
          "last_start_ms": 1772618399900,
          "invocations": 1,
          "errors": 0,
          "duration_ms": {
            "avg": 100.0,
            "p50": 100.0,
            "p95": 100.0,
            "p99": 100.0,
            "max": 100.0
          }
        }
      ],
      "aws": null
    }
    "#);
}

#[test]
fn json_of_a_summary_has_the_keys_of_the_contract_in_order() {
    let ledger =
        LedgerCounts { received: 9, delivered: 8, rejected: 1, bytes: 4_096, ..LedgerCounts::default() };
    assert!(ledger.closes());
    let mut summary = view([run("f").cold(400)]).summary(&Catalog::default(), ledger);
    summary.functions.clear();
    insta::assert_snapshot!(serde_json::to_string_pretty(&summary).unwrap(), @r#"
    {
      "ledger": {
        "received": 9,
        "delivered": 8,
        "filtered": 0,
        "sampled": 0,
        "parked": 0,
        "rejected": 1,
        "duplicates": 0,
        "bytes": 4096
      },
      "totals": {
        "invocations": 1,
        "cold_starts": 1,
        "restores": 0,
        "errors": 0,
        "timeouts": 0,
        "out_of_memory": 0,
        "billed_ms": 500,
        "gb_seconds": 0.125,
        "cost_usd": 2.2833375e-6,
        "cold_start_cost_usd": 1.66667e-6,
        "restore_cost_usd": 0.0,
        "failure_cost_usd": 0.0,
        "duration_ms": {
          "avg": 100.0,
          "p50": 100.0,
          "p95": 100.0,
          "p99": 100.0,
          "max": 100.0
        },
        "init_ms": {
          "avg": 400.0,
          "max": 400.0
        }
      },
      "functions": [],
      "range": {
        "from_ms": 1772618399900,
        "to_ms": 1772618400000
      },
      "worth_a_look": [],
      "notes": [
        "cost of f assumes x86_64; set --arch or --functions FILE"
      ],
      "insight": null
    }
    "#);
}

#[test]
fn cost_without_invocations_is_zero() {
    let summary = summary([]);
    assert_eq!(summary.totals.billing.cost, Some(tailwater_parser::Usd::ZERO));
    assert_eq!((summary.functions.len(), summary.range), (0, None));
}

#[test]
fn ledger_with_a_missing_event_does_not_close() {
    assert!(!LedgerCounts { received: 2, delivered: 1, ..LedgerCounts::default() }.closes());
}
