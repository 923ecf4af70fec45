//! Target of the pipeline that writes records, invocations and evidence to the store.

use tailwater_forwarder::pipeline::Target;
use tailwater_parser::{
    Record,
    derive::{Collect, Evidence, Invocation},
};

use super::{
    builder::BlockBuilder, error::WriterStopped, insert::WriteCounts, pulls::PullRecord, writer::WriterHandle,
};

/// Pipeline target that adds log records to blocks, and sends invocations and evidence to the
/// [`Writer`](super::Writer).
///
/// The methods that the pipeline calls return no errors. Once the writer has stopped, they have no effect;
/// see [`StoreTarget::has_stopped`].
pub struct StoreTarget {
    blocks: BlockBuilder,
    writer: WriterHandle,
    /// Set once the writer has stopped. `Writer::finish` returns the reason.
    stopped: Option<WriterStopped>,
}

impl StoreTarget {
    /// Creates a target that sends to `writer`.
    #[must_use]
    pub fn new(writer: WriterHandle) -> Self {
        Self { blocks: BlockBuilder::new(writer.clone()), writer, stopped: None }
    }

    /// True if the writer has stopped and accepts nothing more.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Closes all open blocks, and waits until everything sent to the writer is committed. Returns the counts
    /// of the writer since its start.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn flush(&mut self) -> Result<WriteCounts, WriterStopped> {
        let result = self.blocks.flush().and_then(|()| self.writer.flush());
        self.stopped = self.stopped.or(result.err());
        result
    }

    /// Closes all open blocks, and keeps a value that is committed with or after them. Does not wait for that.
    pub fn keep(&mut self, record: PullRecord) {
        let result = self.blocks.flush().and_then(|()| self.writer.keep(record));
        self.note(result);
    }

    /// Closes all open blocks and sends them to the writer.
    pub fn finish(self) {
        // `Writer::finish` returns the error of a writer that has stopped.
        let _ = self.blocks.finish();
    }

    fn note(&mut self, result: Result<(), WriterStopped>) {
        if let Err(stopped) = result {
            self.stopped = Some(stopped);
        }
    }
}

impl Collect for StoreTarget {
    fn invocation(&mut self, invocation: Invocation) {
        let result = self.writer.invocation(invocation);
        self.note(result);
    }

    fn evidence(&mut self, evidence: Evidence) {
        let result = self.writer.evidence(evidence);
        self.note(result);
    }
}

impl Target for StoreTarget {
    fn record(&mut self, record: &Record<'_>) {
        let result = self.blocks.push(record);
        self.note(result);
    }
}
