//! Metrics of an invocation. (Metrics that functions define themselves are in [`Emf`](crate::line::Emf) lines.)

use std::time::Duration;

use super::{
    cost::CostResult,
    invocation::Invocation,
    outcome::{Outcome, StartKind},
};
use crate::units::{ByteSize, MemoryMib, Usd};

/// Value of one metric for one invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Name without a prefix, such as `billed_duration`. Each sink builds the name for its backend from it.
    pub name: &'static str,
    /// Aggregation of the values of several invocations.
    pub kind: MetricKind,
    /// Unit of `value`.
    pub unit: Unit,
    /// Value, in `unit`.
    pub value: f64,
}

/// Aggregation of a metric's values over several invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Values are added up.
    Count,
    /// Values form a histogram.
    Distribution,
    /// The last value is kept.
    Gauge,
}

/// Unit of a metric's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number without a unit, such as a number of invocations.
    One,
    /// Seconds.
    Seconds,
    /// Mebibytes. Lambda calls them MB.
    Mebibytes,
    /// Bytes.
    Bytes,
    /// US dollars.
    Usd,
}

impl Unit {
    /// Unit in UCUM notation, which OpenTelemetry uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Seconds => "s",
            Self::Mebibytes => "MiBy",
            Self::Bytes => "By",
            Self::Usd => "USD",
        }
    }
}

/// Function that derives one metric from an invocation and its cost; `None` if the invocation lacks the value.
pub type Derivation = fn(&Invocation, &CostResult) -> Option<Metric>;

/// Functions that derive all metrics of an invocation, in the order in which the metrics are output. To add a metric,
/// add a function.
pub const DERIVATIONS: &[Derivation] = &[
    |_, _| Some(count("invocations")),
    |invocation, _| invocation.outcome.is_failure().then(|| count("errors")),
    |invocation, _| (invocation.outcome == Outcome::Timeout).then(|| count("timeouts")),
    |invocation, _| (invocation.outcome == Outcome::OutOfMemory).then(|| count("out_of_memory")),
    |invocation, _| (invocation.start == StartKind::Cold).then(|| count("cold_starts")),
    |invocation, _| Some(seconds("duration", invocation.duration?)),
    |invocation, _| Some(seconds("billed_duration", invocation.billed_duration?)),
    |invocation, _| Some(seconds("init_duration", invocation.init_duration?)),
    |invocation, _| Some(seconds("restore_duration", invocation.restore_duration?)),
    |invocation, _| Some(mebibytes("max_memory_used", MetricKind::Distribution, invocation.max_memory_used?)),
    |invocation, _| Some(mebibytes("memory_size", MetricKind::Gauge, invocation.memory_size?)),
    |_, cost| Some(dollars("estimated_cost", cost.ok()?.total)),
    |_, cost| {
        Some(cost.ok()?.cold_start)
            .filter(|part| *part > Usd::ZERO)
            .map(|part| dollars("cold_start_cost", part))
    },
    |invocation, _| Some(bytes("produced_bytes", invocation.produced_bytes?)),
    |invocation, _| Some(seconds("response_latency", invocation.response_latency?)),
];

fn count(name: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Count, unit: Unit::One, value: 1.0 }
}

fn seconds(name: &'static str, time: Duration) -> Metric {
    Metric { name, kind: MetricKind::Distribution, unit: Unit::Seconds, value: time.as_secs_f64() }
}

fn mebibytes(name: &'static str, kind: MetricKind, memory: MemoryMib) -> Metric {
    Metric { name, kind, unit: Unit::Mebibytes, value: f64::from(memory.0) }
}

fn dollars(name: &'static str, cost: Usd) -> Metric {
    Metric { name, kind: MetricKind::Distribution, unit: Unit::Usd, value: cost.dollars() }
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "sizes below 2^53 are exact")]
fn bytes(name: &'static str, size: ByteSize) -> Metric {
    Metric { name, kind: MetricKind::Distribution, unit: Unit::Bytes, value: size.0 as f64 }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::{
        derive::{CostError, Terms, invocation::tests::plain},
        price::Cpu,
    };

    fn derived(invocation: &Invocation, cost: &CostResult) -> String {
        DERIVATIONS.iter().filter_map(|derive| derive(invocation, cost)).fold(
            String::new(),
            |mut lines, metric| {
                let Metric { name, kind, unit, value } = metric;
                writeln!(lines, "{name} {kind:?} {unit:?} {value}").unwrap();
                lines
            },
        )
    }

    #[test]
    fn all_metrics_are_derived() {
        let millis = |n| Some(Duration::from_millis(n));
        let invocation = Invocation {
            start: StartKind::Cold,
            outcome: Outcome::OutOfMemory,
            duration: millis(600),
            billed_duration: millis(1000),
            init_duration: millis(400),
            restore_duration: millis(20),
            max_memory_used: Some(MemoryMib(1000)),
            memory_size: Some(MemoryMib(1024)),
            produced_bytes: Some(ByteSize(40)),
            response_latency: millis(2),
            ..plain()
        };
        let cost = invocation.cost(&Terms { region: "us-east-1", cpu: Cpu::X86_64, tmp: None });
        insta::assert_snapshot!(derived(&invocation, &cost), @r"
        invocations Count One 1
        errors Count One 1
        out_of_memory Count One 1
        cold_starts Count One 1
        duration Distribution Seconds 0.6
        billed_duration Distribution Seconds 1
        init_duration Distribution Seconds 0.4
        restore_duration Distribution Seconds 0.02
        max_memory_used Distribution Mebibytes 1000
        memory_size Gauge Mebibytes 1024
        estimated_cost Distribution Usd 0.0000168667
        cold_start_cost Distribution Usd 0.00000666668
        produced_bytes Distribution Bytes 40
        response_latency Distribution Seconds 0.002
        ");
    }

    #[test]
    fn unknown_values_are_omitted() {
        let timed_out = Invocation { outcome: Outcome::Timeout, ..plain() };
        insta::assert_snapshot!(derived(&timed_out, &Err(CostError::UnknownRegion)), @r"
        invocations Count One 1
        errors Count One 1
        timeouts Count One 1
        ");
    }
}
