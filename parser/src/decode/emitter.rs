//! Hands events on, and says where they come from.

use super::{
    Event, Part, Receive, Text,
    event::{Keys, Members, read_event, read_fields, text_of},
    message::{Message, text_kind, unescape_into},
};
use crate::{
    json::{Cursor, Stop},
    origin::{Origin, replace},
    units::UnixMillis,
};

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
