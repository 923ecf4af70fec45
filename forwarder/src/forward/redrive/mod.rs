//! Redrive: sends the events in parked objects to their sinks, each object in a run of its own.
//!
//! A parked object is claimed while it is delivered, so that two redrives at once do not deliver its metrics twice. It is
//! deleted only when all events and metrics that it was stored for have a final state. If some are left, they are first
//! stored as another parked object, under a new key. If the program is killed in between, both objects exist; delivering
//! events twice is allowed. An object that cannot be read or deleted is reported and stays, and the others are delivered.

mod deliver;
mod pacing;
mod step;
mod step_log;

use std::{collections::HashSet, convert::Infallible, sync::Arc, time::Duration};

use tailwater_parser::UnixMillis;
use tokio::time::{sleep, timeout};

use self::{
    deliver::Delivered,
    pacing::{InvocationPacing, cancelled, unless_cancelled},
    step_log::StepLog,
};
pub use self::{
    pacing::{Pacing, TimeSlot},
    step::{Coverage, RedriveError, RedriveRequest, RedriveStep, RedriveSummary},
};
use super::{Forwarder, InvocationContext};
use crate::{
    batch::SinkIndex,
    parking::{
        Claim, ErrorScope, Hold, Listing, ParkedKind, ParkedRef, ParkingError, ParkingStore, RENEWAL,
        Takeover,
    },
    send::{client::SinkClient, clock::Clock},
    sink::{Signal, Signals},
    source::RedriveFilter,
    tracker::Account,
};

/// Maximum number of objects that are postponed to the end of a redrive. Further ones are left for the next redrive.
const MAX_POSTPONED: usize = 1_000;

/// Maximum number of delivered messages that are remembered.
const MAX_REMEMBERED: usize = 100_000;

/// Interval at which an object is tried again that another redrive holds.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Number of temporary errors of the parking store in a row after which it is tested as a whole.
const MAX_ERRORS_IN_A_ROW: u32 = 5;

impl Forwarder {
    /// Redrives the parked objects in the configured store that `filter` selects, within the time of the invocation. A
    /// scheduled event requests it. It starts where the previous one ended for lack of time, so that objects at the
    /// beginning that cannot be delivered do not keep it from the others for ever.
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
        let mut pacing = InvocationPacing { clock, deadline: context.deadline };
        // Without the position, the redrive starts at the beginning.
        let start = timeout(pacing.remaining(), store.position()).await;
        let start = start.ok().and_then(Result::ok).flatten();
        let request = RedriveRequest { filter: filter.clone(), to: None, start: start.clone() };
        let mut log = StepLog::default();
        let report = |key: &str, step: &RedriveStep| log.add(key, step);
        let summary = self.redrive(&store, &request, context.request_id, &mut pacing, report).await?;
        log.finish(&summary);
        let position = match &summary.coverage {
            Coverage::All => None,
            Coverage::Part { last } => last.clone().or_else(|| start.clone()),
        };
        if position != start {
            let written = timeout(clock.left_for_parking(), store.set_position(position.as_deref())).await;
            if let Err(error) = written.unwrap_or(Err(ParkingError::TimedOut)) {
                tracing::warn!(%error, "cannot record the position for the next redrive, which starts earlier");
            }
        }
        Ok(summary)
    }

    /// Redrives the parked objects in `store`, which has to be the configured parking store. Calls `report` with the
    /// key and the result of each object. Ends early when the time is over, or when all sinks that objects could be
    /// sent to fail. `request_id` has to differ from that of any other redrive at the same time.
    ///
    /// # Errors
    /// Returns an error if the store as a whole cannot be read. Events that were settled before stay settled.
    pub async fn redrive(
        &mut self,
        store: &ParkingStore,
        request: &RedriveRequest,
        request_id: &str,
        pacing: &mut dyn Pacing,
        mut report: impl FnMut(&str, &RedriveStep) + Send,
    ) -> Result<RedriveSummary, RedriveError> {
        let accounts = vec![Account::default(); self.clients.len()];
        let mut redrive = Redrive {
            forwarder: self,
            store,
            request,
            request_id,
            started: UnixMillis(i64::MAX),
            summary: RedriveSummary { accounts, ..RedriveSummary::default() },
            postponed: Vec::new(),
            delivered_keys: HashSet::new(),
            errors_in_a_row: 0,
            report: &mut report,
        };
        let sink = request.filter.sink.as_deref();
        let mut listing = Listing::starting_after(store, sink, request.start.as_deref());
        let done = redrive.deliver_all(&mut listing, pacing).await;
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
    /// Objects that are tried again at the end: another redrive holds them, or was killed while it delivered them.
    postponed: Vec<ParkedRef>,
    /// Hashes of the keys of messages that were delivered. SQS may hold a message twice, if the answer to its sender was
    /// lost; the second one is only deleted.
    delivered_keys: HashSet<u64>,
    /// Number of temporary errors of the parking store since an object was read.
    errors_in_a_row: u32,
    report: &'r mut (dyn FnMut(&str, &RedriveStep) + Send),
}

