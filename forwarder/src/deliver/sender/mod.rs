//! The only place that sends: one body, tried until it is decided what becomes of it.

mod credentials;
mod output;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};
use xxhash_rust::xxh3::xxh3_64;

pub use self::{
    credentials::{Credentials, Form, Unknown},
    output::Output,
};
use super::{
    breaker::{Admission, Breaker, BreakerPolicy},
    clock::Clock,
    reason::{ParkReason, Rejection},
    retry::{Decision, Policy, Reply, Split, Tried},
};
use crate::{
    body::Body,
    http::{Client, Error, Failure, HeaderName, HeaderValue, Method, Request, Response},
    sink::{Answer, Sink, Verdict},
};

/// The longest that finding out whether a dead backend is back may take: nobody else should wait for it.
const LONGEST_PROBE: Duration = Duration::from_secs(1);

/// How bodies reach one sink. It is kept between invocations.
#[derive(Debug)]
pub struct Outlet {
    /// Its name in the settings.
    pub name: &'static str,
    /// What it is.
    pub sink: Arc<dyn Sink>,
    /// How it is reached.
    pub way: Way,
    /// How often is often enough.
    pub policy: Policy,
    /// The longest that one try may take, where the sink has a limit of its own.
    pub longest_try: Option<Duration>,
    breaker: Mutex<Breaker>,
    slots: Semaphore,
    began: Instant,
}

/// How a sink is reached.
#[derive(Debug)]
pub enum Way {
    /// Over HTTP.
    Http {
        /// The client that all share.
        client: Client,
        /// As whom.
        credentials: Credentials,
    },
    /// It is an output of this machine.
    Output(Output),
}

/// What became of a body that was handed to the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The sink has it, but for so many events that it refuses for good.
    Done {
        /// How many it refuses; which ones it does not say.
        rejected: u64,
    },
    /// It has to be encoded again, in smaller bodies.
    Smaller(Split),
    /// It has to be encoded again in halves: one of its events is refused.
    Bisect,
    /// It was not delivered, and is not tried again now.
    Parked(ParkReason),
    /// Its only event is refused for good.
    Rejected(Rejection),
}

/// A body's way, told when it is over.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The body; its bytes are gone.
    pub body: Body,
    /// What became of it.
    pub fate: Fate,
    /// Times it was sent.
    pub sends: u32,
    /// Times that credentials were fetched for it.
    pub refreshes: u32,
    /// Bytes that went out, all sends together.
    pub bytes: u64,
    /// The backend's words, where it refuses. They may quote what was sent, so nothing of ours prints them.
    pub words: Option<String>,
}

impl Outlet {
    /// A way to a sink on which so many bodies may be at once.
    #[must_use]
    pub fn new(name: &'static str, sink: Arc<dyn Sink>, way: Way, concurrency: usize) -> Self {
        Self {
            name,
            sink,
            way,
            policy: Policy::default(),
            longest_try: None,
            breaker: Mutex::new(Breaker::new(BreakerPolicy::default())),
            slots: Semaphore::new(concurrency),
            began: Instant::now(),
        }
    }

