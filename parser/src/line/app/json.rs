//! Structured log lines: Lambda's JSON format of all runtimes, Powertools, pino, tracing, or any other JSON object.

use std::borrow::Cow;

use super::{App, Dialect, RuntimeFailure, xray_trace_id};
use crate::{
    json::{self, Kind, Value},
    line::members::Members,
};

/// Builds a line from the members of the JSON object `text`.
pub(in crate::line) fn read<'a>(text: &'a str, members: &Members<'a>) -> App<'a> {
    let mut app = App::of(Dialect::Json, text);
    app.level = members.level;
    app.timestamp = members.timestamp;
    app.tenant = members.tenant.and_then(|value| value.text());
    app.trace_id = members.trace_id.and_then(trace_id);
    app.request_id = members.request_id.and_then(request_id);
    app.error_type = members.error_type.or_else(|| nested_error_type(members)).and_then(|value| value.text());
    app.failure = failure(members, app.error_type.as_deref());
    if let Some(span) = members.span {
        fill_from_span(&mut app, span);
    }
    if let Some(inner) = members.message.and_then(double_encoded) {
        prefer_inner(&mut app, &inner);
    }
    app
}

/// The request id; `None` for `undefined`, which Node.js writes during initialization.
fn request_id(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.text().filter(|id| !id.is_empty() && id != "undefined")
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

/// Detects the JSON object by which a runtime reports the error that ended a handler. Python's has `log_level` instead
/// of `level`; those of other runtimes have no level, while an error that a logger writes has one.
fn failure(members: &Members<'_>, error_type: Option<&str>) -> Option<RuntimeFailure> {
    let failure = RuntimeFailure::of(error_type.filter(|_| members.has_error_message)?);
    if members.has_log_level {
        return members.has_stack_trace.then_some(failure);
    }
    (members.level.is_none() && failure == RuntimeFailure::OutOfMemory).then_some(failure)
}

/// Fills missing ids from the span of Rust's tracing: `"span":{"requestId":…,"xrayTraceId":…}`.
fn fill_from_span<'a>(app: &mut App<'a>, span: Value<'a>) {
    let Some(span) = Members::of(span.raw) else { return };
    app.request_id = app.request_id.take().or_else(|| span.request_id.and_then(request_id));
    app.trace_id = app.trace_id.take().or_else(|| span.trace_id.and_then(trace_id));
}

/// The JSON object in a string message: a library that prints JSON under Lambda's JSON format is encoded twice.
fn double_encoded(message: Value<'_>) -> Option<String> {
    let is_object = message.kind == Kind::String { escaped: true } && message.raw.starts_with('{');
    is_object.then(|| message.text().map(Cow::into_owned))?
}

/// Replaces values by those of the inner line, because the outer level is only that of standard output.
fn prefer_inner(app: &mut App<'_>, inner: &str) {
    let Some(members) = Members::of(inner) else { return };
    let inner = read(inner, &members);
    app.level = inner.level.or(app.level);
    app.request_id = inner.request_id.map(own).or(app.request_id.take());
    app.trace_id = inner.trace_id.map(own).or(app.trace_id.take());
    app.tenant = inner.tenant.map(own).or(app.tenant.take());
    app.error_type = inner.error_type.map(own).or(app.error_type.take());
}

fn own<'a>(text: Cow<'_, str>) -> Cow<'a, str> {
    Cow::Owned(text.into_owned())
}
