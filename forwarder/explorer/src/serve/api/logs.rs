//! The log: search, an event's neighbours, and records as they are exported.

use std::time::{Duration, Instant};

use serde::Serialize;
use tailwater_parser::{Level, decode::Part};

use super::{Asked, Question, p};
use crate::{
    serve::{
        answer::{self, Problem},
        live::Now,
        question::written_place,
    },
    store::{FunctionId, LogEvent, LogPosition, Query},
};

/// One log event as the page shows it.
#[derive(Serialize)]
pub(super) struct Line {
    place: String,
    time_ms: i64,
    level: Option<&'static str>,
    kind: Box<str>,
    function: String,
    version: String,
    account: Option<String>,
    log_group: String,
    log_stream: String,
    request_id: Option<Box<str>>,
    trace_id: Option<Box<str>>,
    /// The piece of a long message that this is.
    part: Option<u32>,
    message: String,
    /// How many bytes the whole message has, where `message` is only its beginning.
    cut_from_bytes: Option<usize>,
}

#[derive(Serialize)]
struct Logs {
    events: Vec<Line>,
    next: Option<String>,
    /// The time down to which everything was searched, where the search was stopped to answer soon: `next` goes on.
    searched_to_ms: Option<i64>,
}

#[derive(Serialize)]
struct Around {
    events: Vec<Line>,
}

/// A search as it was asked for.
pub(in crate::serve) struct Search<'q> {
    question: &'q Question,
    functions: Option<Vec<FunctionId>>,
    level: Option<Level>,
    between: crate::view::runs::Between,
}

impl<'q> Search<'q> {
    /// Reads what is asked.
    pub(in crate::serve) fn of(now: &Now, question: &'q Question) -> Result<Self, Problem> {
        let functions = question.text(p::FUNCTION);
        let functions = functions.map(|name| now.functions_named(name, question.text(p::ACCOUNT)));
        Ok(Self { question, functions, level: question.level()?, between: question.between()? })
    }

    /// The query of the page behind `after`.
    pub(in crate::serve) fn query(&self, after: Option<LogPosition>) -> Query<'_> {
        Query {
            text: self.question.text(p::TEXT).unwrap_or_default(),
            functions: self.functions.as_deref(),
            level: self.level,
            request_id: self.question.text(p::REQUEST),
            trace_id: self.question.text(p::TRACE),
            since: self.between.since,
            until: self.between.until,
            after,
        }
    }
}

/// A search that has found less than a page by then answers with what it has, and says how far it came.
const SOON: Duration = Duration::from_millis(250);

pub(super) fn search(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let search = Search::of(&asked.now(), question)?;
    let began = Instant::now();
    let query = search.query(question.after_place()?);
    let found = asked.store.search_while(&query, question.limit()?, &|| began.elapsed() < SOON)?;
    let searched_to = found.next.filter(|_| found.is_partial);
    answer::json(&Logs {
        events: found.events.iter().map(line).collect(),
        next: found.next.as_ref().map(written_place),
        searched_to_ms: searched_to.map(|place| place.time.0),
    })
}

pub(super) fn around(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let (place, count) = (question.place()?, question.count()?);
    let events = asked.store.around(place, count)?;
    if events.is_empty() {
        return Err(Problem::missing("log event"));
    }
    // The event itself is shown whole, its neighbours as in any list.
    let shown = |event: &LogEvent| if event.position == place { whole(event) } else { line(event) };
    answer::json(&Around { events: events.iter().map(shown).collect() })
}

/// More of a message is shown only where it is asked for.
const SHOWN: usize = 16 * 1024;

/// An event in a list.
pub(super) fn line(event: &LogEvent) -> Line {
    let mut line = Line { message: String::new(), ..bare(event) };
    if event.message.len() > SHOWN {
        let end = (0..=SHOWN).rev().find(|end| event.message.is_char_boundary(*end)).unwrap_or(0);
        line.message = event.message.get(..end).unwrap_or_default().to_owned();
        line.cut_from_bytes = Some(event.message.len());
    } else {
        line.message = event.message.to_string();
    }
    line
}

fn whole(event: &LogEvent) -> Line {
    Line { message: event.message.to_string(), ..bare(event) }
}

fn bare(event: &LogEvent) -> Line {
    let origin = &event.origin;
    Line {
        place: written_place(&event.position),
        time_ms: event.position.time.0,
        level: event.level.map(Level::name),
        kind: event.kind.clone(),
        function: origin.function().to_owned(),
        version: origin.version().to_owned(),
        account: Some(origin.account.clone()).filter(|account| !account.is_empty()),
        log_group: origin.log_group().to_owned(),
        log_stream: origin.log_stream().to_owned(),
        request_id: event.request_id.clone(),
        trace_id: event.trace_id.clone(),
        part: part(event.part),
        message: String::new(),
        cut_from_bytes: None,
    }
}

fn part(part: Part) -> Option<u32> {
    match part {
        Part::Whole => None,
        Part::Piece(index) | Part::Last(index) => Some(index),
    }
}

/// An event as one line, in the form that `replay --to stdout` writes and `replay` reads.
#[derive(Serialize)]
struct Record<'e> {
    kind: &'static str,
    time: i64,
    event_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    account: &'e str,
    #[serde(skip_serializing_if = "str::is_empty")]
    region: &'e str,
    log_group: &'e str,
    log_stream: &'e str,
    function: &'e str,
    version: &'e str,
    r#type: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<u32>,
    body: &'e str,
}

/// Appends an event as it is exported.
pub(in crate::serve) fn write_record(event: &LogEvent, out: &mut Vec<u8>) -> Result<(), Problem> {
    let origin = &event.origin;
    let record = Record {
        kind: "log",
        time: event.position.time.0,
        event_id: format!("{:016x}", event.key.0),
        account: &origin.account,
        region: &origin.region,
        log_group: origin.log_group(),
        log_stream: origin.log_stream(),
        function: origin.function(),
        version: origin.version(),
        r#type: &event.kind,
        level: event.level.map(Level::name),
        request_id: event.request_id.as_deref(),
        trace_id: event.trace_id.as_deref(),
        part: part(event.part),
        body: &event.message,
    };
    out.extend(answer::json(&record)?);
    out.push(b'\n');
    Ok(())
}
