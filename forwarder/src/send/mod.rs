//! Sending of a request body to its sink: when to retry, how long to wait, and when to give up.
//!
//! [`retry`], [`breaker`], [`budget`] and [`refusals`] decide without a clock, a network or randomness: time and jitter
//! are arguments, so that a test simulates an hour of failures in a millisecond. [`client`] carries the decisions out.

pub mod breaker;
pub mod budget;
pub mod client;
pub mod clock;
pub mod redact;
pub mod refusals;
pub mod retry;
