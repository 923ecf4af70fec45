//! What a backend does to each request: the faults of a run, in order.

use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use crate::http::{Cut, Head, Response};

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it is read and answered as the protocol wants.
    None,
    /// It is read, nothing of it is taken, and this is the answer.
    Discard(Response),
    /// It is taken, and this is the answer nevertheless: an error, or garbage.
    ReplaceResponse(Response),
    /// It is taken but for its first log events, and the answer says so.
    PartialSuccess {
        /// How many are not taken.
        rejected: usize,
    },
    /// It is read, nothing of it is taken, and no answer comes, however long the client waits.
    Hang,
    /// The connection ends when so many bytes of its body have been read; nothing is taken.
    CutRequest {
        /// Bytes of the body.
        after: usize,
        /// How it ends.
        how: Cut,
    },
    /// It is taken; the connection ends when so many bytes of the answer have been sent, its head included.
    CutResponse {
        /// Bytes of the answer: 0 for none.
        after: usize,
        /// How it ends.
        how: Cut,
    },
}

/// What a backend does with one request.
#[derive(Clone)]
pub struct Step {
    pub(super) fault: Fault,
    pub(super) delay: Duration,
    hook: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// Steps for the requests to come, each played once; after them, one that goes on for ever.
#[derive(Clone, Default)]
pub struct FaultSchedule {
    steps: VecDeque<Step>,
    then: Step,
    /// Only these requests are struck; all, where nothing is said.
    only: Option<RequestFilter>,
    /// Deals with all others.
    others: Option<Box<Self>>,
}

/// Chooses requests.
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
    /// A step with this fault, without delay.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { fault, delay: Duration::ZERO, hook: None }
    }

    /// Answers with this status; nothing is taken.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::new(Fault::Discard(Response::new(status, "")))
    }

    /// Takes it and answers with what no protocol has.
    #[must_use]
    pub fn malformed_response() -> Self {
        Self::new(Fault::ReplaceResponse(Response::new(200, b"\xff\x00<html>".as_slice())))
    }

    /// The connection ends when so many bytes of the body have been read.
    #[must_use]
    pub fn cut_request(after: usize, how: Cut) -> Self {
        Self::new(Fault::CutRequest { after, how })
    }

    /// It is taken; the connection ends when so many bytes of the answer have been sent.
    #[must_use]
    pub fn cut_response(after: usize, how: Cut) -> Self {
        Self::new(Fault::CutResponse { after, how })
    }

    /// Never answers; nothing is taken.
    #[must_use]
    pub fn hang() -> Self {
        Self::new(Fault::Hang)
    }

    /// Answers only after this time.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Calls this when the request has been dealt with and before it is answered: the moment to kill the sender.
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
    /// These steps, then everything is well.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), ..Self::default() }
    }

    /// This for every request.
    #[must_use]
    pub fn always(step: Step) -> Self {
        Self { then: step, ..Self::default() }
    }

    /// These steps, then this for every request.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.then = step;
        self
    }

    /// Only for requests whose path ends like this; all others are well.
    #[must_use]
    pub fn on(self, path: &str) -> Self {
        let path = path.to_owned();
        self.only(move |head| head.path().ends_with(&path))
    }

    /// Only for such requests; all others are well.
    #[must_use]
    pub fn only(mut self, filter: impl Fn(&Head) -> bool + Send + Sync + 'static) -> Self {
        self.only = Some(Arc::new(filter));
        self
    }

    /// Requests that this is not for are for another script.
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
