//! Structured log lines: Lambda's JSON format of all runtimes, Powertools, pino, tracing, or any other JSON object.

use std::borrow::Cow;

use super::{App, Dialect, RuntimeFailure, inner, prefix::valid_request_id, xray_trace_id};
use crate::{
    json::{self, Kind, Value},
    level::Level,
    line::{
        member_name::{Meaning, meaning},
        members::Members,
    },
};

impl App<'_> {
    /// True if the line is a JSON object with a request id under a name that only Lambda's has.
    pub(crate) fn names_lambdas_request(&self) -> bool {
        let mut is_named = false;
        let read =
            json::members(self.message, |name, _| is_named |= meaning(name) == Meaning::LambdaRequestId);
        read.is_some() && is_named
    }
}

/// Builds a line from the members of the JSON object `text`.
pub(in crate::line) fn read<'a>(text: &'a str, members: &Members<'a>) -> App<'a> {
    let mut app = App::of(Dialect::Json, text);
    app.level = members.level().or_else(|| is_error(members).then_some(Level::Error));
    app.timestamp = members.timestamp;
    app.tenant = members.tenant.and_then(|value| value.text());
    app.trace_id = members.trace_id.and_then(trace_id);
    app.request_id = members.request_id.and_then(request_id);
    app.error_type = members.error_type.or_else(|| nested_error_type(members)).and_then(|value| value.text());
    app.failure = failure(members, app.error_type.as_deref());
    if let Some(span) = members.span {
        fill_from_span(&mut app, members, span);
    } else if !members.ids.is_empty() {
        app.trace_context = members.ids.context(app.trace_id.as_deref());
    }
    if let Some(message) = members.message {
        prefer_inner(&mut app, message);
    }
    app
}

/// Fills missing ids from the span of Rust's tracing, `"span":{"requestId":…,"xrayTraceId":…}`, or of ECS.
fn fill_from_span<'a>(app: &mut App<'a>, members: &Members<'a>, span: Value<'a>) {
    let mut ids = members.ids;
    if let Some(members) = Members::of(span.raw) {
        app.request_id = app.request_id.take().or_else(|| members.request_id.and_then(request_id));
        app.trace_id = app.trace_id.take().or_else(|| members.trace_id.and_then(trace_id));
        ids.fill_missing(members.ids);
        if members.ids.is_empty() {
            ids.take_span(span);
        }
    }
    app.trace_context = ids.context(app.trace_id.as_deref());
}

/// True if the object is an error as Lambda's runtimes report it.
fn is_error(members: &Members<'_>) -> bool {
    members.has_error_message && members.error_type.is_some()
}

/// The request id; `None` for a placeholder that stands for no id.
fn request_id(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.text().filter(|id| valid_request_id(id).is_some())
}

fn trace_id(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.plain().and_then(xray_trace_id).map(Cow::Borrowed)
}

/// Type of an error that is logged as a JSON object: `error` of Powertools, `err` of pino, or the message itself in
/// Node.js.
fn nested_error_type<'a>(members: &Members<'a>) -> Option<Value<'a>> {
    // An error that is the whole message begins with its type. Other objects are skipped, so that they are not read
    // twice.
    let is_error =
        |message: &Value<'_>| message.kind == Kind::Object && message.raw.starts_with(r#"{"errorType""#);
    let error = members.error.or_else(|| members.message.filter(is_error))?;
    let mut error_type = None;
    json::members(error.raw, |name, value| {
        if matches!(name, "errorType" | "name" | "type" | "Type") && error_type.is_none() {
            error_type = Some(value);
        }
    })?;
    error_type
}

/// Value of `errorType` in an error that a runtime writes as JSON, also if its end was cut off.
pub(super) fn first_error_type(error: &str) -> Option<Cow<'_, str>> {
    let mut error_type = None;
    let _ = json::members(error, |name, value| {
        if name == "errorType" && error_type.is_none() {
            error_type = value.text();
        }
    });
    error_type
}

/// Detects the JSON object by which a runtime reports the error that ended a handler. Python's has `log_level` instead
/// of `level`; those of other runtimes have no level, while an error that a logger writes has one.
fn failure(members: &Members<'_>, error_type: Option<&str>) -> Option<RuntimeFailure> {
    let failure = RuntimeFailure::of(error_type.filter(|_| members.has_error_message)?);
    if members.has_log_level {
        return members.has_stack_trace.then_some(failure);
    }
    // Platform and runtimes print the bare error of a handler in Go, Java or an older runtime.
    let is_bare = members.level().is_none() && members.timestamp.is_none() && members.message.is_none();
    is_bare.then(|| RuntimeFailure::of_unconfirmed(error_type))
}

/// Replaces values by those of a record in the message, because the outer level is only that of standard output: a
/// library that prints JSON under Lambda's JSON format is encoded twice.
fn prefer_inner<'a>(app: &mut App<'a>, message: Value<'a>) {
    match message.kind {
        Kind::String { escaped: true } if message.raw.starts_with('{') => {
            let unescaped = message.text().map(Cow::into_owned).unwrap_or_default();
            if let Some(members) = Members::of(&unescaped) {
                take_inner(app, read(&unescaped, &members));
            }
        }
        Kind::String { .. } => app.level = inner::level_of_text(message.raw).or(app.level),
        Kind::Object if LOG_RECORD_BEGINS.iter().any(|begin| message.raw.starts_with(begin)) => {
            if let Some(members) = Members::of(message.raw) {
                take_inner(app, read(message.raw, &members));
            }
        }
        Kind::Object | Kind::Array | Kind::Number | Kind::True | Kind::False | Kind::Null => {}
    }
}

/// Beginnings of the records of logging libraries. Other objects are skipped, so that they are not read twice.
const LOG_RECORD_BEGINS: [&str; 4] = [r#"{"level":"#, r#"{"severity":"#, r#"{"timestamp":"#, r#"{"time":"#];

/// Takes the values of the record in the message.
fn take_inner(app: &mut App<'_>, inner: App<'_>) {
    app.level = inner.level.or(app.level);
    app.request_id = inner.request_id.map(own).or(app.request_id.take());
    app.trace_id = inner.trace_id.map(own).or(app.trace_id.take());
    app.trace_context = inner.trace_context.or(app.trace_context);
    app.tenant = inner.tenant.map(own).or(app.tenant.take());
    app.error_type = inner.error_type.map(own).or(app.error_type.take());
}

fn own<'a>(text: Cow<'_, str>) -> Cow<'a, str> {
    Cow::Owned(text.into_owned())
}
