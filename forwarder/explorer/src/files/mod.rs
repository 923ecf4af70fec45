//! Local log files: recognises the format of an input by its content and reads its log events in bounded memory.
//!
//! [`detect`] recognises the format from the beginning of the text. [`Reader`] runs the scanner of that
//! format over the input and passes the log events to an [`InputHandler`]. This module opens no files:
//! callers pass any `io::Read`.
//!
//! To add a format, add a variant and a name to `format.rs`, a scanner to `scanners.rs`, and a detector to
//! `detect`.

mod boundary;
mod csv;
mod detect;
mod export;
mod format;
mod handler;
mod lambda_events;
mod multiline;
mod ndjson;
mod origin;
mod plain;
mod reader;
mod scan_report;
mod scanner;
mod scanners;
mod tail;
mod time_sort;

pub use self::{
    detect::{TextPolicy, Unrecognised, detect},
    export::WRITE_TEST_FILE,
    format::InputFormat,
    handler::{EndAction, InputHandler, RejectedInput},
    origin::OriginDefaults,
    reader::{InputContext, ReadStatus, Reader},
};

#[cfg(test)]
mod tests;
