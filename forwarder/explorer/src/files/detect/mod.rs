//! Tells the form of an input from the beginning of its text.

use tailwater_forwarder::source::members::{Member, Members, value_len};
use tailwater_parser::{
    decode::More,
    line::{App, Dialect, Line, parse},
};

use super::{csv::Column, export, form::Form, tail};

/// Whether a text is taken for function output although nothing in it shows that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Only with a line that Lambda or a runtime writes: it was found in a folder.
    Evidence,
    /// Always: the user said which function's it is.
    Always,
}

/// Why an input is of no known form: what was seen instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrecognised {
    /// Nothing, or nothing but spaces.
    #[error("empty")]
    Empty,
    /// No text.
    #[error("binary data")]
    Binary,
    /// As some Windows tools write.
    #[error("UTF-16 text: convert it to UTF-8")]
    Utf16,
    /// JSON that holds no log events.
    #[error("JSON with the keys {0}: no form of log events")]
    Json(String),
    /// CSV of a query that left out the messages.
    #[error("CSV with the columns {0}: none holds messages")]
    Columns(String),
    /// Text of another kind.
    #[error("text without any line that Lambda or a runtime writes")]
    Text,
}

/// How much inflated text is looked at.
pub(super) const HEAD: usize = 64 * 1024;

/// Every form's sign, in order of trial: JSON by the names of its members, the more telling first; then text by its
/// first line; what anything may be comes last.
const FORMS: [fn(&Head<'_>) -> Option<Form>; 9] =
    [lambda_events, documents, query_results, records, events, csv, prefixed_lines, json_output, text_output];

/// Tells the form of an input whose inflated text begins with `head`; `more` says whether text follows that.
///
/// # Errors
/// It is none that is known.
pub fn detect(head: &[u8], more: More, trust: Trust) -> Result<Form, Unrecognised> {
    let text = checked_text(head)?;
    let head = Head::of(text, more, trust);
    FORMS.iter().find_map(|form| form(&head)).ok_or_else(|| head.unrecognised())
}

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

fn checked_text(head: &[u8]) -> Result<&[u8], Unrecognised> {
    let has_zeros = memchr::memchr(0, head).is_some();
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || (has_zeros && is_utf16(head)) {
        return Err(Unrecognised::Utf16);
    }
    let text = head.strip_prefix(UTF8_MARK).unwrap_or(head).trim_ascii_start();
    if has_zeros || is_mostly_garbled(text) {
        return Err(Unrecognised::Binary);
    }
    if text.is_empty() { Err(Unrecognised::Empty) } else { Ok(text) }
}

/// Every other byte of English text in UTF-16 is zero, and hardly any between them: an archive has zeros anywhere.
fn is_utf16(head: &[u8]) -> bool {
    let zeros_at = |parity| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros_at(0), zeros_at(1));
    let (many, few) = (even.max(odd), even.min(odd));
    many > 0 && many * 5 > head.len() * 2 && few * 10 < many
}

fn is_mostly_garbled(text: &[u8]) -> bool {
    let invalid = || text.utf8_chunks().map(|chunk| chunk.invalid().len()).sum::<usize>();
    std::str::from_utf8(text).is_err() && invalid() * 10 > text.len()
}

/// The beginning of a text, without spaces in front.
struct Head<'h> {
    text: &'h [u8],
    first_line: &'h str,
    /// Of the first object, or the first in an array; of a subscription document up to its events, which tell all.
    members: Vec<Member<'h>>,
    layout: Layout,
    trust: Trust,
}

/// How a text that begins with an object goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// With more objects, one a line.
    Lines,
    /// Not, or otherwise.
    Other,
}

impl<'h> Head<'h> {
    fn of(text: &'h [u8], more: More, trust: Trust) -> Self {
        let line_end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        let line = text.get(..line_end).unwrap_or_default();
        Self {
            text,
            first_line: std::str::from_utf8(line).unwrap_or_default(),
            members: telling_members(text),
            layout: Layout::of(text, more),
            trust,
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
        let titles = titles(self.first_line);
        if !self.members.is_empty() {
            let names = self.members.iter().map(|member| String::from_utf8_lossy(member.name));
            Unrecognised::Json(listed(names))
        } else if titles.clone().any(|title| title.starts_with('@')) {
            Unrecognised::Columns(listed(titles))
        } else {
            Unrecognised::Text
        }
    }
}

fn telling_members(text: &[u8]) -> Vec<Member<'_>> {
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
        // An object that itself has line feeds is printed for people, and so are those behind it.
        let Some((line, next)) = memchr::memchr(b'\n', text).and_then(|end| text.split_at_checked(end))
        else {
            return Self::Other;
        };
        let behind = value_len(line).and_then(|len| line.get(len..));
        let is_one_object = behind.is_some_and(|rest| rest.iter().all(|byte| matches!(byte, b' ' | b'\r')));
        let next = next.trim_ascii_start();
        let goes_on = next.starts_with(b"{") || (next.is_empty() && more == More::Maybe);
        if is_one_object && goes_on { Self::Lines } else { Self::Other }
    }
}

