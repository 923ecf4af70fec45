//! Model that lines and expected totals are derived from: functions, environments and runs.

mod environment;
mod function;
mod run;

pub use self::function::{
    Architecture, FailureStyle, Function, InitializationType, LogFormat, Runtime, SystemLogLevel, Tracing,
};
pub(crate) use self::{
    environment::Environment,
    run::{Outcome, Run, StartType, Trace, UnhandledError},
};
