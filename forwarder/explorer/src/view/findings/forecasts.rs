//! Findings about failures to come: memory leaks and runs close to the timeout.

use std::time::Duration;

use super::{Context, Draft, Named};
use crate::view::{
    format::{count, duration, percent, span},
    insight::{Insight, Leak, TimeoutRisk},
};

/// Reports a leak that fills the memory within seven days, and within three times the longest life of an environment.
pub(super) fn leaks(insight: &Insight, context: &Context<'_>) -> Vec<Named> {
    let draft = |leak: &Leak| {
        const DAYS: f64 = 7.0;
        let hours = leak.hours_to_oom?;
        let is_near = hours <= DAYS * 24.0 && hours <= leak.longest_life_hours * 3.0;
        let version = leak.version.as_ref().map(|version| format!("version {version}: ")).unwrap_or_default();
        let cause = if leak.may_be_input { ", or its input grows" } else { "" };
        let time = Duration::try_from_secs_f64(hours * 3_600.0).ok()?;
        let text = format!(
            "{version}memory grows {} a run{cause}: {} MB are full after {} runs, {}",
            growth(leak.growth_kb_per_run),
            leak.memory_mb,
            count(leak.runs_to_oom),
            span(time)
        );
        let expected = context.window.count_per_month(leak.runs) / leak.runs_to_oom.max(1);
        let draft = Draft { text, expected_failures: expected, ..Draft::default() };
        is_near.then(|| (leak.identity.function.clone(), leak.identity.region.clone(), draft))
    };
    insight.leaks.iter().filter_map(draft).collect()
}

/// Formats KB with one decimal, from 1,024 KB as MB: `36.4 KB`, `14.9 MB`.
fn growth(kb: f64) -> String {
    if kb < 1024.0 { format!("{kb:.1} KB") } else { format!("{:.1} MB", kb / 1024.0) }
}

/// Reports a 99th percentile of at least 80 % of the timeout, of at least 100 runs.
pub(super) fn timeout_risk(insight: &Insight, _: &Context<'_>) -> Vec<Named> {
    const MIN_RUNS: u64 = 100;
    let draft = |risk: &TimeoutRisk| {
        let used = risk.used().filter(|used| used.is_at_least(80) && risk.runs >= MIN_RUNS)?;
        let text = format!(
            "p99 {} is {} of the timeout of {}",
            duration(risk.p99?),
            percent(used),
            duration(risk.timeout?)
        );
        let draft = Draft { text, ..Draft::default() };
        Some((risk.identity.function.clone(), risk.identity.region.clone(), draft))
    };
    insight.timeout_risk.iter().filter_map(draft).collect()
}
