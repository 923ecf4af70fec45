//! Rows of a table: header, ruler, and the cells of an event.

use std::{borrow::Cow, ops::Range};

use tailwater_parser::UnixMillis;

use super::{
    super::csv::{self, Column},
    entities,
};

/// Columns of a table of log events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) struct Header {
    columns: Vec<Column>,
    message: usize,
    notation: Notation,
    /// Number of spaces before the first vertical bar.
    indentation: usize,
}

/// Notation of a table, which decides about escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    /// Cells are padded; a vertical bar in a message is not escaped.
    Ascii,
    /// `\|` is a vertical bar in a cell, and characters may be HTML entities.
    Markdown,
}

impl Header {
    /// Reads the header row of a table of log events: it has a message and a time, or a title of Logs Insights.
    pub(in crate::files) fn read(line: &str) -> Option<Self> {
        let titles = || content(line).into_iter().flat_map(|content| content.split('|')).map(str::trim);
        let columns: Vec<_> = titles().map(|title| Column::from_title(title.as_bytes())).collect();
        let message = columns.iter().position(|column| *column == Column::Message)?;
        let is_insights = titles().any(|title| title == "@message");
        let has_time = columns.contains(&Column::Time);
        // Only Logs Insights has such titles, and it copies Markdown.
        let notation = if is_insights { Notation::Markdown } else { Notation::Ascii };
        let indentation = indentation(line);
        (has_time || is_insights).then_some(Self { columns, message, notation, indentation })
    }

    /// True for the first line of a row. Further lines are those of a message with line feeds: the other columns may follow
    /// after spaces.
    pub(super) fn begins_row(&self, line: &str) -> bool {
        line.trim_start().starts_with('|') && indentation(line) <= self.indentation
    }

    /// Adjusts the notation to the ruler below the header: in Markdown, the dashes of each column are few.
    pub(super) fn see_ruler(&mut self, line: &str) {
        let mut cells = content(line).into_iter().flat_map(|content| content.split('|')).map(str::trim);
        if line.contains('|') && cells.any(|cell| matches!(cell.trim_matches(':'), "-" | "--" | "---")) {
            self.notation = Notation::Markdown;
        }
    }
}

/// Cells of a line as column titles; `None` if the line is not the row of a table.
pub(in crate::files) fn titles(line: &str) -> Option<impl Iterator<Item = &str> + Clone> {
    Some(content(line)?.split('|').map(str::trim))
}

/// Text of a row between its first and last vertical bar; `None` if it does not begin with one.
fn content(line: &str) -> Option<&str> {
    let row = line.trim().strip_prefix('|')?;
    Some(row.trim_start_matches('|').trim_end_matches('|'))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// True for a line that separates rows: dashes, perhaps with corners and vertical bars.
pub(super) fn is_ruler(line: &str) -> bool {
    let line = line.trim();
    line.contains(['-', '='])
        && line.bytes().all(|byte| matches!(byte, b'-' | b'+' | b'|' | b'=' | b':' | b' '))
}

/// Event in a row. An empty string means that the row lacks the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowEvent {
    pub(super) kind: RowKind,
    pub(super) id: String,
    pub(super) time: Option<UnixMillis>,
    /// Log group as `account:group`.
    pub(super) log: String,
    pub(super) log_stream: String,
    pub(super) message: String,
}

/// Relation of a row to the row above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// It begins an event.
    Event,
    /// Only its message is not blank: it continues the message of the row above.
    Continuation,
}

/// Row of a table, with the positions of its cells.
#[derive(Debug)]
pub(super) struct Row<'r> {
    header: &'r Header,
    text: &'r str,
    cells: Vec<Range<usize>>,
}

