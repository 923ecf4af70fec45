//! Metrics cut into pieces: each a `ResourceMetrics` of its own, with all that a backend has to know of its points.

use super::{
    resource::{Enrichment, Function},
    scope,
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

/// Pieces, the last of which is open.
#[derive(Debug)]
pub(super) struct Pieces {
    scope: Vec<u8>,
    /// Whose metrics come, as the field of a `ResourceMetrics`.
    resource: Vec<u8>,
    /// The open piece's `Metric`s, as fields of a `ScopeMetrics`.
    metrics: Vec<u8>,
    /// Data points in them.
    points: u64,
    closed: Vec<Chunk>,
}

impl Pieces {
    pub(super) fn new() -> Self {
        let (resource, metrics, closed) = (Vec::new(), Vec::new(), Vec::new());
        Self { scope: scope(SCOPE), resource, metrics, points: 0, closed }
    }

    /// What comes next is this function's.
    pub(super) fn begin(&mut self, function: &Function, enrichment: &Enrichment) {
        self.close();
        self.resource.clear();
        function.write(enrichment, &mut Message::on(&mut self.resource), RESOURCE);
    }

    /// Appends a `Metric` of so many data points.
    pub(super) fn add(&mut self, points: u64, write: impl FnOnce(&mut Message<'_>)) {
        Message::on(&mut self.metrics).nested(METRIC, write);
        self.points = self.points.saturating_add(points);
        if self.is_full_with(0) {
            self.close();
        }
    }

    /// Whether so many bytes more are enough for the open piece.
    pub(super) fn is_full_with(&self, len: usize) -> bool {
        self.metrics.len().saturating_add(len) >= CHUNK_SIZE
    }

    pub(super) fn finish(mut self) -> Vec<Chunk> {
        self.close();
        self.closed
    }

    fn close(&mut self) {
        if self.points == 0 {
            return;
        }
        let of_scope = self.scope.len().saturating_add(self.metrics.len());
        let of_group = self.resource.len().saturating_add(field_len(of_scope));
        let mut bytes = Vec::with_capacity(field_len(of_group));
        let mut out = Message::on(&mut bytes);
        out.head(RESOURCE_METRICS, of_group);
        out.encoded(&self.resource);
        out.head(SCOPE_METRICS, of_scope);
        out.encoded(&self.scope);
        out.encoded(&self.metrics);
        self.metrics.clear();
        self.closed.push(Chunk { bytes, points: std::mem::take(&mut self.points) });
    }
}
