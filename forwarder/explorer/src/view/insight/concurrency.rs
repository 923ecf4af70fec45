//! Number of execution environments that ran at once, their reuse and lifetime.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_parser::{UnixMillis, derive::StartKind};

use super::{
    provisioned::{self, ProvisionedOption},
    run::{FunctionRuns, Run},
    statistics::lower_median,
    window::Window,
};
use crate::view::{index::FunctionIdentity, notes::list};

/// Two runs of an environment may seem to overlap by this time in milliseconds, because times are rounded.
const OVERLAP_TOLERANCE_MS: i64 = 5;

/// Environments that ended less than this time before the window does may still be alive.
const MAY_LIVE_MS: i64 = 3_600_000;

/// Concurrency of all accounts and functions.
///
/// A run is busy from the beginning of its INIT, or else of its handler, to its REPORT; the beginning is the time of the
/// REPORT minus the durations in it. Only runs in the logs count: throttled requests leave no line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Concurrency {
    /// Accounts and regions, by highest peak, then by name.
    pub accounts: Vec<AccountConcurrency>,
    /// Functions, by highest peak, then by name.
    pub functions: Vec<FunctionConcurrency>,
}

impl Concurrency {
    /// Says which functions have no peak.
    pub(super) fn note(&self) -> Option<String> {
        let without = self.functions.iter().filter(|row| row.excluded_invocations > 0);
        let mut names: Vec<_> = without.map(|row| row.identity.function.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        (!names.is_empty()).then(|| {
            let why = "runs overlap in a log stream, have no log stream, or are on Managed Instances";
            format!("concurrency of {} unknown: {why}", list(&names))
        })
    }
}

/// Runs at once in one account and region, of the functions in the logs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountConcurrency {
    /// Account.
    pub account: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Highest number of runs at once; `None` if no run can be counted.
    pub peak: Option<u64>,
    /// First time of the peak.
    pub peak_at_ms: Option<i64>,
    /// Busy time divided by the window.
    pub average: Option<f64>,
}

/// Runs at once of one function, and its environments.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionConcurrency {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Highest number of runs at once; `None` if runs are excluded.
    pub peak: Option<u64>,
    /// First time of the peak.
    pub peak_at_ms: Option<i64>,
    /// Busy time divided by the window; `None` if runs are excluded.
    pub average: Option<f64>,
    /// Number of execution environments: log streams with runs.
    pub environments: u64,
    /// Runs of an environment on average.
    pub reuse_avg: Option<f64>,
    /// Runs of the environment with the most.
    pub reuse_max: Option<u64>,
    /// Median time from the first begin to the last end, of the environments that ended more than an hour before the
    /// window does.
    pub lifetime_median_ms: Option<u64>,
    /// Sum of the busy times.
    pub busy_ms: u64,
    /// Number of runs that cannot be counted: on Managed Instances, without a log stream, or of log streams whose runs
    /// overlap.
    pub excluded_invocations: u64,
    /// Provisioned concurrency of several sizes; `None` if its price or the memory size is unknown, if the function has
    /// provisioned concurrency or SnapStart, or if runs are excluded.
    pub provisioned: Option<Vec<ProvisionedOption>>,
}

/// Busy times of runs: begins and ends, each in ascending order.
#[derive(Debug, Default)]
struct BusyTimes {
    begins: Vec<i64>,
    ends: Vec<i64>,
}

impl BusyTimes {
    fn sort(&mut self) {
        self.begins.sort_unstable();
        self.ends.sort_unstable();
    }

    /// Highest number of runs at once, and its first time. An end comes before a begin at the same time.
    fn peak(&self) -> Option<(u64, i64)> {
        let (mut ended, mut peak) = (0_usize, None);
        for (index, begin) in self.begins.iter().enumerate() {
            while self.ends.get(ended).is_some_and(|end| end <= begin) {
                ended += 1;
            }
            let running = u64::try_from((index + 1).saturating_sub(ended)).unwrap_or(u64::MAX);
            if peak.is_none_or(|(highest, _)| running > highest) {
                peak = Some((running, *begin));
            }
        }
        peak
    }

    fn busy_ms(&self) -> u64 {
        let sum = |times: &[i64]| times.iter().map(|time| i128::from(*time)).sum::<i128>();
        u64::try_from(sum(&self.ends) - sum(&self.begins)).unwrap_or(0)
    }
}

/// State of an execution environment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Environment {
    first_begin: i64,
    last_end: i64,
    runs: u64,
    overlaps: bool,
}

/// Environments by number.
pub(super) type Environments = HashMap<u32, Environment, RandomState>;

fn environments(function: &FunctionRuns<'_>) -> Environments {
    let mut environments = Environments::default();
    for run in function.distinct().filter(|run| run.is_billed_by_duration()) {
        let Some(id) = run.environment else { continue };
        let (begin, end) = (run.begin.0, run.end.0);
        let environment = environments.entry(id).or_insert(Environment {
            first_begin: begin,
            last_end: begin,
            runs: 0,
            overlaps: false,
        });
        environment.overlaps |= begin.saturating_add(OVERLAP_TOLERANCE_MS) < environment.last_end;
        environment.first_begin = environment.first_begin.min(begin);
        environment.last_end = environment.last_end.max(end);
        environment.runs += 1;
    }
    environments
}

