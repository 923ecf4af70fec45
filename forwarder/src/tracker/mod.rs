//! What is owed to each sink: every event received, until it ended there; closed only by accounting for all.

mod lengths;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ops::Range};

use self::lengths::Lengths;
use crate::{
    batch::{RangeSet, SinkIndex},
    ledger::{Disposition, Imbalance, Ledger, Rejection, Tally},
};

/// A delivery of an invocation, in the order of arrival, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryIndex(pub usize);

/// Events were to end that were not owed, or not any more: a defect of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("events were to end that are not owed to sink {}", sink.0)]
pub struct NotOwed {
    /// To whom they are not owed.
    pub sink: SinkIndex,
}

/// What one invocation owes to its sinks.
///
/// Events are numbered in the order in which they are received, across all deliveries of the invocation, since a body
/// may hold those of several. What a body covers is a [`RangeSet`] of these numbers.
///
/// ```
/// use tailwater_forwarder::{
///     batch::{RangeSet, SinkIndex}, ledger::{Disposition, Tally}, tracker::DeliveryTracker,
/// };
/// let mut tracker = DeliveryTracker::new(1);
/// tracker.begin_delivery();
/// let first = tracker.receive(Tally::new(1, 80));
/// tracker.end(SinkIndex(0), &RangeSet::from(first..first + 1), Disposition::Delivered).unwrap();
/// let closed = tracker.close().unwrap();
/// assert!(closed.deliveries[0].is_ok());
/// ```
#[must_use = "close it"]
#[derive(Debug)]
pub struct DeliveryTracker {
    received: Received,
    sinks: Vec<Owed>,
    /// Deliveries that could not be read.
    failed: RangeSet,
}

/// What came in, in numbers that any set of events can be weighed with.
#[derive(Debug, Default)]
struct Received {
    /// The bytes of each event.
    lengths: Lengths,
    /// Those that only continue the event before them: long messages are read in pieces.
    continuations: RangeSet,
    /// The first event of each delivery.
    deliveries: Vec<u32>,
}

/// What is owed to one sink.
#[derive(Debug, Default)]
struct Owed {
    received: Tally,
    pending: RangeSet,
    ended: BTreeMap<Disposition, Tally>,
    /// The deliveries whose metrics are owed.
    metrics: RangeSet,
}

/// Sinks that an event is owed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// All sinks.
    All,
    /// This sink: the others have the event already.
    Only(SinkIndex),
    /// No sink: the event only takes its number, so that later ones have theirs.
    None,
}

impl Recipients {
    /// True if the event is owed to `sink`.
    #[must_use]
    pub fn include(self, sink: SinkIndex) -> bool {
        match self {
            Self::All => true,
            Self::Only(only) => only == sink,
            Self::None => false,
        }
    }
}

impl DeliveryTracker {
    /// Nothing received yet, for so many sinks.
    pub fn new(sinks: usize) -> Self {
        Self {
            received: Received::default(),
            sinks: (0..sinks).map(|_| Owed::default()).collect(),
            failed: RangeSet::default(),
        }
    }

    /// What is received from now on is of a new delivery.
    pub fn begin_delivery(&mut self) -> DeliveryIndex {
        let delivery = DeliveryIndex(self.received.deliveries.len());
        self.received.deliveries.push(self.received.next());
        delivery
    }

    /// An event came in (`tally.events` is 1), or the next piece of it (0). It is owed to every sink from now on.
    /// Returns its number.
    pub fn receive(&mut self, tally: Tally) -> u32 {
        self.receive_for(Recipients::All, tally)
    }

    /// The same for an event that not everybody is owed: one of a delivery that comes again.
    pub fn receive_for(&mut self, recipients: Recipients, tally: Tally) -> u32 {
        let number = self.received.add(if recipients == Recipients::None { Tally::default() } else { tally });
        for owed in self.owed_mut(recipients) {
            owed.received += tally;
            owed.pending.insert(number..number.saturating_add(1));
        }
        number
    }

    /// Damage was found where an event should have been: one rejected input for everybody who is owed the delivery.
    pub fn receive_damage(&mut self, recipients: Recipients) {
        let damage = Tally::new(1, 0);
        self.received.add(damage);
        for owed in self.owed_mut(recipients) {
            owed.received += damage;
            owed.add(Disposition::Rejected(Rejection::Damaged), damage);
        }
    }

    /// A delivery cannot be read now: it has to be sent again, whatever became of its events.
    pub fn fail(&mut self, delivery: DeliveryIndex) {
        self.failed.insert(number_of(delivery));
    }

