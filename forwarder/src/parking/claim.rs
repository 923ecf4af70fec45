//! Claim of a parked object: only the redrive that holds it delivers the object. Metrics have no ids, so two redrives
//! that deliver the same object at once would count them twice.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::folder::ClaimFile;

/// Duration of a claim. It is renewed while its holder works; one that is not renewed any more was left by a redrive that
/// was killed, and is taken over.
pub const LEASE: Duration = Duration::from_secs(120);

/// Interval at which a claim is renewed. Three renewals may fail before the claim is over.
pub const RENEWAL: Duration = Duration::from_secs(30);

/// Value of the JSON member `tailwater`, by which a claim is recognised.
const MARK: &str = "claim";

/// Result of claiming a parked object.
#[derive(Debug)]
pub enum Claim {
    /// The object is held by this redrive.
    Held(Hold),
    /// The object is held by this redrive. An earlier one delivered it and could not delete it, so it only has to be
    /// deleted.
    Delivered(Hold),
    /// An earlier redrive ended while it delivered the object, and its claim is over. It is taken over with
    /// [`Takeover::Allowed`].
    Abandoned,
    /// Another redrive holds the object.
    Taken {
        /// Time after which the claim is over, if its holder does not renew it.
        over_in: Duration,
    },
}

/// Permission to take over the claim of a redrive that was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// An abandoned claim is taken over.
    Allowed,
    /// An abandoned claim is reported. A redrive delivers these objects last: one that ends each redrive, for example for
    /// lack of memory, then does not prevent the delivery of the others.
    Later,
}

/// Claim that this redrive holds. Dropping it does not end the claim; that is done with
/// [`ParkingStore::end_claim`](super::ParkingStore::end_claim).
#[derive(Debug)]
pub struct Hold(pub(super) HoldKind);

/// Means by which an object is held.
#[derive(Debug)]
pub(super) enum HoldKind {
    /// Locked file beside the object.
    File(ClaimFile),
    /// Object in the same bucket. The text is its `ETag`, and the bytes are its content.
    Object { etag: String, body: Bytes },
    /// Visibility timeout of a message.
    Message,
}

/// Stage of a delivery, as recorded in a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// The object is being delivered.
    Delivering,
    /// The object was delivered but could not be deleted. Such a claim is never over.
    Delivered,
}

/// Content of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClaimRecord {
    tailwater: String,
    /// Id of the redrive that holds the claim.
    pub(super) holder: String,
    pub(super) stage: Stage,
    /// Duration of the claim in seconds, counted from the time at which it was written.
    lease_s: u64,
}

impl ClaimRecord {
    pub(super) fn new(holder: &str, stage: Stage) -> Self {
        Self { tailwater: MARK.to_owned(), holder: holder.to_owned(), stage, lease_s: LEASE.as_secs() }
    }

    pub(super) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("a struct of texts and numbers can be serialized").into()
    }

    /// Parses a claim; `None` if the bytes are something else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|record: &Self| record.tailwater == MARK)
    }

    /// Returns the time after which the claim is over, zero if it is. `age` is the time since it was written, by the clock of the
    /// store: the clocks of the redrives may differ.
    pub(super) fn over_in(&self, age: Duration) -> Duration {
        // A claim of another version may last longer, but no error in it can block an object for ever.
        Duration::from_secs(self.lease_s).min(10 * LEASE).saturating_sub(age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claim_round_trips() {
        for stage in [Stage::Delivering, Stage::Delivered] {
            let record = ClaimRecord::new("redrive-7", stage);
            assert_eq!(ClaimRecord::read(&record.to_bytes()), Some(record));
        }
    }

    #[test]
    fn other_content_is_no_claim() {
        for text in ["", "{}", r#"{"tailwater":"parked","holder":"x","stage":"delivering","lease_s":1}"#] {
            assert_eq!(ClaimRecord::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn claim_is_over_after_its_lease() {
        let record = ClaimRecord::new("r", Stage::Delivering);
        assert_eq!(record.over_in(Duration::ZERO), LEASE);
        assert_eq!(record.over_in(LEASE * 2), Duration::ZERO);
        let endless = ClaimRecord { lease_s: u64::MAX, ..record };
        assert_eq!(endless.over_in(Duration::ZERO), 10 * LEASE);
    }
}
