//! The summary: the data that the terminal table, `--json` and the web page show.
//!
//! Its JSON form is a contract: names and order of the keys up to `functions` stay as they are, new keys are
//! appended. Groups of keys that several JSON objects share are structures of their own, flattened into each
//! of these objects.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use tailwater_forwarder::ledger::Ledger;
use tailwater_parser::{MemoryMib, MibMillis, UnixMillis, Usd, derive::CostError, price::Cpu};

use super::{aws_metrics::AwsMetrics, findings, insight::Insight, share::Share};
use crate::number;

/// The serverless view of a run or a store.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Event counts by outcome.
    pub ledger: LedgerCounts,
    /// All functions together.
    pub totals: Totals,
    /// One entry for each function: most invocations first, then by name.
    pub functions: Vec<FunctionSummary>,
    /// Event counts of each sink, by the name of the sink, if there are several sinks.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sinks: BTreeMap<String, LedgerCounts>,
    /// Time span from the start of the first invocation to the end of the last; `None` without invocations.
    pub range: Option<Range>,
    /// Findings, highest rank first; at most 50.
    #[serde(rename = "worth_a_look")]
    pub findings: Vec<Finding>,
    /// Assumptions behind the numbers and gaps in them, each with a remedy if there is one.
    pub notes: Vec<String>,
    /// Answers that need each single invocation; `None` without invocations, or if they were not kept.
    pub insight: Option<Insight>,
}

impl Summary {
    /// Adds the insight, and the findings that follow from it.
    #[must_use]
    pub fn with_insight(mut self, insight: Option<Insight>) -> Self {
        self.findings = findings::find(&self.functions, self.range, insight.as_ref());
        self.insight = insight;
        self
    }

    /// Adds the notes about gaps in the insight, which is only in the JSON document.
    #[must_use]
    pub fn with_insight_notes(mut self) -> Self {
        self.notes.extend(self.insight.iter().flat_map(Insight::notes));
        self
    }

    /// The five findings to show on a terminal.
    #[must_use]
    pub fn main_findings(&self) -> Vec<&Finding> {
        findings::on_terminal(&self.findings)
    }
}

/// Event counts by outcome: received = delivered + filtered + sampled + parked + rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LedgerCounts {
    /// Events read. An input that cannot be read counts as one.
    pub received: u64,
    /// Events accepted by a backend or the store.
    pub delivered: u64,
    /// Events excluded by a setting.
    pub filtered: u64,
    /// Events dropped by sampling.
    pub sampled: u64,
    /// Events that a sink did not accept, stored in the parking location for a later delivery.
    pub parked: u64,
    /// Events or inputs that could not be read, or that the backend rejected permanently.
    pub rejected: u64,
    /// Part of `delivered` that the store already contained.
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
    /// True if the counts of all outcomes add up to the events received.
    #[must_use]
    pub fn closes(&self) -> bool {
        let outcomes = [self.delivered, self.filtered, self.sampled, self.parked, self.rejected];
        outcomes.into_iter().fold(0, u64::saturating_add) == self.received
    }
}

/// All functions together. Costs are the sums over the functions of known cost; `None` if no function's cost is known.
#[derive(Clone, Debug, Serialize)]
pub struct Totals {
    /// Number of invocations.
    pub invocations: u64,
    /// Cold starts and restores.
    #[serde(flatten)]
    pub starts: StartCounts,
    /// Failures.
    #[serde(flatten)]
    pub outcomes: OutcomeCounts,
    /// Billed time and cost.
    #[serde(flatten)]
    pub billing: BillingSummary,
    /// Parts of the cost.
    #[serde(flatten)]
    pub cost_parts: OtherCostParts,
    /// Durations of the handler and of INIT.
    #[serde(flatten)]
    pub times: TimeSummary,
}

