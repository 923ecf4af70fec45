//! Subscribes log groups to the forwarder: those that are made, as they are made, and those that are there.
//!
//! What is decided is pure (`rules`, `change`); `run` asks CloudWatch Logs and does it. Doing it again changes nothing.

mod change;
mod config;
mod report;
mod request;
mod rules;
mod run;

pub use self::{
    change::Change,
    config::{Changes, Config},
    report::{Named, Report},
    request::{Request, UnknownRequest},
    rules::{Rules, Skip},
    run::{RunError, Subscriber},
};
