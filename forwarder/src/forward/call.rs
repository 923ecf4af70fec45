//! An invocation of the forwarder: what Lambda says about it, and what came of it.

use std::sync::atomic::{AtomicBool, Ordering};

use tailwater_parser::UnixMillis;

use super::redrive::RedriveError;
use crate::{
    deliver::{
        budget::{Budget, DeadlineSource, ParkingTimes, Terms},
        clock::Clock,
        obligations::Account,
    },
    ledger::Imbalance,
    outcome::Outcome,
    settings::Limits,
    source::UnknownEvent,
};

/// Emulators send the same deadline again and again: once is enough said.
static DEADLINE_TOLD: AtomicBool = AtomicBool::new(false);

/// What is known about an invocation before its event is read.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// Lambda's id of it, the same when Lambda tries again.
    pub request_id: &'c str,
    /// When the answer is due.
    pub deadline: UnixMillis,
    /// When it began.
    pub now: UnixMillis,
}

impl Call<'_> {
    /// Its time. Parking that has been slow so far is given more of it.
    #[must_use]
    pub fn clock(&self, parking: &ParkingTimes, limits: &Limits) -> Clock {
        let terms = Terms {
            timeout: limits.fallback_timeout,
            reserve: parking.reserve(limits.deadline_reserve),
            longest_try: limits.timeout,
        };
        let budget = Budget::begin(self.now, self.deadline, &terms);
        if budget.source() == DeadlineSource::Configured && !DEADLINE_TOLD.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                deadline_ms = self.deadline.0,
                "the deadline cannot be true: TAILWATER_INVOCATION_TIMEOUT is used instead"
            );
        }
        Clock::begin(budget, self.now)
    }
}

/// What came of an event.
#[derive(Debug)]
pub struct Forwarded {
    /// What Lambda is told.
    pub outcome: Outcome,
    /// The account of each sink, by its name.
    pub sinks: Vec<(&'static str, Account)>,
}

/// Why an event was not forwarded at all. Says shapes and numbers, never content.
#[derive(Debug, thiserror::Error)]
pub enum Undone {
    /// It is none that is known.
    #[error(transparent)]
    Unknown(#[from] UnknownEvent),
    /// A defect of ours.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// What is parked cannot be had.
    #[error(transparent)]
    Redrive(Box<RedriveError>),
}
