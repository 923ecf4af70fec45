//! Encoding of metrics in chunks: each chunk is a complete `ResourceMetrics`, with resource and instrumentation scope.

use super::{
    resource::{Enrichment, Function, scope},
    wire::{Field, Message, field_len},
};
use crate::sink::{CHUNK_SIZE, Chunk};

/// Field of `ExportMetricsServiceRequest`.
const RESOURCE_METRICS: Field = 1;

/// Fields of `ResourceMetrics` and of `ScopeMetrics`.
const RESOURCE: Field = 1;
const SCOPE_METRICS: Field = 2;
const SCOPE: Field = 1;
const METRIC: Field = 2;

/// Writer of chunks. The last chunk is open: metrics can be added to it.
#[derive(Debug)]
pub(super) struct ChunkWriter {
    /// Encoded instrumentation scope, a field of `ScopeMetrics`.
    scope: Vec<u8>,
    /// Encoded resource of the open chunk, a field of `ResourceMetrics`.
    resource: Vec<u8>,
    /// Encoded metrics of the open chunk, fields of `ScopeMetrics`.
    metrics: Vec<u8>,
    /// Number of data points in the open chunk.
    points: u64,
    closed: Vec<Chunk>,
}

impl ChunkWriter {
    pub(super) fn new() -> Self {
        let (resource, metrics, closed) = (Vec::new(), Vec::new(), Vec::new());
        Self { scope: scope(SCOPE), resource, metrics, points: 0, closed }
    }

    /// Closes the open chunk and begins one for the metrics of `function`.
    pub(super) fn begin(&mut self, function: &Function, enrichment: &Enrichment) {
        self.close();
        self.resource.clear();
        function.write(enrichment, &mut Message::on(&mut self.resource), RESOURCE);
    }

    /// Appends a `Metric` to the open chunk. `write` writes its fields; it has `points` data points.
    pub(super) fn add(&mut self, points: u64, write: impl FnOnce(&mut Message<'_>)) {
        Message::on(&mut self.metrics).nested(METRIC, write);
        self.points = self.points.saturating_add(points);
        if self.is_full_with(0) {
            self.close();
        }
    }

    /// True if the open chunk would reach its size limit with `len` more bytes.
    pub(super) fn is_full_with(&self, len: usize) -> bool {
        self.metrics.len().saturating_add(len) >= CHUNK_SIZE
    }

    /// Closes the open chunk and returns all chunks.
    pub(super) fn finish(mut self) -> Vec<Chunk> {
        self.close();
        self.closed
    }

    /// Adds the open chunk to the closed chunks, unless it has no data points.
    fn close(&mut self) {
        if self.points == 0 {
            return;
        }
        let scope_len = self.scope.len().saturating_add(self.metrics.len());
        let resource_len = self.resource.len().saturating_add(field_len(scope_len));
        let mut bytes = Vec::with_capacity(field_len(resource_len));
        let mut out = Message::on(&mut bytes);
        out.head(RESOURCE_METRICS, resource_len);
        out.encoded(&self.resource);
        out.head(SCOPE_METRICS, scope_len);
        out.encoded(&self.scope);
        out.encoded(&self.metrics);
        self.metrics.clear();
        self.closed.push(Chunk { bytes, points: std::mem::take(&mut self.points) });
    }
}
