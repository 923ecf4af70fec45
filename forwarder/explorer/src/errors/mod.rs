//! Errors in log lines: which lines tell one, what identifies it, and the crash reports of Go and Rust, which are one line
//! an event.
//!
//! [`Collector`] gets the lines in their order and returns each error once it is complete.

mod collector;
mod form;
pub(crate) mod stack;

pub(crate) use self::{
    collector::{Certainty, Collector, ErrorLine, Found, LogLine},
    form::ErrorForm,
};
