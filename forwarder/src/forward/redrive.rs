//! Redrive: sends the events in parked objects to their sinks, each object in a run of its own.
//!
//! A parked object is deleted only when all events and metrics that it was stored for have a final state. If some are
//! left, they are first stored as another parked object, under a new key. If the program is killed in between, both
//! objects exist; delivering events twice is allowed. So it is safe to run a redrive again, or two at once.

use std::time::Duration;

use tailwater_parser::UnixMillis;
use tokio::time::timeout;

use super::{
    ForwardError, Forwarder, InvocationContext, PendingDelivery,
    run::{Mode, Run},
};
use crate::{
    batch::{RangeSet, SinkIndex},
    ledger::{Disposition, Imbalance},
    parking::{self, Header, Listing, ObjectName, Parked, ParkedKind, ParkedRef, ParkingError, ParkingStore},
    send::clock::Clock,
    sink::Signal,
    source::{RedriveFilter, read_event},
    tracker::{Account, DeliveryIndex},
};

/// Selection of parked objects, and optionally another sink to send them to.
#[derive(Clone, Debug, Default)]
pub struct RedriveRequest {
    /// Parked objects to send.
    pub filter: RedriveFilter,
    /// Sink to send them to, instead of the sink that the header of each parked object names.
    pub to: Option<SinkIndex>,
}

/// Result of one parked object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedriveStep {
    /// All events and metrics it was stored for have a final state. The parked object is deleted.
    Settled,
    /// Some of its events have a final state. The rest is stored as a new parked object, and the old one is deleted.
    Reduced,
    /// The object stays as it is. None of its events was settled, or what is left could not be stored anew.
    Kept,
    /// It is not selected, does not exist any more, or another redrive holds it. Nothing is changed.
    Skipped,
    /// It is damaged, or is for an unknown sink. The parked object stays.
    Unreadable(String),
}

/// Result of a redrive.
#[derive(Clone, Debug, Default)]
pub struct RedriveSummary {
    /// Number of parked objects that were settled and deleted.
    pub settled: u64,
    /// Number of parked objects that are still stored, in full or reduced to the events that are left.
    pub left: u64,
    /// Number of parked objects that are damaged, or are for an unknown sink.
    pub unreadable: u64,
    /// Names of the sinks whose circuit breaker opened, so that their other parked objects were skipped.
    pub dead: Vec<&'static str>,
    /// Account of each sink, in the order of the settings.
    pub accounts: Vec<Account>,
}

/// Error that ends a redrive early.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// The parking store cannot be read or written.
    #[error("cannot read parked objects: {0}")]
    Parking(#[from] ParkingError),
    /// The ledger does not balance: a defect of this program.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// No parking store is configured.
    #[error("there are no parked objects: TAILWATER_PARKING is not set")]
    NotConfigured,
}

/// Limits the time of a redrive as a whole, and of each parked object.
pub trait Pacing: Send {
    /// Returns the time left for the redrive; zero when it has to stop.
    fn remaining(&self) -> Duration;

    /// Waits until the next parked object may be sent, and returns the time in which that has to be done.
    fn next(&mut self) -> TimeSlot;
}

/// Time in which the events of one parked object are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSlot {
    /// Start of the time.
    pub now: UnixMillis,
    /// End of the time.
    pub deadline: UnixMillis,
}

impl TimeSlot {
    fn duration(self) -> Duration {
        let millis = self.deadline.0.saturating_sub(self.now.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }
}

/// [`Pacing`] of a redrive within a Lambda invocation: no pauses, and the deadline of the invocation.
struct InvocationPacing {
    clock: Clock,
    deadline: UnixMillis,
}

impl Pacing for InvocationPacing {
    fn remaining(&self) -> Duration {
        let left = self.clock.left();
        left.request_timeout().map(|_| left.all()).unwrap_or_default()
    }

