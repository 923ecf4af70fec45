//! Labels in messages: the tags that an application puts into its JSON, and the instance that a CloudTrail event names.

use std::borrow::Cow;

use memchr::memmem;
use tailwater_parser::{
    Record,
    decode::Part,
    json::{find_text, take_text},
    record::Additions,
};

use super::{
    source,
    tags::{tag, tags_of},
};

/// Name of the member with the tags of a log. Datadog's intake would take that of a JSON message instead of the item's.
const TAGS: &str = "ddtags";

/// Text before a trace id, as Datadog's tracers write it into messages of plain text. Datadog itself finds ids in
/// JSON messages.
const TRACE_ID: &str = "dd.trace_id=";

/// Searchers for the labels in messages. They are kept, because building one for each message would take longer than
/// the search. A message is searched once, for tags if it is JSON, else for a trace id.
#[derive(Debug)]
pub(super) struct MessageReader {
    tags: memmem::Finder<'static>,
    trace_id: memmem::Finder<'static>,
}

/// Text to send as the message of a log, and the labels found in the message.
#[derive(Debug, Default)]
pub(super) struct ReadMessage<'m> {
    /// Message without the tags that were taken out of it.
    pub(super) text: Cow<'m, str>,
    /// Trace id of a tracer.
    pub(super) trace_id: Option<&'m str>,
    /// Labels that replace or complete those of the origin.
    pub(super) own: OwnLabels,
}

/// Labels that one log has besides those of its origin.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OwnLabels {
    /// Tags, normalised. A tag `service:NAME` among them is the service of the log.
    pub(super) tags: Vec<String>,
    /// Host.
    pub(super) host: Option<String>,
}

impl OwnLabels {
    /// Adds what the user's rules set. Their service takes precedence over a tag `service:NAME` in the message.
    pub(super) fn with(mut self, additions: Option<&Additions<'_>>) -> Self {
        let Some(additions) = additions else { return self };
        let service = additions.service.and_then(|service| tag("service", service));
        self.tags.splice(..0, service);
        self.tags.extend(additions.tags.iter().flat_map(|tag| tags_of(tag)));
        self
    }

    /// True if the log has no labels of its own.
    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.host.is_none()
    }

    /// Returns the value of the first tag with this key.
    pub(super) fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix(key)?.strip_prefix(':'))
    }
}

impl MessageReader {
    pub(super) fn new() -> Self {
        Self { tags: memmem::Finder::new("\"ddtags\""), trace_id: memmem::Finder::new(TRACE_ID) }
    }

    /// Reads the message of a record of the source `ddsource`.
    pub(super) fn read<'m>(&self, record: &Record<'m>, ddsource: &str) -> ReadMessage<'m> {
        let text = trimmed(record);
        if !text.trim_ascii_start().starts_with('{') {
            return ReadMessage {
                text: Cow::Borrowed(text),
                trace_id: self.find_trace_id(text),
                own: OwnLabels::default(),
            };
        }
        let is_tagged = record.part == Part::Whole && self.tags.find(text.as_bytes()).is_some();
        let taken = is_tagged.then(|| take_text(text, TAGS)).flatten();
        let host = (ddsource == source::CLOUDTRAIL).then(|| acting_instance(text)).flatten();
        let (text, tags) = match taken {
            None => (Cow::Borrowed(text), Vec::new()),
            Some((rest, tags)) => (Cow::Owned(rest), tags_of(&tags).collect()),
        };
        ReadMessage { text, trace_id: None, own: OwnLabels { tags, host } }
    }

    fn find_trace_id<'m>(&self, message: &'m str) -> Option<&'m str> {
        let at = self.trace_id.find(message.as_bytes())?;
        let value = message.get(at + TRACE_ID.len()..)?;
        let end = value.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(value.len());
        value.get(..end).filter(|id| !id.is_empty())
    }
}

/// Returns the message without the line break at its end. If a message is split into parts, only the last part loses
/// its line break, because all parts together are the message.
fn trimmed<'a>(record: &Record<'a>) -> &'a str {
    match record.part {
        Part::Whole | Part::Last(_) => record.message.trim_end_matches(['\n', '\r']),
        Part::Piece(_) => record.message,
    }
}

/// Returns the id of the EC2 instance whose role caused a CloudTrail event: the session name at the end of the ARN
/// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/i-0123456789abcdef0`.
fn acting_instance(event: &str) -> Option<String> {
    let arn = find_text(event, &["userIdentity", "arn"])?;
    let (role, session) = arn.rsplit_once('/')?;
    let is_role = role.starts_with("arn:") && role.contains(":sts::") && role.contains(":assumed-role/");
    let id = session.strip_prefix("i-")?;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (is_role && (8..=17).contains(&id.len()) && id.bytes().all(is_digit)).then(|| session.to_owned())
}
