//! Resources by what the logs come from: functions, other services, and buckets, topics, queues and streams.

use std::sync::Arc;

use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest},
    resource::v1::Resource,
};
use prost::Message as _;
use tailwater_parser::{Arrival, Line};

use super::*;
use crate::sink::otlp::{LogsEncoder, MetricsBatch};

const STREAM: &str = "2026/04/12/[3]ff680fb9db4b567eacc20455ba5d4249";

fn named(log_group: &str, log_stream: &str) -> Origin {
    let mut origin = Origin::default();
    origin.set_names(log_group, log_stream);
    origin.account = "012345678901".to_owned();
    origin.region = "eu-west-1".to_owned();
    origin
}

/// Returns the attributes of a resource without those of every origin of [`named`].
fn show(resource: Option<&Resource>) -> String {
    let common = "cloud.account.id=012345678901 cloud.region=eu-west-1 ";
    format!("{} ", show_attributes(&resource.expect("a resource").attributes))
        .replace("cloud.provider=aws ", "")
        .replace(common, "")
        .trim_end()
        .to_owned()
}

/// Asserts the resource of a log of this origin.
fn check(origin: &Origin, expected: &str) {
    let mut encoder = LogsEncoder::new(Enrichment::default());
    let record = record(origin, "hello");
    let most = encoder.most_added(&record);
    encoder.add(&record);
    assert!(encoder.encoded_len() <= most, "{} {most}", encoder.encoded_len());
    let mut body = Vec::new();
    encoder.finish(&mut body);
    let request = ExportLogsServiceRequest::decode(&*body).expect("valid protobuf");
    assert_eq!(show(request.resource_logs[0].resource.as_ref()), expected);
}

#[test]
fn function_has_its_attributes_in_any_log_group() {
    let shared = "2026/04/12/checkout[3]ff680fb9db4b567eacc20455ba5d4249";
    check(
        &named("/team/shared", shared),
        &format!(
            "service.name=checkout cloud.platform=aws_lambda \
             cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout \
             faas.version=3 faas.instance={shared} aws.log.group.names=[/team/shared] aws.log.stream.names=[{shared}]"
        ),
    );
    check(
        &named("/team/shared", STREAM),
        &format!(
            "service.name=/team/shared cloud.platform=aws_lambda faas.version=3 faas.instance={STREAM} \
             aws.log.group.names=[/team/shared] aws.log.stream.names=[{STREAM}]"
        ),
    );
}

#[test]
fn replica_at_the_edge_has_the_arn_of_its_function_and_the_region_of_its_logs() {
    let mut origin = named("/aws/lambda/us-east-1.auth", STREAM);
    let names = format!("aws.log.group.names=[/aws/lambda/us-east-1.auth] aws.log.stream.names=[{STREAM}]");
    let function = format!(
        "service.name=auth cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:us-east-1:012345678901:function:auth \
         faas.name=auth faas.version=3 faas.instance={STREAM}"
    );
    check(&origin, &format!("{function} {names}"));
    origin.region.clear();
    check(&origin, &format!("{function} cloud.account.id=012345678901 {names}"));
}

/// Asserts the resource of another service's log group: its platform, and the attribute of its cluster.
fn check_other(log_group: &str, platform: &str, cluster: &str) {
    let names = format!("aws.log.group.names=[{log_group}] aws.log.stream.names=[s]");
    let platform = if platform.is_empty() { String::new() } else { format!("cloud.platform={platform} ") };
    let expected = format!("service.name={log_group} {platform}{names} {cluster}");
    check(&named(log_group, "s"), expected.trim_end());
}

#[test]
fn other_service_has_a_platform_only_if_its_group_tells() {
    for log_group in [
        "/aws/rds/instance/ledger-db/postgresql",
        "/aws/apigateway/shop-beta",
        "/aws/lambda-insights",
        "/aws/lambda-web/shop",
        "my-app/prod",
    ] {
        check_other(log_group, "", "");
    }
    check_other("/ecs/basket", "aws_ecs", "");
    check_other("/aws/elasticbeanstalk/shop/var/log/web.stdout.log", "aws_elastic_beanstalk", "");
    check_other("/aws/eks/beta/cluster", "aws_eks", "k8s.cluster.name=beta");
    check_other("/aws/containerinsights/beta/performance", "", "k8s.cluster.name=beta");
    let cluster = "aws.ecs.cluster.arn=arn:aws:ecs:eu-west-1:012345678901:cluster/beta";
    check_other("/aws/ecs/containerinsights/beta/performance", "aws_ecs", cluster);
}