/// Result of an attempt to deliver a parked object.
enum Attempt {
    Done(RedriveStep),
    /// Another redrive holds the object, or was killed while it delivered it.
    Held,
}

/// Next object of a listing.
enum Next {
    Object(ParkedRef),
    End,
    OutOfTime,
}

impl<'r> Redrive<'r> {
    async fn deliver_all(
        &mut self,
        listing: &mut Listing<'_>,
        pacing: &mut dyn Pacing,
    ) -> Result<(), RedriveError> {
        let mut last = None;
        while !self.has_reached_limit() && !self.are_all_dead() {
            let next = next_within(listing, pacing.remaining());
            let parked = match unless_cancelled(pacing, next).await.unwrap_or(Ok(Next::OutOfTime))? {
                Next::Object(parked) => parked,
                Next::OutOfTime => break,
                Next::End => return self.deliver_postponed(listing, pacing).await,
            };
            if self.is_owed_to_dead_sink(&parked) {
                self.summary.left += 1;
                listing.leave(parked);
                continue;
            }
            let slot = self.next_slot(pacing);
            if pacing.remaining().is_zero() {
                listing.leave(parked);
                break;
            }
            last = Some(parked.key.clone());
            match self.attempt(&parked, slot, Takeover::Later, pacing).await {
                Err(error) => {
                    // A message becomes visible to other readers.
                    listing.leave(parked);
                    return Err(error);
                }
                Ok(Attempt::Done(step)) => self.record(listing, parked, &step),
                Ok(Attempt::Held) if self.postponed.len() < MAX_POSTPONED => self.postponed.push(parked),
                Ok(Attempt::Held) => self.record(listing, parked, &held()),
            }
            self.check_store(slot).await?;
        }
        self.summary.coverage = Coverage::Part { last };
        Ok(())
    }

    /// Delivers the objects that were postponed. Waits for those that another redrive holds, as long as the pacing
    /// permits.
    async fn deliver_postponed(
        &mut self,
        listing: &mut Listing<'_>,
        pacing: &mut dyn Pacing,
    ) -> Result<(), RedriveError> {
        let mut patience = pacing.patience();
        for parked in std::mem::take(&mut self.postponed) {
            let step = loop {
                let slot = self.next_slot(pacing);
                if pacing.remaining().is_zero() || self.has_reached_limit() || self.are_all_dead() {
                    break held();
                }
                match self.attempt(&parked, slot, Takeover::Allowed, pacing).await? {
                    Attempt::Done(step) => break step,
                    Attempt::Held if patience.is_zero() => break held(),
                    Attempt::Held => {
                        let pause = POLL_INTERVAL.min(patience);
                        patience = patience.saturating_sub(pause);
                        let _ = unless_cancelled(pacing, sleep(pause)).await;
                    }
                }
            };
            self.record(listing, parked, &step);
        }
        Ok(())
    }

    fn next_slot(&mut self, pacing: &mut dyn Pacing) -> TimeSlot {
        let slot = pacing.next();
        self.started = self.started.min(slot.now);
        slot
    }

    /// Reports and counts the result of an object.
    fn record(&mut self, listing: &mut Listing<'_>, parked: ParkedRef, step: &RedriveStep) {
        (self.report)(&parked.key, step);
        self.summary.count(step);
        match step {
            RedriveStep::Kept | RedriveStep::Left(_) | RedriveStep::Unreadable(_) | RedriveStep::Skipped => {
                listing.leave(parked);
            }
            RedriveStep::Settled | RedriveStep::Reduced => {}
        }
    }

    /// Claims an object and delivers it. Renews the claim meanwhile, and ends it afterwards. A cancelled delivery leaves the
    /// object as it is; what it has sent may be sent again by the next redrive.
    async fn attempt(
        &mut self,
        parked: &ParkedRef,
        slot: TimeSlot,
        takeover: Takeover,
        pacing: &mut dyn Pacing,
    ) -> Result<Attempt, RedriveError> {
        let (store, holder) = (self.store, self.request_id);
        let claim = self.within(slot, store.claim(parked, holder, takeover));
        let Some(claim) = unless_cancelled(pacing, claim).await else {
            return Ok(Attempt::Done(RedriveStep::Kept));
        };
        let (hold, delivered) = match claim {
            Err(error) => return self.stays("it cannot be claimed", error).map(Attempt::Done),
            // Its message is visible to another redrive, which reports it.
            Ok(Claim::Taken { .. }) if parked.is_message() => return Ok(Attempt::Done(RedriveStep::Skipped)),
            Ok(Claim::Taken { .. } | Claim::Abandoned) => return Ok(Attempt::Held),
            Ok(Claim::Delivered(hold)) => (hold, self.delete(parked, slot).await),
            Ok(Claim::Held(mut hold)) => {
                let delivered = tokio::select! {
                    delivered = self.deliver(parked, slot) => delivered,
                    never = renew(store, parked, &mut hold) => match never {},
                    () = cancelled(pacing) => Ok(RedriveStep::Kept.into()),
                };
                (hold, delivered)
            }
        };
        let is_undeleted = matches!(delivered, Ok(Delivered::Undeleted(_)));
        let ended = if is_undeleted {
            self.within(slot, store.mark_delivered(parked, hold, holder)).await
        } else {
            self.within(slot, store.end_claim(parked, hold)).await
        };
        if let Err(error) = ended {
            tracing::warn!(key = parked.key, %error, "cannot end the claim of a parked object");
        }
        delivered.map(|delivered| Attempt::Done(delivered.into_step()))
    }

