//! Circuits of one sink: one for each of its endpoints, so that a failing endpoint does not stop requests to the others.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::super::breaker::{Admission, Breaker, BreakerPolicy, Health, Permit};
use crate::sink::Signal;

/// Circuits of the endpoints of a sink, kept between invocations.
#[derive(Debug, Default)]
pub(super) struct Circuits {
    logs: Circuit,
    metrics: Circuit,
    traces: Circuit,
}

impl Circuits {
    /// Returns the circuit of the endpoint that receives `signal`.
    pub(super) fn of(&self, signal: Signal) -> &Circuit {
        match signal {
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.metrics,
            Signal::Traces => &self.traces,
        }
    }
}

/// Circuit breaker of one endpoint, with the last error.
#[derive(Debug)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Debug)]
struct State {
    breaker: Breaker,
    last_error: Option<String>,
}

impl Default for Circuit {
    fn default() -> Self {
        Self(Mutex::new(State { breaker: Breaker::new(BreakerPolicy::default()), last_error: None }))
    }
}

impl Circuit {
    /// Decides whether a body may be sent now.
    pub(super) fn admit(&self, now: Duration) -> Admission {
        self.state().breaker.admit(now)
    }

    /// Records the result of a request.
    pub(super) fn settle(&self, permit: Permit, health: Health, now: Duration) {
        self.state().breaker.settle(permit, health, now);
    }

    /// True while bodies are parked without being sent.
    pub(super) fn is_open(&self) -> bool {
        self.state().breaker.is_open()
    }

    /// Stores the error of a failed request, to be the explanation of the bodies that are parked while the circuit is
    /// open.
    pub(super) fn set_last_error(&self, error: String) {
        self.state().last_error = Some(error);
    }

    /// Returns the error of the last failed request.
    pub(super) fn last_error(&self) -> Option<String> {
        self.state().last_error.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
