//! Sending of a run's metrics. Backends cannot recognise data points that are sent twice. So the metrics of a delivery
//! are sent only when the result of each of its events is final, and AWS will not send the delivery again. Metrics that
//! are not accepted are parked; log events are never sent again because of them.

use super::{
    aggregator::{MetricsAggregator, members, set_of},
    in_flight::InFlight,
    metrics_batcher::MetricsBatch,
    read::Reread,
    run::{Mode, Run},
};
use crate::{
    batch::{RangeSet, Selection, SinkIndex},
    ledger::ParkReason,
    send::{client::Sent, clock::Clock, retry::RetryPolicy},
    sink::{RejectedPoints, Signal},
    tracker::DeliveryIndex,
};

impl Run<'_, '_> {
    /// Sends the metrics of every delivery whose events all have a final state, and parks what a sink does not accept.
    pub(super) async fn deliver_metrics(&mut self) {
        let mut not_sent: Vec<Vec<MetricsBatch>> = Vec::new();
        for sink in self.sinks() {
            let deliveries = self.measured_deliveries(sink);
            not_sent.push(self.aggregate_exactly(sink, &deliveries).await);
            if let Some(aggregator) = self.fanout_mut().aggregator_mut(sink) {
                aggregator.begin_sending();
            }
        }
        self.send_metrics().await;
        for (sink, mut batches) in self.sinks().zip(not_sent) {
            if let Some(aggregator) = self.fanout_mut().aggregator_mut(sink) {
                batches.extend(aggregator.batcher.take_batches());
            }
            self.settle_metrics(sink, batches).await;
        }
    }

    /// Returns the deliveries whose metrics are to be sent to a sink now. Marks the metrics of deliveries that have
    /// none as done.
    fn measured_deliveries(&mut self, sink: SinkIndex) -> RangeSet {
        let deliveries = self.items.len();
        let fanout = self.fanout_mut();
        let aggregated = fanout.aggregator_mut(sink).map(|aggregator| aggregator.deliveries());
        let aggregated = aggregated.unwrap_or_default();
        let mut measured = RangeSet::default();
        for delivery in (0..deliveries).map(DeliveryIndex) {
            let (set, tracker) = (set_of(delivery), fanout.tracker_mut());
            if !tracker.owes_metrics(sink, delivery) || !tracker.has_settled_events(delivery) {
                continue;
            }
            if aggregated.contains_all(&set) {
                measured.insert_all(&set);
            } else {
                tracker.end_metrics(sink, delivery);
            }
        }
        measured
    }

    /// Makes a sink's aggregator hold the metrics of exactly these deliveries. Drops a batch that also holds other
    /// deliveries, and reads those of `deliveries` that were in it again. Returns parked batches for deliveries that
    /// cannot be read again now.
    async fn aggregate_exactly(&mut self, sink: SinkIndex, deliveries: &RangeSet) -> Vec<MetricsBatch> {
        let fanout = self.fanout_mut();
        let again = fanout.aggregator_mut(sink).map(|aggregator| aggregator.retain(deliveries));
        let again = again.unwrap_or_default();
        let mut not_possible = Vec::new();
        if !again.is_empty() {
            fanout.select(|_| Selection::nothing());
        }
        for delivery in members(&again) {
            let aggregated = match self.skip_reason(sink) {
                Some(reason) => Err(reason),
                None => self.aggregate_again(sink, delivery).await,
            };
            if let Err(reason) = aggregated {
                not_possible.push(MetricsBatch::parked(set_of(delivery), reason));
            }
        }
        not_possible
    }

    /// Reads a delivery again for its metrics, which become a batch that contains only this delivery.
    async fn aggregate_again(&mut self, sink: SinkIndex, delivery: DeliveryIndex) -> Result<(), ParkReason> {
        let reread = self.read_again(delivery, |reader| reader == sink).await;
        let Some(aggregator) = self.fanout_mut().aggregator_mut(sink) else { return Ok(()) };
        aggregator.close();
        // Metrics of a part of the delivery would be wrong, and none at all contradict the first pass.
        let is_whole = reread == Reread::Complete && aggregator.deliveries().contains_all(&set_of(delivery));
        if is_whole {
            return Ok(());
        }
        aggregator.discard(delivery);
        Err(ParkReason::OutOfTime)
    }

