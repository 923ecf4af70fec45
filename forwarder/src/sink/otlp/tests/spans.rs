//! Spans of invocations, derived from real lines and decoded with OpenTelemetry's own types.

use std::fmt::Write as _;

use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
    trace::v1::{Span, span::SpanKind},
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tailwater_parser::{
    Event,
    derive::{Collect, Evidence, Invocation, Streams},
};

use super::*;
use crate::sink::{
    SpanScope, SpansBody as _,
    otlp::{LogsEncoder, SpansBatch},
};

const REQUEST: &str = "6234bffe-149a-b642-81ff-2e8e376d8aff";
const SEGMENT: &str =
    "XRAY TraceId: 1-5d8bba5a-dc2932496a65bab91d2d42d4\tSegmentId: 5ff79d2a06b82ad6\tSampled: ";
const INIT: &str = "INIT_START Runtime Version: nodejs:22.mainline.v98\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:a783";

/// Invocations of a stream, and the body of its logs.
#[derive(Default)]
struct Read {
    invocations: Vec<Invocation>,
    logs: Vec<u8>,
}

impl Collect for Read {
    fn invocation(&mut self, invocation: Invocation) {
        self.invocations.push(invocation);
    }

    fn evidence(&mut self, _: Evidence) {}
}

/// Reads the messages of a stream, which are at these milliseconds after 10:00. `encoder` gets the records.
fn read(messages: &[(i64, String)], mut encoder: LogsEncoder) -> Read {
    let (mut streams, mut read) = (Streams::new(1), Read::default());
    streams.enter(&origin("2026/03/04/[41]a"), &mut read);
    for (number, (millis, message)) in messages.iter().enumerate() {
        let event = Event { id: None, time: None, message, part: Part::Whole, utf8: Utf8::Valid };
        let (id, time) = (format!("3800{number}"), UnixMillis(TIME.0 + millis));
        encoder.add(&streams.record(&event, EventId::CloudWatch(&id), time, line::parse(message), &mut read));
    }
    streams.finish(&mut read);
    encoder.finish(&mut read.logs);
    read
}

fn invocations(messages: &[(i64, String)]) -> Vec<Invocation> {
    read(messages, LogsEncoder::new(Enrichment::default())).invocations
}

fn start(millis: i64) -> (i64, String) {
    (millis, format!("START RequestId: {REQUEST} Version: 41\n"))
}

fn report(millis: i64, more: &str) -> (i64, String) {
    let fields = "Duration: 46.84 ms\tBilled Duration: 470 ms\tMemory Size: 192 MB\tMax Memory Used: 72 MB\t";
    (millis, format!("REPORT RequestId: {REQUEST}\t{fields}{more}"))
}

fn json(millis: i64, kind: &str, members: &str) -> (i64, String) {
    (
        millis,
        format!(
            r#"{{"time":"2026-03-04T10:00:00.123Z","type":"platform.{kind}","record":{{"requestId":"{REQUEST}"{members}}}}}"#
        ),
    )
}

fn request(invocations: &[Invocation], scope: SpanScope) -> ExportTraceServiceRequest {
    let mut batch = SpansBatch::new(Enrichment::default(), scope);
    for invocation in invocations {
        batch.add(invocation);
    }
    let chunks = batch.finish();
    let body: Vec<u8> = chunks.iter().flat_map(|chunk| &chunk.bytes).copied().collect();
    let request = ExportTraceServiceRequest::decode(&*body).expect("valid protobuf");
    let points: u64 = chunks.iter().map(|chunk| chunk.points).sum();
    assert_eq!(points, u64::try_from(spans(&request).len()).unwrap());
    request
}

