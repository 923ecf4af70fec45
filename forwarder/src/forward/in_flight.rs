//! Bodies in flight: given to their sinks' clients, and collected when their results are decided.

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

/// Maximum number of bytes in flight at once; beyond that reading waits.
const LIMIT: usize = 16 * 1024 * 1024;

/// Bodies in flight, of one invocation or of one replay worker.
#[derive(Debug)]
pub(super) struct InFlight {
    clients: Vec<Arc<SinkClient>>,
    /// Runtime that sends; the one that runs the caller where there is none.
    runtime: Option<Handle>,
    /// Number of bodies of each sink that were halved in search of refused events.
    bisections: Vec<u32>,
    tasks: JoinSet<(Sent, usize)>,
    bytes: usize,
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
            done: Vec::new(),
        }
    }

    /// Creates one whose bodies are sent by another thread's runtime.
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
        let task = async move { (client.deliver(body, clock, bisections).await, len) };
        match &self.runtime {
            Some(runtime) => self.tasks.spawn_on(task, runtime),
            None => self.tasks.spawn(task),
        };
    }

    /// True while more bytes are in flight than may be.
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

    /// Waits until nothing is in flight, and returns all results.
    pub(super) async fn finish(&mut self) -> Vec<Sent> {
        while let Some(joined) = self.tasks.join_next().await {
            self.collect(joined);
        }
        std::mem::take(&mut self.done)
    }

    /// Waits for the result of one more body; `None` when nothing is in flight.
    pub(super) async fn next(&mut self) -> Option<Sent> {
        while self.done.is_empty() {
            let joined = self.tasks.join_next().await?;
            self.collect(joined);
        }
        self.done.pop()
    }

    /// Keeps a result. The events of a task that panicked stay pending, so that they are parked or returned to AWS.
    fn collect(&mut self, joined: Result<(Sent, usize), JoinError>) {
        if let Ok((sent, len)) = joined {
            self.bytes = self.bytes.saturating_sub(len);
            self.done.push(sent);
        }
    }
}
