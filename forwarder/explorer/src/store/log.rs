//! Stored log events, and reading them by invocation or by position in the log stream.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use tailwater_parser::{Level, Origin, UnixMillis, decode::Part};

use super::{
    block::EncodedEvents,
    bloom,
    checksum::{self, OF_CONTENT, OF_EVENT_KEYS, OF_INVOCATION, OF_WORDS},
    error::StoreError,
    events::{EventView, Events},
    identity::{EventKey, InvocationKey},
    origin_cache::OriginCache,
    words::request_hash,
};

/// Position of a stored log event. Positions define the order of events, and serve as page cursors of a search.
///
/// Events of one stream and millisecond are ordered as they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition {
    /// Timestamp of the event.
    pub time: UnixMillis,
    /// Row id in `streams`.
    pub stream: i64,
    /// Row id in `blocks`.
    pub block: i64,
    /// Index of the event in its block.
    pub index: usize,
}

/// Stored log event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Position among all stored log events.
    pub position: LogPosition,
    /// Account, region, log group, log stream and function.
    pub origin: Arc<Origin>,
    /// Key that identifies the event within its log stream.
    pub key: EventKey,
    /// Log level; `None` if the line has none.
    pub level: Option<Level>,
    /// Part of a split message that this event holds.
    pub part: Part,
    /// Kind of line, such as `app` or `report`.
    pub kind: Box<str>,
    /// Request id of the invocation that the event belongs to, if known.
    pub request_id: Option<Box<str>>,
    /// X-Ray trace id of the invocation, if the event has one.
    pub trace_id: Option<Box<str>>,
    /// Service, tags and attributes that rules set, and the numbers of joined and sampled events, as a JSON object.
    pub additions: Option<Box<str>>,
    /// Message text, unchanged.
    pub message: Box<str>,
}

impl LogEvent {
    /// Creates an event with an empty origin; [`LogEvent::with_origin`] fills it in.
    pub(super) fn new(position: LogPosition, event: &EventView<'_>) -> Self {
        Self {
            position,
            origin: Arc::default(),
            key: event.key,
            level: event.level,
            part: event.part,
            kind: event.kind.into(),
            request_id: event.request_id.map(Into::into),
            trace_id: event.trace_id.map(Into::into),
            additions: event.additions.map(Into::into),
            message: event.message.into(),
        }
    }

    /// Sets the origin of the event, which [`LogEvent::new`] leaves empty.
    pub(super) fn with_origin(
        self,
        connection: &Connection,
        origins: &mut OriginCache,
    ) -> Result<Self, StoreError> {
        Ok(Self { origin: origins.of_block(connection, self.position.block)?, ..self })
    }
}

/// Reads and decodes a block.
///
/// # Errors
/// Returns [`StoreError::Damaged`] if a checksum does not match, or the block cannot be decoded.
pub(super) fn read_block(connection: &Connection, block: i64) -> Result<Events, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT blocks.event_keys, columns, messages,
            block_sums.event_keys = {OF_EVENT_KEYS} AND content = {OF_CONTENT}
         FROM blocks LEFT JOIN block_sums ON block_id = blocks.id WHERE blocks.id = ?1"
    ))?;
    let (encoded, is_intact) = select.query_row([block], |row| {
        let encoded = EncodedEvents { event_keys: row.get(0)?, columns: row.get(1)?, messages: row.get(2)? };
        Ok((encoded, row.get::<_, Option<bool>>(3)?))
    })?;
    checksum::verify(is_intact == Some(true), "blocks", block)?;
    encoded.decode().ok_or(StoreError::Damaged { table: "blocks", row: block })
}

