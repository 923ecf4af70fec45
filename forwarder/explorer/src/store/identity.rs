//! Hash keys of log streams, events and invocations. They stay the same when the same log is read again.

use std::fmt;

use tailwater_parser::{Origin, decode::Part, record::EventId};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// Key of a log stream together with the function that its log lines have named so far. It is used in memory
/// only.
///
/// The key changes when a log line names another account or function, so that blocks before and after that line are
/// stored under different functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct StreamKey(u64);

impl StreamKey {
    pub(super) fn of(origin: &Origin) -> Self {
        let stream = xxh3_64_with_seed(origin.log_stream().as_bytes(), function_hash(origin));
        if !origin.is_learned() {
            return Self(stream);
        }
        let learned = [origin.account.as_str(), origin.function()];
        Self(learned.iter().fold(stream, |seed, part| xxh3_64_with_seed(part.as_bytes(), seed)))
    }
}

/// Key of a log event within its log stream. Each part of a split message has its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(pub u64);

impl EventKey {
    /// Computes the key of the event with id `id`, or of its part `part` if the message was split.
    #[must_use]
    pub fn of(id: EventId<'_>, part: Part) -> Self {
        let index = u64::from(match part {
            Part::Whole => 0,
            Part::Piece(index) | Part::Last(index) => index,
        });
        Self(match id {
            EventId::CloudWatch(id) => xxh3_64_with_seed(id.as_bytes(), index),
            EventId::Position(hash) => xxh3_64_with_seed(&hash.to_le_bytes(), index),
        })
    }
}

/// Key of an invocation: a hash of account, log group, function, and the event id of its REPORT line.
///
/// The log group alone is not enough: the same name exists in many accounts, and event ids that are computed
/// from the start of a file repeat if the files of two functions start with the same bytes. Account and
/// function are those that the input gives for the log stream. Names found in log lines are not used, because
/// they depend on the line at which a download starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvocationKey(pub [u8; 16]);

impl InvocationKey {
    /// Computes the key of the invocation whose REPORT line has the event id `event_id`.
    #[must_use]
    pub fn of(origin: &Origin, event_id: &str) -> Self {
        Self(xxh3_128_with_seed(event_id.as_bytes(), function_hash(origin)).to_be_bytes())
    }
}

impl fmt::Display for InvocationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

fn function_hash(origin: &Origin) -> u64 {
    let parts = [origin.batch_account(), origin.log_group(), origin.batch_function()];
    parts.iter().fold(0, |seed, part| xxh3_64_with_seed(part.as_bytes(), seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(account: &str, stream: &str) -> Origin {
        let mut origin = Origin::default();
        origin.account.push_str(account);
        origin.set_names("/aws/lambda/f", stream);
        origin
    }

    #[test]
    fn parts_of_an_event_have_different_keys() {
        let id = EventId::CloudWatch("1");
        assert_ne!(EventKey::of(id, Part::Piece(0)), EventKey::of(id, Part::Last(1)));
        let id = EventId::Position(1);
        assert_ne!(EventKey::of(id, Part::Piece(0)), EventKey::of(id, Part::Last(1)));
    }

    #[test]
    fn stream_key_depends_on_name_and_account() {
        assert_eq!(StreamKey::of(&origin("1", "a")), StreamKey::of(&origin("1", "a")));
        assert_ne!(StreamKey::of(&origin("1", "a")), StreamKey::of(&origin("1", "b")));
        assert_ne!(StreamKey::of(&origin("1", "a")), StreamKey::of(&origin("2", "a")));
    }

    #[test]
    fn invocation_key_depends_on_report_and_account_but_not_on_stream() {
        let key = InvocationKey::of(&origin("1", "a"), "7");
        assert_eq!(key, InvocationKey::of(&origin("1", "b"), "7"));
        assert_ne!(key, InvocationKey::of(&origin("1", "a"), "8"));
        assert_ne!(key, InvocationKey::of(&origin("2", "a"), "7"));
    }

    #[test]
    fn learned_function_changes_stream_key_but_not_invocation_key() {
        let mut learned = origin("", "a");
        learned.learn_account("1");
        learned.learn_function("checkout");
        assert_eq!(InvocationKey::of(&learned, "7"), InvocationKey::of(&origin("", "a"), "7"));
        assert_ne!(StreamKey::of(&learned), StreamKey::of(&origin("", "a")));
    }

    #[test]
    fn same_event_id_in_another_function_is_another_invocation() {
        let (mut one, mut other) = (Origin::default(), Origin::default());
        one.set_function("one");
        other.set_function("other");
        assert_ne!(InvocationKey::of(&one, "7"), InvocationKey::of(&other, "7"));
    }
}
