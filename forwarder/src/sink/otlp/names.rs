//! Table of the metrics of an invocation: names, units and instruments. The encoder and the documentation use it.

use std::time::Duration;

use tailwater_parser::{
    ByteSize, MemoryMib, Usd,
    derive::{Cost, Invocation, Outcome, StartKind},
};

/// Definition of a metric of invocations.
#[derive(Clone, Copy, Debug)]
pub struct MetricDefinition {
    /// Name of the metric.
    pub name: &'static str,
    /// Unit in UCUM; a noun in braces for a count, such as `{invocation}`.
    pub unit: &'static str,
    /// Description of the metric, which is sent to the backend.
    pub help: &'static str,
    /// Instrument: it reads the value of an invocation and determines how values are aggregated.
    pub instrument: Instrument,
}

/// Instrument of a metric, with the function that reads the value of an invocation. All but [`Self::Histogram`] are
/// monotonic sums.
#[derive(Clone, Copy, Debug)]
pub enum Instrument {
    /// Number of invocations for which the function returns true.
    Count(fn(&Invocation) -> bool),
    /// Sum of durations, in seconds. Not sent if no invocation has this duration.
    Time(fn(&Invocation) -> Option<Duration>),
    /// Sum of costs, in US dollars. Not sent if no invocation has a price.
    Money(fn(&Cost) -> Usd),
    /// Exponential histogram of values. Not sent if no invocation has a value.
    Histogram(fn(&Invocation) -> Option<f64>),
}

use Instrument::{Count, Histogram, Money, Time};

/// All metrics of an invocation. Names with the prefix `faas.` are those of the semantic conventions; the other
/// names are formed like them.
///
/// One metric differs from the conventions: `faas.invocations` includes failed invocations, like AWS's metric
/// `Invocations`.
pub const METRICS: &[MetricDefinition] = &[
    MetricDefinition {
        name: "faas.invocations",
        unit: "{invocation}",
        help: "Invocations, failed ones included.",
        instrument: Count(|_| true),
    },
    MetricDefinition {
        name: "faas.errors",
        unit: "{error}",
        help: "Failed invocations, timeouts and out of memory included.",
        instrument: Count(|run| run.outcome.is_failure()),
    },
    MetricDefinition {
        name: "faas.timeouts",
        unit: "{timeout}",
        help: "Invocations that took longer than their timeout.",
        instrument: Count(|run| run.outcome == Outcome::Timeout),
    },
    MetricDefinition {
        name: "aws.lambda.out_of_memory",
        unit: "{invocation}",
        help: "Invocations that used more memory than they have.",
        instrument: Count(|run| run.outcome == Outcome::OutOfMemory),
    },
    MetricDefinition {
        name: "faas.coldstarts",
        unit: "{coldstart}",
        help: "Invocations that waited for INIT.",
        instrument: Count(|run| run.start == StartKind::Cold),
    },
    MetricDefinition {
        name: "aws.lambda.restores",
        unit: "{restore}",
        help: "Invocations that waited for a restore from a SnapStart snapshot.",
        instrument: Count(|run| run.start == StartKind::Restored),
    },
    MetricDefinition {
        name: "faas.invoke_duration",
        unit: "s",
        help: "What handlers took.",
        instrument: Histogram(|run| seconds(run.duration)),
    },
    MetricDefinition {
        name: "faas.init_duration",
        unit: "s",
        help: "What INIT took.",
        instrument: Histogram(|run| seconds(run.init_duration)),
    },
    MetricDefinition {
        name: "aws.lambda.restore_duration",
        unit: "s",
        help: "What restores from a SnapStart snapshot took.",
        instrument: Histogram(|run| seconds(run.restore_duration)),
    },
    MetricDefinition {
        name: "aws.lambda.response_latency",
        unit: "s",
        help: "Time until the response began.",
        instrument: Histogram(|run| seconds(run.response_latency)),
    },
    MetricDefinition {
        name: "aws.lambda.produced_bytes",
        unit: "By",
        help: "Sizes of responses.",
        instrument: Histogram(|run| Some(size(run.produced_bytes?))),
    },
    MetricDefinition {
        name: "faas.mem_usage",
        unit: "By",
        help: "The most memory that an environment has used so far.",
        instrument: Histogram(|run| Some(memory(run.max_memory_used?))),
    },
    MetricDefinition {
        name: "aws.lambda.billed_duration",
        unit: "s",
        help: "Time that AWS bills.",
        instrument: Time(|run| run.billed_duration),
    },
    MetricDefinition {
        name: "aws.lambda.estimated_cost",
        unit: "USD",
        help: "Requests and billed time at list price.",
        instrument: Money(|cost| cost.total),
    },
    MetricDefinition {
        name: "aws.lambda.cold_start_cost",
        unit: "USD",
        help: "The part of the estimated cost that paid for INIT.",
        instrument: Money(|cost| cost.cold_start),
    },
    MetricDefinition {
        name: "aws.lambda.restore_cost",
        unit: "USD",
        help: "The part of the estimated cost that paid for restores from a SnapStart snapshot.",
        instrument: Money(|cost| cost.restore),
    },
];

fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| time.as_secs_f64())
}

fn memory(size: MemoryMib) -> f64 {
    f64::from(size.0) * 1_048_576.0
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "sizes below 2^53 are exact")]
fn size(size: ByteSize) -> f64 {
    size.0 as f64
}
