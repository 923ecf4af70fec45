//! Redacted copy of a delivery: one line of JSON for each event, compressed with gzip.
//!
//! It is stored instead of the delivery when rules redact what a sink gets. Each event keeps its number, id, time and
//! origin, and has the message and the additions that the sink would have got. So a redrive applies no rule again.

use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
};

use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};

/// Value of the member `kind` of an event, as in the records of the sink `ndjson`.
const EVENT: &str = "log";

/// Value of the member `kind` of an event that was joined into an earlier one.
const ABSORBED: &str = "joined";

/// Event of a redacted copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RedactedEvent {
    /// Kind of the line; set when it is written.
    pub kind: String,
    /// Time in milliseconds since the Unix epoch.
    pub time: i64,
    /// Id of the event.
    pub event_id: String,
    /// Account that the batch names.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// Region of the log events.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Name of the log group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub log_group: String,
    /// Name of the log stream.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub log_stream: String,
    /// Function that the batch names.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub function: String,
    /// Service that a rule set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Tags that rules set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Attributes that rules set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Number of events that were joined into this one, itself included; 0 if it was not joined.
    #[serde(skip_serializing_if = "is_zero")]
    pub joined: u32,
    /// Positions of the others of these events, relative to this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<u32>,
    /// Number of requests that this one stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_one_in: Option<u32>,
    /// Number of the part of a message that was split; `None` for a whole message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// True if more parts follow this one.
    #[serde(skip_serializing_if = "is_false")]
    pub has_more_parts: bool,
    /// True if bytes of the message had to be replaced because they were not UTF-8.
    #[serde(skip_serializing_if = "is_false")]
    pub invalid_utf8: bool,
    /// Message, redacted.
    pub body: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Line of a redacted copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedactedLine {
    /// An event.
    Event(Box<RedactedEvent>),
    /// Place of an event that was joined into an earlier one.
    Absorbed,
}

/// Writer of a redacted copy.
#[derive(Debug)]
pub struct RedactedWriter {
    gzip: GzEncoder<Vec<u8>>,
}

impl Default for RedactedWriter {
    fn default() -> Self {
        Self { gzip: GzEncoder::new(Vec::new(), Compression::fast()) }
    }
}

impl RedactedWriter {
    /// Appends a line.
    pub fn push(&mut self, line: RedactedLine) {
        let event = match line {
            RedactedLine::Event(event) => RedactedEvent { kind: EVENT.to_owned(), ..*event },
            RedactedLine::Absorbed => RedactedEvent { kind: ABSORBED.to_owned(), ..RedactedEvent::default() },
        };
        let mut text = serde_json::to_vec(&event).expect("texts, numbers and lists can be serialized");
        text.push(b'\n');
        self.gzip.write_all(&text).expect("a Vec accepts all bytes");
    }

    /// Returns the copy.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.gzip.finish().expect("a Vec accepts all bytes")
    }
}

/// Reader of a redacted copy.
#[derive(Debug)]
pub struct RedactedReader<'b> {
    lines: BufReader<io::Take<MultiGzDecoder<&'b [u8]>>>,
    line: Vec<u8>,
    /// Number of bytes of text that were read.
    offset: u64,
}

impl<'b> RedactedReader<'b> {
    /// Creates a reader of a copy that has at most `limit` bytes of text.
    #[must_use]
    pub fn new(copy: &'b [u8], limit: u64) -> Self {
        let text = MultiGzDecoder::new(copy).take(limit);
        Self { lines: BufReader::new(text), line: Vec::new(), offset: 0 }
    }

    /// Returns the number of bytes of text that were read.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next line; `None` at the end.
    ///
    /// # Errors
    /// Returns an error if the copy is damaged.
    pub fn next_line(&mut self) -> io::Result<Option<RedactedLine>> {
        self.line.clear();
        let read = self.lines.read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        let event: RedactedEvent = serde_json::from_slice(&self.line)?;
        self.offset = self.offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(Some(if event.kind == ABSORBED {
            RedactedLine::Absorbed
        } else {
            RedactedLine::Event(Box::new(event))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(body: &str) -> RedactedEvent {
        RedactedEvent {
            kind: EVENT.to_owned(),
            time: -5,
            event_id: "1".to_owned(),
            log_group: "/ecs/a".to_owned(),
            tags: vec!["team:shop".to_owned()],
            joined: 2,
            followers: vec![1],
            part: Some(0),
            has_more_parts: true,
            body: body.to_owned(),
            ..RedactedEvent::default()
        }
    }

    #[test]
    fn copy_has_the_lines_that_were_written() {
        let mut writer = RedactedWriter::default();
        let lines = [RedactedLine::Event(Box::new(event("a \"line\"\n"))), RedactedLine::Absorbed];
        lines.iter().for_each(|line| writer.push(line.clone()));
        let copy = writer.finish();
        let mut reader = RedactedReader::new(&copy, u64::MAX);
        for line in lines {
            assert_eq!(reader.next_line().unwrap(), Some(line));
        }
        assert_eq!(reader.next_line().unwrap(), None);
    }

    #[test]
    fn copy_beyond_the_limit_is_an_error() {
        let mut writer = RedactedWriter::default();
        writer.push(RedactedLine::Event(Box::new(event(&"x".repeat(100)))));
        let copy = writer.finish();
        assert!(RedactedReader::new(&copy, 20).next_line().is_err());
        assert!(RedactedReader::new(&copy[..copy.len() / 2], u64::MAX).next_line().is_err());
    }
}
