//! Stand-in for AWS Lambda's Runtime API: gives one event at a time to the process under test and checks its calls.
//!
//! Each process gets its own stand-in, so that no data that a killed process left in a socket is attributed to its
//! successor.

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

/// Maximum size of a synchronous response in bytes, as AWS enforces it: a little over 6 MB.
pub const RESPONSE_LIMIT: usize = 6_291_556;

/// Time within which AWS expects the first request for an event.
pub const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Event for the process under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Request id, which is the same for each retry of an asynchronous event.
    pub request_id: String,
    /// JSON of the event.
    pub payload: Vec<u8>,
    /// Timeout of the function; the deadline is this long after the process took the event.
    pub timeout: Duration,
    /// Deadline that the process is sent.
    pub announced: AnnouncedDeadline,
}

/// Deadline in the header `Lambda-Runtime-Deadline-Ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnnouncedDeadline {
    /// The actual deadline.
    #[default]
    Real,
    /// The same deadline for every invocation, in ms since 1970, as some emulators send it.
    Constant(u64),
}

/// Answer of the process to an event, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The function responded.
    Response(Vec<u8>),
    /// The function reported an error.
    Error {
        /// `Lambda-Runtime-Function-Error-Type`; empty if it was not sent.
        kind: String,
        /// Description of the error, by convention JSON.
        body: Vec<u8>,
    },
    /// The response was larger than [`RESPONSE_LIMIT`]; its size in bytes.
    TooLarge(usize),
    /// There was no answer before the deadline.
    TimedOut,
    /// The process ended before it answered.
    ProcessExited,
    /// The process reported an initialization error, or did not request an event within [`INIT_LIMIT`].
    InitFailed(String),
}

/// Result of one invocation, as AWS observes it.
#[derive(Clone, Debug)]
pub struct InvocationResult {
    /// Request id of the invocation.
    pub request_id: String,
    /// Answer of the process, or the reason why there is none.
    pub answer: Answer,
    /// Time from the delivery of the event to the end.
    pub duration: Duration,
}

/// Running stand-in for the Runtime API.
pub struct RuntimeApi {
    exchange: Arc<Exchange>,
    server: Server,
}

/// Notifies the stand-in, from any thread, that the process has ended.
#[derive(Clone)]
pub struct ExitNotifier(Arc<Exchange>);

impl Answer {
    /// Returns the response, if the invocation succeeded.
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
    /// Starts the stand-in on a free port.
    #[must_use]
    pub fn start() -> Self {
        let exchange = Arc::new(Exchange::default());
        let own = Arc::clone(&exchange);
        Self { exchange, server: Server::start(move |connection| protocol::serve(connection, &own)) }
    }

    /// Returns the value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Offers an event and blocks until it is answered, the deadline passes, or the process ends.
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

    /// Returns the time of the first request for an event.
    #[must_use]
    pub fn first_poll(&self) -> Option<Instant> {
        self.exchange.first_poll()
    }

    /// Blocks until the process requests an event; returns `false` if it ends or the time passes before that.
    #[must_use]
    pub fn wait_for_poll(&self, at_most: Duration) -> bool {
        self.exchange.wait_for_poll(at_most)
    }

    /// Returns descriptions of invalid calls.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.exchange.violations()
    }

    /// Returns the notifier for the end of the process.
    #[must_use]
    pub fn exit_notifier(&self) -> ExitNotifier {
        ExitNotifier(Arc::clone(&self.exchange))
    }
}

impl ExitNotifier {
    /// Reports that the process has ended: no further answer will come.
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
