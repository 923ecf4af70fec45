//! Final state of an event for one sink, with the reason where it was parked or rejected.

/// Final state of an event for one sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// The sink accepted it.
    Delivered,
    /// Left out by the user's rules or settings.
    Filtered,
    /// Left out to reduce volume, at the rate the user set.
    Sampled,
    /// Stored durably, to be delivered later.
    Parked(ParkReason),
    /// Never sent again, because no log event can be read from it or the sink refused it for good. Stored durably if
    /// parking is configured.
    Rejected(Rejection),
}

impl Disposition {
    /// Returns the name of the reason why events are parked or rejected; `None` if they are neither.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Parked(reason) => Some(reason.name()),
            Self::Rejected(rejection) => Some(rejection.name()),
            Self::Delivered | Self::Filtered | Self::Sampled => None,
        }
    }
}

/// Reason why events are parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParkReason {
    /// The backend refuses connections.
    Unreachable,
    /// DNS has no address for the host name of the backend.
    UnknownHost,
    /// The connection broke before the answer was complete, or the answer is not valid HTTP.
    Broken,
    /// The request timed out.
    Slow,
    /// The TLS certificate of the backend is not trusted.
    Untrusted,
    /// The backend answers with a redirect, which is not followed.
    Redirected,
    /// The backend has no such endpoint: the configured URL is wrong.
    WrongAddress,
    /// The backend asks to retry later, or has an internal error.
    Busy,
    /// The backend does not accept the credentials, not even after they were fetched again.
    Unauthorized,
    /// The backend accepts no body of this size, not even with a part of one event.
    TooLarge,
    /// The backend refuses some of the events, and the search for them was given up.
    Refused,
    /// The circuit breaker is open: the backend failed so often that nothing is sent to it for a while.
    CircuitOpen,
    /// The time of the invocation was over before the events were sent.
    OutOfTime,
    /// The S3 object with the events could not be read.
    Unreadable,
}

impl ParkReason {
    /// All reasons for parking.
    pub const ALL: [Self; 14] = [
        Self::Unreachable,
        Self::UnknownHost,
        Self::Broken,
        Self::Slow,
        Self::Untrusted,
        Self::Redirected,
        Self::WrongAddress,
        Self::Busy,
        Self::Unauthorized,
        Self::TooLarge,
        Self::Refused,
        Self::CircuitOpen,
        Self::OutOfTime,
        Self::Unreadable,
    ];

    /// Returns the name of the reason in parked objects, logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::UnknownHost => "unknown_host",
            Self::Broken => "broken",
            Self::Slow => "slow",
            Self::Untrusted => "untrusted",
            Self::Redirected => "redirected",
            Self::WrongAddress => "wrong_address",
            Self::Busy => "busy",
            Self::Unauthorized => "unauthorized",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::CircuitOpen => "circuit_open",
            Self::OutOfTime => "out_of_time",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Reason why an event is never sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// The delivery is damaged, so that no log event can be read from it.
    Damaged,
    /// The backend refuses the event for good.
    Refused,
}

impl Rejection {
    /// All reasons for rejection.
    pub const ALL: [Self; 2] = [Self::Damaged, Self::Refused];

    /// Returns the name of the reason in parked objects, logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Refused => "refused",
        }
    }
}
