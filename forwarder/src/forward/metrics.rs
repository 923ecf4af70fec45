//! Metrics have no ids, so they are sent once: when the events they were derived from are settled, and will not come
//! again.

use super::{
    Call, Forwarder, Item,
    meter::{members, set_of},
    read::Reread,
    sending::Sending,
    shipment::Batch,
};
use crate::{
    body::{Plan, RangeSet, SinkIndex},
    deliver::{ParkReason, clock::Clock, obligations::DeliveryIndex},
    sink::RejectedPoints,
};

impl Forwarder {
    /// Sends the metrics of every delivery whose events are settled, and parks what is not taken.
    pub(super) async fn settle_metrics(
        &mut self,
        items: &[Item<'_>],
        sending: &mut Sending,
        call: &Call<'_>,
    ) {
        let mut batches: Vec<Vec<Batch>> = Vec::new();
        for sink in (0..self.outlets.len()).map(SinkIndex) {
            let deliveries = self.measured(sink, items.len());
            batches.push(self.gather(items, (sink, &deliveries), sending).await);
            if let Some(meter) = self.pipeline.target_mut().meter_mut(sink) {
                meter.ship();
            }
            self.send_metrics(sink, sending);
        }
        self.send_to_the_end(sending).await;
        for (sink, mut batches) in (0..).map(SinkIndex).zip(batches) {
            if let Some(meter) = self.pipeline.target_mut().meter_mut(sink) {
                batches.extend(meter.shipment.take_batches());
            }
            self.end_metrics(items, (sink, batches), (call, sending.clock)).await;
        }
    }

    /// The deliveries whose metrics are to be sent to a sink now. Those that were read to their end and tell nothing owe
    /// nothing.
    fn measured(&mut self, sink: SinkIndex, deliveries: usize) -> RangeSet {
        let lanes = self.pipeline.target_mut();
        let told = lanes.meter_mut(sink).map(|meter| meter.has()).unwrap_or_default();
        let mut measured = RangeSet::default();
        for delivery in (0..deliveries).map(DeliveryIndex) {
            let set = set_of(delivery);
            let obligations = lanes.obligations_mut();
            if !obligations.owes_metrics(sink, delivery) || !obligations.has_settled_events(delivery) {
                continue;
            }
            if told.contains_all(&set) {
                measured.insert_all(&set);
            } else {
                obligations.end_metrics(sink, delivery);
            }
        }
        measured
    }

    /// Makes a sink's meter hold the metrics of these deliveries and no other, each of them whole. Returns those for which that
    /// cannot be done now.
    async fn gather(
        &mut self,
        items: &[Item<'_>],
        (sink, deliveries): (SinkIndex, &RangeSet),
        sending: &mut Sending,
    ) -> Vec<Batch> {
        let lanes = self.pipeline.target_mut();
        let again = lanes.meter_mut(sink).map(|meter| meter.keep(deliveries)).unwrap_or_default();
        let mut left = Vec::new();
        if !again.is_empty() {
            lanes.plan(|_| Plan::nothing());
        }
        for delivery in members(&again) {
            let gathered = match self.hopeless(sink, sending) {
                Some(reason) => Err(reason),
                None => self.gather_again(items, (sink, delivery), sending).await,
            };
            if let Err(reason) = gathered {
                left.push(Batch::parked(set_of(delivery), reason));
            }
        }
        left
    }

    /// Reads a delivery again for its metrics, which become a batch of their own.
    async fn gather_again(
        &mut self,
        items: &[Item<'_>],
        (sink, delivery): (SinkIndex, DeliveryIndex),
        sending: &mut Sending,
    ) -> Result<(), ParkReason> {
        let Some(item) = items.get(delivery.0) else { return Err(ParkReason::OutOfTime) };
        let reread = self.read_again((delivery, item), sending, |wanting| wanting == sink).await;
        let Some(meter) = self.pipeline.target_mut().meter_mut(sink) else { return Ok(()) };
        meter.close();
        // Half of a delivery's metrics are no metrics of it, and none at all are not what it told before.
        let is_whole = reread == Reread::Complete && meter.has().contains_all(&set_of(delivery));
        if is_whole {
            return Ok(());
        }
        meter.forget(delivery);
        Err(ParkReason::OutOfTime)
    }

    /// Why it is no use to read for a sink what would not be sent anyway.
    fn hopeless(&self, sink: SinkIndex, sending: &Sending) -> Option<ParkReason> {
        if sending.clock.left().try_timeout().is_none() {
            return Some(ParkReason::OutOfTime);
        }
        let is_open = self.outlets.get(sink.0).is_some_and(|outlet| outlet.is_open());
        is_open.then_some(ParkReason::CircuitOpen)
    }

    /// Sets the next body of a sink's metrics on its way. They go one after the other, so that points arrive in order of time.
    fn send_metrics(&mut self, sink: SinkIndex, sending: &mut Sending) {
        let Some(meter) = self.pipeline.target_mut().meter_mut(sink) else { return };
        if let Some(body) = meter.shipment.next() {
            sending.send_after(body, meter.shipment.bisections);
        }
    }

    /// Sends all metrics, in smaller bodies where a sink wants them, until it is decided what becomes of each piece.
    async fn send_to_the_end(&mut self, sending: &mut Sending) {
        while let Some(sent) = sending.next().await {
            self.tell_sent(&sent);
            let sink = sent.body.sink;
            let most = self.outlets.get(sink.0).map_or(0, |outlet| outlet.policy.bisections);
            if let Some(meter) = self.pipeline.target_mut().meter_mut(sink) {
                meter.shipment.settle(sent, most);
            }
            self.send_metrics(sink, sending);
        }
    }

    /// Settles each batch on its own. One of which something is undecided, for a defect of ours, stays owed.
    async fn end_metrics(
        &mut self,
        items: &[Item<'_>],
        (sink, batches): (SinkIndex, Vec<Batch>),
        at: (&Call<'_>, Clock),
    ) {
        let mut lost = RejectedPoints::default();
        for batch in batches.iter().filter(|batch| batch.is_decided()) {
            lost += batch.lost();
            if batch.parked.is_some() || batch.refused.is_some() {
                self.park_metrics(items, (sink, batch), at).await;
            } else {
                let obligations = self.pipeline.target_mut().obligations_mut();
                members(&batch.deliveries).for_each(|delivery| obligations.end_metrics(sink, delivery));
            }
        }
        self.tell_lost(sink, lost);
    }
}
