//! Tests of what is recorded and how it is exported.

use std::time::Duration;

use tailwater_parser::{ByteSize, UnixMillis, Usd};

use super::{
    emf::{Emf, Invocation},
    *,
};
use crate::{
    batch::{RangeSet, SinkIndex, SinkSignal},
    ledger::{Disposition, ParkReason, Rejection, Tally},
    sink::{RejectedPoints, Signal},
    tracker::{Account, DeliveryTracker},
};

const FIRST: SinkIndex = SinkIndex(0);
const SECOND: SinkIndex = SinkIndex(1);

/// Builds the accounts of two sinks over six events: four delivered, one parked and one rejected; the second's are open.
fn accounts() -> Vec<Account> {
    let mut tracker = DeliveryTracker::new(2);
    tracker.begin_delivery();
    for _ in 0..6 {
        tracker.receive(Tally::new(1, 10));
    }
    let mut end = |sink, events: std::ops::Range<u32>, end| {
        tracker.end(sink, &RangeSet::from(events), end).unwrap();
    };
    end(FIRST, 0..4, Disposition::Delivered);
    end(FIRST, 4..5, Disposition::Parked(ParkReason::Busy));
    end(FIRST, 5..6, Disposition::Rejected(Rejection::Refused));
    end(SECOND, 0..2, Disposition::Filtered);
    end(SECOND, 2..3, Disposition::Sampled);
    tracker.close().unwrap().accounts
}

/// Records a value in every metric.
fn count(telemetry: &Telemetry, accounts: &[Account]) {
    for (index, account) in accounts.iter().enumerate() {
        telemetry.account(SinkIndex(index), account);
    }
    telemetry.bytes_in(ByteSize(1000));
    telemetry.request(FIRST, ByteSize(300));
    telemetry.request(FIRST, ByteSize(300));
    telemetry.retry(FIRST);
    telemetry.unauthorized(SECOND);
    let points = SinkSignal { sink: FIRST, signal: Signal::Metrics };
    telemetry.rejected(points, RejectedPoints { too_old: 5, refused: 2, ..RejectedPoints::default() });
    let spans = SinkSignal { signal: Signal::Traces, ..points };
    telemetry.derived(spans, DerivedOutcome::Delivered, 3);
    telemetry.derived(spans, DerivedOutcome::Lost(ParkReason::Busy), 1);
    telemetry.circuit(SECOND, Circuit::Open);
    telemetry.unknown_line(UnknownShape::Text);
    telemetry.unknown_lines(UnknownShape::Platform, 2);
    telemetry.stage(Stage::Read, Duration::from_millis(250));
    telemetry.stage(Stage::Send, Duration::from_millis(500));
    telemetry.stage(Stage::Send, Duration::from_secs(1));
    telemetry.own_cost(Usd::from_picos(2_000_000));
}

const SINKS: [&str; 2] = ["otlp", "datadog"];