    /// The metrics of a delivery are owed to a sink.
    pub fn owe_metrics(&mut self, sink: SinkIndex, delivery: DeliveryIndex) {
        if let Some(owed) = self.sinks.get_mut(sink.0) {
            owed.metrics.insert(number_of(delivery));
        }
    }

    /// A sink has the metrics of a delivery, or they are stored durably.
    pub fn end_metrics(&mut self, sink: SinkIndex, delivery: DeliveryIndex) {
        if let Some(owed) = self.sinks.get_mut(sink.0) {
            owed.metrics.remove(number_of(delivery));
        }
    }

    /// Whether the metrics of a delivery are owed to a sink.
    #[must_use]
    pub fn owes_metrics(&self, sink: SinkIndex, delivery: DeliveryIndex) -> bool {
        let number = number_of(delivery).start;
        self.sinks.get(sink.0).is_some_and(|owed| owed.metrics.contains(number))
    }

    /// Whether all events of a delivery ended everywhere.
    #[must_use]
    pub fn has_settled_events(&self, delivery: DeliveryIndex) -> bool {
        let span = self.received.span(delivery);
        !self.has_failed(delivery) && self.sinks.iter().all(|owed| owed.pending.within(&span).is_empty())
    }

    /// Whether a delivery could not be read.
    #[must_use]
    pub fn has_failed(&self, delivery: DeliveryIndex) -> bool {
        self.failed.contains(number_of(delivery).start)
    }

    /// The number that the next event gets.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.received.next()
    }

    /// The numbers of a delivery's events.
    #[must_use]
    pub fn span(&self, delivery: DeliveryIndex) -> Range<u32> {
        self.received.span(delivery)
    }

    /// The events of a delivery that were not read, counted from its first, whether there are any or not.
    #[must_use]
    pub fn unread(&self, delivery: DeliveryIndex) -> Range<u32> {
        let span = self.received.span(delivery);
        span.end.saturating_sub(span.start)..u32::MAX
    }

    /// Deliveries so far.
    #[must_use]
    pub fn deliveries(&self) -> usize {
        self.received.deliveries.len()
    }

    fn owed_mut(&mut self, recipients: Recipients) -> impl Iterator<Item = &mut Owed> {
        let owed = (0..).map(SinkIndex).zip(&mut self.sinks);
        owed.filter(move |(sink, _)| recipients.include(*sink)).map(|(_, owed)| owed)
    }

    /// All of `events` ended for `sink`.
    ///
    /// # Errors
    /// Some of them were not owed to it, or ended before; then none has ended now.
    pub fn end(&mut self, sink: SinkIndex, events: &RangeSet, end: Disposition) -> Result<(), NotOwed> {
        let tally = self.received.weigh(events);
        let owed = self.sinks.get_mut(sink.0).filter(|owed| owed.pending.contains_all(events));
        let owed = owed.ok_or(NotOwed { sink })?;
        owed.pending.remove_all(events);
        owed.add(end, tally);
        Ok(())
    }

    /// The sink took `events` but for `rejected` of them, and does not say which. The last ones are counted as those:
    /// the number is exact, their bytes are a guess.
    ///
    /// # Errors
    /// As [`DeliveryTracker::end`].
    pub fn end_partly(&mut self, sink: SinkIndex, events: &RangeSet, rejected: u64) -> Result<(), NotOwed> {
        let (taken, refused) = events.split_at(events.count().saturating_sub(rejected));
        self.end(sink, &taken, Disposition::Delivered)?;
        self.end(sink, &refused, Disposition::Rejected(Rejection::Refused))
    }

    /// Whether `sink` took any event.
    #[must_use]
    pub fn has_delivered(&self, sink: SinkIndex) -> bool {
        self.sinks
            .get(sink.0)
            .and_then(|owed| owed.ended.get(&Disposition::Delivered))
            .is_some_and(|taken| taken.events > 0)
    }

    /// What is still owed to `sink`.
    #[must_use]
    pub fn pending(&self, sink: SinkIndex) -> RangeSet {
        self.sinks.get(sink.0).map(|owed| owed.pending.clone()).unwrap_or_default()
    }

    /// The part of `events` that is of `delivery`, counted from its first event: what a parked object says is owed.
    #[must_use]
    pub fn in_delivery(&self, delivery: DeliveryIndex, events: &RangeSet) -> RangeSet {
        let span = self.received.span(delivery);
        events.within(&span).relative_to(span.start)
    }

    /// How many events a set holds, pieces not counted, and their bytes.
    #[must_use]
    pub fn weigh(&self, events: &RangeSet) -> Tally {
        self.received.weigh(events)
    }

    /// The account of each sink, and for each delivery whether it may be acknowledged.
    ///
    /// # Errors
    /// An account does not balance: a defect of ours. Nothing may be acknowledged.
    pub fn close(self) -> Result<Closed, Imbalance> {
        let deliveries = (0..self.deliveries()).map(|index| self.settle(DeliveryIndex(index))).collect();
        let accounts = self.sinks.iter().map(|owed| owed.account(&self.received));
        Ok(Closed { deliveries, accounts: accounts.collect::<Result<_, _>>()? })
    }

    fn settle(&self, delivery: DeliveryIndex) -> Result<Settled, Unsettled> {
        let span = self.received.span(delivery);
        let owing = |owed: &Owed| self.received.weigh(&owed.pending.within(&span)).events;
        let pending = self.sinks.iter().map(owing).sum();
        let number = number_of(delivery).start;
        let owes_metrics = self.sinks.iter().any(|owed| owed.metrics.contains(number));
        if self.has_settled_events(delivery) && !owes_metrics {
            Ok(Settled(()))
        } else {
            Err(Unsettled { pending })
        }
    }
}

