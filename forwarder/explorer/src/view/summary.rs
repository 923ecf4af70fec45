//! The summary: what the terminal draws, `--json` prints and the page shows. Its JSON form is a contract: names and
//! order of the keys up to `functions` stay as they are, what is added comes behind.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use tailwater_forwarder::ledger::Ledger;
use tailwater_parser::{MemoryMib, MibMillis, UnixMillis, Usd, derive::CostError, price::Cpu};

use super::{insight::Finding, number, share::Share};

/// The serverless view of a run or a store.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Where each event went.
    pub ledger: LedgerCounts,
    /// All functions together.
    pub totals: Totals,
    /// One row a function: most invocations first, then by name.
    pub functions: Vec<FunctionSummary>,
    /// Each sink's own ledger, by the sink's name, where there are several sinks.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sinks: BTreeMap<String, LedgerCounts>,
    /// From the first invocation's start to the last one's end; `None` without invocations.
    pub range: Option<Range>,
    /// What deserves a look, most important first; a handful at most.
    pub worth_a_look: Vec<Finding>,
    /// What the numbers rest on: assumptions and gaps, and what to do about them.
    pub notes: Vec<String>,
}

/// Where events went: received = delivered + filtered + sampled + parked + rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LedgerCounts {
    /// Events read. An input that cannot be read counts as one.
    pub received: u64,
    /// Events that a backend or the store took.
    pub delivered: u64,
    /// Events that a setting keeps out.
    pub filtered: u64,
    /// Events that sampling left out.
    pub sampled: u64,
    /// Events kept for a later delivery.
    pub parked: u64,
    /// Events or inputs that could not be read, or that the backend refused for good.
    pub rejected: u64,
    /// The part of `delivered` that the store already held.
    pub duplicates: u64,
    /// Bytes of the events received.
    pub bytes: u64,
}

impl From<&Ledger> for LedgerCounts {
    fn from(ledger: &Ledger) -> Self {
        Self {
            received: ledger.received().events,
            delivered: ledger.delivered().events,
            filtered: ledger.filtered().events,
            sampled: ledger.sampled().events,
            parked: ledger.parked().events,
            rejected: ledger.rejected().events,
            duplicates: ledger.duplicates(),
            bytes: ledger.received().bytes.0,
        }
    }
}

impl LedgerCounts {
    /// Whether each event received is accounted for.
    #[must_use]
    pub fn closes(&self) -> bool {
        let ends = [self.delivered, self.filtered, self.sampled, self.parked, self.rejected];
        ends.into_iter().fold(0, u64::saturating_add) == self.received
    }
}

/// All functions together. Costs are those of the functions whose cost is known; `None` when it is of none.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "each as in FunctionSummary")]
pub struct Totals {
    pub invocations: u64,
    pub cold_starts: u64,
    pub restores: u64,
    pub errors: u64,
    pub timeouts: u64,
    pub out_of_memory: u64,
    #[serde(rename = "billed_ms", serialize_with = "number::whole_millis")]
    pub billed: Option<Duration>,
    #[serde(rename = "gb_seconds", serialize_with = "number::gb_seconds")]
    pub memory_time: Option<MibMillis>,
    #[serde(rename = "cost_usd", serialize_with = "number::dollars")]
    pub cost: Option<Usd>,
    #[serde(rename = "cold_start_cost_usd", serialize_with = "number::dollars")]
    pub cold_start_cost: Option<Usd>,
    #[serde(rename = "restore_cost_usd", serialize_with = "number::dollars")]
    pub restore_cost: Option<Usd>,
    #[serde(rename = "failure_cost_usd", serialize_with = "number::dollars")]
    pub failure_cost: Option<Usd>,
    #[serde(rename = "duration_ms")]
    pub duration: DurationSummary,
    #[serde(rename = "init_ms")]
    pub init: InitSummary,
}