    fn next(&mut self) -> TimeSlot {
        TimeSlot { now: self.clock.now(), deadline: self.deadline }
    }
}

impl Forwarder {
    /// Redrives the parked objects in the configured store that `filter` selects, within the time of the invocation. A
    /// scheduled event requests it.
    ///
    /// # Errors
    /// Returns an error if there is no parking store, or it cannot be read.
    pub(super) async fn redrive_own(
        &mut self,
        filter: &RedriveFilter,
        context: &InvocationContext<'_>,
        clock: Clock,
    ) -> Result<RedriveSummary, RedriveError> {
        let store = self.parking.clone().ok_or(RedriveError::NotConfigured)?;
        let request = RedriveRequest { filter: filter.clone(), to: None };
        let mut pacing = InvocationPacing { clock, deadline: context.deadline };
        self.redrive(&store, &request, context.request_id, &mut pacing, |_, _| ()).await
    }

    /// Redrives the parked objects in `store`, which has to be the configured parking store. Calls `report` with the
    /// key and the result of each object. Ends early when the time is over, or when all sinks that objects could be
    /// sent to fail.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read. Events that were settled before stay settled.
    pub async fn redrive(
        &mut self,
        store: &ParkingStore,
        request: &RedriveRequest,
        request_id: &str,
        pacing: &mut dyn Pacing,
        report: impl FnMut(&str, &RedriveStep),
    ) -> Result<RedriveSummary, RedriveError> {
        let accounts = vec![Account::default(); self.clients.len()];
        let mut redrive = Redrive {
            forwarder: self,
            store,
            request,
            request_id,
            started: UnixMillis(i64::MAX),
            summary: RedriveSummary { accounts, ..RedriveSummary::default() },
        };
        let mut listing = Listing::new(store, request.filter.sink.as_deref());
        let done = redrive.deliver_all(&mut listing, pacing, report).await;
        listing.end().await;
        done.map(|()| redrive.summary)
    }
}

/// A redrive in progress.
struct Redrive<'r> {
    forwarder: &'r mut Forwarder,
    store: &'r ParkingStore,
    request: &'r RedriveRequest,
    request_id: &'r str,
    /// Start of the redrive. Objects parked from this time on are left for the next redrive, else a failing sink would
    /// keep this one busy for ever.
    started: UnixMillis,
    summary: RedriveSummary,
}

impl<'r> Redrive<'r> {
    async fn deliver_all(
        &mut self,
        listing: &mut Listing<'_>,
        pacing: &mut dyn Pacing,
        mut report: impl FnMut(&str, &RedriveStep),
    ) -> Result<(), RedriveError> {
        let limit = self.request.filter.limit;
        let mut taken = 0;
        while limit.is_none_or(|limit| taken < limit) && !self.are_all_dead() {
            let Some(parked) = next_within(listing, pacing.remaining()).await? else { break };
            if self.is_owed_to_dead_sink(&parked) {
                self.summary.left += 1;
                listing.leave(parked);
                continue;
            }
            let slot = pacing.next();
            if pacing.remaining().is_zero() {
                listing.leave(parked);
                break;
            }
            self.started = self.started.min(slot.now);
            let step = if listing.hold(&parked, slot.duration()).await {
                self.deliver(&parked, slot).await?
            } else {
                RedriveStep::Skipped
            };
            report(&parked.key, &step);
            taken += u64::from(step != RedriveStep::Skipped);
            self.summary.count(&step);
            if matches!(step, RedriveStep::Kept | RedriveStep::Unreadable(_) | RedriveStep::Skipped) {
                listing.leave(parked);
            }
        }
        Ok(())
    }

