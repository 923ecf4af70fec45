//! Sink for NDJSON: records, invocations and metrics, one JSON object per line, on standard output or in a file.

mod sink;
mod write;

pub use self::{
    sink::Ndjson,
    write::{write_additions_object, write_emf, write_invocation, write_metrics, write_point, write_record},
};
