//! Client of one sink: sends a request body, with retries, until it is accepted, parked, rejected or has to be split.

mod credentials;
#[cfg(test)]
pub(crate) mod fake_transport;
mod output;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};
use xxhash_rust::xxh3::xxh3_64;

pub use self::{
    credentials::{AuthScheme, Credentials, NoCredentials},
    output::Output,
};
use super::{
    breaker::{Admission, Breaker, BreakerPolicy},
    clock::Clock,
    retry::{Attempts, Completion, Decision, Reply, RetryPolicy, Split},
};
use crate::{
    batch::Body,
    http::{Client, Error, Failure, HeaderName, HeaderValue, Method, Request, Response},
    ledger::{Disposition, ParkReason},
    sink::{BackendResponse, Sink, Verdict},
};

/// Maximum timeout of the request that probes whether a failing backend has recovered: the invocation should not wait for it.
const MAX_PROBE_TIME: Duration = Duration::from_secs(1);

/// Client of one sink, kept between invocations.
#[derive(Debug)]
pub struct SinkClient {
    /// Name of the sink in the settings.
    pub name: &'static str,
    /// Implementation of the sink: encoding, endpoints, and interpretation of answers.
    pub sink: Arc<dyn Sink>,
    /// Way in which request bodies get to the sink.
    pub transport: Transport,
    /// Limits of retries and of splitting.
    pub policy: RetryPolicy,
    /// Maximum duration of one request; `None` if the sink has no limit of its own.
    pub max_request_time: Option<Duration>,
    breaker: Mutex<Breaker>,
    slots: Semaphore,
    created: Instant,
}

/// Way in which request bodies get to a sink.
#[derive(Debug)]
pub enum Transport {
    /// HTTP requests.
    Http {
        /// HTTP client, shared by all sinks.
        client: Client,
        /// Credentials that are added to each request.
        credentials: Credentials,
    },
    /// Lines on standard output or in a file.
    Output(Output),
    /// Replies that a test makes up, without a network.
    #[cfg(test)]
    Fake(fake_transport::FakeTransport),
}

/// Request body with its result, once it is not sent any more.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The body without its bytes.
    pub body: Body,
    /// Final state of the body, or the way in which it has to be split to be sent again.
    pub result: Result<Completion, Split>,
    /// Number of requests that were made for the body.
    pub sends: u32,
    /// Number of times that credentials were fetched again for the body.
    pub refreshes: u32,
    /// Number of bytes that were sent, in all requests for the body together.
    pub bytes: u64,
    /// Error text in the answer, if the backend refuses the body. It may quote what was sent, so it is never logged.
    pub error_text: Option<String>,
}

impl SinkClient {
    /// Creates the client of a sink. At most `concurrency` requests are made at once.
    #[must_use]
    pub fn new(name: &'static str, sink: Arc<dyn Sink>, transport: Transport, concurrency: usize) -> Self {
        Self {
            name,
            sink,
            transport,
            policy: RetryPolicy::default(),
            max_request_time: None,
            breaker: Mutex::new(Breaker::new(BreakerPolicy::default())),
            slots: Semaphore::new(concurrency),
            created: Instant::now(),
        }
    }

