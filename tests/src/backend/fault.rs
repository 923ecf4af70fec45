//! Faults that a stand-in for a backend produces, and their order over the requests of a test.

use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use crate::http::{Cut, Head, Response};

/// Fault that a backend applies to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault: the request is decoded and answered as the protocol defines.
    None,
    /// The contents of the request (log events, points) are discarded, and this response is sent.
    Discard(Response),
    /// The contents are accepted, but this response is sent instead of the right one.
    ReplaceResponse(Response),
    /// All but the first log events or points are accepted, and the response reports the rejected number.
    PartialSuccess {
        /// Number of rejected log events or points.
        rejected: usize,
    },
    /// The contents are discarded, and no response is ever sent.
    Hang,
    /// The connection ends after a part of the body was read; the contents are discarded.
    CutRequest {
        /// Bytes of the body to read.
        after: usize,
        /// Kind of the end.
        how: Cut,
    },
    /// The contents are accepted, and the connection ends after a part of the response was sent.
    CutResponse {
        /// Bytes of the response to send, counted from its status line; 0 for none.
        after: usize,
        /// Kind of the end.
        how: Cut,
    },
}

/// Behavior of a backend for one request: a fault, a delay, and a function to call.
#[derive(Clone)]
pub struct Step {
    pub(super) fault: Fault,
    pub(super) delay: Duration,
    hook: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// Behavior of a backend for all requests: each [`Step`] of a list applies to one request, and after the list one step
/// applies to all further requests.
#[derive(Clone, Default)]
pub struct FaultSchedule {
    steps: VecDeque<Step>,
    then: Step,
    /// Selects the requests that this schedule applies to; all if absent.
    only: Option<RequestFilter>,
    /// Schedule for requests that `only` does not select.
    others: Option<Box<Self>>,
}

/// Predicate on the head of a request.
type RequestFilter = Arc<dyn Fn(&Head) -> bool + Send + Sync>;

impl Default for Step {
    fn default() -> Self {
        Self::new(Fault::None)
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} after {:?}", self.fault, self.delay)
    }
}

impl Step {
    /// Creates a step with this fault and without a delay.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { fault, delay: Duration::ZERO, hook: None }
    }

    /// Creates a step that discards the contents and answers with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::new(Fault::Discard(Response::new(status, "")))
    }

    /// Creates a step that accepts the contents and answers with a body that no protocol can decode.
    #[must_use]
    pub fn malformed_response() -> Self {
        Self::new(Fault::ReplaceResponse(Response::new(200, b"\xff\x00<html>".as_slice())))
    }

    /// Creates a step that ends the connection after this number of bytes of the body.
    #[must_use]
    pub fn cut_request(after: usize, how: Cut) -> Self {
        Self::new(Fault::CutRequest { after, how })
    }

    /// Creates a step that accepts the contents and ends the connection after this number of bytes of the response.
    #[must_use]
    pub fn cut_response(after: usize, how: Cut) -> Self {
        Self::new(Fault::CutResponse { after, how })
    }

    /// Creates a step that discards the contents and never answers.
    #[must_use]
    pub fn hang() -> Self {
        Self::new(Fault::Hang)
    }

    /// Delays the response.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Calls a function after the request was processed and before the response is sent, for example to kill the
    /// client.
    #[must_use]
    pub fn with_hook(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    pub(super) fn run_hook(&self) {
        if let Some(hook) = &self.hook {
            hook();
        }
    }
}

impl FaultSchedule {
    /// Creates a schedule that applies one step to each of the first requests; later requests have no fault.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), ..Self::default() }
    }

    /// Creates a schedule that applies this step to every request.
    #[must_use]
    pub fn always(step: Step) -> Self {
        Self { then: step, ..Self::default() }
    }

    /// Applies this step to all requests after the first ones.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.then = step;
        self
    }

    /// Restricts the schedule to requests whose path has this suffix; other requests have no fault.
    #[must_use]
    pub fn on(self, path: &str) -> Self {
        let path = path.to_owned();
        self.only(move |head| head.path().ends_with(&path))
    }

    /// Restricts the schedule to selected requests; other requests have no fault.
    #[must_use]
    pub fn only(mut self, filter: impl Fn(&Head) -> bool + Send + Sync + 'static) -> Self {
        self.only = Some(Arc::new(filter));
        self
    }

    /// Applies another schedule to the requests that this one does not select.
    #[must_use]
    pub fn otherwise(mut self, others: Self) -> Self {
        self.others = Some(Box::new(others));
        self
    }

    pub(super) fn next(&mut self, head: &Head) -> Step {
        if self.only.as_ref().is_none_or(|filter| filter(head)) {
            return self.steps.pop_front().unwrap_or_else(|| self.then.clone());
        }
        self.others.as_mut().map(|others| others.next(head)).unwrap_or_default()
    }
}
