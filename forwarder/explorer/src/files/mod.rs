//! Local log files: recognises the format of an input by its content and reads its log events in bounded memory.
//!
//! [`detect`] recognises the format from the beginning of the text. [`Reader`] runs the scanner of that
//! format over the input and passes the log events to an [`InputHandler`]. This module opens no files:
//! callers pass any `io::Read`.
//!
//! To add a format: a variant and its name in `format.rs`, its scanner in a file of its own and in `scanners.rs`, and a
//! detector in `detect`.

mod awslogs;
mod boundary;
mod csv;
mod detect;
mod export;
mod format;
mod handler;
mod lambda_events;
mod line_time;
mod multiline;
mod ndjson;
mod origin;
mod plain;
mod reader;
mod rows;
mod scan_report;
mod scanner;
mod scanners;
mod table;
mod tail;
mod time_completer;
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
