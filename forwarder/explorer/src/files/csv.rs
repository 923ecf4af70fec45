//! Scanner of CSV: downloads of the CloudWatch console (`timestamp,message`), and exports of Logs Insights,
//! which have the columns of the query.

use csv_core::ReadRecordResult;
use tailwater_forwarder::source::lines::Message;
use tailwater_parser::{
    DecodeError, Event, Receive, UnixMillis,
    decode::{More, Window},
    timestamp,
};

use super::{
    origin::{OriginTracker, RowOrigin},
    scan_report::ScanReport,
    scanner::FormatScanner,
};

/// Maximum length of a row in bytes. A message has at most 1 MiB, or 2 MiB escaped, so a longer row is taken
/// as an unterminated quoted field.
const ROW_LIMIT: usize = 8 * 1024 * 1024;

/// Meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Time,
    Message,
    LogStream,
    /// Log group as `account:group`.
    Log,
    Id,
    Other,
}

impl Column {
    /// Returns the meaning of the column with this title.
    pub(super) fn from_title(title: &[u8]) -> Self {
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

/// Scanner of CSV whose first row holds the column titles.
pub(super) struct CsvScanner {
    reader: csv_core::Reader,
    row: Row,
    columns: Vec<Column>,
    mode: Mode,
    origins: OriginTracker,
    message: Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Header,
    Rows,
    /// Skips to the next line, after a row that is too long.
    Skipping,
}

impl CsvScanner {
    pub(super) fn new(origins: OriginTracker) -> Self {
        let (row, mode) = (Row::default(), Mode::Header);
        let (columns, message) = (Vec::new(), Message::default());
        Self { reader: csv_core::Reader::new(), row, columns, mode, origins, message }
    }

    fn handle_row(&mut self, receive: &mut dyn Receive, report: &mut ScanReport) {
        if self.mode == Mode::Header {
            self.columns = self.row.fields().map(Column::from_title).collect();
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
            return report.add_rejected(self.row.offset, &"CSV row without a message");
        };
        let (account, log_group) = text(Column::Log).split_once(':').unwrap_or(("", text(Column::Log)));
        self.origins.announce(
            RowOrigin { account, log_group, log_stream: text(Column::LogStream), ..RowOrigin::default() },
            receive,
        );
        let (time, id) = (time(text(Column::Time)), Some(text(Column::Id)).filter(|id| !id.is_empty()));
        let mut emit = |message: &str, part, utf8| receive.event(&Event { id, time, message, part, utf8 });
        self.message.push(message, &mut emit);
        self.message.finish(&mut emit);
    }

    fn skip_row(&mut self, report: &mut ScanReport) {
        report.add_rejected(self.row.offset, &"CSV row with an unterminated quote");
        self.mode = Mode::Skipping;
        self.reader.reset();
        self.row.clear();
    }
}

/// Parses Unix milliseconds (console) or a date and time in UTC (Logs Insights).
pub(super) fn time(text: &str) -> Option<UnixMillis> {
    let text = text.trim();
    text.parse().map(UnixMillis).ok().or_else(|| timestamp::read_all(text))
}

impl FormatScanner for CsvScanner {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        report: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        loop {
            if self.mode == Mode::Skipping {
                if !skip_line(window) {
                    return Ok(());
                }
                self.mode = Mode::Rows;
            }
            // The CSV reader treats an empty slice as the end of the input.
            if window.unread().is_empty() && more != More::No {
                return Ok(());
            }
            match self.row.read(&mut self.reader, window) {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    if self.row.len > ROW_LIMIT || !self.row.grow() {
                        self.skip_row(report);
                    }
                }
                ReadRecordResult::Record => {
                    self.handle_row(receive, report);
                    self.row.clear();
                }
                ReadRecordResult::End => return Ok(()),
            }
        }
    }
}

/// Skips to the next line. Returns false if the start of that line is not in the window yet.
fn skip_line(window: &mut Window) -> bool {
    let line_feed = memchr::memchr(b'\n', window.unread());
    window.consume(line_feed.map_or(usize::MAX, |at| at + 1));
    line_feed.is_some()
}

/// CSV row being read: its fields in one buffer, and the end of each field.
#[derive(Debug)]
struct Row {
    bytes: Vec<u8>,
    len: usize,
    ends: [usize; MAX_COLUMNS],
    count: usize,
    /// Byte offset of the row in the inflated text.
    offset: u64,
}

/// Maximum number of columns; a Logs Insights query returns fewer.
const MAX_COLUMNS: usize = 256;

impl Default for Row {
    fn default() -> Self {
        Self { bytes: vec![0; 16 * 1024], len: 0, ends: [0; MAX_COLUMNS], count: 0, offset: 0 }
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

    /// Enlarges the buffers for a longer row. Returns false if the row has too many columns.
    fn grow(&mut self) -> bool {
        self.bytes.resize(self.bytes.len() * 2, 0);
        self.count < MAX_COLUMNS
    }

    fn clear(&mut self) {
        (self.len, self.count) = (0, 0);
    }
}
