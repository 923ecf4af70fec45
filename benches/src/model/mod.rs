//! What is true before any line is written: functions, their environments, and each run.

mod environment;
mod function;
mod run;

pub use self::function::{Cpu, Era, Format, Function, Launch, Runtime, SystemLevel, Tracing};
pub(crate) use self::{
    environment::Environment,
    run::{Birth, Ending, Run, Thrown, Trace},
};
