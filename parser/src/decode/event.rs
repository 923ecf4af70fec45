//! Reads one event of a JSON document: finds its members in the window and unescapes its message.

use std::borrow::Cow;

use super::message::{Message, read_message};
use crate::{
    json::{Controls, Cursor, Kind, Stop, Value},
    timestamp,
    units::UnixMillis,
};

/// Naming scheme of an event's JSON members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// CloudWatch's names: `id`, `timestamp`, `message`, `logStreamName`, `@message` …, and those of log shippers:
    /// `log_stream`, `@log_stream` …
    #[default]
    CloudWatch,
    /// The names in Tailwater's own NDJSON records: `event_id`, `time`, `body`, `log_group` …
    Records,
}

/// Meaning of an event's member, independent of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Id,
    Time,
    Message,
    LogGroup,
    LogStream,
    /// `account:group`, as in the `@log` field of Logs Insights.
    Log,
    Account,
    Region,
    Function,
    /// The JSON object `extractedFields` of a subscription filter, which may hold system fields.
    Extracted,
    Unknown,
}

impl Keys {
    pub(super) fn slot(self, key: &[u8]) -> Slot {
        match self {
            Self::CloudWatch => match key {
                b"id" | b"eventId" | b"@ptr" | b"@id" => Slot::Id,
                b"timestamp" | b"@timestamp" => Slot::Time,
                b"message" | b"@message" => Slot::Message,
                b"logStreamName" | b"logStream" | b"@logStream" | b"log_stream" | b"@log_stream" => {
                    Slot::LogStream
                }
                b"logGroupName" | b"logGroup" | b"log_group" | b"@log_group" => Slot::LogGroup,
                b"@log" => Slot::Log,
                b"@aws.account" | b"owner" | b"@owner" => Slot::Account,
                b"@aws.region" => Slot::Region,
                b"extractedFields" => Slot::Extracted,
                _ => Slot::Unknown,
            },
            Self::Records => match key {
                b"event_id" => Slot::Id,
                b"time" => Slot::Time,
                b"body" | b"message" => Slot::Message,
                b"log_group" => Slot::LogGroup,
                b"log_stream" => Slot::LogStream,
                b"account" => Slot::Account,
                b"region" => Slot::Region,
                b"function" => Slot::Function,
                _ => Slot::Unknown,
            },
        }
    }
}

/// An event's members, borrowed from the window and still escaped (except the message).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EventMembers<'w> {
    pub(super) id: &'w [u8],
    pub(super) time: Option<UnixMillis>,
    pub(super) message: Message<'w>,
    pub(super) log_group: &'w [u8],
    pub(super) log_stream: &'w [u8],
    pub(super) account: &'w [u8],
    pub(super) region: &'w [u8],
    pub(super) function: &'w [u8],
    /// Type of the texts above as JSON values. If one of them has escapes, all are read as if they had some.
    kind: TextKind,
}

/// Kind of the texts of an event: nearly always without escapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TextKind {
    #[default]
    Plain,
    Escaped,
}

/// Reads an event that is a JSON object.
pub(super) fn read_event<'w>(
    cursor: &mut Cursor<'w>,
    keys: Keys,
    scratch: &mut Vec<u8>,
) -> Result<EventMembers<'w>, Stop> {
    let mut members = EventMembers::default();
    let mut more = cursor.enter(b'{', b'}')?;
    while more {
        let key = cursor.key()?;
        members.read(keys.slot(key), cursor, scratch)?;
        more = cursor.another(b'}')?;
    }
    Ok(members)
}

/// Reads an event that is an array of `{"field":NAME,"value":VALUE}`, the form of `get-query-results`.
pub(super) fn read_fields<'w>(
    cursor: &mut Cursor<'w>,
    keys: Keys,
    scratch: &mut Vec<u8>,
) -> Result<EventMembers<'w>, Stop> {
    let mut members = EventMembers::default();
    let mut more = cursor.enter(b'[', b']')?;
    while more {
        if let (Some(name), Some(mut value)) = read_field(cursor)? {
            members.read(keys.slot(name), &mut value, scratch)?;
        }
        more = cursor.another(b']')?;
    }
    Ok(members)
}

/// Name of a field, and a cursor at its value; `None` for a missing member.
type Field<'w> = (Option<&'w [u8]>, Option<Cursor<'w>>);

