//! One run of a function.

use std::{sync::Arc, time::Duration};

use super::evidence::Details;
use crate::{
    line::Status,
    origin::Origin,
    units::{ByteSize, MemoryMib, MibMillis, UnixMillis},
};

/// One run of a function: exactly one for each REPORT, so an asynchronous retry with the same request id is another.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// Where it ran; `region` and `version` as far as the stream's own lines tell.
    pub origin: Arc<Origin>,
    /// Identity of the REPORT, and so of the invocation.
    pub event_id: Box<str>,
    /// When the REPORT was written: the end of the invocation.
    pub time: UnixMillis,
    /// Request id; the same again for a retry.
    pub request_id: Box<str>,
    /// How it ended, after all evidence.
    pub outcome: Outcome,
    /// How it ended in the REPORT's own words: `None` in text when it went well, or before AWS wrote it.
    pub reported: Option<Status>,
    /// Why it failed, such as `Runtime.ExitError` or `TypeError`.
    pub error_type: Option<Box<str>>,
    /// Whether its environment was made for it.
    pub start: StartKind,
    /// What the handler took.
    pub duration: Option<Duration>,
    /// What AWS bills.
    pub billed_duration: Option<Duration>,
    /// Memory the function is configured with.
    pub memory_size: Option<MemoryMib>,
    /// The most it used.
    pub max_memory_used: Option<MemoryMib>,
    /// What INIT took.
    pub init_duration: Option<Duration>,
    /// What the restore from a snapshot took.
    pub restore_duration: Option<Duration>,
    /// The part of the restore that was billed.
    pub billed_restore_duration: Option<Duration>,
    /// Size of the response, where a line tells.
    pub produced_bytes: Option<ByteSize>,
    /// Time until the response began, where a line tells.
    pub response_latency: Option<Duration>,
    /// X-Ray trace id.
    pub trace_id: Option<Box<str>>,
    /// Tenant it ran for.
    pub tenant: Option<Box<str>>,
    /// True when lines of this invocation may stand in another input: its START was not seen, or no later beginning
    /// in its stream was.
    pub at_edge: bool,
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Well.
    Success,
    /// With an error.
    Error,
    /// It took longer than its timeout.
    Timeout,
    /// It used more memory than it has.
    OutOfMemory,
    /// In a word this version does not know.
    Unknown,
}

/// What an invocation had to wait for before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartKind {
    /// Nothing: the environment was there.
    Warm,
    /// INIT.
    Cold,
    /// A restore from a SnapStart snapshot.
    Restored,
}

impl Invocation {
    /// Memory x billed time; `None` where the log does not tell both.
    #[must_use]
    pub fn billed_memory_time(&self) -> Option<MibMillis> {
        Some(MibMillis::of(self.memory_size?, self.billed_duration?))
    }

    /// The part of `billed_duration` that paid for INIT, in whole milliseconds: what is billed beyond the handler's
    /// own time. Before August 2025 INIT of a zip function was not billed, which gives 0. `None` without an INIT, or
    /// where the log does not tell.
    #[must_use]
    pub fn init_billed(&self) -> Option<Duration> {
        let beyond = self.billed_duration?.saturating_sub(whole_millis(self.duration?));
        Some(beyond.min(whole_millis(self.init_duration?)))
    }

    /// Whether it may have been running, or its environment been made for it, at `time`. Its REPORT is written a
    /// little after it ended, so its beginning is known to within that.
    #[must_use]
    pub fn spans(&self, time: UnixMillis) -> bool {
        const DELAY: Duration = Duration::from_secs(1);
        let began = self.time.before(self.duration.unwrap_or_default().saturating_add(DELAY));
        began <= time && time <= self.time
    }

    /// How far `time` lies outside this invocation, in milliseconds: 0 from its begin to its REPORT.
    #[must_use]
    pub fn distance(&self, time: UnixMillis) -> u64 {
        let begin = self.time.before(self.duration.unwrap_or_default());
        if time < begin {
            begin.distance(time)
        } else if time > self.time {
            self.time.distance(time)
        } else {
            0
        }
    }

    /// Takes what the REPORT does not tell from other lines.
    pub fn fill(&mut self, details: Details) {
        let Details { start, produced_bytes, response_latency, trace_id, tenant } = details;
        if self.start == StartKind::Warm {
            self.start = start.unwrap_or(StartKind::Warm);
        }
        self.produced_bytes = self.produced_bytes.or(produced_bytes);
        self.response_latency = self.response_latency.or(response_latency);
        self.trace_id = self.trace_id.take().or(trace_id);
        self.tenant = self.tenant.take().or(tenant);
    }
}

/// Rounded up to whole milliseconds, as AWS bills.
fn whole_millis(time: Duration) -> Duration {
    let millis = time.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).map_or(Duration::MAX, Duration::from_millis)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An invocation that went well, to be changed by tests.
    pub(in crate::derive) fn plain() -> Invocation {
        Invocation {
            origin: Arc::default(),
            event_id: "event".into(),
            time: UnixMillis(10_000),
            request_id: "request".into(),
            outcome: Outcome::Success,
            reported: None,
            error_type: None,
            start: StartKind::Warm,
            duration: None,
            billed_duration: None,
            memory_size: None,
            max_memory_used: None,
            init_duration: None,
            restore_duration: None,
            billed_restore_duration: None,
            produced_bytes: None,
            response_latency: None,
            trace_id: None,
            tenant: None,
            at_edge: false,
        }
    }

    fn check_init_billed(duration_ms: f64, init_ms: f64, billed_ms: u64, expected_ms: u64) {
        let invocation = Invocation {
            duration: Some(Duration::from_secs_f64(duration_ms / 1e3)),
            init_duration: Some(Duration::from_secs_f64(init_ms / 1e3)),
            billed_duration: Some(Duration::from_millis(billed_ms)),
            ..plain()
        };
        assert_eq!(invocation.init_billed(), Some(Duration::from_millis(expected_ms)));
    }

    #[test]
    fn init_is_billed_beyond_the_handlers_time() {
        check_init_billed(2.37, 423.98, 427, 424);
        check_init_billed(133.61, 80.0, 214, 80);
    }

    #[test]
    fn init_was_free_before_it_was_billed() {
        check_init_billed(99.2, 400.0, 100, 0);
        check_init_billed(3045.79, 84.0, 3000, 0);
    }

    #[test]
    fn no_more_than_init_itself_is_billed_for_it() {
        check_init_billed(1.0, 2.5, 1000, 3);
    }

    #[test]
    fn without_an_init_none_is_billed() {
        let warm =
            Invocation { duration: Some(Duration::ZERO), billed_duration: Some(Duration::MAX), ..plain() };
        assert_eq!(warm.init_billed(), None);
    }

    #[test]
    fn times_at_the_extremes_do_not_panic() {
        let endless = Some(Duration::MAX);
        let invocation = Invocation {
            time: UnixMillis(i64::MIN),
            duration: endless,
            billed_duration: endless,
            init_duration: endless,
            ..plain()
        };
        assert_eq!(invocation.distance(UnixMillis(i64::MAX)), u64::MAX);
        assert_eq!(invocation.init_billed(), Some(Duration::ZERO));
    }

    #[test]
    fn distance_is_measured_from_begin_and_end() {
        let invocation = Invocation { duration: Some(Duration::from_secs(2)), ..plain() };
        let distances =
            [7_000, 8_000, 9_000, 10_000, 10_005].map(|time| invocation.distance(UnixMillis(time)));
        assert_eq!(distances, [1_000, 0, 0, 0, 5]);
    }
}
