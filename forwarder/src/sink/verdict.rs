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

/// Meaning of a response for the request body that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The backend accepted the body.
    Delivered,
    /// The backend accepted the body except some log records or data points, which it rejected permanently.
    Partly {
        /// Number of rejected log records or data points.
        rejected: u64,
    },
    /// The failure is temporary: the same body may be accepted later.
    Later {
        /// Time to wait before the body is sent again, if the backend names one.
        after: Option<Duration>,
    },
    /// The backend blames the URL, not the payload. No body can be accepted until the configuration is changed, so the
    /// body must be neither treated as rejected nor sent again at once.
    WrongAddress,
    /// The backend or a proxy rejected the credentials: they must be fetched again.
    Unauthorized,
    /// The request body is too large: it must be split.
    TooLarge,
    /// The backend rejected the whole body permanently.
    Refused,
}

impl Verdict {
    /// Returns the meaning of a status that all backends share: those about the URL, the credentials, the size, and the
    /// load of the backend. `None` for a status whose meaning depends on the backend. The response was received at `now`.
    #[must_use]
    pub fn of_status(response: &BackendResponse<'_>, now: UnixMillis) -> Option<Self> {
        Some(match response.status {
            status if blames_url(status) => Self::WrongAddress,
            401 | 403 | 407 => Self::Unauthorized,
            408 | 429 | 500..=599 => {
                Self::Later { after: response.retry_after.and_then(|text| retry_after::read(text, now)) }
            }
            413 => Self::TooLarge,
            _ => return None,
        })
    }
}

/// True if a status blames the URL: nothing is there (404, 410), it is elsewhere (3xx, 421), or what is there takes no
/// `POST` (405, 501) or no such protocol (426, 505).
fn blames_url(status: u16) -> bool {
    matches!(status, 300..=399 | 404 | 405 | 410 | 421 | 426 | 501 | 505)
}
