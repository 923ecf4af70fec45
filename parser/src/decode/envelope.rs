//! Log events out of JSON documents: where the documents and their arrays of events begin and end.

use super::{
    DecodeError, MESSAGE_LIMIT, More, Receive, Scan, Window, emitter::Emitter, event::Keys, long::LongMessage,
};
use crate::{
    json::{Controls, Cursor, Kind, Stop},
    origin::{Origin, replace},
};

/// A document whose events come before its origin is held back up to this size, so that the origin is known first.
const PATIENCE: usize = 16 * 1024 * 1024;

/// An event incomplete at this size has an overlong message: escapes make a message up to six times longer.
const EVENT_LIMIT: usize = 4 * MESSAGE_LIMIT;

/// Where the events are in the JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// In an array of a document that says where they come from: subscription documents (`logEvents`), pages of
    /// `filter-log-events` and `get-log-events` (`events`), `get-query-results` (`results`).
    #[default]
    Documents,
    /// Each an object of its own, one after the other or in one array: NDJSON, Logs Insights' JSON export.
    Events,
}

/// Reads log events out of the JSON forms that carry them, one after the other, without a bound on their number.
#[derive(Debug, Default)]
pub struct Envelope {
    shape: Shape,
    place: Place,
    header: Header,
    emitter: Emitter,
}

/// Where in the input the next unread byte stands.
#[derive(Debug, Default)]
enum Place {
    /// Before a document, or behind the last.
    #[default]
    Between,
    /// In a document, before a member or its end.
    Members,
    /// In a document's array of events.
    Events,
    /// In a message that is handed on in parts.
    Long(LongMessage),
}

/// What a document says of itself.
#[derive(Debug, Default)]
struct Header {
    account: String,
    log_group: String,
    log_stream: String,
    message_type: String,
}

impl Header {
    fn clear(&mut self) {
        for field in [&mut self.account, &mut self.log_group, &mut self.log_stream, &mut self.message_type] {
            field.clear();
        }
    }

    /// True when nothing that a subscription document says of itself is missing.
    fn is_complete(&self) -> bool {
        [&self.account, &self.log_group, &self.log_stream, &self.message_type]
            .iter()
            .all(|field| !field.is_empty())
    }

    fn is_control(&self) -> bool {
        self.message_type == "CONTROL_MESSAGE"
    }

    fn slot(&mut self, key: &[u8]) -> Option<&mut String> {
        match key {
            b"owner" => Some(&mut self.account),
            b"logGroup" => Some(&mut self.log_group),
            b"logStream" => Some(&mut self.log_stream),
            b"messageType" => Some(&mut self.message_type),
            _ => None,
        }
    }
}

impl Envelope {
    /// A reader of one form; `fallback` is where events come from as far as the documents do not say.
    #[must_use]
    pub fn new(shape: Shape, keys: Keys, fallback: Origin) -> Self {
        Self { shape, emitter: Emitter::new(keys, fallback), ..Self::default() }
    }
}

impl Scan for Envelope {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        loop {
            let offset = window.offset();
            match self.step(window.unread(), more, receive) {
                Ok(used) => window.consume(used),
                Err(Stop::Incomplete) => {
                    window.consume(self.place.blank(window.unread()));
                    // What is longer than anything that is waited for would fill the memory.
                    if window.unread().len() < PATIENCE {
                        break;
                    }
                    return Err(DecodeError::Envelope {
                        offset: window.offset(),
                        reason: self.place.expected(),
                    });
                }
                Err(Stop::Malformed(at)) => {
                    return Err(DecodeError::Envelope {
                        offset: after(offset, at),
                        reason: self.place.expected(),
                    });
                }
            }
        }
        let rest = window.unread();
        let is_between = matches!(self.place, Place::Between) && rest.iter().all(|&byte| is_separator(byte));
        if more == More::Maybe || is_between {
            return Ok(());
        }
        Err(DecodeError::Cut { offset: after(window.offset(), rest.len()) })
    }
}

fn after(offset: u64, n: usize) -> u64 {
    offset.saturating_add(u64::try_from(n).unwrap_or(u64::MAX))
}

/// White space, and what stands around the documents of an array or behind a byte order mark.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']' | 0xEF | 0xBB | 0xBF)
}

impl Place {
    /// How many bytes at the front mean nothing here, so that any number of them takes no room.
    fn blank(&self, bytes: &[u8]) -> usize {
        let is_blank: fn(u8) -> bool = match self {
            Self::Between => is_separator,
            Self::Members | Self::Events => |byte| byte.is_ascii_whitespace(),
            Self::Long(_) => return 0,
        };
        bytes.iter().position(|&byte| !is_blank(byte)).unwrap_or(bytes.len())
    }

    fn expected(&self) -> &'static str {
        match self {
            Self::Between => "expected a JSON document",
            Self::Members => "expected a member of the document",
            Self::Events => "expected a log event",
            Self::Long(_) => "expected the rest of a long message",
        }
    }
}

