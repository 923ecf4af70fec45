//! Prometheus sums up to the numbers of the summary: counts exactly, percentiles within the width of a histogram
//! bucket.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::{function_builder::FunctionBuilder, server::Prometheus};

use super::{Deliveries, TIMEOUT, demo, replay, summary};

/// Time of the queries, in seconds since 1970 (8 March 2026); all events are in the week before.
const AT: i64 = 1_772_928_000;

/// Member of the summary's rows, metric, and factor from the metric's unit to that of the summary.
const SUMS: [(&str, &str, f64); 8] = [
    ("invocations", "faas_invocations_total", 1.0),
    ("errors", "faas_errors_total", 1.0),
    ("timeouts", "faas_timeouts_total", 1.0),
    ("out_of_memory", "aws_lambda_out_of_memory_total", 1.0),
    ("cold_starts", "faas_coldstarts_total", 1.0),
    ("restores", "aws_lambda_restores_total", 1.0),
    ("billed_ms", "aws_lambda_billed_duration_seconds_total", 1_000.0),
    ("cost_usd", "aws_lambda_estimated_cost_USD_total", 1.0),
];

/// Tolerance of sums: the summary rounds to nine decimals, and seconds are binary fractions.
const SUM_TOLERANCE: f64 = 1e-6;

/// Tolerance of percentiles: the histogram has 160 buckets over four decades, which differ by 6 %.
const QUANTILE_TOLERANCE: f64 = 0.07;

/// Minimum number of invocations for a comparison: with fewer, percentiles fall between two distant values.
const ENOUGH: u64 = 90;

/// Compares the rows of a summary with Prometheus.
fn check(prometheus: &Prometheus, summary: &Value) {
    let rows = summary["functions"].as_array().expect("functions is an array");
    let mut wrong = Vec::new();
    for (member, metric, unit) in SUMS {
        let expected = by_name(rows, |row| row[member].as_f64());
        let query = format!("sum by (faas_name) (sum_over_time({metric}[7d]))");
        let held = prometheus.by("faas_name", &query, AT);
        for (function, expected) in expected {
            let held = held.get(&function).copied().unwrap_or(0.0) * unit;
            if (held - expected).abs() > SUM_TOLERANCE * expected.max(1.0) {
                wrong.push(format!("{function}: {member} is {held} there, {expected} here"));
            }
        }
    }
    for (member, quantile) in [("p50", "0.5"), ("p95", "0.95"), ("p99", "0.99")] {
        let known = |row: &Value| row["duration_ms"][member].as_f64();
        let expected =
            by_name(rows, |row| known(row).filter(|_| row["invocations"].as_u64() >= Some(ENOUGH)));
        assert!(expected.len() > 2, "too few percentiles to compare");
        let query = format!(
            "histogram_quantile({quantile}, sum by (faas_name) (sum_over_time(faas_invoke_duration_seconds[7d])))"
        );
        let held = prometheus.by("faas_name", &query, AT);
        for (function, expected) in expected.into_iter().filter(|(_, expected)| *expected > 0.0) {
            let held = held.get(&function).copied().unwrap_or(0.0) * 1_000.0;
            if (held / expected - 1.0).abs() > QUANTILE_TOLERANCE {
                wrong.push(format!("{function}: {member} is {held} ms there, {expected} ms here"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(rows.len() > 5, "too few functions to compare");
}

/// Returns a member of each row with invocations, by function name.
fn by_name(rows: &[Value], member: impl Fn(&Value) -> Option<f64>) -> BTreeMap<String, f64> {
    let rows = rows.iter().filter(|row| row["invocations"] != 0);
    rows.filter_map(|row| Some((row["function"].as_str()?.to_owned(), member(row)?))).collect()
}

fn settings(prometheus: &Prometheus) -> [(&'static str, String); 2] {
    [
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", prometheus.metrics_endpoint()),
        ("TAILWATER_SIGNALS", "metrics".to_owned()),
    ]
}

#[test]
fn prometheus_sums_up_to_the_summary_of_replay() {
    let Some(prometheus) = Prometheus::start_if_installed() else { return };
    let replay = replay(demo(), &settings(&prometheus));
    check(&prometheus, &summary(&replay.args(["--json", "--to", "otlp"]).run()));
}

#[test]
fn prometheus_sums_up_to_the_deliveries_of_bootstrap() {
    let Some(prometheus) = Prometheus::start_if_installed() else { return };
    let deliveries = Deliveries::new(12, 120_000);
    let function = FunctionBuilder::new().sink("otlp").env("TAILWATER_ARCH", "x86_64").timeout(TIMEOUT);
    let settings = settings(&prometheus);
    let function = settings.iter().fold(function, |function, (name, value)| function.env(name, value));
    deliveries.invoke(&mut function.start());
    check(&prometheus, &summary(&replay(deliveries.path(), &[]).args(["--json", "--to", "none"]).run()));
}