/// One function of one account and region.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionSummary {
    /// Name of the function.
    pub function: String,
    /// Account that owns the function.
    pub account: Option<String>,
    /// Region of the function.
    pub region: Option<String>,
    /// Architecture that the cost is calculated for.
    #[serde(serialize_with = "number::cpu")]
    pub arch: Cpu,
    /// Number of invocations; each has a REPORT line of its own, so a retry counts as another invocation.
    pub invocations: u64,
    /// Failures.
    #[serde(flatten)]
    pub outcomes: OutcomeCounts,
    /// Throttled requests as AWS has measured them, `aws.throttles`; `None` if they were not read. They leave no line in logs.
    pub throttles: Option<u64>,
    /// Cold starts and restores.
    #[serde(flatten)]
    pub starts: StartCounts,
    /// Durations of the handler and of INIT.
    #[serde(flatten)]
    pub times: TimeSummary,
    /// Billed time and cost.
    #[serde(flatten)]
    pub billing: BillingSummary,
    /// Memory size in the latest REPORT line, or else in the catalog.
    #[serde(rename = "memory_mb", serialize_with = "number::mib")]
    pub memory: Option<MemoryMib>,
    /// Highest memory use of an invocation.
    #[serde(rename = "max_memory_mb", serialize_with = "number::mib")]
    pub max_memory: Option<MemoryMib>,
    /// `max_memory` as a percentage of `memory`.
    pub memory_used_pct: Option<f64>,
    /// Start of the latest invocation.
    #[serde(rename = "last_start_ms", serialize_with = "number::unix_millis")]
    pub last_start: UnixMillis,
    /// Names of the versions of the function, in order of their first start.
    pub versions: Vec<String>,
    /// Parts of the cost.
    #[serde(flatten)]
    pub cost_parts: OtherCostParts,
    /// Reason why the cost is unknown.
    #[serde(rename = "cost_unknown", serialize_with = "number::reason")]
    pub no_cost: Option<CostError>,
    /// Number of invocations whose REPORT line lacks billed time or memory size. The cost does not include
    /// them.
    pub unbilled: u64,
    /// Number of invocations with an end status that this version of Tailwater does not know. They are not
    /// counted as errors.
    pub unknown_outcomes: u64,
    /// True if `arch` is an assumption because neither the catalog nor `--arch` gives it.
    pub arch_assumed: bool,
    /// True if the cost is based on an estimated price instead of one from AWS's price list.
    pub price_assumed: bool,
    /// Timeout from the catalog.
    #[serde(rename = "timeout_ms", serialize_with = "number::whole_millis")]
    pub timeout: Option<Duration>,
    /// Runtime identifier from the catalog.
    pub runtime: Option<String>,
    /// Data of each of `versions`, in the same order.
    pub by_version: Vec<VersionSummary>,
    /// Metrics that AWS has measured in the hours of the range; `None` if they were not read.
    pub aws: Option<AwsMetrics>,
}

impl FunctionSummary {
    /// Highest memory use as a share of the memory size.
    #[must_use]
    pub fn memory_used(&self) -> Option<Share> {
        Some(Share { part: self.max_memory?.0.into(), whole: self.memory?.0.into() })
    }
}

/// Numbers of failed invocations as AWS counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutcomeCounts {
    /// All failed invocations, including `timeouts` and `out_of_memory`.
    pub errors: u64,
    /// Invocations that exceeded the function's timeout.
    pub timeouts: u64,
    /// Invocations that exceeded the function's memory.
    pub out_of_memory: u64,
}

/// Numbers of invocations that had to wait for their execution environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StartCounts {
    /// Invocations that waited for INIT.
    pub cold_starts: u64,
    /// Invocations that waited for a restore from a SnapStart snapshot.
    pub restores: u64,
}

/// Billed time, memory-time and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BillingSummary {
    /// Billed time, including INIT and restores.
    #[serde(rename = "billed_ms", serialize_with = "number::whole_millis")]
    pub billed: Option<Duration>,
    /// Billed time multiplied by memory size.
    #[serde(rename = "gb_seconds", serialize_with = "number::gb_seconds")]
    pub memory_time: Option<MibMillis>,
    /// Cost of requests and memory-time at the first tier's list price, and of `/tmp` if the catalog has its size.
    #[serde(rename = "cost_usd", serialize_with = "number::dollars")]
    pub cost: Option<Usd>,
    /// The part of `cost` for INIT.
    #[serde(rename = "cold_start_cost_usd", serialize_with = "number::dollars")]
    pub cold_start_cost: Option<Usd>,
}

/// Parts of the cost whose JSON keys were added later and therefore stand apart from [`BillingSummary`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OtherCostParts {
    /// The part of the cost for restores from a snapshot.
    #[serde(rename = "restore_cost_usd", serialize_with = "number::dollars")]
    pub restore_cost: Option<Usd>,
    /// The part of the cost for failed invocations, without the price of their requests.
    #[serde(rename = "failure_cost_usd", serialize_with = "number::dollars")]
    pub failure_cost: Option<Usd>,
}

