//! Tests of request bodies of distribution points.

use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};
use tailwater_parser::{
    ByteSize, Line, MemoryMib, Record, UnixMillis,
    derive::{Invocation, Outcome, StartKind, Terms},
    line::{self, Emf, EmfMetric},
    price::Cpu,
};

use super::{HOUR, MINUTE, NOW, checkout, checkout_in, intake::take_points, labels, record};
use crate::sink::{
    CHUNK_SIZE, Chunk, MetricsBody as _, RejectedPoints,
    datadog::{Labels, metrics::DatadogMetrics, points::DELIMITERS},
};

const TERMS: Terms<'_> = Terms { region: "us-east-1", cpu: Cpu::X86_64, tmp: None };

/// Invocation with a cold start that ran out of memory: it has every metric except timeouts.
fn invocation(time: UnixMillis) -> Invocation {
    let millis = |n| Some(Duration::from_millis(n));
    Invocation {
        origin: Arc::new(checkout()),
        event_id: "1".into(),
        time,
        start_time: None,
        init_start_time: None,
        request_id: "r".into(),
        outcome: Outcome::OutOfMemory,
        reported: None,
        error_type: None,
        start: StartKind::Cold,
        duration: millis(600),
        billed_duration: millis(1_000),
        memory_size: Some(MemoryMib(1024)),
        max_memory_used: Some(MemoryMib(1000)),
        init_duration: millis(400),
        restore_duration: millis(20),
        billed_restore_duration: None,
        produced_bytes: Some(ByteSize(40)),
        response_latency: millis(2),
        trace_id: None,
        segment: None,
        spans: Vec::new(),
        tenant: None,
        at_edge: false,
    }
}

/// Joins chunks to a request body.
fn body(chunks: &[Chunk]) -> Vec<u8> {
    let all: Vec<_> = chunks.iter().map(|chunk| chunk.bytes.as_slice()).collect();
    [DELIMITERS.open, &all.join(DELIMITERS.between), DELIMITERS.close].concat()
}

/// Counts the values in all points of these series; Datadog counts each value as a point.
fn count(series: &[Value]) -> u64 {
    let lists = series.iter().flat_map(|series| series["points"].as_array().unwrap());
    let values = lists.map(|point| point[1].as_array().unwrap().len()).sum::<usize>();
    u64::try_from(values).unwrap()
}

/// Returns the sum of [`Chunk::points`] of all chunks.
fn points(chunks: &[Chunk]) -> u64 {
    chunks.iter().map(|chunk| chunk.points).sum()
}

/// Encodes the metrics and returns all series, after the simulated intake accepted them in one body.
fn series(mut metrics: DatadogMetrics) -> Vec<Value> {
    let chunks = metrics.finish();
    let series = take_points(&body(&chunks)).unwrap();
    assert_eq!(count(&series), points(&chunks));
    assert_eq!((metrics.weight(), metrics.finish()), (0, Vec::new()), "nothing is left");
    series
}

fn of_invocation(invocation: &Invocation) -> Vec<Value> {
    let mut metrics = DatadogMetrics::new(labels());
    let rejected = metrics.add_invocation(invocation, &TERMS, NOW);
    assert_eq!(rejected, RejectedPoints::default());
    series(metrics)
}

#[test]
fn invocation_has_datadogs_enhanced_metrics() {
    let lines: Vec<_> = of_invocation(&invocation(NOW))
        .iter()
        .map(|series| format!("{} {}", series["metric"].as_str().unwrap(), series["points"]))
        .collect();
    let at = NOW.0 / 1_000;
    let expected = [
        ("invocations", "1.0"),
        ("errors", "1.0"),
        ("out_of_memory", "1.0"),
        ("cold_starts", "1.0"),
        ("duration", "0.6"),
        ("billed_duration", "1.0"),
        ("init_duration", "0.4"),
        ("snapstart_restore_duration", "0.02"),
        ("max_memory_used", "1000.0"),
        ("memorysize", "1024.0"),
        ("estimated_cost", "0.0000168667"),
        ("cold_start_cost", "6.66668e-6"),
        ("produced_bytes", "40.0"),
        ("response_latency", "2.0"),
    ];
    assert_eq!(lines, expected.map(|(name, value)| format!("aws.lambda.enhanced.{name} [[{at},[{value}]]]")));
}

#[test]
fn series_is_a_distribution_with_datadogs_tags() {
    let series = of_invocation(&invocation(NOW)).remove(0);
    let expected = json!({
        "metric": "aws.lambda.enhanced.invocations",
        "type": "distribution",
        "tags": [
            "aws_account:012345678901", "cold_start:true", "env:prod", "executedversion:_latest",
            "functionname:checkout", "memorysize:1024", "region:eu-west-1", "resource:checkout", "team:core_shop",
        ],
        "points": [[NOW.0 / 1_000, [1.0]]],
    });
    assert_eq!(series, expected);
}

fn check_tag(invocation: &Invocation, tag: &str) {
    let series = of_invocation(invocation).remove(0);
    assert!(series["tags"].as_array().unwrap().contains(&json!(tag)), "{series}");
}

