//! Lists of invocations: filtered, ordered by time, duration, cost or memory, and read page by page.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, HashSet},
    num::NonZeroU64,
    time::Duration,
};

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{
    UnixMillis,
    derive::{Outcome, StartKind},
};

use super::{
    compact::{CompactInvocation, InvocationId, Position},
    cost_key::CostKeys,
    runs::TenantId,
    select::Selection,
    table::InvocationIndex,
};
use crate::view::{
    Catalog,
    errors::{GroupId, GroupedErrors},
};

/// Order of a list of invocations. Those that lack the value come last in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Latest end first.
    #[default]
    Latest,
    /// Earliest end first.
    Oldest,
    /// Longest handler duration first.
    Slowest,
    /// Shortest handler duration first.
    Fastest,
    /// Highest cost first.
    Costliest,
    /// Lowest cost first.
    Cheapest,
    /// Most memory used first.
    MostMemory,
    /// Least memory used first.
    LeastMemory,
}

impl SortOrder {
    fn is_ascending(self) -> bool {
        match self {
            Self::Oldest | Self::Fastest | Self::Cheapest | Self::LeastMemory => true,
            Self::Latest | Self::Slowest | Self::Costliest | Self::MostMemory => false,
        }
    }
}

/// Filter of a list of invocations by outcome or by kind of start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutcomeFilter {
    /// All invocations.
    #[default]
    All,
    /// Failed invocations.
    Failed,
    /// Invocations that succeeded.
    Succeeded,
    /// Failed invocations that neither timed out nor ran out of memory.
    Errors,
    /// Invocations that timed out.
    Timeouts,
    /// Invocations that ran out of memory.
    OutOfMemory,
    /// Invocations whose outcome the logs do not tell.
    Unknown,
    /// Invocations that waited for INIT or a restore: those whose records have a true `cold_start`.
    Cold,
}

impl OutcomeFilter {
    fn matches(self, invocation: &CompactInvocation) -> bool {
        match self {
            Self::All => true,
            Self::Failed => invocation.outcome.is_failure(),
            Self::Succeeded => invocation.outcome == Outcome::Success,
            Self::Errors => invocation.outcome == Outcome::Error,
            Self::Timeouts => invocation.outcome == Outcome::Timeout,
            Self::OutOfMemory => invocation.outcome == Outcome::OutOfMemory,
            Self::Unknown => invocation.outcome == Outcome::Unknown,
            Self::Cold => invocation.start != StartKind::Warm,
        }
    }
}

/// Filter of a list of invocations. A member that is `None` matches everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct InvocationFilter<'f> {
    /// Outcomes to include.
    pub outcomes: OutcomeFilter,
    /// Kind of start.
    pub start: Option<StartKind>,
    /// Only invocations whose handler took longer.
    pub slower_than: Option<Duration>,
    /// Tenant that the platform names.
    pub tenant: Option<&'f str>,
    /// Group of the error with which the invocation failed.
    pub error_group: Option<GroupId>,
    /// Hashes of request ids.
    pub requests: Option<&'f HashSet<NonZeroU64, RandomState>>,
}

/// Place of an invocation in a list: the value by which the list is ordered, then time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPlace {
    /// Value by which the list is ordered; `None` if the invocation lacks it, or the list is ordered by time.
    pub value: Option<u64>,
    /// Position in the index.
    pub position: Position,
}

/// Options of a list of invocations.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListOptions<'f> {
    /// Invocations to include.
    pub filter: InvocationFilter<'f>,
    /// Order of the list.
    pub order: SortOrder,
    /// Maximum number of invocations.
    pub limit: usize,
    /// Place of the last invocation of the previous page.
    pub after: Option<ListPlace>,
}

/// One page of a list of invocations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvocationPage {
    /// Ids in the order of the list.
    pub ids: Vec<InvocationId>,
    /// Place of the last invocation, if there are more.
    pub next: Option<ListPlace>,
    /// Number of invocations on all pages.
    pub total: u64,
    /// Number of those that failed.
    pub failed: u64,
}

/// Data of an index by which a list is filtered and ordered.
pub struct ListContext<'c> {
    /// Functions and versions to include.
    pub selection: &'c Selection,
    /// Function configurations, for the cost.
    pub catalog: &'c Catalog,
    /// Error groups of the time range; `None` if there are too many errors. Then no invocation is in a group.
    pub errors: Option<&'c GroupedErrors>,
}

impl InvocationIndex {
    /// Returns a page of the invocations that match `range` and `options`.
    #[must_use]
    pub fn list(
        &self,
        range: TimeRange,
        context: &ListContext<'_>,
        options: &ListOptions<'_>,
    ) -> InvocationPage {
        let Some(filter) = Filter::new(self, context, &options.filter) else {
            return InvocationPage::default();
        };
        let mut costs = CostKeys::new(&self.origins, context.catalog);
        let mut page = Page::new(options);
        for invocation in self.within(range).iter().filter(|found| filter.matches(found)) {
            page.total += 1;
            page.failed += u64::from(invocation.outcome.is_failure());
            page.add(invocation, &mut costs);
        }
        page.finish()
    }
}

