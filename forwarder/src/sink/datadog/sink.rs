//! Datadog as a sink.

use std::sync::Arc;

use tailwater_parser::{
    Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
};

use super::{
    DoesNotFit, Endpoints, Labels, LogsEncoder, PointsEncoder,
    limits::{CONTENT_TYPE, LOGS_BODY, LOGS_ITEMS, POINTS_BODY, WAIT_HEADER},
    points::DELIMITERS,
};
use crate::sink::{
    Answer, Chunk, Delimiters, Encoding, Endpoint, Limits, LogsBody, MetricsBody, NoRoom, RejectedPoints,
    Signal, Sink, Verdict, WORTH_TAKING,
};

/// A Datadog account.
#[derive(Clone, Debug)]
pub struct Datadog {
    logs: Endpoint,
    points: Endpoint,
    labels: Arc<Labels>,
}

impl Datadog {
    /// The account behind these intakes, which gets these labels.
    #[must_use]
    pub fn new(endpoints: Endpoints, labels: Labels) -> Self {
        let endpoint = |url, encoding| Endpoint { url, content_type: CONTENT_TYPE, encoding };
        Self {
            logs: endpoint(endpoints.logs, Encoding::Gzip),
            // Nothing else is in the API's list for points.
            points: endpoint(endpoints.points, Encoding::Deflate),
            labels: Arc::new(labels),
        }
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
            Signal::Metrics => Limits { events: u64::MAX, encoded: POINTS_BODY, compressed: POINTS_BODY },
        }
    }

    fn logs(&self) -> Box<dyn LogsBody> {
        Box::new(LogsEncoder::new(Arc::clone(&self.labels)))
    }

    fn metrics(&self) -> Box<dyn MetricsBody> {
        Box::new(PointsEncoder::new(Arc::clone(&self.labels)))
    }

    fn endpoint(&self, signal: Signal) -> Option<&Endpoint> {
        Some(match signal {
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.points,
        })
    }

    fn wait_header(&self) -> Option<&'static str> {
        Some(WAIT_HEADER)
    }

    fn verdict(&self, answer: &Answer<'_>, now: UnixMillis) -> Verdict {
        super::verdict(answer, now)
    }
}

impl LogsBody for LogsEncoder {
    fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), NoRoom> {
        self.add(record, now).map(drop).map_err(|error| match error {
            DoesNotFit::BodyFull => NoRoom::Body,
            DoesNotFit::ItemTooLong { .. } => NoRoom::Event,
        })
    }

    fn take(&mut self, out: &mut Vec<u8>) {
        if self.pending_len() >= WORTH_TAKING {
            self.take_encoded(out);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.finish(out);
    }
}

impl MetricsBody for PointsEncoder {
    fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        now: UnixMillis,
    ) -> RejectedPoints {
        self.add_invocation(invocation, terms, now).left_out()
    }

    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) -> RejectedPoints {
        self.add_emf(record, emf, now).left_out()
    }

    fn weight(&self) -> usize {
        self.weight()
    }

    fn finish(&mut self) -> Vec<Chunk> {
        self.finish()
    }

    fn delimiters(&self) -> Delimiters {
        DELIMITERS
    }
}
