//! One Lambda event from end to end: read, encoded, sent, what is owed parked, the account closed. Start with
//! [`Forwarder::run`].
//!
//! Events are read once for all sinks. What a backend wants in other portions is read again from the delivery, which is
//! still at hand, so nothing has to be kept of what was encoded.

mod assemble;
mod call;
mod item;
mod lanes;
mod meter;
mod metrics;
mod objects;
mod parking;
mod read;
mod redrive;
pub mod relay;
mod rounds;
mod sending;
mod shipment;
mod storing;
mod tell;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tailwater_parser::{ByteSize, Origin};

pub use self::{
    assemble::Unusable,
    assemble::{Assembled, assemble},
    call::{Call, Forwarded, Undone},
    item::{Debt, Item, Place},
    meter::Pricing,
    redrive::{Order, RedriveError, Redriven, Step, Timing},
};
use self::{lanes::Lanes, objects::Objects, sending::Sending};
use crate::{
    deliver::{
        Closed, budget::ParkingTimes, clock::Clock, obligations::DeliveryIndex, park::Lot,
        refusals::Refusals, sender::Outlet,
    },
    ledger::Imbalance,
    outcome::{self, Answering, Invoker, Outcome},
    pipeline::Pipeline,
    settings::{Limits, OwnFunction},
    source::{DeliveryReader, read_event},
    telemetry::Telemetry,
};

/// What forwards events; it is kept between invocations, with everything that is worth keeping.
#[derive(Debug)]
pub struct Forwarder {
    outlets: Vec<Arc<Outlet>>,
    pipeline: Pipeline<Lanes>,
    reader: DeliveryReader,
    lot: Option<Lot>,
    objects: Objects,
    parking_times: ParkingTimes,
    /// How long the invocation spent with parking.
    parked_for: Duration,
    /// Of each sink.
    refusals: Vec<Refusals>,
    limits: Limits,
    answering: Answering,
    function: OwnFunction,
    telemetry: Telemetry,
    /// Whether what runs is parked already.
    is_redriving: bool,
}

impl Forwarder {
    /// One that is put together from settings; see [`assemble`].
    #[must_use]
    pub fn new(assembled: Assembled) -> Self {
        let Assembled { outlets, lanes, lot, objects, limits, answering, function, telemetry } = assembled;
        let mut fallback = Origin::default();
        fallback.region = function.region.clone().unwrap_or_default();
        Self {
            refusals: outlets.iter().map(|_| Refusals::default()).collect(),
            outlets,
            pipeline: Pipeline::new(crate::pipeline::TimeRange::default(), lanes),
            reader: DeliveryReader::new(limits.inflated, fallback),
            lot,
            objects,
            parking_times: ParkingTimes::default(),
            parked_for: Duration::ZERO,
            limits,
            answering,
            function,
            telemetry,
            is_redriving: false,
        }
    }

    /// Forwards a Lambda event, and says what Lambda is to be told.
    ///
    /// # Errors
    /// The event is none that this knows, or our own account does not balance: nothing may be acknowledged.
    pub async fn forward(&mut self, mut event: Vec<u8>, call: &Call<'_>) -> Result<Forwarded, Undone> {
        let clock = call.clock(&self.parking_times, &self.limits);
        self.telemetry.bytes_in(ByteSize(u64::try_from(event.len()).unwrap_or(u64::MAX)));
        let opened = read_event(&mut event)?;
        let names = self.names();
        let items: Vec<_> = opened.deliveries.iter().map(|delivery| Item::of(delivery, &names)).collect();
        let mut closed = self.run(&items, call).await?;
        for which in &opened.redrives {
            let redriven = self.redrive_own(which, call, clock).await?;
            closed.accounts.iter_mut().zip(&redriven.accounts).for_each(|(sum, account)| sum.merge(account));
        }
        let answered = opened.deliveries.iter().zip(closed.deliveries);
        let answered: Vec<_> = answered
            .map(|(delivery, fate)| outcome::Item { id: &delivery.id, data: delivery.base64(), fate })
            .collect();
        let outcome = Outcome::of(Invoker::of(opened.trigger, self.answering), &answered);
        Ok(Forwarded { outcome, sinks: names.into_iter().zip(closed.accounts).collect() })
    }

    /// Delivers items to whom they are owed, until each event ended for each sink or the time is over.
    ///
    /// # Errors
    /// Our own account does not balance.
    pub async fn run(&mut self, items: &[Item<'_>], call: &Call<'_>) -> Result<Closed, Imbalance> {
        let clock = call.clock(&self.parking_times, &self.limits);
        self.settle(items, call, clock).await;
        let closed = self.pipeline.target_mut().take_obligations().close()?;
        self.tell_run(&closed, clock.elapsed());
        Ok(closed)
    }

    /// Sends, and parks what is not taken. Returns the deliveries that were not read to their end.
    async fn settle(&mut self, items: &[Item<'_>], call: &Call<'_>, clock: Clock) -> Vec<DeliveryIndex> {
        self.parked_for = Duration::ZERO;
        self.pipeline.target_mut().begin(clock.now());
        let mut sending = Sending::new(&self.outlets, clock);
        let read = self.read_all(items, &mut sending).await;
        self.tell_read(clock.elapsed());
        let logs = self.settle_logs(items, &mut sending).await;
        self.park_logs(items, logs, &read, (call, clock)).await;
        self.settle_metrics(items, &mut sending, call).await;
        if !self.parked_for.is_zero() {
            self.parking_times.add(self.parked_for);
        }
        read.unread.into_iter().map(|(delivery, _)| delivery).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        self.outlets.iter().map(|outlet| outlet.name).collect()
    }
}
