//! Request bodies in flight: given to the clients of their sinks, and collected once their results are known.

use std::sync::Arc;

use tokio::{
    runtime::Handle,
    task::{JoinError, JoinSet, yield_now},
};

use crate::{
    batch::{Body, SinkIndex},
    send::{
        client::{Sent, SinkClient},
        clock::Clock,
    },
};

/// Maximum number of bytes of request bodies in flight at once. While there are more, reading of deliveries waits.
const LIMIT: usize = 16 * 1024 * 1024;

/// Request bodies in flight, of one invocation or of one replay worker.
#[derive(Debug)]
pub(super) struct InFlight {
    clients: Vec<Arc<SinkClient>>,
    /// Tokio runtime on which bodies are sent; `None` for the runtime of the caller.
    runtime: Option<Handle>,
    /// Number of bodies of each sink that were halved in search of refused events.
    bisections: Vec<u32>,
    tasks: JoinSet<(Sent, usize)>,
    bytes: usize,
    /// Sink and event of each body in flight that holds a part of an event other than its last.
    parts: Vec<(SinkIndex, u32)>,
    done: Vec<Sent>,
}

impl InFlight {
    pub(super) fn new(clients: &[Arc<SinkClient>]) -> Self {
        Self {
            clients: clients.to_vec(),
            runtime: None,
            bisections: vec![0; clients.len()],
            tasks: JoinSet::new(),
            bytes: 0,
            parts: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Creates a set of bodies in flight that are sent on the tokio runtime of another thread.
    pub(super) fn on_runtime(clients: &[Arc<SinkClient>], runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..Self::new(clients) }
    }

    pub(super) fn bisections(&self, SinkIndex(sink): SinkIndex) -> u32 {
        self.bisections.get(sink).copied().unwrap_or_default()
    }

    pub(super) fn bisections_mut(&mut self) -> &mut [u32] {
        &mut self.bisections
    }

    /// Starts sending a body. `bisections` is the number of bodies that were halved in the same search for refused events.
    pub(super) fn send(&mut self, body: Body, clock: Clock, bisections: u32) {
        let Some(client) = self.clients.get(body.sink.0).map(Arc::clone) else { return };
        let len = body.bytes.len();
        self.bytes += len;
        self.parts.extend(body.part_of.map(|event| (body.sink, event)));
        let task = async move { (client.deliver(body, clock, bisections).await, len) };
        match &self.runtime {
            Some(runtime) => self.tasks.spawn_on(task, runtime),
            None => self.tasks.spawn(task),
        };
    }

    /// True while more bytes are in flight than the limit.
    pub(super) fn is_over_limit(&self) -> bool {
        self.bytes > LIMIT
    }

    /// Lets the bodies in flight make progress, and waits while too many bytes are in flight.
    pub(super) async fn progress(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        yield_now().await;
        while let Some(joined) = self.tasks.try_join_next() {
            self.collect(joined);
        }
        while self.is_over_limit() {
            let Some(joined) = self.tasks.join_next().await else { return };
            self.collect(joined);
        }
    }

    /// Waits until no body is in flight, and returns all results.
    pub(super) async fn finish(&mut self) -> Vec<Sent> {
        while let Some(joined) = self.tasks.join_next().await {
            self.collect(joined);
        }
        std::mem::take(&mut self.done)
    }

    /// Abandons the bodies in flight, and returns the results that are known.
    pub(super) fn abandon(&mut self) -> Vec<Sent> {
        while let Some(joined) = self.tasks.try_join_next() {
            self.collect(joined);
        }
        self.tasks = JoinSet::new();
        self.bytes = 0;
        let (parts, mut done) = (std::mem::take(&mut self.parts), std::mem::take(&mut self.done));
        // The last body of an event does not deliver the event if an earlier part of it is abandoned.
        let is_missing_parts = |body: &Body| {
            let event = body.covers.end().saturating_sub(1);
            body.covers.count() == 1 && parts.contains(&(body.sink, event))
        };
        done.retain(|sent| !is_missing_parts(&sent.body));
        done
    }

    /// Waits for the result of one more body; `None` if no body is in flight.
    pub(super) async fn next(&mut self) -> Option<Sent> {
        while self.done.is_empty() {
            let joined = self.tasks.join_next().await?;
            self.collect(joined);
        }
        self.done.pop()
    }

    /// Keeps the result of a body. If its task panicked, its events stay pending, so that they are parked or returned
    /// to AWS.
    fn collect(&mut self, joined: Result<(Sent, usize), JoinError>) {
        if let Ok((sent, len)) = joined {
            self.bytes = self.bytes.saturating_sub(len);
            let part = sent.body.part_of.map(|event| (sent.body.sink, event));
            if let Some(at) = part.and_then(|part| self.parts.iter().position(|own| *own == part)) {
                self.parts.swap_remove(at);
            }
            self.done.push(sent);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use tailwater_parser::UnixMillis;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        batch::{History, RangeSet},
        send::{
            budget::{Budget, BudgetTerms},
            client::{
                Transport,
                fake_transport::{FakeTransport, Reply},
            },
        },
        sink::{Signal, otlp::Otlp},
    };

    const SECOND: Duration = Duration::from_secs(1);

    /// Creates a sink's client whose requests take this long each.
    fn client(delay: Duration) -> Arc<SinkClient> {
        let transport = FakeTransport::new(move |_| Reply { delay, ..Reply::status(200) });
        Arc::new(SinkClient::new("otlp", Arc::new(Otlp::default()), Transport::Fake(transport), 100))
    }

    fn clock() -> Clock {
        let terms = BudgetTerms { timeout: SECOND, reserve: Duration::ZERO, max_request_time: 60 * SECOND };
        let now = UnixMillis(0);
        Clock::start(Budget::new(now, UnixMillis(600_000), &terms), now)
    }

    fn body(len: usize) -> Body {
        Body {
            sink: SinkIndex(0),
            signal: Signal::Logs,
            bytes: Bytes::from(vec![0; len]),
            covers: RangeSet::from(0..1),
            part_of: None,
            history: History::default(),
        }
    }

    /// Returns how long reading waits behind bodies of these lengths, each of which takes ten seconds to send.
    async fn waits(lens: &[usize]) -> Duration {
        let mut in_flight = InFlight::new(&[client(10 * SECOND)]);
        lens.iter().for_each(|len| in_flight.send(body(*len), clock(), 0));
        let start = Instant::now();
        in_flight.progress().await;
        let waited = start.elapsed();
        assert_eq!(in_flight.finish().await.len(), lens.len());
        waited
    }

    #[tokio::test(start_paused = true)]
    async fn reading_waits_while_too_many_bytes_are_in_flight() {
        assert!(waits(&[LIMIT + 1]).await >= 10 * SECOND);
        assert!(waits(&[LIMIT / 2, LIMIT / 2, 1]).await >= 10 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn abandoned_bodies_have_no_result() {
        let mut in_flight = InFlight::new(&[client(SECOND), client(10 * SECOND)]);
        let slow = |part_of| Body { sink: SinkIndex(1), part_of, ..body(1) };
        in_flight.send(body(1), clock(), 0);
        in_flight.send(slow(None), clock(), 0);
        tokio::time::sleep(2 * SECOND).await;
        assert_eq!(in_flight.abandon().len(), 1);
        assert!(in_flight.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn event_with_an_abandoned_part_is_not_delivered() {
        let mut in_flight = InFlight::new(&[client(SECOND)]);
        in_flight.send(body(1), clock(), 0);
        tokio::time::sleep(2 * SECOND).await;
        in_flight.send(Body { part_of: Some(0), covers: RangeSet::default(), ..body(1) }, clock(), 0);
        assert_eq!(in_flight.abandon().len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn reading_does_not_wait_below_the_limit() {
        assert_eq!(waits(&[LIMIT / 2, LIMIT / 2]).await, Duration::ZERO);
    }
}
