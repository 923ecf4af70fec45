//! Conversion between invocations and rows of the table `invocations`, and the rule that merges two rows of
//! one invocation.

use std::{sync::Arc, time::Duration};

use rusqlite::{
    Connection, Row, ToSql,
    types::{FromSql as _, FromSqlError, FromSqlResult, ValueRef},
};
use tailwater_parser::{
    ByteSize, MemoryMib, UnixMillis,
    derive::{Invocation, Outcome},
    line::Segment,
};

use super::{
    checksum,
    codes::Code,
    error::StoreError,
    identity::InvocationKey,
    origin_cache::{OriginCache, StreamRow},
    totals::{self, FullScan, Total},
};

/// Expands to the statement that inserts an invocation, followed by the clauses for the case that it is stored already.
macro_rules! insert {
    ($conflict:literal) => {
        concat!(
            "
INSERT INTO invocations (
    key, function_id, stream_id, version, event_id, time_ms, request_id, outcome, reported, error_type, start,
    duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib, init_duration_ns, restore_duration_ns,
    billed_restore_duration_ns, produced_bytes, response_latency_ns, trace_id, tenant, at_edge,
    start_ms, span_id, parent_span_id, recorded, sum
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
    ?24, ?25, ?26, ?27,
    checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
        ?24, ?25, ?26, ?27))
ON CONFLICT (key) ",
            $conflict
        )
    };
}

/// Statement that inserts an invocation if it is not stored yet.
pub(super) const INSERT: &str = insert!("DO NOTHING");

/// Statement that merges an invocation into the stored one.
///
/// Merging keeps every known value and fills in missing ones. The stronger outcome wins, together with its
/// error type. `at_edge` becomes false as soon as one input held all lines of the invocation. A function
/// named by a log line replaces the function that the input gave for the log stream.
///
/// The result does not depend on the order of inputs, so a run that was killed and repeated ends with the same rows as
/// an uninterrupted one.
///
/// The checksum of the row becomes [`checksum::NOT_COMPUTED`] if it matched before. Otherwise it stays wrong. Returns the
/// row id and this checksum.
pub(super) const MERGE: &str = insert!(
    "DO UPDATE SET
    sum = iif(sum = checksum(key, function_id, stream_id, version, event_id, time_ms, request_id, outcome, reported,
        error_type, start, duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib, init_duration_ns,
        restore_duration_ns, billed_restore_duration_ns, produced_bytes, response_latency_ns, trace_id, tenant, at_edge,
        start_ms, span_id, parent_span_id, recorded),
        0, sum),
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
    at_edge = min(at_edge, excluded.at_edge),
    start_ms = coalesce(start_ms, excluded.start_ms),
    span_id = coalesce(span_id, excluded.span_id),
    parent_span_id = coalesce(parent_span_id, excluded.parent_span_id),
    recorded = coalesce(recorded, excluded.recorded)
RETURNING id, sum"
);

/// SQL query for the columns that [`read`] expects: all of `invocations` and of `settled`, which overrides them (see
/// [`super::reconcile`]). A `WHERE` clause may follow.
pub(super) const SELECT: &str = "
SELECT invocations.id, invocations.sum,
    key, function_id, stream_id, version, event_id, time_ms, request_id, invocations.outcome, reported,
    invocations.error_type, invocations.start, duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib,
    init_duration_ns, restore_duration_ns, billed_restore_duration_ns, invocations.produced_bytes,
    invocations.response_latency_ns, invocations.trace_id, invocations.tenant, at_edge, start_ms, span_id,
    parent_span_id, recorded,
    settled.sum,
    invocation_id, settled.outcome, settled.error_type, settled.start, settled.produced_bytes,
    settled.response_latency_ns, settled.trace_id, settled.tenant
FROM invocations LEFT JOIN settled ON invocation_id = invocations.id";

/// Column of [`SELECT`] at which those of `invocations` begin, in the order of its checksum.
const OWN: usize = 2;
/// Column of [`SELECT`] with the checksum of the row of `settled`, before those of `settled` in the order of its checksum.
const SETTLED_SUM: usize = 29;