    /// True while the circuit breaker holds requests back, because the backend failed too often.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.breaker().is_open()
    }

    /// Sends a body, with retries, until its result is decided or the time for sending is over. `bisections` is the number
    /// of bodies of the invocation that were halved in search of refused events.
    pub async fn deliver(self: Arc<Self>, mut body: Body, clock: Clock, bisections: u32) -> Sent {
        let mut attempts = Attempts {
            events: body.covers.count().max(1),
            sends: 0,
            refreshes: body.history.refreshes,
            bisections,
            parts: body.history.parts,
        };
        let (result, error_text) = self.send_until_decided(&body, clock, &mut attempts).await;
        let refreshes = attempts.refreshes.saturating_sub(body.history.refreshes);
        let bytes = u64::from(attempts.sends) * u64::try_from(body.bytes.len()).unwrap_or(u64::MAX);
        body.bytes = bytes::Bytes::new();
        body.history.refreshes = attempts.refreshes;
        Sent { body, result, sends: attempts.sends, refreshes, bytes, error_text }
    }

    async fn send_until_decided(
        &self,
        body: &Body,
        clock: Clock,
        attempts: &mut Attempts,
    ) -> (Result<Completion, Split>, Option<String>) {
        let parked = |reason| (Ok(Completion::parked(reason)), None);
        let slot = tokio::time::timeout(clock.left().all(), self.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else { return parked(ParkReason::OutOfTime) };
        loop {
            let Some(timeout) = clock.left().request_timeout() else { return parked(ParkReason::OutOfTime) };
            let timeout = self.max_request_time.map_or(timeout, |max| timeout.min(max));
            let Admission::Send(permit) = self.breaker().admit(self.created.elapsed()) else {
                return parked(ParkReason::CircuitOpen);
            };
            let timeout = if permit.is_probe() { timeout.min(MAX_PROBE_TIME) } else { timeout };
            attempts.sends += 1;
            let answered = self.attempt(body, timeout, clock).await;
            let reply = match &answered {
                Ok((verdict, _)) => Reply::Verdict(verdict),
                Err(error) => Reply::Failure(error.failure),
            };
            self.breaker().settle(permit, reply.health(), self.created.elapsed());
            let result =
                match self.policy.decide(reply, attempts, clock.left(), jitter(clock, attempts.sends)) {
                    // The circuit has just opened: the invocation should not wait for the next probe.
                    Decision::RetryAfter(_) if self.is_open() => return parked(ParkReason::CircuitOpen),
                    Decision::RetryAfter(pause) => {
                        tokio::time::sleep(pause).await;
                        continue;
                    }
                    Decision::RefreshCredentials => {
                        attempts.refreshes += 1;
                        self.refresh(clock.left().all()).await;
                        continue;
                    }
                    Decision::Split(split) => Err(split),
                    Decision::Done(completion) => Ok(completion),
                };
            self.log_failure(result, &answered);
            return (result, answered.ok().and_then(|(verdict, _)| error_text(verdict)));
        }
    }

    /// Makes one request. Returns the verdict of the sink on the answer, and the HTTP status; 0 if there is no status.
    async fn attempt(&self, body: &Body, timeout: Duration, clock: Clock) -> Result<(Verdict, u16), Error> {
        let (client, credentials) = match &self.transport {
            Transport::Http { client, credentials } => (client, credentials),
            Transport::Output(output) => return output.write(&body.bytes).map(|()| (Verdict::Delivered, 0)),
            #[cfg(test)]
            Transport::Fake(backend) => {
                let response = backend.send(body, timeout).await?;
                return Ok((self.verdict(&response, clock), response.status));
            }
        };
        let Some(request) = self.request(body) else { return Err(no_endpoint()) };
        // Credentials that cannot be fetched are treated like refused ones: fetched again once, then the body is parked.
        let Ok(request) = credentials.authenticate(request, timeout).await else {
            return Ok((Verdict::Unauthorized, 0));
        };
        let response = client.send(request, timeout).await?;
        Ok((self.verdict(&response, clock), response.status))
    }

    fn verdict(&self, response: &Response, clock: Clock) -> Verdict {
        self.sink.verdict(&answer(response, self.sink.as_ref()), clock.now())
    }

    /// Logs why a body, or a part of it, is not delivered: the HTTP status or the failure, never the text of the
    /// backend, which may quote what was sent.
    fn log_failure(&self, result: Result<Completion, Split>, answered: &Result<(Verdict, u16), Error>) {
        let (status, error) = match answered {
            Ok((_, status)) => (Some(*status), None),
            Err(error) => (None, Some(tracing::field::display(error))),
        };
        match result {
            Err(_) | Ok(Completion { disposition: Disposition::Delivered, rejected: 0 }) => {}
            Ok(Completion { disposition: Disposition::Delivered, rejected }) => {
                tracing::warn!(sink = self.name, rejected, "the sink accepted a body in part");
            }
            Ok(_) => tracing::warn!(sink = self.name, status, error, "a body is not delivered"),
        }
    }

    fn request(&self, body: &Body) -> Option<Request> {
        let endpoint = self.sink.endpoint(body.signal)?;
        let request = Request::new(Method::POST, endpoint.url.as_str(), body.bytes.clone())
            .with(HeaderName::from_static("content-type"), HeaderValue::from_static(endpoint.content_type));
        Some(match endpoint.encoding.name() {
            Some(encoding) => {
                request.with(HeaderName::from_static("content-encoding"), HeaderValue::from_static(encoding))
            }
            None => request,
        })
    }

    async fn refresh(&self, within: Duration) {
        match &self.transport {
            Transport::Http { credentials, .. } => credentials.refresh(within).await,
            Transport::Output(_) => {}
            #[cfg(test)]
            Transport::Fake(_) => {}
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the error for a body of a signal (logs or metrics) for which the sink has no endpoint. No batcher ever makes
/// such a body.
fn no_endpoint() -> Error {
    Error { failure: Failure::Unresolved, detail: "the sink has no endpoint for this signal".into() }
}

fn answer<'r>(response: &'r Response, sink: &dyn Sink) -> BackendResponse<'r> {
    let own = || sink.retry_header().and_then(|name| response.header(name));
    let retry_after = response.header("retry-after").or_else(own);
    BackendResponse { status: response.status, retry_after, body: &response.body }
}

/// Returns the error text in the answer of a backend that refuses a body.
fn error_text(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Partly { reason, .. } | Verdict::Refused { reason } => Some(reason),
        Verdict::Delivered | Verdict::Later { .. } | Verdict::Unauthorized | Verdict::TooLarge => None,
    }
}

/// Returns a number for the jitter of pauses. It differs between forwarders that started at the same time, since their
/// clocks differ in nanoseconds.
fn jitter(clock: Clock, sends: u32) -> u64 {
    xxh3_64(&(clock.elapsed().as_nanos() + u128::from(sends)).to_le_bytes())
}
