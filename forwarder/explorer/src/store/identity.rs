//! Hashes by which a stream, an event and an invocation are the same when they come again.

use tailwater_parser::{Origin, decode::Part, record::EventId};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// Identity of a log stream under what its lines taught so far, in memory only: what is stored before and after they
/// name another function stands under the name it is shown with.
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

/// Identity of an event within its log stream; each part of a long message has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(pub u64);

impl EventKey {
    /// The key of `part` of the event `id`.
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

/// Identity of an invocation: that of its REPORT among all of its function's events.
///
/// The account and the function count, not only the log group: groups of one name exist in many accounts, and ids
/// that are positions in a file repeat when two functions' files begin alike. They count as the batch named them: what
/// lines teach of them depends on where a download begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvocationKey(pub [u8; 16]);

impl InvocationKey {
    /// The key of the invocation whose REPORT is the event `event_id`.
    #[must_use]
    pub fn of(origin: &Origin, event_id: &str) -> Self {
        Self(xxh3_128_with_seed(event_id.as_bytes(), function_hash(origin)).to_be_bytes())
    }
}

fn function_hash(origin: &Origin) -> u64 {
    let parts = [origin.named_account(), origin.log_group(), origin.named_function()];
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
    fn the_parts_of_a_long_event_are_events_of_their_own() {
        let id = EventId::CloudWatch("1");
        assert_ne!(EventKey::of(id, Part::Piece(0)), EventKey::of(id, Part::Last(1)));
        let id = EventId::Position(1);
        assert_ne!(EventKey::of(id, Part::Piece(0)), EventKey::of(id, Part::Last(1)));
    }

    #[test]
    fn a_stream_is_told_by_name_and_account() {
        assert_eq!(StreamKey::of(&origin("1", "a")), StreamKey::of(&origin("1", "a")));
        assert_ne!(StreamKey::of(&origin("1", "a")), StreamKey::of(&origin("1", "b")));
        assert_ne!(StreamKey::of(&origin("1", "a")), StreamKey::of(&origin("2", "a")));
    }

    #[test]
    fn an_invocation_is_told_by_its_report_whatever_its_stream() {
        let key = InvocationKey::of(&origin("1", "a"), "7");
        assert_eq!(key, InvocationKey::of(&origin("1", "b"), "7"));
        assert_ne!(key, InvocationKey::of(&origin("1", "a"), "8"));
        assert_ne!(key, InvocationKey::of(&origin("2", "a"), "7"));
    }

    #[test]
    fn an_invocation_is_the_same_when_its_function_was_learned() {
        let mut learned = origin("", "a");
        learned.learn_account("1");
        learned.learn_function("checkout");
        assert_eq!(InvocationKey::of(&learned, "7"), InvocationKey::of(&origin("", "a"), "7"));
        assert_ne!(StreamKey::of(&learned), StreamKey::of(&origin("", "a")));
    }

    #[test]
    fn functions_whose_files_begin_alike_keep_their_invocations_apart() {
        let (mut one, mut other) = (Origin::default(), Origin::default());
        one.set_function("one");
        other.set_function("other");
        assert_ne!(InvocationKey::of(&one, "7"), InvocationKey::of(&other, "7"));
    }
}
