//! Stand-ins for the backends that logs are sent to: HTTP servers with the backend's protocol and a schedule of faults.

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
    time::Instant,
};

pub use self::fault::{Fault, FaultSchedule, Step};
use crate::{
    delay::pause,
    http::{Connection, Head, Request, Response, Server},
};

/// Log event that a backend accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedLog {
    /// Id of the event, from the field that the backend's protocol has for it.
    pub id: String,
    /// Index of this part of the message, if the event was sent in several parts.
    pub part: Option<u64>,
    /// Message of the event.
    pub message: String,
}

/// Decoded contents of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestContents {
    /// Log events.
    pub logs: Vec<ReceivedLog>,
    /// Number of data points by metric.
    pub points: BTreeMap<String, u64>,
    /// Sum of the values of all points, by metric.
    pub sums: BTreeMap<String, f64>,
    /// Number of times that each span was received, by its trace id and span id in hexadecimal.
    pub spans: BTreeMap<String, u64>,
}

/// Protocol of a backend: decodes requests and answers as the real backend does.
pub trait Protocol: Send + Sync + 'static {
    /// Decodes a request.
    ///
    /// # Errors
    /// Returns the response that rejects the request, if it is invalid.
    fn decode(&self, request: &Request) -> Result<RequestContents, Response>;

    /// Builds the response to a valid request of which `rejected` log events or points were rejected.
    fn respond(&self, request: &Request, rejected: usize) -> Response;
}

/// Record of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// Path of the request.
    pub path: String,
    /// Fault that was applied.
    pub fault: Fault,
    /// Status of the response, even if the connection was cut before it was sent; `None` if there is no response.
    pub status: Option<u16>,
    /// Number of log events that were accepted.
    pub events: usize,
    /// Length of the body as sent.
    pub bytes: usize,
    /// Time at which the request was read, before the response.
    pub when: Instant,
}

/// Running stand-in for a backend.
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
    /// Listens on a free port with this schedule of faults.
    #[must_use]
    pub fn start(protocol: impl Protocol, schedule: FaultSchedule) -> Self {
        let state = Mutex::new(State { schedule, ..State::default() });
        let shared = Arc::new(Shared { protocol: Box::new(protocol), state });
        let own = Arc::clone(&shared);
        Self { shared, server: Server::start(move |connection| own.serve(connection)) }
    }

    /// Address that the backend listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Base URL: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Replaces the schedule of faults, from the next request on.
    pub fn set_schedule(&self, schedule: FaultSchedule) {
        self.shared.lock().schedule = schedule;
    }

    /// Returns all accepted log events.
    #[must_use]
    pub fn logs(&self) -> Vec<ReceivedLog> {
        self.shared.lock().accepted.logs.clone()
    }

    /// Returns the number of accepted data points by metric.
    #[must_use]
    pub fn points(&self) -> BTreeMap<String, u64> {
        self.shared.lock().accepted.points.clone()
    }

    /// Returns the sum of the values of accepted points by metric.
    #[must_use]
    pub fn sums(&self) -> BTreeMap<String, f64> {
        self.shared.lock().accepted.sums.clone()
    }

    /// Returns how often each span was accepted, by its trace id and span id.
    #[must_use]
    pub fn spans(&self) -> BTreeMap<String, u64> {
        self.shared.lock().accepted.spans.clone()
    }

    /// Returns the log events that were rejected by partial success. The protocol does not tell the client which they
    /// were.
    #[must_use]
    pub fn rejected(&self) -> Vec<ReceivedLog> {
        self.shared.lock().rejected.clone()
    }

    /// Returns all requests in the order of their completion.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.lock().requests.clone()
    }

    /// Returns the number of requests with a fault.
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

    /// Accepts the contents of a request if the fault allows it, and returns the response.
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

    /// Accepts all but the first `rejected` log events and returns the number of accepted ones.
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
        for (span, times) in contents.spans {
            *state.accepted.spans.entry(span).or_default() += times;
        }
        state.accepted.logs.len() - before
    }

    fn record(&self, request: RecordedRequest) {
        self.lock().requests.push(request);
    }
}

/// Next action of the loop over a connection's requests.
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

/// Removes the content coding from a body, or returns the response that rejects it.
fn decode_body(request: &Request, codings: &[&str], limit: usize) -> Result<Vec<u8>, Response> {
    let coding = request.head.header("content-encoding").unwrap_or("identity");
    if !codings.contains(&coding) {
        return Err(Response::new(415, format!("content-encoding {coding}")));
    }
    let body = inflate(coding, &request.body, limit + 1)
        .map_err(|error| Response::new(400, format!("{coding}: {error}")))?;
    if body.len() > limit { Err(Response::new(413, format!("more than {limit} bytes"))) } else { Ok(body) }
}

/// Decompresses at most `limit` bytes, so that a decompression bomb cannot fill the memory.
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
