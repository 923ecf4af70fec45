//! Bodies of distribution points.

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
use crate::sink::datadog::{Labels, PointTally, PointsEncoder, points::DELIMITERS};
use crate::sink::{CHUNK_SIZE, Chunk, RejectedPoints};

const TERMS: Terms<'_> = Terms { region: "us-east-1", cpu: Cpu::X86_64, tmp: None };

/// A cold start that ran out of memory: it has every metric but timeouts.
fn invocation(time: UnixMillis) -> Invocation {
    let millis = |n| Some(Duration::from_millis(n));
    Invocation {
        origin: Arc::new(checkout()),
        event_id: "1".into(),
        time,
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
        tenant: None,
        at_edge: false,
    }
}

/// A body of these pieces.
fn body(pieces: &[Chunk]) -> Vec<u8> {
    let all: Vec<_> = pieces.iter().map(|piece| piece.bytes.as_slice()).collect();
    [DELIMITERS.open, &all.join(DELIMITERS.between), DELIMITERS.close].concat()
}

/// The points in series.
fn count(series: &[Value]) -> u64 {
    let lists = series.iter().flat_map(|series| series["points"].as_array().unwrap());
    let values = lists.map(|point| point[1].as_array().unwrap().len()).sum::<usize>();
    u64::try_from(values).unwrap()
}

/// All series that the intake took from a body of what `encoder` has, and nothing else.
fn series(mut encoder: PointsEncoder) -> Vec<Value> {
    let pieces = encoder.finish();
    let series = take_points(&body(&pieces)).unwrap();
    assert_eq!(count(&series), pieces.iter().map(|piece| piece.points).sum::<u64>());
    assert_eq!((encoder.weight(), encoder.finish()), (0, Vec::new()), "nothing is left");
    series
}

fn of_invocation(invocation: &Invocation) -> Vec<Value> {
    let mut encoder = PointsEncoder::new(labels());
    let tally = encoder.add_invocation(invocation, &TERMS, NOW);
    assert_eq!(tally.left_out(), RejectedPoints::default());
    series(encoder)
}

#[test]
fn an_invocation_has_datadogs_enhanced_metrics() {
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
        ("response_latency", "0.002"),
    ];
    assert_eq!(lines, expected.map(|(name, value)| format!("aws.lambda.enhanced.{name} [[{at},[{value}]]]")));
}

