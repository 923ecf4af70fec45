//! A stand-in for AWS Lambda's Runtime API: hands one event at a time to the process under test, and judges the answer.
//!
//! One stand-in serves one process: a process that replaces a killed one gets a new stand-in, so nothing that the dead
//! one left in a socket can be taken for the living one's.

mod exchange;
mod protocol;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use self::exchange::Exchange;
pub(crate) use self::protocol::FUNCTION;
use crate::http::Server;

/// What a synchronous invocation may answer at most, in bytes (6 MB and a little, as AWS refuses it).
pub const RESPONSE_LIMIT: usize = 6_291_556;

/// How long AWS waits for a process to ask for its first event.
pub const INIT_LIMIT: Duration = Duration::from_secs(10);

/// One event for the process under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The same for every retry of an asynchronous event.
    pub request_id: String,
    /// The event's JSON.
    pub payload: Vec<u8>,
    /// The function's timeout; the deadline is that long after the event was handed out.
    pub timeout: Duration,
    /// The deadline that the process is told.
    pub announced: AnnouncedDeadline,
}

/// The deadline that a process is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnnouncedDeadline {
    /// The one that holds.
    #[default]
    Real,
    /// This number of milliseconds since 1970, whenever: emulators have a constant, or one that is over.
    Constant(u64),
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The function answered.
    Response(Vec<u8>),
    /// The function reported an error.
    Error {
        /// `Lambda-Runtime-Function-Error-Type`, empty when it was not sent.
        kind: String,
        /// Its description, JSON by convention.
        body: Vec<u8>,
    },
    /// It answered with more than [`RESPONSE_LIMIT`], in bytes.
    TooLarge(usize),
    /// It did not answer before its deadline.
    TimedOut,
    /// The process ended, or was killed, before it answered.
    ProcessExited,
    /// The process reported that it cannot start, or did not ask for an event within [`INIT_LIMIT`].
    InitFailed(String),
}

/// One invocation, as the service saw it.
#[derive(Clone, Debug)]
pub struct InvocationResult {
    /// Whose it is.
    pub request_id: String,
    /// How it ended.
    pub answer: Answer,
    /// From handing out the event to its end.
    pub duration: Duration,
}

/// The stand-in.
pub struct RuntimeApi {
    exchange: Arc<Exchange>,
    server: Server,
}

/// Tells the stand-in that its process is gone, from whichever thread finds out.
#[derive(Clone)]
pub struct ExitNotifier(Arc<Exchange>);

impl Answer {
    /// Whether AWS takes the event for processed, as far as the invocation goes.
    #[must_use]
    pub fn response(&self) -> Option<&[u8]> {
        match self {
            Self::Response(body) => Some(body),
            Self::Error { .. }
            | Self::TooLarge(_)
            | Self::TimedOut
            | Self::ProcessExited
            | Self::InitFailed(_) => None,
        }
    }
}

impl RuntimeApi {
    /// Listens on a free port.
    #[must_use]
    pub fn start() -> Self {
        let exchange = Arc::new(Exchange::default());
        let own = Arc::clone(&exchange);
        Self { exchange, server: Server::start(move |connection| protocol::serve(connection, &own)) }
    }

    /// What `AWS_LAMBDA_RUNTIME_API` has to say.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Hands out an event and waits until it is answered, the deadline is over, or the process is gone.
    #[must_use]
    pub fn invoke(&self, invocation: &Invocation) -> InvocationResult {
        self.exchange.offer(invocation.clone());
        let (answer, duration) = match self.exchange.wait_until_taken(INIT_LIMIT) {
            Ok(taken) => {
                let answer = self.exchange.wait_until_answered(taken + invocation.timeout);
                (answer, taken.elapsed())
            }
            Err(answer) => (answer, Duration::ZERO),
        };
        InvocationResult { request_id: invocation.request_id.clone(), answer, duration }
    }

    /// When the process first asked for an event.
    #[must_use]
    pub fn first_poll(&self) -> Option<Instant> {
        self.exchange.first_poll()
    }

    /// Waits until the process asks for an event; `false` when it ended or the time is over before that.
    #[must_use]
    pub fn wait_for_poll(&self, at_most: Duration) -> bool {
        self.exchange.wait_for_poll(at_most)
    }

    /// Calls that broke the protocol, in words.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.exchange.violations()
    }

    /// What tells it that the process is gone.
    #[must_use]
    pub fn exit_notifier(&self) -> ExitNotifier {
        ExitNotifier(Arc::clone(&self.exchange))
    }
}

impl ExitNotifier {
    /// The process is gone: whoever waits for its answer need not wait.
    pub fn notify(&self) {
        self.0.end();
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.exchange.end();
    }
}

#[cfg(test)]
mod tests;
