//! Detects the format of an input from the beginning of its text.

use tailwater_forwarder::source::members::{Member, Members, value_len};
use tailwater_parser::{
    decode::More,
    line::{App, Dialect, Line, parse},
    timestamp,
};

use super::{format::InputFormat, table::titles};

mod text;

/// Condition for accepting plain text as function output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPolicy {
    /// Accept only text with a line that Lambda or a language runtime writes. For files found in a folder.
    RequireEvidence,
    /// Accept any text. For inputs whose function the user named.
    AcceptAny,
}

/// Reason why the format of an input is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrecognised {
    /// No bytes, or only white space.
    #[error("empty")]
    Empty,
    /// Binary data, not text.
    #[error("binary data")]
    Binary,
    /// UTF-16, as some Windows tools write it.
    #[error("UTF-16 text; convert it to UTF-8")]
    Utf16,
    /// JSON without log events; holds the first member names.
    #[error(
        "JSON without log events (keys: {0}): expected events with message and timestamp, or @message and @timestamp, or \
         lines of a function, one object a line"
    )]
    Json(String),
    /// CSV or table of a query result without a message column; holds its first column titles.
    #[error("{kind} without a message column (columns: {columns}); add @message to the query")]
    Columns {
        /// `CSV` or `table`.
        kind: &'static str,
        /// First column titles.
        columns: String,
    },
    /// Text in which nothing shows that a function wrote it.
    #[error(
        "text{times}, but without any line that Lambda or a runtime writes, such as START, END or REPORT; if it is \
         function output, set --function NAME"
    )]
    Text {
        /// The part that was recognised: empty, or a phrase about times.
        times: &'static str,
    },
}

/// Number of bytes of inflated text that are examined.
pub(super) const HEAD_LIMIT: usize = 64 * 1024;

/// Detectors in the order in which they are tried: JSON by its member names, the more specific first; then text by its
/// first line; then plain output, which accepts almost any text.
const DETECTORS: [fn(&Head<'_>) -> Option<InputFormat>; 10] = [
    lambda_events,
    documents,
    query_results,
    records,
    events,
    text::csv,
    text::table,
    text::prefixed_lines,
    json_output,
    text::text_output,
];

/// Detects the format of an input whose inflated text begins with `head`. `more` tells if more text follows
/// after `head`.
///
/// # Errors
/// Returns [`Unrecognised`] if no detector accepts the text.
pub fn detect(head: &[u8], more: More, text_policy: TextPolicy) -> Result<InputFormat, Unrecognised> {
    let text = checked_text(head)?;
    let head = Head::of(text, more, text_policy);
    DETECTORS.iter().find_map(|detector| detector(&head)).ok_or_else(|| head.unrecognised())
}

/// Byte order mark of UTF-8.
pub(super) const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

fn checked_text(head: &[u8]) -> Result<&[u8], Unrecognised> {
    let has_zeros = memchr::memchr(0, head).is_some();
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || (has_zeros && is_utf16(head)) {
        return Err(Unrecognised::Utf16);
    }
    let text = head.strip_prefix(UTF8_BOM).unwrap_or(head).trim_ascii_start();
    if has_zeros || is_mostly_invalid_utf8(text) {
        return Err(Unrecognised::Binary);
    }
    if text.is_empty() { Err(Unrecognised::Empty) } else { Ok(text) }
}

/// In UTF-16 every other byte of English text is zero and hardly any byte between; binary data has zeros anywhere.
fn is_utf16(head: &[u8]) -> bool {
    let zeros_at = |parity| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros_at(0), zeros_at(1));
    let (many, few) = (even.max(odd), even.min(odd));
    many > 0 && many * 5 > head.len() * 2 && few * 10 < many
}

fn is_mostly_invalid_utf8(text: &[u8]) -> bool {
    let invalid = || text.utf8_chunks().map(|chunk| chunk.invalid().len()).sum::<usize>();
    std::str::from_utf8(text).is_err() && invalid() * 10 > text.len()
}

/// Beginning of the text of an input, without leading white space, with what detectors need of it.
struct Head<'h> {
    text: &'h [u8],
    first_line: &'h str,
    /// Members of the first JSON object, or of the first JSON object in an array. Of a subscription document,
    /// only the members before its list of events, which are enough to recognise it.
    members: Vec<Member<'h>>,
    layout: Layout,
    text_policy: TextPolicy,
}

/// Layout of a text that begins with a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// One JSON object per line.
    Lines,
    /// Anything else.
    Other,
}

impl<'h> Head<'h> {
    fn of(text: &'h [u8], more: More, text_policy: TextPolicy) -> Self {
        let line_end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        let line = text.get(..line_end).unwrap_or_default();
        Self {
            text,
            first_line: std::str::from_utf8(line).unwrap_or_default(),
            members: leading_members(text),
            layout: Layout::of(text, more),
            text_policy,
        }
    }

    fn member(&self, name: &str) -> Option<&Member<'h>> {
        self.members.iter().find(|member| member.name == name.as_bytes())
    }

    fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    fn has_list(&self, name: &str) -> bool {
        self.member(name).is_some_and(|member| member.is_list())
    }

    fn is_array(&self) -> bool {
        self.text.starts_with(b"[")
    }

    fn unrecognised(&self) -> Unrecognised {
        let csv_titles = column_titles(self.first_line);
        let mut tables = self.lines().filter_map(titles);
        let is_title = |title: &str| title.starts_with('@') && title.len() > 1;
        if !self.members.is_empty() {
            let names = self.members.iter().map(|member| String::from_utf8_lossy(member.name));
            Unrecognised::Json(join_names(names))
        } else if csv_titles.clone().any(is_title) {
            Unrecognised::Columns { kind: "CSV", columns: join_names(csv_titles) }
        } else if let Some(columns) = tables.find(|columns| columns.clone().any(is_title)) {
            Unrecognised::Columns { kind: "table", columns: join_names(columns) }
        } else {
            let n_timed = self.lines().filter(|line| timestamp::read(line).is_some()).count();
            Unrecognised::Text { times: if n_timed > 0 { " with times at the start of lines" } else { "" } }
        }
    }

    /// Lines that are not blank, without those that are not UTF-8.
    fn lines(&self) -> impl Iterator<Item = &'h str> {
        let lines = self.text.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        lines.filter(|line| !line.trim().is_empty())
    }
}

