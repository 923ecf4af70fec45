//! Whether a backend refuses events for what they are, or refuses everything: only the first may reject an event.

/// So many events that were refused since any was taken are believed to be bad themselves.
const FEW: u64 = 3;

/// What one backend took and refused, kept between invocations.
#[derive(Debug, Default)]
pub struct Refusals {
    has_taken: bool,
    /// Events that were refused since it took any.
    since: u64,
}

/// What refusals are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The events: the backend takes others.
    Bad,
    /// Something else, as far as one can tell: a wrong address, a tenant that does not exist. The events may be good.
    Doubtful,
}

impl Refusals {
    /// An invocation is over in which the backend took events, or none, and refused so many of them, each alone.
    pub fn judge(&mut self, has_taken: bool, refused: u64) -> Judgement {
        if has_taken {
            *self = Self { has_taken, since: 0 };
            return Judgement::Bad;
        }
        self.since = self.since.saturating_add(refused);
        if self.takes_others() { Judgement::Bad } else { Judgement::Doubtful }
    }

    /// Whether the backend took events not long ago.
    #[must_use]
    pub fn takes_others(&self) -> bool {
        self.has_taken && self.since <= FEW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The judgement on the last of these invocations.
    fn check(invocations: &[(bool, u64)], expected: Judgement) {
        let mut refusals = Refusals::default();
        let judged = invocations.iter().map(|(has_taken, refused)| refusals.judge(*has_taken, *refused));
        assert_eq!(judged.last(), Some(expected), "{invocations:?}");
    }

    #[test]
    fn an_event_is_bad_when_others_are_taken() {
        check(&[(true, 1)], Judgement::Bad);
        check(&[(false, 1), (true, 1_000)], Judgement::Bad);
    }

    #[test]
    fn a_backend_that_never_took_anything_is_not_believed() {
        check(&[(false, 1)], Judgement::Doubtful);
        check(&[(false, 1), (false, 1)], Judgement::Doubtful);
    }

    #[test]
    fn few_events_are_believed_bad_after_others_were_taken() {
        check(&[(true, 0), (false, 1)], Judgement::Bad);
        check(&[(true, 0), (false, 4)], Judgement::Doubtful);
        check(&[(true, 0), (false, 2), (false, 2)], Judgement::Doubtful);
        check(&[(true, 0), (false, 4), (true, 0), (false, 1)], Judgement::Bad);
    }
}
