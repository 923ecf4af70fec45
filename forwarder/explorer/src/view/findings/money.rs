//! Findings about money: INIT, memory sizes, architecture, provisioned concurrency and tenants.

use tailwater_parser::Usd;

use super::{Context, Draft, Named};
use crate::view::{
    format::{count, day, dollars, dollars_per_month, percent, plural},
    index::FunctionIdentity,
    insight::{CostBy, CostByRow, Dimension, FunctionConcurrency, Insight, MemoryAdvice, MemoryVerdict},
    share::Share,
    summary::{FunctionSummary, StartCounts},
};

fn is_always_cold(function: &FunctionSummary) -> bool {
    const MIN_INVOCATIONS: u64 = 10;
    let starts = function.starts;
    function.invocations >= MIN_INVOCATIONS && starts.cold_starts + starts.restores == function.invocations
}

/// Cost of INIT and restores in a month, if it is material.
fn material_start_cost(function: &FunctionSummary, context: &Context<'_>) -> Option<Usd> {
    let mut cost = function.billing.cold_start_cost?;
    cost += function.cost_parts.restore_cost.unwrap_or_default();
    Some(context.window.per_month(cost)).filter(|cost| context.is_material(*cost))
}

/// Reports a function whose every invocation waited for INIT or a restore, if that costs a material amount.
pub(super) fn always_cold(function: &FunctionSummary, context: &Context<'_>) -> Option<Draft> {
    let usd = material_start_cost(function, context)?;
    let all = count(function.invocations);
    let kind = match function.starts {
        StartCounts { restores: 0, .. } => "cold",
        StartCounts { cold_starts: 0, .. } => "a restore",
        StartCounts { .. } => "cold or a restore",
    };
    is_always_cold(function).then(|| Draft {
        text: format!("every start is {kind}, {all} of {all}: {} a month", dollars_per_month(usd)),
        usd: Some(usd),
        ..Draft::default()
    })
}

/// Reports a cost of INIT of at least a quarter of the whole cost. Omitted if every invocation was a cold
/// start or a restore, because [`always_cold`] is reported then.
pub(super) fn costly_init(function: &FunctionSummary, context: &Context<'_>) -> Option<Draft> {
    let usd = material_start_cost(function, context)?;
    let (init, all) = (function.billing.cold_start_cost?, function.billing.cost?);
    (init.times(4) >= all && !is_always_cold(function)).then(|| Draft {
        text: format!(
            "cold starts cost {} of its {}: {} a month",
            dollars(init),
            dollars(all),
            dollars_per_month(usd)
        ),
        usd: Some(usd),
        ..Draft::default()
    })
}

fn named(identity: &FunctionIdentity, draft: Draft) -> Named {
    (identity.function.clone(), identity.region.clone(), draft)
}

/// Reports a measured memory size that would certainly have cost a material amount less.
pub(super) fn resize(insight: &Insight, context: &Context<'_>) -> Vec<Named> {
    let draft = |advice: &MemoryAdvice| {
        let (size, low, high) = (advice.recommended_mb?, advice.saving_low?, advice.saving_high?);
        let seen = advice.recommended_seen.map(day)?;
        let was = if advice.verdict == MemoryVerdict::Insensitive { "as fast as" } else { "cheaper than" };
        let text = format!(
            "{size} MB was {was} {} on {seen}: {}-{} a month",
            advice.memory_mb,
            dollars_per_month(low),
            dollars_per_month(high).trim_start_matches('$')
        );
        let draft = Draft { text, usd: Some(low), ..Draft::default() };
        context.is_material(low).then(|| named(&advice.identity, draft))
    };
    insight.memory.iter().filter_map(draft).collect()
}

