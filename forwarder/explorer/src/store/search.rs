//! Search over log events: newest first, page by page.
//!
//! Blocks are visited in descending order of their end time. Conditions on time, function and level are
//! checked with the columns of the table `blocks`, words with the Bloom filter of each block. Only blocks
//! that may match are decoded, and the search ends when the page is full and all its events are newer than
//! the remaining blocks.

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::RandomState;
use rusqlite::{Connection, Row, named_params};
use tailwater_parser::{Level, Origin, UnixMillis};

use super::{
    bloom,
    checksum::{self, OF_BLOCK_HEAD, OF_STREAM},
    codes::LevelMask,
    error::StoreError,
    events::{EventView, Events},
    log::{LogEvent, LogPosition, read_block, test_words},
    origin_cache::OriginCache,
    read::FunctionId,
    search_terms::SearchTerms,
    words::request_hash,
};

/// Conditions of a search, all of which an event must meet. The default matches every event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<'q> {
    /// Words that must all occur as whole words, and `"phrases"` that may also start or end inside a word. ASCII case is
    /// ignored.
    pub text: &'q str,
    /// Only events of these functions; `None` for all functions.
    pub functions: Option<&'q [FunctionId]>,
    /// Only events of this function version.
    pub version: Option<&'q str>,
    /// Only events that are not known to be of another region.
    pub region: Option<&'q str>,
    /// Only events of this level or a more severe one.
    pub level: Option<Level>,
    /// Only events with this request id, which retries share.
    pub request_id: Option<&'q str>,
    /// Only events of invocations with this X-Ray trace id.
    pub trace_id: Option<&'q str>,
    /// Only events at or after this time.
    pub since: Option<UnixMillis>,
    /// Only events before this time.
    pub until: Option<UnixMillis>,
    /// Only events older than this position: [`SearchPage::next`] of the previous page.
    pub after: Option<LogPosition>,
}

/// Page of search results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// Matching events, newest first.
    pub events: Vec<LogEvent>,
    /// Value of [`Query::after`] for the next page; `None` if all events were searched.
    pub next: Option<LogPosition>,
    /// True if the search was stopped before the page was full. Events older than `next` are not searched yet.
    pub is_partial: bool,
}

/// Block that meets all conditions that can be checked without its Bloom filter.
struct Candidate {
    id: i64,
    stream: i64,
    last: UnixMillis,
    function: FunctionId,
}

/// Conditions of a search, ready to be tested on blocks and events.
#[derive(Debug)]
pub struct EventFilter<'q> {
    query: &'q Query<'q>,
    /// Request ids that match [`Query::request_id`] and [`Query::trace_id`]; `None` if neither is set.
    requests: Option<Vec<Box<str>>>,
    /// Log streams that match [`Query::version`] and [`Query::region`]; `None` if neither is set.
    streams: Option<HashSet<i64, RandomState>>,
    terms: SearchTerms,
}

/// Returns a page of the newest `limit` events that match `query`. Stops early when `should_continue`, which
/// is called between blocks, returns false.
pub(super) fn search(
    connection: &Connection,
    query: &Query<'_>,
    limit: usize,
    should_continue: &dyn Fn() -> bool,
) -> Result<SearchPage, StoreError> {
    let search = Search { filter: EventFilter::new(connection, query)?, limit };
    if search.filter.excludes_all() {
        return Ok(SearchPage::default());
    }
    let (mut newest, stopped_at) = search.run(connection, should_continue)?;
    if let Some(stopped_at) = stopped_at {
        // Blocks that were not searched may hold events among those before this position.
        newest = newest.split_off(&stopped_at);
    }
    let is_full = newest.len() >= limit;
    let last = newest.first_key_value().map(|(position, _)| *position).filter(|_| is_full);
    let mut origins = OriginCache::default();
    let events = newest.into_values().rev().map(|event| event.with_origin(connection, &mut origins));
    Ok(SearchPage {
        events: events.collect::<Result<_, _>>()?,
        next: last.or(stopped_at),
        is_partial: !is_full && stopped_at.is_some(),
    })
}

