//! Backends that fail as told: real HTTP, the real protocol, and a schedule of faults.

pub mod aws;
pub mod datadog;
mod fault;
pub mod limited;
pub mod otlp;
pub mod s3;
pub mod sqs;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub use self::fault::{Fault, FaultSchedule, Step};
use crate::http::{Connection, Head, Request, Response, Server};

/// A log event that a backend took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedLog {
    /// The event's id, as the backend's protocol carries it.
    pub id: String,
    /// Which part of a split event this is.
    pub part: Option<u64>,
    /// Its message.
    pub message: String,
}

/// What a backend makes of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestContents {
    /// Log events.
    pub logs: Vec<ReceivedLog>,
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
    fn decode(&self, request: &Request) -> Result<RequestContents, Response>;

    /// The answer to a request of which so many items are rejected, 0 as a rule.
    fn respond(&self, request: &Request, rejected: usize) -> Response;
}

/// What is known of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// Its path.
    pub path: String,
    /// What the schedule did to it.
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
    schedule: FaultSchedule,
    accepted: RequestContents,
    rejected: Vec<ReceivedLog>,
    requests: Vec<RecordedRequest>,
}

impl Backend {
    /// Listens on a free port, and plays this schedule.
    #[must_use]
    pub fn start(protocol: impl Protocol, schedule: FaultSchedule) -> Self {
        let state = Mutex::new(State { schedule, ..State::default() });
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

    /// Plays another schedule from the next request on.
    pub fn set_schedule(&self, schedule: FaultSchedule) {
        self.shared.lock().schedule = schedule;
    }

    /// All log events that it took.
    #[must_use]
    pub fn logs(&self) -> Vec<ReceivedLog> {
        self.shared.lock().accepted.logs.clone()
    }

    /// How many data points it took, by metric.
    #[must_use]
    pub fn points(&self) -> BTreeMap<String, u64> {
        self.shared.lock().accepted.points.clone()
    }

    /// What the points of each metric add up to.
    #[must_use]
    pub fn sums(&self) -> BTreeMap<String, f64> {
        self.shared.lock().accepted.sums.clone()
    }

    /// Log events that the schedule did not let it take of requests whose others it took. No answer names them.
    #[must_use]
    pub fn rejected(&self) -> Vec<ReceivedLog> {
        self.shared.lock().rejected.clone()
    }

    /// Every request, in the order they came to an end.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.lock().requests.clone()
    }

    /// How many requests a fault struck.
    #[must_use]
    pub fn faults(&self) -> u64 {
        let faulty = self.requests().iter().filter(|request| request.fault != Fault::None).count();
        u64::try_from(faulty).unwrap_or(u64::MAX)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut connection: Connection) -> io::Result<()> {
        while let Some(head) = connection.read_head()? {
            let step = self.lock().schedule.next(&head);
            if let NextAction::Close = self.handle(&mut connection, head, &step)? {
                break;
            }
        }
        Ok(())
    }

    fn handle(&self, connection: &mut Connection, head: Head, step: &Step) -> io::Result<NextAction> {
        if let Fault::CutRequest { after, how } = step.fault {
            connection.skip_body(&head, after)?;
            self.record(RecordedRequest {
                path: head.path().to_owned(),
                ..RecordedRequest::unread(&step.fault)
            });
            step.run_hook();
            connection.cut(how)?;
            return Ok(NextAction::Close);
        }
        let request = connection.read_request(head)?;
        if step.fault == Fault::Hang {
            self.record(RecordedRequest::unanswered(&request));
            step.run_hook();
            return connection.wait_for_close().map(|()| NextAction::Close);
        }
        let response = self.answer(&request, &step.fault);
        step.run_hook();
        pause(step.delay);
        match step.fault {
            Fault::CutResponse { after, how } => {
                connection.send_part(&response, after)?;
                connection.cut(how)?;
                Ok(NextAction::Close)
            }
            Fault::CutRequest { .. }
            | Fault::Hang
            | Fault::None
            | Fault::Discard(_)
            | Fault::ReplaceResponse(_)
            | Fault::PartialSuccess { .. } => connection.send(&response).map(|()| NextAction::ReadRequest),
        }
    }

    /// Takes what the request holds, if that is what the schedule wants, and finds the answer.
    fn answer(&self, request: &Request, fault: &Fault) -> Response {
        let rejected = match fault {
            Fault::Discard(response) => {
                self.record(RecordedRequest::answered(request, fault, response.status, 0));
                return response.clone();
            }
            Fault::PartialSuccess { rejected } => *rejected,
            Fault::None
            | Fault::ReplaceResponse(_)
            | Fault::Hang
            | Fault::CutRequest { .. }
            | Fault::CutResponse { .. } => 0,
        };
        let response = match self.protocol.decode(request) {
            Ok(contents) => {
                let events = self.keep(contents, rejected);
                let response = self.protocol.respond(request, rejected);
                self.record(RecordedRequest::answered(request, fault, response.status, events));
                response
            }
            Err(rejection) => {
                self.record(RecordedRequest::answered(request, fault, rejection.status, 0));
                return rejection;
            }
        };
        if let Fault::ReplaceResponse(replacement) = fault { replacement.clone() } else { response }
    }

    /// Keeps all but the first few log events, and says how many that are.
    fn keep(&self, contents: RequestContents, rejected: usize) -> usize {
        let mut state = self.lock();
        let before = state.accepted.logs.len();
        let mut logs = contents.logs.into_iter();
        state.rejected.extend(logs.by_ref().take(rejected));
        state.accepted.logs.extend(logs);
        for (metric, points) in contents.points {
            *state.accepted.points.entry(metric).or_default() += points;
        }
        for (metric, sum) in contents.sums {
            *state.accepted.sums.entry(metric).or_default() += sum;
        }
        state.accepted.logs.len() - before
    }

    fn record(&self, request: RecordedRequest) {
        self.lock().requests.push(request);
    }
}

/// Whether a connection goes on.
enum NextAction {
    ReadRequest,
    Close,
}

impl RecordedRequest {
    fn unread(fault: &Fault) -> Self {
        Self {
            path: String::new(),
            fault: fault.clone(),
            status: None,
            events: 0,
            bytes: 0,
            when: Instant::now(),
        }
    }

    fn unanswered(request: &Request) -> Self {
        let path = request.head.path().to_owned();
        Self { path, bytes: request.body.len(), ..Self::unread(&Fault::Hang) }
    }

    fn answered(request: &Request, fault: &Fault, status: u16, events: usize) -> Self {
        let path = request.head.path().to_owned();
        Self { path, status: Some(status), events, bytes: request.body.len(), ..Self::unread(fault) }
    }
}

/// A scripted delay: how slow a backend is, not something a test waits for.
pub fn pause(delay: Duration) {
    crate::redeliver::wait_until(Instant::now() + delay);
}

/// The body without its content coding; what a backend refuses otherwise.
fn decode_body(request: &Request, codings: &[&str], limit: usize) -> Result<Vec<u8>, Response> {
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
