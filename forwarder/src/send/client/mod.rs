//! Client of one sink: sends a request body, with retries, until it is accepted, parked, rejected or has to be split.

mod answered;
mod circuit;
mod credentials;
#[cfg(test)]
pub(crate) mod fake_transport;
mod output;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::Instant};
use xxhash_rust::xxh3::xxh3_64;

use self::{
    answered::{Answered, FailureText},
    circuit::Circuits,
};
pub use self::{
    credentials::{AuthScheme, Credentials, NoCredentials},
    output::Output,
};
use super::{
    breaker::Admission,
    clock::Clock,
    retry::{Attempts, Completion, Decision, RetryPolicy, Split},
};
use crate::{
    batch::{Body, Level},
    http::{Client, Error, Failure, HeaderName, HeaderValue, Method, Request},
    ledger::{Disposition, ParkReason},
    sink::{Signal, Sink},
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
    /// Compression level of bodies, instead of that of all sinks.
    pub level: Option<Level>,
    circuits: Circuits,
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
    /// Description of the failure, if the backend did not accept all of the body: the URL, then the HTTP status with the
    /// backend's explanation, or the error of the connection. What the explanation repeats of the body is left out.
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
            level: None,
            circuits: Circuits::default(),
            slots: Semaphore::new(concurrency),
            created: Instant::now(),
        }
    }

    /// True while the circuit breaker of the endpoint for `signal` holds requests back, because the endpoint failed too
    /// often.
    #[must_use]
    pub fn is_open(&self, signal: Signal) -> bool {
        self.circuits.of(signal).is_open()
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
        let (result, answered) = self.send_until_decided(&body, clock, &mut attempts).await;
        let error_text = self.report_failure(result, answered.as_ref(), &body);
        let refreshes = attempts.refreshes.saturating_sub(body.history.refreshes);
        let bytes = u64::from(attempts.sends) * u64::try_from(body.bytes.len()).unwrap_or(u64::MAX);
        body.bytes = bytes::Bytes::new();
        body.history.refreshes = attempts.refreshes;
        Sent { body, result, sends: attempts.sends, refreshes, bytes, error_text }
    }

    /// Returns the result of a body, and the outcome of the last request if any was made.
    async fn send_until_decided(
        &self,
        body: &Body,
        clock: Clock,
        attempts: &mut Attempts,
    ) -> (Result<Completion, Split>, Option<Answered>) {
        let parked = |reason| Ok(Completion::parked(reason));
        let circuit = self.circuits.of(body.signal);
        let mut last = None;
        let slot = tokio::time::timeout(clock.left().all(), self.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else { return (parked(ParkReason::OutOfTime), last) };
        loop {
            let Some(timeout) = clock.left().request_timeout() else {
                return (parked(ParkReason::OutOfTime), last);
            };
            let timeout = self.max_request_time.map_or(timeout, |max| timeout.min(max));
            let Admission::Send(permit) = circuit.admit(self.created.elapsed()) else {
                return (parked(ParkReason::CircuitOpen), last);
            };
            let timeout = if permit.is_probe() { timeout.min(MAX_PROBE_TIME) } else { timeout };
            attempts.sends += 1;
            let answered = self.attempt(body, timeout, clock).await;
            let reply = answered.reply();
            last = Some(answered);
            circuit.settle(permit, reply.health(), self.created.elapsed());
            match self.policy.decide(reply, attempts, clock.left(), jitter(clock, attempts.sends)) {
                // The circuit has just opened: the invocation should not wait for the next probe.
                Decision::RetryAfter(_) if circuit.is_open() => {
                    return (parked(ParkReason::CircuitOpen), last);
                }
                Decision::RetryAfter(pause) => tokio::time::sleep(pause).await,
                Decision::RefreshCredentials => {
                    attempts.refreshes += 1;
                    self.refresh(clock.left().all()).await;
                }
                Decision::Split(split) => return (Err(split), last),
                Decision::Done(completion) => return (Ok(completion), last),
            }
        }
    }

    /// Logs why a body, or a part of it, is not delivered. Returns the description of the failure; `None` if all of the
    /// body is delivered, or is sent again in smaller bodies.
    fn report_failure(
        &self,
        result: Result<Completion, Split>,
        answered: Option<&Answered>,
        body: &Body,
    ) -> Option<String> {
        let completion = result.ok().filter(|completion| *completion != Completion::accepted(0))?;
        let circuit = self.circuits.of(body.signal);
        // Without a request there is nothing new to log, for as long as the circuit is open.
        let Some(answered) = answered else {
            let is_open = completion == Completion::parked(ParkReason::CircuitOpen);
            return is_open.then(|| circuit.last_error()).flatten();
        };
        let failure = self.describe(answered, body);
        self.log_failure(completion, &failure, body.signal);
        let line = match self.sink.endpoint(body.signal) {
            Some(endpoint) => format!("{}: {}", endpoint.url, failure.line()),
            None => failure.line(),
        };
        if matches!(completion.disposition, Disposition::Parked(_)) {
            circuit.set_last_error(line.clone());
        }
        Some(line)
    }

    fn log_failure(&self, completion: Completion, failure: &FailureText, signal: Signal) {
        let (sink, signal, url) =
            (self.name, signal.name(), self.sink.endpoint(signal).map(|at| at.url.as_str()));
        let FailureText { status, words } = failure;
        let (status, error, rejected) = (*status, words.as_deref(), completion.rejected);
        match completion.disposition.reason() {
            Some(reason) => {
                tracing::warn!(sink, signal, url, status, reason, error, "a body is not delivered");
            }
            None => {
                tracing::warn!(
                    sink,
                    signal,
                    url,
                    status,
                    rejected,
                    error,
                    "the sink accepted a body in part"
                );
            }
        }
    }

    /// Makes one request.
    async fn attempt(&self, body: &Body, timeout: Duration, clock: Clock) -> Answered {
        let sent = match &self.transport {
            Transport::Http { client, credentials } => {
                let Some(request) = self.request(body) else { return Answered::Failed(no_endpoint()) };
                match credentials.authenticate(request, timeout).await {
                    Ok(request) => client.send(request, timeout).await,
                    Err(NoCredentials) => return Answered::NoCredentials,
                }
            }
            Transport::Output(output) => {
                return output.write(&body.bytes).map_or_else(Answered::Failed, |()| Answered::Written);
            }
            #[cfg(test)]
            Transport::Fake(backend) => backend.send(body, timeout).await,
        };
        match sent {
            Ok(response) => Answered::Response(self.verdict(&response, clock.now()), response),
            Err(error) => Answered::Failed(error),
        }
    }

    fn request(&self, body: &Body) -> Option<Request> {
        let endpoint = self.sink.endpoint(body.signal)?;
        let request = Request::new(Method::POST, endpoint.url.as_str(), body.bytes.clone())
            .with(HeaderName::from_static("content-type"), HeaderValue::from_static(endpoint.content_type));
        let request = match endpoint.header {
            Some((name, value)) => {
                request.with(HeaderName::from_static(name), HeaderValue::from_static(value))
            }
            None => request,
        };
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
}

/// Returns the error for a body of a signal (logs or metrics) for which the sink has no endpoint. No batcher ever makes
/// such a body.
fn no_endpoint() -> Error {
    Error { failure: Failure::Unresolved, detail: "the sink has no endpoint for this signal".into() }
}

/// Returns a number for the jitter of pauses. It differs between forwarders that started at the same time, since their
/// clocks differ in nanoseconds.
fn jitter(clock: Clock, sends: u32) -> u64 {
    xxh3_64(&(clock.elapsed().as_nanos() + u128::from(sends)).to_le_bytes())
}