/// Returns the request ids that match [`Query::request_id`] and [`Query::trace_id`]; `None` if neither is set.
fn requests(connection: &Connection, query: &Query<'_>) -> Result<Option<Vec<Box<str>>>, StoreError> {
    let request_id: Option<Box<str>> = query.request_id.map(Into::into);
    let Some(trace_id) = query.trace_id else {
        return Ok(request_id.map(|id| vec![id]));
    };
    let mut select = connection.prepare_cached(
        "SELECT DISTINCT request_id FROM invocations
         WHERE trace_id IS NOT NULL AND substr(trace_id, 12, 8) = substr(?1, 12, 8) AND trace_id = ?1",
    )?;
    let traced = select.query_map([trace_id], |row| row.get(0))?.collect::<Result<Vec<Box<str>>, _>>()?;
    Ok(Some(traced.into_iter().filter(|id| request_id.as_ref().is_none_or(|only| only == id)).collect()))
}

/// Returns the log streams that match [`Query::version`] and [`Query::region`]; `None` if neither is set.
fn streams(
    connection: &Connection,
    query: &Query<'_>,
) -> Result<Option<HashSet<i64, RandomState>>, StoreError> {
    if query.version.is_none() && query.region.is_none() {
        return Ok(None);
    }
    let mut select = connection.prepare_cached(&format!(
        "SELECT streams.id, log_group, log_stream, streams.sum = {OF_STREAM}
         FROM streams JOIN functions ON functions.id = function_id
         WHERE ?1 IS NULL OR region = '' OR region = ?1"
    ))?;
    let mut rows = select.query([query.region])?;
    let mut found = HashSet::default();
    while let Some(row) = rows.next()? {
        checksum::verify(row.get(3)?, "streams", row.get(0)?)?;
        let mut origin = Origin::default();
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        origin.set_names(text(1)?, text(2)?);
        if query.version.is_none_or(|version| version == origin.version()) {
            found.insert(row.get(0)?);
        }
    }
    Ok(Some(found))
}

impl<'q> EventFilter<'q> {
    pub(super) fn new(connection: &Connection, query: &'q Query<'q>) -> Result<Self, StoreError> {
        Ok(Self {
            query,
            requests: requests(connection, query)?,
            streams: streams(connection, query)?,
            terms: SearchTerms::parse(query.text),
        })
    }

    /// True if no event can meet the conditions.
    pub(super) fn excludes_all(&self) -> bool {
        self.requests.as_ref().is_some_and(Vec::is_empty)
            || self.streams.as_ref().is_some_and(HashSet::is_empty)
    }

    /// Returns the earliest and the latest time that a matching event can have, both inclusive.
    pub(super) fn time_bounds(&self) -> (UnixMillis, UnixMillis) {
        let until = self.query.until.map_or(i64::MAX, |until| until.0.saturating_sub(1));
        let after = self.query.after.map_or(i64::MAX, |position| position.time.0);
        (self.query.since.unwrap_or(UnixMillis(i64::MIN)), UnixMillis(until.min(after)))
    }

    pub(super) fn levels(&self) -> LevelMask {
        self.query.level.map_or(LevelMask(u8::MAX), LevelMask::at_least)
    }

    /// True if events of this function and log stream can match.
    pub(super) fn is_of_source(&self, function: FunctionId, stream: i64) -> bool {
        self.query.functions.is_none_or(|ids| ids.contains(&function))
            && self.streams.as_ref().is_none_or(|streams| streams.contains(&stream))
    }

    /// True if, by its Bloom filter, a block may contain the search terms and one of the request ids.
    pub(super) fn may_match(&self, bloom: &[u8]) -> bool {
        let request = self
            .requests
            .as_ref()
            .is_none_or(|ids| ids.iter().any(|id| bloom::may_contain(bloom, request_hash(id))));
        request && self.terms.may_match(bloom)
    }

    /// Iterates over the matching events of a block and their indices, in reverse order.
    pub(super) fn matching<'e>(&'e self, events: &'e Events) -> impl Iterator<Item = (usize, EventView<'e>)> {
        let (since, until) = self.time_bounds();
        let matches = self.terms.matches(events).into_iter().enumerate().rev();
        let matching = matches.filter(|(_, matches)| *matches);
        let viewed = matching.filter_map(|(index, _)| Some((index, events.at(index)?)));
        viewed.filter(move |(_, event)| {
            (since..=until).contains(&event.time)
                && self.query.level.is_none_or(|level| event.level >= Some(level))
                && self
                    .requests
                    .as_ref()
                    .is_none_or(|ids| event.request_id.is_some_and(|its| ids.iter().any(|id| **id == *its)))
        })
    }
}

