//! Delivery tracker: records, for each sink, the events without a final state (pending events), and accounts for every
//! event when it is closed.

mod lengths;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ops::Range};

use self::lengths::Lengths;
use crate::{
    batch::{RangeSet, SinkIndex, SinkSignal},
    ledger::{Disposition, Imbalance, Ledger, ParkReason, Rejection, Tally},
    sink::{Signal, Signals},
};

/// Index of a delivery among all deliveries of an invocation, in the order of arrival, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryIndex(pub usize);

/// Error for ending events that are not pending, i.e. were not received or have ended before: a defect of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("events are not pending for sink {}", sink.0)]
pub struct NotPending {
    /// Sink for which the events are not pending.
    pub sink: SinkIndex,
}

/// Tracks the events and derived signals (metrics and spans) of one invocation. An event is pending for a sink until its final state for that sink
/// is recorded, a [`Disposition`].
///
/// Events are numbered in the order in which they are received, across all deliveries of the invocation, since a body may hold
/// events of several deliveries. A body covers a [`RangeSet`] of these numbers.
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
    sinks: Vec<SinkState>,
    /// Indices of the deliveries that could not be read.
    failed: RangeSet,
}

/// Numbers and lengths of the events received, from which the tally of any set of events is computed.
#[derive(Debug, Default)]
struct Received {
    /// Length of each event in bytes.
    lengths: Lengths,
    /// Numbers of the pieces that continue the event before them: a long message is received in several pieces.
    continuations: RangeSet,
    /// Number of the first event of each delivery.
    deliveries: Vec<u32>,
    /// Events that were joined into an earlier one, by the number of that one.
    joined: BTreeMap<u32, Joined>,
}

/// Events that were joined into one record. They end together with its first event.
#[derive(Debug)]
struct Joined {
    /// Number of the events besides the first one.
    count: u64,
    /// Numbers of the events besides the first one.
    numbers: RangeSet,
}

/// State of the events and derived signals for one sink.
#[derive(Debug, Default)]
struct SinkState {
    received: Tally,
    pending: RangeSet,
    ended: BTreeMap<Disposition, Tally>,
    /// Indices of the deliveries whose metrics or spans are pending.
    derived: BTreeMap<Signal, RangeSet>,
}

/// Sinks that an event has to be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// All sinks.
    All,
    /// Only this sink: the event was parked for it.
    Only(SinkIndex),
    /// No sink. The event is only counted, so that later events of the delivery keep their numbers.
    None,
}

impl Recipients {
    /// True if the event has to be sent to `sink`.
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
    /// Creates the tracker of an invocation with this number of sinks.
    pub fn new(sinks: usize) -> Self {
        Self {
            received: Received::default(),
            sinks: (0..sinks).map(|_| SinkState::default()).collect(),
            failed: RangeSet::default(),
        }
    }

    /// Begins a delivery, to which all events received from now on belong.
    pub fn begin_delivery(&mut self) -> DeliveryIndex {
        let delivery = DeliveryIndex(self.received.deliveries.len());
        self.received.deliveries.push(self.received.next());
        delivery
    }

    /// Records an event (`tally.events` is 1), or the next piece of the same event (0), as pending for every sink.
    /// Returns its number.
    pub fn receive(&mut self, tally: Tally) -> u32 {
        self.receive_for(Recipients::All, tally)
    }

    /// Records an event as [`Self::receive`] does, but only for `recipients`: for the events of a parked object.
    pub fn receive_for(&mut self, recipients: Recipients, tally: Tally) -> u32 {
        let number = self.received.add(if recipients == Recipients::None { Tally::default() } else { tally });
        for state in self.recipients_mut(recipients) {
            state.received += tally;
            state.pending.insert(number..number.saturating_add(1));
        }
        number
    }

    /// Records events that rules joined into one record, as [`Self::receive_for`] does. `tally` is that of all of them,
    /// `numbers` are those that the other events will get. Call [`Self::receive_absorbed`] for each of them in its turn.
    pub fn receive_joined(&mut self, recipients: Recipients, tally: Tally, numbers: RangeSet) -> u32 {
        let number = self.receive_for(recipients, tally);
        if recipients != Recipients::None && tally.events > 1 {
            let joined = Joined { count: tally.events.saturating_sub(1), numbers };
            self.received.joined.insert(number, joined);
        }
        number
    }

    /// Records an event that was joined into an earlier one: it only gets a number.
    pub fn receive_absorbed(&mut self) -> u32 {
        self.receive_for(Recipients::None, Tally::default())
    }

    /// Records damage in a delivery, as one rejected event for each recipient.
    pub fn receive_damage(&mut self, recipients: Recipients) {
        let damage = Tally::new(1, 0);
        self.received.add(damage);
        for state in self.recipients_mut(recipients) {
            state.received += damage;
            state.add(Disposition::Rejected(Rejection::Damaged), damage);
        }
    }

