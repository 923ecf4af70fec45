//! Correlation ids and resources that the lines of a run mention: the table that links the runs of a request.
//!
//! A row is one id or resource of one run, however many lines have it. The run is known by its log stream and request id,
//! because lines are stored before the REPORT of their run, or without it.

use std::{collections::HashSet, sync::Arc};

use foldhash::fast::RandomState;
use rusqlite::{Connection, ToSql, params, types::ValueRef};
use tailwater_parser::{
    Origin, UnixMillis,
    line::correlation::{self, IdKind, Mention, Scanner, canonical_id, canonical_trace, xray_form},
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{
    Store,
    assumptions::{self, Assumption},
    checksum::{self, OF_MENTION},
    codes::Code,
    error::StoreError,
    events::Events,
    lookup::{self, StoredInvocation},
    origin_cache::{OriginCache, StreamRow},
    row,
};

/// Id or resource in the lines of a run, before it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RunMention {
    pub(super) request_id: Box<str>,
    pub(super) mention: Mention,
    pub(super) value: Box<str>,
    /// Time of the first line with it.
    pub(super) time: UnixMillis,
}

/// Position up to which a reader has read the ids and resources. The default is the position before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MentionCursor(i64);

/// Id or resource in the lines of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredMention<'m> {
    /// Meaning that the lines give it: an id, or a resource that is used or handled.
    pub mention: Mention,
    /// The id, or the name of the resource.
    pub value: &'m str,
    /// Request id of the run.
    pub request_id: &'m str,
}

/// Id or resource in the lines of a run, with the time of the first line with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedMention {
    /// Meaning that the lines give it.
    pub mention: Mention,
    /// The id, or the name of the resource.
    pub value: Box<str>,
    /// Time of the first line with it.
    pub time: UnixMillis,
}

/// Returns the scanner for the lines of a store, with the paths of members that the store keeps.
pub(super) fn scanner(connection: &Connection) -> Result<Scanner, StoreError> {
    let fields = assumptions::read(connection, Assumption::CorrelationFields)?.unwrap_or_default();
    Ok(Scanner::new(fields.split(',')))
}

/// Finds the ids and resources in events, each once for a run.
pub(super) fn of_events(scanner: &Scanner, events: &Events) -> Vec<RunMention> {
    let mut seen: HashSet<(&str, Mention, Box<str>), RandomState> = HashSet::default();
    let mut found = Vec::new();
    for event in events.iter().filter(|event| event.part.is_first() && correlation::may_have_ids(event.kind))
    {
        let Some(request_id) = event.request_id else { continue };
        scanner.scan(event.message, &mut |mention, value| {
            if seen.insert((request_id, mention, value.into())) {
                let (request_id, value) = (request_id.into(), value.into());
                found.push(RunMention { request_id, mention, value, time: event.time });
            }
        });
    }
    found
}

/// Inserts what is not stored yet.
pub(super) fn insert(
    connection: &Connection,
    stream: i64,
    mentions: &[RunMention],
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO mentions (run, kind, value, stream_id, request_id, time_ms, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (value, run, kind) DO NOTHING",
    )?;
    for RunMention { request_id, mention, value, time } in mentions {
        let (run, kind) = (run_hash(stream, request_id), mention.code());
        let sum = checksum::of_values([
            ValueRef::Integer(run),
            ValueRef::Integer(kind.into()),
            ValueRef::Text(value.as_bytes()),
            ValueRef::Integer(stream),
            ValueRef::Text(request_id.as_bytes()),
        ]);
        insert.execute(params![run, kind, value, stream, request_id, time.0, sum])?;
    }
    Ok(())
}

/// Hash of a run's log stream and request id, by which its rows are found.
fn run_hash(stream: i64, request_id: &str) -> i64 {
    xxh3_64_with_seed(request_id.as_bytes(), stream.cast_unsigned()).cast_signed()
}

impl Store {
    /// Passes the ids and resources that were added since `cursor` to `each`, with the origin of their log stream, and
    /// returns the new cursor.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn mentions_since(
        &self,
        cursor: MentionCursor,
        each: &mut dyn FnMut(&Arc<Origin>, StoredMention<'_>),
    ) -> Result<MentionCursor, StoreError> {
        self.named(since(&self.connection, cursor, each))
    }

    /// Returns the runs whose lines have one of the correlation ids that a text can be, at most `limit` of them.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn runs_with_id(&self, text: &str, limit: usize) -> Result<Vec<StoredInvocation>, StoreError> {
        self.named(runs_with_id(&self.connection, text, limit))
    }

    /// Returns the ids and resources in the lines of a run, each with the time of the first line with it, in the order in
    /// which they were stored.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn mentions_of(&self, run: &StoredInvocation) -> Result<Vec<TimedMention>, StoreError> {
        self.named(of_run(&self.connection, run))
    }

    /// Returns at most `limit` correlation ids that begin with `prefix`, in their order.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<(IdKind, String)>, StoreError> {
        self.named(with_prefix(&self.connection, prefix, limit))
    }

    /// Returns the function and the time of the first line that has a correlation id; `None` if no line has it.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn first_line_with_id(&self, id: &str) -> Result<Option<(String, UnixMillis)>, StoreError> {
        self.named(first_line_with(&self.connection, id))
    }
}

