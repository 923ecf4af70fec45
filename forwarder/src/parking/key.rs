//! Key of a parked object. It names kind, sink and hour, sorts by time, and is unique to the content of the object.

use tailwater_parser::{
    UnixMillis,
    calendar::{Date, DateTime},
};

/// Written in the key instead of a sink's name, for a damaged delivery, which belongs to no sink.
pub const INPUT: &str = "input";

/// Kind of a parked object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParkedKind {
    /// Events to be sent by a redrive.
    Parked,
    /// Delivery that is damaged, or was refused for good: to be inspected by a person.
    Rejected,
}

impl ParkedKind {
    /// Returns the prefix of the keys of this kind.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Parked => "parked/v1/",
            Self::Rejected => "rejected/v1/",
        }
    }

    /// Returns the prefix of the keys of this kind and this sink.
    #[must_use]
    pub fn prefix_of_sink(self, sink: &str) -> String {
        format!("{}sink={}/", self.prefix(), plain(sink))
    }
}

/// Parts of the key of a parked object, except for the hash of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// Kind of the parked object.
    pub kind: ParkedKind,
    /// Name of the sink that must still get the events, or [`INPUT`].
    pub sink: &'a str,
    /// Time at which the delivery is parked.
    pub time: UnixMillis,
    /// Request id of the invocation that parks the delivery.
    pub request_id: &'a str,
    /// Index of the delivery in that invocation, counted from 0.
    pub delivery: usize,
}

impl ObjectName<'_> {
    /// Builds the key `parked/v1/sink=NAME/dt=YYYY/MM/DD/HH/REQUEST-N-HASH`. It consists of letters, digits and `/=._-`.
    #[must_use]
    pub fn key(&self, hash: &str) -> String {
        let (folder, request) = (folder(self.kind, self.sink, self.time), plain(self.request_id));
        let n = self.delivery;
        format!("{folder}{request}-{n}-{}", plain(hash))
    }
}

/// True if `key` is a key that [`ObjectName::key`] makes for a parked object with this sink, time and hash, whatever the
/// request id and the number of the delivery, which the object does not contain.
pub(super) fn is_key_of(key: &str, sink: &str, time: UnixMillis, hash: &str) -> bool {
    let parts = || {
        let name = key.strip_prefix(&folder(ParkedKind::Parked, sink, time))?;
        let (rest, own_hash) = name.rsplit_once('-')?;
        let (request, delivery) = rest.rsplit_once('-')?;
        Some((request, delivery, own_hash))
    };
    parts().is_some_and(|(request, delivery, own_hash)| {
        own_hash == hash && plain(request) == request && delivery.parse::<usize>().is_ok()
    })
}

/// True if a key is one that a redrive with this request id makes, for what is left of a parked object.
#[must_use]
pub fn is_made_by(key: &str, request_id: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.strip_prefix(&plain(request_id)).is_some_and(|rest| rest.starts_with('-'))
}

fn folder(kind: ParkedKind, sink: &str, time: UnixMillis) -> String {
    let DateTime { date: Date { year, month, day }, hour, .. } = time.into();
    format!("{}dt={year:04}/{month:02}/{day:02}/{hour:02}/", kind.prefix_of_sink(sink))
}

/// Replaces characters that are special in a shell, a URL or a file system.
fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use tailwater_parser::timestamp;

    use super::*;

    const NAME: ObjectName<'_> = ObjectName {
        kind: ParkedKind::Parked,
        sink: "otlp",
        time: UnixMillis(1_772_618_400_123),
        request_id: "8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b",
        delivery: 3,
    };

    fn check(name: ObjectName<'_>, expected: &str) {
        assert_eq!(name.key("0123456789abcdef"), expected);
    }

    #[test]
    fn key_names_sink_hour_invocation_and_content() {
        let name = "8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b-3-0123456789abcdef";
        check(NAME, &format!("parked/v1/sink=otlp/dt=2026/03/04/10/{name}"));
        let rejected = ObjectName { kind: ParkedKind::Rejected, sink: INPUT, ..NAME };
        check(rejected, &format!("rejected/v1/sink=input/dt=2026/03/04/10/{name}"));
    }

    #[test]
    fn special_characters_are_replaced() {
        let name = ObjectName { sink: "../é", request_id: "", time: UnixMillis(0), ..NAME };
        check(name, "parked/v1/sink=____/dt=1970/01/01/00/_-3-0123456789abcdef");
    }

    #[test]
    fn hours_are_in_utc() {
        let hours = [
            ("1969-12-31T23:59:59.999Z", "1969/12/31/23"),
            ("2024-02-29T12:00:00-01:30", "2024/02/29/13"),
            ("2100-03-01T01:00:00Z", "2100/03/01/01"),
        ];
        for (time, expected) in hours {
            let time = timestamp::read_all(time).unwrap();
            let key = ObjectName { time, ..NAME }.key("h");
            assert!(key.contains(&format!("/dt={expected}/")), "{key}");
        }
    }

    #[test]
    fn extreme_times_have_a_key() {
        for time in [i64::MIN, i64::MAX] {
            assert!(!ObjectName { time: UnixMillis(time), ..NAME }.key("h").is_empty());
        }
    }

    #[test]
    fn key_belongs_to_the_object_it_was_made_for() {
        for request_id in ["8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", "redrive", "é-7"] {
            let key = ObjectName { request_id, ..NAME }.key("0123456789abcdef");
            assert!(is_key_of(&key, NAME.sink, NAME.time, "0123456789abcdef"), "{key}");
        }
    }

    #[test]
    fn key_with_another_sink_hour_hash_or_form_does_not_belong_to_the_object() {
        let hash = "0123456789abcdef";
        let key = NAME.key(hash);
        let hour = UnixMillis(3_600_000);
        assert!(!is_key_of(&key, "datadog", NAME.time, hash));
        assert!(!is_key_of(&key, NAME.sink, UnixMillis(NAME.time.0 + hour.0), hash));
        assert!(!is_key_of(&key, NAME.sink, NAME.time, "fedcba9876543210"));
        let rejected = ObjectName { kind: ParkedKind::Rejected, ..NAME }.key(hash);
        let longer = key.replace("/10/", "/10/x/");
        let unnumbered = key.replace("-3-", "-x-");
        for key in [rejected, longer, unnumbered, format!("other/{key}"), hash.to_owned()] {
            assert!(!is_key_of(&key, NAME.sink, NAME.time, hash), "{key}");
        }
    }

    #[test]
    fn key_tells_which_redrive_made_it() {
        let key = ObjectName { request_id: "redrive-17", ..NAME }.key("h");
        assert!(is_made_by(&key, "redrive-17"));
        assert!(!is_made_by(&key, "redrive-1") && !is_made_by(&key, "redrive-18"));
    }
}
