//! Composes the summary: prices each row, adds up the totals, sorts.

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap};

use tailwater_parser::{
    derive::{Cost, CostResult},
    price::Basis,
};

use super::{
    catalog::Catalog,
    durations::Durations,
    insight,
    known::Known,
    notes,
    row::Row,
    summary::{
        DurationSummary, FunctionSummary, InitSummary, LedgerCounts, Range, Summary, Totals, VersionSummary,
    },
    sums::Sums,
};

pub(super) fn summary(rows: &[Cow<'_, Row>], catalog: &Catalog, ledger: LedgerCounts) -> Summary {
    let mut all = Sums::default();
    let mut total = None;
    let mut functions = Vec::with_capacity(rows.len());
    for row in rows {
        let sums = row.sums();
        let known = Known::of(catalog, row.account(), row.region(), row.function());
        let priced = sums.bill.cost(&known.terms());
        if let Ok(cost) = priced {
            *total.get_or_insert(Cost::ZERO) += cost;
        }
        all.merge(&sums);
        functions.push(function(row, &sums, &known, priced));
    }
    functions.sort_by(|a, b| place(a).cmp(&place(b)));
    let range = (all.invocations > 0).then_some(Range { from: all.seen.first_start, to: all.seen.last_end });
    Summary {
        ledger,
        totals: totals(&all, total),
        sinks: BTreeMap::new(),
        range,
        worth_a_look: insight::find(&functions, range),
        notes: notes::of(&functions),
        functions,
    }
}

fn place(row: &FunctionSummary) -> impl Ord {
    (Reverse(row.invocations), &row.function, &row.region, &row.account)
}

fn function(row: &Row, sums: &Sums, known: &Known<'_>, priced: CostResult) -> FunctionSummary {
    let deployed = known.deployed;
    let (cost, no_cost) = priced.map_or_else(|reason| (None, Some(reason)), |cost| (Some(cost), None));
    let memory = sums.memory.size().or_else(|| deployed?.memory);
    let by_version: Vec<_> = row.versions().into_iter().map(|(name, sums)| version(name, sums)).collect();
    let mut summary = FunctionSummary {
        function: row.function().to_owned(),
        account: row.account().or_else(|| deployed?.account()).map(str::to_owned),
        region: known.region.map(str::to_owned),
        arch: known.cpu(),
        invocations: sums.invocations,
        errors: sums.outcomes.errors,
        timeouts: sums.outcomes.timeouts,
        out_of_memory: sums.outcomes.out_of_memory,
        throttles: None,
        cold_starts: sums.starts.cold,
        restores: sums.starts.restored,
        duration: durations(&sums.durations),
        init: inits(&sums.inits),
        billed: sums.bill.time(),
        memory_time: (sums.bill.priceable() > 0).then(|| sums.bill.memory_time()),
        cost: cost.map(|cost| cost.total),
        cold_start_cost: cost.map(|cost| cost.cold_start),
        memory,
        max_memory: sums.memory.max_used,
        memory_used_pct: None,
        last_start: sums.seen.last_start,
        versions: by_version.iter().map(|version| version.version.clone()).collect(),
        restore_cost: cost.map(|cost| cost.restore),
        failure_cost: cost.map(|cost| cost.failure),
        no_cost,
        unbilled: sums.invocations - sums.bill.priceable(),
        unknown_outcomes: sums.outcomes.unknown,
        arch_assumed: known.is_cpu_assumed(),
        price_assumed: cost.is_some_and(|cost| cost.basis == Basis::Assumed),
        timeout: deployed.and_then(|deployed| deployed.timeout),
        runtime: deployed.and_then(|deployed| deployed.runtime.clone()),
        by_version,
    };
    summary.memory_used_pct = summary.memory_used().and_then(|used| used.percent());
    summary
}

fn version(name: &str, sums: &Sums) -> VersionSummary {
    VersionSummary {
        version: name.to_owned(),
        first_start: sums.seen.first_start,
        last_start: sums.seen.last_start,
        invocations: sums.invocations,
        errors: sums.outcomes.errors,
        duration: durations(&sums.durations),
    }
}

fn totals(all: &Sums, cost: Option<Cost>) -> Totals {
    // Nothing costs nothing; what is of unknown price does not.
    let cost = if all.invocations == 0 { Some(Cost::ZERO) } else { cost };
    Totals {
        invocations: all.invocations,
        cold_starts: all.starts.cold,
        restores: all.starts.restored,
        errors: all.outcomes.errors,
        timeouts: all.outcomes.timeouts,
        out_of_memory: all.outcomes.out_of_memory,
        billed: Some(all.bill.time().unwrap_or_default()),
        memory_time: Some(all.bill.memory_time()),
        cost: cost.map(|cost| cost.total),
        cold_start_cost: cost.map(|cost| cost.cold_start),
        restore_cost: cost.map(|cost| cost.restore),
        failure_cost: cost.map(|cost| cost.failure),
        duration: durations(&all.durations),
        init: inits(&all.inits),
    }
}

fn durations(seen: &Durations) -> DurationSummary {
    DurationSummary {
        avg: seen.average(),
        p50: seen.quantile(0.50),
        p95: seen.quantile(0.95),
        p99: seen.quantile(0.99),
        max: seen.max(),
    }
}

fn inits(seen: &Durations) -> InitSummary {
    InitSummary { avg: seen.average(), max: seen.max() }
}
