//! Run of a function: start type, outcome and billed duration.

use std::time::Duration;

use super::{Function, LogFormat, SystemLogLevel, Tracing};
use crate::{rng::Rng, timestamp::Timestamp};

/// One invocation of a function.
#[derive(Clone, Debug)]
pub struct Run {
    /// Request id, a UUID.
    pub request_id: String,
    /// Start of the handler, after INIT or restore.
    pub started: Timestamp,
    /// Duration of the handler, a multiple of 10 µs.
    pub duration: Duration,
    /// Cold, warm or restored start.
    pub start_type: StartType,
    /// Outcome of the handler.
    pub outcome: Outcome,
    /// Largest memory use, in MiB.
    pub max_memory_mib: u32,
    /// X-Ray trace, if the run is traced.
    pub trace: Option<Trace>,
    /// Tenant id; only JSON logs contain it.
    pub tenant: Option<&'static str>,
    /// Response size in bytes; only JSON logs contain it.
    pub produced_bytes: u64,
}

/// Cold, warm or restored start of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartType {
    /// No initialization: the environment existed.
    Warm,
    /// INIT of this duration before the handler.
    Cold(Duration),
    /// INIT that failed and was repeated within the run, each attempt of this duration.
    InitRetried(Duration),
    /// INIT in advance (provisioned concurrency, Managed Instances): the run does not wait for the INIT, but is the
    /// first in its log stream.
    Provisioned(Duration),
    /// Restore from a snapshot.
    Restored {
        /// Duration of the restore.
        restore: Duration,
        /// Billed part of the restore, in ms.
        billed_ms: u64,
    },
}

/// Outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The handler returned.
    Success,
    /// The handler threw an error that nothing caught.
    UnhandledError(UnhandledError),
    /// The handler panicked: the lines of Go's or Rust's crash report, one event each. The function has the text format.
    Panicked(&'static [&'static str]),
    /// Stopped at the timeout.
    TimedOut,
    /// Killed at the memory limit.
    OutOfMemory,
    /// The runtime process exited.
    Exited,
}

/// Error that the handler did not catch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnhandledError {
    /// Error type, such as `TypeError`.
    pub error_type: &'static str,
    /// Error message.
    pub message: String,
    /// Stack frames, innermost first, in the runtime's spelling without indentation.
    pub frames: &'static [&'static str],
}

/// X-Ray trace of a run.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Trace id: `1-5d8bba5a-dc2932496a65bab91d2d42d4`.
    pub id: String,
    /// Segment id: sixteen hexadecimal digits.
    pub segment: String,
}

impl Trace {
    /// Draws the trace of a run that began at `started`; `None` if it is not traced.
    pub(crate) fn sample(function: &Function, started: Timestamp, rng: &mut Rng) -> Option<Self> {
        let traced = match function.tracing {
            Tracing::Active => true,
            Tracing::Sampled => rng.below(10) == 0,
            Tracing::Off => false,
        };
        traced
            .then(|| Self { id: format!("1-{:08x}-{}", started.0 / 1000, rng.hex(24)), segment: rng.hex(16) })
    }
}

impl Run {
    /// End of the handler.
    pub fn ended(&self) -> Timestamp {
        self.started.after(self.duration)
    }

    /// Billed duration in ms: INIT and handler are rounded up together. INIT in advance is billed separately,
    /// and a repeated INIT is part of the handler's duration.
    pub fn billed_ms(&self) -> u64 {
        ceil_ms(match self.start_type {
            StartType::Warm | StartType::InitRetried(_) | StartType::Provisioned(_) => self.duration,
            StartType::Cold(init) => self.duration + init,
            StartType::Restored { billed_ms, .. } => self.duration + Duration::from_millis(billed_ms),
        })
    }

    /// Part of [`billed_ms`](Self::billed_ms) that INIT added.
    pub fn billed_init_ms(&self) -> u64 {
        match self.start_type {
            StartType::Cold(_) => self.billed_ms() - ceil_ms(self.duration),
            StartType::Warm
            | StartType::InitRetried(_)
            | StartType::Provisioned(_)
            | StartType::Restored { .. } => 0,
        }
    }

    /// True if the run is a cold start: it waited for an INIT.
    pub fn is_cold(&self) -> bool {
        matches!(self.start_type, StartType::Cold(_) | StartType::InitRetried(_))
    }
}

impl Function {
    /// True if a run leaves a REPORT: all do, except successful ones at level WARN.
    pub fn logs_report(&self, run: &Run) -> bool {
        self.log_format != LogFormat::Json(SystemLogLevel::Warn) || run.outcome != Outcome::Success
    }
}

/// Converts a duration to milliseconds, rounded up.
fn ceil_ms(span: Duration) -> u64 {
    u64::try_from(span.as_micros().div_ceil(1000)).expect("runs are short")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(duration_us: u64, start_type: StartType) -> Run {
        Run {
            request_id: String::new(),
            started: Timestamp(0),
            duration: Duration::from_micros(duration_us),
            start_type,
            outcome: Outcome::Success,
            max_memory_mib: 1,
            trace: None,
            tenant: None,
            produced_bytes: 0,
        }
    }

    fn check(run: &Run, billed_ms: u64, init_ms: u64) {
        assert_eq!((run.billed_ms(), run.billed_init_ms()), (billed_ms, init_ms));
    }

    // Durations and billed durations are from real REPORT lines.
    #[test]
    fn warm_run_is_billed_in_milliseconds_rounded_up() {
        check(&run(46_840, StartType::Warm), 47, 0);
        check(&run(47_000, StartType::Warm), 47, 0);
    }

    #[test]
    fn cold_run_is_billed_with_init() {
        check(&run(2_370, StartType::Cold(Duration::from_micros(423_980))), 427, 424);
        check(&run(3_016_780, StartType::Cold(Duration::from_millis(84))), 3101, 84);
        check(&run(133_610, StartType::Cold(Duration::from_millis(80))), 214, 80);
    }

    #[test]
    fn restored_run_is_billed_with_part_of_the_restore() {
        let restore = Duration::from_micros(511_250);
        check(&run(306_340, StartType::Restored { restore, billed_ms: 303 }), 610, 0);
    }

    #[test]
    fn provisioned_and_repeated_init_are_not_billed_in_addition() {
        check(&run(1_000, StartType::Provisioned(Duration::from_secs(2))), 1, 0);
        check(&run(1_000, StartType::InitRetried(Duration::from_secs(2))), 1, 0);
    }
}