/// Durations of the handler and of INIT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TimeSummary {
    /// Duration of the handler.
    #[serde(rename = "duration_ms")]
    pub duration: DurationSummary,
    /// Duration of INIT.
    #[serde(rename = "init_ms")]
    pub init: InitSummary,
}

/// Durations of invocations; all `None` if no REPORT line contains a duration. Quantiles are approximations
/// of a sketch, the average and the maximum are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are the documentation")]
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

/// Durations of INIT, of those invocations that waited for INIT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub struct InitSummary {
    #[serde(serialize_with = "number::millis")]
    pub avg: Option<Duration>,
    #[serde(serialize_with = "number::millis")]
    pub max: Option<Duration>,
}

/// One version of a function.
#[derive(Clone, Debug, Serialize)]
pub struct VersionSummary {
    /// Name of the version, such as `$LATEST` or `41`.
    pub version: String,
    /// Start of the first invocation of the version.
    #[serde(rename = "first_start_ms", serialize_with = "number::unix_millis")]
    pub first_start: UnixMillis,
    /// Start of the last invocation of the version.
    #[serde(rename = "last_start_ms", serialize_with = "number::unix_millis")]
    pub last_start: UnixMillis,
    /// Number of invocations of the version.
    pub invocations: u64,
    /// Number of failed invocations of the version.
    pub errors: u64,
    /// Duration of the handler.
    #[serde(rename = "duration_ms")]
    pub duration: DurationSummary,
}

/// A fact about a function that its owner should look at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Name of the function.
    pub function: String,
    /// Region of the function, if known: several regions may have a function of the same name.
    pub region: Option<String>,
    /// Kind of the finding; `look` and `kind` in JSON.
    #[serde(rename = "look")]
    pub kind: FindingKind,
    /// The finding as one line of text.
    pub text: String,
    /// The same kind again, under its later name in JSON.
    #[serde(rename = "kind")]
    pub kind_again: FindingKind,
    /// Money in a month at this rate; `None` if the finding is not about a known amount.
    #[serde(serialize_with = "number::dollars")]
    pub usd_per_month: Option<Usd>,
    /// Failed invocations in per cent; `None` if the finding is not about failures.
    pub failed_pct: Option<f64>,
    /// Weight of the finding: the money in a month, and one cent for each failed invocation in a month. It is not a
    /// cost.
    #[serde(rename = "rank_usd_per_month", serialize_with = "number::amount")]
    pub rank: Usd,
}

/// Kinds of findings. Of findings of the same rank, an earlier kind comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The latest version fails more often than the version before it, or is slower.
    WorseVersion,
    /// At least three invocations failed with an error that a version has brought.
    NewError,
    /// At least three invocations failed with an error that a version has brought back.
    RegressedError,
    /// At least five invocations, and one in 200, timed out.
    Timeouts,
    /// At least five other errors, and one in 200 invocations; or all of the last 20 failed.
    Errors,
    /// AWS throttled at least five requests, and one in 200.
    Throttles,
    /// Memory use reached 90 % of the memory size, or invocations ran out of memory.
    ShortMemory,
    /// Memory use grows until it reaches the memory size within days.
    Leak,
    /// The 99th percentile of the duration is at least 80 % of the timeout.
    TimeoutRisk,
    /// Every invocation was a cold start or a restore, which costs a material amount.
    AlwaysCold,
    /// INIT is a quarter of the cost or more, and a material amount.
    CostlyInit,
    /// Another memory size, which was measured, costs less.
    Resize,
    /// Provisioned concurrency costs less.
    Provisioned,
    /// The architecture arm64 costs less.
    Arm64,
    /// Less than a quarter of the memory is used.
    IdleMemory,
    /// The logs of a function cost at least as much as its invocations.
    Chatty,
    /// A tenant has a much larger share of the cost than of the invocations.
    TenantCost,
}

/// Time span that a summary covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// Start of the first invocation.
    #[serde(rename = "from_ms", serialize_with = "number::unix_millis")]
    pub from: UnixMillis,
    /// End of the last invocation.
    #[serde(rename = "to_ms", serialize_with = "number::unix_millis")]
    pub to: UnixMillis,
}
