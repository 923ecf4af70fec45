use std::{sync::Arc, time::Duration};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{
        ExponentialHistogramDataPoint, Metric, NumberDataPoint, exponential_histogram_data_point::Buckets,
        metric, number_data_point,
    },
};
use proptest::prelude::*;
use prost::Message as _;
use tailwater_parser::{
    ByteSize, Line, MemoryMib,
    derive::{DERIVATIONS, Invocation, Outcome, StartKind, Terms},
    line::{Emf, EmfMetric},
    price::Cpu,
};

use super::*;
use crate::sink::{
    CHUNK_SIZE, Chunk,
    otlp::{METRICS, MetricsBatch},
};

const TERMS: Terms<'_> = Terms { region: "", cpu: Cpu::X86_64, tmp: None };

fn millis(n: u64) -> Option<Duration> {
    Some(Duration::from_millis(n))
}

fn invocation() -> Invocation {
    Invocation {
        origin: Arc::new(origin("2026/03/04/[41]a")),
        event_id: "event".into(),
        time: TIME,
        start_time: None,
        init_start_time: None,
        request_id: "8edab1f8".into(),
        outcome: Outcome::Success,
        reported: None,
        error_type: None,
        start: StartKind::Warm,
        duration: millis(100),
        billed_duration: millis(100),
        memory_size: Some(MemoryMib(1024)),
        max_memory_used: Some(MemoryMib(512)),
        init_duration: None,
        restore_duration: None,
        billed_restore_duration: None,
        produced_bytes: None,
        response_latency: None,
        trace_id: None,
        segment: None,
        spans: Vec::new(),
        tenant: None,
        at_edge: false,
    }
}

pub(super) fn batch() -> MetricsBatch {
    MetricsBatch::new(enrichment(&[]))
}

/// Concatenates chunks to a request body.
fn joined(chunks: &[Chunk]) -> Vec<u8> {
    chunks.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect()
}

fn decoded(batch: &mut MetricsBatch) -> ExportMetricsServiceRequest {
    let body = joined(&batch.finish());
    assert!(batch.is_empty() && batch.weight() == 0);
    let request = ExportMetricsServiceRequest::decode(&*body).expect("it can be read");
    assert_eq!(
        request.encoded_len(),
        body.len(),
        "every length in its shortest form, and no field that is 0"
    );
    request
}

/// Encodes the batch and returns it as text, after checking its number of data points. The attributes of a data
/// point are left out if they are equal to those of the data point before.
pub(super) fn show(batch: &mut MetricsBatch) -> String {
    let count = batch.count();
    let (mut text, mut points) = (String::new(), 0);
    for group in &decoded(batch).resource_metrics {
        let [metrics] = group.scope_metrics.as_slice() else { panic!("one scope") };
        text += &show_group(group.resource.as_ref(), metrics.scope.as_ref());
        let mut before = String::new();
        for (point, attributes) in metrics.metrics.iter().flat_map(show_metric) {
            let is_new = before != attributes;
            text += &if is_new { format!("  {attributes}\n{point}") } else { point };
            (before, points) = (attributes, points + 1);
        }
    }
    assert_eq!(points, count);
    text
}

