//! Composition of a corpus: functions, outcomes of runs, and log statements.

use std::{rc::Rc, time::Duration};

use crate::{
    app_log::AppLog,
    distribution::Distribution,
    fleet,
    lines::Position,
    model::{
        Environment, FailureStyle, Function, InitializationType, LogFormat, Outcome, Run, StartType, Trace,
        Tracing, UnhandledError,
    },
    rng::Rng,
    timestamp::Timestamp,
};

mod app_log;

/// Composition of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Composition of most accounts: 70 % JSON lines of about 400 bytes, 20 % text lines, 10 % platform lines.
    Typical,
    /// Platform lines only, in text and JSON.
    PlatformOnly,
    /// Every log format and kind of failure, look-alikes, and messages of up to 1 MB.
    EveryDialect,
}

impl Mix {
    /// All mixes, with their names on the command line.
    pub const ALL: [(Self, &str); 3] = [
        (Self::Typical, "typical"),
        (Self::PlatformOnly, "platform-only"),
        (Self::EveryDialect, "every-dialect"),
    ];

    pub(crate) fn functions(self) -> Vec<Rc<Function>> {
        match self {
            Self::Typical => fleet::typical(),
            Self::PlatformOnly | Self::EveryDialect => fleet::every_dialect(),
        }
    }

    /// Number of failed runs in 10,000 runs.
    fn failures_per_10_000(self) -> u64 {
        match self {
            Self::Typical => 60,
            Self::PlatformOnly => 300,
            Self::EveryDialect => 2500,
        }
    }

    /// Generates the log statements of a run.
    pub(crate) fn app_log(self, environment: &Environment, run: &Run, rng: &mut Rng) -> AppLog {
        match self {
            Self::Typical => app_log::typical(environment, run, rng),
            Self::PlatformOnly => AppLog::default(),
            Self::EveryDialect => app_log::every_dialect(environment, run, rng),
        }
    }
}

/// Handler durations, in microseconds.
const DURATION: Distribution =
    Distribution(&[(0, 900), (500, 38_000), (900, 140_000), (990, 700_000), (1000, 2_400_000)]);

/// Durations of INIT and restore, in microseconds.
const INIT: Distribution = Distribution(&[(0, 60_000), (500, 310_000), (950, 900_000), (1000, 2_800_000)]);

/// Generates a run that begins at `started`; the first run of an environment includes its initialization.
pub(crate) fn run(
    mix: Mix,
    function: &Function,
    position: Position,
    started: Timestamp,
    rng: &mut Rng,
) -> Run {
    let outcome = if rng.in_ten_thousand(mix.failures_per_10_000()) {
        failure(function, rng)
    } else {
        Outcome::Success
    };
    let start_type = match position {
        Position::First => start_type(function, &outcome, rng),
        Position::Later => StartType::Warm,
    };
    Run {
        request_id: rng.uuid(),
        started,
        duration: duration(function, &outcome, rng),
        start_type,
        max_memory_mib: max_memory(function, &outcome, rng),
        outcome,
        trace: Trace::sample(function, started, rng),
        tenant: tenant(function, rng),
        produced_bytes: rng.between(40, 9000),
    }
}

fn failure(function: &Function, rng: &mut Rng) -> Outcome {
    let logs_errors =
        function.log_format != LogFormat::Text || function.runtime.logs_unhandled_errors_in_text();
    match rng.below(4) {
        0 => Outcome::TimedOut,
        1 => Outcome::OutOfMemory,
        2 if logs_errors => Outcome::UnhandledError(unhandled_error(rng)),
        _ => Outcome::Exited,
    }
}

fn unhandled_error(rng: &mut Rng) -> UnhandledError {
    let (error_type, message) = rng.pick(&[
        ("TypeError", "Cannot read properties of undefined (reading 'id')"),
        ("KeyError", "'customer_id'"),
        ("ValidationError", "amount must be positive, got -12.50"),
        ("ConnectionResetError", "[Errno 104] Connection reset by peer"),
    ]);
    let frames =
        &["handler (/var/task/index.js:22:9)", "process.processTicksAndRejections (node:internal:95:5)"];
    UnhandledError { error_type, message: message.to_owned(), frames }
}

/// Draws the start type of an environment's first run. An unhandled error happens during INIT if the logs
/// of the function can show that the failed INIT belongs to the run; logs with failure lines only cannot.
fn start_type(function: &Function, outcome: &Outcome, rng: &mut Rng) -> StartType {
    let took = INIT.duration(rng);
    match (function.initialization_type, outcome) {
        (InitializationType::OnDemand, Outcome::UnhandledError(_))
            if function.failure_style != FailureStyle::SeparateLines =>
        {
            StartType::InitRetried(took)
        }
        (InitializationType::OnDemand, _) => StartType::Cold(took),
        (InitializationType::Provisioned | InitializationType::ManagedInstances, _) => {
            StartType::Provisioned(took)
        }
        (InitializationType::SnapStart, _) => {
            StartType::Restored { restore: took, billed_ms: rng.between(20, 320) }
        }
    }
}

fn duration(function: &Function, outcome: &Outcome, rng: &mut Rng) -> Duration {
    match outcome {
        Outcome::TimedOut => function.timeout + Duration::from_micros(rng.below(2) * rng.below(4000) * 10),
        Outcome::Success
        | Outcome::UnhandledError(_)
        | Outcome::Panicked(_)
        | Outcome::OutOfMemory
        | Outcome::Exited => DURATION.duration(rng),
    }
}

/// Draws the memory use: all memory if the run was killed for it, otherwise at most nine tenths.
fn max_memory(function: &Function, outcome: &Outcome, rng: &mut Rng) -> u32 {
    let size = function.memory_mib;
    match outcome {
        Outcome::OutOfMemory => size,
        Outcome::Success
        | Outcome::UnhandledError(_)
        | Outcome::Panicked(_)
        | Outcome::TimedOut
        | Outcome::Exited => {
            let share = rng.between(u64::from(size) * 3 / 10, u64::from(size) * 9 / 10);
            u32::try_from(share).expect("less than its size")
        }
    }
}

/// Draws a tenant, for functions that log in JSON and are traced: about half of those that log in JSON.
fn tenant(function: &Function, rng: &mut Rng) -> Option<&'static str> {
    let tenants = ["acme", "globex", "initech", "umbrella corp/eu"];
    let serves = function.log_format != LogFormat::Text && function.tracing == Tracing::Active;
    serves.then(|| rng.pick(&tenants))
}
