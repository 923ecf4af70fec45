//! Bodies under way: handed to their outlets, and collected when it is decided what became of them.

use std::sync::Arc;

use tokio::task::{JoinSet, yield_now};

use crate::{
    body::Body,
    deliver::{
        clock::Clock,
        sender::{Outlet, Sent},
    },
};

/// Bytes of bodies that may be under way at once: beyond that reading waits.
const UNDER_WAY: usize = 16 * 1024 * 1024;

/// The bodies of one invocation that are under way.
pub(super) struct Sending {
    outlets: Vec<Arc<Outlet>>,
    pub(super) clock: Clock,
    /// For each sink how many bodies were divided in search of events that are refused.
    pub(super) bisections: Vec<u32>,
    tasks: JoinSet<(Sent, usize)>,
    bytes: usize,
    done: Vec<Sent>,
}

impl Sending {
    pub(super) fn new(outlets: &[Arc<Outlet>], clock: Clock) -> Self {
        Self {
            outlets: outlets.to_vec(),
            clock,
            bisections: vec![0; outlets.len()],
            tasks: JoinSet::new(),
            bytes: 0,
            done: Vec::new(),
        }
    }

    /// Sets a body on its way.
    pub(super) fn send(&mut self, body: Body) {
        let bisections = self.bisections.get(body.sink.0).copied().unwrap_or_default();
        self.send_after(body, bisections);
    }

    /// The same for a body that is part of another search for what is refused, which divided so many bodies.
    pub(super) fn send_after(&mut self, body: Body, bisections: u32) {
        let Some(outlet) = self.outlets.get(body.sink.0).map(Arc::clone) else { return };
        let (clock, len) = (self.clock, body.bytes.len());
        self.bytes += len;
        self.tasks.spawn(async move { (outlet.deliver(body, clock, bisections).await, len) });
    }

    /// Lets what is under way go on, and waits while there is too much of it.
    pub(super) async fn go_on(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        yield_now().await;
        while let Some(joined) = self.tasks.try_join_next() {
            self.collect(joined);
        }
        while self.bytes > UNDER_WAY {
            let Some(joined) = self.tasks.join_next().await else { return };
            self.collect(joined);
        }
    }

    /// Waits until nothing is under way, and hands out what became of everything.
    pub(super) async fn finish(&mut self) -> Vec<Sent> {
        while let Some(joined) = self.tasks.join_next().await {
            self.collect(joined);
        }
        std::mem::take(&mut self.done)
    }

    /// Waits until it is decided what becomes of one more body; `None` when nothing is under way.
    pub(super) async fn next(&mut self) -> Option<Sent> {
        while self.done.is_empty() {
            let joined = self.tasks.join_next().await?;
            self.collect(joined);
        }
        self.done.pop()
    }

    /// A task that panicked leaves its events pending, so that they are parked or returned.
    fn collect(&mut self, joined: Result<(Sent, usize), tokio::task::JoinError>) {
        if let Ok((sent, len)) = joined {
            self.bytes = self.bytes.saturating_sub(len);
            self.done.push(sent);
        }
    }
}