/// Reports memory of more than 256 MB of which less than a quarter is used, if a smaller size may save a material
/// amount. The amount is only a bound, so the finding has none.
pub(super) fn idle_memory(insight: &Insight, context: &Context<'_>) -> Vec<Named> {
    let draft = |advice: &MemoryAdvice| {
        let (size, used, smaller) = (advice.memory_mb, advice.max_memory_mb?, advice.could_try_mb?);
        let is_idle = size > 256 && u64::from(used) * 4 < u64::from(size);
        let bound = advice.handler_cost?.scaled(u64::from(size.saturating_sub(smaller)), u64::from(size));
        let is_open =
            advice.verdict == MemoryVerdict::NotEnoughEvidence && is_idle && context.is_material(bound);
        let bound = dollars_per_month(bound);
        let text = format!(
            "at most {used} of {size} MB used: {smaller} MB saves up to {bound} a month, unless it needs the CPU"
        );
        is_open.then(|| named(&advice.identity, Draft { text, ..Draft::default() }))
    };
    insight.memory.iter().filter_map(draft).collect()
}

/// Reports a material saving by the lower price of arm64.
pub(super) fn arm64(insight: &Insight, context: &Context<'_>) -> Vec<Named> {
    let draft = |advice: &MemoryAdvice| {
        let usd = advice.arm64_saving.filter(|usd| context.is_material(*usd))?;
        let text = format!("arm64 costs {} less a month, if it is as fast", dollars_per_month(usd));
        Some(named(&advice.identity, Draft { text, usd: Some(usd), ..Draft::default() }))
    };
    insight.memory.iter().filter_map(draft).collect()
}

/// Reports the number of provisioned environments that saves most, if that is a material amount.
pub(super) fn provisioned(insight: &Insight, context: &Context<'_>) -> Vec<Named> {
    let draft = |row: &FunctionConcurrency| {
        let best = row.provisioned.iter().flatten().min_by_key(|option| (option.net, option.n))?;
        let usd = context.window.per_month(Usd::ZERO.minus(best.net));
        let text = format!(
            "{} cost {} less a month and avoid {}",
            plural(best.n, "provisioned environment"),
            dollars_per_month(usd),
            plural(best.cold_starts_avoided, "cold start")
        );
        let draft = Draft { text, usd: Some(usd), ..Draft::default() };
        context.is_material(usd).then(|| named(&row.identity, draft))
    };
    insight.concurrency.functions.iter().filter_map(draft).collect()
}

/// Reports a tenant, or another value that the cost is divided by, with at least a quarter of the cost and at least twice its share of the runs.
pub(super) fn tenant_cost(insight: &Insight, context: &Context<'_>) -> Vec<Named> {
    insight.cost_by.iter().flat_map(|by| dear_values(by, context)).collect()
}

fn dear_values(by: &CostBy, context: &Context<'_>) -> Vec<Named> {
    let noun = match &by.dimension {
        Dimension::Tenant => "tenant",
        Dimension::Field(name) | Dimension::Emf(name) => name,
        Dimension::Version | Dimension::Function | Dimension::Day => return Vec::new(),
    };
    let (Some(total), runs) = (by.total_cost, by.all_invocations) else { return Vec::new() };
    let draft = |row: &CostByRow| {
        let cost = row.cost?;
        let cost_share = Share { part: cost.millionths_of(total)?, whole: 1_000_000 };
        let run_share = Share { part: row.invocations, whole: runs };
        // cost share >= 2 x run share, multiplied out.
        let (cost_parts, run_parts) = (
            u128::from(cost_share.part) * u128::from(run_share.whole),
            u128::from(run_share.part) * u128::from(cost_share.whole) * 2,
        );
        let usd = context.window.per_month(cost);
        let is_dear = cost_share.is_at_least(25) && cost_parts >= run_parts && context.is_material(usd);
        let text = format!(
            "{} of the cost, {} of the runs, {} a month",
            percent(cost_share),
            percent(run_share),
            dollars_per_month(usd)
        );
        let draft = Draft { text, usd: Some(usd), ..Draft::default() };
        is_dear.then(|| (format!("{noun} {}", row.value), None, draft))
    };
    by.rows.iter().filter_map(draft).collect()
}