#[test]
fn restore_is_tagged_as_a_cold_start() {
    check_tag(&Invocation { start: StartKind::Restored, ..invocation(NOW) }, "cold_start:true");
    check_tag(&Invocation { start: StartKind::Warm, ..invocation(NOW) }, "cold_start:false");
}

#[test]
fn region_of_the_terms_is_used_if_the_origin_has_none() {
    let origin = Arc::new(checkout_in(""));
    check_tag(&Invocation { origin, ..invocation(NOW) }, "region:us-east-1");
}

#[test]
fn tags_change_with_the_invocation_and_the_declared_metric() {
    let (origin, mut metrics) = (checkout(), DatadogMetrics::new(labels()));
    let larger = Invocation { memory_size: Some(MemoryMib(2048)), ..invocation(NOW) };
    metrics.add_invocation(&invocation(NOW), &TERMS, NOW);
    metrics.add_declared(&record(&origin, "x"), &declaring("m", &[1.0], ("k", "v")), NOW);
    metrics.add_invocation(&invocation(NOW), &TERMS, NOW);
    metrics.add_invocation(&larger, &TERMS, NOW);
    let all = series(metrics);
    let with = |tag: &str| all.iter().filter(|series| series["tags"].to_string().contains(tag)).count();
    assert_eq!((with("memorysize:1024"), with("namespace:n"), with("memorysize:2048")), (14, 1, 14));
}

#[test]
fn configured_tag_is_not_repeated() {
    let labels = Arc::new(Labels::default().with_tags("Region:eu-west-1,region:eu-west-1"));
    let mut metrics = DatadogMetrics::new(labels);
    metrics.add_invocation(&invocation(NOW), &TERMS, NOW);
    let tags = series(metrics).remove(0)["tags"].to_string();
    assert_eq!(tags.matches("region:eu-west-1").count(), 1, "{tags}");
}

#[test]
fn points_are_grouped_by_tags_and_second() {
    let mut metrics = DatadogMetrics::new(labels());
    for offset in [0, 999, 1_000] {
        metrics.add_invocation(&invocation(UnixMillis(NOW.0 + offset)), &TERMS, NOW);
    }
    let warm = Invocation { start: StartKind::Warm, ..invocation(NOW) };
    metrics.add_invocation(&warm, &TERMS, NOW);
    let at = NOW.0 / 1_000;
    let all = series(metrics);
    let invocations = all.iter().filter(|series| series["metric"] == "aws.lambda.enhanced.invocations");
    let points: Vec<_> = invocations.map(|series| series["points"].clone()).collect();
    assert_eq!(points, [json!([[at, [1.0, 1.0]], [at + 1, [1.0]]]), json!([[at, [1.0]]])]);
}

/// Number of points that [`invocation`] produces.
const POINTS: u64 = 14;

#[track_caller]
fn check_rejected(offset: i64, expected: RejectedPoints) {
    let mut metrics = DatadogMetrics::new(labels());
    let time = UnixMillis(NOW.0.saturating_add(offset));
    assert_eq!(metrics.add_invocation(&invocation(time), &TERMS, NOW), expected);
    let chunks = metrics.finish();
    assert_eq!(points(&chunks), POINTS - expected.sum());
    assert!(chunks.is_empty() || take_points(&body(&chunks)).is_ok());
}

#[test]
fn points_out_of_range_are_left_out_and_counted() {
    let none = RejectedPoints::default();
    check_rejected(-HOUR, none);
    check_rejected(-HOUR - 1, RejectedPoints { too_old: POINTS, ..none });
    check_rejected(10 * MINUTE, none);
    check_rejected(10 * MINUTE + 1, RejectedPoints { too_early: POINTS, ..none });
    check_rejected(i64::MIN, RejectedPoints { too_old: POINTS, ..none });
    check_rejected(i64::MAX, RejectedPoints { too_early: POINTS, ..none });
}

#[test]
fn declared_metrics_keep_their_names_and_dimensions() {
    let text = r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Shop/Orders","Dimensions":[["Kind"]],
        "Metrics":[{"Name":"OrdersPlaced","Unit":"Count"}]}]},"Kind":"Caf\u00e9, \"x\"","OrdersPlaced":[3,4.5]}"#;
    let Line::Emf(emf) = line::parse(text) else { panic!("a line in the embedded metric format") };
    let mut metrics = DatadogMetrics::new(labels());
    let rejected = metrics.add_declared(&record(&checkout(), text), &emf, NOW);
    assert_eq!(rejected, RejectedPoints::default());
    let expected = json!([{
        "metric": "OrdersPlaced",
        "type": "distribution",
        "tags": [
            "aws_account:012345678901", "env:prod", "executedversion:_latest", "functionname:checkout",
            "kind:café_x", "namespace:shop/orders", "region:eu-west-1", "team:core_shop",
        ],
        "points": [[NOW.0 / 1_000, [3.0, 4.5]]],
    }]);
    assert_eq!(Value::from(series(metrics)), expected);
}

