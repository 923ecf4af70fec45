//! Sink for OTLP over HTTP with protobuf: bodies of logs, metrics and traces, and the interpretation of responses.
//!
//! The sources are the OTLP specification 1.11 and the semantic conventions 1.44. If the conventions have no
//! attribute for data of Lambda, its name has the prefix `aws.lambda.`. Names of Tailwater's own data have the
//! prefix `tailwater.`.

mod additions;
mod attribute;
mod chunks;
mod declared;
mod fields;
mod histogram;
mod identity;
mod logs;
mod metrics;
mod names;
mod point;
mod resource;
mod response;
mod sink;
mod span_ids;
mod spans;
#[cfg(test)]
mod tests;
mod time;
mod wire;

pub use self::{
    logs::LogsEncoder,
    metrics::MetricsBatch,
    names::{Instrument, METRICS, MetricDefinition},
    resource::Enrichment,
    response::{explain, verdict},
    sink::Otlp,
    spans::SpansBatch,
};

/// Path of the endpoint for logs.
pub const LOGS_PATH: &str = "/v1/logs";

/// Path of the endpoint for metrics.
pub const METRICS_PATH: &str = "/v1/metrics";

/// Path of the endpoint for traces.
pub const TRACES_PATH: &str = "/v1/traces";

/// Content type of all bodies.
pub const CONTENT_TYPE: &str = "application/x-protobuf";