fn read_field<'w>(cursor: &mut Cursor<'w>) -> Result<Field<'w>, Stop> {
    let (mut name, mut value) = (None, None);
    let mut more = cursor.enter(b'{', b'}')?;
    while more {
        let key = cursor.key()?;
        let at_value = *cursor;
        let found = cursor.value()?;
        match key {
            b"field" => name = cursor.bytes.get(found.span),
            b"value" => value = Some(at_value),
            _ => {}
        }
        more = cursor.another(b'}')?;
    }
    Ok((name, value))
}

impl<'w> EventMembers<'w> {
    /// Reads the value at the cursor and stores it in the field that `slot` stands for.
    pub(super) fn read(
        &mut self,
        slot: Slot,
        cursor: &mut Cursor<'w>,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        if slot == Slot::Message {
            self.message = read_message(cursor, scratch)?;
            return Ok(());
        }
        let found = cursor.value()?;
        if found.kind == (Kind::String { escaped: true }) && slot != Slot::Unknown {
            self.kind = TextKind::Escaped;
        }
        if found.kind != Kind::Null {
            self.put(slot, cursor.bytes.get(found.span).unwrap_or_default());
        }
        Ok(())
    }

    fn put(&mut self, slot: Slot, raw: &'w [u8]) {
        match slot {
            Slot::Id => self.id = raw,
            Slot::Time => self.time = read_time(raw),
            Slot::LogGroup => self.log_group = raw,
            Slot::LogStream => self.log_stream = raw,
            Slot::Log => match raw.iter().position(|&byte| byte == b':') {
                Some(colon) => {
                    self.account = raw.get(..colon).unwrap_or_default();
                    self.log_group = raw.get(colon + 1..).unwrap_or_default();
                }
                None => self.log_group = raw,
            },
            Slot::Account => self.account = raw,
            Slot::Region => self.region = raw,
            Slot::Function => self.function = raw,
            Slot::Extracted => self.put_extracted(raw),
            Slot::Message | Slot::Unknown => {}
        }
    }

    /// Takes `@aws.account` and `@aws.region`, which a subscription filter with `emitSystemFields` adds.
    fn put_extracted(&mut self, object: &'w [u8]) {
        let mut cursor = Cursor::new(object, 0, Controls::Allowed);
        if let Ok(extracted) = read_event(&mut cursor, Keys::CloudWatch, &mut Vec::new()) {
            self.account = extracted.account;
            self.region = extracted.region;
            if extracted.kind == TextKind::Escaped {
                self.kind = TextKind::Escaped;
            }
        }
    }

    /// The text of one of the members, without escapes; `None` if it is empty or not UTF-8.
    pub(super) fn text(&self, raw: &'w [u8]) -> Option<Cow<'w, str>> {
        let raw = std::str::from_utf8(raw).ok().filter(|text| !text.is_empty())?;
        match self.kind {
            TextKind::Plain => Some(Cow::Borrowed(raw)),
            TextKind::Escaped => Value { kind: Kind::String { escaped: true }, raw }.text(),
        }
    }

    pub(super) fn has_origin(&self) -> bool {
        ![self.log_group, self.log_stream, self.account, self.region, self.function]
            .iter()
            .all(|name| name.is_empty())
    }
}

/// Reads a time: Unix milliseconds or a date. A number outside of `i64` becomes the nearest `i64`.
fn read_time(raw: &[u8]) -> Option<UnixMillis> {
    if let Some(millis) = read_digits(raw) {
        return Some(UnixMillis(millis));
    }
    let text = std::str::from_utf8(raw).ok()?;
    let (number, _) = text.split_once('.').unwrap_or((text, ""));
    if let Ok(millis) = number.parse() {
        return Some(UnixMillis(millis));
    }
    let digits = number.strip_prefix('-').unwrap_or(number);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(UnixMillis(if number.starts_with('-') { i64::MIN } else { i64::MAX }));
    }
    timestamp::read_all(text)
}

/// Reads an unsigned decimal number. Nearly all times have this form, so it is tried first.
fn read_digits(raw: &[u8]) -> Option<i64> {
    let next = |number: i64, byte: &u8| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    };
    if raw.is_empty() { None } else { raw.iter().try_fold(0, next) }
}
