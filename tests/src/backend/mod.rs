//! Backends that fail as told: real HTTP, the real protocol, and a script of faults.

pub mod aws;
pub mod datadog;
pub mod narrow;
pub mod otlp;
pub mod s3;
mod script;
pub mod sqs;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub use self::script::{Fault, Script, Step};
use crate::http::{Connection, Head, Request, Response, Server};

/// A log event that a backend took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// The event's id, as the backend's protocol carries it.
    pub id: String,
    /// Which part of a split event this is.
    pub part: Option<u64>,
    /// Its message.
    pub message: String,
}

/// What a backend makes of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// Log events.
    pub logs: Vec<Got>,
    /// Data points, by metric.
    pub points: BTreeMap<String, u64>,
    /// What the points of a metric add up to: sums and values of distributions.
    pub sums: BTreeMap<String, f64>,
}

/// A protocol: reads requests, refuses what the real backend would, answers as it would.
pub trait Protocol: Send + Sync + 'static {
    /// What a request holds, or the answer that refuses it.
    ///
    /// # Errors
    /// The refusal.
    fn take(&self, request: &Request) -> Result<Taken, Response>;

    /// The answer to a request of which so many items are rejected, 0 as a rule.
    fn accepted(&self, request: &Request, rejected: usize) -> Response;
}

/// What is known of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its path.
    pub path: String,
    /// What the script did to it.
    pub fault: Fault,
    /// The status that was sent, or would have been but for a cut.
    pub status: Option<u16>,
    /// How many log events were taken.
    pub events: usize,
    /// The length of its body as it came.
    pub bytes: usize,
    /// When it had been read and was about to be answered.
    pub when: Instant,
}

/// A backend.
pub struct Backend {
    shared: Arc<Shared>,
    server: Server,
}

struct Shared {
    protocol: Box<dyn Protocol>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    script: Script,
    taken: Taken,
    refused: Vec<Got>,
    seen: Vec<Seen>,
}

