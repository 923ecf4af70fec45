//! What is worth a look: a short list of rules, each a pure function from a function's row to a line or nothing.

use std::time::Duration;

use serde::Serialize;
use tailwater_parser::{UnixMillis, Usd};

use super::{
    format::{clock, count, dollars, duration, percent},
    share::Share,
    summary::{FunctionSummary, Range, VersionSummary},
};

/// Something that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Name of the function.
    pub function: String,
    /// Its region, where known: names repeat.
    pub region: Option<String>,
    /// Which rule found it.
    pub look: Look,
    /// What it found, in a line.
    pub text: String,
}

/// The rules, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// The latest version fails more often, or is slower, than the one before it.
    WorseVersion,
    /// Memory ran out, or nearly did.
    ShortMemory,
    /// Invocations reached the time limit, and not just once.
    Timeouts,
    /// No environment is ever used twice.
    AlwaysCold,
    /// INIT is a large part of the bill.
    CostlyInit,
    /// Most of the memory is never used.
    IdleMemory,
}

type Rule = fn(&FunctionSummary, UnixMillis) -> Option<String>;

/// In order of importance, which is the order of the lines.
const RULES: [(Look, Rule); 6] = [
    (Look::WorseVersion, worse_version),
    (Look::ShortMemory, short_memory),
    (Look::Timeouts, timeouts),
    (Look::AlwaysCold, always_cold),
    (Look::CostlyInit, costly_init),
    (Look::IdleMemory, idle_memory),
];

/// More lines than this nobody reads.
const AT_MOST: usize = 5;

/// The most important findings; of equally important ones those of the busiest functions.
pub(super) fn find(functions: &[FunctionSummary], range: Option<Range>) -> Vec<Finding> {
    let latest = range.map_or(UnixMillis(0), |range| range.to);
    let findings = RULES.iter().flat_map(|(look, rule)| {
        functions.iter().filter_map(move |function| {
            Some(Finding {
                text: rule(function, latest)?,
                look: *look,
                function: function.function.clone(),
                region: function.region.clone(),
            })
        })
    });
    findings.take(AT_MOST).collect()
}

/// Fewer invocations of a version than these prove nothing.
const SAMPLE: u64 = 50;

/// Compares the latest version with the one before it, as far as both have done enough to be compared.
fn worse_version(function: &FunctionSummary, latest: UnixMillis) -> Option<String> {
    let mut settled = function.by_version.iter().rev().filter(|version| version.invocations >= SAMPLE);
    let (new, old) = (settled.next()?, settled.next()?);
    let worse: Vec<_> = [more_errors(new, old), slower(new, old)].into_iter().flatten().collect();
    let since = clock(new.first_start, latest);
    (!worse.is_empty()).then(|| format!("version {} since {since}: {}", new.version, worse.join(", ")))
}

fn more_errors(new: &VersionSummary, old: &VersionSummary) -> Option<String> {
    let [old, new] = [old, new].map(|version| Share { part: version.errors, whole: version.invocations });
    new.is_clearly_above(old).then(|| format!("errors {} → {}", percent(old), percent(new)))
}

/// A rise of p95 by a quarter, and by something a person would notice.
fn slower(new: &VersionSummary, old: &VersionSummary) -> Option<String> {
    const NOTICEABLE: Duration = Duration::from_millis(20);
    let (new, old) = (new.duration.p95?, old.duration.p95?);
    let is_slower = new.saturating_mul(4) >= old.saturating_mul(5) && new.saturating_sub(old) >= NOTICEABLE;
    is_slower.then(|| format!("p95 {} → {}", duration(old), duration(new)))
}

fn short_memory(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let used = function.memory_used().filter(|used| used.is_at_least(90));
    let used = used.map(|used| format!("memory at {} of its size", percent(used)));
    let ran_out =
        (function.out_of_memory > 0).then(|| format!("{} out of memory", count(function.out_of_memory)));
    let both: Vec<_> = [used, ran_out].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// One timeout in hundreds of runs is noise: three or more, and one run in two hundred, are not.
fn timeouts(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    const SAMPLE: u64 = 3;
    let share = Share { part: function.timeouts, whole: function.invocations };
    let matters = share.part >= SAMPLE && share.part.saturating_mul(200) >= share.whole;
    let limit = function.timeout.map(|limit| format!(" after {}", duration(limit))).unwrap_or_default();
    matters.then(|| format!("{} timed out{limit}: {}", count(share.part), percent(share)))
}

fn is_always_cold(function: &FunctionSummary) -> bool {
    const SAMPLE: u64 = 10;
    function.invocations >= SAMPLE && function.cold_starts + function.restores == function.invocations
}

fn always_cold(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let all = count(function.invocations);
    is_always_cold(function).then(|| format!("every start is cold: {all} of {all}"))
}

/// A quarter of the cost or more; not where every start is cold, which says more.
fn costly_init(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let (init, all) = (function.cold_start_cost?, function.cost?);
    let is_costly = init > Usd::ZERO && init.times(4) >= all && !is_always_cold(function);
    is_costly.then(|| format!("cold starts cost {} of its {}", dollars(init), dollars(all)))
}

/// Less than a quarter used, and enough to spare to matter.
fn idle_memory(function: &FunctionSummary, _latest: UnixMillis) -> Option<String> {
    let (size, used) = (function.memory?.0, function.max_memory?.0);
    let is_idle = size > 256 && u64::from(used) * 4 < u64::from(size);
    is_idle
        .then(|| format!("at most {used} of {size} MB used: less memory would do, unless it needs the CPU"))
}

#[cfg(test)]
mod tests;
