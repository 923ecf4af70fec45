//! Pass over the log lines of a store for the insight, with several workers that each read whole blocks.

#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::line;

use crate::{
    store::{BlockInfo, Store, StoreError},
    view::lines::{LineCollector, SeenLine},
};

/// Pass over the lines of a store.
pub struct LineScan<'s> {
    /// Only events in this range.
    pub range: TimeRange,
    /// True once the pass is to be stopped. It is asked between blocks.
    pub must_stop: &'s (dyn Fn() -> bool + Sync),
    /// Called after each block with the number of blocks that were read, and of all.
    pub on_progress: &'s (dyn Fn(usize, usize) + Sync),
}

impl LineScan<'_> {
    /// Reads the lines of the store at `path` with `jobs` workers, each with an empty collection of `create`. Returns `None`
    /// if the pass was stopped.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    pub fn run(
        &self,
        path: &Path,
        jobs: usize,
        create: &(dyn Fn() -> LineCollector + Sync),
    ) -> Result<Option<LineCollector>, StoreError> {
        let blocks = Store::open_read_only(path)?.blocks(self.range)?;
        let next = AtomicUsize::new(0);
        let merged = Mutex::new(Ok(Some(create())));
        let work = || {
            let done =
                Store::open_read_only(path).and_then(|store| self.read(&store, &blocks, &next, create()));
            let mut merged = merged.lock().unwrap_or_else(PoisonError::into_inner);
            match (&mut *merged, done) {
                (Ok(Some(all)), Ok(Some(part))) => all.merge(part),
                (all @ Ok(_), Ok(None)) => *all = Ok(None),
                (all @ Ok(_), Err(error)) => *all = Err(error),
                (Ok(None) | Err(_), _) => {}
            }
        };
        thread::scope(|scope| {
            for _ in 1..jobs.min(blocks.len()) {
                scope.spawn(work);
            }
            work();
        });
        merged.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the lines of a store into a collection. Returns `None` if the pass was stopped.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    pub fn run_alone(
        &self,
        store: &Store,
        collector: LineCollector,
    ) -> Result<Option<LineCollector>, StoreError> {
        self.read(store, &store.blocks(self.range)?, &AtomicUsize::new(0), collector)
    }

    fn read(
        &self,
        store: &Store,
        blocks: &[BlockInfo],
        next: &AtomicUsize,
        mut collector: LineCollector,
    ) -> Result<Option<LineCollector>, StoreError> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(block) = blocks.get(index) else { return Ok(Some(collector)) };
            if (self.must_stop)() {
                return Ok(None);
            }
            self.read_block(store, block, &mut collector)?;
            (self.on_progress)(index + 1, blocks.len());
        }
    }

    fn read_block(
        &self,
        store: &Store,
        block: &BlockInfo,
        collector: &mut LineCollector,
    ) -> Result<(), StoreError> {
        let origin = store.block_origin(block)?;
        let events = store.scan_block(block)?;
        let needs_parsed = collector.needs_parsed();
        for event in events.events().filter(|event| self.range.contains(event.time)) {
            let is_first = event.part.is_first();
            let seen = SeenLine {
                origin: &origin,
                time: event.time,
                kind: event.kind,
                level: event.level,
                request_id: event.request_id,
                message: event.message,
                events: u64::from(is_first),
                bytes: u64::try_from(event.message.len()).unwrap_or(u64::MAX),
            };
            let parsed = if needs_parsed && is_first { line::parse(event.message) } else { line::plain("") };
            collector.add(&seen, &parsed);
        }
        Ok(())
    }
}
