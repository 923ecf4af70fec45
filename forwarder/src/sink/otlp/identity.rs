//! Attributes of a resource that tell what the logs come from: a function, another service, or the bucket, topic, queue
//! or stream through which the logs arrived.

use tailwater_parser::{Arrival, Origin};

use super::attribute::Value;

/// Name that the conventions give a service whose name is unknown.
pub(super) const UNKNOWN_SERVICE: &str = "unknown_service";

/// Value of the attribute `cloud.platform` for functions.
pub(super) const LAMBDA: &str = "aws_lambda";

/// Platforms by the beginning of log groups. Only groups whose name a service or its console gives are listed.
const PLATFORMS: [(&str, &str); 5] = [
    ("/ecs/", "aws_ecs"),
    ("/aws/ecs/", "aws_ecs"),
    ("/aws/eks/", "aws_eks"),
    ("/aws/elasticbeanstalk/", "aws_elastic_beanstalk"),
    ("/aws/apprunner/", "aws_app_runner"),
];

/// Beginnings of the log groups of a cluster, before its name, with the orchestrator. Container Insights of Kubernetes
/// has the same groups for clusters inside and outside of EKS.
const CLUSTERS: [(&str, Orchestrator); 3] = [
    ("/aws/eks/", Orchestrator::Kubernetes),
    ("/aws/containerinsights/", Orchestrator::Kubernetes),
    ("/aws/ecs/containerinsights/", Orchestrator::Ecs),
];

/// Software that runs the containers of a cluster.
#[derive(Clone, Copy, Debug)]
enum Orchestrator {
    Kubernetes,
    Ecs,
}

/// Returns the value of `service.name`: the function, else the log group, else the name of the bucket, topic, queue,
/// stream or event source.
pub(super) fn service_name(origin: &Origin) -> &str {
    let arrival = origin.arrival.as_deref();
    let of_arrival = || {
        let arrival = arrival?;
        let topic = last_part(&arrival.topic_arn, ':');
        let queue = last_part(&arrival.queue_arn, ':');
        let stream = last_part(&arrival.stream_arn, '/');
        let delivery_stream = last_part(&arrival.delivery_stream_arn, '/');
        [arrival.bucket.as_str(), &arrival.event_source, topic, queue, stream, delivery_stream]
            .into_iter()
            .find(|name| !name.is_empty())
    };
    let known = [origin.function(), origin.log_group()].into_iter().find(|name| !name.is_empty());
    known.or_else(of_arrival).unwrap_or(UNKNOWN_SERVICE)
}

/// Returns the value of `cloud.platform`; empty if unknown.
pub(super) fn platform(origin: &Origin) -> &'static str {
    if origin.is_lambda() { LAMBDA } else { platform_of_group(origin.log_group()) }
}

/// Returns the platform of another service's log group; empty if unknown.
pub(super) fn platform_of_group(log_group: &str) -> &'static str {
    PLATFORMS.iter().find(|(prefix, _)| log_group.starts_with(prefix)).map_or("", |(_, platform)| platform)
}

/// Returns the attribute that names the cluster that a log group is for; `None` if it is for none, or if a part of the
/// cluster's ARN is unknown. `partition` is that of the region.
pub(super) fn cluster(
    log_group: &str,
    partition: &str,
    region: &str,
    account: &str,
) -> Option<(&'static str, String)> {
    let found = |(prefix, orchestrator): &(&str, Orchestrator)| {
        let name = log_group.strip_prefix(prefix)?.split('/').next()?;
        (!name.is_empty()).then_some((name, *orchestrator))
    };
    let (name, orchestrator) = CLUSTERS.iter().find_map(found)?;
    match orchestrator {
        Orchestrator::Kubernetes => Some(("k8s.cluster.name", name.to_owned())),
        Orchestrator::Ecs => {
            let arn = format!("arn:{partition}:ecs:{region}:{account}:cluster/{name}");
            (!region.is_empty() && !account.is_empty()).then_some(("aws.ecs.cluster.arn", arn))
        }
    }
}

/// Returns the attributes that name what the logs arrived through. Unknown ones are empty.
pub(super) fn arrival_attributes(origin: &Origin) -> impl Iterator<Item = (&str, Value<'_>)> {
    origin.arrival.as_deref().into_iter().flat_map(|arrival| {
        let (system, destination) = messaging(arrival);
        [
            ("aws.s3.bucket", &*arrival.bucket),
            ("aws.s3.key", &arrival.key),
            ("messaging.system", system),
            ("messaging.destination.name", destination),
            ("aws.sns.topic.arn", &arrival.topic_arn),
            ("aws.sns.subject", &arrival.subject),
            ("aws.kinesis.stream_name", last_part(&arrival.stream_arn, '/')),
            ("aws.firehose.delivery_stream_name", last_part(&arrival.delivery_stream_arn, '/')),
            ("cloudevents.event_source", &arrival.event_source),
            ("cloudevents.event_type", &arrival.detail_type),
        ]
        .map(|(name, text)| (name, Value::Text(text)))
    })
}

/// Returns the messaging system and the name of the queue or topic. A topic that sent to a queue is named by its ARN
/// only.
fn messaging(arrival: &Arrival) -> (&'static str, &str) {
    let queue = last_part(&arrival.queue_arn, ':');
    let topic = last_part(&arrival.topic_arn, ':');
    match (queue, topic) {
        ("", "") => ("", ""),
        ("", topic) => ("aws.sns", topic),
        (queue, _) => ("aws_sqs", queue),
    }
}

/// Returns the part of an ARN after the last separator, which is the name of the resource.
fn last_part(arn: &str, separator: char) -> &str {
    arn.rsplit(separator).next().unwrap_or(arn)
}
