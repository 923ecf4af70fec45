//! Delivering what is parked: the same run as for an event, on each parked object with what it owes.
//!
//! An object goes only when everything it owes is settled. What is left of it is written first, under a key of its own;
//! a kill between the two leaves both, and delivering twice is allowed. So it is safe to run this twice, or two at once.

use std::time::Duration;

use tailwater_parser::UnixMillis;

use super::{Call, Forwarder, Item, Undone};
use crate::{
    body::SinkIndex,
    deliver::{
        obligations::{Account, DeliveryIndex},
        park::{self, Cursor, Header, Lot, LotError, Parked, Place, Shelf, Ticket},
    },
    ledger::Imbalance,
    source::{Redrive, read_event},
};

/// What is to be delivered, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Which of what is parked.
    pub which: Redrive,
    /// To this sink instead of the one that is owed.
    pub to: Option<SinkIndex>,
}

/// What came of one parked object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Everything it owed is settled; it is gone.
    Settled,
    /// Some of what it owed is settled; the rest is parked.
    Reduced,
    /// Nothing is settled; it stays.
    Stays,
    /// It was parked too early or too late to be meant, or is gone already.
    PassedOver,
    /// It cannot be understood, or is for a sink that there is not; it stays.
    Unreadable(String),
}

/// What came of a redrive.
#[derive(Clone, Debug, Default)]
pub struct Redriven {
    /// Objects that are gone.
    pub settled: u64,
    /// Objects that are there still, or what is left of them.
    pub left: u64,
    /// Objects that cannot be understood.
    pub unreadable: u64,
    /// The account of each sink, in their order.
    pub accounts: Vec<Account>,
}

/// Why a redrive ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// The place cannot be read.
    #[error("cannot read what is parked: {0}")]
    Lot(#[from] LotError),
    /// A defect of ours.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// There is no place.
    #[error("nothing is parked anywhere: TAILWATER_PARKING is not set")]
    Nowhere,
}

impl Forwarder {
    /// Delivers what is parked in the forwarder's own place, as an event of a schedule asks for, until all is, or the
    /// call's time is nearly over.
    ///
    /// # Errors
    /// There is no such place, or it cannot be read.
    pub(super) async fn redrive_own(
        &mut self,
        which: &Redrive,
        call: &Call<'_>,
    ) -> Result<Redriven, RedriveError> {
        let lot = self.lot.clone().ok_or(RedriveError::Nowhere)?;
        let order = Order { which: which.clone(), to: None };
        let (deadline, clock) = (call.deadline, call.clock(&self.parking_times, &self.limits));
        let next = move || {
            let now = clock.now();
            clock.left().try_timeout().map(|_| (now, deadline))
        };
        self.redrive(&lot, &order, call.request_id, next, |_, _| ()).await
    }

    /// Delivers what is parked in `lot`. Before each object `next` tells now and the time until which it may take, or
    /// that it is time to stop; `tell` hears what came of each.
    ///
    /// # Errors
    /// The place cannot be read; what was settled before is settled.
    pub async fn redrive(
        &mut self,
        lot: &Lot,
        order: &Order,
        request_id: &str,
        mut next: impl FnMut() -> Option<(UnixMillis, UnixMillis)>,
        mut tell: impl FnMut(&str, &Step),
    ) -> Result<Redriven, RedriveError> {
        let prefix = match &order.which.sink {
            Some(sink) => Shelf::Parked.prefix_of_sink(sink),
            None => Shelf::Parked.prefix().to_owned(),
        };
        let mut redriven =
            Redriven { accounts: vec![Account::default(); self.outlets.len()], ..Redriven::default() };
        let mut cursor: Option<Cursor> = None;
        let mut taken = 0;
        let Some((begun, _)) = next() else { return Ok(redriven) };
        loop {
            let page = lot.list(&prefix, cursor.as_ref()).await?;
            for ticket in &page.tickets {
                let is_enough = order.which.limit.is_some_and(|limit| taken >= limit);
                let Some((now, deadline)) = next().filter(|_| !is_enough) else { return Ok(redriven) };
                let call = Call { request_id, deadline, now };
                let step = self.redrive_one(lot, ticket, order, (&call, begun), &mut redriven).await?;
                tell(&ticket.key, &step);
                taken += u64::from(step != Step::PassedOver);
                redriven.count(&step);
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(redriven),
            }
        }
    }

