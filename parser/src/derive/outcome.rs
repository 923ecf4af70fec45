//! Start kind and outcome of an invocation, as its REPORT states them.

use crate::line::{Report, Status};

/// Error type that the platform reports if memory ran out.
pub(super) const OUT_OF_MEMORY: &str = "Runtime.OutOfMemory";

/// Error type that the platform reports if the runtime exited or was killed.
pub(super) const EXIT_ERROR: &str = "Runtime.ExitError";

/// Outcome of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No failure is known.
    Success,
    /// The invocation ended with an error.
    Error,
    /// The invocation was stopped at the function's timeout.
    Timeout,
    /// The invocation ran out of memory.
    OutOfMemory,
    /// The REPORT has a status that this version does not know.
    Unknown,
}

/// Kind of start: the work that had to be done before the handler ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartKind {
    /// No such work: an initialized execution environment was ready.
    Warm,
    /// An INIT phase: a cold start.
    Cold,
    /// A restore of a SnapStart snapshot.
    Restored,
}

impl Outcome {
    /// True for every outcome that AWS counts as an error, timeouts and out-of-memory included.
    #[must_use]
    pub fn is_failure(self) -> bool {
        match self {
            Self::Error | Self::Timeout | Self::OutOfMemory => true,
            Self::Success | Self::Unknown => false,
        }
    }

    /// Name of the outcome in records and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::Unknown => "unknown",
        }
    }

    /// Severity of the outcome: if lines prove different outcomes of an invocation, the one of the highest rank is
    /// kept. A timeout has the highest rank, because it ends the invocation whatever failed before.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Success | Self::Unknown => 0,
            Self::Error => 1,
            Self::OutOfMemory => 2,
            Self::Timeout => 3,
        }
    }
}

/// Outcome of an invocation according to its REPORT alone.
pub(super) fn reported_outcome(report: &Report<'_>) -> Outcome {
    match report.status {
        None | Some(Status::Success) => Outcome::Success,
        Some(Status::Error | Status::Failure) if ran_out_of_memory(report) => Outcome::OutOfMemory,
        Some(Status::Error | Status::Failure) => Outcome::Error,
        Some(Status::Timeout) => Outcome::Timeout,
        Some(Status::Unknown) => Outcome::Unknown,
    }
}

/// True if the REPORT has the error type [`OUT_OF_MEMORY`], or [`EXIT_ERROR`] with all memory in use: a kill by the
/// kernel for lack of memory is reported as a plain exit.
fn ran_out_of_memory(report: &Report<'_>) -> bool {
    match report.error_type.as_deref() {
        Some(OUT_OF_MEMORY) => true,
        Some(EXIT_ERROR) => report.memory_size.is_some() && report.max_memory_used >= report.memory_size,
        Some(_) | None => false,
    }
}
