//! Limits of a query in memory and time, shared by its workers.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Memory that a query may use for rows and groups, and its progress.
#[derive(Debug, Default)]
pub(super) struct Budget {
    limit: usize,
    used: AtomicUsize,
    is_exceeded: AtomicBool,
    is_truncated: AtomicBool,
    is_stopped: AtomicBool,
    pub(super) any_rows: AtomicU64,
    pub(super) events: AtomicU64,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Takes memory. Returns false if there is none left; then the query ends with a part of its result.
    pub(super) fn reserve(&self, bytes: usize) -> bool {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if used <= self.limit {
            return true;
        }
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        self.is_exceeded.store(true, Ordering::Relaxed);
        false
    }

    pub(super) fn release(&self, bytes: usize) {
        // A row may have been counted with another size than it is released with, never with a smaller one.
        let _ = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| Some(used.saturating_sub(bytes)));
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }

    /// Records that a text or rows were left out because they exceed a fixed limit.
    pub(super) fn truncate(&self) {
        self.is_truncated.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_truncated(&self) -> bool {
        self.is_truncated.load(Ordering::Relaxed)
    }

    /// Makes all workers stop at the next block.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn must_stop(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed) || self.is_exceeded()
    }
}
