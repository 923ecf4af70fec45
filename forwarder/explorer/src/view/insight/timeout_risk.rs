//! Timeout risk: how much of its timeout a function needs.

use std::time::Duration;

use serde::Serialize;
use tailwater_parser::derive::Outcome;

use super::{run::FunctionRuns, statistics};
use crate::{
    number,
    view::{index::FunctionIdentity, share::Share},
};

/// Durations of a function against its timeout.
#[derive(Clone, Debug, Serialize)]
pub struct TimeoutRisk {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// 99th percentile of the durations of all runs, the ones that timed out included; exact.
    #[serde(rename = "p99_ms", serialize_with = "number::millis")]
    pub p99: Option<Duration>,
    /// Longest duration.
    #[serde(rename = "max_ms", serialize_with = "number::millis")]
    pub max: Option<Duration>,
    /// Timeout.
    #[serde(rename = "timeout_ms", serialize_with = "number::whole_millis")]
    pub timeout: Option<Duration>,
    /// Source of the timeout.
    pub timeout_source: TimeoutSource,
    /// `p99` as a percentage of the timeout.
    pub used_pct: Option<f64>,
    /// Number of runs with a duration.
    #[serde(skip)]
    pub(in crate::view) runs: u64,
}

/// Source of a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeoutSource {
    /// The catalog of `--functions`.
    Catalog,
    /// The longest duration of a run that timed out, in whole seconds.
    Log,
}

impl TimeoutRisk {
    /// `p99` as a share of the timeout, in microseconds.
    pub(in crate::view) fn used(&self) -> Option<Share> {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Some(Share { part: micros(self.p99?), whole: micros(self.timeout?) })
    }
}

/// Returns the timeout of a function and its source; `None` if neither the catalog nor a run tells it.
pub(super) fn timeout(function: &FunctionRuns<'_>) -> Option<(Duration, TimeoutSource)> {
    let timed_out = function.runs.iter().filter(|run| run.outcome == Outcome::Timeout);
    let in_log = || timed_out.filter_map(|run| run.duration).max().map(whole_seconds);
    let listed = function.timeout.map(|timeout| (timeout, TimeoutSource::Catalog));
    listed.or_else(|| in_log().map(|timeout| (timeout, TimeoutSource::Log)))
}

/// Rounds to whole seconds, the unit of the setting: runs are stopped a little later.
fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.saturating_add(Duration::from_millis(500)).as_secs().max(1))
}

/// Compares the durations of a function with its timeout; `None` if the timeout is unknown.
pub(super) fn find(function: &FunctionRuns<'_>) -> Option<TimeoutRisk> {
    let (timeout, timeout_source) = timeout(function)?;
    let mut durations: Vec<_> = function.distinct().filter_map(|run| run.duration).collect();
    let max = durations.iter().max().copied();
    let mut risk = TimeoutRisk {
        identity: function.identity.clone(),
        p99: statistics::nearest_rank(&mut durations, 99),
        max,
        timeout: Some(timeout),
        timeout_source,
        used_pct: None,
        runs: u64::try_from(durations.len()).unwrap_or(u64::MAX),
    };
    risk.used_pct = risk.used().and_then(Share::percent);
    Some(risk)
}
