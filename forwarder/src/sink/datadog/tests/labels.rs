//! Tests of source, service, host, tags and names by what logs come from. The expected values are those that Datadog's
//! forwarder 5.4 derives.

use std::sync::Arc;

use serde_json::{Value, json};
use tailwater_parser::{Arrival, Origin, Record};

use super::{NOW, checkout, intake::take_logs, labels, origin, record};
use crate::sink::{
    LogsBody as _,
    datadog::{Labels, logs::DatadogLogs},
};

const STREAM: &str = "2026/11/21/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44";
const SHARED_STREAM: &str = "2026/11/21/CheckOut[7]4426346c2cdf4c54a74d3bd2b929fc44";

/// Returns the item of a log without a request id, with the labels of these tags.
fn item_of(origin: &Origin, message: &str, tags: &str) -> Value {
    let mut body = DatadogLogs::new(Arc::new(Labels::in_region("eu-west-1").with_tags(tags)));
    body.add(&Record { request_id: None, level: None, ..record(origin, message) }, NOW).unwrap();
    let mut bytes = Vec::new();
    body.finish(&mut bytes);
    take_logs(&bytes).unwrap().remove(0)
}

fn item(origin: &Origin, message: &str) -> Value {
    item_of(origin, message, "")
}

/// Asserts source, service and host of a log group and log stream, and that only functions are labelled as such.
fn check_group(log_group: &str, log_stream: &str, [source, service, host]: [&str; 3]) {
    let item = item(&origin("012345678901", "", log_group, log_stream), "hello");
    let labels = ["ddsource", "service", "host"].map(|name| item[name].as_str().unwrap_or_default());
    assert_eq!(labels, [source, service, host], "{log_group} {log_stream}");
    let is_function = host.starts_with("arn:aws:lambda:");
    assert_eq!(item.get("lambda").is_some(), is_function, "{log_group} {log_stream}");
    assert_eq!(item["ddtags"].to_string().contains("functionname:"), is_function, "{log_group}");
    assert_eq!(item["ddtags"].to_string().contains("env:none"), is_function, "{log_group}");
    let names = json!({"logGroup": log_group, "logStream": log_stream, "owner": "012345678901"});
    assert_eq!(item["aws"], json!({"awslogs": names}));
}

#[test]
fn labels_follow_the_names_of_log_group_and_log_stream() {
    let arn = "arn:aws:lambda:eu-west-1:012345678901:function:checkout";
    let function = ["lambda", "checkout", arn];
    check_group("/aws/lambda/CheckOut", STREAM, function);
    check_group("/team/shared", SHARED_STREAM, function);
    check_group("/aws/vendedlogs/states/Orders-Logs", SHARED_STREAM, function);
    let edge = "arn:aws:lambda:us-east-1:012345678901:function:auth";
    check_group("/aws/lambda/us-east-1.auth", STREAM, ["lambda", "auth", edge]);
    for (log_group, log_stream, source) in [
        ("/aws/lambda-insights", "checkout", "lambda"),
        ("/aws/rds/instance/ledger-db/postgresql", "ledger-db.0", "cloudwatch"),
        ("/aws/vpc/flow-logs", "eni-0aa11bb22cc33dd44-all", "cloudwatch"),
        ("/ecs/basket", "ecs/web/23eef3350e525358aba8a6643bef8973", "cloudwatch"),
        ("/ecs/fargate-logs", "web/1", "fargate"),
        ("/aws/eks/beta/cluster", "kube-apiserver-audit-ce8531a9", "cloudwatch"),
        ("/aws/apigateway/shop-beta", "2abb59b0e59d53e6aa677755e8321208", "cloudwatch"),
        ("aws-waf-logs-shop", "eu-central-1_shop_0", "cloudwatch"),
        ("/aws/vendedlogs/states/Orders-Logs", "states/Orders/2026-04-12-09-00/0a1b2c3d", "cloudwatch"),
        ("trails", "210987654321_CloudTrail_eu-central-1", "cloudtrail"),
        ("aws-cloudtrail-logs-210987654321", "0", "cloudtrail"),
        ("/aws/kinesisfirehose/archive", "DestinationDelivery", "kinesis"),
        ("sns/eu-central-1/210987654321/orders", "881036c4", "sns"),
        ("/myMSKLogGroup", "broker-1", "msk"),
        ("/aws/OpenSearch/elasticsearch-application", "log", "elasticsearch"),
        ("my-app/prod", "worker-1", "cloudwatch"),
    ] {
        check_group(log_group, log_stream, [source, source, log_group]);
    }
}

