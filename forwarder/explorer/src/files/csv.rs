//! CSV of the console (`timestamp,message`) and of Logs Insights (the columns that its query chose), row by row.

use csv_core::ReadRecordResult;
use tailwater_forwarder::source::lines::Message;
use tailwater_parser::{
    DecodeError, Event, Receive, UnixMillis,
    decode::{More, Window},
    timestamp,
};

use super::{
    Notes, ScanForm,
    place::{Named, Place},
};

/// A row longer than this is a quote that nothing closes: a message is at most 1 MiB, and twice that when escaped.
const ROW_LIMIT: usize = 8 * 1024 * 1024;

/// What a column says of its row's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Time,
    Message,
    LogStream,
    /// `account:group`
    Log,
    Id,
    Other,
}

impl Column {
    /// Read from its title.
    pub(super) fn of(title: &[u8]) -> Self {
        match title.trim_ascii().to_ascii_lowercase().as_slice() {
            b"timestamp" | b"@timestamp" => Self::Time,
            b"message" | b"@message" => Self::Message,
            b"@logstream" | b"logstreamname" => Self::LogStream,
            b"@log" => Self::Log,
            b"@ptr" | b"eventid" | b"@eventid" => Self::Id,
            _ => Self::Other,
        }
    }
}

/// Reads CSV whose first row names its columns.
pub(super) struct Csv {
    reader: csv_core::Reader,
    row: Row,
    columns: Vec<Column>,
    mode: Mode,
    place: Place,
    message: Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Titles,
    Rows,
    /// To the next line, behind a row that is too long.
    Skipping,
}

impl Csv {
    pub(super) fn new(place: Place) -> Self {
        let (row, mode) = (Row::default(), Mode::Titles);
        let (columns, message) = (Vec::new(), Message::default());
        Self { reader: csv_core::Reader::new(), row, columns, mode, place, message }
    }

    fn row(&mut self, receive: &mut dyn Receive, notes: &mut Notes) {
        if self.mode == Mode::Titles {
            self.columns = self.row.fields().map(Column::of).collect();
            self.mode = Mode::Rows;
            return;
        }
        let column = |wanted| {
            let at = self.columns.iter().position(|column| *column == wanted)?;
            self.row.fields().nth(at)
        };
        let text =
            |wanted| column(wanted).and_then(|field| std::str::from_utf8(field).ok()).unwrap_or_default();
        let Some(message) = column(Column::Message) else {
            return notes.reject(self.row.offset, &"a row without a message");
        };
        let (account, log_group) = text(Column::Log).split_once(':').unwrap_or(("", text(Column::Log)));
        self.place.announce(Named { account, log_group, log_stream: text(Column::LogStream) }, receive);
        let (time, id) = (time(text(Column::Time)), Some(text(Column::Id)).filter(|id| !id.is_empty()));
        let mut emit = |message: &str, part, utf8| receive.event(&Event { id, time, message, part, utf8 });
        self.message.push(message, &mut emit);
        self.message.finish(&mut emit);
    }

    fn skip_row(&mut self, notes: &mut Notes) {
        notes.reject(self.row.offset, &"a row without an end: a quote that nothing closes");
        self.mode = Mode::Skipping;
        self.reader.reset();
        self.row.clear();
    }
}

/// Milliseconds, as the console writes it, or a date in UTC, as Insights does.
fn time(text: &str) -> Option<UnixMillis> {
    let text = text.trim();
    text.parse().map(UnixMillis).ok().or_else(|| timestamp::read_all(text))
}

impl ScanForm for Csv {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        notes: &mut Notes,
    ) -> Result<(), DecodeError> {
        loop {
            if self.mode == Mode::Skipping {
                if !skip_line(window) {
                    return Ok(());
                }
                self.mode = Mode::Rows;
            }
            // The reader takes an empty input for the end.
            if window.unread().is_empty() && more != More::No {
                return Ok(());
            }
            match self.row.read(&mut self.reader, window) {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    if self.row.len > ROW_LIMIT || !self.row.grow() {
                        self.skip_row(notes);
                    }
                }
                ReadRecordResult::Record => {
                    self.row(receive, notes);
                    self.row.clear();
                }
                ReadRecordResult::End => return Ok(()),
            }
        }
    }
}

/// Steps to the next line; false when its beginning has not arrived.
fn skip_line(window: &mut Window) -> bool {
    let line_feed = memchr::memchr(b'\n', window.unread());
    window.consume(line_feed.map_or(usize::MAX, |at| at + 1));
    line_feed.is_some()
}

/// The row being read: its fields one after the other, and where each ends.
#[derive(Debug)]
struct Row {
    bytes: Vec<u8>,
    len: usize,
    ends: [usize; COLUMNS],
    count: usize,
    /// Where in the text it begins.
    offset: u64,
}

/// More columns than a query can choose.
const COLUMNS: usize = 256;

impl Default for Row {
    fn default() -> Self {
        Self { bytes: vec![0; 16 * 1024], len: 0, ends: [0; COLUMNS], count: 0, offset: 0 }
    }
}

impl Row {
    fn read(&mut self, reader: &mut csv_core::Reader, window: &mut Window) -> ReadRecordResult {
        if self.len == 0 && self.count == 0 {
            self.offset = window.offset();
        }
        let bytes = self.bytes.get_mut(self.len..).unwrap_or_default();
        let ends = self.ends.get_mut(self.count..).unwrap_or_default();
        let (result, used, wrote, ended) = reader.read_record(window.unread(), bytes, ends);
        window.consume(used);
        self.len += wrote;
        self.count += ended;
        result
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.iter().take(self.count);
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(ends).map(|(&start, &end)| self.bytes.get(start..end).unwrap_or_default())
    }

    /// Makes room for a longer row; false when it has too many columns.
    fn grow(&mut self) -> bool {
        self.bytes.resize(self.bytes.len() * 2, 0);
        self.count < COLUMNS
    }

    fn clear(&mut self) {
        (self.len, self.count) = (0, 0);
    }
}
