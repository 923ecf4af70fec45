//! `GET /api/v1/logs` and `GET /api/v1/logs/around`: search over log events, and the log events before and
//! after a given one. Also the records of an export.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Level, decode::Part};

use super::context::RequestContext;
use crate::{
    serve::{
        query_params::{QueryParams, format_place, parameter as p},
        response::{self, Problem},
        snapshot::Snapshot,
    },
    store::{FunctionId, LogEvent, LogPosition, Query},
};

/// Log event in a response.
#[derive(Serialize)]
pub(crate) struct Line {
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
    /// Index of this part, from 0, if a long message is stored in several parts.
    part: Option<u32>,
    /// Service, tags and attributes that rules set, and the numbers of joined and sampled events.
    additions: Option<Map<String, Value>>,
    message: String,
    /// Size of the whole message in bytes, if `message` is truncated.
    cut_from_bytes: Option<usize>,
}

#[derive(Serialize)]
struct Logs {
    events: Vec<Line>,
    next: Option<String>,
    /// Set if the search stopped early to limit the response time: all events later than this time were
    /// searched. The position `next` continues the search.
    searched_to_ms: Option<i64>,
}

#[derive(Serialize)]
struct Around {
    events: Vec<Line>,
}

/// Parsed parameters of a search.
pub(in crate::serve) struct Search<'q> {
    params: &'q QueryParams,
    functions: Option<Vec<FunctionId>>,
    level: Option<Level>,
    range: TimeRange,
}

impl<'q> Search<'q> {
    /// Parses the parameters.
    ///
    /// # Errors
    /// Returns a [`Problem`] if a parameter is invalid.
    pub(in crate::serve) fn new(snapshot: &Snapshot, params: &'q QueryParams) -> Result<Self, Problem> {
        let (function, account) = (params.text(p::FUNCTION), params.text(p::ACCOUNT));
        let functions = function.or(account).map(|_| snapshot.functions_of(function, account));
        Ok(Self { params, functions, level: params.level()?, range: params.time_range()? })
    }

    /// Returns the store query for the page that follows the position `after`, or for the first page if
    /// `after` is `None`.
    pub(in crate::serve) fn query(&self, after: Option<LogPosition>) -> Query<'_> {
        Query {
            text: self.params.text(p::TEXT).unwrap_or_default(),
            functions: self.functions.as_deref(),
            version: self.params.text(p::VERSION),
            region: self.params.text(p::REGION),
            level: self.level,
            request_id: self.params.text(p::REQUEST),
            trace_id: self.params.text(p::TRACE),
            since: self.range.since,
            until: self.range.until,
            after,
        }
    }
}

/// Time after which a search responds with the events that it has found, even if they do not fill a page.
const TIME_LIMIT: Duration = Duration::from_millis(250);

pub(super) fn search(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let search = Search::new(&context.snapshot(), params)?;
    let start = Instant::now();
    let query = search.query(params.after_place()?);
    let found = context.store.search_while(&query, params.limit()?, &|| start.elapsed() < TIME_LIMIT)?;
    let searched_to = found.next.filter(|_| found.is_partial);
    response::to_json(&Logs {
        events: found.events.iter().map(line).collect(),
        next: found.next.as_ref().map(format_place),
        searched_to_ms: searched_to.map(|place| place.time.0),
    })
}

pub(super) fn around(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (place, count) = (params.place()?, params.count()?);
    let events = context.store.around(place, count)?;
    if events.is_empty() {
        return Err(Problem::not_found("log event not found"));
    }
    // Only the messages of the neighbours are truncated.
    let to_line = |event: &LogEvent| if event.position == place { full_line(event) } else { line(event) };
    response::to_json(&Around { events: events.iter().map(to_line).collect() })
}

/// Maximum size of a message in a list in bytes; longer messages are truncated.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Converts an event. A message longer than [`MAX_MESSAGE_BYTES`] is truncated.
pub(crate) fn line(event: &LogEvent) -> Line {
    let mut line = Line { message: String::new(), ..without_message(event) };
    if event.message.len() > MAX_MESSAGE_BYTES {
        let end = (0..=MAX_MESSAGE_BYTES).rev().find(|end| event.message.is_char_boundary(*end)).unwrap_or(0);
        line.message = event.message.get(..end).unwrap_or_default().to_owned();
        line.cut_from_bytes = Some(event.message.len());
    } else {
        line.message = event.message.to_string();
    }
    line
}

/// Converts an event, with its whole message.
fn full_line(event: &LogEvent) -> Line {
    Line { message: event.message.to_string(), ..without_message(event) }
}

fn without_message(event: &LogEvent) -> Line {
    let origin = &event.origin;
    Line {
        place: format_place(&event.position),
        time_ms: event.position.time.0,
        level: event.level.map(Level::name),
        kind: event.kind.clone(),
        function: origin.listed_name().to_owned(),
        version: origin.version().to_owned(),
        account: Some(origin.account.clone()).filter(|account| !account.is_empty()),
        log_group: origin.log_group().to_owned(),
        log_stream: origin.log_stream().to_owned(),
        request_id: event.request_id.clone(),
        trace_id: event.trace_id.clone(),
        part: part(event.part),
        additions: additions(event),
        message: String::new(),
        cut_from_bytes: None,
    }
}

/// Returns what rules added to an event.
fn additions(event: &LogEvent) -> Option<Map<String, Value>> {
    serde_json::from_str(event.additions.as_deref()?).ok()
}

/// Returns the index of a part of a split message; `None` for a message that was not split.
fn part(part: Part) -> Option<u32> {
    match part {
        Part::Whole => None,
        Part::Piece(index) | Part::Last(index) => Some(index),
    }
}

/// Log record in the NDJSON form that `tailwater replay --to stdout` writes and `tailwater replay` reads.
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
    #[serde(flatten)]
    additions: Option<Map<String, Value>>,
    body: &'e str,
}

/// Appends an event as one line of NDJSON.
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
        additions: additions(event),
        body: &event.message,
    };
    out.extend(response::to_json(&record)?);
    out.push(b'\n');
    Ok(())
}
