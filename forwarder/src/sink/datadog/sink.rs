//! Sink that sends to Datadog.

use std::sync::Arc;

use tailwater_parser::UnixMillis;

use super::{
    endpoints::Endpoints,
    labels::Labels,
    limits::{CONTENT_TYPE, LOGS_BODY, LOGS_ITEMS, POINTS_BODY, RETRY_HEADER, STORAGE_TAG_HEADER},
    logs::DatadogLogs,
    metrics::DatadogMetrics,
    response,
};
use crate::sink::{
    BackendResponse, Encoding, Endpoint, Limits, LogsBody, MetricsBody, Signal, Sink, Verdict,
};

/// Sink that sends to a Datadog account.
#[derive(Clone, Debug)]
pub struct Datadog {
    logs: Endpoint,
    points: Endpoint,
    labels: Arc<Labels>,
}

impl Datadog {
    /// Creates a sink that sends to `endpoints` and adds `labels` to all logs and points.
    #[must_use]
    pub fn new(endpoints: Endpoints, labels: Labels) -> Self {
        let endpoint = |url, encoding| Endpoint { url, content_type: CONTENT_TYPE, encoding, header: None };
        Self {
            logs: endpoint(endpoints.logs, Encoding::Gzip),
            // Deflate is the only compression that the API documents for distribution points.
            points: endpoint(endpoints.points, Encoding::Deflate),
            labels: Arc::new(labels),
        }
    }

    /// Sends all bodies without compression.
    #[must_use]
    pub fn uncompressed(mut self) -> Self {
        self.logs.encoding = Encoding::Identity;
        self.points.encoding = Encoding::Identity;
        self
    }

    /// Asks Datadog to add the tags of these kinds of resources to logs: `s3`, `cloudwatch` or both.
    #[must_use]
    pub fn with_storage_tag(mut self, storage_tag: Option<&'static str>) -> Self {
        self.logs.header = storage_tag.map(|kinds| (STORAGE_TAG_HEADER, kinds));
        self
    }
}

impl Sink for Datadog {
    fn limits(&self, signal: Signal) -> Limits {
        match signal {
            Signal::Logs => Limits {
                events: u64::try_from(LOGS_ITEMS).unwrap_or(u64::MAX),
                encoded: LOGS_BODY,
                compressed: LOGS_BODY,
            },
            Signal::Metrics | Signal::Traces => {
                Limits { events: u64::MAX, encoded: POINTS_BODY, compressed: POINTS_BODY }
            }
        }
    }

    fn logs(&self) -> Box<dyn LogsBody> {
        Box::new(DatadogLogs::new(Arc::clone(&self.labels)))
    }

    fn metrics(&self) -> Box<dyn MetricsBody> {
        Box::new(DatadogMetrics::new(Arc::clone(&self.labels)))
    }

    fn endpoint(&self, signal: Signal) -> Option<&Endpoint> {
        match signal {
            Signal::Logs => Some(&self.logs),
            Signal::Metrics => Some(&self.points),
            Signal::Traces => None,
        }
    }

    fn takes_metric_lines(&self) -> bool {
        true
    }

    fn retry_header(&self) -> Option<&'static str> {
        Some(RETRY_HEADER)
    }

    fn verdict(&self, response: &BackendResponse<'_>, now: UnixMillis) -> Verdict {
        response::verdict(response, now)
    }
}
