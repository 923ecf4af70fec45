//! Structured logs: Lambda's own JSON format in every runtime, Powertools, pino, tracing, or any JSON object.

use std::borrow::Cow;

use super::{App, Dialect, FailureSign, xray_trace_id};
use crate::{
    json::{self, Kind, Value},
    line::object::Members,
};

/// Makes a line of the members of its one object, `text`.
pub(in crate::line) fn read<'a>(text: &'a str, members: &Members<'a>) -> App<'a> {
    let mut app = App::of(Dialect::Json, text);
    app.level = members.level;
    app.timestamp = members.timestamp;
    app.tenant = members.tenant.and_then(|value| value.text());
    app.trace_id = members.trace_id.and_then(trace_id);
    app.request_id = members.request_id.and_then(request_id);
    app.error_type = members.error_type.or_else(|| nested_error_type(members)).and_then(|value| value.text());
    app.sign = sign(members, app.error_type.as_deref());
    if let Some(span) = members.span {
        fill_from_span(&mut app, span);
    }
    if let Some(inner) = members.message.and_then(double_encoded) {
        prefer_inner(&mut app, &inner);
    }
    app
}

/// Node.js writes `undefined` while it initialises.
fn request_id(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.text().filter(|id| !id.is_empty() && id != "undefined")
}

fn trace_id(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.plain().and_then(xray_trace_id).map(Cow::Borrowed)
}

/// The type of an error that is an object: `error` of Powertools, `err` of pino, the message itself of Node.js.
fn nested_error_type<'a>(members: &Members<'a>) -> Option<Value<'a>> {
    // Only an error that is all of the message begins with its type, so other objects are not read twice.
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

/// The frame in which a runtime reports the error that ended a handler: Python's has its own word for the level, the
/// others have no level at all. A logger that logs an error says how serious it is.
fn sign(members: &Members<'_>, error_type: Option<&str>) -> Option<FailureSign> {
    let sign = FailureSign::of(error_type.filter(|_| members.has_error_message)?);
    if members.has_log_level {
        return members.has_stack_trace.then_some(sign);
    }
    (members.level.is_none() && sign == FailureSign::OutOfMemory).then_some(sign)
}

/// Rust's tracing: `"span":{"requestId":…,"xrayTraceId":…}`.
fn fill_from_span<'a>(app: &mut App<'a>, span: Value<'a>) {
    let Some(span) = Members::of(span.raw) else { return };
    app.request_id = app.request_id.take().or_else(|| span.request_id.and_then(request_id));
    app.trace_id = app.trace_id.take().or_else(|| span.trace_id.and_then(trace_id));
}

/// A library that prints JSON under Lambda's JSON format ends up as a string in `message`.
fn double_encoded(message: Value<'_>) -> Option<String> {
    let is_object = message.kind == Kind::String { escaped: true } && message.raw.starts_with('{');
    is_object.then(|| message.text().map(Cow::into_owned))?
}

/// The inner line knows better: the outer level is that of standard output.
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
