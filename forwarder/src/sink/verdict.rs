//! Response of a backend, and its meaning for the request body that was sent.

use std::time::Duration;

/// Data of a backend's HTTP response that its meaning depends on.
#[derive(Clone, Copy, Debug)]
pub struct BackendResponse<'a> {
    /// HTTP status.
    pub status: u16,
    /// Value of the header `Retry-After`: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// Beginning of the response's body. It may repeat data that was sent, so it must not be logged unchanged.
    pub body: &'a [u8],
}

/// HTTP statuses that blame the URL, not the payload. The configured URL may be wrong, so the request body must not
/// be treated as rejected.
pub const URL_STATUSES: [u16; 3] = [404, 405, 410];

/// Meaning of a response for the request body that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The backend accepted the body.
    Delivered,
    /// The backend accepted the body except some log records or data points, which it rejected permanently.
    Partly {
        /// Number of rejected log records or data points.
        rejected: u64,
        /// Reason that the backend gives.
        reason: String,
    },
    /// The failure is temporary: the same body may be accepted later.
    Later {
        /// Time to wait before the body is sent again, if the backend names one.
        after: Option<Duration>,
    },
    /// The backend rejected the credentials: they must be fetched again.
    Unauthorized,
    /// The request body is too large: it must be split.
    TooLarge,
    /// The backend rejected the whole body permanently.
    Refused {
        /// Reason that the backend gives.
        reason: String,
    },
}
