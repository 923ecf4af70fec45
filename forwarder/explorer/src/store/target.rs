//! Keeps what the pipeline makes of events in the embedded store.

use tailwater_forwarder::pipeline::Target;
use tailwater_parser::{
    Record,
    derive::{Collect, Evidence, Invocation},
};

use crate::store::{BlockBuilder, Stopped, WriterHandle, Written};

/// The embedded store as a target: events go into blocks, the rest straight to the writer.
pub struct StoreTarget {
    blocks: BlockBuilder,
    writer: WriterHandle,
    /// Whether the writer gave up; it says itself why.
    stopped: Option<Stopped>,
}

impl StoreTarget {
    /// A target that hands everything to `writer`.
    #[must_use]
    pub fn new(writer: WriterHandle) -> Self {
        Self { blocks: BlockBuilder::new(writer.clone()), writer, stopped: None }
    }

    /// True once the writer takes no more.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Hands over what is still being gathered, and waits until everything is in the file.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn flush(&mut self) -> Result<Written, Stopped> {
        let done = self.blocks.flush().and_then(|()| self.writer.flush());
        self.stopped = self.stopped.or(done.err());
        done
    }

    /// Hands over what is still being gathered.
    pub fn finish(self) {
        // A writer that stopped says why when it is waited for.
        let _ = self.blocks.finish();
    }

    fn note(&mut self, done: Result<(), Stopped>) {
        if let Err(stopped) = done {
            self.stopped = Some(stopped);
        }
    }
}

impl Collect for StoreTarget {
    fn invocation(&mut self, invocation: Invocation) {
        let done = self.writer.invocation(invocation);
        self.note(done);
    }

    fn evidence(&mut self, evidence: Evidence) {
        let done = self.writer.evidence(evidence);
        self.note(done);
    }
}

impl Target for StoreTarget {
    fn record(&mut self, record: &Record<'_>) {
        let done = self.blocks.push(record);
        self.note(done);
    }
}
