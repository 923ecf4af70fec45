//! Makes log events whose payload is a function of their id, so that a received event can be checked for damage.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    backend::ReceivedLog,
    forms,
    sample::{Event, START_MS, report},
};

/// Generator of log events with unique ids.
#[derive(Clone, Debug, Default)]
pub struct Producer {
    next: u64,
    /// Time of the events, in ms after the start of the sample.
    after_ms: i64,
}

/// Number of an event, which its id encodes.
pub type EventNumber = u64;

impl Producer {
    /// Creates a producer whose events are a minute old: backends reject events that are much older.
    ///
    /// # Panics
    /// Panics if the clock is set before 1970.
    #[must_use]
    pub fn with_current_time() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set after 1970");
        let now_ms = i64::try_from(now.as_millis()).expect("the time fits into 64 bits");
        Self { next: 0, after_ms: now_ms - 60_000 - START_MS }
    }

    /// Makes the next events; returns their numbers and the subscription document that holds them.
    ///
    /// # Panics
    /// Panics if the number of events exceeds the address space.
    pub fn document(&mut self, count: u64) -> (Vec<EventNumber>, Vec<u8>) {
        let numbers: Vec<_> = (self.next..self.next + count).collect();
        self.next += count;
        let event = |number: &EventNumber| Event {
            id: id(*number),
            after_ms: self.after_ms + i64::try_from(number % 60_000).expect("it is below 60,000"),
            message: payload(*number),
        };
        let events: Vec<_> = numbers.iter().map(event).collect();
        (numbers, forms::document(&events))
    }
}

/// Returns the id of an event: 56 digits, as in CloudWatch.
#[must_use]
pub fn id(number: EventNumber) -> String {
    format!("{number:056}")
}

/// Decodes the number from an id that a backend received: the id of CloudWatch, alone or after a prefix such as a log
/// group.
#[must_use]
pub fn number(id: &str) -> Option<EventNumber> {
    let start = id.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = id.get(start..).filter(|digits| digits.len() == 56)?;
    digits.parse().ok()
}

/// True if the payload of an event is a REPORT line; every eighth one is.
#[must_use]
pub fn is_report(number: EventNumber) -> bool {
    number % 8 == 5
}

/// Returns the number of a received event, from its id or, if its source has none, from its message.
#[must_use]
pub fn number_of(got: &ReceivedLog) -> Option<EventNumber> {
    number(&got.id).or_else(|| got.message.strip_prefix("event ")?.split(':').next()?.parse().ok())
}

/// Returns the payload of an event: a REPORT line, or 30 to about 700 bytes of text with characters that are hard to
/// encode.
#[must_use]
pub fn payload(number: EventNumber) -> String {
    if is_report(number) {
        return report(&format!("{number:08x}-7d34-4a8e-a965-15ccbbb78d4c"));
    }
    const AWKWARD: [&str; 8] =
        ["plain", "\"quoted\"", "back\\slash", "tab\there", "line\nbreak", "grüße", "日本", "🦀 \u{1}"];
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    let mut text = format!("event {number}:");
    for _ in 0..number % 40 {
        // xorshift64: the words vary, but depend only on the number.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = usize::try_from(state % 8).expect("it is below eight");
        text += &format!(" {} {:x}", AWKWARD[word], state >> 40);
    }
    text + " end"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_decoded_from_an_id_with_or_without_prefix() {
        assert_eq!(number(&id(7)), Some(7));
        assert_eq!(number(&format!("/aws/lambda/f:{}", id(7))), Some(7));
        for other in ["", "7", &"7".repeat(55), &format!("{}x", id(7))] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn events_and_payloads_are_unique() {
        let mut producer = Producer::default();
        let (first, _) = producer.document(60);
        let (second, document) = producer.document(60);
        let mut payloads: Vec<_> = first.iter().chain(&second).map(|number| payload(*number)).collect();
        payloads.sort_unstable();
        payloads.dedup();
        assert_eq!(payloads.len(), 120);
        let document: serde_json::Value = serde_json::from_slice(&document).expect("the document is JSON");
        assert_eq!(document["logEvents"][0]["message"], payload(60));
    }
}
