//! Subscribes log groups to the forwarder: new ones when they are created, existing ones on a schedule.
//!
//! `rules` and `change` decide without I/O; `run` calls CloudWatch Logs. A run is idempotent.

mod change;
mod config;
mod report;
mod request;
mod rules;
mod run;

pub use self::{
    change::Change,
    config::{Changes, Config},
    report::{GroupList, Report},
    request::{Request, UnknownRequest},
    rules::{Rules, SkipReason},
    run::{RunError, Subscriber},
};