#[test]
fn log_of_an_unnamed_function_has_lambdas_source() {
    let item = item(&origin("", "", "/team/shared", STREAM), "hello");
    assert_eq!((&item["ddsource"], &item["service"]), (&json!("lambda"), &json!("lambda")));
    assert_eq!((&item["host"], item.get("lambda")), (&json!("/team/shared"), None));
}

fn arrived(arrival: Arrival) -> Origin {
    let mut origin = origin("012345678901", "", "", "");
    origin.arrival = Some(Arc::new(arrival));
    origin
}

/// Asserts the source of an S3 object, which is the service too.
fn check_object(key: &str, source: &str) {
    let item = item(
        &arrived(Arrival { bucket: "logs".to_owned(), key: key.to_owned(), ..Arrival::default() }),
        "hello",
    );
    assert_eq!((&item["ddsource"], &item["service"]), (&json!(source), &json!(source)), "{key}");
    assert_eq!(item["aws"], json!({"s3": {"bucket": "logs", "key": key}}));
    assert_eq!((item.get("host"), item.get("lambda")), (None, None));
}

#[test]
fn labels_follow_the_key_of_an_s3_object() {
    let trail = "AWSLogs/210987654321/CloudTrail/eu-central-1/2026/04/12/210987654321";
    for (key, source) in [
        (&*format!("{trail}_CloudTrail_eu-central-1_20260412T0900Z_a1B2c3D4.json.gz"), "cloudtrail"),
        (
            &*format!("{trail}_CloudTrail-Digest_us-gov-west-1_t_us-gov-west-1_20260412T090000Z.json.gz"),
            "cloudtrail",
        ),
        (&*format!("{trail}_CloudTrail_eu-central-1_20260412T0900Z_wafsns.json.gz"), "cloudtrail"),
        (&*format!("{trail}_CloudTrail_eu-central-1_notes.json.gz"), "s3"),
        ("2026/04/12/09/aws-waf-logs-shop-1-2026-04-12-09-25-30-x123x", "waf"),
        (
            "AWSLogs/210987654321/WAFLogs/eu-central-1/shop/210987654321_waflogs_eu-central-1_shop.log.gz",
            "waf",
        ),
        ("AWSLogs/210987654321/GuardDuty/eu-central-1/2026/04/12/x.jsonl.gz", "guardduty"),
        ("AWSLogs/amazon_kinesis/my-s3.json.gz", "kinesis"),
        ("AWSLogs/amazon_msk/eu-central-1/x.log.gz", "msk"),
        ("AWSLogs/210987654321/elasticloadbalancing/eu-south-1/2026/04/12/x_app.shop.7b1e.log.gz", "s3"),
        ("AWSLogs/210987654321/vpcflowlogs/eu-central-1/2026/04/12/x_fl-0a1b.log.gz", "s3"),
        ("app.log", "s3"),
    ] {
        check_object(key, source);
    }
}

/// Asserts source, and the names besides, of an arrival.
fn check_arrival(arrival: Arrival, source: &str, aws: Option<&Value>, sns: Option<&Value>) {
    let item = item(&arrived(arrival), "hello");
    assert_eq!((&item["ddsource"], &item["service"]), (&json!(source), &json!(source)));
    assert_eq!((item.get("aws"), item.get("Sns")), (aws, sns), "{source}");
    assert_eq!((item.get("host"), item.get("lambda")), (None, None));
}