/// Returns each data point of a metric as text, with its attributes.
#[expect(clippy::wildcard_enum_match_arm, reason = "of another's enum, what is never written")]
fn show_metric(metric: &Metric) -> Vec<(String, String)> {
    let head = format!("    {} {:?}", metric.name, metric.unit);
    match metric.data.as_ref().expect("data") {
        metric::Data::Sum(sum) => {
            assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true), "a delta");
            let points = sum.data_points.iter();
            points.map(|point| (show_number(&head, point), show_attributes(&point.attributes))).collect()
        }
        metric::Data::ExponentialHistogram(data) => {
            assert_eq!(data.aggregation_temporality, 1, "a delta");
            let points = data.data_points.iter();
            points.map(|point| (show_histogram(&head, point), show_attributes(&point.attributes))).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn show_number(head: &str, point: &NumberDataPoint) -> String {
    let value = match point.value.expect("a value") {
        number_data_point::Value::AsInt(value) => value.to_string(),
        number_data_point::Value::AsDouble(value) => format!("{value:?}"),
    };
    format!("{head} {value} {}\n", show_window(point.start_time_unix_nano, point.time_unix_nano))
}

fn show_histogram(head: &str, point: &ExponentialHistogramDataPoint) -> String {
    let ExponentialHistogramDataPoint { count, scale, zero_count, .. } = point;
    let (sum, min, max) =
        (point.sum.expect("a sum"), point.min.expect("a least"), point.max.expect("a greatest"));
    let (positive, negative) = (show_buckets(point.positive.as_ref()), show_buckets(point.negative.as_ref()));
    let window = show_window(point.start_time_unix_nano, point.time_unix_nano);
    format!(
        "{head} {count} from {min} to {max} sum {sum}, {zero_count} zeros, 1/2^{scale}: +{positive} -{negative} {window}\n"
    )
}

/// Returns index and count of each bucket that is not empty as text.
fn show_buckets(buckets: Option<&Buckets>) -> String {
    let counts = buckets.into_iter().flat_map(|buckets| (buckets.offset..).zip(&buckets.bucket_counts));
    let shown: Vec<_> =
        counts.filter(|(_, count)| **count > 0).map(|(index, count)| format!("{index}:{count}")).collect();
    format!("[{}]", shown.join(" "))
}

/// Returns a time range as text, in milliseconds since `TIME`.
fn show_window(start: u64, end: u64) -> String {
    let from_time = |nanos: u64| i64::try_from(nanos / 1_000_000).expect("it fits") - TIME.0;
    format!("{}..{}", from_time(start), from_time(end))
}

#[test]
fn invocation_has_all_its_metrics() {
    let mut batch = batch();
    let cold = Invocation {
        outcome: Outcome::OutOfMemory,
        start: StartKind::Cold,
        duration: millis(600),
        billed_duration: millis(1000),
        init_duration: millis(400),
        restore_duration: millis(250),
        billed_restore_duration: millis(100),
        produced_bytes: Some(ByteSize(4096)),
        response_latency: millis(2),
        ..invocation()
    };
    batch.add(&cold, &TERMS);
    insta::assert_snapshot!(show(&mut batch), @r#"
    service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 host.arch=amd64 faas.max_memory=1073741824
      faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 host.arch=amd64 faas.max_memory=1073741824
        faas.invocations "{invocation}" 1 -600..0
        faas.errors "{error}" 1 -600..0
        faas.timeouts "{timeout}" 0 -600..0
        aws.lambda.out_of_memory "{invocation}" 1 -600..0
        faas.coldstarts "{coldstart}" 1 -600..0
        aws.lambda.restores "{restore}" 0 -600..0
        faas.invoke_duration "s" 1 from 0.6 to 0.6 sum 0.6, 0 zeros, 1/2^7: +[-95:1] -[] -600..0
        faas.init_duration "s" 1 from 0.4 to 0.4 sum 0.4, 0 zeros, 1/2^7: +[-170:1] -[] -600..0
        aws.lambda.restore_duration "s" 1 from 0.25 to 0.25 sum 0.25, 0 zeros, 1/2^7: +[-257:1] -[] -600..0
        aws.lambda.response_latency "s" 1 from 0.002 to 0.002 sum 0.002, 0 zeros, 1/2^7: +[-1148:1] -[] -600..0
        aws.lambda.produced_bytes "By" 1 from 4096 to 4096 sum 4096, 0 zeros, 1/2^7: +[1535:1] -[] -600..0
        faas.mem_usage "By" 1 from 536870912 to 536870912 sum 536870912, 0 zeros, 1/2^7: +[3711:1] -[] -600..0
        aws.lambda.billed_duration "s" 1.0 -600..0
        aws.lambda.estimated_cost "USD" 1.68667e-5 -600..0
        aws.lambda.cold_start_cost "USD" 6.66668e-6 -600..0
        aws.lambda.restore_cost "USD" 1.66667e-6 -600..0
    "#);
}

#[test]
fn invocations_of_one_function_are_aggregated() {
    let mut batch = batch();
    batch.add(&invocation(), &TERMS);
    let later = UnixMillis(TIME.0 + 5000);
    batch.add(
        &Invocation { time: later, outcome: Outcome::Timeout, duration: millis(200), ..invocation() },
        &TERMS,
    );
    batch.add(&Invocation { start: StartKind::Restored, duration: millis(0), ..invocation() }, &TERMS);
    insta::assert_snapshot!(show(&mut batch), @r#"
    service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 host.arch=amd64 faas.max_memory=1073741824
      faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 host.arch=amd64 faas.max_memory=1073741824
        faas.invocations "{invocation}" 3 -100..5000
        faas.errors "{error}" 1 -100..5000
        faas.timeouts "{timeout}" 1 -100..5000
        aws.lambda.out_of_memory "{invocation}" 0 -100..5000
        faas.coldstarts "{coldstart}" 0 -100..5000
        aws.lambda.restores "{restore}" 1 -100..5000
        faas.invoke_duration "s" 3 from 0 to 0.2 sum 0.30000000000000004, 1 zeros, 1/2^7: +[-426:1 -298:1] -[] -100..5000
        faas.mem_usage "By" 3 from 536870912 to 536870912 sum 1610612736, 0 zeros, 1/2^7: +[3711:3] -[] -100..5000
        aws.lambda.billed_duration "s" 0.3 -100..5000
        aws.lambda.estimated_cost "USD" 5.60001e-6 -100..5000
        aws.lambda.cold_start_cost "USD" 0.0 -100..5000
        aws.lambda.restore_cost "USD" 0.0 -100..5000
    "#);
}

#[test]
fn unknown_values_yield_no_data_point() {
    let mut batch = batch();
    let bare = Invocation {
        origin: Arc::default(),
        duration: None,
        billed_duration: None,
        memory_size: None,
        max_memory_used: None,
        ..invocation()
    };
    batch.add(&bare, &TERMS);
    insta::assert_snapshot!(show(&mut batch), @r#"
    service.name=unknown_service cloud.provider=aws cloud.platform=aws_lambda cloud.region=us-east-1 host.arch=amd64
      cloud.region=us-east-1 host.arch=amd64
        faas.invocations "{invocation}" 1 -1..0
        faas.errors "{error}" 0 -1..0
        faas.timeouts "{timeout}" 0 -1..0
        aws.lambda.out_of_memory "{invocation}" 0 -1..0
        faas.coldstarts "{coldstart}" 0 -1..0
        aws.lambda.restores "{restore}" 0 -1..0
    "#);
}

#[test]
fn each_different_attribute_separates_series() {
    let mut batch = batch();
    let elsewhere = |change: &dyn Fn(&mut Origin)| {
        let mut origin = origin("2026/03/04/[41]a");
        change(&mut origin);
        Invocation { origin: Arc::new(origin), ..invocation() }
    };
    batch.add(&invocation(), &TERMS);
    batch.add(&elsewhere(&|origin| origin.set_names("/aws/lambda/checkout", "2026/03/04/[41]b")), &TERMS);
    assert_eq!(resources(&mut batch), 1, "an environment is no difference");
    batch.add(&invocation(), &TERMS);
    batch.add(&elsewhere(&|origin| origin.set_names("/aws/lambda/checkout", "2026/03/04/[42]b")), &TERMS);
    batch.add(&elsewhere(&|origin| origin.set_function("other")), &TERMS);
    batch.add(&elsewhere(&|origin| origin.account = "1".to_owned()), &TERMS);
    batch.add(&elsewhere(&|origin| origin.region = "eu-west-2".to_owned()), &TERMS);
    batch.add(&Invocation { memory_size: Some(MemoryMib(128)), ..invocation() }, &TERMS);
    batch.add(&invocation(), &Terms { cpu: Cpu::Arm64, ..TERMS });
    assert_eq!(resources(&mut batch), 7);
}

fn resources(batch: &mut MetricsBatch) -> usize {
    show(batch).lines().filter(|line| !line.starts_with(' ')).count()
}

#[test]
fn widespread_values_fit_into_few_buckets() {
    let mut batch = batch();
    for n in 0..1000 {
        batch.add(&Invocation { duration: millis(1 + n * n), ..invocation() }, &TERMS);
    }
    let request = decoded(&mut batch);
    let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
    let durations = metrics.iter().find(|metric| metric.name == "faas.invoke_duration").expect("durations");
    let Some(metric::Data::ExponentialHistogram(data)) = &durations.data else { panic!("a histogram") };
    let counts = &data.data_points[0].positive.as_ref().expect("buckets").bucket_counts;
    assert_eq!(counts.iter().sum::<u64>(), 1000);
    assert!((80..=160).contains(&counts.len()), "{}", counts.len());
}

#[test]
fn every_derived_metric_has_a_definition() {
    let all = Invocation {
        outcome: Outcome::Timeout,
        start: StartKind::Cold,
        init_duration: millis(50),
        restore_duration: millis(50),
        produced_bytes: Some(ByteSize(1)),
        response_latency: millis(1),
        ..invocation()
    };
    let priced = all.cost(&TERMS);
    // Their names in the conventions, where the derived name is not part of it; memory size is an attribute.
    let renamed = [("duration", "faas.invoke_duration"), ("cold_starts", "faas.coldstarts")];
    let renamed = renamed.into_iter().chain([("max_memory_used", "faas.mem_usage")]);
    let renamed: Vec<_> = renamed.collect();
    for metric in DERIVATIONS.iter().filter_map(|derive| derive(&all, &priced)) {
        let name =
            renamed.iter().find(|(derived, _)| *derived == metric.name).map_or(metric.name, |(_, name)| name);
        let is_named =
            METRICS.iter().any(|named| named.name == name || named.name.ends_with(&format!(".{name}")));
        assert!(is_named || name == "memory_size", "{name}");
    }
}

/// Builds the content of an EMF log line that declares one metric with one dimension.
fn declaring<'a>(name: &'a str, values: &[f64], dimension: &'a str) -> Emf<'a> {
    let Line::App(app) = line::parse("x") else { panic!("a plain line") };
    let (values, dimensions) = (values.to_vec(), vec![("id", dimension)]);
    let metric = EmfMetric { namespace: "n", name, unit: None, values, dimensions };
    Emf { app, timestamp: TIME, metrics: vec![metric], subject: None }
}

/// Returns every data point of a request body as text, with its resource, scope and metric.
fn points(body: &[u8]) -> Vec<String> {
    let request = ExportMetricsServiceRequest::decode(body).expect("it can be read");
    assert_eq!(
        request.encoded_len(),
        body.len(),
        "every length in its shortest form, and no field that is 0"
    );
    let mut all = Vec::new();
    for group in &request.resource_metrics {
        for metrics in &group.scope_metrics {
            let of = show_group(group.resource.as_ref(), metrics.scope.as_ref());
            let shown = metrics.metrics.iter().flat_map(show_metric);
            all.extend(shown.map(|(point, attributes)| format!("{of}{attributes}\n{point}")));
        }
    }
    all.sort_unstable();
    all
}

/// Builds a batch of invocations and declared metrics of functions `0..3` in several minutes.
fn mixed(invocations: &[(u8, i64)], declared: &[(u8, String, f64)]) -> MetricsBatch {
    let mut batch = batch();
    let origin_of = |function: u8| {
        let mut origin = origin("2026/03/04/[41]a");
        origin.set_function(&format!("function-{}", function % 3));
        origin
    };
    for (function, minutes) in invocations {
        let time = UnixMillis(TIME.0 + minutes * 60_000);
        batch.add(&Invocation { origin: Arc::new(origin_of(*function)), time, ..invocation() }, &TERMS);
    }
    for (function, dimension, value) in declared {
        let origin = origin_of(*function);
        batch.add_emf(&record(&origin, "x"), &declaring("orders", &[*value], dimension));
    }
    batch
}

#[test]
fn metric_with_many_data_points_is_split_into_complete_chunks() {
    let many: Vec<_> = (0..3_000).map(|n| (0, format!("dimension-{n}"), f64::from(n))).collect();
    let mut batch = mixed(&[(0, 0), (1, 0)], &many);
    let (weight, count) = (batch.weight(), batch.count());
    let chunks = batch.finish();
    let bytes = chunks.iter().map(|chunk| chunk.bytes.len()).sum::<usize>();
    assert!((bytes / 2..bytes * 2).contains(&weight), "{weight} is about {bytes}");
    assert!(chunks.len() > bytes / CHUNK_SIZE, "{} chunks of {bytes} bytes", chunks.len());
    for chunk in &chunks {
        assert!(chunk.bytes.len() < CHUNK_SIZE + 2_000, "{}", chunk.bytes.len());
        assert_eq!(u64::try_from(points(&chunk.bytes).len()), Ok(chunk.points));
    }
    assert_eq!(chunks.iter().map(|chunk| chunk.points).sum::<u64>(), count);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_metrics_have_the_same_data_points_in_any_grouping_of_their_chunks(
        invocations in proptest::collection::vec((any::<u8>(), 0..3_i64), 0..12),
        declared in proptest::collection::vec((any::<u8>(), ".{0,40}|(long ){2000,4000}", -9.0..9.0), 0..30),
        cuts in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let mut batch = mixed(&invocations, &declared);
        let count = batch.count();
        let chunks = batch.finish();
        let whole = points(&joined(&chunks));
        prop_assert_eq!(u64::try_from(whole.len()), Ok(count));
        let (mut apart, mut group) = (Vec::new(), Vec::new());
        for (chunk, is_cut) in chunks.into_iter().zip(cuts.into_iter().cycle()) {
            group.push(chunk);
            if is_cut {
                apart.extend(points(&joined(&std::mem::take(&mut group))));
            }
        }
        apart.extend(points(&joined(&group)));
        apart.sort_unstable();
        prop_assert_eq!(apart, whole);
    }
}
