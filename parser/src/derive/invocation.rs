//! An invocation: one execution of a function's handler.

use std::{sync::Arc, time::Duration};

use super::{
    evidence::{Details, add_missing},
    outcome::{Outcome, StartKind},
};
use crate::{
    line::{PlatformSpan, Segment, Status},
    origin::Origin,
    units::{ByteSize, MemoryMib, MibMillis, UnixMillis},
};

/// One execution of a function's handler. There is exactly one for each REPORT, so an asynchronous retry with the same
/// request id is another invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// Origin of the invocation's lines: account, log stream, function and so on. `region` and `version` may come from
    /// lines of that stream.
    pub origin: Arc<Origin>,
    /// Event id of the REPORT, which identifies the invocation.
    pub event_id: Box<str>,
    /// Time of the REPORT, the end of the invocation.
    pub time: UnixMillis,
    /// Time of the START, if it was read.
    pub start_time: Option<UnixMillis>,
    /// Time of the `INIT_START` or `RESTORE_START` before the START, if it was read. With provisioned concurrency, the INIT
    /// may have been long before.
    pub init_start_time: Option<UnixMillis>,
    /// Request id. A retry of an asynchronous invocation has the same request id.
    pub request_id: Box<str>,
    /// Outcome according to the REPORT and to the [`Evidence`](super::Evidence) that was applied so far.
    pub outcome: Outcome,
    /// Status in the REPORT. `None` in the text format if the invocation succeeded, and in old logs, which have no
    /// status.
    pub reported: Option<Status>,
    /// Error type of the failure, such as `Runtime.ExitError` or `TypeError`.
    pub error_type: Option<Box<str>>,
    /// Kind of start.
    pub start: StartKind,
    /// Run time of the handler.
    pub duration: Option<Duration>,
    /// Time that AWS bills.
    pub billed_duration: Option<Duration>,
    /// Configured memory.
    pub memory_size: Option<MemoryMib>,
    /// Highest memory use.
    pub max_memory_used: Option<MemoryMib>,
    /// Time of the INIT phase.
    pub init_duration: Option<Duration>,
    /// Time of the restore from a SnapStart snapshot.
    pub restore_duration: Option<Duration>,
    /// Billed part of the restore.
    pub billed_restore_duration: Option<Duration>,
    /// Size of the response in bytes, if a line states it.
    pub produced_bytes: Option<ByteSize>,
    /// Time until the first byte of the response, if a line states it.
    pub response_latency: Option<Duration>,
    /// X-Ray trace id.
    pub trace_id: Option<Box<str>>,
    /// X-Ray segment: ids of the invocation's span and of its parent.
    pub segment: Option<Segment>,
    /// Parts of the invocation that the platform measured, each once.
    pub spans: Vec<PlatformSpan>,
    /// Tenant id, for functions with tenant isolation.
    pub tenant: Option<Box<str>>,
    /// True if lines of this invocation may be in another input: this input lacks its START, or ends before the next
    /// invocation or environment begins in its stream.
    pub at_edge: bool,
}

impl Invocation {
    /// Configured memory times billed time; `None` if the log lacks one of them.
    #[must_use]
    pub fn billed_memory_time(&self) -> Option<MibMillis> {
        Some(MibMillis::of(self.memory_size?, self.billed_duration?))
    }

    /// Part of `billed_duration` that is for INIT, in whole milliseconds: the billed time beyond the run time of the
    /// handler. Before August 2025 the INIT of a zip function was not billed, which gives 0. `None` without an INIT, or
    /// if the log lacks one of the times.
    #[must_use]
    pub fn init_billed(&self) -> Option<Duration> {
        Some(billed_part_of_init(self.billed_duration?, self.duration?, self.init_duration?))
    }

    /// True if the invocation, or the INIT before it, may have been running at `time`. The REPORT is written a little
    /// after the end, so the beginning is only known to within a second.
    #[must_use]
    pub fn spans(&self, time: UnixMillis) -> bool {
        const DELAY: Duration = Duration::from_secs(1);
        let began = self.time.before(self.duration.unwrap_or_default().saturating_add(DELAY));
        began <= time && time <= self.time
    }

    /// Distance of `time` from the invocation in milliseconds; 0 from its beginning to its REPORT.
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

    /// Fills values that the REPORT lacks from the details of other lines.
    pub fn fill_missing(&mut self, details: Details) {
        let Details {
            start,
            start_time,
            init_start_time,
            produced_bytes,
            response_latency,
            trace_id,
            segment,
            spans,
            tenant,
        } = details;
        if self.start == StartKind::Warm {
            self.start = start.unwrap_or(StartKind::Warm);
        }
        self.start_time = self.start_time.or(start_time);
        self.init_start_time = self.init_start_time.or(init_start_time);
        self.produced_bytes = self.produced_bytes.or(produced_bytes);
        self.response_latency = self.response_latency.or(response_latency);
        self.trace_id = self.trace_id.take().or(trace_id);
        self.segment = Segment::merge(self.segment, segment);
        add_missing(&mut self.spans, spans);
        self.tenant = self.tenant.take().or(tenant);
    }
}

/// Part of a billed duration that is for INIT, as [`Invocation::init_billed`] returns it.
#[must_use]
pub fn billed_part_of_init(billed: Duration, duration: Duration, init: Duration) -> Duration {
    billed.saturating_sub(whole_millis(duration)).min(whole_millis(init))
}

/// Rounds up to whole milliseconds, as AWS does for billing.
fn whole_millis(time: Duration) -> Duration {
    let millis = time.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).map_or(Duration::MAX, Duration::from_millis)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A successful invocation, for tests to modify.
    pub(in crate::derive) fn plain() -> Invocation {
        Invocation {
            origin: Arc::default(),
            event_id: "event".into(),
            time: UnixMillis(10_000),
            start_time: None,
            init_start_time: None,
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
            segment: None,
            spans: Vec::new(),
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
    fn billed_init_is_the_time_beyond_the_handler() {
        check_init_billed(2.37, 423.98, 427, 424);
        check_init_billed(133.61, 80.0, 214, 80);
    }

    #[test]
    fn billed_init_is_zero_in_logs_before_august_2025() {
        check_init_billed(99.2, 400.0, 100, 0);
        check_init_billed(3045.79, 84.0, 3000, 0);
    }

    #[test]
    fn billed_init_is_at_most_the_init_duration() {
        check_init_billed(1.0, 2.5, 1000, 3);
    }

    #[test]
    fn billed_init_is_none_without_an_init() {
        let warm =
            Invocation { duration: Some(Duration::ZERO), billed_duration: Some(Duration::MAX), ..plain() };
        assert_eq!(warm.init_billed(), None);
    }

    #[test]
    fn extreme_times_do_not_panic() {
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
    fn distance_counts_from_begin_and_end() {
        let invocation = Invocation { duration: Some(Duration::from_secs(2)), ..plain() };
        let distances =
            [7_000, 8_000, 9_000, 10_000, 10_005].map(|time| invocation.distance(UnixMillis(time)));
        assert_eq!(distances, [1_000, 0, 0, 0, 5]);
    }
}