    /// Returns the reason why no metrics can be sent to a sink now; `None` if they can.
    fn skip_reason(&self, SinkIndex(sink): SinkIndex) -> Option<ParkReason> {
        if self.clock.left().request_timeout().is_none() {
            return Some(ParkReason::OutOfTime);
        }
        let is_open = self.forwarder.clients.get(sink).is_some_and(|client| client.is_open(Signal::Metrics));
        is_open.then_some(ParkReason::CircuitOpen)
    }

    /// Sends the metrics of all sinks until each chunk of encoded metrics is accepted, refused or given up.
    async fn send_metrics(&mut self) {
        let policies: Vec<_> = self.forwarder.clients.iter().map(|client| client.policy).collect();
        let clock = self.metrics_clock();
        let aggregators = self.forwarder.pipeline.target_mut().aggregators_mut();
        let mut sending = MetricsSending { aggregators, policies, in_flight: &mut self.in_flight };
        let sent = sending.send_all(|| clock).await;
        sent.iter().for_each(|sent| self.record_sent(sent));
    }

    /// Returns the clock to send metrics with. In a redrive, which has other objects to deliver in the same time, a
    /// failing endpoint for metrics gets at most a quarter of what is left.
    fn metrics_clock(&self) -> Clock {
        match self.mode {
            Mode::Forward => self.clock,
            Mode::Redrive => self.clock.limited_to(self.clock.left().all() / 4),
        }
    }

    /// Applies the result of each batch of deliveries to the tracker, or parks it. A batch with a chunk without result,
    /// a defect of this program, stays pending.
    async fn settle_metrics(&mut self, sink: SinkIndex, batches: Vec<MetricsBatch>) {
        let mut rejected = RejectedPoints::default();
        for batch in batches.iter().filter(|batch| batch.is_decided()) {
            rejected += batch.rejected_for_good();
            if batch.parked.is_some() || batch.refused.is_some() {
                self.park_metrics(sink, batch).await;
            } else {
                let tracker = self.tracker_mut();
                members(&batch.deliveries).for_each(|delivery| tracker.end_metrics(sink, delivery));
            }
        }
        self.record_rejected_points(sink, rejected);
    }
}

/// Sends the batches of all sinks' aggregators.
pub(super) struct MetricsSending<'a> {
    pub(super) aggregators: &'a mut [Option<MetricsAggregator>],
    /// Retry and split limits of each sink.
    pub(super) policies: Vec<RetryPolicy>,
    pub(super) in_flight: &'a mut InFlight,
}

impl MetricsSending<'_> {
    /// Sends all batches, in smaller bodies where a backend requires that. `clock` is called once for each body, and
    /// returns the clock to send it with. Returns all bodies that were sent.
    pub(super) async fn send_all(&mut self, clock: impl Fn() -> Clock) -> Vec<Sent> {
        let mut all = Vec::new();
        for sink in (0..self.aggregators.len()).map(SinkIndex) {
            self.send_next(sink, clock());
        }
        while let Some(sent) = self.in_flight.next().await {
            all.push(sent.clone());
            let sink = sent.body.sink;
            let max_bisections = self.policies.get(sink.0).map_or(0, |policy| policy.max_bisections);
            if let Some(Some(aggregator)) = self.aggregators.get_mut(sink.0) {
                aggregator.batcher.settle(sent, max_bisections);
            }
            self.send_next(sink, clock());
        }
        all
    }

    /// Starts sending the next body to a sink. Each sink gets one body after the other, so that data points arrive in
    /// order of time.
    fn send_next(&mut self, SinkIndex(sink): SinkIndex, clock: Clock) {
        let Some(Some(aggregator)) = self.aggregators.get_mut(sink) else { return };
        if let Some(body) = aggregator.batcher.next() {
            self.in_flight.send(body, clock, aggregator.batcher.bisections);
        }
    }
}
