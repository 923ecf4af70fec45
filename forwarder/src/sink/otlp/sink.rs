//! OTLP as a sink.

use tailwater_parser::{
    Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
};

use super::{Enrichment, LogsEncoder, MetricsBatch};
use crate::sink::{
    Answer, Chunk, Endpoint, Limits, LogsBody, MetricsBody, NoRoom, RejectedPoints, Signal, Sink, Verdict,
};

/// The protocol names no limit. Receivers that hand on over gRPC take 4 MiB by default, and Loki repeats what a resource
/// says with each of its records before it does: four times as much, where lines are short. It answers 503 to what is more,
/// as if it could be sent again.
const ENCODED: usize = 1024 * 1024;

/// An OTLP backend.
#[derive(Clone, Debug)]
pub struct Otlp {
    /// Where logs go, if they do.
    pub logs: Option<Endpoint>,
    /// Where metrics go, if they do.
    pub metrics: Option<Endpoint>,
    /// What stands on every resource.
    pub enrichment: Enrichment,
}

impl Sink for Otlp {
    fn limits(&self, _: Signal) -> Limits {
        Limits { events: u64::MAX, encoded: ENCODED, compressed: ENCODED }
    }

    fn logs(&self) -> Box<dyn LogsBody> {
        Box::new(LogsEncoder::new(self.enrichment.clone()))
    }

    fn metrics(&self) -> Box<dyn MetricsBody> {
        Box::new(MetricsBatch::new(self.enrichment.clone()))
    }

    fn endpoint(&self, signal: Signal) -> Option<&Endpoint> {
        match signal {
            Signal::Logs => self.logs.as_ref(),
            Signal::Metrics => self.metrics.as_ref(),
        }
    }

    fn verdict(&self, answer: &Answer<'_>, now: UnixMillis) -> Verdict {
        super::verdict(answer, now)
    }
}

impl LogsBody for LogsEncoder {
    fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), NoRoom> {
        if self.encoded_len() + self.most_added(record) > ENCODED {
            return Err(if self.count() == 0 { NoRoom::Event } else { NoRoom::Body });
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

    fn weight(&self) -> usize {
        self.weight()
    }

    fn finish(&mut self) -> Vec<Chunk> {
        self.finish()
    }
}
