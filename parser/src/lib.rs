//! Parser for the CloudWatch logs of AWS Lambda: takes bytes; returns records, invocations and metrics.
//!
//! The crate is pure: it has no I/O, clock, environment, mutable globals or async code. The caller supplies bytes and
//! time.
//!
//! Data passes through the modules in this order: [`decode`] finds log events in an input, [`mod@line`] parses the text
//! of an event, [`record`] combines the line with its origin, [`mod@derive`] assembles invocations and their metrics,
//! [`price`] supplies the prices. [`calendar`] and [`varint`] are shared with the other crates.

pub mod calendar;
pub mod decode;
pub mod derive;
pub mod json;
mod level;
pub mod line;
mod origin;
pub mod price;
pub mod record;
pub mod sketch;
pub mod timestamp;
mod units;
pub mod varint;

pub use self::{
    decode::{DecodeError, Decoder, Event, Receive},
    level::Level,
    line::Line,
    origin::{Arrival, FunctionArn, Origin, region_of_arn},
    record::Record,
    units::{ByteSize, MemoryMib, MibMillis, UnixMillis, Usd, millis_f64},
};
