//! Stand-in for an OTLP/HTTP receiver. Decodes with OpenTelemetry's own types.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse},
        metrics::v1::{
            ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        },
        trace::v1::{ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse},
    },
    common::v1::{AnyValue, any_value::Value},
    logs::v1::LogRecord,
    metrics::v1::{NumberDataPoint, metric::Data, number_data_point},
};
use prost::Message as _;

use super::{Protocol, ReceivedLog, RequestContents, decode_body};
use crate::http::{Request, Response};

/// Maximum size of a decoded body, as the OTLP specification recommends.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
const CONTENT_TYPE: &str = "application/x-protobuf";

/// Receiver of `/v1/logs`, `/v1/metrics` and `/v1/traces`, uncompressed or with gzip or zstd.
#[derive(Clone, Copy, Debug, Default)]
pub struct Otlp;

impl Protocol for Otlp {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        if request.head.method() != "POST" {
            return Err(Response::new(405, ""));
        }
        if request.head.header("content-type") != Some(CONTENT_TYPE) {
            return Err(Response::new(415, "content-type"));
        }
        let body = decode_body(request, &["identity", "gzip", "zstd"], BODY_LIMIT)?;
        let bad = |error: prost::DecodeError| Response::new(400, error.to_string());
        match request.head.path() {
            "/v1/logs" => Ok(logs(ExportLogsServiceRequest::decode(&*body).map_err(bad)?)),
            "/v1/metrics" => Ok(metrics(ExportMetricsServiceRequest::decode(&*body).map_err(bad)?)),
            "/v1/traces" => Ok(spans(ExportTraceServiceRequest::decode(&*body).map_err(bad)?)),
            _ => Err(Response::new(404, "")),
        }
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        let rejected = i64::try_from(rejected).unwrap_or(i64::MAX);
        let error_message = if rejected > 0 { "rejected by the fault schedule" } else { "" }.to_owned();
        let body = if request.head.path() == "/v1/logs" {
            let partial = ExportLogsPartialSuccess { rejected_log_records: rejected, error_message };
            ExportLogsServiceResponse { partial_success: (rejected > 0).then_some(partial) }.encode_to_vec()
        } else if request.head.path() == "/v1/traces" {
            let partial = ExportTracePartialSuccess { rejected_spans: rejected, error_message };
            ExportTraceServiceResponse { partial_success: (rejected > 0).then_some(partial) }.encode_to_vec()
        } else {
            let partial = ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message };
            ExportMetricsServiceResponse { partial_success: (rejected > 0).then_some(partial) }
                .encode_to_vec()
        };
        Response::new(200, body).with("Content-Type", CONTENT_TYPE)
    }
}

fn logs(request: ExportLogsServiceRequest) -> RequestContents {
    let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
    let logs = scopes.flat_map(|scope| scope.log_records).map(got).collect();
    RequestContents { logs, ..RequestContents::default() }
}

/// Converts an OTLP log record. Its id is the attribute `log.record.uid`, which has the suffix `/PART` if the
/// event was split.
fn got(record: LogRecord) -> ReceivedLog {
    let uid = record.attributes.into_iter().find(|attribute| attribute.key == "log.record.uid");
    let uid = uid.and_then(|attribute| attribute.value).map(text).unwrap_or_default();
    let message = record.body.map(text).unwrap_or_default();
    match uid.rsplit_once('/').and_then(|(id, part)| Some((id, part.parse().ok()?))) {
        Some((id, part)) if !id.is_empty() => ReceivedLog { id: id.to_owned(), part: Some(part), message },
        Some(_) | None => ReceivedLog { id: uid, part: None, message },
    }
}

/// Returns a string value as it is and any other value in its debug form.
fn text(value: AnyValue) -> String {
    match value.value {
        Some(Value::StringValue(text)) => text,
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

fn metrics(request: ExportMetricsServiceRequest) -> RequestContents {
    let (mut points, mut sums) = (BTreeMap::new(), BTreeMap::new());
    let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    for metric in scopes.flat_map(|scope| scope.metrics) {
        let count = metric.data.as_ref().map_or(0, data_points);
        *sums.entry(metric.name.clone()).or_default() += metric.data.as_ref().map_or(0.0, sum);
        *points.entry(metric.name).or_default() += u64::try_from(count).unwrap_or(u64::MAX);
    }
    RequestContents { points, sums, ..RequestContents::default() }
}

fn spans(request: ExportTraceServiceRequest) -> RequestContents {
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    let mut spans = BTreeMap::new();
    for span in scopes.flat_map(|scope| scope.spans) {
        let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        *spans.entry(format!("{} {}", hex(&span.trace_id), hex(&span.span_id))).or_default() += 1;
    }
    RequestContents { spans, ..RequestContents::default() }
}

/// Returns the sum of the points of a sum, or of the values in the points of an exponential histogram.
fn sum(data: &Data) -> f64 {
    match data {
        Data::Sum(sum) => sum.data_points.iter().map(number).sum(),
        Data::ExponentialHistogram(histogram) => {
            histogram.data_points.iter().filter_map(|point| point.sum).sum()
        }
        Data::Gauge(_) | Data::Histogram(_) | Data::Summary(_) => 0.0,
    }
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "what tests count is below 2^53")]
fn number(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(number_data_point::Value::AsDouble(value)) => value,
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => 0.0,
    }
}

fn data_points(data: &Data) -> usize {
    match data {
        Data::Gauge(gauge) => gauge.data_points.len(),
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        Data::ExponentialHistogram(histogram) => histogram.data_points.len(),
        Data::Summary(summary) => summary.data_points.len(),
    }
}
