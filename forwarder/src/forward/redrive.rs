//! Delivering what is parked: the same run as for an event, on each parked object with what it owes.
//!
//! An object goes only when everything it owes is settled. What is left of it is written first, under a key of its own;
//! a kill between the two leaves both, and delivering twice is allowed. So it is safe to run this twice, or two at once.

use std::time::Duration;

use tailwater_parser::UnixMillis;
use tokio::time::timeout;

use super::{Call, Forwarder, Item, Undone};
use crate::{
    body::SinkIndex,
    deliver::{
        clock::Clock,
        obligations::{Account, DeliveryIndex, End},
        park::{self, Header, Lot, LotError, Parked, Place, Shelf, Ticket, Walk},
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
    /// It is not meant: of another time or sink, gone already, or in other hands.
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
    /// The sinks that failed so often that what they are owed was left without a try from then on.
    pub dead: Vec<&'static str>,
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

/// How long a redrive may go on, and how fast.
pub trait Timing: Send {
    /// What is left of its time; nothing when it is to stop.
    fn left(&self) -> Duration;

    /// Waits until the next object may be taken. Returns now, and the time until which that object may take.
    fn next(&mut self) -> (UnixMillis, UnixMillis);
}

/// That of a Lambda invocation.
struct Invocation {
    clock: Clock,
    deadline: UnixMillis,
}

impl Timing for Invocation {
    fn left(&self) -> Duration {
        let left = self.clock.left();
        left.try_timeout().map(|_| left.all()).unwrap_or_default()
    }

    fn next(&mut self) -> (UnixMillis, UnixMillis) {
        (self.clock.now(), self.deadline)
    }
}

/// A redrive under way.
struct Run<'r> {
    lot: &'r Lot,
    order: &'r Order,
    /// What is parked from then on is for the next time, or a dead sink would keep this busy for good.
    begun: UnixMillis,
    redriven: Redriven,
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
        clock: Clock,
    ) -> Result<Redriven, RedriveError> {
        let lot = self.lot.clone().ok_or(RedriveError::Nowhere)?;
        let order = Order { which: which.clone(), to: None };
        let mut timing = Invocation { clock, deadline: call.deadline };
        self.redrive(&lot, &order, call.request_id, &mut timing, |_, _| ()).await
    }

    /// Delivers what is parked in `lot`, the forwarder's own place. `tell` hears what came of each object. It ends early when
    /// the time is over, or no sink that something is owed to takes anything.
    ///
    /// # Errors
    /// The place cannot be read; what was settled before is settled.
    pub async fn redrive(
        &mut self,
        lot: &Lot,
        order: &Order,
        request_id: &str,
        timing: &mut dyn Timing,
        mut tell: impl FnMut(&str, &Step),
    ) -> Result<Redriven, RedriveError> {
        let mut walk = Walk::new(lot, order.which.sink.as_deref());
        let redriven =
            Redriven { accounts: vec![Account::default(); self.outlets.len()], ..Redriven::default() };
        let mut run = Run { lot, order, begun: UnixMillis(i64::MAX), redriven };
        let done = self.redrive_along(&mut walk, &mut run, (request_id, timing), &mut tell).await;
        walk.end().await;
        done.map(|()| run.redriven)
    }

    async fn redrive_along(
        &mut self,
        walk: &mut Walk<'_>,
        run: &mut Run<'_>,
        (request_id, timing): (&str, &mut dyn Timing),
        tell: &mut impl FnMut(&str, &Step),
    ) -> Result<(), RedriveError> {
        let mut taken = 0;
        while run.order.which.limit.is_none_or(|limit| taken < limit) && !self.is_over(run) {
            let Some(ticket) = upcoming(walk, timing.left()).await? else { break };
            if run.is_for_the_dead(&ticket) {
                run.redriven.left += 1;
                walk.leave(ticket);
                continue;
            }
            let (now, deadline) = timing.next();
            if timing.left().is_zero() {
                walk.leave(ticket);
                break;
            }
            let call = Call { request_id, deadline, now };
            run.begun = run.begun.min(call.now);
            let step = if walk.hold(&ticket, time_of(&call)).await {
                self.redrive_one(&ticket, &call, run).await?
            } else {
                Step::PassedOver
            };
            tell(&ticket.key, &step);
            taken += u64::from(step != Step::PassedOver);
            run.redriven.count(&step);
            if matches!(step, Step::Stays | Step::Unreadable(_) | Step::PassedOver) {
                walk.leave(ticket);
            }
        }
        Ok(())
    }

    async fn redrive_one(
        &mut self,
        ticket: &Ticket,
        call: &Call<'_>,
        run: &mut Run<'_>,
    ) -> Result<Step, RedriveError> {
        let within = self.time_to_park(call.clock(&self.parking_times, &self.limits));
        let bytes = match timeout(within, run.lot.read(ticket)).await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => {
                run.lot.forget(ticket).await?;
                return Ok(Step::PassedOver);
            }
            Ok(Err(error @ LotError::Damaged)) => return Ok(Step::Unreadable(error.to_string())),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Ok(Step::Stays),
        };
        match park::decode(&bytes) {
            Ok(parked) => self.redrive_parked(ticket, parked, call, run).await,
            Err(park::ParkedError::NotParked) => self.redrive_event(ticket, bytes, call, run).await,
            Err(error) => Ok(Step::Unreadable(error.to_string())),
        }
    }

    async fn redrive_parked(
        &mut self,
        ticket: &Ticket,
        Parked { header, delivery }: Parked<'_>,
        call: &Call<'_>,
        run: &mut Run<'_>,
    ) -> Result<Step, RedriveError> {
        if !run.order.which.means(&header.sink, header.time_ms) || header.time_ms >= run.begun {
            return Ok(Step::PassedOver);
        }
        let own = || self.outlets.iter().position(|outlet| outlet.name == header.sink).map(SinkIndex);
        let Some(sink) = run.order.to.or_else(own) else {
            return Ok(Step::Unreadable(format!("it is owed to {}, which is no sink here", header.sink)));
        };
        let item = Item::owing(header.clone(), delivery, sink);
        let clock = call.clock(&self.parking_times, &self.limits);
        let Some(left) = self.run_once((&item, sink), (call, clock), run).await? else {
            run.lot.delete(ticket).await?;
            return Ok(Step::Settled);
        };
        self.note_dead(sink, run);
        if left.is_failed || (left.events == header.owed && left.metrics == header.owes_metrics) {
            return Ok(Step::Stays);
        }
        let rest = Header {
            owed: left.events,
            owes_metrics: left.metrics,
            attempts: header.attempts.saturating_add(1),
            time_ms: call.now,
            ..header
        };
        rewrite(run.lot, ticket, (&rest, delivery), call, self.time_to_park(clock)).await?;
        Ok(Step::Reduced)
    }

    /// An event that AWS put away: it owes everything to all. What one of them does not take is parked for that one, so
    /// that the others do not get it again, least of all the metrics.
    async fn redrive_event(
        &mut self,
        ticket: &Ticket,
        mut bytes: Vec<u8>,
        call: &Call<'_>,
        run: &mut Run<'_>,
    ) -> Result<Step, RedriveError> {
        if run.order.which.sink.is_some() {
            return Ok(Step::PassedOver);
        }
        let names = self.names();
        let opened = match read_event(&mut bytes) {
            Ok(opened) => opened,
            Err(error) => return Ok(Step::Unreadable(error.to_string())),
        };
        let items = opened.deliveries.iter().map(|delivery| Item::of(delivery, &names));
        let items: Vec<_> = match run.order.to {
            Some(to) => items.map(|item| item.owed_to(to)).collect(),
            None => items.collect(),
        };
        let closed = self.run(&items, call).await?;
        run.add(&closed.accounts);
        let is_parked = |account: &Account| account.ends.keys().any(|end| matches!(end, End::Parked(_)));
        let is_reduced = closed.accounts.iter().any(is_parked);
        let is_left = closed.deliveries.iter().any(Result::is_err);
        if is_reduced || is_left {
            (0..self.outlets.len()).for_each(|sink| self.note_dead(SinkIndex(sink), run));
        }
        if is_left {
            return Ok(Step::Stays);
        }
        run.lot.delete(ticket).await?;
        Ok(if is_reduced { Step::Reduced } else { Step::Settled })
    }

    /// Runs a parked delivery without parking what fails: it is parked already. Returns what its sink is still owed, if
    /// anything.
    async fn run_once(
        &mut self,
        (item, sink): (&Item<'_>, SinkIndex),
        (call, clock): (&Call<'_>, Clock),
        run: &mut Run<'_>,
    ) -> Result<Option<Left>, Imbalance> {
        let delivery = DeliveryIndex(0);
        self.is_redriving = true;
        let unread = self.settle(std::slice::from_ref(item), call, clock).await;
        self.is_redriving = false;
        let obligations = self.pipeline.target_mut().take_obligations();
        let mut left = Left {
            events: obligations.in_delivery(delivery, &obligations.pending(sink)),
            metrics: obligations.owes_metrics(sink, delivery),
            // What was not read to its end is left, too; anything else stays as it is.
            is_failed: obligations.has_failed(delivery) && unread.is_empty(),
        };
        if !unread.is_empty() {
            left.events.insert_all(&item.debt.events().within(&obligations.unread(delivery)));
        }
        let closed = obligations.close()?;
        self.tell_run(&closed, clock.elapsed());
        run.add(&closed.accounts);
        let is_settled = left.events.is_empty() && !left.metrics && !left.is_failed;
        Ok((!is_settled).then_some(left))
    }

    /// A sink left something: whether it is worth another try.
    fn note_dead(&self, sink: SinkIndex, run: &mut Run<'_>) {
        let open = self.outlets.get(sink.0).filter(|outlet| outlet.is_open()).map(|outlet| outlet.name);
        run.redriven.dead.extend(open.filter(|name| !run.redriven.dead.contains(name)));
    }

    /// Whether nobody is left to whom anything could be delivered.
    fn is_over(&self, run: &Run<'_>) -> bool {
        let to = run.order.to.and_then(|to| self.outlets.get(to.0)).map(|outlet| outlet.name);
        let is_dead = |name: &str| run.redriven.dead.contains(&name);
        match to.or(run.order.which.sink.as_deref()) {
            Some(only) => is_dead(only),
            None => !self.outlets.is_empty() && self.outlets.iter().all(|outlet| is_dead(outlet.name)),
        }
    }
}

impl Run<'_> {
    /// Whether an object's key says that it is owed to a sink that is dead.
    fn is_for_the_dead(&self, ticket: &Ticket) -> bool {
        let is_owed = |sink: &&str| ticket.key.starts_with(&Shelf::Parked.prefix_of_sink(sink));
        self.order.to.is_none() && self.redriven.dead.iter().any(is_owed)
    }

    fn add(&mut self, accounts: &[Account]) {
        self.redriven.accounts.iter_mut().zip(accounts).for_each(|(sum, account)| sum.merge(account));
    }
}

/// The next object, if it is found within this time: a place that does not answer is as good as one in which nothing is left.
async fn upcoming(walk: &mut Walk<'_>, left: Duration) -> Result<Option<Ticket>, LotError> {
    if left.is_zero() {
        return Ok(None);
    }
    timeout(left, walk.next()).await.unwrap_or(Ok(None))
}

/// How long an object may take.
fn time_of(call: &Call<'_>) -> Duration {
    Duration::from_millis(u64::try_from(call.deadline.0.saturating_sub(call.now.0)).unwrap_or_default())
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
