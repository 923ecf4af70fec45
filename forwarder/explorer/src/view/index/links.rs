//! Correlation ids and resources of the invocations in an index, and the graph of requests that follows from them.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU64,
    sync::Arc,
};

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{
    Origin, UnixMillis,
    line::correlation::{IdKind, Mention},
};

use super::{
    compact::CompactInvocation,
    kept::{Kept, RangeKey, range_key},
    runs::{StreamId, Translation, request_hash},
    select::{FunctionFilter, FunctionIdentity},
    table::InvocationIndex,
};
use crate::{
    requests::{FunctionId, Graph, GraphBuilder, IdKey, LinkedRun, Texts, id_key},
    view::{catalog::Catalog, insight::Run},
};

/// Maximum number of ids and resources that are kept, each counted for each run.
const MAX_MENTIONS: usize = 8_000_000;
/// Maximum size in bytes of the texts of all ids.
const MAX_TEXT: usize = 256 * 1024 * 1024;
/// Number of the latest mentions with which a new one is compared, because each line of a run may have the same ids.
const RECENT: usize = 8;

/// Id or resource in the lines of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MentionRow {
    request: NonZeroU64,
    stream: StreamId,
    /// Number of the text.
    value: u32,
    mention: Mention,
}

/// Id or resource in a log line, before it is in an index.
#[derive(Clone, Debug)]
pub(super) struct NewMention {
    pub(super) origin: Arc<Origin>,
    pub(super) request_id: Box<str>,
    pub(super) mention: Mention,
    pub(super) value: Box<str>,
}

/// Ids and resources of all runs of an index, and the request ids of these runs.
#[derive(Debug, Default)]
pub(in crate::view) struct LinkTable {
    rows: Vec<MentionRow>,
    texts: TextTable,
    requests: RequestIds,
    is_over_limit: bool,
}

/// Distinct texts in one string.
#[derive(Debug, Default)]
struct TextTable {
    text: String,
    ends: Vec<usize>,
    numbers: HashMap<IdKey, u32, RandomState>,
}

impl TextTable {
    fn number(&mut self, text: &str) -> Option<u32> {
        let key = id_key(text);
        if let Some(known) = self.numbers.get(&key) {
            return Some(*known);
        }
        let next =
            u32::try_from(self.ends.len()).ok().filter(|_| self.text.len() + text.len() <= MAX_TEXT)?;
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.numbers.insert(key, next);
        Some(next)
    }

    fn get(&self, number: u32) -> &str {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        let begin = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        begin.zip(self.ends.get(at)).and_then(|(begin, end)| self.text.get(begin..*end)).unwrap_or_default()
    }
}

/// Request ids by their hashes. Those in the form of a UUID take 16 bytes.
#[derive(Debug, Default)]
struct RequestIds {
    uuids: HashMap<NonZeroU64, u128, RandomState>,
    others: HashMap<NonZeroU64, Box<str>, RandomState>,
}

impl RequestIds {
    fn add(&mut self, hash: NonZeroU64, id: &str) {
        if self.uuids.contains_key(&hash) || self.others.contains_key(&hash) {
            return;
        }
        match uuid(id) {
            Some(uuid) => drop(self.uuids.insert(hash, uuid)),
            None => drop(self.others.insert(hash, id.into())),
        }
    }

    fn get(&self, hash: NonZeroU64) -> Option<String> {
        let of_uuid = || self.uuids.get(&hash).map(|uuid| uuid_text(*uuid));
        self.others.get(&hash).map(|id| String::from(&**id)).or_else(of_uuid)
    }
}

/// Reads a UUID in lower case with its dashes.
fn uuid(text: &str) -> Option<u128> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let number = u128::from_str_radix(&digits, 16).ok()?;
    (uuid_text(number) == text).then_some(number)
}

fn uuid_text(uuid: u128) -> String {
    let digits = format!("{uuid:032x}");
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

impl LinkTable {
    /// Keeps the request id of a run that may be part of a request across several functions.
    pub(super) fn name_request(&mut self, request_id: &str) {
        if let Some(hash) = request_hash(request_id).filter(|_| !self.is_over_limit) {
            self.requests.add(hash, request_id);
        }
    }

    fn push(&mut self, stream: StreamId, request_id: &str, mention: Mention, value: &str) {
        let Some(request) = request_hash(request_id).filter(|_| !self.is_over_limit) else { return };
        let Some(number) = self.texts.number(value).filter(|_| self.rows.len() < MAX_MENTIONS) else {
            *self = Self { is_over_limit: true, ..Self::default() };
            return;
        };
        let row = MentionRow { request, stream, value: number, mention };
        if !self.rows.iter().rev().take(RECENT).any(|recent| *recent == row) {
            self.requests.add(request, request_id);
            self.rows.push(row);
        }
    }

    /// Adds the rows of another table, whose streams have other numbers.
    pub(super) fn append(&mut self, other: Self, streams: &Translation) {
        self.is_over_limit |= other.is_over_limit;
        for row in &other.rows {
            if let Some(request_id) = other.requests.get(row.request) {
                self.push(streams.stream(row.stream), &request_id, row.mention, other.texts.get(row.value));
            }
        }
        if self.is_over_limit {
            *self = Self { is_over_limit: true, ..Self::default() };
            return;
        }
        self.requests.uuids.extend(other.requests.uuids);
        self.requests.others.extend(other.requests.others);
    }

    /// Orders the rows, and drops those of lines that repeat an id.
    pub(super) fn sort(&mut self) {
        self.rows.sort_unstable();
        self.rows.dedup();
    }
}

/// Latest graphs by time range and functions.
pub(super) type KeptGraphs = Kept<(RangeKey, OwnedFilter), Arc<Graph>>;

/// Owned copy of a [`FunctionFilter`] and a version of one function, as part of a key.
pub(super) type OwnedFilter = ([Option<String>; 4], Option<VersionOf>);

/// Version of one function. Of this function only the runs of the version count in a map, of others all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionOf {
    /// Name of the function.
    pub function: String,
    /// Version.
    pub version: String,
}