    async fn deliver(&mut self, parked: &ParkedRef, slot: TimeSlot) -> Result<RedriveStep, RedriveError> {
        let bytes = match timeout(self.parking_time(slot), self.store.read(parked)).await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => {
                self.store.forget(parked).await?;
                return Ok(RedriveStep::Skipped);
            }
            Ok(Err(error @ ParkingError::Damaged)) => return Ok(RedriveStep::Unreadable(error.to_string())),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Ok(RedriveStep::Kept),
        };
        match parking::decode(&bytes) {
            Ok(object) => self.deliver_object(parked, object, slot).await,
            Err(parking::ParkedError::NotParked) => self.deliver_event(parked, bytes, slot).await,
            Err(error) => Ok(RedriveStep::Unreadable(error.to_string())),
        }
    }

    /// Sends the events in an object that this program parked.
    async fn deliver_object(
        &mut self,
        parked: &ParkedRef,
        Parked { header, delivery }: Parked<'_>,
        slot: TimeSlot,
    ) -> Result<RedriveStep, RedriveError> {
        if !self.request.filter.includes(&header.sink, header.time_ms) || header.time_ms >= self.started {
            return Ok(RedriveStep::Skipped);
        }
        let own = || self.forwarder.clients.iter().position(|client| client.name == header.sink);
        let Some(sink) = self.request.to.or_else(|| own().map(SinkIndex)) else {
            return Ok(RedriveStep::Unreadable(format!(
                "it is owed to {}, which TAILWATER_SINKS does not name",
                header.sink
            )));
        };
        let item = PendingDelivery::parked(header.clone(), delivery, sink);
        let clock = self.context(slot).clock(&self.forwarder.parking_times, &self.forwarder.limits);
        let Some(rest) = self.run_object(&item, sink, slot).await? else {
            self.store.delete(parked).await?;
            return Ok(RedriveStep::Settled);
        };
        self.note_dead_sink(sink);
        if rest.is_failed || (rest.events == header.owed && rest.metrics == header.owes_metrics) {
            return Ok(RedriveStep::Kept);
        }
        let rest = Header {
            owed: rest.events,
            owes_metrics: rest.metrics,
            attempts: header.attempts.saturating_add(1),
            time_ms: slot.now,
            ..header
        };
        let within = clock.left_for_parking().min(self.forwarder.limits.max_parking_time());
        self.replace(parked, &rest, delivery, within).await?;
        Ok(RedriveStep::Reduced)
    }

    /// Sends the deliveries of an event that AWS stored, all to all sinks. If one sink does not accept them, they are
    /// parked for that sink, so that the others do not get them again. That matters most for metrics.
    async fn deliver_event(
        &mut self,
        parked: &ParkedRef,
        mut bytes: Vec<u8>,
        slot: TimeSlot,
    ) -> Result<RedriveStep, RedriveError> {
        if self.request.filter.sink.is_some() {
            return Ok(RedriveStep::Skipped);
        }
        let names = self.forwarder.names();
        let parsed = match read_event(&mut bytes) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(RedriveStep::Unreadable(error.to_string())),
        };
        let items = parsed.deliveries.iter().map(|delivery| PendingDelivery::new(delivery, &names));
        let items: Vec<_> = match self.request.to {
            Some(to) => items.map(|item| item.owed_to(to)).collect(),
            None => items.collect(),
        };
        let context = self.context(slot);
        let closed = self.forwarder.run(&items, &context).await?;
        self.add(&closed.accounts);
        let is_parked =
            |account: &Account| account.ends.keys().any(|end| matches!(end, Disposition::Parked(_)));
        let is_reduced = closed.accounts.iter().any(is_parked);
        let is_incomplete = closed.deliveries.iter().any(Result::is_err);
        if is_reduced || is_incomplete {
            (0..names.len()).for_each(|sink| self.note_dead_sink(SinkIndex(sink)));
        }
        if is_incomplete {
            return Ok(RedriveStep::Kept);
        }
        self.store.delete(parked).await?;
        Ok(if is_reduced { RedriveStep::Reduced } else { RedriveStep::Settled })
    }

    /// Runs the delivery in a parked object without parking what fails, since it is parked already. Returns the events
    /// that the sink must still get; `None` if there are none.
    async fn run_object(
        &mut self,
        item: &PendingDelivery<'_>,
        sink: SinkIndex,
        slot: TimeSlot,
    ) -> Result<Option<Rest>, Imbalance> {
        let delivery = DeliveryIndex(0);
        let context = self.context(slot);
        let mut run = Run::new(self.forwarder, std::slice::from_ref(item), context, Mode::Redrive);
        let unread = run.complete().await;
        let tracker = run.tracker();
        let mut rest = Rest {
            events: tracker.in_delivery(delivery, &tracker.pending(sink)),
            metrics: tracker.owes_metrics(sink, delivery),
            // A delivery that was not read to its end is reduced to its rest; one that cannot be read stays as it is.
            is_failed: tracker.has_failed(delivery) && unread.is_empty(),
        };
        if !unread.is_empty() {
            rest.events.insert_all(&item.scope.events().within(&tracker.unread(delivery)));
        }
        let closed = run.close()?;
        self.add(&closed.accounts);
        let is_settled = rest.events.is_empty() && !rest.metrics && !rest.is_failed;
        Ok((!is_settled).then_some(rest))
    }

    /// Stores the events that are left of a parked object as a new one, and deletes the old one.
    async fn replace(
        &mut self,
        parked: &ParkedRef,
        rest: &Header,
        delivery: &[u8],
        within: Duration,
    ) -> Result<(), ParkingError> {
        let encoded = parking::encode(rest, delivery);
        let name = ObjectName {
            kind: ParkedKind::Parked,
            sink: &rest.sink,
            time: rest.time_ms,
            request_id: self.request_id,
            delivery: 0,
        };
        self.store.replace(parked, &name.key(&encoded.hash), encoded.bytes.into(), within).await
    }

    fn context(&self, slot: TimeSlot) -> InvocationContext<'r> {
        InvocationContext { request_id: self.request_id, deadline: slot.deadline, now: slot.now }
    }

    fn parking_time(&self, slot: TimeSlot) -> Duration {
        let clock = self.context(slot).clock(&self.forwarder.parking_times, &self.forwarder.limits);
        clock.left_for_parking().min(self.forwarder.limits.max_parking_time())
    }

    /// Records a sink as dead if events for it are left and the circuit breaker of its endpoint for logs is open. If only
    /// the one for metrics is open, objects with log events can still be delivered, so none is skipped; without a
    /// request, the others take little time.
    fn note_dead_sink(&mut self, SinkIndex(sink): SinkIndex) {
        let has_logs = self.forwarder.pipeline.target().has_batchers();
        let signal = if has_logs { Signal::Logs } else { Signal::Metrics };
        let client = self.forwarder.clients.get(sink).filter(|client| client.is_open(signal));
        let dead = client.map(|client| client.name).filter(|name| !self.summary.dead.contains(name));
        self.summary.dead.extend(dead);
    }

    /// True if all sinks that the selected objects could be sent to are dead.
    fn are_all_dead(&self) -> bool {
        let clients = &self.forwarder.clients;
        let to = self.request.to.and_then(|to| clients.get(to.0)).map(|client| client.name);
        let is_dead = |name: &str| self.summary.dead.contains(&name);
        match to.or(self.request.filter.sink.as_deref()) {
            Some(only) => is_dead(only),
            None => !clients.is_empty() && clients.iter().all(|client| is_dead(client.name)),
        }
    }

    /// True if the key of a parked object names a dead sink.
    fn is_owed_to_dead_sink(&self, parked: &ParkedRef) -> bool {
        let is_owed = |sink: &&str| parked.key.starts_with(&ParkedKind::Parked.prefix_of_sink(sink));
        self.request.to.is_none() && self.summary.dead.iter().any(is_owed)
    }

    fn add(&mut self, accounts: &[Account]) {
        self.summary.accounts.iter_mut().zip(accounts).for_each(|(sum, account)| sum.merge(account));
    }
}

