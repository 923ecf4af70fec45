//! Evaluation of conditions on a comparison.

use super::grammar::{Condition, Limit, Metric};
use crate::view::{
    compare::{Comparison, FunctionPair, Measures},
    errors::ErrorKind,
    format::plural,
    index::FunctionIdentity,
};

/// Result of a condition that is not simply fine.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The condition is met: the function and both numbers.
    Met(String),
    /// The condition cannot be decided, and why.
    Undecided(String),
}

/// Evaluates a condition for each function.
pub(super) fn evaluate(condition: &Condition, comparison: &Comparison) -> Vec<Verdict> {
    if condition.metric == Metric::NewErrors {
        return new_errors(condition, comparison).into_iter().collect();
    }
    let present =
        comparison.functions.iter().filter_map(|function| Some((function, function.pair.b.as_ref()?)));
    let mut verdicts: Vec<_> =
        present.filter_map(|(function, now)| of_function(condition, comparison, function, now)).collect();
    // One line about the functions without a value, however many they are.
    let mut undecided = 0_u64;
    verdicts.retain(|verdict| match verdict {
        Verdict::Met(_) => true,
        Verdict::Undecided(_) => {
            undecided += 1;
            undecided == 1
        }
    });
    let first = verdicts.iter_mut().find_map(|verdict| match verdict {
        Verdict::Met(_) => None,
        Verdict::Undecided(text) => Some(text),
    });
    if let Some(text) = first.filter(|_| undecided > 1) {
        text.push_str("; nor for ");
        text.push_str(&plural(undecided - 1, "more function"));
    }
    verdicts
}

fn of_function(
    condition: &Condition,
    comparison: &Comparison,
    function: &FunctionPair,
    now: &Measures,
) -> Option<Verdict> {
    let (metric, name) = (condition.metric, named(function));
    let Some(value) = metric.of(now) else {
        return Some(Verdict::Undecided(format!("{name} has no {}", metric.name())));
    };
    let met =
        |limit: String| Verdict::Met(format!("{name}: {} {}, {limit}", metric.name(), metric.format(value)));
    let fixed = |limit: f64| (value > limit).then(|| met(format!("the limit is {}", metric.format(limit))));
    match condition.limit {
        Limit::Count(limit) => fixed(u32::try_from(limit).map_or(f64::MAX, f64::from)),
        Limit::Percent(limit) | Limit::Millis(limit) => fixed(limit),
        Limit::Rise(percent) => match function.pair.a.as_ref().and_then(|before| metric.of(before)) {
            None => Some(Verdict::Undecided(format!("{name} is not in {}", comparison.a))),
            Some(before) if value > before * (1.0 + percent / 100.0) => {
                let version = function.a_version.as_ref().map(|version| format!(" (version {version})"));
                Some(met(format!(
                    "{} in {}{}",
                    metric.format(before),
                    comparison.a,
                    version.unwrap_or_default()
                )))
            }
            Some(_) => None,
        },
    }
}

/// Evaluates the number of new errors that have failed an invocation.
fn new_errors(condition: &Condition, comparison: &Comparison) -> Option<Verdict> {
    let has_before = comparison.functions.iter().any(|function| function.pair.a.is_some());
    let Some(new) = comparison.new_errors.as_ref().filter(|_| has_before) else {
        let reason = if has_before { "has no error groups" } else { "has none of the functions" };
        return Some(Verdict::Undecided(format!("{} {reason}", comparison.a)));
    };
    let is_compared = |identity: &FunctionIdentity| {
        let found = comparison.functions.iter().find(|function| function.identity == *identity);
        found.is_some_and(|function| function.pair.a.is_some())
    };
    // A function that is new as a whole is compared with nothing.
    let failed: Vec<_> = new
        .iter()
        .filter(|error| {
            error.failed_invocations > 0 && error.kind != ErrorKind::Handled && is_compared(&error.identity)
        })
        .collect();
    let count = u64::try_from(failed.len()).unwrap_or(u64::MAX);
    let Limit::Count(limit) = condition.limit else { return None };
    let list: Vec<_> = failed
        .iter()
        .take(5)
        .map(|error| {
            format!("{}: {} ({} failed)", error.identity.function, error.title, error.failed_invocations)
        })
        .collect();
    let text = || format!("{count} new, the limit is {limit}: {}", list.join("; "));
    (count > limit).then(|| Verdict::Met(text()))
}

fn named(function: &FunctionPair) -> String {
    match &function.b_version {
        Some(version) => format!("{} version {version}", function.identity.function),
        None => function.identity.function.clone(),
    }
}

impl Metric {
    fn of(self, measures: &Measures) -> Option<f64> {
        let count = |count: u64| Some(u32::try_from(count).map_or(f64::MAX, f64::from));
        match self {
            Self::NewErrors => None,
            Self::Errors => count(measures.errors),
            Self::ErrorRate => measures.error_rate_pct,
            Self::Timeouts => count(measures.timeouts),
            Self::ColdStarts => measures.cold_start_pct,
            Self::P50 => measures.duration_ms.p50,
            Self::P95 => measures.duration_ms.p95,
            Self::P99 => measures.duration_ms.p99,
            Self::Max => measures.duration_ms.max,
            Self::Cost => measures.cost_usd_per_invocation,
        }
    }

    fn format(self, value: f64) -> String {
        match self {
            Self::NewErrors | Self::Errors | Self::Timeouts => format!("{value:.0}"),
            Self::ErrorRate | Self::ColdStarts => format!("{value:.2} %"),
            Self::P50 | Self::P95 | Self::P99 | Self::Max => format!("{value:.1} ms"),
            Self::Cost => format!("${:.4} per million", value * 1e6),
        }
    }
}