impl InvocationIndex {
    /// Appends an id or a resource in a log line. Call [`InvocationIndex::sort`] after the last call.
    pub(crate) fn push_mention(&mut self, origin: &Origin, request_id: &str, mention: Mention, value: &str) {
        let stream = self.tables.stream_of(origin);
        self.links.push(stream, request_id, mention, value);
    }

    /// Returns the graph of the requests whose runs ended in a time range, of the functions that match; `None` if their ids
    /// were too many to keep. The latest graphs are kept until the invocations change.
    #[must_use]
    pub fn request_graph(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        filter: &FunctionFilter<'_>,
    ) -> Option<Arc<Graph>> {
        self.request_graph_of(range, catalog, filter, None)
    }

    /// As [`InvocationIndex::request_graph`]; of one function only the runs of a version count.
    #[must_use]
    pub fn request_graph_of(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        filter: &FunctionFilter<'_>,
        version: Option<&VersionOf>,
    ) -> Option<Arc<Graph>> {
        if self.links.is_over_limit {
            return None;
        }
        let owned = [filter.function, filter.account, filter.region, filter.version]
            .map(|name| name.map(str::to_owned));
        let calculate = || Some(Arc::new(self.calculate_graph(range, catalog, filter, version)));
        self.graphs.get_or_calculate((range_key(range), (owned, version.cloned())), calculate)
    }

    /// Versions of a function with runs in a time range, in the order of their first runs.
    #[must_use]
    pub fn versions_of(&self, range: TimeRange, catalog: &Catalog, function: &str) -> Vec<String> {
        let mut found: BTreeMap<String, UnixMillis> = BTreeMap::new();
        self.for_each_runs(range, catalog, |runs| {
            for run in runs.runs.iter().filter(|_| runs.identity.function == function) {
                let first = found.entry(runs.version(run).to_owned()).or_insert(run.begin);
                *first = (*first).min(run.begin);
            }
        });
        let mut versions: Vec<(UnixMillis, String)> =
            found.into_iter().map(|(version, first)| (first, version)).collect();
        versions.sort();
        versions.into_iter().map(|(_, version)| version).collect()
    }

    /// Times of the first and the last REPORT; `None` if there are none.
    #[must_use]
    pub fn first_and_last(&self) -> Option<(UnixMillis, UnixMillis)> {
        let time = |invocation: &CompactInvocation| UnixMillis(invocation.time);
        self.invocations.first().map(time).zip(self.invocations.last().map(time))
    }

    fn calculate_graph(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        filter: &FunctionFilter<'_>,
        version_of: Option<&VersionOf>,
    ) -> Graph {
        let mut builder = GraphBuilder::default();
        let mut places: Vec<(NonZeroU64, StreamId, u32)> = Vec::new();
        self.for_each_runs(range, catalog, |runs| {
            if !filter.matches(&runs.identity) {
                return;
            }
            let FunctionIdentity { function, account, region } = &runs.identity;
            let id = FunctionId::new(function, account.as_deref(), region.as_deref());
            let function = builder.function(&id);
            let is_shown = |run: &&Run| filter.version.is_none_or(|version| version == runs.version(run));
            let wanted = version_of.filter(|of| of.function == runs.identity.function);
            let is_counted = |run: &Run| wanted.is_none_or(|of| of.version == runs.version(run));
            for run in runs.distinct().filter(is_shown) {
                let linked = linked(run, function, runs.prices.cost(run));
                let at = builder.run(LinkedRun { is_counted: is_counted(run), ..linked });
                if let Some(trace) = run.link.trace_id() {
                    builder.id(at, IdKind::Trace, id_key(&trace));
                }
                if let Some(request) = run.request {
                    places.push((request, run.environment.unwrap_or(u32::MAX), at));
                }
            }
        });
        places.sort_unstable();
        self.join_mentions(&places, &mut builder);
        builder.finish()
    }

    /// Adds the ids and resources of runs, which are in the order of request and stream as the rows are.
    fn join_mentions(&self, places: &[(NonZeroU64, StreamId, u32)], builder: &mut GraphBuilder) {
        let mut rows = self.links.rows.as_slice();
        for attempts in places.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some((request, stream, _)) = attempts.first() else { continue };
            let skipped = rows.partition_point(|row| (row.request, row.stream) < (*request, *stream));
            rows = rows.get(skipped..).unwrap_or_default();
            let own = rows.iter().take_while(|row| (row.request, row.stream) == (*request, *stream));
            for row in own {
                let value = self.links.texts.get(row.value);
                for (_, _, run) in attempts {
                    builder.mention(*run, row.mention, id_key(value), value);
                }
            }
        }
    }
}

impl Texts for InvocationIndex {
    fn id(&self, key: IdKey) -> Option<String> {
        let number = self.links.texts.numbers.get(&key)?;
        Some(self.links.texts.get(*number).to_owned())
    }

    fn request(&self, hash: NonZeroU64) -> Option<String> {
        self.links.requests.get(hash)
    }
}

fn linked(run: &Run, function: u32, cost: Option<tailwater_parser::Usd>) -> LinkedRun {
    let (begin, end) = run.link.times(run.end, run.duration, run.waited);
    LinkedRun {
        id: run.id,
        function,
        begin,
        end,
        duration: run.duration,
        request: run.request,
        link: run.link,
        start: run.start,
        outcome: run.outcome,
        cost,
        is_counted: true,
    }
}