#[test]
fn labels_follow_the_event_that_the_logs_arrived_in() {
    let none = Arrival::default;
    let (topic, queue) =
        ("arn:aws:sns:eu-west-1:1:dms".to_owned(), "arn:aws:sqs:eu-west-1:1:lines".to_owned());
    let topic_arrival = Arrival { topic_arn: topic.clone(), subject: "Notice".to_owned(), ..none() };
    let sns = json!({"TopicArn": topic, "Subject": "Notice"});
    check_arrival(topic_arrival.clone(), "sns", None, Some(&sns));
    let without_subject = Arrival { subject: String::new(), ..topic_arrival.clone() };
    check_arrival(without_subject, "sns", None, Some(&json!({"TopicArn": topic})));
    let through_queue = Arrival { queue_arn: queue.clone(), ..topic_arrival.clone() };
    check_arrival(through_queue, "sns", Some(&json!({"sqs": {"queueArn": queue}})), Some(&sns));
    let of_queue = Arrival { queue_arn: queue.clone(), ..none() };
    check_arrival(of_queue, "sqs", Some(&json!({"sqs": {"queueArn": queue}})), None);
    let stream = "arn:aws:kinesis:eu-west-1:1:stream/lines".to_owned();
    let of_stream = Arrival { stream_arn: stream.clone(), ..none() };
    check_arrival(of_stream, "kinesis", Some(&json!({"kinesis": {"streamArn": stream}})), None);
    let delivery_stream_arn = "arn:aws:firehose:eu-west-1:1:deliverystream/archive".to_owned();
    let aws = json!({"firehose": {"deliveryStreamArn": delivery_stream_arn}});
    check_arrival(Arrival { delivery_stream_arn, ..none() }, "kinesis", Some(&aws), None);
    for (event_source, source) in [
        ("aws.guardduty", "guardduty"),
        ("aws.securityhub", "securityhub"),
        ("com.shop.orders", "shop"),
        ("shop", "cloudwatch"),
        ("shop.", "cloudwatch"),
    ] {
        let event_source = event_source.to_owned();
        check_arrival(Arrival { event_source, ..none() }, source, None, None);
    }
    let (bucket, key) = ("logs".to_owned(), "app.log".to_owned());
    let s3 = json!({"s3": {"bucket": bucket, "key": key}});
    let by_topic = Arrival { bucket: bucket.clone(), key: key.clone(), ..topic_arrival };
    check_arrival(by_topic, "s3", Some(&s3), None);
    let by_event = Arrival { event_source: "aws.s3".to_owned(), bucket, key, ..none() };
    check_arrival(by_event, "s3", Some(&s3), None);
}

#[test]
fn log_group_identifies_logs_however_they_arrived() {
    let stream_arn = "arn:aws:kinesis:eu-west-1:1:stream/lines".to_owned();
    let mut origin = checkout();
    origin.arrival = Some(Arc::new(Arrival { stream_arn, ..Arrival::default() }));
    let item = item(&origin, "hello");
    assert_eq!(item["ddsource"], "lambda");
    assert!(item["aws"].get("kinesis").is_none() && item["aws"]["awslogs"].is_object(), "{item}");
}

#[test]
fn unknown_origin_has_no_empty_members() {
    let item = item(&Origin::default(), "hello");
    let mut names: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["ddsource", "ddsourcecategory", "ddtags", "id", "message", "service", "timestamp"]);
}

#[test]
fn trace_in_the_log_of_another_service_is_no_invocation() {
    let other = origin("1", "", "/ecs/basket", "ecs/web/23ee");
    let traced = Record { trace_id: Some("1-5d8bba5a-dc29"), request_id: None, ..record(&other, "hello") };
    let item_of = |record: &Record<'_>| {
        let (mut body, mut bytes) = (DatadogLogs::new(Arc::default()), Vec::new());
        body.add(record, NOW).unwrap();
        body.finish(&mut bytes);
        take_logs(&bytes).unwrap().remove(0)
    };
    assert_eq!(item_of(&traced).get("lambda"), None);
    let reported = Record { request_id: Some("6234bffe"), ..traced };
    assert_eq!(item_of(&reported)["lambda"]["request_id"], "6234bffe", "a line of Lambda names it");
}

#[test]
fn configured_service_is_that_of_all_logs() {
    let other = origin("1", "", "/ecs/basket", "ecs/web/23ee");
    assert_eq!(item_of(&other, "hello", "service:shop")["service"], "shop");
    assert_eq!(item_of(&other, "hello", "service:shop")["ddsource"], "cloudwatch");
}

fn check_instance(arn: &str, host: &str) {
    let trail = origin("1", "", "trails", "210987654321_CloudTrail_eu-central-1");
    let message = json!({"eventName": "GetObject", "userIdentity": {"type": "AssumedRole", "arn": arn}});
    assert_eq!(item(&trail, &message.to_string())["host"], host, "{arn}");
}

