//! Makes log events whose payload follows from their id, so that whoever sees one later can tell whether it is intact.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    backend::ReceivedLog,
    forms,
    sample::{Event, START_MS},
};

/// Hands out events; no id comes twice.
#[derive(Clone, Debug, Default)]
pub struct Producer {
    next: u64,
    /// When its events are, in ms after the sample's.
    after_ms: i64,
}

/// An event's number: what its id says.
pub type EventNumber = u64;

impl Producer {
    /// One whose events are of the last minute: backends refuse what is old.
    ///
    /// # Panics
    /// When the clock is set before 1970.
    #[must_use]
    pub fn with_current_time() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set after 1970");
        let now_ms = i64::try_from(now.as_millis()).expect("it is before the year 292 million");
        Self { next: 0, after_ms: now_ms - 60_000 - START_MS }
    }

    /// The next events: their numbers, and the subscription document of one log stream that holds them.
    ///
    /// # Panics
    /// After more events than a test can make.
    pub fn document(&mut self, count: u64) -> (Vec<EventNumber>, Vec<u8>) {
        let numbers: Vec<_> = (self.next..self.next + count).collect();
        self.next += count;
        let event = |number: &EventNumber| Event {
            id: id(*number),
            after_ms: self.after_ms + i64::try_from(number % 60_000).expect("less than a minute"),
            message: payload(*number),
        };
        let events: Vec<_> = numbers.iter().map(event).collect();
        (numbers, forms::document(&events))
    }

    /// How many events it has made.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.next
    }
}

/// The id of an event: 56 digits, as CloudWatch's.
#[must_use]
pub fn id(number: EventNumber) -> String {
    format!("{number:056}")
}

/// The number of an event whose id a backend got: CloudWatch's id alone, or behind a prefix such as a log group.
#[must_use]
pub fn number(id: &str) -> Option<EventNumber> {
    let start = id.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = id.get(start..).filter(|digits| digits.len() == 56)?;
    digits.parse().ok()
}

/// Whether an event's payload is the REPORT of an invocation: every eighth one is.
#[must_use]
pub fn is_report(number: EventNumber) -> bool {
    number % 8 == 5
}

/// The number of an event that a backend got, by its id; by its text where the source has no ids.
#[must_use]
pub fn number_of(got: &ReceivedLog) -> Option<EventNumber> {
    number(&got.id).or_else(|| got.message.strip_prefix("event ")?.split(':').next()?.parse().ok())
}

/// The payload of an event: a REPORT, or text, with what encoders stumble over, of 30 to about 700 bytes.
#[must_use]
pub fn payload(number: EventNumber) -> String {
    if is_report(number) {
        return format!(
            "REPORT RequestId: {number:08x}-7d34-4a8e-a965-15ccbbb78d4c\tDuration: 2.37 ms\tBilled Duration: 3 ms\tMemory \
             Size: 1024 MB\tMax Memory Used: 95 MB"
        );
    }
    const AWKWARD: [&str; 8] =
        ["plain", "\"quoted\"", "back\\slash", "tab\there", "line\nbreak", "grüße", "日本", "🦀 \u{1}"];
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    let mut text = format!("event {number}:");
    for _ in 0..number % 40 {
        // xorshift64: the words look random and follow from the number.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = usize::try_from(state % 8).expect("less than eight");
        text += &format!(" {} {:x}", AWKWARD[word], state >> 40);
    }
    text + " end"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_its_number_wherever_it_stands() {
        assert_eq!(number(&id(7)), Some(7));
        assert_eq!(number(&format!("/aws/lambda/f:{}", id(7))), Some(7));
        for other in ["", "7", &"7".repeat(55), &format!("{}x", id(7))] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn no_event_is_made_twice_and_no_payload_is_another_ones() {
        let mut producer = Producer::default();
        let (first, _) = producer.document(60);
        let (second, document) = producer.document(60);
        let mut payloads: Vec<_> = first.iter().chain(&second).map(|number| payload(*number)).collect();
        payloads.sort_unstable();
        payloads.dedup();
        assert_eq!(payloads.len(), 120);
        let document: serde_json::Value = serde_json::from_slice(&document).expect("JSON");
        assert_eq!(document["logEvents"][0]["message"], payload(60));
    }
}