    /// Records that the unread rest of a delivery is parked for a sink, as one parked event: the number of its events is
    /// not known before it is read.
    pub fn park_unread(&mut self, sink: SinkIndex, reason: ParkReason) {
        let rest = Tally::new(1, 0);
        if let Some(state) = self.sinks.get_mut(sink.0) {
            state.received += rest;
            state.add(Disposition::Parked(reason), rest);
        }
    }

    /// Records that a delivery cannot be read now. AWS has to send it again, even if all of its events that were read
    /// have a final state.
    pub fn fail(&mut self, delivery: DeliveryIndex) {
        self.failed.insert(number_of(delivery));
    }

    /// Records that a signal derived from a delivery has to be sent to a sink: it is pending from now on.
    pub fn owe_derived(&mut self, to: SinkSignal, delivery: DeliveryIndex) {
        if let Some(state) = self.sinks.get_mut(to.sink.0) {
            state.derived.entry(to.signal).or_default().insert(number_of(delivery));
        }
    }

    /// Records that a signal derived from a delivery is not pending any more: the sink accepted it, it is stored
    /// durably, or there is nothing to send.
    pub fn end_derived(&mut self, to: SinkSignal, delivery: DeliveryIndex) {
        let state = self.sinks.get_mut(to.sink.0);
        if let Some(pending) = state.and_then(|state| state.derived.get_mut(&to.signal)) {
            pending.remove(number_of(delivery));
        }
    }

    /// True if a signal derived from a delivery is pending for a sink.
    #[must_use]
    pub fn owes_derived(&self, to: SinkSignal, delivery: DeliveryIndex) -> bool {
        self.derived(to.sink, delivery).include(to.signal)
    }

    /// Returns the signals derived from a delivery that are pending for a sink.
    #[must_use]
    pub fn derived(&self, sink: SinkIndex, delivery: DeliveryIndex) -> Signals {
        let number = number_of(delivery).start;
        let pending = self.sinks.get(sink.0).map(|state| &state.derived).into_iter().flatten();
        pending.filter(|(_, deliveries)| deliveries.contains(number)).map(|(signal, _)| *signal).collect()
    }

    /// True if all events of a delivery have a final state for all sinks, and the delivery could be read.
    #[must_use]
    pub fn has_settled_events(&self, delivery: DeliveryIndex) -> bool {
        let span = self.received.span(delivery);
        !self.has_failed(delivery) && self.sinks.iter().all(|state| state.pending.within(&span).is_empty())
    }

    /// True if a delivery could not be read.
    #[must_use]
    pub fn has_failed(&self, delivery: DeliveryIndex) -> bool {
        self.failed.contains(number_of(delivery).start)
    }

    /// Returns the number that the next event will get.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.received.next()
    }

    /// Returns the range of the numbers of a delivery's events.
    #[must_use]
    pub fn span(&self, delivery: DeliveryIndex) -> Range<u32> {
        self.received.span(delivery)
    }

    /// Returns all numbers after the events of a delivery that were read, counted from its first event.
    #[must_use]
    pub fn unread(&self, delivery: DeliveryIndex) -> Range<u32> {
        let span = self.received.span(delivery);
        span.end.saturating_sub(span.start)..u32::MAX
    }

    /// Returns the number of deliveries that were begun.
    #[must_use]
    pub fn deliveries(&self) -> usize {
        self.received.deliveries.len()
    }

    fn recipients_mut(&mut self, recipients: Recipients) -> impl Iterator<Item = &mut SinkState> {
        let sinks = (0..).map(SinkIndex).zip(&mut self.sinks);
        sinks.filter(move |(sink, _)| recipients.include(*sink)).map(|(_, state)| state)
    }

    /// Gives all of `events` the same final state for `sink`.
    ///
    /// # Errors
    /// Returns an error if some of `events` are not pending. Then none of them is ended.
    pub fn end(
        &mut self,
        sink: SinkIndex,
        events: &RangeSet,
        disposition: Disposition,
    ) -> Result<(), NotPending> {
        let tally = self.received.tally(events);
        let state = self.sinks.get_mut(sink.0).filter(|state| state.pending.contains_all(events));
        let state = state.ok_or(NotPending { sink })?;
        state.pending.remove_all(events);
        state.add(disposition, tally);
        Ok(())
    }

    /// Ends `events`, of which the sink accepted all but `rejected`, without saying which. Counts the last ones as
    /// rejected: their number is exact, their size in bytes is an estimate.
    ///
    /// # Errors
    /// Returns an error as [`DeliveryTracker::end`] does.
    pub fn end_partly(
        &mut self,
        sink: SinkIndex,
        events: &RangeSet,
        rejected: u64,
    ) -> Result<(), NotPending> {
        let (accepted, refused) = events.split_at(events.count().saturating_sub(rejected));
        self.end(sink, &accepted, Disposition::Delivered)?;
        self.end(sink, &refused, Disposition::Rejected(Rejection::Refused))
    }

    /// True if `sink` accepted at least one event.
    #[must_use]
    pub fn has_delivered(&self, sink: SinkIndex) -> bool {
        self.sinks
            .get(sink.0)
            .and_then(|state| state.ended.get(&Disposition::Delivered))
            .is_some_and(|delivered| delivered.events > 0)
    }

    /// Returns the events that are pending for `sink`.
    #[must_use]
    pub fn pending(&self, sink: SinkIndex) -> RangeSet {
        self.sinks.get(sink.0).map(|state| state.pending.clone()).unwrap_or_default()
    }

    /// Returns those of `events` that belong to `delivery`, counted from its first event, as in the header of a parked
    /// object. Events that were joined into one of them are included.
    #[must_use]
    pub fn in_delivery(&self, delivery: DeliveryIndex, events: &RangeSet) -> RangeSet {
        let span = self.received.span(delivery);
        let mut within = events.within(&span);
        for (first, joined) in self.received.joined.range(span.clone()) {
            if within.contains(*first) {
                within.insert_all(&joined.numbers);
            }
        }
        within.relative_to(span.start)
    }

    /// Returns the number of events in a set and their size. Pieces that continue an event count only in the size.
    #[must_use]
    pub fn tally(&self, events: &RangeSet) -> Tally {
        self.received.tally(events)
    }

    /// Closes the tracker. Returns the account of each sink, and for each delivery the proof that it may be
    /// acknowledged, or an error.
    ///
    /// # Errors
    /// Returns an error if an account does not balance, which is a defect of this program. Nothing may be acknowledged then.
    pub fn close(self) -> Result<Closed, Imbalance> {
        let deliveries = (0..self.deliveries()).map(|index| self.settle(DeliveryIndex(index))).collect();
        let accounts = self.sinks.iter().map(|state| state.account(&self.received));
        Ok(Closed { deliveries, accounts: accounts.collect::<Result<_, _>>()? })
    }

    fn settle(&self, delivery: DeliveryIndex) -> Result<Settled, Unsettled> {
        let span = self.received.span(delivery);
        let pending = |state: &SinkState| self.received.tally(&state.pending.within(&span)).events;
        let pending = self.sinks.iter().map(pending).sum();
        let mut sinks = (0..self.sinks.len()).map(SinkIndex);
        let owes_derived = sinks.any(|sink| !self.derived(sink, delivery).is_empty());
        if self.has_settled_events(delivery) && !owes_derived {
            Ok(Settled(()))
        } else {
            Err(Unsettled { pending })
        }
    }
}

