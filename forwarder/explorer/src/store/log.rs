//! Stored log events, and those that belong together: an invocation's, and an event's neighbours.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use tailwater_parser::{Level, Origin, UnixMillis, decode::Part};

use super::{
    block::Packed,
    bloom,
    error::StoreError,
    events::{EventView, Events},
    identity::{EventKey, InvocationKey},
    origins::Origins,
    words::request_hash,
};

/// Where an event stands: the order of the log, and what a page ends with.
///
/// Within a stream and a millisecond, events keep the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// When it was logged.
    pub time: UnixMillis,
    /// Row of its log stream.
    pub stream: i64,
    /// Row of its block.
    pub block: i64,
    /// Its index in the block.
    pub index: usize,
}

/// A stored log event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Where it stands.
    pub place: Place,
    /// Where it comes from.
    pub origin: Arc<Origin>,
    /// Its identity.
    pub key: EventKey,
    /// How serious it is.
    pub level: Option<Level>,
    /// Whether `message` is all of it.
    pub part: Part,
    /// What kind of line it is, such as `app` or `report`.
    pub kind: Box<str>,
    /// Of its invocation.
    pub request_id: Option<Box<str>>,
    /// X-Ray trace id.
    pub trace_id: Option<Box<str>>,
    /// The message as it came.
    pub message: Box<str>,
}

impl LogEvent {
    /// An event whose origin is still to be filled in.
    pub(super) fn new(place: Place, event: &EventView<'_>) -> Self {
        Self {
            place,
            origin: Arc::default(),
            key: event.key,
            level: event.level,
            part: event.part,
            kind: event.kind.into(),
            request_id: event.request_id.map(Into::into),
            trace_id: event.trace_id.map(Into::into),
            message: event.message.into(),
        }
    }

    /// The event with its origin.
    pub(super) fn at_home(self, connection: &Connection, origins: &mut Origins) -> Result<Self, StoreError> {
        Ok(Self { origin: origins.of_block(connection, self.place.block)?, ..self })
    }
}

/// A block's events.
pub(super) fn open_block(connection: &Connection, block: i64) -> Result<Events, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT event_keys, columns, messages FROM blocks WHERE id = ?1")?;
    let packed = select.query_row([block], |row| {
        Ok(Packed { event_keys: row.get(0)?, columns: row.get(1)?, messages: row.get(2)? })
    })?;
    packed.open().ok_or(StoreError::Damaged { block })
}

/// The log of one invocation, in order; empty when it is not stored.
///
/// A retry has the same request id in maybe the same stream: a START behind a REPORT begins another invocation.
pub(super) fn of_invocation(
    connection: &Connection,
    key: InvocationKey,
) -> Result<Vec<LogEvent>, StoreError> {
    let found = connection
        .prepare_cached("SELECT stream_id, request_id, time_ms FROM invocations WHERE key = ?1")?
        .query_row([key.0], |row| Ok((row.get(0)?, row.get::<_, Box<str>>(1)?, row.get(2)?)))
        .optional()?;
    let Some((stream, request_id, end)) = found else {
        return Ok(Vec::new());
    };
    let hash = request_hash(&request_id);
    let blocks = stream_blocks(connection, stream, |bloom| bloom::may_hold(bloom, hash))?;
    let all = events_of(connection, stream, &blocks)?;
    let its: Vec<_> =
        all.into_iter().filter(|event| event.request_id.as_deref() == Some(&*request_id)).collect();
    let is_its_report = |event: &LogEvent| &*event.kind == "report" && event.place.time == UnixMillis(end);
    let runs = its.chunk_by(|before, next| !(&*next.kind == "start" && &*before.kind != "start"));
    let run = runs.into_iter().find(|run| run.iter().any(is_its_report));
    at_home(connection, run.map(<[_]>::to_vec).unwrap_or_default())
}

/// The events around one of the same log stream, in order: up to `count` before it, itself, up to `count` after.
pub(super) fn around(
    connection: &Connection,
    place: Place,
    count: usize,
) -> Result<Vec<LogEvent>, StoreError> {
    let blocks = stream_blocks(connection, place.stream, |_| true)?;
    let Some(middle) = blocks.iter().position(|block| *block == place.block) else {
        return Ok(Vec::new());
    };
    let mut reach = 1;
    loop {
        let near = middle.saturating_sub(reach)..blocks.len().min(middle + reach + 1);
        let is_all = near.len() == blocks.len();
        let events = events_of(connection, place.stream, blocks.get(near).unwrap_or_default())?;
        let at = events.iter().position(|event| event.place == place);
        let Some(at) = at else { return Ok(Vec::new()) };
        let is_enough = at >= count && events.len() > at + count;
        if is_all || is_enough {
            let window = events.into_iter().skip(at.saturating_sub(count)).take(at.min(count) + 1 + count);
            return at_home(connection, window.collect());
        }
        reach *= 2;
    }
}

/// The blocks of a stream whose words pass `filter`, in order of time.
fn stream_blocks(
    connection: &Connection,
    stream: i64,
    filter: impl Fn(&[u8]) -> bool,
) -> Result<Vec<i64>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, bloom FROM blocks JOIN block_words ON block_id = id WHERE stream_id = ?1
         ORDER BY first_ms, last_ms, id",
    )?;
    let mut rows = select.query(params![stream])?;
    let mut blocks = Vec::new();
    while let Some(row) = rows.next()? {
        if filter(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?) {
            blocks.push(row.get(0)?);
        }
    }
    Ok(blocks)
}

/// All events of some blocks of a stream, in order.
fn events_of(connection: &Connection, stream: i64, blocks: &[i64]) -> Result<Vec<LogEvent>, StoreError> {
    let mut found = Vec::new();
    for block in blocks {
        let events = open_block(connection, *block)?;
        found.extend(events.iter().enumerate().map(|(index, event)| {
            LogEvent::new(Place { time: event.time, stream, block: *block, index }, &event)
        }));
    }
    found.sort_by_key(|event| event.place);
    Ok(found)
}

fn at_home(connection: &Connection, events: Vec<LogEvent>) -> Result<Vec<LogEvent>, StoreError> {
    let mut origins = Origins::default();
    events.into_iter().map(|event| event.at_home(connection, &mut origins)).collect()
}
