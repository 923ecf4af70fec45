//! One event of a JSON document: its members found in the window, its message unescaped.

use super::message::{Message, read_message};
use crate::{
    json::{Controls, Cursor, Kind, Stop},
    timestamp,
    units::UnixMillis,
};

/// Which names an event's members have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// CloudWatch's: `id`, `timestamp`, `message`, `logStreamName`, `@message` …
    #[default]
    CloudWatch,
    /// Our own records': `event_id`, `time`, `body`, `log_group` …
    Records,
}

/// What a member of an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Id,
    Time,
    Message,
    LogGroup,
    LogStream,
    /// `account:group`, as Logs Insights writes it.
    Log,
    Account,
    Region,
    Function,
    /// System fields among the fields a subscription filter extracted.
    Extracted,
    Unknown,
}

impl Keys {
    pub(super) fn slot(self, key: &[u8]) -> Slot {
        match self {
            Self::CloudWatch => match key {
                b"id" | b"eventId" | b"@ptr" => Slot::Id,
                b"timestamp" | b"@timestamp" => Slot::Time,
                b"message" | b"@message" => Slot::Message,
                b"logStreamName" | b"logStream" | b"@logStream" => Slot::LogStream,
                b"logGroupName" | b"logGroup" => Slot::LogGroup,
                b"@log" => Slot::Log,
                b"@aws.account" | b"owner" => Slot::Account,
                b"@aws.region" => Slot::Region,
                b"extractedFields" => Slot::Extracted,
                _ => Slot::Unknown,
            },
            Self::Records => match key {
                b"event_id" => Slot::Id,
                b"time" => Slot::Time,
                b"body" => Slot::Message,
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

/// An event's members where they stand in the window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Members<'w> {
    pub(super) id: &'w [u8],
    pub(super) time: Option<UnixMillis>,
    pub(super) message: Message<'w>,
    pub(super) log_group: &'w [u8],
    pub(super) log_stream: &'w [u8],
    pub(super) account: &'w [u8],
    pub(super) region: &'w [u8],
    pub(super) function: &'w [u8],
}

/// Reads an event that is an object.
pub(super) fn read_event<'w>(
    cursor: &mut Cursor<'w>,
    keys: Keys,
    scratch: &mut Vec<u8>,
) -> Result<Members<'w>, Stop> {
    let mut members = Members::default();
    let mut more = cursor.enter(b'{', b'}')?;
    while more {
        let key = cursor.key()?;
        members.read(keys.slot(key), cursor, scratch)?;
        more = cursor.another(b'}')?;
    }
    Ok(members)
}

/// Reads an event that is an array of `{"field":NAME,"value":VALUE}`, as `get-query-results` gives them.
pub(super) fn read_fields<'w>(
    cursor: &mut Cursor<'w>,
    keys: Keys,
    scratch: &mut Vec<u8>,
) -> Result<Members<'w>, Stop> {
    let mut members = Members::default();
    let mut more = cursor.enter(b'[', b']')?;
    while more {
        if let (Some(name), Some(mut value)) = read_field(cursor)? {
            members.read(keys.slot(name), &mut value, scratch)?;
        }
        more = cursor.another(b']')?;
    }
    Ok(members)
}

/// A field's name, and a cursor at its value.
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

impl<'w> Members<'w> {
    /// Reads the value at the cursor.
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

    /// `@aws.account` and `@aws.region`, which a filter with `emitSystemFields` adds.
    fn put_extracted(&mut self, object: &'w [u8]) {
        let mut cursor = Cursor::new(object, 0, Controls::Allowed);
        if let Ok(extracted) = read_event(&mut cursor, Keys::CloudWatch, &mut Vec::new()) {
            self.account = extracted.account;
            self.region = extracted.region;
        }
    }

    pub(super) fn names_an_origin(&self) -> bool {
        ![self.log_group, self.log_stream, self.account, self.region, self.function]
            .iter()
            .all(|name| name.is_empty())
    }
}

/// Unix milliseconds, or a date; beyond what 64 bits hold, the last time they hold.
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

/// A whole number, as nearly all times are.
fn read_digits(raw: &[u8]) -> Option<i64> {
    let next = |number: i64, byte: &u8| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    };
    if raw.is_empty() { None } else { raw.iter().try_fold(0, next) }
}

/// A text that says something.
pub(super) fn text_of(raw: &[u8]) -> Option<&str> {
    std::str::from_utf8(raw).ok().filter(|text| !text.is_empty())
}
