//! Distinguishes a backend that refuses single events from one that refuses everything. Only the first may cause an
//! event to be rejected for good.

/// Maximum number of events refused since the last accepted one for which the events themselves are considered the
/// cause.
const MAX_REFUSED: u64 = 3;

/// Counts of the events that one backend accepted and refused, kept between invocations.
#[derive(Debug, Default)]
pub struct Refusals {
    has_accepted: bool,
    /// Number of events that were refused since one was accepted.
    since_accepted: u64,
}

/// Cause of a backend's refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCause {
    /// The events are invalid, since the backend accepts others.
    Events,
    /// Unknown, for instance a wrong URL, or a tenant that does not exist. The events may be valid.
    Unknown,
}

impl Refusals {
    /// Records the result of an invocation: `has_accepted` if the backend accepted any event, and the number of events
    /// that it refused although each was sent alone. Returns the cause of the refusals.
    pub fn record(&mut self, has_accepted: bool, refused: u64) -> RefusalCause {
        if has_accepted {
            *self = Self { has_accepted, since_accepted: 0 };
            return RefusalCause::Events;
        }
        self.since_accepted = self.since_accepted.saturating_add(refused);
        if self.accepts_others() { RefusalCause::Events } else { RefusalCause::Unknown }
    }

    /// True if the backend accepted an event lately, and has refused only a few since.
    #[must_use]
    pub fn accepts_others(&self) -> bool {
        self.has_accepted && self.since_accepted <= MAX_REFUSED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the cause of the refusals in the last of these invocations.
    fn check(invocations: &[(bool, u64)], expected: RefusalCause) {
        let mut refusals = Refusals::default();
        let causes =
            invocations.iter().map(|(has_accepted, refused)| refusals.record(*has_accepted, *refused));
        assert_eq!(causes.last(), Some(expected), "{invocations:?}");
    }

    #[test]
    fn refused_events_are_invalid_if_others_are_accepted() {
        check(&[(true, 1)], RefusalCause::Events);
        check(&[(false, 1), (true, 1_000)], RefusalCause::Events);
    }

    #[test]
    fn refusals_of_a_backend_that_never_accepted_anything_have_an_unknown_cause() {
        check(&[(false, 1)], RefusalCause::Unknown);
        check(&[(false, 1), (false, 1)], RefusalCause::Unknown);
    }

    #[test]
    fn up_to_three_refused_events_are_invalid_after_others_were_accepted() {
        check(&[(true, 0), (false, 1)], RefusalCause::Events);
        check(&[(true, 0), (false, 4)], RefusalCause::Unknown);
        check(&[(true, 0), (false, 2), (false, 2)], RefusalCause::Unknown);
        check(&[(true, 0), (false, 4), (true, 0), (false, 1)], RefusalCause::Events);
    }
}
