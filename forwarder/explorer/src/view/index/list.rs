//! The few invocations of many that a list shows: the latest, the slowest, the costliest; all of them or those that failed.

use std::{cmp::Reverse, collections::BinaryHeap};

use tailwater_parser::derive::{Outcome, StartKind};

use super::{Between, RunId, Runs, cell::Selection, run::Run};

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that ended last come first.
    #[default]
    Latest,
    /// Those whose handler took longest.
    Slowest,
    /// Those with most billed memory-time: per request all cost the same.
    Costliest,
}

/// Which invocations a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcomes {
    /// All of them.
    #[default]
    All,
    /// Those that failed.
    Failed,
    /// Those that took too long.
    Timeouts,
    /// Those that needed too much memory.
    OutOfMemory,
    /// Those that waited for INIT or a restore.
    Cold,
}

impl Outcomes {
    fn hold(self, run: &Run) -> bool {
        match self {
            Self::All => true,
            Self::Failed => run.outcome.is_failure(),
            Self::Timeouts => run.outcome == Outcome::Timeout,
            Self::OutOfMemory => run.outcome == Outcome::OutOfMemory,
            Self::Cold => run.start != StartKind::Warm,
        }
    }
}

/// One page of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub limit: usize,
    /// Only what comes behind this time and id in [`Order::Latest`]: the last of the page before.
    pub after: Option<(i64, RunId)>,
}

impl Runs {
    /// The ids of the first invocations of a list, in its order.
    #[must_use]
    pub fn pick(
        &self,
        between: Between,
        selection: &Selection,
        outcomes: Outcomes,
        order: Order,
        page: Page,
    ) -> Vec<RunId> {
        let fits = |run: &&Run| {
            selection.holds(run.cell)
                && outcomes.hold(run)
                && page.after.is_none_or(|after| order != Order::Latest || run.place() < after)
        };
        let fitting = self.within(between).iter().rev().filter(fits);
        match order {
            Order::Latest => fitting.take(page.limit).map(|run| run.id).collect(),
            Order::Slowest => greatest(fitting, page.limit, |run| u128::from(nanos(run.duration()))),
            Order::Costliest => greatest(fitting, page.limit, |run| {
                let memory = run.memory().map_or(0, |memory| memory.0);
                u128::from(nanos(run.billed())) * u128::from(memory)
            }),
        }
    }
}

fn nanos(time: Option<std::time::Duration>) -> u64 {
    time.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// The `limit` runs with the greatest `weight`, the greatest first.
fn greatest<'r>(
    runs: impl Iterator<Item = &'r Run>,
    limit: usize,
    weight: impl Fn(&Run) -> u128,
) -> Vec<RunId> {
    let mut heap = BinaryHeap::new();
    for run in runs {
        heap.push(Reverse((weight(run), run.time, run.id)));
        if heap.len() > limit {
            heap.pop();
        }
    }
    heap.into_sorted_vec().into_iter().map(|Reverse((_, _, id))| id).collect()
}