impl Backend {
    /// Listens on a free port, and plays this script.
    #[must_use]
    pub fn start(protocol: impl Protocol, script: Script) -> Self {
        let state = Mutex::new(State { script, ..State::default() });
        let shared = Arc::new(Shared { protocol: Box::new(protocol), state });
        let own = Arc::clone(&shared);
        Self { shared, server: Server::start(move |connection| own.serve(connection)) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Plays another script from the next request on.
    pub fn play(&self, script: Script) {
        self.shared.lock().script = script;
    }

    /// All log events that it took.
    #[must_use]
    pub fn logs(&self) -> Vec<Got> {
        self.shared.lock().taken.logs.clone()
    }

    /// How many data points it took, by metric.
    #[must_use]
    pub fn points(&self) -> BTreeMap<String, u64> {
        self.shared.lock().taken.points.clone()
    }

    /// What the points of each metric add up to.
    #[must_use]
    pub fn sums(&self) -> BTreeMap<String, f64> {
        self.shared.lock().taken.sums.clone()
    }

    /// Log events that the script did not let it take of requests whose others it took. No answer names them.
    #[must_use]
    pub fn refused(&self) -> Vec<Got> {
        self.shared.lock().refused.clone()
    }

    /// Every request, in the order they came to an end.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }

    /// How many requests a fault struck.
    #[must_use]
    pub fn faults(&self) -> u64 {
        let struck = self.seen().iter().filter(|seen| seen.fault != Fault::None).count();
        u64::try_from(struck).unwrap_or(u64::MAX)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut connection: Connection) -> io::Result<()> {
        while let Some(head) = connection.head()? {
            let step = self.lock().script.next(&head);
            if let Next::Hang = self.act(&mut connection, head, &step)? {
                break;
            }
        }
        Ok(())
    }

    fn act(&self, connection: &mut Connection, head: Head, step: &Step) -> io::Result<Next> {
        if let Fault::CutRequest { after, how } = step.fault {
            connection.skip_body(&head, after)?;
            self.note(Seen { path: head.path().to_owned(), ..Seen::struck(&step.fault) });
            step.strike();
            connection.cut(how)?;
            return Ok(Next::Hang);
        }
        let request = connection.request(head)?;
        if step.fault == Fault::Hang {
            self.note(Seen::hung(&request));
            step.strike();
            return connection.wait_for_end().map(|()| Next::Hang);
        }
        let response = self.answer(&request, &step.fault);
        step.strike();
        pause(step.delay);
        match step.fault {
            Fault::CutResponse { after, how } => {
                connection.send_part(&response, after)?;
                connection.cut(how)?;
                Ok(Next::Hang)
            }
            Fault::CutRequest { .. }
            | Fault::Hang
            | Fault::None
            | Fault::Answer(_)
            | Fault::Lie(_)
            | Fault::Partial { .. } => connection.send(&response).map(|()| Next::Request),
        }
    }

    /// Takes what the request holds, if that is what the script wants, and finds the answer.
    fn answer(&self, request: &Request, fault: &Fault) -> Response {
        let rejected = match fault {
            Fault::Answer(response) => {
                self.note(Seen::of(request, fault, response.status, 0));
                return response.clone();
            }
            Fault::Partial { rejected } => *rejected,
            Fault::None
            | Fault::Lie(_)
            | Fault::Hang
            | Fault::CutRequest { .. }
            | Fault::CutResponse { .. } => 0,
        };
        let response = match self.protocol.take(request) {
            Ok(taken) => {
                let events = self.keep(taken, rejected);
                let response = self.protocol.accepted(request, rejected);
                self.note(Seen::of(request, fault, response.status, events));
                response
            }
            Err(refusal) => {
                self.note(Seen::of(request, fault, refusal.status, 0));
                return refusal;
            }
        };
        if let Fault::Lie(lie) = fault { lie.clone() } else { response }
    }

    /// Keeps all but the first few log events, and says how many that are.
    fn keep(&self, taken: Taken, rejected: usize) -> usize {
        let mut state = self.lock();
        let before = state.taken.logs.len();
        let mut logs = taken.logs.into_iter();
        state.refused.extend(logs.by_ref().take(rejected));
        state.taken.logs.extend(logs);
        for (metric, points) in taken.points {
            *state.taken.points.entry(metric).or_default() += points;
        }
        for (metric, sum) in taken.sums {
            *state.taken.sums.entry(metric).or_default() += sum;
        }
        state.taken.logs.len() - before
    }

    fn note(&self, seen: Seen) {
        self.lock().seen.push(seen);
    }
}

/// Whether a connection goes on.
enum Next {
    Request,
    Hang,
}

impl Seen {
    fn struck(fault: &Fault) -> Self {
        Self {
            path: String::new(),
            fault: fault.clone(),
            status: None,
            events: 0,
            bytes: 0,
            when: Instant::now(),
        }
    }

    fn hung(request: &Request) -> Self {
        let path = request.head.path().to_owned();
        Self { path, bytes: request.body.len(), ..Self::struck(&Fault::Hang) }
    }

    fn of(request: &Request, fault: &Fault, status: u16, events: usize) -> Self {
        let path = request.head.path().to_owned();
        Self { path, status: Some(status), events, bytes: request.body.len(), ..Self::struck(fault) }
    }
}

/// A scripted delay: how slow a backend is, not something a test waits for.
pub fn pause(delay: Duration) {
    crate::redeliver::wait_until(Instant::now() + delay);
}

/// The body without its content coding; what a backend refuses otherwise.
fn decoded(request: &Request, codings: &[&str], limit: usize) -> Result<Vec<u8>, Response> {
    let coding = request.head.header("content-encoding").unwrap_or("identity");
    if !codings.contains(&coding) {
        return Err(Response::new(415, format!("content-encoding {coding}")));
    }
    let body = inflate(coding, &request.body, limit + 1)
        .map_err(|error| Response::new(400, format!("{coding}: {error}")))?;
    if body.len() > limit { Err(Response::new(413, format!("more than {limit} bytes"))) } else { Ok(body) }
}

/// At most `limit` bytes: a bomb must not fill the memory.
fn inflate(coding: &str, body: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut plain = Vec::new();
    match coding {
        "gzip" => flate2::read::MultiGzDecoder::new(body).take(limit).read_to_end(&mut plain)?,
        "deflate" => flate2::read::ZlibDecoder::new(body).take(limit).read_to_end(&mut plain)?,
        "zstd" => zstd::Decoder::new(body)?.take(limit).read_to_end(&mut plain)?,
        _ => body.take(limit).read_to_end(&mut plain)?,
    };
    Ok(plain)
}

#[cfg(test)]
mod tests;
