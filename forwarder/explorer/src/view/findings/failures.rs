//! Findings about failed invocations.

use super::{Context, Draft, is_frequent, versions};
use crate::view::{
    format::{count, duration, percent, plural},
    share::Share,
    summary::FunctionSummary,
};

/// Reports memory use of at least 90 % of the size, and invocations that ran out of memory.
pub(super) fn short_memory(function: &FunctionSummary, _: &Context<'_>) -> Option<Draft> {
    let used = function.memory_used().filter(|used| used.is_at_least(90));
    let used = used.map(|used| format!("memory at {} of its size", percent(used)));
    let failed = share(function, function.outcomes.out_of_memory);
    let ran_out = (failed.part > 0).then(|| format!("{} out of memory", count(failed.part)));
    let both: Vec<_> = [used, ran_out].into_iter().flatten().collect();
    (!both.is_empty()).then(|| Draft { text: both.join(", "), failed: Some(failed), ..Draft::default() })
}

/// Reports timeouts if at least five invocations, and at least one in 200, timed out. Fewer are noise.
pub(super) fn timeouts(function: &FunctionSummary, _: &Context<'_>) -> Option<Draft> {
    let failed = share(function, function.outcomes.timeouts);
    let limit = function.timeout.map(|limit| format!(" after {}", duration(limit))).unwrap_or_default();
    is_frequent(failed).then(|| Draft {
        text: format!("{} timed out{limit}: {}", count(failed.part), percent(failed)),
        failed: Some(failed),
        ..Draft::default()
    })
}

/// Reports requests that Lambda refused because of a concurrency limit, as AWS has measured them.
pub(super) fn throttles(function: &FunctionSummary, _: &Context<'_>) -> Option<Draft> {
    let aws = function.aws?;
    let part = aws.values.throttles;
    let refused = Share { part, whole: function.invocations.saturating_add(part) };
    let most = aws.values.max_concurrent.map(|most| format!("; at most {} at once", count(most)));
    is_frequent(refused).then(|| Draft {
        text: format!(
            "{} throttled: {}{}",
            plural(part, "request"),
            percent(refused),
            most.unwrap_or_default()
        ),
        failed: Some(refused),
        ..Draft::default()
    })
}

/// Reports other errors if there are at least five, and one in 200 invocations, or if all of the last 20 invocations
/// failed. Omitted if they are those of a worse version.
pub(super) fn errors(function: &FunctionSummary, context: &Context<'_>) -> Option<Draft> {
    const LAST: u64 = 20;
    let outcomes = function.outcomes;
    let other = outcomes.errors.saturating_sub(outcomes.timeouts).saturating_sub(outcomes.out_of_memory);
    let failed = share(function, other);
    let last_failed = context.insight.map_or(0, |insight| insight.last_failed(function));
    if last_failed >= LAST {
        let text = format!("all of the last {} runs failed", count(last_failed));
        return Some(Draft { text, failed: Some(share(function, outcomes.errors)), ..Draft::default() });
    }
    (is_frequent(failed) && !versions::has_more_errors(function)).then(|| Draft {
        text: format!("{} of {} runs failed: {}", count(failed.part), count(failed.whole), percent(failed)),
        failed: Some(failed),
        ..Draft::default()
    })
}

fn share(function: &FunctionSummary, part: u64) -> Share {
    Share { part, whole: function.invocations }
}
