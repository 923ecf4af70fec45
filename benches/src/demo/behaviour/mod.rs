//! Behaviour of each function in a run: duration, outcome, memory use and log statements.

pub(crate) mod background;
pub(crate) mod customer;
pub(crate) mod scheduled;

use std::time::Duration;

use crate::{
    app_log::{AppLog, Level, Library, Statement},
    distribution::Distribution,
    json_object::JsonObject,
    model::{Function, Outcome, UnhandledError},
    rng::Rng,
    timestamp::Timestamp,
};

/// Input of a run's behaviour.
pub(crate) struct RunInput<'a> {
    pub(crate) function: &'a Function,
    pub(crate) version: &'static str,
    /// Number of the run among all runs of the function, from 0.
    pub(crate) run_number: u64,
    /// Number of the run in its environment, from 0.
    pub(crate) run_in_environment: u64,
    pub(crate) time: Timestamp,
}

/// Result of a run's behaviour.
pub(crate) struct RunResult {
    pub(crate) duration: Duration,
    pub(crate) outcome: Outcome,
    pub(crate) max_memory_mib: u32,
    pub(crate) tenant: Option<&'static str>,
    pub(crate) app_log: AppLog,
}

impl RunResult {
    /// Draws duration and memory use (MiB) of a successful run without log statements.
    fn successful(duration: Distribution, memory: Distribution, rng: &mut Rng) -> Self {
        Self {
            duration: duration.duration(rng),
            outcome: Outcome::Success,
            max_memory_mib: u32::try_from(memory.sample(rng)).expect("memory in MiB is small"),
            tenant: None,
            app_log: AppLog::default(),
        }
    }

    /// Adds a statement made after `percent` of the run's duration.
    fn log_statement(&mut self, percent: u64, statement: Statement) {
        let whole = u64::try_from(self.duration.as_micros()).expect("runs are short");
        self.app_log.push(whole * percent / 100, statement);
    }

    /// Adds a statement of the runtime's logger.
    fn log(&mut self, percent: u64, level: Level, message: impl Into<String>) {
        self.log_statement(percent, Statement::Logged(level, message.into()));
    }

    /// Adds a statement of Powertools, with fields.
    fn powertools(&mut self, percent: u64, level: Level, message: &str, fields: JsonObject) {
        self.log_statement(
            percent,
            Statement::Structured(Library::Powertools, level, message.to_owned(), fields),
        );
    }

    /// Ends the run with an unhandled error.
    fn fail(
        &mut self,
        error_type: &'static str,
        message: impl Into<String>,
        frames: &'static [&'static str],
    ) {
        self.outcome =
            Outcome::UnhandledError(UnhandledError { error_type, message: message.into(), frames });
    }

    /// Ends the run at the function's timeout.
    fn time_out(&mut self, input: &RunInput<'_>) {
        self.duration = input.function.timeout;
        self.outcome = Outcome::TimedOut;
    }
}

/// Formats cents as a decimal amount: `129.90`.
fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
