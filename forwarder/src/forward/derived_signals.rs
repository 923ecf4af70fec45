//! Sending of the signals that are derived in a run: metrics and spans. Backends cannot recognise data points that are sent
//! twice. So the metrics of a delivery are sent only when the result of each of its events is final, and AWS will not send
//! the delivery again, and its spans likewise. Those that are not accepted are parked; log events are never sent again
//! because of them.

use super::{
    aggregator::{DerivedAggregator, members, set_of},
    derived_batcher::DerivedBatch,
    in_flight::InFlight,
    read::Reread,
    run::{Mode, Run},
};
use crate::{
    batch::{RangeSet, Selection, SinkSignal},
    ledger::ParkReason,
    send::{client::Sent, clock::Clock, retry::RetryPolicy},
    sink::RejectedPoints,
    tracker::DeliveryIndex,
};

impl Run<'_, '_> {
    /// Sends the metrics and spans of every delivery whose events all have a final state, and parks what a sink does not
    /// accept.
    pub(super) async fn deliver_derived(&mut self) {
        let mut not_sent: Vec<(SinkSignal, Vec<DerivedBatch>)> = Vec::new();
        for to in self.fanout().derived() {
            let deliveries = self.deliveries_to_send(to);
            not_sent.push((to, self.aggregate_exactly(to, &deliveries).await));
            if let Some(aggregator) = self.fanout_mut().aggregator_mut(to) {
                aggregator.begin_sending();
            }
        }
        self.send_derived().await;
        for (to, mut batches) in not_sent {
            if let Some(aggregator) = self.fanout_mut().aggregator_mut(to) {
                batches.extend(aggregator.batcher.take_batches());
            }
            self.settle_derived(to, batches).await;
        }
    }

    /// Returns the deliveries of which a derived signal is to be sent to a sink now. Marks the signal as done for
    /// deliveries that have nothing of it.
    fn deliveries_to_send(&mut self, to: SinkSignal) -> RangeSet {
        let deliveries = self.items.len();
        let fanout = self.fanout_mut();
        let aggregated = fanout.aggregator_mut(to).map(|aggregator| aggregator.deliveries());
        let aggregated = aggregated.unwrap_or_default();
        let mut to_send = RangeSet::default();
        for delivery in (0..deliveries).map(DeliveryIndex) {
            let (set, tracker) = (set_of(delivery), fanout.tracker_mut());
            if !tracker.owes_derived(to, delivery) || !tracker.has_settled_events(delivery) {
                continue;
            }
            if aggregated.contains_all(&set) {
                to_send.insert_all(&set);
            } else {
                tracker.end_derived(to, delivery);
            }
        }
        to_send
    }

    /// Makes an aggregator hold exactly these deliveries. Drops a batch that also holds other
    /// deliveries, and reads those of `deliveries` that were in it again. Returns parked batches for deliveries that
    /// cannot be read again now.
    async fn aggregate_exactly(&mut self, to: SinkSignal, deliveries: &RangeSet) -> Vec<DerivedBatch> {
        let fanout = self.fanout_mut();
        let again = fanout.aggregator_mut(to).map(|aggregator| aggregator.retain(deliveries));
        let again = again.unwrap_or_default();
        let mut not_possible = Vec::new();
        if !again.is_empty() {
            fanout.select(|_| Selection::nothing());
        }
        for delivery in members(&again) {
            let aggregated = match self.skip_reason(to) {
                Some(reason) => Err(reason),
                None => self.aggregate_again(to, delivery).await,
            };
            if let Err(reason) = aggregated {
                not_possible.push(DerivedBatch::parked(set_of(delivery), reason));
            }
        }
        not_possible
    }

    /// Reads a delivery again for a derived signal, which becomes a batch that contains only this delivery.
    async fn aggregate_again(&mut self, to: SinkSignal, delivery: DeliveryIndex) -> Result<(), ParkReason> {
        let reread = self.read_again(delivery, |wanted| wanted == to).await;
        let Some(aggregator) = self.fanout_mut().aggregator_mut(to) else { return Ok(()) };
        aggregator.close();
        // Metrics of a delivery that was read in part would be wrong. One that yields nothing now was not read as the first
        // time.
        let is_whole = reread == Reread::Complete && aggregator.deliveries().contains_all(&set_of(delivery));
        if is_whole {
            return Ok(());
        }
        aggregator.discard(delivery);
        Err(ParkReason::OutOfTime)
    }