/// Filter whose texts are resolved to numbers of the index.
struct Filter<'c> {
    context: &'c ListContext<'c>,
    conditions: &'c InvocationFilter<'c>,
    tenant: Option<TenantId>,
}

impl<'c> Filter<'c> {
    /// Returns `None` if no invocation can match.
    fn new(
        index: &InvocationIndex,
        context: &'c ListContext<'c>,
        conditions: &'c InvocationFilter<'c>,
    ) -> Option<Self> {
        let tenant = match conditions.tenant {
            Some(tenant) => Some(index.tables.known_tenant(tenant)?),
            None => None,
        };
        Some(Self { context, conditions, tenant })
    }

    fn matches(&self, invocation: &CompactInvocation) -> bool {
        let wanted = self.conditions;
        self.context.selection.contains(invocation.origin_id)
            && wanted.outcomes.matches(invocation)
            && wanted.start.is_none_or(|start| invocation.start == start)
            && wanted.slower_than.is_none_or(|limit| invocation.duration() > Some(limit))
            && self.tenant.is_none_or(|tenant| invocation.tenant == tenant)
            && wanted.requests.is_none_or(|ids| invocation.request.is_some_and(|id| ids.contains(&id)))
            && wanted.error_group.is_none_or(|group| {
                invocation.outcome.is_failure()
                    && self.context.errors.and_then(|errors| errors.group_of(invocation.id)) == Some(group)
            })
    }
}

/// An invocation of a page. The greatest one comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    place: ListPlace,
    is_ascending: bool,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.place, other.place);
        let directed = |ordering: Ordering| if self.is_ascending { ordering } else { ordering.reverse() };
        let by_value = match (a.value, b.value) {
            (Some(a), Some(b)) => directed(a.cmp(&b)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_value.then_with(|| directed(a.position.cmp(&b.position)))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The first invocations after a place, collected in a heap whose greatest entry is the last of the page.
struct Page<'o> {
    options: &'o ListOptions<'o>,
    after: Option<Entry>,
    first: BinaryHeap<Entry>,
    has_more: bool,
    total: u64,
    failed: u64,
}

impl<'o> Page<'o> {
    fn new(options: &'o ListOptions<'o>) -> Self {
        let is_ascending = options.order.is_ascending();
        let after = options.after.map(|place| Entry { place, is_ascending });
        Self { options, after, first: BinaryHeap::new(), has_more: false, total: 0, failed: 0 }
    }

    fn add(&mut self, invocation: &CompactInvocation, costs: &mut CostKeys<'_>) {
        let order = self.options.order;
        let value = match order {
            SortOrder::Latest | SortOrder::Oldest => None,
            SortOrder::Slowest | SortOrder::Fastest => invocation.duration().map(nanos),
            SortOrder::Costliest | SortOrder::Cheapest => costs.of(invocation),
            SortOrder::MostMemory | SortOrder::LeastMemory => {
                invocation.max_memory_used().map(|used| u64::from(used.0))
            }
        };
        let place = ListPlace { value, position: invocation.position() };
        let entry = Entry { place, is_ascending: order.is_ascending() };
        if self.after.is_some_and(|after| entry <= after) {
            return;
        }
        let is_full = self.first.len() >= self.options.limit;
        self.has_more |= is_full;
        if is_full && self.first.peek().is_some_and(|last| entry > *last) {
            return;
        }
        self.first.push(entry);
        if is_full {
            self.first.pop();
        }
    }

    fn finish(self) -> InvocationPage {
        let entries = self.first.into_sorted_vec();
        let next = entries.last().map(|last| last.place).filter(|_| self.has_more);
        let ids = entries.iter().map(|entry| entry.place.position.id).collect();
        InvocationPage { ids, next, total: self.total, failed: self.failed }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl ListPlace {
    /// Text of a place: `VALUE.TIME.ID`; the value of an invocation that lacks it is empty.
    #[must_use]
    pub fn to_text(self) -> String {
        let value = self.value.map(|value| value.to_string()).unwrap_or_default();
        format!("{value}.{}.{}", self.position.time.0, self.position.id)
    }

    /// Parses the text of a place.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut next = || parts.next();
        let (value, time, id) = (next()?, next()?.parse().ok()?, next()?.parse().ok()?);
        let value = if value.is_empty() { None } else { Some(value.parse().ok()?) };
        let place = Self { value, position: Position { time: UnixMillis(time), id } };
        (place.to_text() == text).then_some(place)
    }
}