/// Builds the content of an EMF log line that declares one metric, of the time [`NOW`].
fn declaring<'a>(name: &'a str, values: &[f64], dimension: (&'a str, &'a str)) -> Emf<'a> {
    let Line::App(app) = line::parse("x") else { panic!("a plain line") };
    let values = values.to_vec();
    let metric = EmfMetric { namespace: "n", name, unit: None, values, dimensions: vec![dimension] };
    Emf { app, timestamp: NOW, metrics: vec![metric], subject: None }
}

#[test]
fn unwritable_values_and_names_are_left_out_and_counted() {
    let (origin, mut metrics) = (checkout(), DatadogMetrics::new(labels()));
    let record = record(&origin, "x");
    let numbers = declaring("m", &[1.0, f64::NAN, f64::INFINITY], ("k", "v"));
    let none = RejectedPoints::default();
    let rejected = metrics.add_declared(&record, &numbers, NOW);
    assert_eq!(rejected, RejectedPoints { unwritable: 2, ..none });
    let rejected = metrics.add_declared(&record, &declaring("日本", &[1.0], ("k", "v")), NOW);
    assert_eq!(rejected, RejectedPoints { unwritable: 1, ..none });
    let late = Record { time: UnixMillis(0), ..record };
    let rejected = metrics.add_declared(&late, &numbers, NOW);
    assert_eq!(rejected, RejectedPoints { too_old: 1, unwritable: 2, ..none });
    assert_eq!(series(metrics).len(), 1);
}

#[test]
fn declared_metrics_have_their_own_time() {
    let (origin, mut metrics) = (checkout(), DatadogMetrics::new(labels()));
    let minute_ago = UnixMillis(NOW.0 - 60_000);
    let emf = Emf { timestamp: minute_ago, ..declaring("m", &[1.0], ("k", "v")) };
    metrics.add_declared(&record(&origin, "x"), &emf, NOW);
    assert_eq!(series(metrics)[0]["points"], json!([[minute_ago.0 / 1_000, [1.0]]]));
}

#[test]
fn long_series_is_split_into_chunks_with_all_points() {
    let (origin, mut metrics) = (checkout(), DatadogMetrics::new(labels()));
    let values: Vec<_> = (0..20_000).map(|n| f64::from(n) + 0.5).collect();
    let next_second = UnixMillis(NOW.0 + 1_000);
    let rejected = metrics.add_declared(&record(&origin, "x"), &declaring("m", &values, ("k", "v")), NOW);
    assert_eq!(rejected, RejectedPoints::default());
    let later = Record { time: next_second, ..record(&origin, "x") };
    let of_later = Emf { timestamp: next_second, ..declaring("m", &values[..10], ("k", "v")) };
    metrics.add_declared(&later, &of_later, NOW);
    let (weight, chunks) = (metrics.weight(), metrics.finish());
    let bytes = chunks.iter().map(|chunk| chunk.bytes.len()).sum::<usize>();
    assert!(weight.abs_diff(bytes) < bytes / 10, "{weight} is about {bytes}");
    assert!(chunks.len() > 2, "{}", chunks.len());
    let mut seen = Vec::new();
    for chunk in &chunks {
        assert!(chunk.bytes.len() <= CHUNK_SIZE, "{}", chunk.bytes.len());
        let alone = take_points(&body(std::slice::from_ref(chunk))).unwrap();
        assert_eq!(count(&alone), chunk.points);
        let points = alone[0]["points"].as_array().unwrap().clone();
        seen.extend(points.iter().flat_map(|point| point[1].as_array().unwrap().clone()));
    }
    assert!(seen.iter().filter_map(Value::as_f64).eq(values.iter().chain(&values[..10]).copied()));
}

proptest! {
    #[test]
    fn any_declared_metrics_are_chunks_that_are_valid_in_any_grouping(
        declared in prop::collection::vec((".*", prop::collection::vec(any::<f64>(), 0..4), ".*", ".*"), 1..6),
        offsets in prop::collection::vec(-4_000_000_i64..700_000, 6),
        tags in ".*",
        groups in 1..4_usize,
    ) {
        let labels = Arc::new(Labels::default().with_tags(&tags));
        let (origin, mut metrics) = (checkout(), DatadogMetrics::new(labels));
        let mut rejected = RejectedPoints::default();
        for ((name, values, key, value), offset) in declared.iter().zip(offsets) {
            let record = Record { time: UnixMillis(NOW.0 + offset), ..record(&origin, "x") };
            let emf = Emf { timestamp: record.time, ..declaring(name, values, (key, value)) };
            rejected += metrics.add_declared(&record, &emf, NOW);
        }
        let all: usize = declared.iter().map(|(_, values, ..)| values.len()).sum();
        let chunks = metrics.finish();
        let mut taken: u64 = 0;
        for group in chunks.chunks(groups) {
            let series = take_points(&body(group)).map_err(TestCaseError::fail)?;
            prop_assert_eq!(count(&series), points(group));
            taken += count(&series);
        }
        prop_assert_eq!(u64::try_from(all), Ok(taken + rejected.sum()));
    }
}