    async fn redrive_one(
        &mut self,
        lot: &Lot,
        ticket: &Ticket,
        order: &Order,
        (call, begun): (&Call<'_>, UnixMillis),
        redriven: &mut Redriven,
    ) -> Result<Step, RedriveError> {
        let Some(bytes) = lot.read(ticket).await? else { return Ok(Step::PassedOver) };
        match park::decode(&bytes) {
            Ok(parked) => self.redrive_parked(lot, ticket, (parked, order), (call, begun), redriven).await,
            Err(park::ParkedError::NotParked) => self.redrive_event(lot, ticket, bytes, call, redriven).await,
            Err(error) => Ok(Step::Unreadable(error.to_string())),
        }
    }

    async fn redrive_parked(
        &mut self,
        lot: &Lot,
        ticket: &Ticket,
        (parked, order): (Parked<'_>, &Order),
        (call, begun): (&Call<'_>, UnixMillis),
        redriven: &mut Redriven,
    ) -> Result<Step, RedriveError> {
        let Parked { header, delivery } = parked;
        // What is parked while this runs is for the next time, or a dead sink would keep this busy for good.
        let is_meant =
            header.time_ms < begun && order.which.since.is_none_or(|since| since <= header.time_ms);
        let is_of_sink = order.which.sink.as_ref().is_none_or(|sink| *sink == header.sink);
        if !is_meant || !is_of_sink {
            return Ok(Step::PassedOver);
        }
        let own = || self.outlets.iter().position(|outlet| outlet.name == header.sink).map(SinkIndex);
        let Some(sink) = order.to.or_else(own) else {
            return Ok(Step::Unreadable(format!("it is owed to {}, which is no sink here", header.sink)));
        };
        let item = Item::owing(header.clone(), delivery, sink);
        let left = self.run_once(std::slice::from_ref(&item), call, redriven).await?;
        let Some(left) = left.into_iter().find(|left| left.sink == sink) else {
            lot.delete(ticket).await?;
            return Ok(Step::Settled);
        };
        if left.is_failed || (left.events == header.owed && left.metrics == header.owes_metrics) {
            lot.release(ticket).await?;
            return Ok(Step::Stays);
        }
        let rest = Header {
            owed: left.events,
            owes_metrics: left.metrics,
            attempts: header.attempts.saturating_add(1),
            time_ms: call.now,
            ..header
        };
        rewrite(lot, ticket, (&rest, delivery), call, self.limits.timeout).await?;
        Ok(Step::Reduced)
    }

    /// An event that AWS put away: it owes everything to all.
    async fn redrive_event(
        &mut self,
        lot: &Lot,
        ticket: &Ticket,
        mut bytes: Vec<u8>,
        call: &Call<'_>,
        redriven: &mut Redriven,
    ) -> Result<Step, RedriveError> {
        let names = self.names();
        let opened = match read_event(&mut bytes) {
            Ok(opened) => opened,
            Err(error) => return Ok(Step::Unreadable(error.to_string())),
        };
        let items: Vec<_> = opened.deliveries.iter().map(|delivery| Item::of(delivery, &names)).collect();
        let left = self.run_once(&items, call, redriven).await?;
        if left.is_empty() {
            lot.delete(ticket).await?;
            return Ok(Step::Settled);
        }
        lot.release(ticket).await?;
        Ok(Step::Stays)
    }

    /// Runs items without parking what fails: it is parked already. Returns what is left.
    async fn run_once(
        &mut self,
        items: &[Item<'_>],
        call: &Call<'_>,
        redriven: &mut Redriven,
    ) -> Result<Vec<Left>, Imbalance> {
        let clock = call.clock(&self.parking_times, &self.limits);
        self.is_redriving = true;
        self.settle(items, call, clock).await;
        self.is_redriving = false;
        let obligations = self.pipeline.target_mut().take_obligations();
        let mut left = Vec::new();
        for delivery in (0..items.len()).map(DeliveryIndex) {
            for sink in (0..self.outlets.len()).map(SinkIndex) {
                let events = obligations.in_delivery(delivery, &obligations.pending(sink));
                let metrics = obligations.owes_metrics(sink, delivery);
                let is_failed = obligations.has_failed(delivery);
                if !events.is_empty() || metrics || is_failed {
                    left.push(Left { sink, events, metrics, is_failed });
                }
            }
        }
        let closed = obligations.close()?;
        redriven.accounts.iter_mut().zip(&closed.accounts).for_each(|(sum, account)| sum.merge(account));
        Ok(left)
    }
}

/// Writes what is left of a parked object, and takes away the object itself.
async fn rewrite(
    lot: &Lot,
    ticket: &Ticket,
    (rest, delivery): (&Header, &[u8]),
    call: &Call<'_>,
    within: Duration,
) -> Result<(), LotError> {
    let encoded = park::encode(rest, delivery);
    let place = Place {
        shelf: Shelf::Parked,
        sink: &rest.sink,
        time: rest.time_ms,
        request_id: call.request_id,
        delivery: 0,
    };
    lot.replace(ticket, &place.key(&encoded.hash), encoded.bytes.into(), within).await
}

/// What is left to be delivered.
struct Left {
    sink: SinkIndex,
    /// Counted from the delivery's first.
    events: crate::body::RangeSet,
    metrics: bool,
    /// Whether the delivery could not be read.
    is_failed: bool,
}

impl Redriven {
    fn count(&mut self, step: &Step) {
        match step {
            Step::Settled => self.settled += 1,
            Step::Reduced | Step::Stays => self.left += 1,
            Step::Unreadable(_) => self.unreadable += 1,
            Step::PassedOver => {}
        }
    }
}

impl From<RedriveError> for Undone {
    fn from(error: RedriveError) -> Self {
        match error {
            RedriveError::Imbalance(imbalance) => Self::Imbalance(imbalance),
            error @ (RedriveError::Lot(_) | RedriveError::Nowhere) => Self::Redrive(Box::new(error)),
        }
    }
}
