use opentelemetry_proto::tonic::{collector::logs::v1::ExportLogsServiceRequest, logs::v1::LogRecord};
use prost::Message as _;
use tailwater_parser::Level;

use super::*;
use crate::sink::otlp::LogsEncoder;

const STREAM: &str = "2026/03/04/[41]a";

fn encoder() -> LogsEncoder {
    LogsEncoder::new(enrichment(&[]))
}

fn decoded(encoder: &mut LogsEncoder) -> ExportLogsServiceRequest {
    let (expected, mut body) = (encoder.encoded_len(), Vec::new());
    encoder.finish(&mut body);
    assert_eq!(body.len(), expected, "encoded_len is exact");
    ExportLogsServiceRequest::decode(&*body).expect("valid protobuf")
}

fn show(request: &ExportLogsServiceRequest) -> String {
    let mut text = String::new();
    for group in &request.resource_logs {
        let [logs] = group.scope_logs.as_slice() else { panic!("one scope") };
        text += &show_group(group.resource.as_ref(), logs.scope.as_ref());
        logs.log_records.iter().for_each(|record| text += &show_record(record));
    }
    text
}

fn show_record(record: &LogRecord) -> String {
    let LogRecord { time_unix_nano, observed_time_unix_nano, severity_number, severity_text, .. } = record;
    let trace: String = record.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    let body = show_value(record.body.as_ref());
    let attributes = show_attributes(&record.attributes);
    format!(
        "  {time_unix_nano} {observed_time_unix_nano} {severity_number} {severity_text:?} {trace:?} {body:?}\n    \
         {attributes}\n"
    )
}

