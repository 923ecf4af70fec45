//! Tells the form of an input from the beginning of its text.

use tailwater_parser::{
    decode::More,
    line::{App, Dialect, Line, parse},
};

use super::{csv::Column, export, tail};
use crate::source::members::{Member, Members, value_len};

/// A form in which people hold logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lambda events: subscription, Kinesis, SQS, SNS, Firehose.
    LambdaEvents,
    /// Subscription documents and pages of `filter-log-events` and `get-log-events`, one after the other.
    Documents,
    /// Subscription documents, one a line.
    DocumentLines,
    /// `aws logs get-query-results`.
    QueryResults,
    /// Events in one array, or one after the other: the JSON that Logs Insights exports, what `jq` takes out of pages.
    EventRows,
    /// Events, one a line.
    EventLines,
    /// Our own records, one a line.
    Records,
    /// The console's CSV.
    ConsoleCsv,
    /// The CSV that Logs Insights exports.
    InsightsCsv,
    /// `aws logs tail`.
    TailDetailed,
    /// `aws logs tail --format short`.
    TailShort,
    /// `sam logs`.
    SamLogs,
    /// CloudWatch's export to S3.
    Export,
    /// What a function wrote.
    Plain,
}

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

/// Without a mark: nearly every other byte is zero.
fn is_utf16(head: &[u8]) -> bool {
    let zeros_at = |parity| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    zeros_at(0).max(zeros_at(1)) * 5 > head.len() * 2
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
mod tests {
    use super::*;

    fn check(head: &str, expected: Result<Form, &str>) {
        let found = detect(head.as_bytes(), More::No, Trust::Evidence).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{head}");
    }

    #[test]
    fn lambda_events_are_told_by_their_members() {
        check(r#"{"awslogs":{"data":"H4s"}}"#, Ok(Form::LambdaEvents));
        check("\u{feff} {\n \"Records\": [ {\"kinesis\": {}} ] }", Ok(Form::LambdaEvents));
        check(r#"{"invocationId":"x","records":[]}"#, Ok(Form::LambdaEvents));
        check(r#"{"Type":"Notification","Message":"x"}"#, Ok(Form::LambdaEvents));
    }

    #[test]
    fn documents_are_told_from_those_one_a_line() {
        let document = r#"{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1"}]}"#;
        check(document, Ok(Form::Documents));
        check(&format!("{document}{document}"), Ok(Form::Documents));
        check(&format!("{document}\n{document}\n"), Ok(Form::DocumentLines));
        check(r#"{"events":[{"message":"x"}],"searchedLogStreams":[]}"#, Ok(Form::Documents));
        check(r#"{"results":[[{"field":"@message"}]],"status":"Complete"}"#, Ok(Form::QueryResults));
    }

    #[test]
    fn events_are_told_from_a_functions_own_json() {
        let event = r#"{"timestamp":1772618400123,"message":"x","id":"1"}"#;
        check(&format!("{event}\n{event}"), Ok(Form::EventLines));
        check(&format!("[{event},{event}]"), Ok(Form::EventRows));
        check(&event.replace(',', ",\n"), Ok(Form::EventRows));
        check(r#"[{"@timestamp":"2026-03-04 10:00:00.123","@message":{"a":1}}]"#, Ok(Form::EventRows));
        check(r#"{"timestamp":"2026-03-04T10:00:00Z","level":"INFO","message":"x"}"#, Ok(Form::Plain));
        check(r#"{"timestamp":1772618400123,"message":"x","level":"INFO"}"#, Ok(Form::Plain));
        check("{\"a\":1}\n{\"a\":2}\n", Ok(Form::Plain));
    }

    #[test]
    fn our_own_records_are_told_by_their_kind() {
        check("{\"kind\":\"log\",\"time\":1,\"body\":\"x\"}\n", Ok(Form::Records));
        check("{\"kind\":\"invocation\",\"time\":1}\n", Ok(Form::Records));
        check(
            "{\"kind\":\"List\",\"items\":[]}\n",
            Err("JSON with the keys kind, items: no form of log events"),
        );
    }

    #[test]
    fn csv_is_told_by_its_titles() {
        check("timestamp,message\n1,x\n", Ok(Form::ConsoleCsv));
        check("\u{feff}\"@message\",\"@timestamp\"\r\n", Ok(Form::InsightsCsv));
        check("@message\nx\n", Ok(Form::InsightsCsv));
        check(
            "@requestId,@duration\na,1\n",
            Err("CSV with the columns @requestId, @duration: none holds messages"),
        );
        check("id,message\n1,x\n", Err("text without any line that Lambda or a runtime writes"));
    }

    #[test]
    fn line_forms_are_told_by_their_first_line() {
        check("2026-03-04T10:00:00.123000+00:00 2026/03/04/[1]a START", Ok(Form::TailDetailed));
        check(
            "\n\u{1b}[32m2026-03-04T10:00:00+00:00\u{1b}[0m \u{1b}[36ms\u{1b}[0m x",
            Ok(Form::TailDetailed),
        );
        check("2026-03-04T10:00:00 START", Ok(Form::TailShort));
        check("2026/03/04/[1]a 2026-03-04T10:00:00.1 START", Ok(Form::SamLogs));
        check("2026-03-04T10:00:00.123Z START RequestId: x\n\tmore", Ok(Form::Export));
    }

    #[test]
    fn what_is_none_says_what_it_is() {
        check("", Err("empty"));
        check(" \n\u{feff}", Err("text without any line that Lambda or a runtime writes"));
        check("\u{feff}\n", Err("empty"));
        check("\u{7f}ELF\0\u{1}", Err("binary data"));
        check("S\0T\0A\0R\0T\0", Err("UTF-16 text: convert it to UTF-8"));
        check("dear diary\n", Err("text without any line that Lambda or a runtime writes"));
        check(
            "{\n \"name\": 1, \"private\": {\"message\":1} }",
            Err("JSON with the keys name, private: no form of log events"),
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_binary() {
        let found = |head: &[u8]| detect(head, More::No, Trust::Always);
        assert_eq!(found(b"\xff\xfeS\0"), Err(Unrecognised::Utf16));
        assert_eq!(found(b"\x89\x90\xa0\xc0 x"), Err(Unrecognised::Binary));
        assert_eq!(found(b"a log line with one broken \xff byte"), Ok(Form::Plain));
    }

    #[test]
    fn text_with_a_line_of_a_runtime_is_output() {
        check(
            "hello\nSTART RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Version: $LATEST\r\n",
            Ok(Form::Plain),
        );
        check("hello\n{\"level\":\"INFO\",\"message\":\"x\"}\n", Ok(Form::Plain));
    }

    #[test]
    fn text_is_output_when_the_user_says_so() {
        assert_eq!(detect(b"dear diary", More::No, Trust::Always), Ok(Form::Plain));
        assert_eq!(detect(b"[{'a': 1}]", More::No, Trust::Always), Ok(Form::Plain));
        let package = br#"{"name":"x","version":"1"}"#;
        assert!(matches!(detect(package, More::No, Trust::Always), Err(Unrecognised::Json(_))));
    }
}