/// One function of one account and region.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionSummary {
    /// Its name.
    pub function: String,
    /// Account that owns it.
    pub account: Option<String>,
    /// Region it runs in.
    pub region: Option<String>,
    /// Architecture it is priced for.
    #[serde(serialize_with = "number::cpu")]
    pub arch: Cpu,
    /// Runs, each with a REPORT of its own.
    pub invocations: u64,
    /// Failed runs as AWS counts them: the next two included.
    pub errors: u64,
    /// Runs that took longer than the function's timeout.
    pub timeouts: u64,
    /// Runs that needed more memory than the function has.
    pub out_of_memory: u64,
    /// Always unknown: a throttled request leaves no line in the log.
    pub throttles: Option<u64>,
    /// Runs that waited for INIT.
    pub cold_starts: u64,
    /// Runs that waited for a restore from a SnapStart snapshot.
    pub restores: u64,
    /// What the handler took.
    #[serde(rename = "duration_ms")]
    pub duration: DurationSummary,
    /// What INIT took.
    #[serde(rename = "init_ms")]
    pub init: InitSummary,
    /// Billed time, INIT and restore included.
    #[serde(rename = "billed_ms", serialize_with = "number::whole_millis")]
    pub billed: Option<Duration>,
    /// Billed time x memory.
    #[serde(rename = "gb_seconds", serialize_with = "number::gb_seconds")]
    pub memory_time: Option<MibMillis>,
    /// First tier's list price of requests and memory-time; of `/tmp` as well where the catalog tells its size.
    #[serde(rename = "cost_usd", serialize_with = "number::dollars")]
    pub cost: Option<Usd>,
    /// The part of `cost` that paid for INIT.
    #[serde(rename = "cold_start_cost_usd", serialize_with = "number::dollars")]
    pub cold_start_cost: Option<Usd>,
    /// Memory it is configured with, by its latest report.
    #[serde(rename = "memory_mb", serialize_with = "number::mib")]
    pub memory: Option<MemoryMib>,
    /// The most memory that a run used.
    #[serde(rename = "max_memory_mb", serialize_with = "number::mib")]
    pub max_memory: Option<MemoryMib>,
    /// The most it used, of what it has.
    pub memory_used_pct: Option<f64>,
    /// Start of the run that began last.
    #[serde(rename = "last_start_ms", serialize_with = "number::unix_millis")]
    pub last_start: UnixMillis,
    /// Names of its versions in order of first sight.
    pub versions: Vec<String>,
    /// The part of `cost` that paid for restores from a snapshot.
    #[serde(rename = "restore_cost_usd", serialize_with = "number::dollars")]
    pub restore_cost: Option<Usd>,
    /// The part of `cost` that paid for runs that failed; the price of their requests left out.
    #[serde(rename = "failure_cost_usd", serialize_with = "number::dollars")]
    pub failure_cost: Option<Usd>,
    /// Why `cost` is unknown.
    #[serde(rename = "cost_unknown", serialize_with = "number::reason")]
    pub no_cost: Option<CostError>,
    /// Runs that no report gives billed time and memory of: they are not in `cost`.
    pub unbilled: u64,
    /// Runs that ended in a word this version does not know: they are not in `errors`.
    pub unknown_outcomes: u64,
    /// Whether `arch` is a guess: neither the catalog nor `--arch` tells.
    pub arch_assumed: bool,
    /// Whether `cost` rests on a price that was concluded from others, not read.
    pub price_assumed: bool,
    /// Its time limit, where the catalog tells.
    #[serde(rename = "timeout_ms", serialize_with = "number::whole_millis")]
    pub timeout: Option<Duration>,
    /// Its runtime, where the catalog tells.
    pub runtime: Option<String>,
    /// What each of `versions` did, in the same order.
    pub by_version: Vec<VersionSummary>,
}

impl FunctionSummary {
    /// The most memory that a run used, of what it has.
    #[must_use]
    pub fn memory_used(&self) -> Option<Share> {
        Some(Share { part: self.max_memory?.0.into(), whole: self.memory?.0.into() })
    }
}

/// What invocations took; all `None` when no report tells. Quantiles come from a sketch, the other two are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DurationSummary {
    #[serde(serialize_with = "number::millis")]
    pub avg: Option<Duration>,
    #[serde(serialize_with = "number::millis")]
    pub p50: Option<Duration>,
    #[serde(serialize_with = "number::millis")]
    pub p95: Option<Duration>,
    #[serde(serialize_with = "number::millis")]
    pub p99: Option<Duration>,
    #[serde(serialize_with = "number::millis")]
    pub max: Option<Duration>,
}

/// What INIT took where there was one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct InitSummary {
    #[serde(serialize_with = "number::millis")]
    pub avg: Option<Duration>,
    #[serde(serialize_with = "number::millis")]
    pub max: Option<Duration>,
}

/// One version of a function.
#[derive(Clone, Debug, Serialize)]
pub struct VersionSummary {
    /// `$LATEST`, `41`.
    pub version: String,
    /// Start of its first run.
    #[serde(rename = "first_start_ms", serialize_with = "number::unix_millis")]
    pub first_start: UnixMillis,
    /// Start of its last run.
    #[serde(rename = "last_start_ms", serialize_with = "number::unix_millis")]
    pub last_start: UnixMillis,
    /// Its runs.
    pub invocations: u64,
    /// Those that failed.
    pub errors: u64,
    /// What they took.
    #[serde(rename = "duration_ms")]
    pub duration: DurationSummary,
}

/// The time a summary covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// Start of the first run.
    #[serde(rename = "from_ms", serialize_with = "number::unix_millis")]
    pub from: UnixMillis,
    /// End of the last run.
    #[serde(rename = "to_ms", serialize_with = "number::unix_millis")]
    pub to: UnixMillis,
}
