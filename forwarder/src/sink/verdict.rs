//! Response of a backend, and its meaning for the body that was sent.

use std::time::Duration;

use tailwater_parser::UnixMillis;

use super::retry_after;

/// Parts of a backend's response that its meaning depends on.
#[derive(Clone, Copy, Debug)]
pub struct BackendResponse<'a> {
    /// HTTP status.
    pub status: u16,
    /// Value of the header `Retry-After`: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// Beginning of the body. It may repeat data that was sent, so it must not be logged as it is.
    pub body: &'a [u8],
}

/// Statuses that blame the URL, not the payload: the configuration may be wrong, so the body must not be rejected.
pub const URL_STATUSES: [u16; 3] = [404, 405, 410];

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
