//! What OpenTelemetry calls the metrics of an invocation: one table, for the encoder and for the documentation.

use std::time::Duration;

use tailwater_parser::{
    ByteSize, MemoryMib, Usd,
    derive::{Cost, Invocation, Outcome, StartKind},
};

/// A metric of invocations.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// Its unit, as UCUM writes it; `{…}` counts things.
    pub unit: &'static str,
    /// What it says.
    pub help: &'static str,
    /// How it is read off an invocation, and how those of several are put together.
    pub instrument: Instrument,
}

/// How a metric is read off an invocation. All but the last are monotonic sums.
#[derive(Clone, Copy, Debug)]
pub enum Instrument {
    /// The invocations for which this holds.
    Count(fn(&Invocation) -> bool),
    /// Time added up, in seconds; nothing is sent when no invocation tells.
    Time(fn(&Invocation) -> Option<Duration>),
    /// Money added up, in US dollars; nothing is sent when no invocation has a price.
    Money(fn(&Cost) -> Usd),
    /// An exponential histogram of the invocations that tell.
    Spread(fn(&Invocation) -> Option<f64>),
}

use Instrument::{Count, Money, Spread, Time};

/// All metrics of an invocation. Names with `faas.` are those of the semantic conventions, the others follow them.
///
/// One differs: `faas.invocations` counts failed invocations too, as AWS's `Invocations` and our summary do.
pub const METRICS: &[Named] = &[
    Named {
        name: "faas.invocations",
        unit: "{invocation}",
        help: "Invocations, failed ones included.",
        instrument: Count(|_| true),
    },
    Named {
        name: "faas.errors",
        unit: "{error}",
        help: "Failed invocations, timeouts and out of memory included.",
        instrument: Count(|run| run.outcome.is_failure()),
    },
    Named {
        name: "faas.timeouts",
        unit: "{timeout}",
        help: "Invocations that took longer than their timeout.",
        instrument: Count(|run| run.outcome == Outcome::Timeout),
    },
    Named {
        name: "aws.lambda.out_of_memory",
        unit: "{invocation}",
        help: "Invocations that used more memory than they have.",
        instrument: Count(|run| run.outcome == Outcome::OutOfMemory),
    },
    Named {
        name: "faas.coldstarts",
        unit: "{coldstart}",
        help: "Invocations that waited for INIT.",
        instrument: Count(|run| run.start == StartKind::Cold),
    },
    Named {
        name: "aws.lambda.restores",
        unit: "{restore}",
        help: "Invocations that waited for a restore from a SnapStart snapshot.",
        instrument: Count(|run| run.start == StartKind::Restored),
    },
    Named {
        name: "faas.invoke_duration",
        unit: "s",
        help: "What handlers took.",
        instrument: Spread(|run| seconds(run.duration)),
    },
    Named {
        name: "faas.init_duration",
        unit: "s",
        help: "What INIT took.",
        instrument: Spread(|run| seconds(run.init_duration)),
    },
    Named {
        name: "aws.lambda.restore_duration",
        unit: "s",
        help: "What restores from a SnapStart snapshot took.",
        instrument: Spread(|run| seconds(run.restore_duration)),
    },
    Named {
        name: "aws.lambda.response_latency",
        unit: "s",
        help: "Time until the response began.",
        instrument: Spread(|run| seconds(run.response_latency)),
    },
    Named {
        name: "aws.lambda.produced_bytes",
        unit: "By",
        help: "Sizes of responses.",
        instrument: Spread(|run| Some(size(run.produced_bytes?))),
    },
    Named {
        name: "faas.mem_usage",
        unit: "By",
        help: "The most memory that an environment has used so far.",
        instrument: Spread(|run| Some(memory(run.max_memory_used?))),
    },
    Named {
        name: "aws.lambda.billed_duration",
        unit: "s",
        help: "Time that AWS bills.",
        instrument: Time(|run| run.billed_duration),
    },
    Named {
        name: "aws.lambda.estimated_cost",
        unit: "USD",
        help: "Requests and billed time at list price.",
        instrument: Money(|cost| cost.total),
    },
    Named {
        name: "aws.lambda.cold_start_cost",
        unit: "USD",
        help: "The part of the estimated cost that paid for INIT.",
        instrument: Money(|cost| cost.cold_start),
    },
    Named {
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
