//! Reads AWS Lambda's CloudWatch logs: bytes in; records, invocations and metrics out.
//!
//! Pure: no I/O, no clock, no environment, no globals, no async. Whoever owns files and sockets hands over bytes;
//! whoever knows the time hands over time.
//!
//! The modules stand in the order data moves: [`decode`] finds events in deliveries, [`mod@line`] reads what each says,
//! [`record`] joins it with where it came from, [`mod@derive`] assembles invocations and metrics, [`price`] values them.

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

pub use self::{
    decode::{DecodeError, Decoder, Event, Receive},
    level::Level,
    line::Line,
    origin::{FunctionArn, Origin, region_of_arn},
    record::Record,
    units::{ByteSize, MemoryMib, MibMillis, UnixMillis, Usd, millis_f64},
};
