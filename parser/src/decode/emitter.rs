//! The last step of decoding: passes events and their origin to the receiver.

use std::borrow::Cow;

use super::{
    Event, Part, Receive, Utf8,
    event::{EventMembers, Keys, read_event, read_fields},
    message::{Message, unescape_into, utf8_of},
};
use crate::{
    json::{Cursor, Stop},
    origin::{Origin, replace},
    units::UnixMillis,
};

/// Passes events to a [`Receive`], and announces their origin whenever it changes.
#[derive(Debug, Default)]
pub(super) struct Emitter {
    keys: Keys,
    fallback: Origin,
    document: Origin,
    current: Origin,
    /// True if the receiver was given `current`.
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

    /// Reads the event at the cursor: a JSON object, or a JSON array of fields.
    pub(super) fn read<'w>(&mut self, cursor: &mut Cursor<'w>) -> Result<EventMembers<'w>, Stop> {
        match cursor.peek()? {
            b'[' => read_fields(cursor, self.keys, &mut self.scratch),
            _ => read_event(cursor, self.keys, &mut self.scratch),
        }
    }

    /// Begins a document with the origin that its header names; an empty text means that the header lacks it.
    pub(super) fn document(&mut self, account: &str, log_group: &str, log_stream: &str) {
        self.document.copy_from(&self.fallback);
        if !account.is_empty() {
            replace(&mut self.document.account, account);
        }
        set_names(&mut self.document, &self.fallback, log_group, log_stream);
        self.current.copy_from(&self.document);
        self.is_announced = false;
    }

    pub(super) fn emit(&mut self, members: &EventMembers<'_>, receive: &mut dyn Receive) {
        self.announce_origin(members, receive);
        let (bytes, utf8) = match members.message {
            Message::Plain(bytes) => (bytes, Utf8::Valid),
            Message::Unescaped(end, utf8) => (self.scratch.get(..end).unwrap_or_default(), utf8),
        };
        let id = members.text(members.id);
        send_event(receive, id.as_deref(), members.time, bytes, Part::Whole, utf8);
    }

    /// Passes one part of a long message on to the receiver; `raw` is that part as JSON text, still escaped.
    pub(super) fn emit_part(
        &mut self,
        raw: &[u8],
        header: &EventHeader,
        part: Part,
        receive: &mut dyn Receive,
    ) {
        let done = unescape_into(raw, &mut self.scratch);
        let bytes = self.scratch.get(..done.written).unwrap_or_default();
        send_event(receive, header.id.as_deref(), header.time, bytes, part, utf8_of(&done));
    }

    /// Announces the origin of the event if it differs from the one announced last.
    pub(super) fn announce_origin(&mut self, members: &EventMembers<'_>, receive: &mut dyn Receive) {
        if members.has_origin() {
            self.apply_event_origin(members);
        }
        if !self.is_announced {
            receive.batch(&self.current);
            self.is_announced = true;
        }
    }

    /// Applies the origin that the event itself names; it takes precedence over the document's.
    fn apply_event_origin(&mut self, members: &EventMembers<'_>) {
        let document = &self.document;
        let log_group = text_or(members, members.log_group, document.log_group());
        let log_stream = text_or(members, members.log_stream, document.log_stream());
        let account = text_or(members, members.account, &document.account);
        let region = text_or(members, members.region, &document.region);
        let function = members.text(members.function);
        let is_same = log_group == self.current.log_group()
            && log_stream == self.current.log_stream()
            && account == self.current.account
            && region == self.current.region
            && function.as_ref().is_none_or(|function| function == self.current.function());
        if is_same {
            return;
        }
        replace(&mut self.current.account, &account);
        replace(&mut self.current.region, &region);
        set_names(&mut self.current, &self.fallback, &log_group, &log_stream);
        if let Some(function) = function {
            self.current.set_function(&function);
        }
        self.is_announced = false;
    }
}

/// Id and time of an event that is passed on in parts.
#[derive(Debug, Default)]
pub(super) struct EventHeader {
    pub(super) id: Option<String>,
    pub(super) time: Option<UnixMillis>,
}

impl EventHeader {
    pub(super) fn new(members: &EventMembers<'_>) -> Self {
        Self { id: members.text(members.id).map(Cow::into_owned), time: members.time }
    }
}

/// Text of a member of an event; `otherwise` if the event does not have it.
fn text_or<'t>(members: &EventMembers<'t>, raw: &'t [u8], otherwise: &'t str) -> Cow<'t, str> {
    members.text(raw).unwrap_or(Cow::Borrowed(otherwise))
}

/// Sets group, stream and function of `origin`; an empty name is taken from `fallback`.
fn set_names(origin: &mut Origin, fallback: &Origin, log_group: &str, log_stream: &str) {
    let or = |name: &str, otherwise: &str| {
        if name.is_empty() { otherwise.to_owned() } else { name.to_owned() }
    };
    let (log_group, log_stream) =
        (or(log_group, fallback.log_group()), or(log_stream, fallback.log_stream()));
    origin.set_names(&log_group, &log_stream);
    // The group of another service has no function: that of the fallback is only for events without a group.
    if origin.function().is_empty() && log_group == fallback.log_group() {
        origin.set_function(fallback.function());
    }
}

/// Passes one event to the receiver; bytes that are not UTF-8 are replaced and the event is marked.
fn send_event(
    receive: &mut dyn Receive,
    id: Option<&str>,
    time: Option<UnixMillis>,
    bytes: &[u8],
    part: Part,
    utf8: Utf8,
) {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(message) => receive.event(&Event { id, time, message, part, utf8 }),
        Err(_) => {
            let message = String::from_utf8_lossy(bytes);
            receive.event(&Event { id, time, message: &message, part, utf8: Utf8::Repaired });
        }
    }
}