/// Returns the range that contains only the index of this delivery.
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

    fn tally(&self, events: &RangeSet) -> Tally {
        let mut tally = Tally::default();
        for range in events.iter() {
            let pieces = self.continuations.within(&range).count();
            tally.events += u64::from(range.end.saturating_sub(range.start)).saturating_sub(pieces);
            tally.events += self.joined.range(range.clone()).map(|(_, joined)| joined.count).sum::<u64>();
            tally.bytes.0 += self.lengths.sum(range.end).saturating_sub(self.lengths.sum(range.start));
        }
        tally
    }
}

impl SinkState {
    fn add(&mut self, disposition: Disposition, tally: Tally) {
        *self.ended.entry(disposition).or_default() += tally;
    }

    fn account(&self, received: &Received) -> Result<Account, Imbalance> {
        let returned = received.tally(&self.pending);
        let mut ledger = Ledger::default();
        ledger.receive(Tally {
            events: self.received.events.saturating_sub(returned.events),
            bytes: tailwater_parser::ByteSize(self.received.bytes.0.saturating_sub(returned.bytes.0)),
        });
        for (disposition, tally) in &self.ended {
            ledger.end(*disposition, *tally);
        }
        ledger.check()?;
        Ok(Account { ledger, ends: self.ended.clone(), returned })
    }
}

/// Result of an invocation, from [`DeliveryTracker::close`].
#[derive(Debug)]
pub struct Closed {
    /// For each delivery the proof that it may be acknowledged, or the error that prevents that; in the order of
    /// arrival.
    pub deliveries: Vec<Result<Settled, Unsettled>>,
    /// Account of each sink, in the order of the settings.
    pub accounts: Vec<Account>,
}

/// Final and pending events of one sink, over one invocation or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Ledger, which balances. It does not contain events that are returned to AWS: they will be received again.
    pub ledger: Ledger,
    /// Number and size of the events in the ledger, by disposition with its reason.
    pub ends: BTreeMap<Disposition, Tally>,
    /// Pending events. Their deliveries are returned to AWS.
    pub returned: Tally,
}

impl Account {
    /// Adds the account of the same sink over another invocation.
    pub fn merge(&mut self, other: &Self) {
        self.ledger.merge(&other.ledger);
        for (disposition, tally) in &other.ends {
            *self.ends.entry(*disposition).or_default() += *tally;
        }
        self.returned += other.returned;
    }
}

/// Proof that no events or metrics of a delivery are pending. It is required to report success to Lambda, and only
/// [`DeliveryTracker::close`] creates it.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled(());

/// Error for a delivery with pending events or metrics, or one that was not read: AWS has to send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not read to its end, or metrics, spans or {pending} events of it are neither delivered nor parked")]
pub struct Unsettled {
    /// Number of pending events, over all sinks; 0 if the delivery was not read, or if only its metrics or
    /// spans are pending.
    pub pending: u64,
}