impl<'r> Row<'r> {
    /// Splits a row into its cells. A vertical bar in the message is a part of it, because the other columns have none.
    pub(super) fn read(line: &'r str, header: &'r Header) -> Option<Self> {
        let text = line.trim().strip_prefix('|')?.trim_start_matches('|');
        let (text, after_message) = match text.strip_suffix('|') {
            Some(closed) => (closed.trim_end_matches('|'), header.columns.len() - 1 - header.message),
            // The row was cut off, or it ends without a vertical bar: the message is at its end.
            None => (text, 0),
        };
        let bars: Vec<_> =
            text.match_indices('|').map(|(at, _)| at).filter(|at| header.is_bar(text, *at)).collect();
        let starts = || std::iter::once(0).chain(bars.iter().map(|at| at + 1));
        let ends = || bars.iter().copied().chain([text.len()]);
        let all: Vec<_> = starts().zip(ends()).map(|(start, end)| start..end).collect();
        let first_after = all.len().saturating_sub(after_message).max(header.message + 1);
        let last_of_message = all.get(first_after - 1)?;
        let message = all.get(header.message)?.start..last_of_message.end;
        let before = all.iter().take(header.message).cloned();
        let after = all.iter().skip(first_after).cloned();
        Some(Self { header, text, cells: before.chain([message]).chain(after).collect() })
    }

    /// Returns the event that the row describes.
    pub(super) fn event(&self) -> RowEvent {
        RowEvent {
            kind: self.kind(),
            id: self.text(Column::Id),
            time: csv::time(&self.text(Column::Time)),
            log: self.text(Column::Log),
            log_stream: self.text(Column::LogStream),
            message: self.cell(self.header.message).into_owned(),
        }
    }

    fn kind(&self) -> RowKind {
        let others = || (0..self.header.columns.len()).filter(|at| *at != self.header.message);
        let are_blank = others().all(|at| self.cell(at).is_empty());
        if others().next().is_some() && are_blank { RowKind::Continuation } else { RowKind::Event }
    }

    /// Returns the text of a column; empty if the row lacks it.
    fn text(&self, column: Column) -> String {
        let at = self.header.columns.iter().position(|known| *known == column);
        at.map(|at| self.cell(at).into_owned()).unwrap_or_default()
    }

    fn cell(&self, at: usize) -> Cow<'_, str> {
        let text = self.cells.get(at).and_then(|cell| self.text.get(cell.clone())).unwrap_or_default().trim();
        match self.header.notation {
            Notation::Ascii => Cow::Borrowed(text),
            Notation::Markdown => entities::decode(text),
        }
    }
}

impl Header {
    /// True if the vertical bar at this position of a row separates two cells.
    fn is_bar(&self, text: &str, at: usize) -> bool {
        let is_escaped = text.get(..at).is_some_and(|before| before.ends_with('\\'));
        self.notation == Notation::Ascii || !is_escaped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, ruler: &str, row: &str, expected: [&str; 4]) {
        let mut header = Header::read(header).unwrap();
        header.see_ruler(ruler);
        let event = Row::read(row, &header).unwrap().event();
        let time = event.time.map(|time| time.0.to_string()).unwrap_or_default();
        assert_eq!([time, event.message, event.log_stream, event.log], expected.map(str::to_owned));
    }

    #[test]
    fn columns_may_be_in_any_order() {
        let header = "| @logStream | @timestamp | @message | @log |";
        check(header, "", "| s | 5 | a b | 1:g |", ["5", "a b", "s", "1:g"]);
        check("|message|timestamp|", "", "| a | b |5|", ["5", "a | b", "", ""]);
        check("||  timestamp  |  message ||", "", "||  5  |  a ||", ["5", "a", "", ""]);
    }

    #[test]
    fn vertical_bar_in_a_message_is_a_part_of_it() {
        check(
            "| timestamp | message |",
            "|---------|----|",
            r"| 5 | a | b \| c |",
            ["5", r"a | b \| c", "", ""],
        );
        check("| timestamp | message |", "| --- | --- |", r"| 5 | a \| b |", ["5", "a | b", "", ""]);
        check(
            "| @timestamp | @message |",
            "",
            "| 5 | a &#x7c; b &quot;c&quot; |",
            ["5", "a | b \"c\"", "", ""],
        );
    }

    #[test]
    fn row_without_last_vertical_bar_is_read() {
        check("| @timestamp | @message | @log |", "", "| 5 | a", ["5", "a", "", ""]);
    }

    #[test]
    fn header_has_a_message_and_a_time() {
        for line in ["| sort @timestamp asc", "| name | message |", "timestamp | message", "| a |"] {
            assert_eq!(Header::read(line), None, "{line}");
        }
        assert!(Header::read("| @message |").is_some());
    }
}
