//! Source (`ddsource`) of logs, as Datadog's forwarder 5.4 derives it from the names of log groups, log streams and S3
//! objects. Datadog chooses its processing pipeline by the source.

use std::borrow::Cow;

use tailwater_parser::{Arrival, Origin};

/// Source of the logs of Lambda functions.
pub(super) const LAMBDA: &str = "lambda";

/// Source of the events of CloudTrail.
pub(super) const CLOUDTRAIL: &str = "cloudtrail";

/// Source of notifications of an SNS topic.
pub(super) const SNS: &str = "sns";

/// Source of Kinesis data streams and of Firehose.
const KINESIS: &str = "kinesis";

/// Source of log groups that no rule names.
const CLOUDWATCH: &str = "cloudwatch";

/// Text in the log streams of CloudTrail, `ACCOUNT_CloudTrail_REGION`.
const CLOUDTRAIL_STREAM: &str = "_CloudTrail_";

/// Sources of log groups by the beginning of their names, which are compared in lower case.
const GROUP_PREFIXES: [(&str, &str); 3] = [("/aws/kinesis", KINESIS), ("/aws/lambda", LAMBDA), ("sns/", SNS)];

/// Sources of log groups that contain the name of the source. They are tried after [`GROUP_PREFIXES`].
const IN_GROUPS: [&str; 4] = [CLOUDTRAIL, "elasticsearch", "fargate", "msk"];

/// Sources of S3 objects by a part of their keys, which are compared in lower case.
const IN_KEYS: [(&str, &str); 5] = [
    ("aws-waf-logs", "waf"),
    ("waflogs", "waf"),
    ("guardduty", "guardduty"),
    ("amazon_kinesis", KINESIS),
    ("amazon_msk", "msk"),
];

/// Returns the source of logs of `origin`.
pub(super) fn source_of(origin: &Origin) -> Cow<'_, str> {
    if origin.is_lambda() {
        return Cow::Borrowed(LAMBDA);
    }
    match &origin.arrival {
        Some(arrival) if origin.log_group().is_empty() && origin.log_stream().is_empty() => {
            of_arrival(arrival)
        }
        Some(_) | None => Cow::Borrowed(of_names(origin)),
    }
}

/// Returns the source of a log group and a log stream.
fn of_names(origin: &Origin) -> &'static str {
    if origin.log_stream().contains(CLOUDTRAIL_STREAM) {
        return CLOUDTRAIL;
    }
    let group = origin.log_group().to_lowercase();
    let by_prefix = GROUP_PREFIXES.iter().find(|(prefix, _)| group.starts_with(prefix));
    let by_name = || IN_GROUPS.into_iter().find(|name| group.contains(name));
    by_prefix.map(|(_, source)| *source).or_else(by_name).unwrap_or(CLOUDWATCH)
}

/// Returns the source of events that have no log group. Datadog's forwarder does not accept lines from queues; they get
/// the name of the service, like those from streams.
fn of_arrival(arrival: &Arrival) -> Cow<'_, str> {
    let named = [
        (&arrival.topic_arn, SNS),
        (&arrival.stream_arn, KINESIS),
        (&arrival.delivery_stream_arn, KINESIS),
        (&arrival.queue_arn, "sqs"),
        (&arrival.bucket, "s3"),
    ];
    if !arrival.key.is_empty() {
        return Cow::Borrowed(of_key(&arrival.key));
    }
    if !arrival.event_source.is_empty() {
        return Cow::Borrowed(of_event(&arrival.event_source));
    }
    let known = named.into_iter().find(|(name, _)| !name.is_empty());
    Cow::Borrowed(known.map_or(CLOUDWATCH, |(_, source)| source))
}

/// Returns the source of an EventBridge event: the part of its `source` after the first dot, `guardduty` of
/// `aws.guardduty`.
fn of_event(event_source: &str) -> &str {
    event_source.split('.').nth(1).filter(|source| !source.is_empty()).unwrap_or(CLOUDWATCH)
}

/// Returns the source of an S3 object.
fn of_key(key: &str) -> &'static str {
    let key = key.to_lowercase();
    if is_cloudtrail(&key) {
        return CLOUDTRAIL;
    }
    IN_KEYS.iter().find(|(part, _)| key.contains(part)).map_or("s3", |(_, source)| *source)
}

/// True for the key (in lower case) of an object that CloudTrail wrote:
/// `…/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_ID.json.gz`, also of digests and insights.
fn is_cloudtrail(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    let Some(name) = name.strip_suffix(".json.gz") else { return false };
    let mut parts = name.split('_');
    let account = parts.next().is_some_and(|part| part.ends_with(|c: char| c.is_ascii_digit()));
    let service = matches!(parts.next(), Some("cloudtrail" | "cloudtrail-digest" | "cloudtrail-insight"));
    let region = parts.next().is_some_and(|part| part.split('-').count() >= 3);
    account && service && region && parts.any(is_time)
}

/// True for a time as CloudTrail writes it into keys, in lower case: `20260412t0900z`.
fn is_time(part: &str) -> bool {
    let split = part.strip_suffix('z').and_then(|part| part.split_once('t'));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    split.is_some_and(|(day, time)| {
        day.len() == 8 && (4..=6).contains(&time.len()) && digits(day) && digits(time)
    })
}