/// Returns the next parked object; `None` at the end, or if the store does not answer in time.
async fn next_within(listing: &mut Listing<'_>, time: Duration) -> Result<Option<ParkedRef>, ParkingError> {
    if time.is_zero() {
        return Ok(None);
    }
    timeout(time, listing.next()).await.unwrap_or(Ok(None))
}

/// Events and metrics of a parked object that its sink must still get after a redrive.
struct Rest {
    /// Numbers of the events, counted from the first event of the delivery.
    events: RangeSet,
    metrics: bool,
    /// True if the delivery could not be read.
    is_failed: bool,
}

impl RedriveSummary {
    fn count(&mut self, step: &RedriveStep) {
        match step {
            RedriveStep::Settled => self.settled += 1,
            RedriveStep::Reduced | RedriveStep::Kept => self.left += 1,
            RedriveStep::Unreadable(_) => self.unreadable += 1,
            RedriveStep::Skipped => {}
        }
    }
}

impl From<RedriveError> for ForwardError {
    fn from(error: RedriveError) -> Self {
        match error {
            RedriveError::Imbalance(imbalance) => Self::Imbalance(imbalance),
            error @ (RedriveError::Parking(_) | RedriveError::NotConfigured) => {
                Self::Redrive(Box::new(error))
            }
        }
    }
}
