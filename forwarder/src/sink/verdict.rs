//! What a backend's answer means: the type on which everything behind it decides.

use std::time::Duration;

/// A backend's answer to a request, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header, as it came: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// The beginning of the answer's body; never shown to anyone whole.
    pub body: &'a [u8],
}

/// Statuses that are about the address: they say nothing of what was sent.
pub const NOBODY_THERE: [u16; 3] = [404, 405, 410];

/// What an answer means for the body that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The backend has it.
    Delivered,
    /// The backend has it but for so many items, which it refuses for good.
    Partly {
        /// How many it refuses.
        rejected: u64,
        /// Why, in the backend's words.
        reason: String,
    },
    /// Not now: the same body may be taken later.
    Later {
        /// Not before this much time has passed.
        after: Option<Duration>,
    },
    /// The credentials are not accepted: fetch them again.
    Unauthorized,
    /// The body is too large: send it in halves.
    TooLarge,
    /// Something in the body is refused for good.
    Refused {
        /// Why, in the backend's words.
        reason: String,
    },
}
