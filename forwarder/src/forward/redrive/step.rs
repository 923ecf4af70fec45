//! Request, results and errors of a redrive.

use crate::{
    batch::SinkIndex, forward::ForwardError, ledger::Imbalance, parking::ParkingError, source::RedriveFilter,
    tracker::Account,
};

/// Selection of parked objects, and optionally another sink to send them to.
#[derive(Clone, Debug, Default)]
pub struct RedriveRequest {
    /// Parked objects to send. The limit counts objects of which something was settled, so that objects that cannot be
    /// delivered do not use it up.
    pub filter: RedriveFilter,
    /// Sink to send them to, instead of the sink that the header of each parked object names.
    pub to: Option<SinkIndex>,
    /// Key after which the redrive starts, and with which it ends; `None` to start at the beginning.
    pub start: Option<String>,
}

/// Result of one parked object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedriveStep {
    /// All events and metrics it was stored for have a final state. The parked object is deleted.
    Settled,
    /// Some of its events have a final state. The rest is stored as a new parked object, and the old one is deleted.
    Reduced,
    /// The object stays as it is, because its sink accepted none of its events.
    Kept,
    /// The object stays for another reason, which the text explains. It can be redriven later.
    Left(String),
    /// It is not selected, does not exist any more, or another redrive has received its message. Nothing is changed.
    Skipped,
    /// It cannot be read, is damaged, is for an unknown sink, or was not made by this program. The object stays, and a
    /// person has to change something; the text explains what is wrong.
    Unreadable(String),
}

/// Result of a redrive.
#[derive(Clone, Debug, Default)]
pub struct RedriveSummary {
    /// Number of parked objects that were settled and deleted.
    pub settled: u64,
    /// Number of parked objects that are still stored, in full or reduced to the events that are left.
    pub left: u64,
    /// Number of parked objects that cannot be read, are damaged, are for an unknown sink, or are not this program's.
    pub unreadable: u64,
    /// Names of the sinks whose circuit breaker opened, so that their other parked objects were skipped.
    pub dead: Vec<&'static str>,
    /// Account of each sink, in the order of the settings.
    pub accounts: Vec<Account>,
    /// Number of parked objects of which something was settled, in full or in part.
    pub(super) delivered: u64,
    /// Part of the selected objects that the redrive came to.
    pub coverage: Coverage,
}

/// Part of the selected objects that a redrive came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// All objects.
    #[default]
    All,
    /// The redrive ended before the last object: its time or its limit was used up, or all sinks failed.
    Part {
        /// Key of the last object that it came to; `None` if it came to none.
        last: Option<String>,
    },
}

/// Error that ends a redrive early.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// The parking store as a whole cannot be read or written.
    #[error("cannot read parked objects: {0}")]
    Parking(#[from] ParkingError),
    /// The ledger does not balance: a defect of this program.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// No parking store is configured.
    #[error("there are no parked objects: TAILWATER_PARKING is not set")]
    NotConfigured,
}

impl RedriveSummary {
    pub(super) fn count(&mut self, step: &RedriveStep) {
        self.delivered += u64::from(matches!(step, RedriveStep::Settled | RedriveStep::Reduced));
        match step {
            RedriveStep::Settled => self.settled += 1,
            RedriveStep::Reduced | RedriveStep::Kept | RedriveStep::Left(_) => self.left += 1,
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
