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
    /// Never sent again: no log event, or refused for good. Stored durably where parking is configured.
    Rejected(Rejection),
}

/// Why a sink still owes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParkReason {
    /// No connection: refused, or its name is unknown.
    Unreachable,
    /// The connection broke before an answer came, or the answer was none.
    Broken,
    /// No answer in time.
    Slow,
    /// Its certificate is not to be trusted.
    Untrusted,
    /// It answers with a redirect, which is not followed.
    Redirected,
    /// It asks to come back later, or fails inside.
    Busy,
    /// It does not accept the credentials, not even fresh ones.
    Unauthorized,
    /// It takes no body of this size, however small the parts.
    TooLarge,
    /// It refuses some of the events, and the search for them was given up.
    Refused,
    /// It failed so often that it is not asked for a while.
    CircuitOpen,
    /// The invocation's time was up before they were sent.
    OutOfTime,
    /// The object that holds them could not be read.
    Unreadable,
}

impl ParkReason {
    /// All there are.
    pub const ALL: [Self; 12] = [
        Self::Unreachable,
        Self::Broken,
        Self::Slow,
        Self::Untrusted,
        Self::Redirected,
        Self::Busy,
        Self::Unauthorized,
        Self::TooLarge,
        Self::Refused,
        Self::CircuitOpen,
        Self::OutOfTime,
        Self::Unreadable,
    ];

    /// As parked objects, logs and metrics call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Broken => "broken",
            Self::Slow => "slow",
            Self::Untrusted => "untrusted",
            Self::Redirected => "redirected",
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

/// Why an event is never sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// It is no log event: its delivery is damaged, or nothing known.
    Damaged,
    /// The backend refuses it for good.
    Refused,
}

impl Rejection {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Damaged, Self::Refused];

    /// As parked objects, logs and metrics call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Refused => "refused",
        }
    }
}
