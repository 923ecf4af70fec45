//! Search over the log: newest first, page by page.
//!
//! Blocks are visited from the latest end backwards. Filters on time, function and level are decided in the index,
//! words by the block's filter; only blocks that may match are opened, and none once a page is full and everything
//! in it is newer than what is left.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, named_params};
use tailwater_parser::{Level, UnixMillis};

use super::{
    bloom,
    codes::LevelMask,
    error::StoreError,
    events::{EventView, Events},
    lines::{LogEvent, Place, open_block},
    needle::Needles,
    origins::Origins,
    read::FunctionId,
    words::request_hash,
};

/// What to look for; the default finds everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<'q> {
    /// Words that must all occur, each whole and in any ASCII case, and `"phrases"` that may occur anywhere.
    pub text: &'q str,
    /// Only these functions.
    pub functions: Option<&'q [FunctionId]>,
    /// Only this level and more serious ones.
    pub level: Option<Level>,
    /// Only this invocation (all of them, if it was retried).
    pub request_id: Option<&'q str>,
    /// Only invocations that were traced with this id.
    pub trace_id: Option<&'q str>,
    /// Not before this time.
    pub since: Option<UnixMillis>,
    /// Before this time.
    pub until: Option<UnixMillis>,
    /// Only what comes behind this place: the last one of the page before.
    pub after: Option<Place>,
}

/// A page of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What matches, newest first.
    pub events: Vec<LogEvent>,
    /// Where to go on ([`Query::after`]) when there may be more; `None` when everything was searched.
    pub next: Option<Place>,
    /// Whether the search was stopped before the page was full: everything before `next` is still to be searched.
    pub is_cut: bool,
}

/// A block that the index does not rule out.
struct Candidate {
    id: i64,
    stream: i64,
    last: UnixMillis,
    function: FunctionId,
}

/// The newest `limit` events that match, as far back as `go_on` lets us look.
pub(super) fn search(
    connection: &Connection,
    query: &Query<'_>,
    limit: usize,
    go_on: &dyn Fn() -> bool,
) -> Result<Found, StoreError> {
    let requests = requests(connection, query)?;
    let search = Search { query, requests, needles: Needles::read(query.text), limit };
    if search.requests.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Found::default());
    }
    let (mut page, cut) = search.page(connection, go_on)?;
    if let Some(cut) = cut {
        page = page.split_off(&cut);
    }
    let is_full = page.len() >= limit;
    let last = page.first_key_value().map(|(place, _)| *place).filter(|_| is_full);
    let mut origins = Origins::default();
    let events = page.into_values().rev().map(|event| event.at_home(connection, &mut origins));
    Ok(Found {
        events: events.collect::<Result<_, _>>()?,
        next: last.or(cut),
        is_cut: !is_full && cut.is_some(),
    })
}

/// The requests that are asked for; `None` for all.
fn requests(connection: &Connection, query: &Query<'_>) -> Result<Option<Vec<Box<str>>>, StoreError> {
    let named: Option<Box<str>> = query.request_id.map(Into::into);
    let Some(trace) = query.trace_id else {
        return Ok(named.map(|named| vec![named]));
    };
    let mut select =
        connection.prepare_cached("SELECT DISTINCT request_id FROM invocations WHERE trace_id = ?1")?;
    let traced = select.query_map([trace], |row| row.get(0))?.collect::<Result<Vec<Box<str>>, _>>()?;
    Ok(Some(traced.into_iter().filter(|id| named.as_ref().is_none_or(|named| named == id)).collect()))
}

struct Search<'q> {
    query: &'q Query<'q>,
    requests: Option<Vec<Box<str>>>,
    needles: Needles,
    limit: usize,
}

/// The page as it grows: never more than its limit, the oldest first.
type Page = BTreeMap<Place, LogEvent>;

