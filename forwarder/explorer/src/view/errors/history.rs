//! History of an error over the versions of a function and over time.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::view::share::Share;

/// Occurrences that the version before must have had at the same rate, so that their absence means something.
const MIN_EXPECTED: u64 = 3;

/// Direction in which an error develops within the time span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Clearly more frequent in the second half.
    Rising,
    /// Clearly less frequent in the second half.
    Falling,
    /// About as frequent in both halves.
    Steady,
}

impl Trend {
    /// Compares the shares of the halves of the time span.
    pub(super) fn of([first, second]: [Share; 2]) -> Self {
        if first.whole == 0 || second.whole == 0 {
            Self::Steady
        } else if second.is_clearly_above(first) {
            Self::Rising
        } else if first.is_clearly_above(second) {
            Self::Falling
        } else {
            Self::Steady
        }
    }
}

/// Runs of a version. Versions are in the order of their first run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VersionRuns<'v> {
    pub(super) name: &'v str,
    pub(super) runs: u64,
}

/// Version that brought an error: the first one with it, if at the same rate the version before would have had it at least
/// three times.
pub(super) fn new_in<'v>(versions: &[VersionRuns<'v>], seen: &BTreeMap<&str, u64>) -> Option<&'v str> {
    let first = versions.iter().position(|version| seen.contains_key(version.name))?;
    let before = versions.get(first.checked_sub(1)?)?;
    let version = versions.get(first)?;
    is_missing(share(version, seen), before.runs).then_some(version.name)
}

/// Version that brought an error back: it was there, then a later version had none although at the same rate it would have
/// had it at least three times. The latest such version.
pub(super) fn regressed_in<'v>(versions: &[VersionRuns<'v>], seen: &BTreeMap<&str, u64>) -> Option<&'v str> {
    let mut last_seen: Option<Share> = None;
    let (mut is_gone, mut found) = (false, None);
    for version in versions {
        let share = share(version, seen);
        match last_seen {
            Some(last) if share.part == 0 => is_gone |= is_missing(last, version.runs),
            Some(_) if is_gone => {
                (found, is_gone, last_seen) = (Some(version.name), false, Some(share));
            }
            Some(_) | None if share.part > 0 => last_seen = Some(share),
            Some(_) | None => {}
        }
    }
    found
}

fn share(version: &VersionRuns<'_>, seen: &BTreeMap<&str, u64>) -> Share {
    Share { part: seen.get(version.name).copied().unwrap_or(0), whole: version.runs }
}

/// True if this many runs would have had at least three errors at the rate of `seen`.
fn is_missing(seen: Share, runs: u64) -> bool {
    seen.whole > 0
        && u128::from(seen.part) * u128::from(runs) >= u128::from(MIN_EXPECTED) * u128::from(seen.whole)
}
