//! Sink that sends OTLP over HTTP.

use tailwater_parser::{
    Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
};

use super::{logs::LogsEncoder, metrics::MetricsBatch, resource::Enrichment, response, spans::SpansBatch};
use crate::rules::MetricPoint;
use crate::sink::{
    AddError, BackendResponse, Chunk, Endpoint, Limits, LogsBody, MetricsBody, RejectedPoints, Signal, Sink,
    SpanScope, SpansBody, Verdict,
};

/// Maximum size of a body in bytes. The protocol defines no limit. Receivers that use gRPC internally accept 4 MiB
/// by default. Loki copies the attributes of the resource to each record before it checks its limit, which makes a
/// body of short lines four times as large. If the copy exceeds the limit, Loki responds with 503, as if a retry
/// could succeed.
const MAX_ENCODED: usize = 1024 * 1024;

/// Sink that sends to an OTLP backend.
#[derive(Clone, Debug, Default)]
pub struct Otlp {
    /// Endpoint that logs are sent to; `None` if logs are not sent.
    pub logs: Option<Endpoint>,
    /// Endpoint that metrics are sent to; `None` if metrics are not sent.
    pub metrics: Option<Endpoint>,
    /// Endpoint that spans are sent to; `None` if traces are not sent.
    pub traces: Option<Endpoint>,
    /// Invocations whose spans are sent.
    pub spans: SpanScope,
    /// Attributes of every resource.
    pub enrichment: Enrichment,
}

impl Sink for Otlp {
    fn limits(&self, _: Signal) -> Limits {
        Limits { events: u64::MAX, encoded: MAX_ENCODED, compressed: MAX_ENCODED }
    }

    fn logs(&self) -> Box<dyn LogsBody> {
        let encoder = LogsEncoder::new(self.enrichment.clone());
        Box::new(if self.traces.is_some() { encoder.with_derived_trace_ids() } else { encoder })
    }

    fn metrics(&self) -> Box<dyn MetricsBody> {
        Box::new(MetricsBatch::new(self.enrichment.clone()))
    }

    fn spans(&self) -> Option<Box<dyn SpansBody>> {
        Some(Box::new(SpansBatch::new(self.enrichment.clone(), self.spans)))
    }

    fn endpoint(&self, signal: Signal) -> Option<&Endpoint> {
        match signal {
            Signal::Logs => self.logs.as_ref(),
            Signal::Metrics => self.metrics.as_ref(),
            Signal::Traces => self.traces.as_ref(),
        }
    }

    fn explanation(&self, response: &BackendResponse<'_>) -> Option<String> {
        response::explain(response)
    }

    fn verdict(&self, response: &BackendResponse<'_>, now: UnixMillis) -> Verdict {
        response::verdict(response, now)
    }
}

impl LogsBody for LogsEncoder {
    fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), AddError> {
        if self.encoded_len() + self.most_added(record) > MAX_ENCODED {
            return Err(if self.count() == 0 { AddError::EventTooLarge } else { AddError::BodyFull });
        }
        self.observe(now);
        self.add(record);
        Ok(())
    }

    fn take(&mut self, out: &mut Vec<u8>) {
        self.take_closed(out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.finish(out);
    }
}

impl MetricsBody for MetricsBatch {
    fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        _: UnixMillis,
    ) -> RejectedPoints {
        self.add(invocation, terms);
        RejectedPoints::default()
    }

    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, _: UnixMillis) -> RejectedPoints {
        self.add_emf(record, emf);
        RejectedPoints::default()
    }

    fn add_point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>, _: UnixMillis) -> RejectedPoints {
        self.add_point(record, point);
        RejectedPoints::default()
    }

    fn weight(&self) -> usize {
        self.weight()
    }

    fn finish(&mut self) -> Vec<Chunk> {
        self.finish()
    }
}
