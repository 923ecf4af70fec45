//! Input of the insight calculations: the runs of one function in order of their end, with its prices and settings.

use std::{num::NonZeroU64, time::Duration};

use tailwater_parser::{
    MemoryMib, MibMillis, UnixMillis, Usd,
    derive::{Outcome, StartKind, Terms},
    price::{Cpu, Price},
};

use crate::{
    requests::RunLink,
    view::index::{FunctionIdentity, InvocationId},
};

/// One run of a function. A value that its REPORT lacks is `None`.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Run {
    /// Id in the index.
    pub(in crate::view) id: InvocationId,
    /// Beginning of INIT or of the restore, else of the handler.
    pub(in crate::view) begin: UnixMillis,
    /// Time of the REPORT.
    pub(in crate::view) end: UnixMillis,
    /// Run time of the handler.
    pub(in crate::view) duration: Option<Duration>,
    pub(in crate::view) billed: Option<Duration>,
    /// Part of `billed` for INIT.
    pub(in crate::view) billed_init_ms: u32,
    pub(in crate::view) memory: Option<MemoryMib>,
    pub(in crate::view) max_memory: Option<MemoryMib>,
    /// Number of the log stream, which is one execution environment; `None` if the log does not name its stream.
    pub(in crate::view) environment: Option<u32>,
    /// Index in [`FunctionRuns::versions`].
    pub(in crate::view) version: usize,
    /// Number of the tenant.
    pub(in crate::view) tenant: Option<u32>,
    /// Hash of the request id, which a retry shares.
    pub(in crate::view) request: Option<NonZeroU64>,
    pub(in crate::view) outcome: Outcome,
    pub(in crate::view) start: StartKind,
    /// Duration of INIT or the restore.
    pub(in crate::view) waited: Duration,
    /// Trace and span.
    pub(in crate::view) link: RunLink,
    /// True for a replica of Lambda@Edge, which has prices of its own.
    pub(in crate::view) is_edge: bool,
    /// True if the run before it in [`FunctionRuns::runs`] is the same one, read a second time.
    pub(in crate::view) is_duplicate: bool,
}

impl Run {
    /// Part of `billed` for INIT.
    pub(super) fn billed_init(&self) -> Duration {
        Duration::from_millis(self.billed_init_ms.into())
    }

    /// Order of the runs of a function. It uses no number that depends on the order of the inputs.
    pub(in crate::view) fn order(&self) -> impl Ord + use<> {
        let sizes = (self.max_memory, self.memory);
        (self.end, self.begin, self.request, self.duration, sizes, self.billed, !self.outcome.is_failure())
    }

    /// True if `other` is the same run: a REPORT of the same request and environment at the same time.
    pub(in crate::view) fn is_same(&self, other: &Self) -> bool {
        self.request.is_some()
            && (self.end, self.request, self.environment, self.duration)
                == (other.end, other.request, other.environment, other.duration)
    }

    /// True if the run was billed by its duration; runs on Managed Instances are not.
    pub(super) fn is_billed_by_duration(&self) -> bool {
        self.billed.is_some()
    }
}

/// Runs of one function of one account and region.
#[derive(Debug)]
pub(in crate::view) struct FunctionRuns<'a> {
    pub(in crate::view) identity: FunctionIdentity,
    /// Names of the versions; an empty name is an unknown version.
    pub(in crate::view) versions: Vec<&'a str>,
    pub(in crate::view) prices: Prices,
    /// Architecture, if the catalog or `--arch` gives it.
    pub(in crate::view) known_cpu: Option<Cpu>,
    /// Timeout in the catalog.
    pub(in crate::view) timeout: Option<Duration>,
    /// In order of [`Run::order`].
    pub(in crate::view) runs: Vec<Run>,
}

impl FunctionRuns<'_> {
    /// The runs without those that were read a second time.
    pub(in crate::view) fn distinct(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| !run.is_duplicate)
    }

    /// Memory size in the latest REPORT that contains one.
    pub(super) fn memory(&self) -> Option<MemoryMib> {
        self.runs.iter().rev().find_map(|run| run.memory)
    }

    pub(in crate::view) fn version(&self, run: &Run) -> &str {
        self.versions.get(run.version).copied().unwrap_or_default()
    }
}

/// Prices of the runs of one function.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Prices {
    /// `None` if the function has no price: then its runs have no cost.
    on_demand: Option<Price>,
    /// Price of replicas of Lambda@Edge; `None` if the function also has other runs, without a price.
    edge: Option<Price>,
    tmp: Option<MemoryMib>,
    pub(super) cpu: Cpu,
}

impl Prices {
    /// Prices at the terms of the function for these runs.
    pub(in crate::view) fn new(terms: &Terms<'_>, runs: &[Run]) -> Self {
        let is_tmp_priced =
            |price: &Price| terms.tmp.is_none_or(|size| price.tmp(size, Duration::ZERO).is_ok());
        let on_demand = Price::of(terms.region, terms.cpu).ok().filter(is_tmp_priced);
        let is_regional = |run: &Run| !run.is_edge && run.memory.is_some() && run.billed.is_some();
        let edge = (on_demand.is_some() || !runs.iter().any(is_regional)).then_some(Price::EDGE);
        Self { on_demand, edge, tmp: terms.tmp, cpu: terms.cpu }
    }

    /// Price of runs outside of Lambda@Edge.
    pub(super) fn on_demand(&self) -> Option<&Price> {
        self.on_demand.as_ref()
    }

    fn of(&self, run: &Run) -> Option<&Price> {
        if run.is_edge { self.edge.as_ref() } else { self.on_demand.as_ref() }
    }

    /// Cost of the memory of a run for a part of its billed time; `None` without a price.
    pub(super) fn memory_cost(&self, run: &Run, time: Duration) -> Option<Usd> {
        Some(self.of(run)?.memory(MibMillis::of(run.memory?, time.min(run.billed?))))
    }

    /// Cost of a run: request, memory and `/tmp`, the amount that it adds to the cost of its function.
    pub(in crate::view) fn cost(&self, run: &Run) -> Option<Usd> {
        let billed = run.billed?;
        let price = self.of(run)?;
        let mut cost = self.memory_cost(run, billed)?;
        cost += price.request();
        if let Some(size) = self.tmp.filter(|_| !run.is_edge) {
            cost += price.tmp(size, billed).ok()?;
        }
        Some(cost)
    }
}