/// Calls `execute` with the parameters of [`INSERT`] and [`MERGE`], and returns its result.
pub(super) fn bind<T>(
    invocation: &Invocation,
    source: StreamRow,
    execute: impl FnOnce(&[&dyn ToSql]) -> T,
) -> T {
    let nanos = |time: Option<Duration>| time.map(nanos);
    let bytes = |size: Option<ByteSize>| size.map(|size| signed(size.0));
    let mebibytes = |size: Option<MemoryMib>| size.map(|size| size.0);
    let segment = invocation.segment.unwrap_or_default();
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
        &invocation.start_time.map(|time| time.0),
        &segment.span_id.map(i64::from_be_bytes),
        &segment.parent_span_id.map(i64::from_be_bytes),
        &segment.recorded,
    ])
}

/// Passes all invocations with their row ids to `each`, in the order of these ids.
///
/// # Errors
/// Returns an error if rows are damaged or missing.
pub(super) fn for_each(
    connection: &Connection,
    mut each: impl FnMut(i64, Invocation),
) -> Result<(), StoreError> {
    let (mut scan, mut settled) = (FullScan::new(Total::Invocations), 0);
    let mut select = connection.prepare_cached(&format!("{SELECT} ORDER BY invocations.id"))?;
    let mut rows = select.query([])?;
    let mut origins = OriginCache::default();
    while let Some(row) = rows.next()? {
        let (id, invocation) = read_with_origin(row, connection, &mut origins)?;
        scan.next(id)?;
        settled += i64::from(is_settled(row)?);
        each(id, invocation);
    }
    scan.finish(connection)?;
    totals::compare(connection, Total::Settled, settled)
}

/// Reads the row id and the invocation, with its origin, from a row of [`SELECT`].
pub(super) fn read_with_origin(
    row: &Row<'_>,
    connection: &Connection,
    origins: &mut OriginCache,
) -> Result<(i64, Invocation), StoreError> {
    let (id, invocation) = read(row)?;
    let version = row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?;
    let source = StreamRow { stream: row.get(4)?, function: row.get(3)? };
    let origin = origins.of_version(connection, source, version)?;
    Ok((id, Invocation { origin, ..invocation }))
}

/// Reads the key of the invocation from a row of [`SELECT`].
pub(super) fn key(row: &Row<'_>) -> rusqlite::Result<InvocationKey> {
    row.get(2).map(InvocationKey)
}

fn is_settled(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get_ref(SETTLED_SUM)? != ValueRef::Null)
}

/// Reads the row id and the invocation, without its origin, from a row of [`SELECT`].
///
/// # Errors
/// Returns [`StoreError::Damaged`] if a checksum does not match.
pub(super) fn read(row: &Row<'_>) -> Result<(i64, Invocation), StoreError> {
    let id = row.get(0)?;
    let own = values(row, OWN)?;
    checksum::verify(row.get_ref(1)? == ValueRef::Integer(checksum::of_values(own)), "invocations", id)?;
    let mut invocation = invocation(own)?;
    if is_settled(row)? {
        let settled = values(row, SETTLED_SUM + 1)?;
        let sum = ValueRef::Integer(checksum::of_values(settled));
        checksum::verify(row.get_ref(SETTLED_SUM)? == sum, "settled", id)?;
        settle(&mut invocation, settled)?;
    }
    Ok((id, invocation))
}

/// Reads `N` columns, beginning at `first`.
fn values<'r, const N: usize>(row: &'r Row<'_>, first: usize) -> rusqlite::Result<[ValueRef<'r>; N]> {
    let mut values = [ValueRef::Null; N];
    for (value, column) in values.iter_mut().zip(first..) {
        *value = row.get_ref(column)?;
    }
    Ok(values)
}

