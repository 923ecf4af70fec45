//! One event of a JSON document: its members found in the window, its message unescaped, handed on.

use super::{
    Event, Part, Receive, Text,
    message::{Message, read_message, text_kind, unescape_into},
};
use crate::{
    json::{Controls, Cursor, Kind, Stop},
    origin::{Origin, replace},
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
    id: &'w [u8],
    time: Option<UnixMillis>,
    message: Message<'w>,
    log_group: &'w [u8],
    log_stream: &'w [u8],
    account: &'w [u8],
    region: &'w [u8],
    function: &'w [u8],
}

/// Reads an event that is an object.
fn read_event<'w>(cursor: &mut Cursor<'w>, keys: Keys, scratch: &mut Vec<u8>) -> Result<Members<'w>, Stop> {
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
fn read_fields<'w>(cursor: &mut Cursor<'w>, keys: Keys, scratch: &mut Vec<u8>) -> Result<Members<'w>, Stop> {
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

    fn names_an_origin(&self) -> bool {
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

/// Hands events on, and says where they come from whenever that changes.
#[derive(Debug, Default)]
pub(super) struct Emitter {
    keys: Keys,
    fallback: Origin,
    document: Origin,
    current: Origin,
    /// Whether `current` was announced.
    is_announced: bool,
    scratch: Vec<u8>,
}

impl Emitter {
    pub(super) fn new(keys: Keys, fallback: Origin) -> Self {
        Self { keys, document: fallback.clone(), current: fallback.clone(), fallback, ..Self::default() }
    }

    pub(super) fn keys(&self) -> Keys {
        self.keys
    }

    /// Reads the event at the cursor: an object, or an array of fields.
    pub(super) fn read<'w>(&mut self, cursor: &mut Cursor<'w>) -> Result<Members<'w>, Stop> {
        match cursor.peek()? {
            b'[' => read_fields(cursor, self.keys, &mut self.scratch),
            _ => read_event(cursor, self.keys, &mut self.scratch),
        }
    }

    /// A document begins, and this is what it says of its events.
    pub(super) fn document(&mut self, account: &str, log_group: &str, log_stream: &str) {
        self.document.copy_from(&self.fallback);
        if !account.is_empty() {
            replace(&mut self.document.account, account);
        }
        name(&mut self.document, &self.fallback, log_group, log_stream);
        self.current.copy_from(&self.document);
        self.is_announced = false;
    }

    pub(super) fn emit(&mut self, members: &Members<'_>, receive: &mut dyn Receive) {
        self.locate(members, receive);
        let (bytes, text) = match members.message {
            Message::Plain(bytes) => (bytes, Text::Utf8),
            Message::Unescaped(end, text) => (self.scratch.get(..end).unwrap_or_default(), text),
        };
        let id = text_of(members.id);
        hand_on(receive, id, members.time, bytes, Part::Whole, text);
    }

    /// One part of a message whose raw text is `raw`.
    pub(super) fn emit_part(&mut self, raw: &[u8], of: &PartOf, part: Part, receive: &mut dyn Receive) {
        let done = unescape_into(raw, &mut self.scratch);
        let bytes = self.scratch.get(..done.written).unwrap_or_default();
        hand_on(receive, of.id.as_deref(), of.time, bytes, part, text_kind(&done));
    }

    /// Says where the event comes from, if that is news.
    pub(super) fn locate(&mut self, members: &Members<'_>, receive: &mut dyn Receive) {
        if members.names_an_origin() {
            self.overlay(members);
        }
        if !self.is_announced {
            receive.batch(&self.current);
            self.is_announced = true;
        }
    }

    /// What an event itself says of its origin prevails over its document.
    fn overlay(&mut self, members: &Members<'_>) {
        let or = |raw, otherwise| text_of(raw).unwrap_or(otherwise);
        let log_group = or(members.log_group, self.document.log_group());
        let log_stream = or(members.log_stream, self.document.log_stream());
        let account = or(members.account, &self.document.account);
        let region = or(members.region, &self.document.region);
        let function = text_of(members.function);
        let is_same = log_group == self.current.log_group()
            && log_stream == self.current.log_stream()
            && account == self.current.account
            && region == self.current.region
            && function.is_none_or(|function| function == self.current.function());
        if is_same {
            return;
        }
        replace(&mut self.current.account, account);
        replace(&mut self.current.region, region);
        name(&mut self.current, &self.fallback, log_group, log_stream);
        if let Some(function) = function {
            self.current.set_function(function);
        }
        self.is_announced = false;
    }
}

/// The event that parts belong to.
#[derive(Debug, Default)]
pub(super) struct PartOf {
    pub(super) id: Option<String>,
    pub(super) time: Option<UnixMillis>,
}

impl PartOf {
    pub(super) fn of(members: &Members<'_>) -> Self {
        Self { id: text_of(members.id).map(str::to_owned), time: members.time }
    }
}

/// A text that says something.
fn text_of(raw: &[u8]) -> Option<&str> {
    std::str::from_utf8(raw).ok().filter(|text| !text.is_empty())
}

fn name(origin: &mut Origin, fallback: &Origin, log_group: &str, log_stream: &str) {
    let or = |text: &str, otherwise: &str| {
        if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
    };
    let (log_group, log_stream) =
        (or(log_group, fallback.log_group()), or(log_stream, fallback.log_stream()));
    origin.set_names(&log_group, &log_stream);
    if origin.function().is_empty() {
        origin.set_function(fallback.function());
    }
}

fn hand_on(
    receive: &mut dyn Receive,
    id: Option<&str>,
    time: Option<UnixMillis>,
    bytes: &[u8],
    part: Part,
    text: Text,
) {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(message) => receive.event(&Event { id, time, message, part, text }),
        Err(_) => {
            let message = String::from_utf8_lossy(bytes);
            receive.event(&Event { id, time, message: &message, part, text: Text::Repaired });
        }
    }
}
