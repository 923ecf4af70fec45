//! One invocation: its deliveries, the time left, and the request bodies in flight.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    Forwarder, InvocationContext, PendingDelivery, fanout::SinkFanout, in_flight::InFlight, read::Lacking,
};
use crate::{
    batch::{Body, SinkIndex},
    ledger::Imbalance,
    send::clock::Clock,
    tracker::{Closed, DeliveryIndex, DeliveryTracker},
};

/// One invocation of the forwarder.
pub(super) struct Run<'r, 'e> {
    pub(super) forwarder: &'r mut Forwarder,
    pub(super) items: &'r [PendingDelivery<'e>],
    pub(super) context: InvocationContext<'r>,
    pub(super) clock: Clock,
    pub(super) in_flight: InFlight,
    pub(super) mode: Mode,
    /// Time that parking took so far in this run.
    pub(super) parked_for: Duration,
    /// True while a delivery is read again to park a redacted copy of it, in the time for parking.
    pub(super) is_parking: bool,
}

/// Origin of the deliveries of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// They come in a Lambda event. Events that are not delivered are parked.
    Forward,
    /// They come from a parked object, so events that are not delivered are parked already. The search for refused
    /// events is not cut short.
    Redrive,
}

/// Deliveries of a run that were not read to their end, or that lack something.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    /// Deliveries that can be read further later.
    pub(super) unread: BTreeSet<DeliveryIndex>,
    /// Parked deliveries that lack events which are owed.
    pub(super) lacking: BTreeMap<DeliveryIndex, Lacking>,
}

impl<'r, 'e> Run<'r, 'e> {
    pub(super) fn new(
        forwarder: &'r mut Forwarder,
        items: &'r [PendingDelivery<'e>],
        context: InvocationContext<'r>,
        mode: Mode,
    ) -> Self {
        let clock = context.clock(&forwarder.parking_times, &forwarder.limits);
        let in_flight = InFlight::new(&forwarder.clients);
        Self {
            forwarder,
            items,
            context,
            clock,
            in_flight,
            mode,
            parked_for: Duration::ZERO,
            is_parking: false,
        }
    }

    /// Reads all deliveries, sends their events, metrics and spans, and parks those that are not accepted. Returns the
    /// deliveries that are not finished.
    pub(super) async fn complete(&mut self) -> Unfinished {
        let now = self.clock.now();
        // Ends the input of a run that was cancelled, before the fan-out drops what is left of it.
        self.forwarder.pipeline.abandon_held();
        self.forwarder.pipeline.end_input();
        self.fanout_mut().begin(now);
        // Data of a Kinesis record or a queue message may have no time: it is of now, not of 1970.
        self.forwarder.pipeline.set_default_time(now);
        let read = self.read_all().await;
        self.record_read();
        let undelivered = self.deliver_logs().await;
        self.park_logs(undelivered, &read).await;
        self.deliver_derived().await;
        if !self.parked_for.is_zero() {
            self.forwarder.parking_times.add(self.parked_for);
        }
        Unfinished { unread: read.unread.into_keys().collect(), lacking: read.lacking }
    }

    /// Closes the ledger of the run.
    ///
    /// # Errors
    /// Returns an error if the ledger does not balance.
    pub(super) fn close(mut self) -> Result<Closed, Imbalance> {
        let closed = self.fanout_mut().take_tracker().close()?;
        self.record_run(&closed);
        Ok(closed)
    }

    /// Starts sending the bodies that are finished, and waits while too many bytes are in flight.
    pub(super) async fn send_finished_bodies(&mut self) {
        while let Some(body) = self.fanout_mut().pop() {
            self.send(body);
        }
        self.in_flight.progress().await;
    }

    fn send(&mut self, body: Body) {
        let bisections = self.in_flight.bisections(body.sink);
        self.in_flight.send(body, self.clock, bisections);
    }

    /// Returns the time left for what this run does now.
    pub(super) fn time_left(&self) -> Duration {
        if self.is_parking { self.clock.left_for_parking() } else { self.clock.left().all() }
    }

    pub(super) fn fanout(&self) -> &SinkFanout {
        self.forwarder.pipeline.target()
    }

    pub(super) fn fanout_mut(&mut self) -> &mut SinkFanout {
        self.forwarder.pipeline.target_mut()
    }

    pub(super) fn tracker(&self) -> &DeliveryTracker {
        self.fanout().tracker()
    }

    pub(super) fn tracker_mut(&mut self) -> &mut DeliveryTracker {
        self.fanout_mut().tracker_mut()
    }

    pub(super) fn sinks(&self) -> impl Iterator<Item = SinkIndex> + use<> {
        (0..self.forwarder.clients.len()).map(SinkIndex)
    }

    pub(super) fn sink_name(&self, SinkIndex(sink): SinkIndex) -> &'static str {
        self.forwarder.clients.get(sink).map_or("", |client| client.name)
    }
}
