//! One run of a function: what it waited for, how it ended, what it is billed.

use std::time::Duration;

use super::{Format, Function, SystemLevel, Tracing};
use crate::{moment::Moment, rng::Rng};

/// One run of a function.
#[derive(Clone, Debug)]
pub struct Run {
    /// A UUID.
    pub request_id: String,
    /// When the handler began; INIT or restore came before.
    pub started: Moment,
    /// What the handler took: a multiple of 10 µs.
    pub duration: Duration,
    /// What it had to wait for.
    pub birth: Birth,
    /// How it ended.
    pub ending: Ending,
    /// The most memory it used, in MiB.
    pub max_memory_mib: u32,
    /// Its X-Ray trace.
    pub trace: Option<Trace>,
    /// The tenant it ran for, which only JSON logs tell.
    pub tenant: Option<&'static str>,
    /// Size of its response in bytes, which only JSON logs tell.
    pub produced_bytes: u64,
}

/// What a run had to wait for before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Birth {
    /// Nothing.
    Warm,
    /// INIT, which took this long.
    Cold(Duration),
    /// An INIT that failed and was tried again as part of the run.
    ColdTwice(Duration),
    /// An INIT ahead of need (provisioned concurrency, Managed Instances): nothing to wait for, but the stream
    /// begins here.
    Provisioned(Duration),
    /// A restore from a snapshot.
    Restored {
        /// What it took.
        restore: Duration,
        /// The part of it that is billed, in ms.
        billed_ms: u64,
    },
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Well.
    Success,
    /// With an error that nothing caught.
    Thrown(Thrown),
    /// It was stopped at its timeout.
    TimedOut,
    /// It was killed at its memory limit.
    OutOfMemory,
    /// The runtime exited.
    Exited,
}

/// An error that nothing caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown {
    /// Its type, such as `TypeError`.
    pub error_type: &'static str,
    /// Its message.
    pub message: String,
    /// Where it was thrown, innermost first: frames as the runtime writes them, without indentation.
    pub frames: &'static [&'static str],
}

/// An X-Ray trace.
#[derive(Clone, Debug)]
pub struct Trace {
    /// `1-5d8bba5a-dc2932496a65bab91d2d42d4`
    pub id: String,
    /// Sixteen hexadecimal digits.
    pub segment: String,
}

impl Trace {
    /// The trace of a run that began at `moment`, if it has one.
    pub(crate) fn of(function: &Function, moment: Moment, rng: &mut Rng) -> Option<Self> {
        let traced = match function.tracing {
            Tracing::Active => true,
            Tracing::Sampled => rng.below(10) == 0,
            Tracing::Off => false,
        };
        traced
            .then(|| Self { id: format!("1-{:08x}-{}", moment.0 / 1000, rng.hex(24)), segment: rng.hex(16) })
    }
}

impl Run {
    /// When the handler ended.
    pub fn ended(&self) -> Moment {
        self.started.after(self.duration)
    }

    /// Milliseconds that AWS bills: the handler and what it waited for, rounded up as one. An INIT ahead of need is
    /// billed elsewhere; a second try of INIT is in the handler's time.
    pub fn billed_ms(&self) -> u64 {
        ceil_ms(match self.birth {
            Birth::Warm | Birth::ColdTwice(_) | Birth::Provisioned(_) => self.duration,
            Birth::Cold(init) => self.duration + init,
            Birth::Restored { billed_ms, .. } => self.duration + Duration::from_millis(billed_ms),
        })
    }

    /// The part of [`billed_ms`](Self::billed_ms) that INIT added.
    pub fn billed_init_ms(&self) -> u64 {
        match self.birth {
            Birth::Cold(_) => self.billed_ms() - ceil_ms(self.duration),
            Birth::Warm | Birth::ColdTwice(_) | Birth::Provisioned(_) | Birth::Restored { .. } => 0,
        }
    }

    /// Whether it began with INIT.
    pub fn is_cold(&self) -> bool {
        matches!(self.birth, Birth::Cold(_) | Birth::ColdTwice(_))
    }
}

impl Function {
    /// Whether a run of it leaves a REPORT: at level WARN one that went well leaves none.
    pub fn reports(&self, run: &Run) -> bool {
        self.format != Format::Json(SystemLevel::Warn) || run.ending != Ending::Success
    }
}

/// Milliseconds, rounded up.
fn ceil_ms(span: Duration) -> u64 {
    u64::try_from(span.as_micros().div_ceil(1000)).expect("runs are short")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(duration_us: u64, birth: Birth) -> Run {
        Run {
            request_id: String::new(),
            started: Moment(0),
            duration: Duration::from_micros(duration_us),
            birth,
            ending: Ending::Success,
            max_memory_mib: 1,
            trace: None,
            tenant: None,
            produced_bytes: 0,
        }
    }

    fn check(run: &Run, billed_ms: u64, init_ms: u64) {
        assert_eq!((run.billed_ms(), run.billed_init_ms()), (billed_ms, init_ms));
    }

    // The numbers are those of real lines.
    #[test]
    fn a_warm_run_is_billed_by_started_milliseconds() {
        check(&run(46_840, Birth::Warm), 47, 0);
        check(&run(47_000, Birth::Warm), 47, 0);
    }

    #[test]
    fn init_is_billed_with_the_run() {
        check(&run(2_370, Birth::Cold(Duration::from_micros(423_980))), 427, 424);
        check(&run(3_016_780, Birth::Cold(Duration::from_millis(84))), 3101, 84);
        check(&run(133_610, Birth::Cold(Duration::from_millis(80))), 214, 80);
    }

    #[test]
    fn a_restore_is_billed_in_part() {
        let restore = Duration::from_micros(511_250);
        check(&run(306_340, Birth::Restored { restore, billed_ms: 303 }), 610, 0);
    }

    #[test]
    fn what_init_took_ahead_of_need_or_within_the_run_is_not_added() {
        check(&run(1_000, Birth::Provisioned(Duration::from_secs(2))), 1, 0);
        check(&run(1_000, Birth::ColdTwice(Duration::from_secs(2))), 1, 0);
    }
}
