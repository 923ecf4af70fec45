//! Request bodies: a batcher encodes and compresses records as they arrive, and closes a body when it is full. Each body knows
//! the events it covers.

mod batcher;
mod body;
mod compress;
pub mod parts;
mod ranges;
#[cfg(test)]
mod tests;

pub(crate) use self::batcher::COMPRESSOR_SLACK;
pub use self::{
    batcher::{Batcher, EventGroup, Selection},
    body::{Body, History, SinkIndex},
    compress::{Compressor, Level},
    ranges::RangeSet,
};
