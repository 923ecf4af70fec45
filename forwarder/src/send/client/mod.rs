//! Client of one sink: sends a body, with retries, until it is accepted, parked, rejected or has to be split.

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
    credentials::{AuthScheme, Credentials, Unknown},
    output::Output,
};
use super::{
    breaker::{Admission, Breaker, BreakerPolicy},
    clock::Clock,
    retry::{Completion, Decision, Policy, Reply, Split, Tried},
};
use crate::{
    batch::Body,
    http::{Client, Error, Failure, HeaderName, HeaderValue, Method, Request, Response},
    ledger::{Disposition, ParkReason},
    sink::{Answer, Sink, Verdict},
};

/// Timeout of the request that probes whether a failing backend has recovered: nothing else should wait for it.
const LONGEST_PROBE: Duration = Duration::from_secs(1);

/// Client of one sink, kept between invocations.
#[derive(Debug)]
pub struct SinkClient {
    /// Name of the sink in the settings.
    pub name: &'static str,
    /// Description of the sink: encoding, endpoints, verdicts.
    pub sink: Arc<dyn Sink>,
    /// Transport of its bodies.
    pub transport: Transport,
    /// Retry and split limits.
    pub policy: Policy,
    /// Maximum duration of one request, where the sink has a limit of its own.
    pub longest_try: Option<Duration>,
    breaker: Mutex<Breaker>,
    slots: Semaphore,
    began: Instant,
}

/// Transport of bodies to one sink.
#[derive(Debug)]
pub enum Transport {
    /// HTTP requests.
    Http {
        /// HTTP client, shared by all sinks.
        client: Client,
        /// Credentials that are added to each request.
        credentials: Credentials,
    },
    /// Standard output or a file.
    Output(Output),
    /// Replies that a test makes up.
    #[cfg(test)]
    Fake(fake_transport::FakeTransport),
}

/// A body after its last send.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The body, without its bytes.
    pub body: Body,
    /// Final state of the body, or how it has to be split and sent again.
    pub result: Result<Completion, Split>,
    /// Number of requests made for it.
    pub sends: u32,
    /// Number of times credentials were fetched again for it.
    pub refreshes: u32,
    /// Bytes sent, all requests together.
    pub bytes: u64,
    /// Error text of the backend, where it refuses. It may quote what was sent, so it is never logged.
    pub words: Option<String>,
}

impl SinkClient {
    /// Creates the client of a sink that takes at most `concurrency` requests at once.
    #[must_use]
    pub fn new(name: &'static str, sink: Arc<dyn Sink>, transport: Transport, concurrency: usize) -> Self {
        Self {
            name,
            sink,
            transport,
            policy: Policy::default(),
            longest_try: None,
            breaker: Mutex::new(Breaker::new(BreakerPolicy::default())),
            slots: Semaphore::new(concurrency),
            began: Instant::now(),
        }
    }

