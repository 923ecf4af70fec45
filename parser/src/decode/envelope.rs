//! Scanner for log events in JSON: tracks where documents and their arrays of events begin and end.

use super::{
    DecodeError, MESSAGE_LIMIT, More, Receive, Scan, Window, emitter::Emitter, event::Keys, long::LongMessage,
};
use crate::{
    json::{Controls, Cursor, Kind, Stop, Value},
    origin::{Origin, replace},
};

/// Limit in bytes for holding text back: a document whose events come before its origin is held up to this size, so
/// that the origin can be read first.
const MAX_HELD_BACK: usize = 16 * 1024 * 1024;

/// Size in bytes from which an incomplete event is read as one with a long message. Escapes make a message up to six
/// times longer.
const EVENT_LIMIT: usize = 4 * MESSAGE_LIMIT;

/// Arrangement of log events in the JSON text of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Documents with a header and an array of events: subscription documents (`logEvents`), pages of
    /// `filter-log-events` and `get-log-events` (`events`), `get-query-results` (`results`).
    #[default]
    Documents,
    /// One JSON object for each event, one after the other or in one array: NDJSON, the JSON export of Logs Insights.
    Events,
}

/// Scanner for log events in JSON text of any length.
#[derive(Debug, Default)]
pub struct Envelope {
    shape: Shape,
    position: Position,
    header: Header,
    emitter: Emitter,
}

/// Position of the next unread byte within the JSON structure.
#[derive(Debug, Default)]
enum Position {
    /// Before a document, or after the last one.
    #[default]
    BetweenDocuments,
    /// In a document, before a member or its end.
    Members,
    /// In a document's array of events.
    Events,
    /// In a message that is passed on in parts.
    Long(LongMessage),
}

/// Header of a document: the members beside its events.
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

    /// True if no header member of a subscription document is missing.
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
    /// Creates a scanner; `fallback` supplies the parts of the origin that the documents do not name.
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
                    window.consume(self.position.leading_blank(window.unread()));
                    // Longer than any item that may be held back: waiting for its end would fill the memory.
                    if window.unread().len() < MAX_HELD_BACK {
                        break;
                    }
                    return Err(DecodeError::Envelope {
                        offset: window.offset(),
                        reason: self.position.expected(),
                    });
                }
                Err(Stop::Malformed(at)) => {
                    return Err(DecodeError::Envelope {
                        offset: offset_after(offset, at),
                        reason: self.position.expected(),
                    });
                }
            }
        }
        let rest = window.unread();
        let is_between = matches!(self.position, Position::BetweenDocuments)
            && rest.iter().all(|&byte| is_separator(byte));
        if more == More::Maybe || is_between {
            return Ok(());
        }
        Err(DecodeError::IncompleteDocument { offset: offset_after(window.offset(), rest.len()) })
    }
}

/// `offset` plus `n` bytes.
fn offset_after(offset: u64, n: usize) -> u64 {
    offset.saturating_add(u64::try_from(n).unwrap_or(u64::MAX))
}

/// True for bytes that may stand between documents: white space, the punctuation of an array, a byte order mark.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']' | 0xEF | 0xBB | 0xBF)
}

impl Position {
    /// Number of leading bytes that carry no information at this position. They are dropped at once, so that any
    /// number of them takes no memory.
    fn leading_blank(&self, bytes: &[u8]) -> usize {
        let is_blank: fn(u8) -> bool = match self {
            Self::BetweenDocuments => is_separator,
            Self::Members | Self::Events => |byte| byte.is_ascii_whitespace(),
            Self::Long(_) => return 0,
        };
        bytes.iter().position(|&byte| !is_blank(byte)).unwrap_or(bytes.len())
    }

    fn expected(&self) -> &'static str {
        match self {
            Self::BetweenDocuments => "expected a JSON document",
            Self::Members => "expected a member of the document",
            Self::Events => "expected a log event",
            Self::Long(_) => "expected the rest of a long message",
        }
    }
}

impl Envelope {
    /// Reads the next element at the current position (begin of a document, member, event, or part of a long message)
    /// and returns its length in bytes.
    fn step(&mut self, bytes: &[u8], more: More, receive: &mut dyn Receive) -> Result<usize, Stop> {
        match &mut self.position {
            Position::BetweenDocuments => self.begin(bytes, receive),
            Position::Members => self.member(bytes, more),
            Position::Events => self.event(bytes, receive),
            Position::Long(long) => {
                let (used, ended) = long.step(bytes, &mut self.emitter, receive)?;
                if ended {
                    self.position = self.position_after_event();
                }
                Ok(used)
            }
        }
    }

    /// Position after the last byte of an event.
    fn position_after_event(&self) -> Position {
        match self.shape {
            Shape::Documents => Position::Events,
            Shape::Events => Position::BetweenDocuments,
        }
    }

    fn begin(&mut self, bytes: &[u8], receive: &mut dyn Receive) -> Result<usize, Stop> {
        let at = bytes.iter().position(|&byte| !is_separator(byte)).ok_or(Stop::Incomplete)?;
        match (self.shape, bytes.get(at)) {
            (Shape::Documents, Some(b'{')) => {
                self.header.clear();
                self.position = Position::Members;
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
                self.position = Position::BetweenDocuments;
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
                    self.position = Position::Events;
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
            // Further digits may not have arrived yet.
            return Err(Stop::Incomplete);
        }
        let raw = cursor.bytes.get(found.span).and_then(|raw| std::str::from_utf8(raw).ok());
        let text = raw.and_then(|raw| Value { kind: found.kind, raw }.text());
        if let (Some(slot), Some(text)) = (self.header.slot(key), text) {
            replace(slot, &text);
        }
        Ok(())
    }

    /// Reads the header members after the events first, if some are still missing. AWS writes a document's origin
    /// before its events, but other tools sort the keys. Waits for more input up to [`MAX_HELD_BACK`].
    fn complete_header(&mut self, mut cursor: Cursor<'_>, more: More) -> Result<(), Stop> {
        if self.header.is_complete() {
            return Ok(());
        }
        let result = self.read_header_after_events(&mut cursor);
        let may_wait = more == More::Maybe && cursor.bytes.len() < MAX_HELD_BACK;
        match result {
            Err(Stop::Incomplete) if may_wait => Err(Stop::Incomplete),
            // The events are valid even if the text after them is damaged.
            Ok(()) | Err(Stop::Incomplete | Stop::Malformed(_)) => Ok(()),
        }
    }

    /// Skips the events and reads header members until the header is complete. Later members are not needed, and may
    /// not have arrived yet.
    fn read_header_after_events(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Stop> {
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
                self.position = Position::Members;
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
                self.position = Position::Long(long);
                Ok(used)
            }
            Err(stop) => Err(stop),
        }
    }
}

/// True for the names of arrays that hold events.
fn is_event_list(key: &[u8]) -> bool {
    matches!(key, b"logEvents" | b"events" | b"results")
}
