//! Callbacks of the reader: events, rejections and progress of an input.

use std::{fmt, ops::ControlFlow};

use tailwater_parser::{ByteSize, Receive};

use super::format::InputFormat;

/// Receives the log events of an input, its rejected and filtered records, and the progress of reading.
pub trait InputHandler: Receive {
    /// Called once per input when its format is recognised. `head` is the beginning of the inflated text. It
    /// identifies the input if its events have no ids of their own.
    fn on_start(&mut self, format: InputFormat, head: &[u8]);

    /// Called for an input as a whole, or for records of an input, that could not be read.
    fn on_rejected(&mut self, rejection: &RejectedInput);

    /// Called for records that are skipped on purpose: Tailwater's own metric and invocation records, which are
    /// computed again from the logs.
    fn on_filtered(&mut self, records: u64);

    /// Called after each chunk of the input with the number of bytes read (as stored, possibly compressed).
    /// `Break` stops reading.
    fn on_progress(&mut self, read: ByteSize) -> ControlFlow<()>;

    /// Called when the input has no more bytes at the moment. The default implementation treats that as the
    /// end of the input.
    fn on_end(&mut self) -> EndAction {
        EndAction::Finish
    }
}

/// Reaction to an input that has no more bytes at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndAction {
    /// Treat the lack of more bytes as the end of the input.
    Finish,
    /// Try to read again: the input may grow.
    Wait,
    /// Emit the buffered events now, although a line that continues them may still come, then try to read
    /// again.
    Flush,
}

/// Report of an input as a whole, or of records of an input, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedInput {
    /// Name of the input as the user gave it.
    pub input: String,
    /// Number of records rejected; 1 for an input as a whole.
    pub records: u64,
    /// Byte offset of the damage in the inflated text, if known.
    pub offset: Option<u64>,
    /// Reason why it could not be read, without any content of the input.
    pub reason: String,
}

impl fmt::Display for RejectedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.input)?;
        if let Some(offset) = self.offset {
            write!(f, ", byte {offset}")?;
        }
        write!(f, ": {}", self.reason)
    }
}