fn leading_members(text: &[u8]) -> Vec<Member<'_>> {
    let object = text.strip_prefix(b"[").unwrap_or(text);
    let mut members = Vec::new();
    for member in Members::of(object).into_iter().flatten() {
        members.push(member);
        if member.name == b"logEvents" && member.is_list() {
            break;
        }
    }
    members
}

impl Layout {
    fn of(text: &[u8], more: More) -> Self {
        // An object with line feeds inside is pretty-printed, and so are the objects after it.
        let Some((line, next)) = memchr::memchr(b'\n', text).and_then(|end| text.split_at_checked(end))
        else {
            return Self::Other;
        };
        let rest = value_len(line).and_then(|len| line.get(len..));
        let is_one_object = rest.is_some_and(|rest| rest.iter().all(|byte| matches!(byte, b' ' | b'\r')));
        let next = next.trim_ascii_start();
        let goes_on = next.starts_with(b"{") || (next.is_empty() && more == More::Maybe);
        if is_one_object && goes_on { Self::Lines } else { Self::Other }
    }
}

/// Joins the first few names, shortened, so that an error message shows the kind of content but not the
/// content.
fn join_names<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names.take(6).map(|name| name.as_ref().chars().take(40).collect()).collect();
    names.join(", ")
}

fn lambda_events(head: &Head<'_>) -> Option<InputFormat> {
    let is_notification = head.member("Type").and_then(Member::string) == Some("Notification");
    let is_transform =
        head.has_list("records") && (head.has("deliveryStreamArn") || head.has("invocationId"));
    (head.has("awslogs") || head.has_list("Records") || is_transform || is_notification)
        .then_some(InputFormat::LambdaEvents)
}

fn documents(head: &Head<'_>) -> Option<InputFormat> {
    let is_subscription = head.has_list("logEvents") || (head.has("messageType") && head.has("owner"));
    if is_subscription && head.layout == Layout::Lines {
        return Some(InputFormat::DocumentLines);
    }
    (is_subscription || head.has_list("events")).then_some(InputFormat::Documents)
}

fn query_results(head: &Head<'_>) -> Option<InputFormat> {
    head.has_list("results").then_some(InputFormat::QueryResults)
}

fn records(head: &Head<'_>) -> Option<InputFormat> {
    let kind = head.member("kind")?.string()?;
    (matches!(kind, "log" | "invocation" | "metric") && head.has("time")).then_some(InputFormat::Records)
}

/// Detects JSON log events of CloudWatch, as AWS or a log shipper writes them. AWS's have a time in milliseconds and only
/// known members, a shipper's name the log group or stream; JSON that a function itself writes has other members.
fn events(head: &Head<'_>) -> Option<InputFormat> {
    const EVENT_MEMBERS: [&[u8]; 13] = [
        b"id",
        b"eventId",
        b"timestamp",
        b"message",
        b"ingestionTime",
        b"logStreamName",
        b"logStream",
        b"logGroupName",
        b"logGroup",
        b"logGroupIdentifier",
        b"owner",
        b"account",
        b"extractedFields",
    ];
    const SHIPPER_MEMBERS: [&str; 6] =
        ["logGroup", "log_group", "@log_group", "logStream", "log_stream", "@log_stream"];
    let number = |member: &Member<'_>| member.value().iter().all(u8::is_ascii_digit);
    let is_event = head.has("message")
        && head.member("timestamp").is_some_and(number)
        && head.members.iter().all(|member| EVENT_MEMBERS.contains(&member.name));
    let is_platform_line =
        |message: &str| message.starts_with("START RequestId: ") || message.starts_with("REPORT ");
    let is_shipped = head.member("message").and_then(Member::string).is_some_and(|message| {
        (head.has("timestamp") || head.has("@timestamp"))
            && (SHIPPER_MEMBERS.iter().any(|name| head.has(name)) || is_platform_line(message))
    });
    (is_event || is_shipped || head.has("@message")).then_some(())?;
    Some(if head.layout == Layout::Lines { InputFormat::EventLines } else { InputFormat::EventRows })
}

fn column_titles(line: &str) -> impl Iterator<Item = &str> + Clone {
    line.split(',').map(|title| title.trim().trim_matches('"'))
}

/// Detects plain output of a function whose lines are JSON. A single JSON document may be anything, so it is
/// accepted only with members that log lines have.
fn json_output(head: &Head<'_>) -> Option<InputFormat> {
    const LOG_MEMBERS: [&str; 10] = [
        "level",
        "log_level",
        "severity",
        "message",
        "msg",
        "time",
        "timestamp",
        "@timestamp",
        "record",
        "_aws",
    ];
    let is_log_line = head.layout == Layout::Lines || LOG_MEMBERS.iter().any(|name| head.has(name));
    let is_object = !head.members.is_empty() && !head.is_array();
    (is_object && is_log_line).then_some(InputFormat::Plain)
}

/// True if Lambda or a language runtime writes such a line, or if it is JSON or a log line of a known format.
fn is_log_line(line: &str) -> bool {
    !matches!(parse(line.trim_end_matches('\r')), Line::App(App { dialect: Dialect::Text, .. }))
}

#[cfg(test)]
mod tests;