    /// Whether it failed so often that it is not asked for a while.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.breaker().is_open()
    }

    /// Sends a body until it is decided what becomes of it, or the time for sending is over. Of all bodies of the
    /// invocation, `bisections` were divided in search of events that are refused.
    pub async fn deliver(self: Arc<Self>, mut body: Body, clock: Clock, bisections: u32) -> Sent {
        let mut tried = Tried {
            events: body.covers.count().max(1),
            sends: 0,
            refreshes: body.history.refreshes,
            bisections,
            parts: body.history.parts,
        };
        let (fate, words) = self.settle(&body, clock, &mut tried).await;
        let refreshes = tried.refreshes.saturating_sub(body.history.refreshes);
        let bytes = u64::from(tried.sends) * u64::try_from(body.bytes.len()).unwrap_or(u64::MAX);
        body.bytes = bytes::Bytes::new();
        body.history.refreshes = tried.refreshes;
        Sent { body, fate, sends: tried.sends, refreshes, bytes, words }
    }

    async fn settle(&self, body: &Body, clock: Clock, tried: &mut Tried) -> (Fate, Option<String>) {
        let slot = tokio::time::timeout(clock.left().all(), self.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else { return (Fate::Parked(ParkReason::OutOfTime), None) };
        loop {
            let Some(timeout) = clock.left().try_timeout() else {
                return (Fate::Parked(ParkReason::OutOfTime), None);
            };
            let timeout = self.longest_try.map_or(timeout, |longest| timeout.min(longest));
            let admission = self.breaker().admit(self.began.elapsed());
            let Admission::Send(permit) = admission else {
                return (Fate::Parked(ParkReason::CircuitOpen), None);
            };
            let timeout = if permit.is_probe() { timeout.min(LONGEST_PROBE) } else { timeout };
            tried.sends += 1;
            let answered = self.attempt(body, timeout, clock).await;
            let reply = match &answered {
                Ok((verdict, _)) => Reply::Verdict(verdict),
                Err(error) => Reply::Failure(error.failure),
            };
            self.breaker().settle(permit, reply.health(), self.began.elapsed());
            let decision = self.policy.decide(reply, tried, clock.left(), jitter(clock, tried.sends));
            match decided(decision) {
                Next::Over(fate) => {
                    self.complain(&fate, &answered);
                    return (fate, answered.ok().and_then(|(verdict, _)| words(verdict)));
                }
                // It will not be asked again that soon, whoever waits.
                Next::Wait(_) if self.is_open() => return (Fate::Parked(ParkReason::CircuitOpen), None),
                Next::Wait(pause) => tokio::time::sleep(pause).await,
                Next::Refresh => {
                    tried.refreshes += 1;
                    self.refresh(clock.left().all()).await;
                }
            }
        }
    }

    /// Sends it once. Returns what the answer means, and its status; 0 where there is none.
    async fn attempt(&self, body: &Body, timeout: Duration, clock: Clock) -> Result<(Verdict, u16), Error> {
        let (client, credentials) = match &self.way {
            Way::Http { client, credentials } => (client, credentials),
            Way::Output(output) => return output.write(&body.bytes).map(|()| (Verdict::Delivered, 0)),
        };
        let Some(request) = self.request(body) else { return Err(nowhere()) };
        // Credentials that cannot be had are as good as refused ones: fetched again once, then parked.
        let Ok(request) = credentials.put_on(request, timeout).await else {
            return Ok((Verdict::Unauthorized, 0));
        };
        let response = client.send(request, timeout).await?;
        Ok((self.sink.verdict(&answer(&response, self.sink.as_ref()), clock.now()), response.status))
    }

    /// Says why a body was given up, or taken in part: the status or the failure, never the backend's words, which may quote
    /// what was sent.
    fn complain(&self, fate: &Fate, answered: &Result<(Verdict, u16), Error>) {
        let (status, error) = match answered {
            Ok((_, status)) => (Some(*status), None),
            Err(error) => (None, Some(tracing::field::display(error))),
        };
        match fate {
            Fate::Done { rejected: 0 } | Fate::Smaller(_) | Fate::Bisect => {}
            Fate::Done { rejected } => tracing::warn!(sink = self.name, rejected, "a body is taken in part"),
            Fate::Parked(_) | Fate::Rejected(_) => {
                tracing::warn!(sink = self.name, status, error, "a body is given up");
            }
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
        match &self.way {
            Way::Http { credentials, .. } => credentials.refresh(within).await,
            Way::Output(_) => {}
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body of a signal that the sink does not take; its lane is never made.
fn nowhere() -> Error {
    Error { failure: Failure::Unresolved, detail: "there is no address for it".into() }
}

fn answer<'r>(response: &'r Response, sink: &dyn Sink) -> Answer<'r> {
    let own = || sink.wait_header().and_then(|name| response.header(name));
    let wait = response.header("retry-after").or_else(own);
    Answer { status: response.status, retry_after: wait, body: &response.body }
}

/// What the sender itself does next.
enum Next {
    Over(Fate),
    Wait(Duration),
    Refresh,
}

fn decided(decision: Decision) -> Next {
    match decision {
        Decision::Done { rejected } => Next::Over(Fate::Done { rejected }),
        Decision::RetryAfter(pause) => Next::Wait(pause),
        Decision::Split(split) => Next::Over(Fate::Smaller(split)),
        Decision::RefreshCredentials => Next::Refresh,
        Decision::Bisect => Next::Over(Fate::Bisect),
        Decision::Park(reason) => Next::Over(Fate::Parked(reason)),
        Decision::Reject(rejection) => Next::Over(Fate::Rejected(rejection)),
    }
}

/// The words of a backend that refuses.
fn words(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Partly { reason, .. } | Verdict::Refused { reason } => Some(reason),
        Verdict::Delivered | Verdict::Later { .. } | Verdict::Unauthorized | Verdict::TooLarge => None,
    }
}

/// Different enough for two forwarders that began at the same moment: their clocks differ in the last digits.
fn jitter(clock: Clock, sends: u32) -> u64 {
    xxh3_64(&(clock.elapsed().as_nanos() + u128::from(sends)).to_le_bytes())
}