fn invocation(columns: [ValueRef<'_>; 27]) -> rusqlite::Result<Invocation> {
    let [
        _key,
        _function,
        _stream,
        _version,
        event_id,
        time,
        request_id,
        outcome,
        reported,
        error_type,
        start,
        rest @ ..,
    ] = columns;
    let [duration, billed_duration, memory_size, max_memory_used, rest @ ..] = rest;
    let [init_duration, restore_duration, billed_restore_duration, rest @ ..] = rest;
    let [produced_bytes, response_latency, trace_id, tenant, at_edge, rest @ ..] = rest;
    let [start_time, span_id, parent_span_id, recorded] = rest;
    let segment = Segment {
        span_id: span(span_id)?,
        parent_span_id: span(parent_span_id)?,
        recorded: Option::column_result(recorded)?,
    };
    Ok(Invocation {
        origin: Arc::default(),
        event_id: text(event_id)?.unwrap_or_default(),
        time: UnixMillis(time.as_i64()?),
        start_time: Option::column_result(start_time)?.map(UnixMillis),
        init_start_time: None,
        request_id: text(request_id)?.unwrap_or_default(),
        outcome: code(outcome)?.unwrap_or(Outcome::Unknown),
        reported: code(reported)?,
        error_type: text(error_type)?,
        start: code(start)?.ok_or(FromSqlError::InvalidType)?,
        duration: nanoseconds(duration)?,
        billed_duration: nanoseconds(billed_duration)?,
        memory_size: Option::column_result(memory_size)?.map(MemoryMib),
        max_memory_used: Option::column_result(max_memory_used)?.map(MemoryMib),
        init_duration: nanoseconds(init_duration)?,
        restore_duration: nanoseconds(restore_duration)?,
        billed_restore_duration: nanoseconds(billed_restore_duration)?,
        produced_bytes: size(produced_bytes)?,
        response_latency: nanoseconds(response_latency)?,
        trace_id: text(trace_id)?,
        segment: Some(segment).filter(|segment| *segment != Segment::default()),
        spans: Vec::new(),
        tenant: text(tenant)?,
        at_edge: bool::column_result(at_edge)?,
    })
}

/// Converts the id of a span.
fn span(value: ValueRef<'_>) -> FromSqlResult<Option<[u8; 8]>> {
    Ok(value.as_i64_or_null()?.map(i64::to_be_bytes))
}

/// Overrides members of an invocation with those of its row in `settled`.
fn settle(invocation: &mut Invocation, columns: [ValueRef<'_>; 8]) -> rusqlite::Result<()> {
    let [_id, outcome, error_type, start, produced_bytes, response_latency, trace_id, tenant] = columns;
    invocation.outcome = code(outcome)?.unwrap_or(invocation.outcome);
    invocation.error_type = text(error_type)?;
    invocation.start = code(start)?.unwrap_or(invocation.start);
    invocation.produced_bytes = size(produced_bytes)?.or(invocation.produced_bytes);
    invocation.response_latency = nanoseconds(response_latency)?.or(invocation.response_latency);
    invocation.trace_id = text(trace_id)?.or_else(|| invocation.trace_id.take());
    invocation.tenant = text(tenant)?.or_else(|| invocation.tenant.take());
    Ok(())
}

/// Reads the row id and the checksum that a statement returns.
pub(super) fn id_and_sum(row: &Row<'_>) -> rusqlite::Result<(i64, i64)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// Converts a text as `Box<str>`, without an intermediate `String`.
pub(super) fn text(value: ValueRef<'_>) -> FromSqlResult<Option<Box<str>>> {
    Ok(value.as_str_or_null()?.map(Into::into))
}

/// Converts a number of bytes.
pub(super) fn size(value: ValueRef<'_>) -> FromSqlResult<Option<ByteSize>> {
    Ok(value.as_i64_or_null()?.map(|bytes| ByteSize(unsigned(bytes))))
}

/// Converts a number of nanoseconds.
pub(super) fn nanoseconds(value: ValueRef<'_>) -> FromSqlResult<Option<Duration>> {
    Ok(value.as_i64_or_null()?.map(|nanos| Duration::from_nanos(unsigned(nanos))))
}

/// Converts the [`Code`] of an enum member.
///
/// # Errors
/// Returns an error if this version does not know the code.
pub(super) fn code<T: Code>(value: ValueRef<'_>) -> FromSqlResult<Option<T>> {
    let Some(number) = value.as_i64_or_null()? else { return Ok(None) };
    let member = u8::try_from(number).ok().and_then(T::from_code);
    member.map(Some).ok_or(FromSqlError::OutOfRange(number))
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
