//! What became of everything received: received = delivered + filtered + sampled + parked + rejected.

mod disposition;

use std::ops::AddAssign;

use tailwater_parser::ByteSize;

pub use self::disposition::{Disposition, ParkReason, Rejection};

/// A number of events and their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub events: u64,
    /// The length of their messages.
    pub bytes: ByteSize,
}

impl Tally {
    /// `events` of `bytes` in all.
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

/// The account of one sink: everything received, by how it ended.
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

/// Events or bytes that nothing accounts for: a defect of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger does not balance: {received:?} received, {ended:?} accounted for")]
pub struct Imbalance {
    /// What came in.
    pub received: Tally,
    /// What is accounted for.
    pub ended: Tally,
}

impl Ledger {
    /// Something came in.
    pub fn receive(&mut self, tally: Tally) {
        self.received += tally;
    }

    /// Something that came in ended.
    pub fn end(&mut self, disposition: Disposition, tally: Tally) {
        match disposition {
            Disposition::Delivered => self.delivered += tally,
            Disposition::Filtered => self.filtered += tally,
            Disposition::Sampled => self.sampled += tally,
            Disposition::Parked(_) => self.parked += tally,
            Disposition::Rejected(_) => self.rejected += tally,
        }
    }

    /// Something came in and ended at once.
    pub fn receive_and_end(&mut self, disposition: Disposition, tally: Tally) {
        self.receive(tally);
        self.end(disposition, tally);
    }

    /// Of what was delivered, `events` were there already.
    pub fn note_duplicates(&mut self, events: u64) {
        self.duplicates = self.duplicates.saturating_add(events);
    }

    /// Adds another account of the same sink.
    pub fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.delivered += other.delivered;
        self.filtered += other.filtered;
        self.sampled += other.sampled;
        self.parked += other.parked;
        self.rejected += other.rejected;
        self.note_duplicates(other.duplicates);
    }

    /// Whether everything received is accounted for.
    ///
    /// # Errors
    /// By how much it is not.
    pub fn check(&self) -> Result<(), Imbalance> {
        let mut ended = Tally::default();
        for tally in [self.delivered, self.filtered, self.sampled, self.parked, self.rejected] {
            ended += tally;
        }
        if ended == self.received { Ok(()) } else { Err(Imbalance { received: self.received, ended }) }
    }

    /// What came in.
    #[must_use]
    pub fn received(&self) -> Tally {
        self.received
    }

    /// What the sink took.
    #[must_use]
    pub fn delivered(&self) -> Tally {
        self.delivered
    }

    /// What the user's rules left out.
    #[must_use]
    pub fn filtered(&self) -> Tally {
        self.filtered
    }

    /// What sampling left out.
    #[must_use]
    pub fn sampled(&self) -> Tally {
        self.sampled
    }

    /// What waits to be delivered.
    #[must_use]
    pub fn parked(&self) -> Tally {
        self.parked
    }

    /// What is no log event, or was refused for good.
    #[must_use]
    pub fn rejected(&self) -> Tally {
        self.rejected
    }

    /// The part of what was delivered that was there already.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }
}
