//! Conversion between invocations and rows of the table `invocations`, and the rule that merges two rows of
//! one invocation.

use std::{sync::Arc, time::Duration};

use rusqlite::{
    Connection, Row, ToSql,
    types::{FromSqlError, ValueRef},
};
use tailwater_parser::{
    ByteSize, MemoryMib, Origin, UnixMillis,
    derive::{Invocation, Outcome},
};

use super::{
    codes::Code,
    error::StoreError,
    identity::InvocationKey,
    origin_cache::{OriginCache, StreamRow},
};

/// Statement that inserts an invocation or merges it into the stored one.
///
/// Merging keeps every known value and fills in missing ones. The stronger outcome wins, together with its
/// error type. `at_edge` becomes false as soon as one input held all lines of the invocation. A function
/// named by a log line replaces the function that the input gave for the log stream.
///
/// The result does not depend on the order of inputs, so a run that was killed and repeated ends with the same rows as
/// an uninterrupted one.
pub(super) const UPSERT: &str = "
INSERT INTO invocations (
    key, function_id, stream_id, version, event_id, time_ms, request_id, outcome, reported, error_type, start,
    duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib, init_duration_ns, restore_duration_ns,
    billed_restore_duration_ns, produced_bytes, response_latency_ns, trace_id, tenant, at_edge
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)
ON CONFLICT (key) DO UPDATE SET
    function_id = iif(function_id = (SELECT function_id FROM streams WHERE id = stream_id),
        excluded.function_id, function_id),
    version = iif(version = '', excluded.version, version),
    error_type = iif(excluded.outcome > outcome,
        coalesce(excluded.error_type, error_type), coalesce(error_type, excluded.error_type)),
    outcome = max(outcome, excluded.outcome),
    reported = coalesce(reported, excluded.reported),
    start = max(start, excluded.start),
    duration_ns = coalesce(duration_ns, excluded.duration_ns),
    billed_duration_ns = coalesce(billed_duration_ns, excluded.billed_duration_ns),
    memory_size_mib = coalesce(memory_size_mib, excluded.memory_size_mib),
    max_memory_used_mib = coalesce(max_memory_used_mib, excluded.max_memory_used_mib),
    init_duration_ns = coalesce(init_duration_ns, excluded.init_duration_ns),
    restore_duration_ns = coalesce(restore_duration_ns, excluded.restore_duration_ns),
    billed_restore_duration_ns = coalesce(billed_restore_duration_ns, excluded.billed_restore_duration_ns),
    produced_bytes = coalesce(produced_bytes, excluded.produced_bytes),
    response_latency_ns = coalesce(response_latency_ns, excluded.response_latency_ns),
    trace_id = coalesce(trace_id, excluded.trace_id),
    tenant = coalesce(tenant, excluded.tenant),
    at_edge = min(at_edge, excluded.at_edge)";

/// SQL query for the columns that [`read`] expects, in the order in which it reads them: `invocations`,
/// overridden by `settled` (see [`super::reconcile`]). A `WHERE` clause may follow.
pub(super) const SELECT: &str = "
SELECT invocations.id, stream_id, version, event_id, time_ms, request_id,
    coalesce(settled.outcome, invocations.outcome), reported,
    iif(settled.outcome IS NULL, invocations.error_type, settled.error_type),
    coalesce(settled.start, invocations.start),
    duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib, init_duration_ns, restore_duration_ns,
    billed_restore_duration_ns,
    coalesce(settled.produced_bytes, invocations.produced_bytes),
    coalesce(settled.response_latency_ns, invocations.response_latency_ns),
    coalesce(settled.trace_id, invocations.trace_id),
    coalesce(settled.tenant, invocations.tenant),
    at_edge, function_id
FROM invocations LEFT JOIN settled ON invocation_id = invocations.id";

