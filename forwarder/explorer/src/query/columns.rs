//! Columns of events and invocations as tables have them: in SQL and in exports.

use std::time::Duration;

use tailwater_parser::{
    MemoryMib, Origin, UnixMillis,
    derive::{Invocation, StartKind},
    millis_f64,
};

use super::{field::not_empty, value::Value};
use crate::{store::ScannedEvent, view::Catalog};

/// Names of the columns of `events`.
pub const EVENTS: &[&str] = &[
    "time",       // YYYY-MM-DD HH:MM:SS.mmm, UTC
    "time_ms",    // Unix milliseconds
    "account",    // account id
    "region",     // region
    "log_group",  // log group
    "log_stream", // log stream
    "function",   // function name
    "version",    // function version in the name of the stream
    "level",      // TRACE, DEBUG, INFO, WARN, ERROR or FATAL
    "type",       // kind of line: app, start, end, report …
    "request_id", // request id
    "trace_id",   // X-Ray trace id
    "message",    // message; JSON: message ->> '$.order.id'
];

/// Names of the columns of `invocations`.
pub const INVOCATIONS: &[&str] = &[
    "time",          // time of the REPORT line
    "time_ms",       // the same in Unix milliseconds
    "account",       // account id
    "region",        // region
    "log_group",     // log group
    "log_stream",    // log stream
    "function",      // function name
    "version",       // function version
    "request_id",    // request id
    "trace_id",      // X-Ray trace id
    "tenant",        // tenant id
    "status",        // success, error, timeout, out_of_memory or unknown
    "error_type",    // type of the error
    "cold_start",    // 1 for a start with INIT or restore
    "duration_ms",   // duration
    "billed_ms",     // billed duration
    "init_ms",       // duration of INIT
    "restore_ms",    // duration of the restore
    "memory_mb",     // memory size
    "max_memory_mb", // memory used
    "cost_usd",      // list price
];

/// Value of a column of [`EVENTS`]; missing for any other name.
pub fn event_value<'e>(column: &str, event: &ScannedEvent<'e>, origin: &'e Origin) -> Value<'e> {
    let common = time_value(column, event.time).or_else(|| origin_value(column, origin));
    common.unwrap_or_else(|| match column {
        "level" => event.level.map_or(Value::Missing, |level| not_empty(level.name())),
        "type" => not_empty(event.kind),
        "request_id" => not_empty(event.request_id.unwrap_or_default()),
        "trace_id" => not_empty(event.trace_id.unwrap_or_default()),
        "message" => Value::text(event.message),
        _ => Value::Missing,
    })
}

/// Value of a column of [`INVOCATIONS`]; missing for any other name. `catalog` tells what the log does not, for the cost.
pub fn invocation_value<'i>(column: &str, run: &'i Invocation, catalog: &Catalog) -> Value<'i> {
    let millis = |time: Option<Duration>| time.map_or(Value::Missing, |time| Value::float(millis_f64(time)));
    let memory =
        |size: Option<MemoryMib>| size.map_or(Value::Missing, |size| Value::integer(i64::from(size.0)));
    let optional = |value: &'i Option<Box<str>>| not_empty(value.as_deref().unwrap_or_default());
    let common = time_value(column, run.time).or_else(|| origin_value(column, &run.origin));
    common.unwrap_or_else(|| match column {
        "request_id" => not_empty(&run.request_id),
        "trace_id" => optional(&run.trace_id),
        "tenant" => optional(&run.tenant),
        "status" => not_empty(run.outcome.name()),
        "error_type" => optional(&run.error_type),
        "cold_start" => Value::integer(i64::from(run.start != StartKind::Warm)),
        "duration_ms" => millis(run.duration),
        "billed_ms" => millis(run.billed_duration),
        "init_ms" => millis(run.init_duration),
        "restore_ms" => millis(run.restore_duration),
        "memory_mb" => memory(run.memory_size),
        "max_memory_mb" => memory(run.max_memory_used),
        "cost_usd" => {
            let cost = run.cost(&catalog.terms(&run.origin));
            cost.map_or(Value::Missing, |cost| Value::float(cost.total.dollars()))
        }
        _ => Value::Missing,
    })
}

fn origin_value<'o>(column: &str, origin: &'o Origin) -> Option<Value<'o>> {
    Some(match column {
        "account" => not_empty(&origin.account),
        "region" => not_empty(&origin.region),
        "log_group" => not_empty(origin.log_group()),
        "log_stream" => not_empty(origin.log_stream()),
        "function" => not_empty(origin.function()),
        "version" => not_empty(origin.version()),
        _ => return None,
    })
}

fn time_value(column: &str, at: UnixMillis) -> Option<Value<'static>> {
    match column {
        "time" => Some(Value::Time(at.0)),
        "time_ms" => Some(Value::integer(at.0)),
        _ => None,
    }
}
