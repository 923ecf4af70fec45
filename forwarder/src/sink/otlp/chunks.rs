//! Encoding of metrics or spans in chunks: each chunk is a complete `ResourceMetrics` or `ResourceSpans`, with resource and
//! instrumentation scope. Both have the same field numbers.

use super::{
    resource::scope,
    wire::{Field, Message, field_len},
};
use crate::sink::{CHUNK_SIZE, Chunk};

/// Field `resource_metrics` or `resource_spans` of a request.
const GROUPS: Field = 1;

/// Fields of `ResourceMetrics` and `ScopeMetrics`, or of `ResourceSpans` and `ScopeSpans`.
const RESOURCE: Field = 1;
const SCOPE_ITEMS: Field = 2;
const SCOPE: Field = 1;
const ITEM: Field = 2;

/// Writer of chunks. The last chunk is open: metrics or spans can be added to it.
#[derive(Debug)]
pub(super) struct ChunkWriter {
    /// Encoded instrumentation scope.
    scope: Vec<u8>,
    /// Encoded resource of the open chunk.
    resource: Vec<u8>,
    /// Encoded metrics or spans of the open chunk.
    items: Vec<u8>,
    /// Number of data points or spans in the open chunk.
    points: u64,
    closed: Vec<Chunk>,
}

impl ChunkWriter {
    pub(super) fn new() -> Self {
        let (resource, items, closed) = (Vec::new(), Vec::new(), Vec::new());
        Self { scope: scope(SCOPE), resource, items, points: 0, closed }
    }

    /// Closes the open chunk and begins one. `write` writes its resource as the field with the given number.
    pub(super) fn begin(&mut self, write: impl FnOnce(&mut Message<'_>, Field)) {
        self.close();
        self.resource.clear();
        write(&mut Message::on(&mut self.resource), RESOURCE);
    }

    /// Appends a `Metric` with this number of data points, or a `Span`, to the open chunk. `write` writes its fields.
    pub(super) fn add(&mut self, points: u64, write: impl FnOnce(&mut Message<'_>)) {
        Message::on(&mut self.items).nested(ITEM, write);
        self.points = self.points.saturating_add(points);
        if self.is_full_with(0) {
            self.close();
        }
    }

    /// True if the open chunk would reach its size limit with `len` more bytes.
    pub(super) fn is_full_with(&self, len: usize) -> bool {
        self.items.len().saturating_add(len) >= CHUNK_SIZE
    }

    /// Returns the number of encoded bytes, without the resource of the open chunk.
    pub(super) fn weight(&self) -> usize {
        self.closed.iter().map(|chunk| chunk.bytes.len()).sum::<usize>().saturating_add(self.items.len())
    }

    /// Closes the open chunk and returns all chunks.
    pub(super) fn finish(&mut self) -> Vec<Chunk> {
        self.close();
        std::mem::take(&mut self.closed)
    }

    /// Adds the open chunk to the closed chunks, unless it has no data points.
    fn close(&mut self) {
        if self.points == 0 {
            return;
        }
        let scope_len = self.scope.len().saturating_add(self.items.len());
        let resource_len = self.resource.len().saturating_add(field_len(scope_len));
        let mut bytes = Vec::with_capacity(field_len(resource_len));
        let mut out = Message::on(&mut bytes);
        out.head(GROUPS, resource_len);
        out.encoded(&self.resource);
        out.head(SCOPE_ITEMS, scope_len);
        out.encoded(&self.scope);
        out.encoded(&self.items);
        self.items.clear();
        self.closed.push(Chunk { bytes, points: std::mem::take(&mut self.points) });
    }
}
