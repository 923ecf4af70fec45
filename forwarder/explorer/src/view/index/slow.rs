//! Runs that are slow for their own function, a measure that a change of the traffic between functions does not move.

use std::{collections::HashMap, time::Duration};

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;

use super::{
    compact::CompactInvocation, origins::to_index, select::FunctionIdentity, table::InvocationIndex,
};
use crate::view::{catalog::Catalog, summary::LedgerCounts};

/// Limit of each origin above which a run counts as slow.
#[derive(Debug, Default)]
pub struct SlowLimits(Vec<Option<Duration>>);

impl SlowLimits {
    /// True if a run took longer than is usual for its function.
    pub(super) fn is_slow(&self, invocation: &CompactInvocation) -> bool {
        let limit = to_index(invocation.origin_id).and_then(|at| self.0.get(at)).copied().flatten();
        limit.zip(invocation.duration()).is_some_and(|(limit, duration)| duration > limit)
    }
}

impl InvocationIndex {
    /// Computes the limit of each function: its 95th percentile over all stored invocations, and 1 % more, because
    /// percentiles are estimates within 0.5 %.
    #[must_use]
    pub fn slow_limits(&self, catalog: &Catalog) -> SlowLimits {
        let all = TimeRange::default();
        let summary = self.summary(all, catalog, LedgerCounts::default());
        let usual: HashMap<FunctionIdentity, Duration, RandomState> = summary
            .functions
            .iter()
            .filter_map(|row| {
                let identity = FunctionIdentity {
                    function: row.function.clone(),
                    account: row.account.clone(),
                    region: row.region.clone(),
                };
                Some((identity, row.times.duration.p95?.mul_f64(1.01)))
            })
            .collect();
        let mut limits = vec![None; self.origins.len()];
        self.for_each_function(all, catalog, |function| {
            for at in function.origins {
                if let Some(limit) = limits.get_mut(*at) {
                    *limit = usual.get(&function.identity).copied();
                }
            }
        });
        SlowLimits(limits)
    }
}