fn since(
    connection: &Connection,
    cursor: MentionCursor,
    each: &mut dyn FnMut(&Arc<Origin>, StoredMention<'_>),
) -> Result<MentionCursor, StoreError> {
    const SINCE: &str = "mentions WHERE mentions.id > ?1 ORDER BY mentions.id";
    let last = read(connection, SINCE, params![cursor.0], each)?;
    Ok(MentionCursor(last.unwrap_or(cursor.0)))
}

/// Passes the ids and resources whose first line lies in a time range to `each`.
pub(super) fn in_range(
    connection: &Connection,
    since: UnixMillis,
    until: UnixMillis,
    each: &mut dyn FnMut(&Arc<Origin>, StoredMention<'_>),
) -> Result<(), StoreError> {
    const IN_RANGE: &str = "mentions INDEXED BY mentions_by_time WHERE time_ms >= ?1 AND time_ms < ?2";
    read(connection, IN_RANGE, params![since.0, until.0], each).map(drop)
}

/// Reads rows, and returns the id of the last one.
fn read(
    connection: &Connection,
    rows: &str,
    parameters: &[&dyn ToSql],
    each: &mut dyn FnMut(&Arc<Origin>, StoredMention<'_>),
) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT mentions.id, mentions.sum = {OF_MENTION}, kind, value, request_id, stream_id,
            (SELECT function_id FROM streams WHERE streams.id = stream_id)
         FROM {rows}"
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(parameters)?;
    let (mut last, mut origins) = (None, OriginCache::default());
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        last = Some(id);
        checksum::verify(row.get(1)?, "mentions", id)?;
        let source = StreamRow { stream: row.get(5)?, function: row.get(6)? };
        let origin = origins.of_version(connection, source, "")?;
        let Some(mention) = row::code(row.get_ref(2)?).map_err(rusqlite::Error::from)? else { continue };
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        each(&origin, StoredMention { mention, value: text(3)?, request_id: text(4)? });
    }
    Ok(last)
}

fn runs_with_id(
    connection: &Connection,
    text: &str,
    limit: usize,
) -> Result<Vec<StoredInvocation>, StoreError> {
    let mut values = vec![text.to_owned()];
    let trace = canonical_trace(text);
    values.extend(trace.clone());
    values.extend(canonical_id(IdKind::Execution, text).map(std::borrow::Cow::into_owned));
    values.dedup();
    let mut found = match &trace {
        Some(trace) => lookup::by_trace(connection, &xray_form(trace), limit)?,
        None => Vec::new(),
    };
    for value in values {
        for (stream, request) in requests_with(connection, &value, limit)? {
            found.extend(lookup::by_request_in_stream(connection, &request, stream)?);
        }
    }
    found.sort_by_key(|run| (run.invocation.time, run.id));
    found.dedup_by_key(|run| run.id);
    found.truncate(limit);
    Ok(found)
}

/// Log streams and request ids of the runs with an id, each once, whatever the kinds of the id are.
fn requests_with(
    connection: &Connection,
    value: &str,
    limit: usize,
) -> Result<Vec<(i64, String)>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT stream_id, request_id, min(sum = {OF_MENTION}), id FROM mentions WHERE value = ?1 AND kind >= ?2
         GROUP BY stream_id, request_id LIMIT ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = select.query(params![value, FIRST_ID, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        checksum::verify(row.get(2)?, "mentions", row.get(3)?)?;
        found.push((row.get(0)?, row.get(1)?));
    }
    Ok(found)
}

fn first_line_with(connection: &Connection, id: &str) -> Result<Option<(String, UnixMillis)>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT stream_id, (SELECT function_id FROM streams WHERE streams.id = stream_id), time_ms,
            sum = {OF_MENTION}, id
         FROM mentions WHERE value = ?1 AND kind >= ?2 ORDER BY time_ms LIMIT 1"
    ))?;
    let mut rows = select.query(params![id, FIRST_ID])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    checksum::verify(row.get(3)?, "mentions", row.get(4)?)?;
    let source = StreamRow { stream: row.get(0)?, function: row.get(1)? };
    let origin = OriginCache::default().of_version(connection, source, "")?;
    Ok(Some((origin.listed_name().to_owned(), UnixMillis(row.get(2)?))))
}

/// Lowest code of an id; the codes below it are those of resources.
const FIRST_ID: u8 = 2;

fn of_run(connection: &Connection, run: &StoredInvocation) -> Result<Vec<TimedMention>, StoreError> {
    let stream: i64 = connection
        .prepare_cached("SELECT stream_id FROM invocations WHERE id = ?1")?
        .query_row([run.id], |row| row.get(0))?;
    let mut select = connection.prepare_cached(&format!(
        "SELECT kind, value, sum = {OF_MENTION}, id, time_ms FROM mentions WHERE run = ?1 ORDER BY id"
    ))?;
    let mut rows = select.query([run_hash(stream, &run.invocation.request_id)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        checksum::verify(row.get(2)?, "mentions", row.get(3)?)?;
        let mention = row::code(row.get_ref(0)?).map_err(rusqlite::Error::from)?;
        let (value, time) = (row.get(1)?, UnixMillis(row.get(4)?));
        found.extend(mention.map(|mention| TimedMention { mention, value, time }));
    }
    Ok(found)
}

fn with_prefix(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<(IdKind, String)>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT value, min(kind) FROM mentions
         WHERE value >= ?1 AND value < ?1 || ?2 AND kind >= ?3 GROUP BY value ORDER BY value LIMIT ?4",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = select.query(params![prefix, char::MAX.to_string(), FIRST_ID, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(Mention::Id(kind)) = row::code(row.get_ref(1)?).map_err(rusqlite::Error::from)? {
            found.push((kind, row.get(0)?));
        }
    }
    Ok(found)
}
