//! Response of a backend, and its meaning for the request body that was sent.

use std::time::Duration;

use tailwater_parser::UnixMillis;

use super::retry_after;

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

impl Verdict {
    /// Returns the meaning of a status that all backends share: 401, 403, 408, 413, 429, 5xx, and the statuses that blame the
    /// URL. `None` for a status whose meaning depends on the backend. The response was received at `now`.
    #[must_use]
    pub fn of_status(response: &BackendResponse<'_>, now: UnixMillis) -> Option<Self> {
        Some(match response.status {
            401 | 403 => Self::Unauthorized,
            408 | 429 | 500..=599 => {
                Self::Later { after: response.retry_after.and_then(|text| retry_after::read(text, now)) }
            }
            413 => Self::TooLarge,
            status if URL_STATUSES.contains(&status) => Self::Later { after: None },
            _ => return None,
        })
    }
}
