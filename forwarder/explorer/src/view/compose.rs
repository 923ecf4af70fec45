//! Composition of a [`Summary`]: prices each function, adds up the totals, sorts the functions, collects
//! findings and notes.

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap};

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{
    derive::{Cost, CostResult},
    price::Basis,
};

use super::{
    catalog::Catalog,
    findings,
    function_stats::FunctionStats,
    notes,
    resolved::ResolvedFunction,
    stats::Stats,
    summary::{
        BillingSummary, FunctionSummary, InitSummary, LedgerCounts, OtherCostParts, Range, Summary,
        TimeSummary, Totals, VersionSummary,
    },
};

pub(super) fn summary(
    functions: &[Cow<'_, FunctionStats>],
    requested: TimeRange,
    catalog: &Catalog,
    ledger: LedgerCounts,
) -> Summary {
    let mut all = Stats::default();
    let mut total_cost = None;
    let mut uses = notes::UsedAssumptions::default();
    let mut summaries = Vec::with_capacity(functions.len());
    for function in functions {
        let stats = function.total();
        let resolved = ResolvedFunction::of(function, catalog);
        uses.add(&resolved);
        let priced = stats.bill.cost(&resolved.terms());
        if let Ok(cost) = priced {
            *total_cost.get_or_insert(Cost::ZERO) += cost;
        }
        all.merge(&stats);
        let mut summary = function_summary(function, &stats, &resolved, priced);
        let (account, region) = (summary.account.as_deref(), summary.region.as_deref());
        summary.aws = catalog.aws_metrics.of(account, region, &summary.function, requested);
        summary.throttles = summary.aws.map(|aws| aws.values.throttles);
        summaries.push(summary);
    }
    summaries.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    let range =
        (all.invocations > 0).then_some(Range { from: all.bounds.first_start, to: all.bounds.last_end });
    Summary {
        ledger,
        totals: totals(&all, total_cost),
        sinks: BTreeMap::new(),
        range,
        findings: findings::find(&summaries, range, None),
        notes: notes::collect(&summaries, &uses, requested, catalog),
        functions: summaries,
        insight: None,
    }
}

fn sort_key(function: &FunctionSummary) -> impl Ord {
    (Reverse(function.invocations), &function.function, &function.region, &function.account)
}

fn function_summary(
    function: &FunctionStats,
    stats: &Stats,
    resolved: &ResolvedFunction<'_>,
    priced: CostResult,
) -> FunctionSummary {
    let configuration = resolved.configuration;
    let (cost, no_cost) = priced.map_or_else(|reason| (None, Some(reason)), |cost| (Some(cost), None));
    let by_version: Vec<_> =
        function.versions().into_iter().map(|(name, stats)| version_summary(name, stats)).collect();
    let mut summary = FunctionSummary {
        function: function.name().to_owned(),
        account: function.account().or_else(|| configuration?.account()).map(str::to_owned),
        region: resolved.region.map(str::to_owned),
        arch: resolved.cpu(),
        invocations: stats.invocations,
        outcomes: stats.outcomes,
        throttles: None,
        starts: stats.starts,
        times: times(stats),
        billing: BillingSummary {
            billed: stats.bill.time(),
            memory_time: (stats.bill.priceable() > 0).then(|| stats.bill.memory_time()),
            cost: cost.map(|cost| cost.total),
            cold_start_cost: cost.map(|cost| cost.cold_start),
        },
        memory: stats.memory.size().or_else(|| configuration?.memory),
        max_memory: stats.memory.max_used,
        memory_used_pct: None,
        last_start: stats.bounds.last_start,
        versions: by_version.iter().map(|version| version.version.clone()).collect(),
        cost_parts: cost_parts(cost),
        no_cost,
        unbilled: stats.invocations - stats.bill.priceable(),
        unknown_outcomes: stats.unknown_outcomes,
        arch_assumed: resolved.is_cpu_assumed(),
        price_assumed: cost.is_some_and(|cost| cost.basis == Basis::Assumed),
        timeout: configuration.and_then(|configuration| configuration.timeout),
        runtime: configuration.and_then(|configuration| configuration.runtime.clone()),
        by_version,
        aws: None,
    };
    summary.memory_used_pct = summary.memory_used().and_then(|used| used.percent());
    summary
}

fn version_summary(name: &str, stats: &Stats) -> VersionSummary {
    VersionSummary {
        version: name.to_owned(),
        first_start: stats.bounds.first_start,
        last_start: stats.bounds.last_start,
        invocations: stats.invocations,
        errors: stats.outcomes.errors,
        duration: stats.durations.summary(),
    }
}

fn totals(all: &Stats, cost: Option<Cost>) -> Totals {
    // Without invocations the cost is zero; without a known price it is unknown.
    let cost = if all.invocations == 0 { Some(Cost::ZERO) } else { cost };
    Totals {
        invocations: all.invocations,
        starts: all.starts,
        outcomes: all.outcomes,
        billing: BillingSummary {
            billed: Some(all.bill.time().unwrap_or_default()),
            memory_time: Some(all.bill.memory_time()),
            cost: cost.map(|cost| cost.total),
            cold_start_cost: cost.map(|cost| cost.cold_start),
        },
        cost_parts: cost_parts(cost),
        times: times(all),
    }
}

fn cost_parts(cost: Option<Cost>) -> OtherCostParts {
    OtherCostParts {
        restore_cost: cost.map(|cost| cost.restore),
        failure_cost: cost.map(|cost| cost.failure),
    }
}

fn times(stats: &Stats) -> TimeSummary {
    let init = &stats.init_durations;
    TimeSummary {
        duration: stats.durations.summary(),
        init: InitSummary { avg: init.average(), max: init.max() },
    }
}
