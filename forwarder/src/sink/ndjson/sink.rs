//! Sink that writes NDJSON to standard output or to a file, so no backend responds.

use tailwater_parser::{
    Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
};

use super::write::{write_emf, write_invocation, write_metrics, write_point, write_record};
use crate::rules::MetricPoint;
use crate::sink::{
    AddError, BackendResponse, Chunk, Endpoint, Limits, LogsBody, MetricsBody, RejectedPoints, Signal, Sink,
    Verdict, WORTH_TAKING,
};

/// Approximate maximum size of a body in bytes.
const BODY_SIZE: usize = 4 * 1024 * 1024;

/// Sink that writes NDJSON.
#[derive(Clone, Copy, Debug)]
pub struct Ndjson;

/// Body under construction: lines of NDJSON.
#[derive(Debug, Default)]
struct Lines {
    /// Encoded bytes that [`LogsBody::take`] did not take yet.
    text: Vec<u8>,
    /// Number of bytes of this body that [`LogsBody::take`] took.
    taken: usize,
}

impl Sink for Ndjson {
    fn limits(&self, _: Signal) -> Limits {
        Limits { events: u64::MAX, encoded: BODY_SIZE, compressed: usize::MAX }
    }

    fn logs(&self) -> Box<dyn LogsBody> {
        Box::new(Lines::default())
    }

    fn metrics(&self) -> Box<dyn MetricsBody> {
        Box::new(Lines::default())
    }

    fn endpoint(&self, _: Signal) -> Option<&Endpoint> {
        None
    }

    fn verdict(&self, _: &BackendResponse<'_>, _: UnixMillis) -> Verdict {
        Verdict::Delivered
    }
}

impl LogsBody for Lines {
    fn add(&mut self, record: &Record<'_>, _: UnixMillis) -> Result<(), AddError> {
        if self.taken + self.text.len() >= BODY_SIZE {
            return Err(AddError::BodyFull);
        }
        write_record(record, &mut self.text);
        Ok(())
    }

    fn take(&mut self, out: &mut Vec<u8>) {
        if self.text.len() >= WORTH_TAKING {
            self.taken += self.text.len();
            out.append(&mut self.text);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.taken = 0;
        out.append(&mut self.text);
    }
}

impl MetricsBody for Lines {
    fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        _: UnixMillis,
    ) -> RejectedPoints {
        write_invocation(invocation, terms, &mut self.text);
        write_metrics(invocation, terms, &mut self.text);
        RejectedPoints::default()
    }

    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, _: UnixMillis) -> RejectedPoints {
        write_emf(record, emf, &mut self.text);
        RejectedPoints::default()
    }

    fn add_point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>, _: UnixMillis) -> RejectedPoints {
        write_point(record, point, &mut self.text);
        RejectedPoints::default()
    }

    fn weight(&self) -> usize {
        self.text.len()
    }

    /// Returns all lines as one chunk, because NDJSON has no size limit. The points are not counted, because none
    /// can be rejected.
    fn finish(&mut self) -> Vec<Chunk> {
        let bytes = std::mem::take(&mut self.text);
        if bytes.is_empty() { Vec::new() } else { vec![Chunk { bytes, points: 0 }] }
    }
}
