//! The sink: takes everything at once, looks at nothing, counts bytes; late and with errors where that is wanted.

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

use super::order::Order;

/// A sink that listens.
pub(super) struct Sink {
    server: Server,
    counts: Arc<Counts>,
}

/// What came.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Requests, those that were refused among them.
    requests: AtomicU64,
    /// Bytes of bodies that were taken.
    bytes: AtomicU64,
}

/// How it answers.
#[derive(Clone, Copy)]
struct Manner {
    latency: Duration,
    fault_percent: u64,
}

impl Sink {
    pub(super) fn start(order: &Order) -> Self {
        let counts = Arc::new(Counts::default());
        let own = Arc::clone(&counts);
        let manner = Manner { latency: order.sink_latency, fault_percent: order.fault_percent };
        Self { server: Server::start(move |connection| serve(connection, manner, &own)), counts }
    }

    /// `http://127.0.0.1:PORT`
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Requests and bytes so far.
    pub(super) fn taken(&self) -> (u64, u64) {
        (self.counts.requests.load(Ordering::Relaxed), self.counts.bytes.load(Ordering::Relaxed))
    }
}

fn serve(mut connection: Connection, manner: Manner, counts: &Counts) -> io::Result<()> {
    while let Some(head) = connection.read_head()? {
        let request = connection.read_request(head)?;
        let number = counts.requests.fetch_add(1, Ordering::Relaxed);
        pause(manner.latency);
        if is_fault(number, manner.fault_percent) {
            connection.send(&Response::new(503, ""))?;
            continue;
        }
        counts.bytes.fetch_add(u64::try_from(request.body.len()).unwrap_or_default(), Ordering::Relaxed);
        connection.send(&accepted(request.head.path()))?;
    }
    Ok(())
}

/// Spread evenly: of any hundred requests in a row, so many.
fn is_fault(number: u64, percent: u64) -> bool {
    number * percent % 100 + percent >= 100 && percent > 0
}

/// As OpenTelemetry's collector and Datadog's intake answer.
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
    fn faults_are_as_many_as_wanted() {
        for percent in [0, 1, 7, 50, 100] {
            for begin in [0, 13] {
                let faults = (begin..begin + 100).filter(|number| is_fault(*number, percent)).count();
                assert_eq!(u64::try_from(faults).unwrap(), percent);
            }
        }
    }
}
