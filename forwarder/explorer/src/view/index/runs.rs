//! Log streams, tenants and requests of invocations as numbers, and the runs of each function for the insight
//! calculations.

use std::{collections::HashMap, hash::BuildHasher, num::NonZeroU64, sync::Arc};

use foldhash::fast::{FixedState, RandomState};
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Origin, UnixMillis};

use super::{
    compact::CompactInvocation,
    kept::{Kept, RangeKey, range_key},
    origins::{OriginId, to_index},
    select::{FunctionFilter, FunctionGroup},
    table::InvocationIndex,
};
use crate::view::{
    catalog::Catalog,
    errors::{ErrorEvent, ErrorsBuilder, GroupedErrors},
    fields::FieldCollector,
    insight::{
        CostBy, CostByBuilder, Dimension, FunctionRuns, Insight, InsightBuilder, Prices, Run, Window,
        add_function,
    },
};

/// Number of a log stream in [`RunTables`]; [`NONE`] without a name.
pub(super) type StreamId = u32;

/// Number of a tenant in [`RunTables`]; [`NONE`] without one.
pub(super) type TenantId = u32;

/// Error events by the number of their origin.
type EventsByOrigin<'a> = HashMap<OriginId, Vec<&'a ErrorEvent>, RandomState>;

/// Number of nothing.
const NONE: u32 = u32::MAX;

/// Maximum length of a tenant in bytes; longer ones are cut.
const MAX_TENANT: usize = 200;

/// The part of a tenant that is kept.
fn cut_tenant(tenant: &str) -> &str {
    tenant.get(..tenant.floor_char_boundary(MAX_TENANT)).unwrap_or(tenant)
}

/// Hash of a request id; `None` for an empty id.
pub(crate) fn request_hash(id: &str) -> Option<NonZeroU64> {
    let hash = FixedState::default().hash_one(id);
    Some(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MIN)).filter(|_| !id.is_empty())
}

/// Hash of the log stream of an origin; `None` without a name.
pub(in crate::view) fn stream_hash(origin: &Origin) -> Option<u64> {
    let names = (origin.batch_account(), origin.log_group(), origin.batch_function(), origin.log_stream());
    (!origin.log_stream().is_empty()).then(|| FixedState::default().hash_one(names))
}

/// Distinct log streams and tenants of the invocations in an index.
#[derive(Clone, Debug, Default)]
pub(super) struct RunTables {
    /// Numbers by the hash of account, log group, function and log stream.
    streams: HashMap<u64, StreamId, RandomState>,
    tenant_ids: HashMap<Box<str>, TenantId, RandomState>,
    /// Tenants by number.
    tenants: Vec<Box<str>>,
    /// Result of the last lookup, kept because invocations of one log stream arrive one after another.
    last: Option<(Arc<Origin>, StreamId)>,
}

/// The latest answers of [`InvocationIndex::insight`], by time range and dimensions.
pub(super) type KeptInsights = Kept<(RangeKey, Vec<Dimension>), Insight>;

/// The latest answers of [`InvocationIndex::error_groups`], by time range.
pub(super) type KeptErrors = Kept<RangeKey, Arc<GroupedErrors>>;

/// Numbers of one index in the tables of another.
pub(super) struct Translation {
    streams: HashMap<StreamId, StreamId, RandomState>,
    tenants: Vec<TenantId>,
}

impl Translation {
    /// Number of a log stream.
    pub(super) fn stream(&self, id: StreamId) -> StreamId {
        self.streams.get(&id).copied().unwrap_or(NONE)
    }

    /// Replaces the numbers of an invocation.
    pub(super) fn translate(&self, invocation: &mut CompactInvocation) {
        invocation.stream = self.stream(invocation.stream);
        invocation.tenant =
            to_index(invocation.tenant).and_then(|at| self.tenants.get(at)).copied().unwrap_or(NONE);
    }
}

impl RunTables {
    /// Returns the number of the log stream of an origin. Adds it to the table if it is new.
    pub(super) fn stream(&mut self, origin: &Arc<Origin>) -> StreamId {
        if let Some((last, id)) = &self.last
            && Arc::ptr_eq(last, origin)
        {
            return *id;
        }
        let id = stream_hash(origin).map_or(NONE, |hash| self.stream_of_hash(hash));
        self.last = Some((Arc::clone(origin), id));
        id
    }

    /// Returns the number of the log stream of an origin that is not shared. Adds it to the table if it is new.
    pub(super) fn stream_of(&mut self, origin: &Origin) -> StreamId {
        stream_hash(origin).map_or(NONE, |hash| self.stream_of_hash(hash))
    }

    fn stream_of_hash(&mut self, hash: u64) -> StreamId {
        let next = StreamId::try_from(self.streams.len()).unwrap_or(NONE);
        *self.streams.entry(hash).or_insert(next)
    }

