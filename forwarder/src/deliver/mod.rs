//! What becomes of a body: retried, split, parked or refused, and the account that nothing is forgotten.
//!
//! Everything here is decided without a clock, a network or chance: time and randomness are arguments, so that whoever
//! sends stays thin and an hour of failures is tested in a millisecond.

pub mod breaker;
pub mod budget;
pub mod clock;
pub mod obligations;
pub mod park;
mod reason;
pub mod refusals;
pub mod retry;
pub mod sender;

#[cfg(test)]
mod tests;

pub use self::{
    obligations::{Closed, Obligations, Settled, Unsettled},
    reason::{ParkReason, Rejection},
};
