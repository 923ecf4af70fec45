//! OpenTelemetry's protocol over HTTP, as protobuf: bodies of logs and of metrics, and what the answers mean.
//!
//! The facts are those of the OTLP specification 1.11 and of the semantic conventions 1.44. Conventions have nothing
//! for much of what Lambda tells: those names begin with `aws.lambda.`, our own with `tailwater.`.

mod attribute;
mod chunks;
mod declared;
mod fields;
mod histogram;
mod logs;
mod metrics;
mod names;
mod point;
mod resource;
mod response;
mod sink;
#[cfg(test)]
mod tests;
mod time;
mod wire;

pub use self::{
    logs::LogsEncoder,
    metrics::MetricsBatch,
    names::{Instrument, METRICS, Named},
    resource::Enrichment,
    response::verdict,
    sink::Otlp,
};

/// Where logs are sent, below the endpoint.
pub const LOGS_PATH: &str = "/v1/logs";

/// Where metrics are sent, below the endpoint.
pub const METRICS_PATH: &str = "/v1/metrics";

/// The content type of both bodies.
pub const CONTENT_TYPE: &str = "application/x-protobuf";

/// Who encoded a group, as the field `field`, an `InstrumentationScope` of a name (1) and a version (2).
fn scope(field: wire::Field) -> Vec<u8> {
    let mut out = Vec::new();
    wire::Message::on(&mut out).nested(field, |scope| {
        scope.bytes(1, b"tailwater");
        scope.bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
    });
    out
}