    /// True while the circuit breaker keeps requests from a failing backend.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.breaker().is_open()
    }

    /// Sends a body, with retries, until its result is decided or the time for sending is over. `bisections` is the number
    /// of bodies of the invocation that were halved in search of refused events.
    pub async fn deliver(self: Arc<Self>, mut body: Body, clock: Clock, bisections: u32) -> Sent {
        let mut tried = Tried {
            events: body.covers.count().max(1),
            sends: 0,
            refreshes: body.history.refreshes,
            bisections,
            parts: body.history.parts,
        };
        let (result, words) = self.send_until_decided(&body, clock, &mut tried).await;
        let refreshes = tried.refreshes.saturating_sub(body.history.refreshes);
        let bytes = u64::from(tried.sends) * u64::try_from(body.bytes.len()).unwrap_or(u64::MAX);
        body.bytes = bytes::Bytes::new();
        body.history.refreshes = tried.refreshes;
        Sent { body, result, sends: tried.sends, refreshes, bytes, words }
    }

    async fn send_until_decided(
        &self,
        body: &Body,
        clock: Clock,
        tried: &mut Tried,
    ) -> (Result<Completion, Split>, Option<String>) {
        let parked = |reason| (Ok(Completion::parked(reason)), None);
        let slot = tokio::time::timeout(clock.left().all(), self.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else { return parked(ParkReason::OutOfTime) };
        loop {
            let Some(timeout) = clock.left().try_timeout() else { return parked(ParkReason::OutOfTime) };
            let timeout = self.longest_try.map_or(timeout, |longest| timeout.min(longest));
            let Admission::Send(permit) = self.breaker().admit(self.began.elapsed()) else {
                return parked(ParkReason::CircuitOpen);
            };
            let timeout = if permit.is_probe() { timeout.min(LONGEST_PROBE) } else { timeout };
            tried.sends += 1;
            let answered = self.attempt(body, timeout, clock).await;
            let reply = match &answered {
                Ok((verdict, _)) => Reply::Verdict(verdict),
                Err(error) => Reply::Failure(error.failure),
            };
            self.breaker().settle(permit, reply.health(), self.began.elapsed());
            let result = match self.policy.decide(reply, tried, clock.left(), jitter(clock, tried.sends)) {
                // The circuit has just opened: nobody is to wait for the next probe.
                Decision::RetryAfter(_) if self.is_open() => return parked(ParkReason::CircuitOpen),
                Decision::RetryAfter(pause) => {
                    tokio::time::sleep(pause).await;
                    continue;
                }
                Decision::RefreshCredentials => {
                    tried.refreshes += 1;
                    self.refresh(clock.left().all()).await;
                    continue;
                }
                Decision::Split(split) => Err(split),
                Decision::Done(completion) => Ok(completion),
            };
            self.log_failure(result, &answered);
            return (result, answered.ok().and_then(|(verdict, _)| words(verdict)));
        }
    }

    /// Makes one request. Returns the verdict and the HTTP status, 0 where there is none.
    async fn attempt(&self, body: &Body, timeout: Duration, clock: Clock) -> Result<(Verdict, u16), Error> {
        let (client, credentials) = match &self.transport {
            Transport::Http { client, credentials } => (client, credentials),
            Transport::Output(output) => return output.write(&body.bytes).map(|()| (Verdict::Delivered, 0)),
            #[cfg(test)]
            Transport::Fake(backend) => {
                let response = backend.send(body, timeout).await?;
                return Ok((self.judge(&response, clock), response.status));
            }
        };
        let Some(request) = self.request(body) else { return Err(nowhere()) };
        // Credentials that cannot be had are as good as refused ones: fetched again once, then parked.
        let Ok(request) = credentials.put_on(request, timeout).await else {
            return Ok((Verdict::Unauthorized, 0));
        };
        let response = client.send(request, timeout).await?;
        Ok((self.judge(&response, clock), response.status))
    }

    fn judge(&self, response: &Response, clock: Clock) -> Verdict {
        self.sink.verdict(&answer(response, self.sink.as_ref()), clock.now())
    }

    /// Logs why a body is not delivered, or not all of it: the HTTP status or the failure, never the backend's text, which
    /// may quote what was sent.
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

/// Error for a body of a signal that the sink has no endpoint for; no batcher is ever made for one.
fn nowhere() -> Error {
    Error { failure: Failure::Unresolved, detail: "there is no address for it".into() }
}

fn answer<'r>(response: &'r Response, sink: &dyn Sink) -> Answer<'r> {
    let own = || sink.wait_header().and_then(|name| response.header(name));
    let wait = response.header("retry-after").or_else(own);
    Answer { status: response.status, retry_after: wait, body: &response.body }
}

/// Returns the error text of a backend that refuses.
fn words(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Partly { reason, .. } | Verdict::Refused { reason } => Some(reason),
        Verdict::Delivered | Verdict::Later { .. } | Verdict::Unauthorized | Verdict::TooLarge => None,
    }
}

/// Returns a number that differs between forwarders that began at the same moment: their clocks differ in nanoseconds.
fn jitter(clock: Clock, sends: u32) -> u64 {
    xxh3_64(&(clock.elapsed().as_nanos() + u128::from(sends)).to_le_bytes())
}
