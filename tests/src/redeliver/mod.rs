//! Redelivery of unprocessed events by each AWS source: retries, checkpoints, visibility timeouts, dead letters.
//!
//! Each source (asynchronous invocation, SQS, Kinesis, Firehose) is a small state machine that invokes a function and
//! reads its answers. Time is simulated.

pub mod asynchronous;
mod clock;
mod failures;
pub mod firehose;
pub mod kinesis;
pub mod sqs;

pub use self::failures::{Failures, read_failures};
use crate::runtime_api::Answer;

/// Function that can be invoked: a real process or a closure of a test.
pub trait Invoke {
    /// Invokes the function once.
    fn invoke(&mut self, request_id: &str, payload: &[u8]) -> Answer;
}

impl<F: FnMut(&str, &[u8]) -> Answer> Invoke for F {
    fn invoke(&mut self, request_id: &str, payload: &[u8]) -> Answer {
        self(request_id, payload)
    }
}

/// Function behind an event source mapping without `ReportBatchItemFailures`: AWS does not read the lists in its answers, and
/// takes each answer that is no error for success.
#[derive(Debug)]
pub struct WithoutReports<'f, F>(pub &'f mut F);

impl<F: Invoke> Invoke for WithoutReports<'_, F> {
    fn invoke(&mut self, request_id: &str, payload: &[u8]) -> Answer {
        let answer = self.0.invoke(request_id, payload);
        if answer.response().is_some() { Answer::Response(b"{}".to_vec()) } else { answer }
    }
}

/// Returns a request id in the format of AWS, unique per source and number.
fn request_id(source: u16, number: u32) -> String {
    format!("{number:08x}-{source:04x}-4000-8000-{number:012x}")
}

#[cfg(test)]
mod tests;