/// The first few names, shortened: they are to say what it is, not what is in it.
fn listed<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names.take(6).map(|name| name.as_ref().chars().take(40).collect()).collect();
    names.join(", ")
}

fn lambda_events(head: &Head<'_>) -> Option<Form> {
    let is_notification = head.member("Type").and_then(Member::string) == Some("Notification");
    let is_transform =
        head.has_list("records") && (head.has("deliveryStreamArn") || head.has("invocationId"));
    (head.has("awslogs") || head.has_list("Records") || is_transform || is_notification)
        .then_some(Form::LambdaEvents)
}

fn documents(head: &Head<'_>) -> Option<Form> {
    let is_subscription = head.has_list("logEvents") || (head.has("messageType") && head.has("owner"));
    if is_subscription && head.layout == Layout::Lines {
        return Some(Form::DocumentLines);
    }
    (is_subscription || head.has_list("events")).then_some(Form::Documents)
}

fn query_results(head: &Head<'_>) -> Option<Form> {
    head.has_list("results").then_some(Form::QueryResults)
}

fn records(head: &Head<'_>) -> Option<Form> {
    let kind = head.member("kind")?.string()?;
    (matches!(kind, "log" | "invocation" | "metric") && head.has("time")).then_some(Form::Records)
}

/// Events as CloudWatch writes them have a time in milliseconds; a function's own JSON has other members besides.
fn events(head: &Head<'_>) -> Option<Form> {
    const EVENT: [&[u8]; 13] = [
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
    let number = |member: &Member<'_>| member.value().iter().all(u8::is_ascii_digit);
    let is_event = head.has("message")
        && head.member("timestamp").is_some_and(number)
        && head.members.iter().all(|member| EVENT.contains(&member.name));
    (is_event || head.has("@message")).then_some(())?;
    Some(if head.layout == Layout::Lines { Form::EventLines } else { Form::EventRows })
}

fn titles(line: &str) -> impl Iterator<Item = &str> + Clone {
    line.split(',').map(|title| title.trim().trim_matches('"'))
}

fn csv(head: &Head<'_>) -> Option<Form> {
    let has = |column| titles(head.first_line).any(|title| Column::of(title.as_bytes()) == column);
    let is_insights = titles(head.first_line).any(|title| title.starts_with('@'));
    match (has(Column::Message), is_insights, has(Column::Time)) {
        (true, true, _) => Some(Form::InsightsCsv),
        (true, false, true) => Some(Form::ConsoleCsv),
        (true, false, false) | (false, _, _) => None,
    }
}

fn prefixed_lines(head: &Head<'_>) -> Option<Form> {
    let line = head.first_line;
    let detailed = tail::detailed(line).map(|_| Form::TailDetailed);
    let short = || tail::short(line).map(|_| Form::TailShort);
    let sam = || tail::sam(line).map(|_| Form::SamLogs);
    detailed.or_else(short).or_else(sam).or_else(|| export::line(line).map(|_| Form::Export))
}

/// One JSON document may be anything, unless its members are those of a log line.
fn json_output(head: &Head<'_>) -> Option<Form> {
    const LOGGED: [&str; 10] = [
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
    let is_output = head.layout == Layout::Lines || LOGGED.iter().any(|name| head.has(name));
    let is_object = !head.members.is_empty() && !head.is_array();
    (is_object && is_output).then_some(Form::Plain)
}

fn text_output(head: &Head<'_>) -> Option<Form> {
    head.members.is_empty().then_some(())?;
    let written_by_a_runtime = |line: &[u8]| {
        let line = std::str::from_utf8(line).unwrap_or_default().trim_end_matches('\r');
        !matches!(parse(line), Line::App(App { dialect: Dialect::Text, .. }))
    };
    let accepted = match head.trust {
        Trust::Always => true,
        Trust::Evidence => head.text.split(|byte| *byte == b'\n').any(written_by_a_runtime),
    };
    // A query without messages holds nothing that the user can have meant.
    let is_query = titles(head.first_line)
        .any(|title| title.starts_with('@') && title.len() > 1 && !title.contains(' '));
    (accepted && !is_query).then_some(Form::Plain)
}

#[cfg(test)]
mod tests;
