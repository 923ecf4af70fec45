//! Context and result of one invocation of the forwarder.

use std::sync::atomic::{AtomicBool, Ordering};

use tailwater_parser::UnixMillis;

use super::{Limits, redrive::RedriveError};
use crate::{
    ledger::Imbalance,
    outcome::Outcome,
    send::{
        budget::{Budget, BudgetTerms, DeadlineSource, ParkingTimes},
        clock::Clock,
    },
    source::UnknownEvent,
    tracker::Account,
};

/// True once the warning about an implausible deadline was logged: emulators send the same one every time.
static DEADLINE_WARNED: AtomicBool = AtomicBool::new(false);

/// Id, deadline and start of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct InvocationContext<'c> {
    /// Lambda's request id, the same when Lambda retries.
    pub request_id: &'c str,
    /// Time at which the answer is due.
    pub deadline: UnixMillis,
    /// Time at which the invocation began.
    pub now: UnixMillis,
}

impl InvocationContext<'_> {
    /// Returns the clock of the invocation. Where parking has been slow so far, more time is reserved for it.
    #[must_use]
    pub fn clock(&self, parking: &ParkingTimes, limits: &Limits) -> Clock {
        let terms = BudgetTerms {
            timeout: limits.fallback_timeout,
            reserve: parking.reserve(limits.deadline_reserve),
            max_request_time: limits.timeout,
        };
        let budget = Budget::new(self.now, self.deadline, &terms);
        if budget.source() == DeadlineSource::Configured && !DEADLINE_WARNED.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                deadline_ms = self.deadline.0,
                "the deadline is not plausible: using TAILWATER_INVOCATION_TIMEOUT instead"
            );
        }
        Clock::start(budget, self.now)
    }
}

/// Result of forwarding an event.
#[derive(Debug)]
pub struct Forwarded {
    /// Answer to Lambda.
    pub outcome: Outcome,
    /// Account of each sink, by name.
    pub sinks: Vec<(&'static str, Account)>,
}

/// Error for an event that was not forwarded at all. Names shapes and numbers, never content.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// The event is of no known kind.
    #[error(transparent)]
    Unknown(#[from] UnknownEvent),
    /// The ledger does not balance: a defect of this program.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// Parked objects cannot be listed or read.
    #[error(transparent)]
    Redrive(Box<RedriveError>),
}