    /// Returns the reason why a signal cannot be sent to a sink now; `None` if it can.
    fn skip_reason(&self, to: SinkSignal) -> Option<ParkReason> {
        if self.clock.left().request_timeout().is_none() {
            return Some(ParkReason::OutOfTime);
        }
        let is_open = self.forwarder.clients.get(to.sink.0).is_some_and(|client| client.is_open(to.signal));
        is_open.then_some(ParkReason::CircuitOpen)
    }

    /// Sends the batches of all aggregators until each chunk is accepted, refused or given up.
    async fn send_derived(&mut self) {
        let policies: Vec<_> = self.forwarder.clients.iter().map(|client| client.policy).collect();
        let clock = self.derived_clock();
        let aggregators = self.forwarder.pipeline.target_mut().aggregators_mut();
        let mut sending = DerivedSending { aggregators, policies, in_flight: &mut self.in_flight };
        let sent = sending.send_all(|| clock).await;
        sent.iter().for_each(|sent| self.record_sent(sent));
    }

    /// Returns the clock to send metrics and spans with. In a redrive, which has other objects to deliver in the same
    /// time, a failing endpoint for them gets at most a quarter of what is left.
    fn derived_clock(&self) -> Clock {
        match self.mode {
            Mode::Forward => self.clock,
            Mode::Redrive => self.clock.limited_to(self.clock.left().all() / 4),
        }
    }

    /// Applies the result of each batch of deliveries to the tracker, or parks it. A batch with a chunk without result,
    /// a defect of this program, stays pending.
    async fn settle_derived(&mut self, to: SinkSignal, batches: Vec<DerivedBatch>) {
        let mut rejected = RejectedPoints::default();
        for batch in batches.iter().filter(|batch| batch.is_decided()) {
            rejected += batch.rejected_for_good();
            self.record_delivered(to, batch.delivered);
            if batch.parked.is_some() || batch.refused.is_some() {
                self.park_derived(to, batch).await;
            } else {
                let tracker = self.tracker_mut();
                members(&batch.deliveries).for_each(|delivery| tracker.end_derived(to, delivery));
            }
        }
        self.record_rejected(to, rejected);
    }
}

/// Sends the batches of all aggregators.
pub(super) struct DerivedSending<'a> {
    pub(super) aggregators: &'a mut [DerivedAggregator],
    /// Retry and split limits of each sink.
    pub(super) policies: Vec<RetryPolicy>,
    pub(super) in_flight: &'a mut InFlight,
}

impl DerivedSending<'_> {
    /// Sends all batches, in smaller bodies where a backend requires that. `clock` is called once for each body, and
    /// returns the clock to send it with. Returns all bodies that were sent.
    pub(super) async fn send_all(&mut self, clock: impl Fn() -> Clock) -> Vec<Sent> {
        let mut all = Vec::new();
        for aggregator in self.aggregators.iter_mut() {
            send_next(aggregator, self.in_flight, clock());
        }
        while let Some(sent) = self.in_flight.next().await {
            all.push(sent.clone());
            let to = SinkSignal { sink: sent.body.sink, signal: sent.body.signal };
            let max_bisections = self.policies.get(to.sink.0).map_or(0, |policy| policy.max_bisections);
            if let Some(aggregator) = self.aggregators.iter_mut().find(|aggregator| aggregator.to == to) {
                aggregator.batcher.settle(sent, max_bisections);
                send_next(aggregator, self.in_flight, clock());
            }
        }
        all
    }
}

/// Starts sending the next body of an aggregator. An endpoint gets one body after the other, so that data points arrive in
/// order of time.
fn send_next(aggregator: &mut DerivedAggregator, in_flight: &mut InFlight, clock: Clock) {
    if let Some(body) = aggregator.batcher.next() {
        in_flight.send(body, clock, aggregator.batcher.bisections);
    }
}
