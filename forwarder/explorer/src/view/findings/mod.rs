//! Findings: facts that the owner of a function should look at, each with its amount of money or of failures.
//!
//! A rule is a pure function that maps the summary of a Lambda function, or a row of the insight, to a [`Draft`]. To add a
//! finding, add a [`FindingKind`] and a rule to one of the lists.

mod errors;
mod failures;
mod forecasts;
mod logs;
mod money;
mod versions;

use tailwater_parser::{UnixMillis, Usd};

use super::{
    insight::{Insight, Window},
    share::Share,
    summary::{Finding, FindingKind, FunctionSummary, Range},
};

/// Maximum number of findings in a summary.
const MAX_FINDINGS: usize = 50;

/// Number of findings on the terminal.
const ON_TERMINAL: usize = 5;

/// Weight of a failed invocation, to compare failures with money: 1 cent. It is not a cost.
const FAILURE_WEIGHT_PICOS: u64 = 10_000_000_000;

/// Finding that has not been attributed to a function yet.
#[derive(Debug, Default)]
struct Draft {
    text: String,
    /// Money in a month.
    usd: Option<Usd>,
    /// Failed invocations in the window.
    failed: Option<Share>,
    /// Failed invocations that are expected in a month, for forecasts.
    expected_failures: u64,
}

/// Data that rules compare with.
struct Context<'a> {
    window: Window,
    /// Cost of all functions in a month; `None` if it is unknown.
    bill: Option<Usd>,
    insight: Option<&'a Insight>,
}

impl Context<'_> {
    /// True for an amount of at least one dollar a month that is at least 1 % of the bill.
    fn is_material(&self, per_month: Usd) -> bool {
        const DOLLAR: u64 = 1_000_000_000_000;
        per_month >= Usd::from_picos(DOLLAR) && self.bill.is_none_or(|bill| per_month.times(100) >= bill)
    }
}

/// True for at least five failures that are at least half a per cent.
fn is_frequent(failures: Share) -> bool {
    const MIN_FAILURES: u64 = 5;
    failures.part >= MIN_FAILURES && failures.part.saturating_mul(200) >= failures.whole
}

type FunctionRule = fn(&FunctionSummary, &Context<'_>) -> Option<Draft>;

/// Rules about the summary of a function.
const FUNCTION_RULES: [(FindingKind, FunctionRule); 8] = [
    (FindingKind::WorseVersion, versions::worse_version),
    (FindingKind::ShortMemory, failures::short_memory),
    (FindingKind::Timeouts, failures::timeouts),
    (FindingKind::Throttles, failures::throttles),
    (FindingKind::Errors, failures::errors),
    (FindingKind::AlwaysCold, money::always_cold),
    (FindingKind::CostlyInit, money::costly_init),
    (FindingKind::Chatty, logs::chatty),
];

/// Function name, region and finding.
type Named = (String, Option<String>, Draft);

type InsightRule = fn(&Insight, &Context<'_>) -> Vec<Named>;

/// Rules about the insight.
const INSIGHT_RULES: [(FindingKind, InsightRule); 9] = [
    (FindingKind::NewError, errors::new_errors),
    (FindingKind::RegressedError, errors::regressed_errors),
    (FindingKind::Leak, forecasts::leaks),
    (FindingKind::TimeoutRisk, forecasts::timeout_risk),
    (FindingKind::Resize, money::resize),
    (FindingKind::Arm64, money::arm64),
    (FindingKind::Provisioned, money::provisioned),
    (FindingKind::TenantCost, money::tenant_cost),
    (FindingKind::IdleMemory, money::idle_memory),
];

/// Returns the findings, highest rank first, then by kind, function and region.
pub(super) fn find(
    functions: &[FunctionSummary],
    range: Option<Range>,
    insight: Option<&Insight>,
) -> Vec<Finding> {
    let Some(Range { from, to }) = range else { return Vec::new() };
    let window = Window { from, to };
    let costs = functions.iter().filter_map(|function| function.billing.cost);
    let bill = costs.reduce(|mut sum, cost| {
        sum += cost;
        sum
    });
    let context = Context { window, bill: bill.map(|bill| window.per_month(bill)), insight };
    let mut findings = Vec::new();
    for (kind, rule) in FUNCTION_RULES {
        let found = functions.iter().filter_map(|function| Some((function, rule(function, &context)?)));
        findings.extend(found.map(|(function, draft)| {
            finding(kind, (function.function.clone(), function.region.clone(), draft), window)
        }));
    }
    if let Some(insight) = insight {
        for (kind, rule) in INSIGHT_RULES {
            findings.extend(rule(insight, &context).into_iter().map(|named| finding(kind, named, window)));
        }
    }
    findings.sort_by(|a, b| {
        let names = |finding: &Finding| (finding.kind, finding.function.clone(), finding.region.clone());
        b.rank.cmp(&a.rank).then_with(|| names(a).cmp(&names(b)))
    });
    findings.truncate(MAX_FINDINGS);
    findings
}

fn finding(kind: FindingKind, (function, region, draft): Named, window: Window) -> Finding {
    let failures = window.count_per_month(draft.failed.map_or(0, |failed| failed.part));
    let weighted = failures.saturating_add(draft.expected_failures / 2);
    let mut rank = Usd::from_picos(FAILURE_WEIGHT_PICOS).times(weighted);
    rank += draft.usd.unwrap_or_default();
    Finding {
        function,
        region,
        kind,
        text: draft.text,
        kind_again: kind,
        usd_per_month: draft.usd,
        failed_pct: draft.failed.and_then(Share::percent),
        rank,
    }
}

/// The findings to show on a terminal: those of the highest rank, among them the highest saving and the highest forecast.
pub(super) fn on_terminal(findings: &[Finding]) -> Vec<&Finding> {
    let best = |class: Class| findings.iter().position(|finding| class_of(finding.kind) == class);
    let mut chosen: Vec<usize> = [Class::Money, Class::Forecast].into_iter().filter_map(best).collect();
    for index in 0..findings.len() {
        if chosen.len() < ON_TERMINAL && !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    chosen.sort_unstable();
    chosen.into_iter().filter_map(|index| findings.get(index)).collect()
}

/// Class of a kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Money that a change saves.
    Money,
    /// Failure that is expected later, such as running out of memory because of a leak.
    Forecast,
    /// Something that has happened.
    Fact,
}

fn class_of(kind: FindingKind) -> Class {
    match kind {
        FindingKind::AlwaysCold
        | FindingKind::CostlyInit
        | FindingKind::IdleMemory
        | FindingKind::Resize
        | FindingKind::Arm64
        | FindingKind::Provisioned
        | FindingKind::Chatty => Class::Money,
        FindingKind::ShortMemory | FindingKind::Leak | FindingKind::TimeoutRisk => Class::Forecast,
        FindingKind::WorseVersion
        | FindingKind::NewError
        | FindingKind::RegressedError
        | FindingKind::Timeouts
        | FindingKind::Throttles
        | FindingKind::Errors
        | FindingKind::TenantCost => Class::Fact,
    }
}

/// End of the time span, the day to which short times refer.
fn latest(context: &Context<'_>) -> UnixMillis {
    context.window.to
}

#[cfg(test)]
mod tests;
