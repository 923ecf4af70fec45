//! Subscriber: subscribes log groups to the forwarder, new ones when they are created, existing ones on a schedule.
//!
//! `rules` and `change` decide which log groups need a change, without I/O; `run` calls CloudWatch Logs. Repeating a
//! run changes nothing.

mod change;
mod config;
mod report;
mod request;
mod rules;
mod run;

pub use self::{
    change::Change,
    config::{ChangeMode, Config},
    report::{GroupList, Report},
    request::{Request, UnknownRequest},
    rules::{Rules, SkipReason},
    run::{RunError, Subscriber},
};