    /// Returns the number of a tenant. Adds it to the table if it is new.
    pub(super) fn tenant(&mut self, tenant: Option<&str>) -> TenantId {
        let Some(tenant) = tenant.filter(|tenant| !tenant.is_empty()) else { return NONE };
        let tenant = cut_tenant(tenant);
        if let Some(id) = self.tenant_ids.get(tenant) {
            return *id;
        }
        let id = TenantId::try_from(self.tenants.len()).unwrap_or(NONE);
        self.tenants.push(tenant.into());
        self.tenant_ids.insert(tenant.into(), id);
        id
    }

    /// Number of a tenant that an invocation has; `None` if none has it.
    pub(super) fn known_tenant(&self, tenant: &str) -> Option<TenantId> {
        self.tenant_ids.get(cut_tenant(tenant)).copied()
    }

    /// The tenants of all invocations.
    pub(super) fn tenants(&self) -> &[Box<str>] {
        &self.tenants
    }

    /// Adds the streams and tenants of other tables, and returns their new numbers.
    pub(super) fn merge(&mut self, other: &Self) -> Translation {
        let streams = other.streams.iter().map(|(hash, id)| (*id, self.stream_of_hash(*hash))).collect();
        let tenants = other.tenants.iter().map(|tenant| self.tenant(Some(tenant))).collect();
        Translation { streams, tenants }
    }
}

impl InvocationIndex {
    /// Returns the answers about the invocations that ended in a time range; `None` if there are none. The latest answers
    /// are kept until the invocations change, so an index must always be read with the same catalog.
    #[must_use]
    pub fn insight(&self, range: TimeRange, catalog: &Catalog, dimensions: &[Dimension]) -> Option<Insight> {
        let question = (range_key(range), dimensions.to_vec());
        self.insights.get_or_calculate(question, || self.calculate_insight(range, catalog, dimensions))
    }

    fn calculate_insight(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        dimensions: &[Dimension],
    ) -> Option<Insight> {
        let (window, mut by_origin) = self.by_origin(range)?;
        let (events, by_error_origin) = self.error_events(range);
        let mut builder = InsightBuilder::new(window, dimensions);
        self.for_each_function_with(&self.is_present(range, events), catalog, |group| {
            let runs = self.function_runs(self.within(range), &mut by_origin, group);
            if !runs.runs.is_empty() {
                builder.add(&runs);
            }
            builder.add_errors(&runs, &self.errors_of(group, &by_error_origin), &self.errors);
        });
        let mut insight = builder.finish(&self.tables.tenants);
        if let Some(graph) = self.request_graph(range, catalog, &FunctionFilter::default()) {
            insight.add_requests(&graph, self, &catalog.declared_calls());
        }
        Some(insight)
    }

    /// Calls `each` with the runs of every function that has some in a time range.
    pub(super) fn for_each_runs(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        mut each: impl FnMut(&FunctionRuns<'_>),
    ) {
        let Some((_, mut by_origin)) = self.by_origin(range) else { return };
        self.for_each_function(range, catalog, |group| {
            each(&self.function_runs(self.within(range), &mut by_origin, group));
        });
    }

    /// Returns the cost by values in log lines.
    pub(in crate::view) fn cost_by_fields(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        fields: Vec<FieldCollector>,
    ) -> Vec<CostBy> {
        let builder = |field: FieldCollector| {
            let dimension = field.dimension.clone();
            Some(CostByBuilder::of_values(dimension, field.into_values(&self.tables.streams)?))
        };
        let mut builders: Vec<_> = fields.into_iter().filter_map(builder).collect();
        if let Some((_, mut by_origin)) = self.by_origin(range).filter(|_| !builders.is_empty()) {
            self.for_each_function(range, catalog, |group| {
                add_function(&mut builders, &self.function_runs(self.within(range), &mut by_origin, group));
            });
        }
        builders.into_iter().map(|by| by.finish(&[])).collect()
    }

    /// Returns the errors in a time range, also of functions without an invocation in it; `None` if there were too many to
    /// keep. The latest answers are kept until the invocations change, so an index must always be read with the same
    /// catalog.
    #[must_use]
    pub fn error_groups(&self, range: TimeRange, catalog: &Catalog) -> Option<Arc<GroupedErrors>> {
        if self.errors.is_over_limit() {
            return None;
        }
        let calculate = || Some(Arc::new(self.calculate_error_groups(range, catalog)));
        self.kept_errors.get_or_calculate(range_key(range), calculate)
    }

    fn calculate_error_groups(&self, range: TimeRange, catalog: &Catalog) -> GroupedErrors {
        let (events, by_error_origin) = self.error_events(range);
        let times = || events.iter().map(|event| event.time);
        let of_events = || Some((Window { from: times().min()?, to: times().max()? }, self.no_origins()));
        let Some((window, mut by_origin)) = self.by_origin(range).or_else(of_events) else {
            return GroupedErrors::default();
        };
        let mut builder = ErrorsBuilder::new(window);
        self.for_each_function_with(&self.is_present(range, events), catalog, |group| {
            let runs = self.function_runs(self.within(range), &mut by_origin, group);
            builder.add(&runs, &self.errors_of(group, &by_error_origin), &self.errors);
        });
        builder.finish()
    }

    /// The error events in a time range, and by origin.
    fn error_events(&self, range: TimeRange) -> (&[ErrorEvent], EventsByOrigin<'_>) {
        let events = self.errors.within(range.since, range.until);
        let mut by_origin: EventsByOrigin<'_> = HashMap::default();
        for event in events {
            by_origin.entry(event.origin).or_default().push(event);
        }
        (events, by_origin)
    }

    fn no_origins(&self) -> Vec<Vec<u32>> {
        vec![Vec::new(); self.origins.len()]
    }

    /// The error events of a function in order, each with its version.
    fn errors_of<'a>(
        &'a self,
        group: &FunctionGroup<'_>,
        events: &EventsByOrigin<'a>,
    ) -> Vec<(&'a ErrorEvent, &'a str)> {
        let of_origin = |at: &usize| {
            let id = u32::try_from(*at).unwrap_or(NONE);
            let own = events.get(&id).map(Vec::as_slice).unwrap_or_default();
            let version = self.origins.version(*at);
            own.iter().map(move |event| (*event, version))
        };
        let mut found: Vec<_> = group.origins.iter().flat_map(of_origin).collect();
        found.sort_by_key(|(event, _)| (event.time, event.id));
        found
    }

