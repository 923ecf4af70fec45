//! What AWS does with an event that was not processed: retries, checkpoints, visibility, dead letters (facts.md F).
//!
//! Each source is a small machine that is handed answers; time passes at the pace the test asks for.

pub mod asynchronous;
mod failures;
pub mod firehose;
pub mod kinesis;
mod pace;
pub mod sqs;

pub(crate) use self::pace::wait_until;
pub use self::{
    failures::{Failures, read_failures},
    pace::Pace,
};
use crate::runtime_api::Answer;

/// Whoever can be invoked: a real process, or a test's idea of one.
pub trait Invoke {
    /// Invokes it once with this event.
    fn invoke(&mut self, request_id: &str, payload: &[u8]) -> Answer;
}

impl<F: FnMut(&str, &[u8]) -> Answer> Invoke for F {
    fn invoke(&mut self, request_id: &str, payload: &[u8]) -> Answer {
        self(request_id, payload)
    }
}

/// A request id that was not there before in this run, in the shape of AWS's.
fn request_id(source: u16, number: u32) -> String {
    format!("{number:08x}-{source:04x}-4000-8000-{number:012x}")
}

#[cfg(test)]
mod tests;