/// Returns the log events of an invocation, in the order in which they were logged; an empty list if the
/// invocation is not stored.
///
/// A retry has the same request id and may run in the same stream, so the events with this request id are
/// divided into groups, each beginning at a START line. The group that contains the REPORT line of the
/// invocation is returned.
pub(super) fn of_invocation(
    connection: &Connection,
    key: InvocationKey,
) -> Result<Vec<LogEvent>, StoreError> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT stream_id, request_id, time_ms, id, sum = {OF_INVOCATION} FROM invocations WHERE key = ?1"
        ))?
        .query_row([key.0], |row| {
            let found = (row.get(0)?, row.get::<_, Box<str>>(1)?, row.get(2)?);
            Ok((found, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    let Some(((stream, request_id, end), id, is_intact)) = found else {
        return Ok(Vec::new());
    };
    checksum::verify(is_intact, "invocations", id)?;
    let hash = request_hash(&request_id);
    let blocks = stream_blocks(connection, stream, |bloom| bloom::may_contain(bloom, hash))?;
    let all = read_events(connection, stream, &blocks)?;
    let of_request: Vec<_> =
        all.into_iter().filter(|event| event.request_id.as_deref() == Some(&*request_id)).collect();
    let is_its_report = |event: &LogEvent| &*event.kind == "report" && event.position.time == UnixMillis(end);
    let attempts = of_request.chunk_by(|before, next| !(&*next.kind == "start" && &*before.kind != "start"));
    let attempt = attempts.into_iter().find(|attempt| attempt.iter().any(is_its_report));
    with_origins(connection, attempt.map(<[_]>::to_vec).unwrap_or_default())
}

/// Returns the event at `position` with up to `count` events of the same log stream before and after it, in
/// the order in which they were logged; an empty list if no event has this position.
///
/// Reads blocks of the stream around the position, twice as many in each attempt, until they hold enough
/// events.
pub(super) fn around(
    connection: &Connection,
    position: LogPosition,
    count: usize,
) -> Result<Vec<LogEvent>, StoreError> {
    let blocks = stream_blocks(connection, position.stream, |_| true)?;
    let Some(middle) = blocks.iter().position(|block| *block == position.block) else {
        return Ok(Vec::new());
    };
    let mut reach = 1;
    loop {
        let near = middle.saturating_sub(reach)..blocks.len().min(middle + reach + 1);
        let is_all = near.len() == blocks.len();
        let events = read_events(connection, position.stream, blocks.get(near).unwrap_or_default())?;
        let at = events.iter().position(|event| event.position == position);
        let Some(at) = at else { return Ok(Vec::new()) };
        let is_enough = at >= count && events.len() > at + count;
        if is_all || is_enough {
            let window = events.into_iter().skip(at.saturating_sub(count)).take(at.min(count) + 1 + count);
            return with_origins(connection, window.collect());
        }
        reach *= 2;
    }
}

/// Returns the ids of a stream's blocks whose Bloom filters pass `filter`, ordered by time.
fn stream_blocks(
    connection: &Connection,
    stream: i64,
    filter: impl Fn(&[u8]) -> bool,
) -> Result<Vec<i64>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT id, bloom, words = {OF_WORDS} FROM blocks
         LEFT JOIN block_words ON block_words.block_id = id LEFT JOIN block_sums ON block_sums.block_id = id
         WHERE stream_id = ?1 ORDER BY first_ms, last_ms, id"
    ))?;
    let mut rows = select.query(params![stream])?;
    let mut blocks = Vec::new();
    while let Some(row) = rows.next()? {
        checksum::verify(row.get::<_, Option<bool>>(2)? == Some(true), "block_words", row.get(0)?)?;
        if filter(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?) {
            blocks.push(row.get(0)?);
        }
    }
    Ok(blocks)
}

/// Reads all events of `blocks`, row ids of blocks of one stream, sorted by position.
fn read_events(connection: &Connection, stream: i64, blocks: &[i64]) -> Result<Vec<LogEvent>, StoreError> {
    let mut found = Vec::new();
    for block in blocks {
        let events = read_block(connection, *block)?;
        found.extend(events.iter().enumerate().map(|(index, event)| {
            LogEvent::new(LogPosition { time: event.time, stream, block: *block, index }, &event)
        }));
    }
    found.sort_by_key(|event| event.position);
    Ok(found)
}

fn with_origins(connection: &Connection, events: Vec<LogEvent>) -> Result<Vec<LogEvent>, StoreError> {
    let mut origins = OriginCache::default();
    events.into_iter().map(|event| event.with_origin(connection, &mut origins)).collect()
}