/// Encodes a record of `message`, changed by `change`, and returns it as text without its resource.
fn one(message: &str, change: impl FnOnce(&mut Record<'_>)) -> String {
    let origin = origin(STREAM);
    let mut record = record(&origin, message);
    change(&mut record);
    let mut encoder = encoder();
    encoder.add(&record);
    let text = show(&decoded(&mut encoder));
    text.split_once('\n').expect("a resource and a record").1.to_owned()
}

#[test]
fn record_has_all_its_fields_and_attributes() {
    let origin = origin(STREAM);
    let mut record = record(&origin, "START RequestId: 8edab1f8 Version: 41\n");
    record.level = Some(Level::Info);
    record.request_id = Some("8edab1f8");
    record.trace_id = Some("1-5d8bba5a-dc2932496a65bab91d2d42d4");
    record.tenant = Some("blue");
    let mut encoder = encoder();
    encoder.observe(UnixMillis(1_772_618_401_000));
    encoder.add(&record);
    insta::assert_snapshot!(show(&decoded(&mut encoder)), @r#"
    service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 faas.instance=2026/03/04/[41]a cloud.account.id=012345678901 cloud.region=eu-west-1 aws.log.group.names=[/aws/lambda/checkout] aws.log.stream.names=[2026/03/04/[41]a]
      1772618400123000000 1772618401000000000 9 "INFO" "5d8bba5adc2932496a65bab91d2d42d4" "START RequestId: 8edab1f8 Version: 41"
        log.record.uid=38000000000000000000000000000000000000000000000000000001 tailwater.type=start faas.invocation_id=8edab1f8 aws.lambda.tenant_id=blue
    "#);
}

#[test]
fn unknown_attributes_are_left_out() {
    let origin = Origin::default();
    let mut encoder = LogsEncoder::new(Enrichment::default());
    encoder.add(&record(&origin, "hello"));
    insta::assert_snapshot!(show(&decoded(&mut encoder)), @r#"
    service.name=unknown_service cloud.provider=aws
      1772618400123000000 0 0 "" "" "hello"
        log.record.uid=38000000000000000000000000000000000000000000000000000001 tailwater.type=text
    "#);
}

#[test]
fn enrichment_overrides_attributes_and_supplies_the_region() {
    let mut origin = origin(STREAM);
    origin.region.clear();
    let mut encoder =
        LogsEncoder::new(enrichment(&[("deployment.environment.name", "prod"), ("service.name", "shop")]));
    encoder.add(&record(&origin, "hello"));
    insta::assert_snapshot!(show(&decoded(&mut encoder)), @r#"
    cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:us-east-1:012345678901:function:checkout faas.name=checkout faas.version=41 faas.instance=2026/03/04/[41]a cloud.account.id=012345678901 cloud.region=us-east-1 aws.log.group.names=[/aws/lambda/checkout] aws.log.stream.names=[2026/03/04/[41]a] deployment.environment.name=prod service.name=shop
      1772618400123000000 0 0 "" "" "hello"
        log.record.uid=38000000000000000000000000000000000000000000000000000001 tailwater.type=text
    "#);
}

#[test]
fn levels_have_the_first_severity_number_of_their_range() {
    let check = |level: Level, expected: &str| {
        let shown = one("x", |record| record.level = Some(level));
        assert!(shown.contains(&format!(" {expected} ")), "{shown}");
    };
    check(Level::Trace, "1 \"TRACE\"");
    check(Level::Debug, "5 \"DEBUG\"");
    check(Level::Info, "9 \"INFO\"");
    check(Level::Warn, "13 \"WARN\"");
    check(Level::Error, "17 \"ERROR\"");
    check(Level::Fatal, "21 \"FATAL\"");
}

#[test]
fn time_out_of_range_is_kept_as_an_attribute() {
    let check = |millis, nanos: &str, original: bool| {
        let shown = one("x", |record| record.time = UnixMillis(millis));
        assert!(shown.starts_with(&format!("  {nanos} ")), "{shown}");
        let kept = shown.contains(&format!("tailwater.original_time_ms={millis}\n"));
        assert_eq!(kept, original, "{shown}");
    };
    check(1, "1000000", false);
    check(0, "0", true);
    check(-5, "0", true);
    check(i64::MIN, "0", true);
    check(i64::MAX, "9223372036854775807", true);
}

#[test]
fn trace_id_of_another_format_is_an_attribute() {
    let shown = one("x", |record| record.trace_id = Some("1-oops"));
    assert!(shown.contains(" \"\" \"x\"") && shown.contains("aws.xray.trace_id=1-oops"), "{shown}");
}

/// Encodes a record of `message` and returns the trace id, the span id and the flags in hexadecimal digits, and the
/// attribute with the X-Ray trace id.
fn trace_of(message: &str, xray: Option<&str>) -> String {
    let (origin, mut encoder) = (origin(STREAM), encoder());
    let mut record = record(&origin, message);
    record.trace_id = record.trace_id.or(xray);
    record.trace_context = record.line.trace_context();
    encoder.add(&record);
    let request = decoded(&mut encoder);
    let log = &request.resource_logs[0].scope_logs[0].log_records[0];
    let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let attribute = log.attributes.iter().find(|attribute| attribute.key == "aws.xray.trace_id");
    let attribute = attribute.map(|attribute| show_value(attribute.value.as_ref())).unwrap_or_default();
    format!("{} {} {} {attribute}", hex(&log.trace_id), hex(&log.span_id), log.flags).trim_end().to_owned()
}

#[test]
fn trace_context_of_a_line_is_in_its_own_fields() {
    let line =
        r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","trace_flags":"01"}"#;
    assert_eq!(trace_of(line, None), "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 1");
    let line = r#"{"dd":{"trace_id":"16","span_id":"17"}}"#;
    assert_eq!(trace_of(line, None), "00000000000000000000000000000010 0000000000000011 0");
    let line = r#"{"trace_id":"00000000000000000000000000000000","span_id":"00f067aa0ba902b7"}"#;
    assert_eq!(trace_of(line, None), "  0");
}

#[test]
fn x_ray_id_is_an_attribute_beside_another_trace_id() {
    let xray = "1-5d8bba5a-dc2932496a65bab91d2d42d4";
    let line = r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#;
    assert_eq!(trace_of(line, Some(xray)), format!("4bf92f3577b34da6a3ce929d0e0e4736  0 {xray}"));
    let same = r#"{"trace_id":"5d8bba5adc2932496a65bab91d2d42d4","span_id":"00f067aa0ba902b7"}"#;
    assert_eq!(trace_of(same, Some(xray)), "5d8bba5adc2932496a65bab91d2d42d4 00f067aa0ba902b7 0");
    assert_eq!(trace_of("x", Some(xray)), "5d8bba5adc2932496a65bab91d2d42d4  0");
}

#[test]
fn parts_of_a_message_have_their_own_ids_and_keep_line_breaks() {
    let check = |part, body: &str, id: &str| {
        let shown = one("middle\r\n", |record| {
            record.part = part;
            record.event_id = EventId::CloudWatch("7");
        });
        assert!(shown.contains(&format!("{body:?}\n    log.record.uid={id} ")), "{shown}");
    };
    check(Part::Whole, "middle", "7");
    check(Part::Piece(0), "middle\r\n", "7/0");
    check(Part::Piece(1), "middle\r\n", "7/1");
    check(Part::Last(12), "middle", "7/12");
}

#[test]
fn event_without_an_id_has_its_position_as_id() {
    let shown = one("x", |record| record.event_id = EventId::Position(0xab));
    assert!(shown.contains("log.record.uid=00000000000000ab tailwater.type=text"), "{shown}");
    let shown = one("x", |record| (record.event_id, record.part) = (EventId::Position(0xab), Part::Last(2)));
    assert!(shown.contains("log.record.uid=00000000000000ab/2 "), "{shown}");
}

#[test]
fn error_has_its_type() {
    let check = |message: &str, expected: &str| {
        let shown = one(message, |_| {});
        assert!(shown.trim_end().ends_with(&format!("exception.type={expected}")), "{shown}");
    };
    check(
        "REPORT RequestId: 6234\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\t\
         Max Memory Used: 9 MB\tStatus: error\tError Type: Runtime.ExitError",
        "Runtime.ExitError",
    );
    check("[ERROR] KeyError: 'a'\nTraceback (most recent call last):", "KeyError");
    check(
        "{\"time\":\"2026-03-04T10:00:00.000Z\",\"type\":\"platform.initReport\",\"record\":{\"phase\":\"init\",\
         \"status\":\"error\",\"errorType\":\"Runtime.Unknown\",\"metrics\":{\"durationMs\":1.0}}}",
        "Runtime.Unknown",
    );
}

#[test]
fn consecutive_records_of_one_stream_share_a_group() {
    let (one, other) = (origin("2026/03/04/[41]a"), origin("2026/03/04/[41]b"));
    let mut encoder = encoder();
    for (origin, message) in [(&one, "1"), (&one, "2"), (&other, "3"), (&one, "4")] {
        encoder.add(&record(origin, message));
    }
    assert_eq!(encoder.count(), 4);
    assert_eq!(sizes(&decoded(&mut encoder)), [2, 1, 1]);
}

#[test]
fn large_group_is_closed() {
    let (origin, message) = (origin(STREAM), "x".repeat(30_000));
    let mut encoder = encoder();
    (0..7).for_each(|_| encoder.add(&record(&origin, &message)));
    assert_eq!(sizes(&decoded(&mut encoder)), [3, 3, 1]);
}

fn sizes(request: &ExportLogsServiceRequest) -> Vec<usize> {
    request.resource_logs.iter().map(|group| group.scope_logs[0].log_records.len()).collect()
}

#[test]
fn body_taken_in_parts_is_the_same() {
    let (one, other) = (origin("2026/03/04/[41]a"), origin("2026/03/04/[41]b"));
    let (mut whole, mut streamed, mut taken) = (encoder(), encoder(), Vec::new());
    for origin in [&one, &other, &other, &one] {
        whole.add(&record(origin, "hello"));
        streamed.add(&record(origin, "hello"));
        streamed.take_closed(&mut taken);
        assert_eq!(streamed.encoded_len(), whole.encoded_len());
    }
    assert!(!taken.is_empty());
    streamed.finish(&mut taken);
    let mut body = Vec::new();
    whole.finish(&mut body);
    assert_eq!(taken, body);
}

#[test]
fn finished_encoder_is_reusable() {
    let origin = origin(STREAM);
    let (mut encoder, mut first, mut second) = (encoder(), Vec::new(), Vec::new());
    encoder.add(&record(&origin, "hello"));
    encoder.finish(&mut first);
    assert_eq!((encoder.count(), encoder.encoded_len()), (0, 0));
    encoder.finish(&mut second);
    assert!(second.is_empty(), "an empty body is no bytes");
    encoder.add(&record(&origin, "hello"));
    encoder.finish(&mut second);
    assert_eq!(first, second);
}

#[test]
fn rules_set_attributes_of_the_resource_and_counts_of_the_record() {
    let additions = tailwater_parser::record::Additions {
        service: Some("shop"),
        tags: vec!["team:a"],
        attributes: vec![("deployment.environment.name", "prod")],
        joined: 2,
        sampling_one_in: Some(20),
    };
    let origin = origin(STREAM);
    let mut encoder = encoder();
    let ruled = Record { additions: Some(&additions), ..record(&origin, "a") };
    let most = encoder.most_added(&ruled);
    encoder.add(&ruled);
    assert!(encoder.encoded_len() <= most);
    encoder.add(&record(&origin, "b"));
    let text = show(&decoded(&mut encoder));
    let resources: Vec<_> = text.lines().filter(|line| line.contains("service.name=")).collect();
    let [ruled, plain] = resources[..] else { panic!("{text}") };
    assert!(plain.starts_with("service.name=checkout "), "{plain}");
    for attribute in ["service.name=shop", "team=a", "deployment.environment.name=prod"] {
        assert!(text.contains(attribute) && !plain.contains(attribute), "{ruled}");
    }
    assert!(text.contains("log.joined=2 sampling.one_in=20"), "{text}");
}
