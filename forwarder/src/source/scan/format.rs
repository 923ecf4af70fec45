//! Detection of the format of a delivery's text by its first bytes, and by the key if it is an S3 object.

use tailwater_parser::decode::{MESSAGE_LIMIT, More};

use crate::source::{
    export::{ExportKey, event_start},
    lines::valid_prefix,
    members::{Member, Members, value_len},
};

/// Format of a delivery's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON documents in which CloudWatch Logs sends log events.
    Envelope,
    /// JSON documents with a list of CloudTrail's records.
    CloudTrail,
    /// Lines of an object of CloudWatch's export to S3.
    Export,
    /// Lines, each of which is a log event.
    Lines,
}

/// Number of bytes at the start of a text in which the format has to be recognised.
const HEAD: usize = MESSAGE_LIMIT;

impl Format {
    /// Detects the format of a text that starts with `head`; `None` if more text has to arrive first. `key` is the key
    /// of the S3 object; empty if the text is none.
    pub(super) fn detect(head: &[u8], more: More, key: &str) -> Option<Self> {
        let all = head.len() >= HEAD || more == More::No;
        let text = head.trim_ascii_start();
        let Some(members) = Members::of(text) else {
            return if text.is_empty() { all.then_some(Self::Lines) } else { of_lines(text, all, key) };
        };
        for member in members {
            match member.name {
                b"logEvents" | b"messageType" => return Some(Self::Envelope),
                b"Records" if member.is_list() => match Records::of(&member, key) {
                    Records::CloudTrail => return Some(Self::CloudTrail),
                    Records::Likely => return all.then_some(Self::CloudTrail),
                    Records::Unknown if !all => return None,
                    Records::Unknown | Records::Other => {}
                },
                _ => {}
            }
        }
        (all || value_len(text).is_some()).then_some(Self::Lines)
    }
}

/// Returns the format of a text that does not start with a JSON object. An object of an export may begin with lines that
/// continue an event of the object before.
fn of_lines(text: &[u8], all: bool, key: &str) -> Option<Format> {
    if key.is_empty() || ExportKey::parse(key).is_none() {
        return Some(Format::Lines);
    }
    let is_start = |line: &[u8]| event_start(valid_prefix(line)).is_some();
    let (whole, rest) = text.split_at(memchr::memrchr(b'\n', text).map_or(0, |end| end + 1));
    if whole.split(|byte| *byte == b'\n').any(is_start) {
        return Some(Format::Export);
    }
    all.then(|| if is_start(rest) { Format::Export } else { Format::Lines })
}

/// Content of a list `Records`, by its first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Records {
    CloudTrail,
    /// Records of CloudTrail, as far as the first one has arrived.
    Likely,
    /// Not enough of the first record has arrived.
    Unknown,
    Other,
}

impl Records {
    fn of(list: &Member<'_>, key: &str) -> Self {
        let value = list.value();
        let first = value.strip_prefix(b"[").unwrap_or_default().trim_ascii_start();
        if first.starts_with(b"]") {
            // CloudTrail writes no such object, but if it did, there would be no event in it.
            return if key.is_empty() { Self::Other } else { Self::CloudTrail };
        }
        if first.is_empty() {
            return Self::Unknown;
        }
        let Some(members) = Members::of(first) else { return Self::Other };
        let has = |name: &[u8]| {
            let mut members = members;
            members.any(|member| member.name == name)
        };
        // Records of CloudTrail's Insights have an id, but no source.
        let is_record = has(b"eventTime") && (has(b"eventSource") || has(b"eventID"));
        // A record of an S3 notification has a time and a source, too.
        if has(b"s3") {
            return Self::Other;
        }
        match (is_record, value_len(first)) {
            (true, Some(_)) => Self::CloudTrail,
            (true, None) => Self::Likely,
            (false, Some(_)) => Self::Other,
            (false, None) => Self::Unknown,
        }
    }
}
