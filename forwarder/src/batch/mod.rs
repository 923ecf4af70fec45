//! Request bodies. A [`Batcher`] encodes and compresses log records as they arrive, and closes a body when it is full.
//! Each [`Body`] knows which events it covers.

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
    body::{Body, History, SinkIndex, SinkSignal},
    compress::{Compressor, Level},
    ranges::RangeSet,
};
