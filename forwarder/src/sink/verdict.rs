//! Response of a backend, and its meaning for the body that was sent.

use std::time::Duration;

/// Parts of a backend's response that its meaning depends on.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Value of the header `Retry-After`: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// Beginning of the body. It may repeat data that was sent, so it must not be logged as it is.
    pub body: &'a [u8],
}

/// Statuses that blame the URL, not the payload: the configuration may be wrong, so the body must not be rejected.
pub const NOBODY_THERE: [u16; 3] = [404, 405, 410];

/// Meaning of a response for the body that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The backend accepted the body.
    Delivered,
    /// The backend accepted the body except some items, which it rejected permanently.
    Partly {
        /// Number of rejected items.
        rejected: u64,
        /// Reason of the backend.
        reason: String,
    },
    /// The failure is temporary: the same body may be accepted later.
    Later {
        /// Time to wait before a retry, if the backend names one.
        after: Option<Duration>,
    },
    /// The backend rejected the credentials: they must be refreshed.
    Unauthorized,
    /// The body is too large: it must be split.
    TooLarge,
    /// The backend rejected the body permanently.
    Refused {
        /// Reason of the backend.
        reason: String,
    },
}
