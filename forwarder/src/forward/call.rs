//! An invocation of the forwarder: what Lambda says about it, and what came of it.

use tailwater_parser::UnixMillis;

use crate::{
    deliver::{
        budget::{Budget, ParkingTimes, Terms},
        clock::Clock,
        obligations::Account,
    },
    ledger::Imbalance,
    outcome::Outcome,
    settings::Limits,
    source::UnknownEvent,
};

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
        Clock::begin(Budget::begin(self.now, self.deadline, &terms), self.now)
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
}
