//! Findings: facts about a function that its owner should look at. Each rule is a pure function that maps the
//! summary of a Lambda function to a line of text, or to `None`.
//!
//! To add a finding, add a [`FindingKind`] and a rule to `RULES`.

use std::time::Duration;

use tailwater_parser::{UnixMillis, Usd};

use super::{
    format::{count, dollars, duration, percent, short_time},
    share::Share,
    summary::{Finding, FindingKind, FunctionSummary, Range, StartCounts, VersionSummary},
};

type Rule = fn(&FunctionSummary, UnixMillis) -> Option<String>;

/// Rules in order of importance, which is the order of the findings.
const RULES: [(FindingKind, Rule); 6] = [
    (FindingKind::WorseVersion, worse_version),
    (FindingKind::ShortMemory, short_memory),
    (FindingKind::Timeouts, timeouts),
    (FindingKind::AlwaysCold, always_cold),
    (FindingKind::CostlyInit, costly_init),
    (FindingKind::IdleMemory, idle_memory),
];

/// Maximum number of findings in a summary.
const MAX_FINDINGS: usize = 5;

/// Returns the most important findings, by rule. Findings of the same rule are in the order of the functions:
/// most invocations first.
pub(super) fn find(functions: &[FunctionSummary], range: Option<Range>) -> Vec<Finding> {
    let latest = range.map_or(UnixMillis(0), |range| range.to);
    let findings = RULES.iter().flat_map(|(kind, rule)| {
        functions.iter().filter_map(move |function| {
            Some(Finding {
                text: rule(function, latest)?,
                kind: *kind,
                function: function.function.clone(),
                region: function.region.clone(),
            })
        })
    });
    findings.take(MAX_FINDINGS).collect()
}

/// Minimum number of invocations of a version for a comparison.
const MIN_VERSION_INVOCATIONS: u64 = 50;

/// Compares the latest version with the one before it, skipping versions with too few invocations.
fn worse_version(function: &FunctionSummary, latest: UnixMillis) -> Option<String> {
    let mut comparable =
        function.by_version.iter().rev().filter(|version| version.invocations >= MIN_VERSION_INVOCATIONS);
    let (new, old) = (comparable.next()?, comparable.next()?);
    let worse: Vec<_> = [more_errors(new, old), slower(new, old)].into_iter().flatten().collect();
    let since = short_time(new.first_start, latest);
    (!worse.is_empty()).then(|| format!("version {} since {since}: {}", new.version, worse.join(", ")))
}

fn more_errors(new: &VersionSummary, old: &VersionSummary) -> Option<String> {
    let [old, new] = [old, new].map(|version| Share { part: version.errors, whole: version.invocations });
    new.is_clearly_above(old).then(|| format!("errors {} → {}", percent(old), percent(new)))
}

/// Reports a rise of the 95th percentile of the duration by at least a quarter and at least 20 ms.
fn slower(new: &VersionSummary, old: &VersionSummary) -> Option<String> {
    const MIN_RISE: Duration = Duration::from_millis(20);
    let (new, old) = (new.duration.p95?, old.duration.p95?);
    let is_slower = new.saturating_mul(4) >= old.saturating_mul(5) && new.saturating_sub(old) >= MIN_RISE;
    is_slower.then(|| format!("p95 {} → {}", duration(old), duration(new)))
}

fn short_memory(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let used = function.memory_used().filter(|used| used.is_at_least(90));
    let used = used.map(|used| format!("memory at {} of its size", percent(used)));
    let ran_out = (function.outcomes.out_of_memory > 0)
        .then(|| format!("{} out of memory", count(function.outcomes.out_of_memory)));
    let both: Vec<_> = [used, ran_out].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// Reports timeouts if at least three invocations, and at least one in 200, timed out. Fewer are noise.
fn timeouts(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    const MIN_TIMEOUTS: u64 = 3;
    let share = Share { part: function.outcomes.timeouts, whole: function.invocations };
    let matters = share.part >= MIN_TIMEOUTS && share.part.saturating_mul(200) >= share.whole;
    let limit = function.timeout.map(|limit| format!(" after {}", duration(limit))).unwrap_or_default();
    matters.then(|| format!("{} timed out{limit}: {}", count(share.part), percent(share)))
}

fn is_always_cold(function: &FunctionSummary) -> bool {
    const MIN_INVOCATIONS: u64 = 10;
    let starts = function.starts;
    function.invocations >= MIN_INVOCATIONS && starts.cold_starts + starts.restores == function.invocations
}

fn always_cold(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let all = count(function.invocations);
    let kind = match function.starts {
        StartCounts { restores: 0, .. } => "cold",
        StartCounts { cold_starts: 0, .. } => "a restore",
        StartCounts { .. } => "cold or a restore",
    };
    is_always_cold(function).then(|| format!("every start is {kind}: {all} of {all}"))
}

/// Reports a cost of INIT of at least a quarter of the whole cost. Omitted if every invocation was a cold
/// start or a restore, because [`FindingKind::AlwaysCold`] is reported then.
fn costly_init(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let (init, all) = (function.billing.cold_start_cost?, function.billing.cost?);
    let is_costly = init > Usd::ZERO && init.times(4) >= all && !is_always_cold(function);
    is_costly.then(|| format!("cold starts cost {} of its {}", dollars(init), dollars(all)))
}

/// Reports memory of more than 256 MB of which less than a quarter is used.
fn idle_memory(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let (size, used) = (function.memory?.0, function.max_memory?.0);
    let is_idle = size > 256 && u64::from(used) * 4 < u64::from(size);
    is_idle
        .then(|| format!("at most {used} of {size} MB used: less memory would do, unless it needs the CPU"))
}

#[cfg(test)]
mod tests;