struct Search<'q> {
    filter: EventFilter<'q>,
    limit: usize,
}

/// Newest matching events found so far, sorted from oldest to newest, at most as many as the page may hold.
type Newest = BTreeMap<LogPosition, LogEvent>;

impl Search<'_> {
    /// Collects the newest matching events. If `should_continue` stopped the search, also returns a position: the
    /// search is complete only for events at or after it.
    fn run(
        &self,
        connection: &Connection,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<(Newest, Option<LogPosition>), StoreError> {
        let mut newest = Newest::new();
        let mut select = connection.prepare_cached(&format!(
            "SELECT id, stream_id, last_ms, function_id, head = {OF_BLOCK_HEAD}
             FROM blocks INDEXED BY blocks_by_time LEFT JOIN block_sums ON block_id = id
             WHERE last_ms >= :since AND first_ms <= :until AND levels & :levels <> 0
             ORDER BY last_ms DESC"
        ))?;
        let (since, until) = self.filter.time_bounds();
        let levels = self.filter.levels().0;
        let after = self.filter.query.after;
        let mut rows =
            select.query(named_params! { ":since": since.0, ":until": until.0, ":levels": levels })?;
        let mut first_end = None;
        while let Some(row) = rows.next()? {
            let block = candidate(row)?;
            if self.is_complete(&newest, block.last) {
                break;
            }
            // Each call must make progress: it searches at least the blocks that end in the first millisecond, and
            // stops only at a position before `after`, because blocks that overlap it are visited again.
            let first_end = *first_end.get_or_insert(block.last);
            let stop_at = end_of_millisecond(block.last);
            let is_progress = block.last < first_end && after.is_none_or(|after| stop_at < after);
            if is_progress && !should_continue() {
                return Ok((newest, Some(stop_at)));
            }
            let is_selected = self.filter.is_of_source(block.function, block.stream);
            if is_selected && test_words(connection, block.id, |bloom| self.filter.may_match(bloom))? {
                self.collect(connection, &block, &mut newest)?;
            }
        }
        Ok((newest, None))
    }

    /// True if no block that ends at or before `last` can change the result.
    fn is_complete(&self, newest: &Newest, last: UnixMillis) -> bool {
        newest.len() >= self.limit && newest.first_key_value().is_none_or(|(oldest, _)| oldest.time > last)
    }

    /// Adds the matching events of a block to `newest`, and drops the oldest ones beyond the limit.
    fn collect(
        &self,
        connection: &Connection,
        block: &Candidate,
        newest: &mut Newest,
    ) -> Result<(), StoreError> {
        let events = read_block(connection, block.id)?;
        for (index, event) in self.filter.matching(&events) {
            let position = LogPosition { time: event.time, stream: block.stream, block: block.id, index };
            if self.filter.query.after.is_some_and(|after| position >= after) {
                continue;
            }
            let is_newer = |oldest: &LogPosition| position > *oldest;
            if newest.len() < self.limit
                || newest.first_key_value().is_some_and(|(oldest, _)| is_newer(oldest))
            {
                newest.insert(position, LogEvent::new(position, &event));
            }
            if newest.len() > self.limit {
                newest.pop_first();
            }
        }
        Ok(())
    }
}

fn candidate(row: &Row<'_>) -> Result<Candidate, StoreError> {
    checksum::verify(row.get::<_, Option<bool>>(4)? == Some(true), "blocks", row.get(0)?)?;
    Ok(Candidate {
        id: row.get(0)?,
        stream: row.get(1)?,
        last: UnixMillis(row.get(2)?),
        function: FunctionId(row.get(3)?),
    })
}

/// Returns the position after all events logged at `time` and before all later ones.
fn end_of_millisecond(time: UnixMillis) -> LogPosition {
    LogPosition { time: UnixMillis(time.0.saturating_add(1)), stream: i64::MIN, block: i64::MIN, index: 0 }
}
