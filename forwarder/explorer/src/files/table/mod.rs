//! Scanner of tables of log events as text: the ASCII table and the Markdown that the CloudWatch console and Logs
//! Insights copy, and tables of the AWS CLI.

mod entities;
mod row;

use tailwater_forwarder::source::lines::{Lines, Message, SegmentStart};
use tailwater_parser::{
    DecodeError, Event, Receive, UnixMillis,
    decode::{More, Window},
};

pub(super) use self::row::{Header, titles};
use self::row::{Row, RowEvent, RowKind, is_ruler};
use super::{
    origin::{OriginTracker, RowOrigin},
    scan_report::ScanReport,
    scanner::FormatScanner,
};

/// Maximum length of a row in bytes. A longer one is ended there.
const ROW_LIMIT: usize = 8 * 1024 * 1024;

/// Scanner of a table with a message column, perhaps below other text.
pub(super) struct TableScanner {
    lines: Lines,
    origins: OriginTracker,
    preamble: Preamble,
    header: Option<Header>,
    /// Text of the row that is being read: several lines if its message has line feeds.
    row: String,
    event: PendingEvent,
}

/// Facts in the text before a table, which Logs Insights writes. An empty string means not given.
#[derive(Debug, Default)]
struct Preamble {
    log_group: String,
    region: String,
}

impl Preamble {
    fn read(&mut self, line: &str) {
        let value = |name| line.trim().strip_prefix(name).map(str::trim);
        if let Some(region) = value("region:") {
            region.clone_into(&mut self.region);
        }
        // With several groups, only a column can tell the group of a row.
        if let Some(group) = value("log-group-names:").filter(|groups| !groups.contains([',', ' '])) {
            group.clone_into(&mut self.log_group);
        }
    }
}

/// Event of the last row, whose message further rows may continue.
#[derive(Debug, Default)]
struct PendingEvent {
    state: EventState,
    id: String,
    time: Option<UnixMillis>,
    message: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum EventState {
    #[default]
    NoEvent,
    Pending,
}

impl TableScanner {
    pub(super) fn new(origins: OriginTracker) -> Self {
        Self {
            lines: Lines::default(),
            origins,
            preamble: Preamble::default(),
            header: None,
            row: String::new(),
            event: PendingEvent::default(),
        }
    }

    fn read_line(&mut self, line: &str, receive: &mut dyn Receive) {
        let Some(header) = &mut self.header else {
            self.header = Header::read(line);
            if self.header.is_none() {
                self.preamble.read(line);
            }
            return;
        };
        if is_ruler(line) {
            header.see_ruler(line);
            self.end_row(receive);
            return self.end_event(receive);
        }
        if header.begins_row(line) {
            self.end_row(receive);
        } else if self.row.is_empty() {
            return; // Text below the table.
        }
        self.row.push_str(line);
        if line.trim_end().ends_with('|') || self.row.len() > ROW_LIMIT {
            self.end_row(receive);
        }
    }

    fn end_row(&mut self, receive: &mut dyn Receive) {
        let text = std::mem::take(&mut self.row);
        let row = self.header.as_ref().and_then(|header| Row::read(&text, header)).map(|row| row.event());
        let Some(RowEvent { kind, id, time, log, log_stream, message }) = row else { return };
        if kind == RowKind::Continuation && self.event.state == EventState::Pending {
            self.event.message.push('\n');
            self.event.message.push_str(&message);
            return;
        }
        self.end_event(receive);
        let (account, log_group) = log.split_once(':').unwrap_or(("", &log));
        let log_group = if log_group.is_empty() { &self.preamble.log_group } else { log_group };
        let (region, log_stream) = (&self.preamble.region, &log_stream);
        self.origins.announce(RowOrigin { account, region, log_group, log_stream }, receive);
        self.event = PendingEvent { state: EventState::Pending, id, time, message };
    }

    fn end_event(&mut self, receive: &mut dyn Receive) {
        let PendingEvent { state, id, time, message } = std::mem::take(&mut self.event);
        if state == EventState::NoEvent {
            return;
        }
        let id = Some(id.as_str()).filter(|id| !id.is_empty());
        let mut emit = |message: &str, part, utf8| receive.event(&Event { id, time, message, part, utf8 });
        let mut parts = Message::default();
        parts.push(message.as_bytes(), &mut emit);
        parts.finish(&mut emit);
    }
}

impl FormatScanner for TableScanner {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        _: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            let text = String::from_utf8_lossy(segment.bytes);
            match segment.start {
                SegmentStart::Line => self.read_line(&text, receive),
                SegmentStart::Continuation => self.row.push_str(&text),
            }
            let len = segment.bytes.len();
            window.consume(len);
        }
        if more != More::Maybe {
            self.flush(receive);
        }
        Ok(())
    }

    fn flush(&mut self, receive: &mut dyn Receive) {
        self.end_row(receive);
        self.end_event(receive);
    }
}