impl Search<'_> {
    /// The page; and where the search was stopped, if it was: only what is in front of that is complete.
    fn page(
        &self,
        connection: &Connection,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(Page, Option<Place>), StoreError> {
        let mut page = Page::new();
        let mut select = connection.prepare_cached(
            "SELECT id, stream_id, last_ms, function_id FROM blocks INDEXED BY blocks_by_time
             WHERE last_ms >= :since AND first_ms <= :until AND levels & :levels <> 0
             ORDER BY last_ms DESC",
        )?;
        let (since, until) = self.span();
        let levels = self.levels().0;
        let mut rows =
            select.query(named_params! { ":since": since.0, ":until": until.0, ":levels": levels })?;
        let mut begun_at = None;
        while let Some(row) = rows.next()? {
            let block = candidate(row)?;
            if self.is_complete(&page, block.last) {
                break;
            }
            // Blocks that end in one millisecond are searched together: the next page begins behind all of them.
            let began = *begun_at.get_or_insert(block.last);
            if block.last < began && !go_on() {
                return Ok((page, Some(behind(block.last))));
            }
            let is_asked = self.query.functions.is_none_or(|ids| ids.contains(&block.function));
            if is_asked && self.may_match(connection, block.id)? {
                self.collect(connection, &block, &mut page)?;
            }
        }
        Ok((page, None))
    }

    /// The first and the last time that can match, both included.
    fn span(&self) -> (UnixMillis, UnixMillis) {
        let until = self.query.until.map_or(i64::MAX, |until| until.0.saturating_sub(1));
        let after = self.query.after.map_or(i64::MAX, |place| place.time.0);
        (self.query.since.unwrap_or(UnixMillis(i64::MIN)), UnixMillis(until.min(after)))
    }

    fn levels(&self) -> LevelMask {
        self.query.level.map_or(LevelMask(u8::MAX), LevelMask::from_level)
    }

    /// Whether no block that ends at `last` or earlier can change the page.
    fn is_complete(&self, page: &Page, last: UnixMillis) -> bool {
        page.len() >= self.limit && page.first_key_value().is_none_or(|(oldest, _)| oldest.time > last)
    }

    fn may_match(&self, connection: &Connection, block: i64) -> Result<bool, StoreError> {
        let mut select = connection.prepare_cached("SELECT bloom FROM block_words WHERE block_id = ?1")?;
        let may_match = select.query_row([block], |row| {
            let words = row.get_ref(0)?.as_blob()?;
            let request = self
                .requests
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| bloom::may_hold(words, request_hash(id))));
            Ok(request && self.needles.may_match(words))
        })?;
        Ok(may_match)
    }

    fn collect(&self, connection: &Connection, block: &Candidate, page: &mut Page) -> Result<(), StoreError> {
        let events = open_block(connection, block.id)?;
        for (index, event) in self.matching(&events) {
            let place = Place { time: event.time, stream: block.stream, block: block.id, index };
            if self.query.after.is_some_and(|after| place >= after) {
                continue;
            }
            if page.len() < self.limit || page.first_key_value().is_some_and(|(oldest, _)| place > *oldest) {
                page.insert(place, LogEvent::new(place, &event));
            }
            if page.len() > self.limit {
                page.pop_first();
            }
        }
        Ok(())
    }

    /// The matching events of a block, the last first.
    fn matching<'e>(&'e self, events: &'e Events) -> impl Iterator<Item = (usize, EventView<'e>)> {
        let (since, until) = self.span();
        let matches = self.needles.matches(events).into_iter().enumerate().rev();
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

fn candidate(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate {
        id: row.get(0)?,
        stream: row.get(1)?,
        last: UnixMillis(row.get(2)?),
        function: FunctionId(row.get(3)?),
    })
}

/// The place behind everything that was logged after `time`: what was logged then is still to come.
fn behind(time: UnixMillis) -> Place {
    Place { time: UnixMillis(time.0.saturating_add(1)), stream: i64::MIN, block: i64::MIN, index: 0 }
}
