//! Findings about the latest version of a function, compared with the one before it.

use std::time::Duration;

use super::{Context, Draft, latest};
use crate::view::{
    format::{duration, percent, short_time},
    share::Share,
    summary::{FunctionSummary, VersionSummary},
};

/// Minimum number of invocations of a version for a comparison.
const MIN_VERSION_INVOCATIONS: u64 = 50;

/// Compares the latest version with the one before it, skipping versions with too few invocations.
pub(super) fn worse_version(function: &FunctionSummary, context: &Context<'_>) -> Option<Draft> {
    let (new, old) = latest_two(function)?;
    let errors = more_errors(new, old);
    let worse: Vec<_> = [errors.clone(), slower(new, old)].into_iter().flatten().collect();
    let since = short_time(new.first_start, latest(context));
    (!worse.is_empty()).then(|| Draft {
        text: format!("version {} since {since}: {}", new.version, worse.join(", ")),
        failed: errors.map(|_| failures(new)),
        ..Draft::default()
    })
}

/// True if the latest version fails more often than the one before it.
pub(super) fn has_more_errors(function: &FunctionSummary) -> bool {
    latest_two(function).is_some_and(|(new, old)| more_errors(new, old).is_some())
}

fn latest_two(function: &FunctionSummary) -> Option<(&VersionSummary, &VersionSummary)> {
    let mut comparable =
        function.by_version.iter().rev().filter(|version| version.invocations >= MIN_VERSION_INVOCATIONS);
    Some((comparable.next()?, comparable.next()?))
}

fn failures(version: &VersionSummary) -> Share {
    Share { part: version.errors, whole: version.invocations }
}

fn more_errors(new: &VersionSummary, old: &VersionSummary) -> Option<String> {
    let [old, new] = [old, new].map(failures);
    new.is_clearly_above(old).then(|| format!("errors {} → {}", percent(old), percent(new)))
}

/// Reports a rise of the 95th percentile of the duration by at least a quarter and at least 20 ms.
fn slower(new: &VersionSummary, old: &VersionSummary) -> Option<String> {
    const MIN_RISE: Duration = Duration::from_millis(20);
    let (new, old) = (new.duration.p95?, old.duration.p95?);
    let is_slower = new.saturating_mul(4) >= old.saturating_mul(5) && new.saturating_sub(old) >= MIN_RISE;
    is_slower.then(|| format!("p95 {} → {}", duration(old), duration(new)))
}
