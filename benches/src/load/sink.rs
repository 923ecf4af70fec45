//! Sink on loopback: accepts every request and counts bytes, with a latency and a share of errors if set.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ::tests::{
    delay::pause,
    http::{Connection, Response, Server},
};

use super::options::Options;

/// HTTP server of the sink.
pub(super) struct SinkServer {
    server: Server,
    counts: Arc<Counts>,
}

/// Numbers of requests and bytes that the sink received.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Requests, rejected ones included.
    requests: AtomicU64,
    /// Bytes of accepted bodies.
    bytes: AtomicU64,
}

/// Latency and percentage of rejected requests that the sink simulates.
#[derive(Clone, Copy)]
struct ResponseBehaviour {
    latency: Duration,
    fault_percent: u64,
}

impl SinkServer {
    pub(super) fn start(options: &Options) -> Self {
        let counts = Arc::new(Counts::default());
        let own = Arc::clone(&counts);
        let behaviour =
            ResponseBehaviour { latency: options.sink_latency, fault_percent: options.fault_percent };
        Self { server: Server::start(move |connection| serve(connection, behaviour, &own)), counts }
    }

    /// Base URL: `http://127.0.0.1:PORT`.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Number of requests and bytes so far.
    pub(super) fn totals(&self) -> (u64, u64) {
        (self.counts.requests.load(Ordering::Relaxed), self.counts.bytes.load(Ordering::Relaxed))
    }
}

fn serve(mut connection: Connection, behaviour: ResponseBehaviour, counts: &Counts) -> io::Result<()> {
    while let Some(head) = connection.read_head()? {
        let request = connection.read_request(head)?;
        let number = counts.requests.fetch_add(1, Ordering::Relaxed);
        pause(behaviour.latency);
        if is_fault(number, behaviour.fault_percent) {
            connection.send(&Response::new(503, ""))?;
            continue;
        }
        counts.bytes.fetch_add(u64::try_from(request.body.len()).unwrap_or_default(), Ordering::Relaxed);
        connection.send(&accepted(request.head.path()))?;
    }
    Ok(())
}

/// True if the request of this number fails. Faults are spread evenly: `percent` of any hundred requests in a
/// row.
fn is_fault(number: u64, percent: u64) -> bool {
    number * percent % 100 + percent >= 100 && percent > 0
}

/// Builds the response of an OpenTelemetry collector or of Datadog's intake.
fn accepted(path: &str) -> Response {
    if path.starts_with("/api/") {
        Response::new(202, r#"{"errors":[]}"#).with("Content-Type", "application/json")
    } else {
        Response::new(200, "").with("Content-Type", "application/x-protobuf")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundred_requests_have_percent_faults() {
        for percent in [0, 1, 7, 50, 100] {
            for begin in [0, 13] {
                let faults = (begin..begin + 100).filter(|number| is_fault(*number, percent)).count();
                assert_eq!(u64::try_from(faults).unwrap(), percent);
            }
        }
    }
}