    /// Indices of the invocations in a time range by their origin, and the span from the first start to the last end.
    fn by_origin(&self, range: TimeRange) -> Option<(Window, Vec<Vec<u32>>)> {
        let invocations = self.within(range);
        let to = UnixMillis(invocations.last()?.time);
        let from = invocations.iter().map(CompactInvocation::start_time).min()?;
        let mut by_origin = self.no_origins();
        for (index, invocation) in (0..).zip(invocations) {
            if let Some(list) = to_index(invocation.origin_id).and_then(|at| by_origin.get_mut(at)) {
                list.push(index);
            }
        }
        Some((Window { from, to }, by_origin))
    }

    /// The runs of a function in order, with the versions and prices of it. Takes the indices of its origins out of
    /// `by_origin`.
    fn function_runs<'a>(
        &'a self,
        invocations: &[CompactInvocation],
        by_origin: &mut [Vec<u32>],
        group: &FunctionGroup<'_>,
    ) -> FunctionRuns<'a> {
        let mut versions: Vec<&str> = group.origins.iter().map(|at| self.origins.version(*at)).collect();
        versions.sort_unstable();
        versions.dedup();
        let mut places: Vec<(u32, OriginFacts)> = Vec::new();
        for at in group.origins {
            let indices = by_origin.get_mut(*at).map(std::mem::take).unwrap_or_default();
            let facts = OriginFacts {
                version: versions.binary_search(&self.origins.version(*at)).unwrap_or(0),
                is_edge: self.origins.is_edge(*at),
            };
            places.extend(indices.into_iter().map(|index| (index, facts)));
        }
        places.sort_unstable_by_key(|(index, _)| *index);
        let run = |(index, facts): &(u32, OriginFacts)| Some(invocations.get(to_index(*index)?)?.run(*facts));
        let mut runs: Vec<Run> = Vec::with_capacity(places.len());
        runs.extend(places.iter().filter_map(run));
        sort(&mut runs);
        FunctionRuns {
            identity: group.identity.clone(),
            versions,
            prices: Prices::new(&group.terms, &runs),
            known_cpu: group.known_cpu,
            timeout: group.timeout,
            runs,
        }
    }
}

/// Properties that the runs of an origin share.
#[derive(Clone, Copy)]
struct OriginFacts {
    /// Index of the version in those of the function.
    version: usize,
    is_edge: bool,
}

/// Sorts runs that are in order of their ends, and marks those that were read a second time.
fn sort(runs: &mut [Run]) {
    for at_once in runs.chunk_by_mut(|a, b| a.end == b.end) {
        at_once.sort_by_key(Run::order);
        let mut before: Option<Run> = None;
        for run in at_once {
            run.is_duplicate = before.is_some_and(|before| run.is_same(&before));
            before = Some(*run);
        }
    }
}

impl CompactInvocation {
    /// Converts the compact form to a [`Run`].
    fn run(&self, origin: OriginFacts) -> Run {
        let end = UnixMillis(self.time);
        Run {
            id: self.id,
            begin: end.before(self.duration_with_start().unwrap_or_default()),
            end,
            duration: self.duration(),
            billed: self.billed(),
            billed_init_ms: u32::try_from(self.billed_init().as_millis()).unwrap_or(u32::MAX),
            memory: self.memory(),
            max_memory: self.max_memory_used(),
            environment: Some(self.stream).filter(|id| *id != NONE),
            version: origin.version,
            tenant: Some(self.tenant).filter(|id| *id != NONE),
            request: self.request,
            outcome: self.outcome,
            start: self.start,
            waited: self.waited(),
            link: self.link,
            is_edge: origin.is_edge,
            is_duplicate: false,
        }
    }
}