fn arrived(arrival: Arrival) -> Origin {
    let mut origin = named("", "");
    origin.arrival = Some(Arc::new(arrival));
    origin
}

#[test]
fn logs_without_a_log_group_are_named_after_what_they_arrived_through() {
    let none = Arrival::default;
    let (bucket, key) = ("lb-logs".to_owned(), "AWSLogs/1/elb.log".to_owned());
    let object = Arrival { bucket, key, ..none() };
    check(&arrived(object), "service.name=lb-logs aws.s3.bucket=lb-logs aws.s3.key=AWSLogs/1/elb.log");
    let queue_arn = "arn:aws:sqs:eu-west-1:012345678901:lines".to_owned();
    let queue = Arrival { queue_arn, ..none() };
    check(
        &arrived(queue.clone()),
        "service.name=lines messaging.system=aws_sqs messaging.destination.name=lines",
    );
    let topic_arn = "arn:aws:sns:eu-west-1:012345678901:dms".to_owned();
    let topic = Arrival { topic_arn, subject: "Notice".to_owned(), ..queue };
    check(
        &arrived(topic.clone()),
        "service.name=dms messaging.system=aws_sqs messaging.destination.name=lines \
         aws.sns.topic.arn=arn:aws:sns:eu-west-1:012345678901:dms aws.sns.subject=Notice",
    );
    check(
        &arrived(Arrival { queue_arn: String::new(), ..topic }),
        "service.name=dms messaging.system=aws.sns messaging.destination.name=dms \
         aws.sns.topic.arn=arn:aws:sns:eu-west-1:012345678901:dms aws.sns.subject=Notice",
    );
    let stream_arn = "arn:aws:kinesis:eu-west-1:012345678901:stream/lines".to_owned();
    check(&arrived(Arrival { stream_arn, ..none() }), "service.name=lines aws.kinesis.stream_name=lines");
    let delivery_stream_arn = "arn:aws:firehose:eu-west-1:012345678901:deliverystream/archive".to_owned();
    check(
        &arrived(Arrival { delivery_stream_arn, ..none() }),
        "service.name=archive aws.firehose.delivery_stream_name=archive",
    );
    let (event_source, detail_type) = ("aws.guardduty".to_owned(), "GuardDuty Finding".to_owned());
    check(
        &arrived(Arrival { event_source, detail_type, ..none() }),
        "service.name=aws.guardduty cloudevents.event_source=aws.guardduty \
         cloudevents.event_type=GuardDuty Finding",
    );
}

/// Returns the resource of the metric that a line of this origin declares, and the attributes of its point.
fn declared(origin: &Origin) -> [String; 2] {
    let line = r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[[]],"Metrics":[{"Name":"m"}]}]},"m":1}"#;
    let record = record(origin, line);
    let Line::Emf(emf) = &record.line else { panic!("a line in the embedded metric format") };
    let mut batch = MetricsBatch::new(Enrichment::default());
    batch.add_emf(&record, emf);
    let body: Vec<u8> = batch.finish().into_iter().flat_map(|chunk| chunk.bytes).collect();
    let request = ExportMetricsServiceRequest::decode(&*body).expect("valid protobuf");
    let metrics = &request.resource_metrics[0];
    let metric = &metrics.scope_metrics[0].metrics[0];
    let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::ExponentialHistogram(data)) =
        &metric.data
    else {
        panic!("a histogram")
    };
    [show(metrics.resource.as_ref()), show_attributes(&data.data_points[0].attributes)]
}

#[test]
fn metrics_of_another_service_have_its_log_group() {
    let [resource, point] = declared(&named("/aws/containerinsights/beta/performance", "s"));
    let group = "aws.log.group.names=[/aws/containerinsights/beta/performance]";
    assert_eq!(
        resource,
        format!("service.name=/aws/containerinsights/beta/performance {group} k8s.cluster.name=beta")
    );
    assert!(point.starts_with(group), "{point}");
    let [resource, point] = declared(&named("/aws/lambda/us-east-1.auth", STREAM));
    assert!(resource.contains("cloud.resource_id=arn:aws:lambda:us-east-1:012345678901:function:auth "));
    assert!(point.starts_with("faas.name=auth faas.version=3 cloud.account.id"), "{point}");
}