impl Envelope {
    /// Reads one thing, and says how many bytes it took.
    fn step(&mut self, bytes: &[u8], more: More, receive: &mut dyn Receive) -> Result<usize, Stop> {
        match &mut self.place {
            Place::Between => self.begin(bytes, receive),
            Place::Members => self.member(bytes, more),
            Place::Events => self.event(bytes, receive),
            Place::Long(long) => {
                let (used, ended) = long.step(bytes, &mut self.emitter, receive)?;
                if ended {
                    self.place = self.around_events();
                }
                Ok(used)
            }
        }
    }

    fn around_events(&self) -> Place {
        match self.shape {
            Shape::Documents => Place::Events,
            Shape::Events => Place::Between,
        }
    }

    fn begin(&mut self, bytes: &[u8], receive: &mut dyn Receive) -> Result<usize, Stop> {
        let at = bytes.iter().position(|&byte| !is_separator(byte)).ok_or(Stop::Incomplete)?;
        match (self.shape, bytes.get(at)) {
            (Shape::Documents, Some(b'{')) => {
                self.header.clear();
                self.place = Place::Members;
                Ok(at + 1)
            }
            (Shape::Events, Some(b'{')) => self.one_event(bytes, at, receive),
            _ => Err(Stop::Malformed(at)),
        }
    }

    fn member(&mut self, bytes: &[u8], more: More) -> Result<usize, Stop> {
        let mut cursor = Cursor::new(bytes, 0, Controls::Allowed);
        match cursor.skip_space()? {
            b'}' => {
                self.place = Place::Between;
                Ok(cursor.at + 1)
            }
            b',' => Ok(cursor.at + 1),
            _ => {
                let key = cursor.key()?;
                if is_event_list(key) && cursor.skip_space()? == b'[' {
                    self.complete_header(cursor, more)?;
                    self.emitter.document(
                        &self.header.account,
                        &self.header.log_group,
                        &self.header.log_stream,
                    );
                    self.place = Place::Events;
                    return Ok(cursor.at + 1);
                }
                self.header_member(key, &mut cursor)?;
                Ok(cursor.at)
            }
        }
    }

    fn header_member(&mut self, key: &[u8], cursor: &mut Cursor<'_>) -> Result<(), Stop> {
        let found = cursor.value()?;
        if found.kind == Kind::Number && cursor.at == cursor.bytes.len() {
            // It may go on with what has not arrived yet.
            return Err(Stop::Incomplete);
        }
        let text = cursor.bytes.get(found.span).and_then(|raw| std::str::from_utf8(raw).ok());
        if let (Kind::String { .. }, Some(slot), Some(text)) = (found.kind, self.header.slot(key), text) {
            replace(slot, text);
        }
        Ok(())
    }

    /// AWS writes a document's origin before its events, but other tools sort its keys: then what stands behind the
    /// events is read first, as far as patience and the input reach.
    fn complete_header(&mut self, mut cursor: Cursor<'_>, more: More) -> Result<(), Stop> {
        if self.header.is_complete() {
            return Ok(());
        }
        let looked = self.look_behind_events(&mut cursor);
        let may_wait = more == More::Maybe && cursor.bytes.len() < PATIENCE;
        match looked {
            Err(Stop::Incomplete) if may_wait => Err(Stop::Incomplete),
            // Damage behind the events does not make them less real.
            Ok(()) | Err(Stop::Incomplete | Stop::Malformed(_)) => Ok(()),
        }
    }

    /// What comes when all is known is not looked at, be it a second name: it may not have arrived.
    fn look_behind_events(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Stop> {
        cursor.value()?;
        while !self.header.is_complete() && cursor.another(b'}')? {
            let key = cursor.key()?;
            self.header_member(key, cursor)?;
        }
        Ok(())
    }

    fn event(&mut self, bytes: &[u8], receive: &mut dyn Receive) -> Result<usize, Stop> {
        let mut cursor = Cursor::new(bytes, 0, Controls::Allowed);
        match cursor.skip_space()? {
            b']' => {
                self.place = Place::Members;
                if self.header.is_control() {
                    receive.control_message();
                }
                Ok(cursor.at + 1)
            }
            b',' => Ok(cursor.at + 1),
            _ if self.header.is_control() => {
                cursor.value()?;
                Ok(cursor.at)
            }
            _ => self.one_event(bytes, cursor.at, receive),
        }
    }

    fn one_event(&mut self, bytes: &[u8], at: usize, receive: &mut dyn Receive) -> Result<usize, Stop> {
        let mut cursor = Cursor::new(bytes, at, Controls::Allowed);
        match self.emitter.read(&mut cursor) {
            Ok(event) => {
                self.emitter.emit(&event, receive);
                Ok(cursor.at)
            }
            Err(Stop::Incomplete) if bytes.len() >= EVENT_LIMIT => {
                let (long, used) = LongMessage::find(bytes, at, &mut self.emitter, receive)?;
                self.place = Place::Long(long);
                Ok(used)
            }
            Err(stop) => Err(stop),
        }
    }
}

/// Names of the arrays that hold events.
fn is_event_list(key: &[u8]) -> bool {
    matches!(key, b"logEvents" | b"events" | b"results")
}