    /// Waits for an operation of the parking store, at most as long as the time slot permits.
    fn within<T, F: Future<Output = Result<T, ParkingError>>>(
        &self,
        slot: TimeSlot,
        operation: F,
    ) -> impl Future<Output = F::Output> + use<T, F> {
        let limit = self.parking_time(slot);
        async move { timeout(limit, operation).await.unwrap_or(Err(ParkingError::TimedOut)) }
    }

    /// Returns the result for an object that stays because of an error of the parking store.
    ///
    /// # Errors
    /// Returns an error if it concerns all objects.
    fn stays(&mut self, what: &str, error: ParkingError) -> Result<RedriveStep, RedriveError> {
        match error.scope() {
            ErrorScope::Store => Err(error.into()),
            ErrorScope::Object => {
                self.errors_in_a_row = 0;
                Ok(RedriveStep::Unreadable(format!("{what}: {error}")))
            }
            ErrorScope::Temporary => {
                self.errors_in_a_row = self.errors_in_a_row.saturating_add(1);
                Ok(RedriveStep::Left(format!("{what}: {error}")))
            }
        }
    }

    /// After many temporary errors in a row, tests whether the store can be listed.
    ///
    /// # Errors
    /// Returns an error if it cannot: then the errors do not concern single objects.
    async fn check_store(&mut self, slot: TimeSlot) -> Result<(), RedriveError> {
        if self.errors_in_a_row < MAX_ERRORS_IN_A_ROW || self.store.is_queue() {
            return Ok(());
        }
        self.errors_in_a_row = 0;
        let prefix = ParkedKind::Parked.prefix();
        self.within(slot, self.store.list(prefix, None)).await?;
        Ok(())
    }

    /// True if as many objects were delivered, in full or in part, as the filter permits.
    fn has_reached_limit(&self) -> bool {
        self.request.filter.limit.is_some_and(|limit| self.summary.delivered >= limit)
    }

    fn context(&self, slot: TimeSlot) -> InvocationContext<'r> {
        InvocationContext { request_id: self.request_id, deadline: slot.deadline, now: slot.now }
    }

    fn parking_time(&self, slot: TimeSlot) -> Duration {
        let clock = self.context(slot).clock(&self.forwarder.parking_times, &self.forwarder.limits);
        clock.left_for_parking().min(self.forwarder.limits.max_parking_time())
    }

    /// Records a sink as dead if events for it are left and the circuit breaker of its endpoint for logs is open. If only
    /// one for metrics or spans is open, objects with log events can still be delivered, so none is skipped; without a
    /// request, the others take little time.
    fn note_dead_sink(&mut self, SinkIndex(sink): SinkIndex) {
        let target = self.forwarder.pipeline.target();
        let logs = || std::iter::once(Signal::Logs).collect();
        let signals: Signals =
            if target.has_batchers() { logs() } else { target.derived_of(SinkIndex(sink)) };
        let is_open = |client: &&Arc<SinkClient>| {
            !signals.is_empty() && signals.iter().all(|signal| client.is_open(signal))
        };
        let client = self.forwarder.clients.get(sink).filter(is_open);
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

/// Returns the result for an object that another redrive holds.
fn held() -> RedriveStep {
    RedriveStep::Left(
        "another redrive delivers it, or was ended while it did; run redrive again in a few minutes"
            .to_owned(),
    )
}

/// Renews a claim again and again.
async fn renew(store: &ParkingStore, parked: &ParkedRef, hold: &mut Hold) -> Infallible {
    loop {
        sleep(RENEWAL).await;
        // If it fails a few times, another redrive takes over, and metrics may be counted twice.
        if let Err(error) = store.renew(parked, hold).await {
            tracing::warn!(key = parked.key, %error, "cannot renew the claim of a parked object");
        }
    }
}

/// Returns the next parked object, if the store answers in time.
async fn next_within(listing: &mut Listing<'_>, time: Duration) -> Result<Next, ParkingError> {
    if time.is_zero() {
        return Ok(Next::OutOfTime);
    }
    match timeout(time, listing.next()).await {
        Ok(next) => Ok(next?.map_or(Next::End, Next::Object)),
        Err(_) => Ok(Next::OutOfTime),
    }
}