/// A delivery as the one member of a set.
fn number_of(delivery: DeliveryIndex) -> Range<u32> {
    let number = u32::try_from(delivery.0).unwrap_or(u32::MAX);
    number..number.saturating_add(1)
}

impl Received {
    fn next(&self) -> u32 {
        self.lengths.count()
    }

    fn add(&mut self, tally: Tally) -> u32 {
        let number = self.next();
        if tally.events == 0 {
            self.continuations.insert(number..number.saturating_add(1));
        }
        self.lengths.push(tally.bytes.0);
        number
    }

    fn span(&self, delivery: DeliveryIndex) -> Range<u32> {
        let bound = |index: usize| self.deliveries.get(index).copied().unwrap_or_else(|| self.next());
        bound(delivery.0)..bound(delivery.0.saturating_add(1))
    }

    fn weigh(&self, events: &RangeSet) -> Tally {
        let mut tally = Tally::default();
        for range in events.iter() {
            let pieces = self.continuations.within(&range).count();
            tally.events += u64::from(range.end.saturating_sub(range.start)).saturating_sub(pieces);
            tally.bytes.0 += self.lengths.sum(range.end).saturating_sub(self.lengths.sum(range.start));
        }
        tally
    }
}

impl Owed {
    fn add(&mut self, end: Disposition, tally: Tally) {
        *self.ended.entry(end).or_default() += tally;
    }

    fn account(&self, received: &Received) -> Result<Account, Imbalance> {
        let returned = received.weigh(&self.pending);
        let mut ledger = Ledger::default();
        ledger.receive(Tally {
            events: self.received.events.saturating_sub(returned.events),
            bytes: tailwater_parser::ByteSize(self.received.bytes.0.saturating_sub(returned.bytes.0)),
        });
        for (end, tally) in &self.ended {
            ledger.end(*end, *tally);
        }
        ledger.check()?;
        Ok(Account { ledger, ends: self.ended.clone(), returned })
    }
}

/// What [`DeliveryTracker`] came to.
#[derive(Debug)]
pub struct Closed {
    /// For each delivery whether it may be acknowledged, in their order.
    pub deliveries: Vec<Result<Settled, Unsettled>>,
    /// Of each sink, in their order.
    pub accounts: Vec<Account>,
}

/// The account of one sink over one invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Balanced. What goes back to AWS is not in it: it will be received again.
    pub ledger: Ledger,
    /// The same by reason.
    pub ends: BTreeMap<Disposition, Tally>,
    /// What did not end: its delivery is returned to AWS.
    pub returned: Tally,
}

impl Account {
    /// Adds the account of the same sink over another invocation.
    pub fn merge(&mut self, other: &Self) {
        self.ledger.merge(&other.ledger);
        for (end, tally) in &other.ends {
            *self.ends.entry(*end).or_default() += *tally;
        }
        self.returned += other.returned;
    }
}

/// Proof that a delivery owes nothing to anybody: only [`DeliveryTracker::close`] makes one, and only with one can Lambda
/// be told that all went well.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled(());

/// A delivery still owes something, so AWS has to send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not read to its end, or metrics or {pending} events of it are neither delivered nor parked")]
pub struct Unsettled {
    /// Events over all sinks; 0 where it was not read, or only its metrics are owed.
    pub pending: u64,
}