fn spans(request: &ExportTraceServiceRequest) -> Vec<&Span> {
    let groups = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    groups.flat_map(|scope| &scope.spans).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// First bytes of the SHA-256 hash of a text, in hexadecimal.
fn hash(text: &str, bytes: usize) -> String {
    hex(&Sha256::digest(text)[..bytes])
}

/// One line for each span. Times are milliseconds after 10:00.
fn show(messages: &[(i64, String)]) -> String {
    let request = request(&invocations(messages), SpanScope::All);
    let mut text = String::new();
    for span in spans(&request) {
        let after = |nanos: u64| {
            let micros = (i128::from(nanos) - i128::from(TIME.0) * 1_000_000) / 1_000;
            f64::from(i32::try_from(micros).unwrap()) / 1e3
        };
        let (kind, status) = (SpanKind::try_from(span.kind).unwrap(), span.status.as_ref().map(|it| it.code));
        let parent = hex(&span.parent_span_id);
        let (begin, end) = (after(span.start_time_unix_nano), after(span.end_time_unix_nano));
        let attributes = show_attributes(&span.attributes);
        let ids = format!("{}/{} in {parent}", hex(&span.trace_id), hex(&span.span_id));
        let line = format!(
            "{} {kind:?} {ids} {begin}..{end} flags={} {status:?} {attributes}",
            span.name, span.flags
        );
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}

#[test]
fn cold_start_with_x_ray_is_a_server_span_with_its_init() {
    let lines = [
        (0, INIT.to_owned()),
        start(500),
        report(550, &format!("Init Duration: 423.98 ms\t\n{SEGMENT}true\t\n")),
    ];
    let init = hash("38002\ninit", 8);
    insta::assert_snapshot!(show(&lines).replace(&init, "INIT"), @"
    checkout Server 5d8bba5adc2932496a65bab91d2d42d4/5ff79d2a06b82ad6 in  500..546.84 flags=1 None faas.invocation_id=6234bffe-149a-b642-81ff-2e8e376d8aff faas.coldstart=true faas.version=41 cloud.account.id=012345678901 cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout aws.lambda.billed_duration=0.47 aws.lambda.max_memory_used=75497472
    init Internal 5d8bba5adc2932496a65bab91d2d42d4/INIT in 5ff79d2a06b82ad6 0..500 flags=1 None
    ");
    let request = request(&invocations(&lines), SpanScope::All);
    let [group] = &request.resource_spans[..] else { panic!("{request:?}") };
    insta::assert_snapshot!(show_group(group.resource.as_ref(), group.scope_spans[0].scope.as_ref()), @"service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 faas.instance=2026/03/04/[41]a cloud.account.id=012345678901 cloud.region=eu-west-1 aws.log.group.names=[/aws/lambda/checkout] aws.log.stream.names=[2026/03/04/[41]a] faas.max_memory=201326592");
}

#[test]
fn ids_without_x_ray_are_hashes() {
    let request = request(&invocations(&[start(0), report(50, "")]), SpanScope::All);
    let [span] = spans(&request)[..] else { panic!("{request:?}") };
    let trace = format!("012345678901\neu-west-1\ncheckout\n{REQUEST}\n");
    assert_eq!((hex(&span.trace_id), hex(&span.span_id)), (hash(&trace, 16), hash("38001", 8)));
    assert_eq!((span.parent_span_id.len(), span.flags), (0, 1));
}

#[test]
fn attempts_share_a_trace() {
    let lines =
        [start(0), report(50, "Status: error\tError Type: Runtime.ExitError"), start(90), report(140, "")];
    let request = request(&invocations(&lines), SpanScope::All);
    let [first, second] = spans(&request)[..] else { panic!("{request:?}") };
    assert_eq!(first.trace_id, second.trace_id);
    assert_ne!(first.span_id, second.span_id);
    assert_eq!((first.status.as_ref().map(|it| it.code), second.status.as_ref()), (Some(2), None));
}

#[test]
fn begin_follows_from_end_and_durations_without_start() {
    insta::assert_snapshot!(show(&[report(550, "Init Duration: 423.98 ms\t")]), @"
    checkout Server f8922287c20fd100e687db36bd1d2bc9/be86c032eae5e966 in  504..550.84 flags=1 None faas.invocation_id=6234bffe-149a-b642-81ff-2e8e376d8aff faas.coldstart=true faas.version=41 cloud.account.id=012345678901 cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout aws.lambda.billed_duration=0.47 aws.lambda.max_memory_used=75497472
    init Internal f8922287c20fd100e687db36bd1d2bc9/62b388b50bf25fb2 in be86c032eae5e966 81..504 flags=1 None
    ");
}

#[test]
fn json_gives_parent_flags_and_measured_parts() {
    let tracing = r#","tracing":{"spanId":"5ff79d2a06b82ad6","type":"X-Amzn-Trace-Id","value":"Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Parent=7aff37f8a9d1a0e3;Sampled=0"}"#;
    let parts = r#","status":"timeout","spans":[{"name":"responseLatency","start":"2026-03-04T10:00:00.200Z","durationMs":2.215},{"name":"responseDuration","start":"12:01:23:521Z","durationMs":1},{"name":"x","start":"2026-03-04T10:00:00.200Z","durationMs":1},{"name":"responseLatency","start":"2026-03-04T10:00:00.300Z","durationMs":9}]"#;
    let metrics = r#","tenantId":"acme","status":"timeout","spans":[{"name":"extensionOverhead","start":"2026-03-04T10:00:00.300Z","durationMs":4}],"metrics":{"durationMs":200.5,"billedDurationMs":201,"restoreDurationMs":30.5}"#;
    let lines = [json(0, "start", tracing), json(60, "runtimeDone", parts), json(70, "report", metrics)];
    insta::assert_snapshot!(show(&lines), @"
    checkout Server 5d8bba5adc2932496a65bab91d2d42d4/5ff79d2a06b82ad6 in 7aff37f8a9d1a0e3 0..200.5 flags=0 Some(2) faas.invocation_id=6234bffe-149a-b642-81ff-2e8e376d8aff faas.coldstart=true faas.version=41 cloud.account.id=012345678901 cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout error.type=timeout aws.lambda.tenant=acme aws.lambda.billed_duration=0.201
    restore Internal 5d8bba5adc2932496a65bab91d2d42d4/bdec39ea94dded73 in 5ff79d2a06b82ad6 -30..0 flags=0 None
    extensionOverhead Internal 5d8bba5adc2932496a65bab91d2d42d4/2f1eff78c5187dd0 in 5ff79d2a06b82ad6 177..181 flags=0 None
    responseLatency Internal 5d8bba5adc2932496a65bab91d2d42d4/f26322ff099acbfc in 5ff79d2a06b82ad6 77..79.215 flags=0 None
    ");
    let recorded = request(&invocations(&lines), SpanScope::Recorded);
    assert_eq!(spans(&recorded).len(), 0);
}

#[test]
fn unknown_decision_counts_as_recorded() {
    let lines = [start(0), report(50, "")];
    assert_eq!(spans(&request(&invocations(&lines), SpanScope::Recorded)).len(), 1);
}

/// Trace id, span id and flags of each record, in hexadecimal.
fn log_ids(messages: &[(i64, String)], encoder: LogsEncoder) -> Vec<(String, String, u32)> {
    let body = read(messages, encoder).logs;
    let request = ExportLogsServiceRequest::decode(&*body).unwrap();
    let groups = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
    let records = groups.flat_map(|scope| scope.log_records);
    records.map(|record| (hex(&record.trace_id), hex(&record.span_id), record.flags)).collect()
}

#[test]
fn logs_carry_derived_ids_only_with_traces() {
    let lines = [(0, INIT.to_owned()), start(1), (2, "hello".to_owned()), report(50, "")];
    let encoder = || LogsEncoder::new(Enrichment::default());
    let none = || (String::new(), String::new(), 0);
    assert_eq!(log_ids(&lines, encoder()), vec![none(); 4]);
    let request = request(&invocations(&lines), SpanScope::All);
    let of_span = (hex(&spans(&request)[0].trace_id), String::new(), 0);
    let derived = log_ids(&lines, encoder().with_derived_trace_ids());
    assert_eq!(derived, [none(), of_span.clone(), of_span.clone(), of_span]);
}

#[test]
fn logs_with_x_ray_have_the_ids_of_the_span() {
    let tracing = r#","tracing":{"spanId":"5ff79d2a06b82ad6","type":"X-Amzn-Trace-Id","value":"Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Sampled=1"}"#;
    let lines = [json(0, "start", tracing), (2, "hello".to_owned())];
    let ids = log_ids(&lines, LogsEncoder::new(Enrichment::default()));
    let expected = ("5d8bba5adc2932496a65bab91d2d42d4".to_owned(), "5ff79d2a06b82ad6".to_owned(), 1);
    assert_eq!(ids, [expected.clone(), expected]);
}

#[test]
fn function_with_x_ray_in_text_gets_no_derived_ids() {
    let traced = report(50, &format!("\n{SEGMENT}true\t\n"));
    let lines = [start(0), traced, start(60), (61, "hello".to_owned())];
    let ids = log_ids(&lines, LogsEncoder::new(Enrichment::default()).with_derived_trace_ids());
    assert_eq!(
        (ids[1].0.as_str(), ids[1].1.as_str()),
        ("5d8bba5adc2932496a65bab91d2d42d4", "5ff79d2a06b82ad6")
    );
    assert_eq!((ids[2].0.as_str(), ids[3].0.as_str()), ("", ""));
}

#[test]
fn extreme_times_give_valid_spans() {
    for time in [i64::MIN, -1, 0, 1, i64::MAX] {
        let mut all = invocations(&[start(0), report(50, "Init Duration: 423.98 ms\t")]);
        (all[0].time, all[0].start_time) = (UnixMillis(time), None);
        all[0].duration = Some(std::time::Duration::MAX);
        assert_eq!(spans(&request(&all, SpanScope::All)).len(), 2);
    }
}