/// Calls `execute` with the parameters of [`UPSERT`].
pub(super) fn bind(
    invocation: &Invocation,
    source: StreamRow,
    execute: impl FnOnce(&[&dyn ToSql]) -> rusqlite::Result<usize>,
) -> rusqlite::Result<usize> {
    let nanos = |time: Option<Duration>| time.map(nanos);
    let bytes = |size: Option<ByteSize>| size.map(|size| signed(size.0));
    let mebibytes = |size: Option<MemoryMib>| size.map(|size| size.0);
    execute(&[
        &InvocationKey::of(&invocation.origin, &invocation.event_id).0,
        &source.function,
        &source.stream,
        &invocation.origin.version(),
        &invocation.event_id,
        &invocation.time.0,
        &invocation.request_id,
        &invocation.outcome.code(),
        &invocation.reported.map(Code::code),
        &invocation.error_type,
        &invocation.start.code(),
        &nanos(invocation.duration),
        &nanos(invocation.billed_duration),
        &mebibytes(invocation.memory_size),
        &mebibytes(invocation.max_memory_used),
        &nanos(invocation.init_duration),
        &nanos(invocation.restore_duration),
        &nanos(invocation.billed_restore_duration),
        &bytes(invocation.produced_bytes),
        &nanos(invocation.response_latency),
        &invocation.trace_id,
        &invocation.tenant,
        &invocation.at_edge,
    ])
}

/// Reads the row id and the invocation, with its origin, from a row of [`SELECT`].
pub(super) fn read_with_origin(
    row: &Row<'_>,
    connection: &Connection,
    origins: &mut OriginCache,
) -> Result<(i64, Invocation), StoreError> {
    let version = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    let source = StreamRow { stream: row.get(1)?, function: row.get(22)? };
    let origin = origins.of_version(connection, source, version)?;
    Ok((row.get(0)?, read(row, origin)?))
}

/// Reads the invocation from a row of [`SELECT`].
pub(super) fn read(row: &Row<'_>, origin: Arc<Origin>) -> rusqlite::Result<Invocation> {
    Ok(Invocation {
        origin,
        event_id: text(row, 3)?.unwrap_or_default(),
        time: UnixMillis(row.get(4)?),
        request_id: text(row, 5)?.unwrap_or_default(),
        outcome: code(row, 6)?.unwrap_or(Outcome::Unknown),
        reported: code(row, 7)?,
        error_type: text(row, 8)?,
        start: code(row, 9)?.ok_or(FromSqlError::InvalidType)?,
        duration: duration(row, 10)?,
        billed_duration: duration(row, 11)?,
        memory_size: row.get::<_, Option<u32>>(12)?.map(MemoryMib),
        max_memory_used: row.get::<_, Option<u32>>(13)?.map(MemoryMib),
        init_duration: duration(row, 14)?,
        restore_duration: duration(row, 15)?,
        billed_restore_duration: duration(row, 16)?,
        produced_bytes: size(row, 17)?,
        response_latency: duration(row, 18)?,
        trace_id: text(row, 19)?,
        tenant: text(row, 20)?,
        at_edge: row.get(21)?,
    })
}

/// Reads a text column as `Box<str>`, without an intermediate `String`.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Box<str>>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Into::into))
}

/// Reads a column that holds a number of bytes.
pub(super) fn size(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<ByteSize>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|bytes| ByteSize(unsigned(bytes))))
}

/// Reads a column that holds nanoseconds.
pub(super) fn duration(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Duration>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|nanos| Duration::from_nanos(unsigned(nanos))))
}

/// Reads a column that holds the [`Code`] of an enum member.
///
/// # Errors
/// Returns an error if this version does not know the code.
pub(super) fn code<T: Code>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let value = row.get_ref(column)?;
    if value == ValueRef::Null {
        return Ok(None);
    }
    let number = value.as_i64()?;
    let member = u8::try_from(number).ok().and_then(T::from_code);
    Ok(Some(member.ok_or(FromSqlError::OutOfRange(number))?))
}

/// Converts a duration to nanoseconds, at most `i64::MAX` (292 years).
pub(super) fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// Converts a count to SQLite's signed integer, at most `i64::MAX`.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Converts a SQLite integer to a count; negative numbers become 0.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
