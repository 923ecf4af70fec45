//! Lists of invocations: the latest, the slowest or the costliest, filtered by outcome.

use std::{cmp::Reverse, collections::BinaryHeap};

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::{Outcome, StartKind};

use super::{
    compact::{CompactInvocation, InvocationId, Position},
    select::Selection,
    table::InvocationIndex,
};

/// Order of a list of invocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Latest end first.
    #[default]
    Latest,
    /// Longest handler duration first.
    Slowest,
    /// Most billed memory-time first, which is the order of cost, as the request price is the same for all
    /// invocations.
    Costliest,
}

/// Filter of a list of invocations by outcome or by kind of start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutcomeFilter {
    /// All invocations.
    #[default]
    All,
    /// Failed invocations.
    Failed,
    /// Invocations that timed out.
    Timeouts,
    /// Invocations that ran out of memory.
    OutOfMemory,
    /// Invocations that waited for INIT or a restore: those whose records have a true `cold_start`.
    Cold,
}

impl OutcomeFilter {
    fn matches(self, invocation: &CompactInvocation) -> bool {
        match self {
            Self::All => true,
            Self::Failed => invocation.outcome.is_failure(),
            Self::Timeouts => invocation.outcome == Outcome::Timeout,
            Self::OutOfMemory => invocation.outcome == Outcome::OutOfMemory,
            Self::Cold => invocation.start != StartKind::Warm,
        }
    }
}

/// Options of a list of invocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// Outcomes to include.
    pub outcomes: OutcomeFilter,
    /// Order of the list.
    pub order: SortOrder,
    /// Maximum number of invocations.
    pub limit: usize,
    /// Position of the last invocation of the previous page. Only [`SortOrder::Latest`] has pages.
    pub after: Option<Position>,
}

impl InvocationIndex {
    /// Returns the ids of the first invocations in the order of `options`, of those that match `range`,
    /// `selection` and `options`; at most [`ListOptions::limit`].
    #[must_use]
    pub fn list(&self, range: TimeRange, selection: &Selection, options: &ListOptions) -> Vec<InvocationId> {
        let is_listed = |invocation: &&CompactInvocation| {
            let is_behind = |after| options.order != SortOrder::Latest || invocation.position() < after;
            selection.contains(invocation.origin_id)
                && options.outcomes.matches(invocation)
                && options.after.is_none_or(is_behind)
        };
        let listed = self.within(range).iter().rev().filter(is_listed);
        match options.order {
            SortOrder::Latest => listed.take(options.limit).map(|invocation| invocation.id).collect(),
            SortOrder::Slowest => {
                greatest(listed, options.limit, |invocation| u128::from(nanos(invocation.duration())))
            }
            SortOrder::Costliest => greatest(listed, options.limit, |invocation| {
                let memory = invocation.memory().map_or(0, |memory| memory.0);
                u128::from(nanos(invocation.billed())) * u128::from(memory)
            }),
        }
    }
}

fn nanos(time: Option<std::time::Duration>) -> u64 {
    time.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// Returns the ids of the `limit` invocations with the greatest `weight`, greatest weight first.
fn greatest<'r>(
    invocations: impl Iterator<Item = &'r CompactInvocation>,
    limit: usize,
    weight: impl Fn(&CompactInvocation) -> u128,
) -> Vec<InvocationId> {
    let mut heap = BinaryHeap::new();
    for invocation in invocations {
        heap.push(Reverse((weight(invocation), invocation.time, invocation.id)));
        if heap.len() > limit {
            heap.pop();
        }
    }
    heap.into_sorted_vec().into_iter().map(|Reverse((_, _, id))| id).collect()
}
