//! Ledger of log events for one sink: received = delivered + filtered + sampled + parked + rejected.

mod disposition;

use std::ops::AddAssign;

use tailwater_parser::ByteSize;

pub use self::disposition::{Disposition, ParkReason, Rejection};

/// Number of events, and the size of their messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of events.
    pub events: u64,
    /// Sum of the lengths of the events' messages.
    pub bytes: ByteSize,
}

impl Tally {
    /// Creates the tally of `events` events whose messages have `bytes` bytes in all.
    #[must_use]
    pub fn new(events: u64, bytes: usize) -> Self {
        Self { events, bytes: ByteSize(u64::try_from(bytes).unwrap_or(u64::MAX)) }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        self.bytes += other.bytes;
    }
}

/// Ledger of one sink: all events received, by disposition.
///
/// ```
/// use tailwater_forwarder::ledger::{Disposition, Ledger, Tally};
/// let mut ledger = Ledger::default();
/// ledger.receive(Tally::new(2, 100));
/// ledger.end(Disposition::Delivered, Tally::new(1, 60));
/// assert!(ledger.check().is_err(), "one event is unaccounted for");
/// ledger.end(Disposition::Filtered, Tally::new(1, 40));
/// assert!(ledger.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    received: Tally,
    delivered: Tally,
    filtered: Tally,
    sampled: Tally,
    parked: Tally,
    rejected: Tally,
    duplicates: u64,
}

/// Error for a ledger in which some received events or bytes have no disposition: a defect of this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger does not balance: {received:?} received, {ended:?} accounted for")]
pub struct Imbalance {
    /// Events received.
    pub received: Tally,
    /// Events with a disposition.
    pub ended: Tally,
}

impl Ledger {
    /// Records events that are received.
    pub fn receive(&mut self, tally: Tally) {
        self.received += tally;
    }

    /// Records the disposition of events that were received before.
    pub fn end(&mut self, disposition: Disposition, tally: Tally) {
        match disposition {
            Disposition::Delivered => self.delivered += tally,
            Disposition::Filtered => self.filtered += tally,
            Disposition::Sampled => self.sampled += tally,
            Disposition::Parked(_) => self.parked += tally,
            Disposition::Rejected(_) => self.rejected += tally,
        }
    }

    /// Records events that are received and get their disposition at once.
    pub fn receive_and_end(&mut self, disposition: Disposition, tally: Tally) {
        self.receive(tally);
        self.end(disposition, tally);
    }

    /// Records that `events` of the delivered ones were duplicates.
    pub fn note_duplicates(&mut self, events: u64) {
        self.duplicates = self.duplicates.saturating_add(events);
    }

    /// Adds another ledger of the same sink.
    pub fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.delivered += other.delivered;
        self.filtered += other.filtered;
        self.sampled += other.sampled;
        self.parked += other.parked;
        self.rejected += other.rejected;
        self.note_duplicates(other.duplicates);
    }

    /// Returns what is in this ledger and not in `part`, which is a part of it.
    #[must_use]
    pub fn without(&self, part: &Self) -> Self {
        let less = |all: Tally, part: Tally| Tally {
            events: all.events.saturating_sub(part.events),
            bytes: ByteSize(all.bytes.0.saturating_sub(part.bytes.0)),
        };
        Self {
            received: less(self.received, part.received),
            delivered: less(self.delivered, part.delivered),
            filtered: less(self.filtered, part.filtered),
            sampled: less(self.sampled, part.sampled),
            parked: less(self.parked, part.parked),
            rejected: less(self.rejected, part.rejected),
            duplicates: self.duplicates.saturating_sub(part.duplicates),
        }
    }

    /// Checks that every event and byte received has a disposition.
    ///
    /// # Errors
    /// Returns both tallies, of received and of ended events, if they differ.
    pub fn check(&self) -> Result<(), Imbalance> {
        let mut ended = Tally::default();
        for tally in [self.delivered, self.filtered, self.sampled, self.parked, self.rejected] {
            ended += tally;
        }
        if ended == self.received { Ok(()) } else { Err(Imbalance { received: self.received, ended }) }
    }

    /// Returns the tally of all events received.
    #[must_use]
    pub fn received(&self) -> Tally {
        self.received
    }

    /// Returns the tally of the events that the sink accepted.
    #[must_use]
    pub fn delivered(&self) -> Tally {
        self.delivered
    }

    /// Returns the tally of the events that the user's rules or settings left out.
    #[must_use]
    pub fn filtered(&self) -> Tally {
        self.filtered
    }

    /// Returns the tally of the events that sampling left out.
    #[must_use]
    pub fn sampled(&self) -> Tally {
        self.sampled
    }

    /// Returns the tally of the events that are stored to be delivered later.
    #[must_use]
    pub fn parked(&self) -> Tally {
        self.parked
    }

    /// Returns the tally of the events that are damaged, or that the sink refused for good.
    #[must_use]
    pub fn rejected(&self) -> Tally {
        self.rejected
    }

    /// Returns the number of delivered events that were duplicates.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }
}