#[test]
fn a_series_is_a_distribution_with_datadogs_tags() {
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
fn a_restore_is_a_cold_start_and_a_warm_start_is_none() {
    check_tag(&Invocation { start: StartKind::Restored, ..invocation(NOW) }, "cold_start:true");
    check_tag(&Invocation { start: StartKind::Warm, ..invocation(NOW) }, "cold_start:false");
}

#[test]
fn the_region_is_that_of_the_terms_where_no_log_tells() {
    let origin = Arc::new(checkout_in(""));
    check_tag(&Invocation { origin, ..invocation(NOW) }, "region:us-east-1");
}

#[test]
fn every_point_has_the_tags_of_its_own_kind() {
    let (origin, mut encoder) = (checkout(), PointsEncoder::new(labels()));
    let larger = Invocation { memory_size: Some(MemoryMib(2048)), ..invocation(NOW) };
    encoder.add_invocation(&invocation(NOW), &TERMS, NOW);
    encoder.add_emf(&record(&origin, "x"), &declaring("m", &[1.0], ("k", "v")), NOW);
    encoder.add_invocation(&invocation(NOW), &TERMS, NOW);
    encoder.add_invocation(&larger, &TERMS, NOW);
    let all = series(encoder);
    let with = |tag: &str| all.iter().filter(|series| series["tags"].to_string().contains(tag)).count();
    assert_eq!((with("memorysize:1024"), with("namespace:n"), with("memorysize:2048")), (14, 1, 14));
}

#[test]
fn a_tag_stands_once_though_it_is_configured_as_well() {
    let labels = Arc::new(Labels::default().with_tags("Region:eu-west-1,region:eu-west-1"));
    let mut encoder = PointsEncoder::new(labels);
    encoder.add_invocation(&invocation(NOW), &TERMS, NOW);
    let tags = series(encoder).remove(0)["tags"].to_string();
    assert_eq!(tags.matches("region:eu-west-1").count(), 1, "{tags}");
}

#[test]
fn points_of_equal_tags_and_seconds_stand_together() {
    let mut encoder = PointsEncoder::new(labels());
    for offset in [0, 999, 1_000] {
        encoder.add_invocation(&invocation(UnixMillis(NOW.0 + offset)), &TERMS, NOW);
    }
    let warm = Invocation { start: StartKind::Warm, ..invocation(NOW) };
    encoder.add_invocation(&warm, &TERMS, NOW);
    let at = NOW.0 / 1_000;
    let all = series(encoder);
    let invocations = all.iter().filter(|series| series["metric"] == "aws.lambda.enhanced.invocations");
    let points: Vec<_> = invocations.map(|series| series["points"].clone()).collect();
    assert_eq!(points, [json!([[at, [1.0, 1.0]], [at + 1, [1.0]]]), json!([[at, [1.0]]])]);
}

fn check_tally(offset: i64, expected: impl Fn(u64) -> PointTally) {
    let mut encoder = PointsEncoder::new(labels());
    let time = UnixMillis(NOW.0.saturating_add(offset));
    let tally = encoder.add_invocation(&invocation(time), &TERMS, NOW);
    assert_eq!(tally, expected(14));
    let pieces = encoder.finish();
    assert_eq!(pieces.iter().map(|piece| piece.points).sum::<u64>(), tally.taken);
    assert!(pieces.is_empty() || take_points(&body(&pieces)).is_ok());
}

#[test]
fn points_that_datadog_would_refuse_are_left_out_and_counted() {
    let none = PointTally::default();
    check_tally(-HOUR, |n| PointTally { taken: n, ..none });
    check_tally(-HOUR - 1, |n| PointTally { too_old: n, ..none });
    check_tally(10 * MINUTE, |n| PointTally { taken: n, ..none });
    check_tally(10 * MINUTE + 1, |n| PointTally { too_early: n, ..none });
    check_tally(i64::MIN, |n| PointTally { too_old: n, ..none });
    check_tally(i64::MAX, |n| PointTally { too_early: n, ..none });
}

#[test]
fn declared_metrics_keep_their_names_and_dimensions() {
    let text = r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Shop/Orders","Dimensions":[["Kind"]],
        "Metrics":[{"Name":"OrdersPlaced","Unit":"Count"}]}]},"Kind":"Caf\u00e9, \"x\"","OrdersPlaced":[3,4.5]}"#;
    let Line::Emf(emf) = line::parse(text) else { panic!("a line in the embedded metric format") };
    let mut encoder = PointsEncoder::new(labels());
    let tally = encoder.add_emf(&record(&checkout(), text), &emf, NOW);
    assert_eq!(tally, PointTally { taken: 2, ..PointTally::default() });
    let expected = json!([{
        "metric": "OrdersPlaced",
        "type": "distribution",
        "tags": [
            "aws_account:012345678901", "env:prod", "executedversion:_latest", "functionname:checkout",
            "kind:café_x", "namespace:shop/orders", "region:eu-west-1", "team:core_shop",
        ],
        "points": [[NOW.0 / 1_000, [3.0, 4.5]]],
    }]);
    assert_eq!(Value::from(series(encoder)), expected);
}

/// A line that declares one metric.
fn declaring<'a>(name: &'a str, values: &[f64], dimension: (&'a str, &'a str)) -> Emf<'a> {
    let Line::App(app) = line::parse("x") else { panic!("a plain line") };
    let values = values.to_vec();
    let metric = EmfMetric { namespace: "n", name, unit: None, values, dimensions: vec![dimension] };
    Emf { app, metrics: vec![metric] }
}

