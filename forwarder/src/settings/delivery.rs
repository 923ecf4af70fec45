//! Settings of the data that is sent: sinks, signals, parking, data to add, and data to leave out.

use tailwater_parser::price::Cpu;

use super::{
    kind::Kind,
    setting::{Setting, TypedSetting},
    sink_name::SinkName,
};
use crate::{
    forward::DerivedMetric,
    parking::Location,
    sink::{EmfScope, Signal, Signals},
    value::{self, BucketPattern, LogGroupPattern, Tag, ValueError},
};

pub(super) const SINKS: TypedSetting<Vec<SinkName>> = Setting::new(
    "TAILWATER_SINKS",
    Kind::Words(SinkName::NAMES),
)
.required()
.doc("Sinks that everything is sent to, each with its own ledger; the only setting that has to be set.")
.accepts(&["otlp, datadog, ndjson"])
.rejects(&[("otlp,loki", ValueError::UnknownWord), ("otlp,otlp", ValueError::Duplicate)])
.parsed_by(|text| value::words(text, SinkName::WORDS));

pub(super) const SIGNALS: TypedSetting<Signals> =
    Setting::new("TAILWATER_SIGNALS", Kind::Words(&["logs", "metrics", "traces"]))
        .default("logs,metrics")
        .doc("Signals to send; `traces` are spans of invocations, which the sink `otlp` takes.")
        .accepts(&["metrics", "metrics,logs", "logs,metrics,traces"])
        .rejects(&[("spans", ValueError::UnknownWord), ("logs,", ValueError::EmptyItem)])
        .parsed_by(signals);

pub(super) const EMF: TypedSetting<EmfScope> = Setting::new("TAILWATER_EMF", Kind::Word(EmfScope::NAMES))
    .default("lambda")
    .doc("Metrics to send that log lines declare in the embedded metric format (EMF): those of Lambda functions and of Lambda Insights, those of all log groups, or none.")
    .accepts(&["lambda", "all", "none"])
    .rejects(&[("true", ValueError::UnknownWord)])
    .parsed_by(|text| value::word(text, EmfScope::WORDS));

pub(super) const DERIVED_METRICS: TypedSetting<Vec<DerivedMetric>> = Setting::new(
    "TAILWATER_DERIVED_METRICS",
    Kind::Words(&["log_bytes", "tenant_cost"]),
)
.doc("Metrics to derive besides those of invocations: bytes of log lines by level, cost by tenant (up to 200 in an invocation of the forwarder); without it, none.")
.accepts(&["log_bytes", "tenant_cost,log_bytes"])
.rejects(&[("tenant", ValueError::UnknownWord), ("log_bytes,log_bytes", ValueError::Duplicate)])
.parsed_by(|text| {
    let words = [("log_bytes", DerivedMetric::LogBytes), ("tenant_cost", DerivedMetric::TenantCost)];
    value::words(text, &words)
});

pub(super) const PARKING: TypedSetting<Location> = Setting::new("TAILWATER_PARKING", Kind::Location)
    .doc("Location where events that cannot be delivered are parked until redrive; without it, AWS has to deliver them again.")
    .accepts(&["s3://my-bucket/tailwater", "file:parked", "sqs:https://sqs.eu-west-1.amazonaws.com/123456789012/parked"])
    .rejects(&[("my-bucket", ValueError::UnknownLocation), ("s3://My_Bucket", ValueError::BadBucket)])
    .parsed_as_url_by(Location::read);

pub(super) const TAGS: TypedSetting<Vec<Tag>> = Setting::new("TAILWATER_TAGS", Kind::Tags)
    .doc("Tags added to everything that is sent.")
    .accepts(&["team:shop,stage:prod"])
    .rejects(&[("team=shop", ValueError::NoColon)])
    .parsed_by(value::tags);

pub(super) const REGION: TypedSetting<String> = Setting::new("TAILWATER_REGION", Kind::Region)
    .doc("Region to assume when the logs do not name one.")
    .accepts(&["eu-west-1", "us-gov-east-1"])
    .rejects(&[("EU-WEST-1", ValueError::BadRegion)])
    .parsed_by(value::region);

pub(super) const ARCH: TypedSetting<Cpu> = Setting::new("TAILWATER_ARCH", Kind::Word(&["x86_64", "arm64"]))
    .doc("Architecture of the functions, which the logs do not name; their cost depends on it.")
    .accepts(&["x86_64", "arm64"])
    .rejects(&[("arm", ValueError::UnknownWord)])
    .parsed_by(|text| Cpu::read(text).ok_or(ValueError::UnknownWord));

pub(super) const EXCLUDE_LOG_GROUPS: TypedSetting<Vec<LogGroupPattern>> =
    Setting::new("TAILWATER_EXCLUDE_LOG_GROUPS", Kind::List)
        .doc("Log groups to refuse, so that forwarding cannot feed itself; a `*` at the end of a name matches any rest.")
        .accepts(&["/aws/lambda/tailwater,/aws/lambda/tail*"])
        .rejects(&[("/aws/lambda/a,,b", ValueError::EmptyItem)])
        .parsed_by(LogGroupPattern::read);

pub(super) const SOURCE_BUCKETS: TypedSetting<Vec<BucketPattern>> =
    Setting::new("TAILWATER_SOURCE_BUCKETS", Kind::List)
        .doc("Buckets whose objects are read when an event names them, besides the parking bucket; a `*` at the end of a name matches any rest; without it, all buckets.")
        .accepts(&["my-logs,trail-*"])
        .rejects(&[("my-logs,,trail", ValueError::EmptyItem), ("logs/2026", ValueError::BadBucket)])
        .parsed_by(BucketPattern::read);

/// Parses the names of the signals to send, separated by commas.
fn signals(text: &str) -> Result<Signals, ValueError> {
    let words = Signal::ALL.map(|signal| (signal.name(), signal));
    value::words(text, &words).map(Signals::from_iter)
}