#[test]
fn host_of_a_cloudtrail_event_is_the_instance_that_acted() {
    let role = "arn:aws:sts::210987654321:assumed-role/web";
    check_instance(&format!("{role}/i-0123456789abcdef0"), "i-0123456789abcdef0");
    check_instance("arn:aws-cn:sts::210987654321:assumed-role/web/i-0a1b2c3d", "i-0a1b2c3d");
    for arn in [
        format!("{role}/ci"),
        format!("{role}/i-0a1b2c3"),
        format!("{role}/i-0123456789abcdef01"),
        format!("{role}/i-0123456789ABCDEF0"),
        "arn:aws:iam::210987654321:user/i-0123456789abcdef0".to_owned(),
        String::new(),
    ] {
        check_instance(&arn, "trails");
    }
    let trail = origin("1", "", "trails", "210987654321_CloudTrail_eu-central-1");
    assert_eq!(item(&trail, "no JSON")["host"], "trails");
    let acted = json!({"userIdentity": {"arn": format!("{role}/i-0a1b2c3d")}}).to_string();
    assert_ne!(item(&checkout(), &acted)["host"], "i-0a1b2c3d", "only events of CloudTrail are read");
}

/// Asserts message, service and tags of a JSON message of the function `checkout`.
fn check_tags(message: &str, rest: &str, service: &str, tags: &str) {
    let item = item_of(&checkout(), message, "team:platform");
    assert_eq!(item["message"], rest);
    assert_eq!(item["service"], service, "{message}");
    let of_function =
        "functionname:checkout,region:eu-west-1,aws_account:012345678901,executedversion:_latest";
    assert_eq!(item["ddtags"], format!("{of_function},team:platform,{tags}"), "{message}");
}

#[test]
fn tags_in_a_json_message_are_added_to_those_of_the_log() {
    let tagged = r#"{"msg":"paid","ddtags":"squad:pay, service:wallet,order:7"}"#;
    check_tags(tagged, r#"{"msg":"paid"}"#, "wallet", "env:none,squad:pay,service:wallet,order:7");
    check_tags(r#"{ "ddtags" : "env:beta" , "n":1.0 }"#, r#"{"n":1.0}"#, "checkout", "env:beta");
    check_tags(r#"{"n":1,"ddtags":"a:b"}"#, r#"{"n":1}"#, "checkout", "env:none,a:b");
    check_tags(r#"{"ddtags":""}"#, "{}", "checkout", "env:none");
}

#[test]
fn tags_in_other_messages_are_left_where_they_are() {
    for message in [
        r#"{"log":{"ddtags":"a:b"}}"#,
        r#"{"ddtags":["a:b"]}"#,
        r#"{"ddtags":"a:b""#,
        r#"{"msg":"\"ddtags\":\"a:b\""}"#,
        r#"[INFO] {"ddtags":"a:b"}"#,
        r#"text with "ddtags""#,
    ] {
        check_tags(message, message, "checkout", "env:none");
    }
}

#[test]
fn rules_set_service_tags_and_attributes() {
    let additions = tailwater_parser::record::Additions {
        service: Some("Shop"),
        tags: vec!["Team:A", "canary"],
        attributes: vec![("deployment.environment.name", "prod")],
        joined: 2,
        sampling_one_in: Some(20),
    };
    let origin = checkout();
    let mut body = DatadogLogs::new(labels());
    let message = r#"{"ddtags":"service:other,a:b","m":1}"#;
    body.add(&Record { additions: Some(&additions), ..record(&origin, message) }, NOW).unwrap();
    body.add(&record(&origin, "x"), NOW).unwrap();
    let mut bytes = Vec::new();
    body.finish(&mut bytes);
    let items: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(items[0]["service"], "shop");
    let tags = items[0]["ddtags"].as_str().unwrap();
    assert!(tags.contains("team:a") && tags.contains("canary") && tags.contains("a:b"), "{tags}");
    assert_eq!(items[0]["attributes"]["deployment.environment.name"], "prod");
    assert_eq!((&items[0]["log.joined"], &items[0]["sampling.one_in"]), (&2.into(), &20.into()));
    assert_eq!((&items[1]["service"], &items[1]["attributes"]), (&"checkout".into(), &Value::Null));
}
