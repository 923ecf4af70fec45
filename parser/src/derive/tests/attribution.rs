//! Attribution of lines to functions: logs of other services, Lambda Insights, and replicas of Lambda@Edge.

use std::sync::Arc;

use super::*;
use crate::{
    line::{Emf, parse},
    origin::Arrival,
};

/// Origin of a log group and a log stream.
fn named(log_group: &str, log_stream: &str) -> Origin {
    let mut origin = Origin::default();
    origin.set_names(log_group, log_stream);
    origin
}

/// Function, version, request id and trace id of each record of these messages.
fn records(origin: &Origin, messages: &[&str]) -> Vec<[String; 4]> {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(origin, &mut out);
    let mut read = |message| {
        let record = record(&mut streams, message, 1, parse(message), &mut out);
        let ids = [record.request_id, record.trace_id].map(Option::unwrap_or_default);
        [record.origin.function(), record.origin.version(), ids[0], ids[1]].map(str::to_owned)
    };
    messages.iter().map(|message| read(message)).collect()
}

fn check_request_id(origin: &Origin, messages: &[&str], expected: &str) {
    let last = records(origin, messages).pop().expect("a message");
    assert_eq!(last[2], expected, "{messages:?}");
}

const ACCESS: &str = r#"{"requestId":"dccf8c44","ip":"203.0.113.9","status":"500"}"#;

#[test]
fn request_id_in_the_log_of_another_service_is_no_invocation() {
    let gateway = named("/aws/apigateway/shop-beta", "2abb59b0e59d53e6aa677755e8321208");
    check_request_id(&gateway, &[ACCESS], "");
    check_request_id(
        &gateway,
        &[r#"{"requestId":"dccf8c44","_aws":{"Timestamp":1,"CloudWatchMetrics":[]}}"#],
        "",
    );
    check_request_id(&named("/ecs/basket", "ecs/web/23ee"), &[ACCESS], "");
}

#[test]
fn failure_in_the_log_of_another_service_is_no_evidence() {
    let failed =
        r#"{"requestId":"a","log_level":"ERROR","errorType":"E","errorMessage":"m","stackTrace":[]}"#;
    let evidence = |origin: &Origin| {
        let (mut streams, mut out) = (Streams::new(4), Collected::default());
        streams.enter(origin, &mut out);
        record(&mut streams, failed, 1, parse(failed), &mut out);
        streams.finish(&mut out);
        out.evidence.into_iter().map(|piece| piece.request_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(evidence(&named("/aws/lambda/checkout", "s")), ["a"]);
    assert_eq!(evidence(&named("/ecs/basket", "ecs/web/23ee")), [""], "it has no invocation");
}

#[test]
fn request_id_of_lambda_is_kept_in_any_log() {
    check_request_id(&named("/aws/lambda/checkout", "s"), &[ACCESS], "dccf8c44");
    check_request_id(&Origin::default(), &[ACCESS], "dccf8c44");
    let shared = named("/team/shared", "2026/04/12/checkout[7]91c9e184da775654be43e9b521187ac2");
    check_request_id(&shared, &[ACCESS], "dccf8c44");
    let other = named("/team/shared", "worker-1");
    check_request_id(&other, &["START RequestId: dccf8c44 Version: 7\n", ACCESS], "dccf8c44");
    check_request_id(&other, &["START RequestId: a Version: 7\n", "hello"], "a");
    check_request_id(&other, &["REPORT RequestId: a\tDuration: 1.00 ms\tBilled Duration: 1 ms"], "a");
    check_request_id(&other, &[r#"{"aws_request_id":"a","message":"hello"}"#], "a");
}

fn insights(function: &str, version: &str) -> String {
    format!(
        r#"{{"_aws":{{"Timestamp":1,"CloudWatchMetrics":[{{"Namespace":"LambdaInsights","Dimensions":[["function_name"]],
        "Metrics":[{{"Name":"cpu_total_time"}}]}}]}},"cpu_total_time":640,"function_name":"{function}","version":"{version}",
        "request_id":"67ec9452","trace_id":"1-69123e24-0a1b2c3d4e5f60718293a4b5"}}"#
    )
}

#[test]
fn line_of_lambda_insights_belongs_to_the_function_that_it_names() {
    let lines = [insights("resize-image", "7"), insights("thumbnail", "8")];
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let trace = "1-69123e24-0a1b2c3d4e5f60718293a4b5";
    let expected = [["resize-image", "7", "67ec9452", trace], ["thumbnail", "8", "67ec9452", trace]];
    assert_eq!(records(&named("/aws/lambda-insights", "resize-image"), &lines), expected);
}

#[test]
fn metrics_that_a_function_declares_stay_its_own() {
    let own = named("/aws/lambda/checkout", "2026/04/12/[41]91c9e184da775654be43e9b521187ac2");
    assert_eq!(records(&own, &[&insights("resize-image", "7")])[0][..2], ["checkout", "41"]);
    let custom = insights("resize-image", "7").replace("LambdaInsights", "shop");
    let Line::Emf(Emf { subject, .. }) = parse(&custom) else { panic!("{custom}") };
    assert_eq!(subject, None);
    // A trace id is one of X-Ray in any log; a request id may be that of another service.
    assert_eq!(records(&named("/ecs/basket", "ecs/web/23ee"), &[&custom])[0][..3], ["", "", ""]);
}

#[test]
fn arn_of_a_function_at_the_edge_does_not_name_the_region_of_its_logs() {
    let region = |origin: Origin| {
        let function_arn = Some("arn:aws:lambda:us-east-1:825765399535:function:auth");
        let (mut streams, mut out) = (Streams::new(4), Collected::default());
        streams.enter(&origin, &mut out);
        let line = Line::Start(Start { request_id: "a", function_arn, ..Start::default() });
        record(&mut streams, JSON, 1, line, &mut out).origin.region.clone()
    };
    assert_eq!(region(named("/aws/lambda/us-east-1.auth", "s")), "");
    assert_eq!(region(named("/aws/lambda/auth", "s")), "us-east-1");
}

/// Origin of these names that arrived in the S3 object `key`.
fn from_object(log_group: &str, key: &str) -> Origin {
    let mut origin = named(log_group, "");
    origin.arrival = Some(Arc::new(Arrival { key: key.to_owned(), ..Arrival::default() }));
    origin
}

/// Request id and S3 key of `hello` in the object `b` after a START in the object `a`.
fn after_start_in_another_object(log_group: &str) -> (String, String) {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&from_object(log_group, "a"), &mut out);
    record(&mut streams, TEXT, 1, start("r"), &mut out);
    streams.enter(&from_object(log_group, "b"), &mut out);
    let record = record(&mut streams, TEXT, 2, app(), &mut out);
    let key = record.origin.arrival.as_deref().map(|arrival| arrival.key.clone());
    (record.request_id.unwrap_or_default().to_owned(), key.unwrap_or_default())
}

#[test]
fn unnamed_lines_of_different_arrivals_are_different_streams() {
    assert_eq!(after_start_in_another_object(""), (String::new(), "b".to_owned()));
}

#[test]
fn named_stream_continues_in_another_arrival() {
    assert_eq!(after_start_in_another_object("/aws/lambda/f"), ("r".to_owned(), "b".to_owned()));
}
