//! Metrics have no ids, so they are sent once: when the events they were derived from are settled, and will not come
//! again.

use super::{Call, Forwarder, Item, sending::Sending};
use crate::{
    body::{Plan, SinkIndex},
    deliver::{
        obligations::DeliveryIndex,
        sender::{Fate, Sent},
    },
};

impl Forwarder {
    /// Sends the metrics of every delivery whose events are settled, and parks what is not taken.
    pub(super) async fn settle_metrics(
        &mut self,
        items: &[Item<'_>],
        sending: &mut Sending,
        call: &Call<'_>,
    ) {
        let sinks = (0..self.outlets.len()).map(SinkIndex);
        let mut sent = Vec::new();
        for sink in sinks {
            let deliveries = self.measured(sink, items.len());
            self.gather(items, (sink, &deliveries), sending).await;
            let Some(meter) = self.pipeline.target_mut().meter_mut(sink) else { continue };
            meter.finish().into_iter().for_each(|body| sending.send(body));
            sent.push((sink, deliveries));
        }
        let done = sending.finish().await;
        done.iter().for_each(|sent| self.tell_sent(sent));
        for (sink, deliveries) in sent {
            let refused = done.iter().filter(|sent| sent.body.sink == sink).find_map(refusal);
            match refused {
                None => self.end_metrics(sink, &deliveries),
                Some(reason) => {
                    self.park_metrics(items, (sink, &deliveries), reason, (call, sending.clock)).await;
                }
            }
        }
    }

    /// The deliveries whose metrics are to be sent to a sink now. Those that were read to their end and tell nothing owe
    /// nothing.
    fn measured(&mut self, sink: SinkIndex, deliveries: usize) -> Vec<DeliveryIndex> {
        let lanes = self.pipeline.target_mut();
        let mut measured = Vec::new();
        for delivery in (0..deliveries).map(DeliveryIndex) {
            let obligations = lanes.obligations();
            if !obligations.owes_metrics(sink, delivery) || !obligations.has_settled_events(delivery) {
                continue;
            }
            if lanes.meter_mut(sink).is_some_and(|meter| meter.has(delivery)) {
                measured.push(delivery);
            } else {
                lanes.obligations_mut().end_metrics(sink, delivery);
            }
        }
        measured
    }

    /// Makes a sink's meter hold the metrics of these deliveries and no other.
    async fn gather(
        &mut self,
        items: &[Item<'_>],
        (sink, deliveries): (SinkIndex, &[DeliveryIndex]),
        sending: &mut Sending,
    ) {
        let lanes = self.pipeline.target_mut();
        let Some(meter) = lanes.meter_mut(sink) else { return };
        let holds = (0..items.len()).map(DeliveryIndex).filter(|delivery| meter.has(*delivery));
        if holds.eq(deliveries.iter().copied()) {
            return;
        }
        meter.clear();
        lanes.plan(|_| Plan::nothing());
        for delivery in deliveries {
            if let Some(item) = items.get(delivery.0) {
                self.read_again((*delivery, item), sending, |wanting| wanting == sink).await;
            }
        }
    }

    fn end_metrics(&mut self, sink: SinkIndex, deliveries: &[DeliveryIndex]) {
        let obligations = self.pipeline.target_mut().obligations_mut();
        deliveries.iter().for_each(|delivery| obligations.end_metrics(sink, *delivery));
    }
}

/// Why a body of metrics was not taken. One that was refused for good is kept, too: a person can look at it.
fn refusal(sent: &Sent) -> Option<&'static str> {
    match sent.fate {
        Fate::Done { .. } => None,
        Fate::Parked(reason) => Some(reason.name()),
        Fate::Rejected(rejection) => Some(rejection.name()),
        Fate::Smaller(_) | Fate::Bisect => Some(crate::deliver::ParkReason::TooLarge.name()),
    }
}