/// Collects the concurrency of all functions.
#[derive(Debug)]
pub(super) struct ConcurrencyBuilder {
    window: Window,
    functions: Vec<FunctionConcurrency>,
    accounts: BTreeMap<(Option<String>, Option<String>), BusyTimes>,
}

impl ConcurrencyBuilder {
    pub(super) fn new(window: Window) -> Self {
        Self { window, functions: Vec::new(), accounts: BTreeMap::new() }
    }

    /// Adds the runs of a function.
    pub(super) fn add(&mut self, function: &FunctionRuns<'_>) {
        let environments = environments(function);
        let mut excluded = 0;
        let (mut busy, mut counted) = (BusyTimes::default(), Vec::new());
        let mut last_ends: HashMap<u32, i64, RandomState> = HashMap::default();
        for run in function.distinct() {
            let id = run.environment.filter(|_| run.is_billed_by_duration());
            let Some(id) = id.filter(|id| environments.get(id).is_some_and(|found| !found.overlaps)) else {
                excluded += 1;
                continue;
            };
            let last_end = last_ends.entry(id).or_insert(i64::MIN);
            busy.begins.push(run.begin.0.max(*last_end).min(run.end.0));
            busy.ends.push(run.end.0);
            *last_end = run.end.0;
            counted.push(run);
        }
        busy.sort();
        let is_complete = excluded == 0;
        let mut row = self.row(function, environments, &busy, excluded);
        if let Some(peak) = row.peak.filter(|_| is_complete) {
            row.provisioned = provisioned::options(function, &counted, peak, self.window);
        }
        self.functions.push(row);
        let identity = &function.identity;
        let account = self.accounts.entry((identity.account.clone(), identity.region.clone())).or_default();
        account.begins.append(&mut busy.begins);
        account.ends.append(&mut busy.ends);
    }

    fn row(
        &self,
        function: &FunctionRuns<'_>,
        environments: Environments,
        busy: &BusyTimes,
        excluded_invocations: u64,
    ) -> FunctionConcurrency {
        let counted: Vec<_> = environments.into_values().filter(|found| !found.overlaps).collect();
        let peak = busy.peak().filter(|_| excluded_invocations == 0);
        let runs: u64 = counted.iter().map(|found| found.runs).sum();
        let n_environments = u64::try_from(counted.len()).unwrap_or(u64::MAX);
        FunctionConcurrency {
            identity: function.identity.clone(),
            peak: peak.map(|(peak, _)| peak),
            peak_at_ms: peak.map(|(_, at)| at),
            average: self.average(busy.busy_ms()).filter(|_| excluded_invocations == 0),
            environments: n_environments,
            reuse_avg: ratio(runs, n_environments),
            reuse_max: counted.iter().map(|found| found.runs).max(),
            lifetime_median_ms: self.median_lifetime(&counted),
            busy_ms: busy.busy_ms(),
            excluded_invocations,
            provisioned: None,
        }
    }

    fn average(&self, busy_ms: u64) -> Option<f64> {
        ratio(busy_ms, self.window.millis())
    }

    fn median_lifetime(&self, environments: &[Environment]) -> Option<u64> {
        let ended_before = self.window.to.0.saturating_sub(MAY_LIVE_MS);
        let ended = environments.iter().filter(|found| found.last_end < ended_before);
        lower_median(ended.map(|found| found.last_end.abs_diff(found.first_begin)).collect())
    }

    pub(super) fn finish(mut self) -> Concurrency {
        let accounts = std::mem::take(&mut self.accounts);
        let account = |((account, region), mut busy): (_, BusyTimes)| {
            busy.sort();
            let peak = busy.peak();
            let (peak, peak_at_ms) = (peak.map(|(peak, _)| peak), peak.map(|(_, at)| at));
            let average = self.average(busy.busy_ms()).filter(|_| peak.is_some());
            AccountConcurrency { account, region, peak, peak_at_ms, average }
        };
        let mut accounts: Vec<_> = accounts.into_iter().map(account).collect();
        // The accounts are in order of their names, and the sort is stable.
        accounts.sort_by_key(|row| std::cmp::Reverse(row.peak));
        self.functions.sort_by(|a, b| b.peak.cmp(&a.peak).then_with(|| a.identity.cmp(&b.identity)));
        Concurrency { accounts, functions: self.functions }
    }
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "an average, 15 digits")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// True if the function seems to have provisioned concurrency: no run waited for an INIT, or most environments that were
/// new within the window began with a warm run. No REPORT states it.
pub(super) fn seems_provisioned(runs: &[&Run], window: Window) -> bool {
    /// An environment whose first run began this long after the window did was created within the window.
    const NEW_AFTER_MS: i64 = 3_600_000;
    let mut first_runs: HashMap<u32, (UnixMillis, StartKind), RandomState> = HashMap::default();
    for run in runs {
        if let Some(id) = run.environment {
            first_runs.entry(id).or_insert((run.begin, run.start));
        }
    }
    let has_cold_start = runs.iter().any(|run| run.start == StartKind::Cold);
    let new_after = window.from.0.saturating_add(NEW_AFTER_MS);
    let new = || first_runs.values().filter(|(begin, _)| begin.0 >= new_after);
    let warm = new().filter(|(_, start)| *start == StartKind::Warm).count();
    !has_cold_start || warm * 2 > new().count()
}
