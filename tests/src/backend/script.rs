//! What a backend does to each request: the faults of a run, in order.

use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use crate::http::{Cut, Response};

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it is read and answered as the protocol wants.
    None,
    /// It is read, nothing of it is taken, and this is the answer.
    Answer(Response),
    /// It is taken, and this is the answer nevertheless: an error, or garbage.
    Lie(Response),
    /// It is taken but for its first log events, and the answer says so.
    Partial {
        /// How many are not taken.
        rejected: usize,
    },
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
pub struct Script {
    steps: VecDeque<Step>,
    then: Step,
    /// Only requests to paths that end like this are struck.
    path: String,
}

impl Default for Step {
    fn default() -> Self {
        Self::of(Fault::None)
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
    pub fn of(fault: Fault) -> Self {
        Self { fault, delay: Duration::ZERO, hook: None }
    }

    /// Answers with this status; nothing is taken.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::of(Fault::Answer(Response::new(status, "")))
    }

    /// Takes it and answers with what no protocol has.
    #[must_use]
    pub fn garbage() -> Self {
        Self::of(Fault::Lie(Response::new(200, b"\xff\x00<html>".as_slice())))
    }

    /// The connection ends when so many bytes of the body have been read.
    #[must_use]
    pub fn cut_request(after: usize, how: Cut) -> Self {
        Self::of(Fault::CutRequest { after, how })
    }

    /// It is taken; the connection ends when so many bytes of the answer have been sent.
    #[must_use]
    pub fn cut_response(after: usize, how: Cut) -> Self {
        Self::of(Fault::CutResponse { after, how })
    }

    /// Answers only after this time.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Calls this when the request has been dealt with and before it is answered: the moment to kill the sender.
    #[must_use]
    pub fn calling(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    pub(super) fn strike(&self) {
        if let Some(hook) = &self.hook {
            hook();
        }
    }
}

impl Script {
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
    pub fn on(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(super) fn next(&mut self, path: &str) -> Step {
        if path.ends_with(&self.path) {
            self.steps.pop_front().unwrap_or_else(|| self.then.clone())
        } else {
            Step::default()
        }
    }
}