fn lines(emf: &Emf, accounts: &[Account], sinks: usize) -> Vec<serde_json::Value> {
    let accounts: Vec<_> = SINKS.into_iter().zip(accounts).take(sinks).collect();
    let invocation =
        Invocation { request_id: "8f5f3c1e", time: UnixMillis(1_772_618_400_000), accounts: &accounts };
    emf.lines(&invocation).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Formats all members but `_aws`, one per line.
fn members(document: &serde_json::Value) -> String {
    let members = document.as_object().into_iter().flatten().filter(|(name, _)| *name != "_aws");
    members.map(|(name, value)| format!("{name} {value}\n")).collect()
}

/// Formats names and units of the metrics, one per line.
fn metrics(directive: &serde_json::Value) -> String {
    let metrics = directive["Metrics"].as_array().into_iter().flatten();
    metrics.map(|metric| format!("{} {}\n", metric["Name"], metric["Unit"])).collect()
}

#[test]
fn invocation_with_one_sink_is_one_line() {
    let registry = Registry::default();
    let telemetry = Telemetry::new(&registry, &SINKS[..1]);
    let accounts = accounts();
    count(&telemetry, &accounts);
    let emf = Emf::new(registry, "tailwater".to_owned());
    let seen = lines(&emf, &accounts, 1);
    assert_eq!(seen.len(), 1);
    let directive = &seen[0]["_aws"]["CloudWatchMetrics"][0];
    insta::assert_snapshot!(metrics(directive), @r#"
    "tailwater_bytes_in" "Bytes"
    "tailwater_bytes_out" "Bytes"
    "tailwater_delivered_events" "Count"
    "tailwater_delivered_spans" "Count"
    "tailwater_lost_spans" "Count"
    "tailwater_own_cost_usd" "None"
    "tailwater_parked_events" "Count"
    "tailwater_received_events" "Count"
    "tailwater_rejected_events" "Count"
    "tailwater_rejected_points" "Count"
    "tailwater_requests" "Count"
    "tailwater_retries" "Count"
    "tailwater_stage_duration_read" "Seconds"
    "tailwater_stage_duration_send" "Seconds"
    "tailwater_unknown_lines" "Count"
    "#);
    assert_eq!(directive["Dimensions"], serde_json::json!([["function_name"], ["function_name", "sink"]]));
    assert_eq!(
        (&directive["Namespace"], &seen[0]["_aws"]["Timestamp"]),
        (&"Tailwater".into(), &1_772_618_400_000_i64.into())
    );
    insta::assert_snapshot!(members(&seen[0]), @r#"
    function_name "tailwater"
    ledger {"otlp":{"bytes":60,"delivered":4,"filtered":0,"parked":1,"received":6,"rejected":1,"returned":0,"sampled":0}}
    request_id "8f5f3c1e"
    sink "otlp"
    tailwater_bytes_in 1000
    tailwater_bytes_out 600
    tailwater_delivered_events 4
    tailwater_delivered_spans 3
    tailwater_lost_spans 1
    tailwater_lost_spans_by_reason {"busy":1}
    tailwater_own_cost_usd 2e-6
    tailwater_parked_events 1
    tailwater_parked_events_by_reason {"busy":1}
    tailwater_received_events 6
    tailwater_rejected_events 1
    tailwater_rejected_events_by_reason {"refused":1}
    tailwater_rejected_points 7
    tailwater_rejected_points_by_reason {"refused":2,"too_old":5}
    tailwater_requests 2
    tailwater_retries 1
    tailwater_stage_duration_read 0.25
    tailwater_stage_duration_send [0.5,1.0]
    tailwater_unknown_lines 3
    tailwater_unknown_lines_by_shape {"platform":2,"text":1}
    "#);
    // Values are exported once.
    let seen = lines(&emf, &accounts, 1);
    assert_eq!(seen[0]["tailwater_bytes_in"], serde_json::Value::Null);
}

#[test]
fn each_further_sink_has_its_own_line() {
    let registry = Registry::default();
    let telemetry = Telemetry::new(&registry, &SINKS);
    let accounts = accounts();
    count(&telemetry, &accounts);
    let seen = lines(&Emf::new(registry, "tailwater".to_owned()), &accounts, 2);
    let [first, second] = seen.as_slice() else { panic!("{seen:?}") };
    let ledger = serde_json::json!({
        "received": 3, "delivered": 0, "filtered": 2, "sampled": 1, "parked": 0, "rejected": 0, "returned": 3,
        "bytes": 30,
    });
    assert_eq!(first["ledger"]["datadog"], ledger);
    assert_eq!(second["ledger"], serde_json::Value::Null);
    assert_eq!(second["sink"], "datadog");
    assert_eq!(second["tailwater_returned_events"], 3);
    assert_eq!(second["tailwater_breaker_open"], 1.0);
    // Metrics without a sink are on the first line only.
    assert_eq!(first["tailwater_bytes_in"], 1000);
    assert_eq!(second["tailwater_bytes_in"], serde_json::Value::Null);
}

#[test]
fn invocation_without_metrics_has_its_ledger() {
    let registry = Registry::default();
    let _telemetry = Telemetry::new(&registry, &SINKS[..1]);
    let closed = DeliveryTracker::new(1).close().unwrap();
    let seen = lines(&Emf::new(registry, "tailwater".to_owned()), &closed.accounts, 1);
    assert_eq!(seen[0]["ledger"]["otlp"]["received"], 0);
    assert_eq!(seen[0]["_aws"], serde_json::Value::Null);
}

#[test]
fn line_holds_the_hundred_largest_values_of_a_metric() {
    let registry = Registry::default();
    let telemetry = Telemetry::new(&registry, &SINKS[..1]);
    for millis in 1..=250 {
        telemetry.stage(Stage::Send, Duration::from_secs(millis));
    }
    let accounts = accounts();
    let seen = lines(&Emf::new(registry, "tailwater".to_owned()), &accounts, 1);
    let values = seen[0]["tailwater_stage_duration_send"].as_array().unwrap();
    let smallest = values.iter().filter_map(serde_json::Value::as_f64).fold(f64::MAX, f64::min);
    assert_eq!((values.len(), smallest), (100, 151.0));
}

#[test]
fn exactly_the_declared_metrics_are_registered() {
    let registry = Registry::default();
    let _telemetry = Telemetry::new(&registry, &SINKS);
    let mut registered: Vec<_> = registry.series().iter().map(|series| series.metric.name).collect();
    registered.sort_unstable();
    registered.dedup();
    let mut known: Vec<_> = names::METRICS.iter().map(|metric| metric.name).collect();
    known.sort_unstable();
    assert_eq!(registered, known);
    let other = metrics::Recorder::register_counter(
        &registry,
        &metrics::Key::from_name("somebody_elses"),
        &metrics::Metadata::new("x", metrics::Level::INFO, None),
    );
    other.increment(1);
    assert!(registry.series().iter().all(|series| series.metric.name != "somebody_elses"));
}

#[test]
fn prometheus_text_is_as_expected() {
    let registry = Registry::default();
    let telemetry = Telemetry::new(&registry, &SINKS[..1]);
    count(&telemetry, &accounts());
    let points = SinkSignal { sink: FIRST, signal: Signal::Metrics };
    telemetry.derived(points, DerivedOutcome::Parked(ParkReason::Slow), 7);
    telemetry.derived(points, DerivedOutcome::Lost(ParkReason::WrongAddress), 3);
    let text = prometheus::render(&registry);
    let lines: Vec<_> =
        text.lines().filter(|line| !line.ends_with(" 0") && !line.starts_with("# HELP")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    # TYPE tailwater_received_events counter
    tailwater_received_events{sink="otlp"} 6
    # TYPE tailwater_delivered_events counter
    tailwater_delivered_events{sink="otlp"} 4
    # TYPE tailwater_filtered_events counter
    # TYPE tailwater_sampled_events counter
    # TYPE tailwater_parked_events counter
    tailwater_parked_events{sink="otlp",reason="busy"} 1
    # TYPE tailwater_rejected_events counter
    tailwater_rejected_events{sink="otlp",reason="refused"} 1
    # TYPE tailwater_rejected_points counter
    tailwater_rejected_points{sink="otlp",reason="too_old"} 5
    tailwater_rejected_points{sink="otlp",reason="refused"} 2
    # TYPE tailwater_parked_points counter
    tailwater_parked_points{sink="otlp",reason="slow"} 7
    # TYPE tailwater_lost_points counter
    tailwater_lost_points{sink="otlp",reason="wrong_address"} 3
    # TYPE tailwater_delivered_spans counter
    tailwater_delivered_spans{sink="otlp"} 3
    # TYPE tailwater_rejected_spans counter
    # TYPE tailwater_parked_spans counter
    # TYPE tailwater_lost_spans counter
    tailwater_lost_spans{sink="otlp",reason="busy"} 1
    # TYPE tailwater_returned_events counter
    # TYPE tailwater_duplicates counter
    # TYPE tailwater_requests counter
    tailwater_requests{sink="otlp"} 2
    # TYPE tailwater_retries counter
    tailwater_retries{sink="otlp"} 1
    # TYPE tailwater_unauthorized counter
    # TYPE tailwater_breaker_open gauge
    # TYPE tailwater_bytes_out counter
    tailwater_bytes_out{sink="otlp"} 600
    # TYPE tailwater_bytes_in counter
    tailwater_bytes_in 1000
    # TYPE tailwater_unknown_lines counter
    tailwater_unknown_lines{shape="text"} 1
    tailwater_unknown_lines{shape="platform"} 2
    # TYPE tailwater_rules_broken gauge
    # TYPE tailwater_series_cut_events counter
    # TYPE tailwater_failed_targets counter
    # TYPE tailwater_unsupported_traces counter
    # TYPE tailwater_stage_duration summary
    tailwater_stage_duration_sum{stage="read"} 0.25
    tailwater_stage_duration_count{stage="read"} 1
    tailwater_stage_duration_sum{stage="send"} 1.5
    tailwater_stage_duration_count{stage="send"} 2
    # TYPE tailwater_own_cost_usd gauge
    tailwater_own_cost_usd 0.000002
    "#);
}