#[test]
fn what_has_no_number_or_no_name_is_counted() {
    let (origin, mut encoder) = (checkout(), PointsEncoder::new(labels()));
    let record = record(&origin, "x");
    let numbers = declaring("m", &[1.0, f64::NAN, f64::INFINITY], ("k", "v"));
    let tally = encoder.add_emf(&record, &numbers, NOW);
    assert_eq!((tally.taken, tally.unwritable), (1, 2));
    let tally = encoder.add_emf(&record, &declaring("日本", &[1.0], ("k", "v")), NOW);
    assert_eq!((tally.taken, tally.unwritable), (0, 1));
    let late = Record { time: UnixMillis(0), ..record };
    assert_eq!(encoder.add_emf(&late, &declaring("m", &[1.0], ("k", "v")), NOW).too_old, 1);
    assert_eq!(series(encoder).len(), 1);
}

#[test]
fn a_long_series_is_cut_into_pieces_that_hold_every_point() {
    let (origin, mut encoder) = (checkout(), PointsEncoder::new(labels()));
    let values: Vec<_> = (0..20_000).map(|n| f64::from(n) + 0.5).collect();
    let next_second = UnixMillis(NOW.0 + 1_000);
    let tally = encoder.add_emf(&record(&origin, "x"), &declaring("m", &values, ("k", "v")), NOW);
    let later = Record { time: next_second, ..record(&origin, "x") };
    encoder.add_emf(&later, &declaring("m", &values[..10], ("k", "v")), NOW);
    let (weight, pieces) = (encoder.weight(), encoder.finish());
    let bytes = pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>();
    assert!(weight.abs_diff(bytes) < bytes / 10, "{weight} is about {bytes}");
    assert!(pieces.len() > 2, "{}", pieces.len());
    let mut seen = Vec::new();
    for piece in &pieces {
        assert!(piece.bytes.len() <= CHUNK_SIZE, "{}", piece.bytes.len());
        let alone = take_points(&body(std::slice::from_ref(piece))).unwrap();
        assert_eq!(count(&alone), piece.points);
        let points = alone[0]["points"].as_array().unwrap().clone();
        seen.extend(points.iter().flat_map(|point| point[1].as_array().unwrap().clone()));
    }
    assert_eq!(tally.taken, 20_000);
    assert!(seen.iter().filter_map(Value::as_f64).eq(values.iter().chain(&values[..10]).copied()));
}

proptest! {
    #[test]
    fn any_declared_metrics_are_pieces_that_are_valid_in_any_grouping(
        metrics in prop::collection::vec((".*", prop::collection::vec(any::<f64>(), 0..4), ".*", ".*"), 1..6),
        offsets in prop::collection::vec(-4_000_000_i64..700_000, 6),
        tags in ".*",
        groups in 1..4_usize,
    ) {
        let labels = Arc::new(Labels::default().with_tags(&tags));
        let (origin, mut encoder) = (checkout(), PointsEncoder::new(labels));
        let mut tally = PointTally::default();
        for ((name, values, key, value), offset) in metrics.iter().zip(offsets) {
            let record = Record { time: UnixMillis(NOW.0 + offset), ..record(&origin, "x") };
            tally += encoder.add_emf(&record, &declaring(name, values, (key, value)), NOW);
        }
        let all: usize = metrics.iter().map(|(_, values, ..)| values.len()).sum();
        prop_assert_eq!(u64::try_from(all), Ok(tally.taken + tally.left_out().sum()));
        let pieces = encoder.finish();
        let mut taken = 0;
        for group in pieces.chunks(groups) {
            let series = take_points(&body(group)).map_err(TestCaseError::fail)?;
            prop_assert_eq!(count(&series), group.iter().map(|piece| piece.points).sum::<u64>());
            taken += count(&series);
        }
        prop_assert_eq!(taken, tally.taken);
    }
}
