//! The metrics of an invocation. What functions declare themselves is in [`Emf`](crate::line::Emf) lines, ready-made.

use std::time::Duration;

use super::{
    cost::Priced,
    invocation::{Invocation, Outcome, StartKind},
};
use crate::units::{ByteSize, MemoryMib, Usd};

/// One value of one invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Name without a prefix, such as `billed_duration`: what each backend calls it is its sink's business.
    pub name: &'static str,
    /// How values of several invocations are put together.
    pub kind: MetricKind,
    /// What `value` counts.
    pub unit: Unit,
    /// The value.
    pub value: f64,
}

/// How values of several invocations are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Added up.
    Count,
    /// Spread over a histogram.
    Distribution,
    /// The last one stands.
    Gauge,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    One,
    /// Seconds.
    Seconds,
    /// Mebibytes, which Lambda calls MB.
    Mebibytes,
    /// Bytes.
    Bytes,
    /// US dollars.
    Usd,
}

impl Unit {
    /// As UCUM writes it, which OpenTelemetry follows.
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

/// Reads one metric off an invocation; `None` when it has none.
pub type Derivation = fn(&Invocation, &Priced) -> Option<Metric>;

/// All metrics of an invocation, in the order in which they are reported. To add one, add a line.
pub const DERIVATIONS: &[Derivation] = &[
    |_, _| Some(count("invocations")),
    |run, _| run.outcome.is_failure().then(|| count("errors")),
    |run, _| (run.outcome == Outcome::Timeout).then(|| count("timeouts")),
    |run, _| (run.outcome == Outcome::OutOfMemory).then(|| count("out_of_memory")),
    |run, _| (run.start == StartKind::Cold).then(|| count("cold_starts")),
    |run, _| Some(seconds("duration", run.duration?)),
    |run, _| Some(seconds("billed_duration", run.billed_duration?)),
    |run, _| Some(seconds("init_duration", run.init_duration?)),
    |run, _| Some(seconds("restore_duration", run.restore_duration?)),
    |run, _| Some(mebibytes("max_memory_used", MetricKind::Distribution, run.max_memory_used?)),
    |run, _| Some(mebibytes("memory_size", MetricKind::Gauge, run.memory_size?)),
    |_, priced| Some(dollars("estimated_cost", priced.ok()?.total)),
    |_, priced| {
        Some(priced.ok()?.cold_start)
            .filter(|cost| *cost > Usd::ZERO)
            .map(|cost| dollars("cold_start_cost", cost))
    },
    |run, _| Some(bytes("produced_bytes", run.produced_bytes?)),
    |run, _| Some(seconds("response_latency", run.response_latency?)),
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
        derive::{NoCost, Terms, invocation::tests::plain},
        price::Cpu,
    };

    fn derived(invocation: &Invocation, priced: &Priced) -> String {
        DERIVATIONS.iter().filter_map(|derive| derive(invocation, priced)).fold(
            String::new(),
            |mut lines, metric| {
                let Metric { name, kind, unit, value } = metric;
                writeln!(lines, "{name} {kind:?} {unit:?} {value}").unwrap();
                lines
            },
        )
    }

    #[test]
    fn every_metric_of_an_invocation() {
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
        let priced = invocation.cost(&Terms { region: "us-east-1", cpu: Cpu::X86_64, tmp: None });
        insta::assert_snapshot!(derived(&invocation, &priced), @r"
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
    fn what_is_unknown_is_left_out() {
        let timed_out = Invocation { outcome: Outcome::Timeout, ..plain() };
        insta::assert_snapshot!(derived(&timed_out, &Err(NoCost::NoRegion)), @r"
        invocations Count One 1
        errors Count One 1
        timeouts Count One 1
        ");
    }
}
