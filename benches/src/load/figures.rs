//! What was measured, in the units that budgets are written in; printed as a table or as JSON.

use std::{fmt, time::Duration};

use serde_json::{Value, json};
use tailwater_parser::{
    MemoryMib, MibMillis,
    price::{Cpu, Price},
};

use super::{
    order::Order,
    sandbox::{Driven, Start},
};

/// What was measured with deliveries of one size.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Events in a delivery.
    pub events: usize,
    /// Bytes that a delivery inflates to.
    pub inflated: u64,
    /// Processor time of base64 and gunzip for each event.
    pub floor: Duration,
    /// How it starts.
    pub start: Start,
    /// What came of driving it.
    pub driven: Driven,
    /// Allocations for each event, where they were counted.
    pub allocations: Option<f64>,
}

/// Memory of a function that has one whole processor.
const ONE_PROCESSOR_MIB: f64 = 1769.0;

/// Sizes and architectures that cost is told for.
const SIZES: [MemoryMib; 3] = [MemoryMib(128), MemoryMib(256), MemoryMib(512)];
const PROCESSORS: [Cpu; 2] = [Cpu::Arm64, Cpu::X86_64];

/// Where prices are from: as in most regions.
const REGION: &str = "us-east-1";

impl Figures {
    fn all_events(&self) -> f64 {
        number(self.driven.invocations) * number(self.events)
    }

    fn megabytes(&self) -> f64 {
        number(self.inflated) * number(self.driven.invocations) / 1e6
    }

    /// Processor seconds for a million events.
    #[must_use]
    pub fn processor_seconds(&self) -> f64 {
        self.driven.processor.as_secs_f64() / self.all_events() * 1e6
    }

    /// The same of the floor.
    #[must_use]
    pub fn floor_seconds(&self) -> f64 {
        self.floor.as_secs_f64() * 1e6
    }

    /// How many times the floor it costs.
    #[must_use]
    pub fn of_floor(&self) -> f64 {
        self.processor_seconds() / self.floor_seconds()
    }

    /// The latency that so many of a hundred invocations do not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let at = (self.driven.latencies.len() * percent).div_ceil(100).saturating_sub(1);
        self.driven.latencies.get(at).copied().unwrap_or_default()
    }

    /// Dollars for a GB (10⁹ bytes) of inflated text, in a function of this size: an invocation takes as long as its
    /// share of a processor needs and the sink waits, rounded up to a millisecond, and each is a request. An arm64
    /// processor is taken to be as fast as the one measured.
    #[must_use]
    pub fn dollars_per_gb(&self, memory: MemoryMib, cpu: Cpu, sink_latency: Duration) -> Option<f64> {
        let price = Price::of(REGION, cpu).ok()?;
        let share = (f64::from(memory.0) / ONE_PROCESSOR_MIB).min(1.0);
        let work = self.driven.processor.as_secs_f64() / number(self.driven.invocations) / share;
        let billed = Duration::from_secs_f64(work) + sink_latency + Duration::from_nanos(999_999);
        let billed = Duration::from_millis(u64::try_from(billed.as_millis()).ok()?);
        let invocation = price.request().dollars() + price.memory(MibMillis::of(memory, billed)).dollars();
        Some(invocation / number(self.inflated) * 1e9)
    }

    fn costs(&self, sink_latency: Duration) -> impl Iterator<Item = (MemoryMib, Cpu, f64)> {
        let all = SIZES.into_iter().flat_map(|memory| PROCESSORS.map(|cpu| (memory, cpu)));
        all.filter_map(move |(memory, cpu)| {
            Some((memory, cpu, self.dollars_per_gb(memory, cpu, sink_latency)?))
        })
    }

    fn to_json(&self, sink_latency: Duration) -> Value {
        let driven = &self.driven;
        let seconds = driven.took.as_secs_f64();
        let costs: Vec<_> = self.costs(sink_latency).map(cost_to_json).collect();
        json!({
            "events_per_invocation": self.events,
            "inflated_bytes_per_invocation": self.inflated,
            "invocations": driven.invocations,
            "invocations_per_second": number(driven.invocations) / seconds,
            "events_per_second": self.all_events() / seconds,
            "megabytes_per_second": self.megabytes() / seconds,
            "cpu_seconds_per_million_events": self.processor_seconds(),
            "floor_cpu_seconds_per_million_events": self.floor_seconds(),
            "cpu_multiple_of_floor": self.of_floor(),
            "cpu_megabytes_per_second": self.megabytes() / driven.processor.as_secs_f64(),
            "latency_p50_ms": milliseconds(self.percentile(50)),
            "latency_p99_ms": milliseconds(self.percentile(99)),
            "first_invocation_ms": milliseconds(driven.first),
            "peak_rss_kib": driven.peak_kib,
            "idle_rss_kib": self.start.idle_kib,
            "init_ms": milliseconds(self.start.took),
            "sink_requests": driven.requests,
            "bytes_sent": driven.bytes,
            "bytes_sent_per_event": number(driven.bytes) / self.all_events(),
            "events_accounted": driven.accounted,
            "allocations_per_event": self.allocations,
            "usd_per_gb": costs,
        })
    }
}

fn cost_to_json((memory, cpu, dollars): (MemoryMib, Cpu, f64)) -> Value {
    json!({ "memory_mb": memory.0, "arch": cpu.name(), "usd": dollars })
}

/// The measurements of one order.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked for.
    pub order: Order,
    /// What came of it, a size each.
    pub figures: Vec<Figures>,
}

impl Report {
    /// All of it as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let order = &self.order;
        let figures: Vec<_> =
            self.figures.iter().map(|figures| figures.to_json(order.sink_latency)).collect();
        json!({
            "sinks": order.sinks.setting(),
            "compression": order.compression.setting(),
            "concurrency": order.concurrency,
            "sink_latency_ms": milliseconds(order.sink_latency),
            "fault_percent": order.fault_percent,
            "bootstrap_bytes": self.size(),
            "figures": figures,
        })
    }

    /// Bytes of the binary; 0 when it is gone.
    fn size(&self) -> u64 {
        self.order.bootstrap.metadata().map_or(0, |about| about.len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Order { sinks, compression, concurrency, .. } = &self.order;
        let (sinks, compression) = (sinks.setting(), compression.setting());
        writeln!(
            f,
            "{sinks}, {compression}, {concurrency} at once; bootstrap {:.2} MB",
            number(self.size()) / 1e6
        )?;
        writeln!(
            f,
            "{:>7} {:>8} {:>9} {:>7} {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7}",
            "events",
            "inv/s",
            "events/s",
            "MB/s",
            "CPU s/M",
            "floors",
            "p50 ms",
            "p99 ms",
            "first",
            "init ms",
            "idle MB",
            "peak MB",
            "B/event",
            "allocs"
        )?;
        self.figures.iter().try_for_each(|figures| figures.write_row(f))?;
        writeln!(f, "USD per GB of logs forwarded, list prices of {REGION}:")?;
        self.figures.iter().try_for_each(|figures| figures.write_costs(f, self.order.sink_latency))
    }
}

impl Figures {
    fn write_row(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.driven.took.as_secs_f64();
        let invocations = number(self.driven.invocations) / seconds;
        write!(f, "{:>7} {invocations:>8.1} ", self.events)?;
        write!(f, "{:>9.0} {:>7.0} ", self.all_events() / seconds, self.megabytes() / seconds)?;
        write!(f, "{:>9.3} {:>7.2} ", self.processor_seconds(), self.of_floor())?;
        let times = [self.percentile(50), self.percentile(99), self.driven.first, self.start.took];
        times.iter().try_for_each(|time| write!(f, "{:>8.2} ", milliseconds(*time)))?;
        write!(f, "{:>8.1} {:>7.1} ", megabytes(self.start.idle_kib), megabytes(self.driven.peak_kib))?;
        write!(f, "{:>7.1} ", number(self.driven.bytes) / self.all_events())?;
        match self.allocations {
            Some(allocations) => writeln!(f, "{allocations:>7.3}"),
            None => writeln!(f, "{:>7}", "-"),
        }
    }

    fn write_costs(&self, f: &mut fmt::Formatter<'_>, sink_latency: Duration) -> fmt::Result {
        write!(f, "{:>7}", self.events)?;
        for (memory, cpu, dollars) in self.costs(sink_latency) {
            write!(f, "   {} MB {} {dollars:.6}", memory.0, cpu.name())?;
        }
        writeln!(f)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// MB (10⁶ bytes) of so many KiB.
fn megabytes(kib: u64) -> f64 {
    number(kib) * 1024.0 / 1e6
}

/// Exact up to 2⁵³, which no count here comes near.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "std has no other way")]
fn number(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// A thousand invocations of 10 ms and 1 MB each.
#[cfg(test)]
pub(super) fn sample() -> Figures {
    let driven = Driven {
        invocations: 1000,
        took: Duration::from_secs(20),
        processor: Duration::from_secs(10),
        latencies: (1..=200).map(Duration::from_millis).collect(),
        first: Duration::from_millis(30),
        peak_kib: 10_000,
        requests: 2000,
        bytes: 7_000_000,
        accounted: Some(1_000_000),
    };
    Figures {
        events: 1000,
        inflated: 1_000_000,
        floor: Duration::from_nanos(2000),
        start: Start { took: Duration::from_millis(2), idle_kib: 6000 },
        driven,
        allocations: Some(0.25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_told_for_a_million_events_and_beside_the_floor() {
        let figures = sample();
        assert_eq!(
            (figures.processor_seconds(), figures.floor_seconds(), figures.of_floor()),
            (10.0, 2.0, 5.0)
        );
    }

    #[test]
    fn so_many_of_a_hundred_are_no_slower() {
        let milliseconds = [50, 99, 100].map(|percent| sample().percentile(percent).as_millis());
        assert_eq!(milliseconds, [100, 198, 200]);
    }

    /// 10 ms of a whole processor are 138.2 of a function of 128 MB: 139 are billed, an eighth of a GB each.
    #[test]
    fn a_gb_costs_its_requests_and_its_memory_time() {
        let dollars = sample().dollars_per_gb(MemoryMib(128), Cpu::Arm64, Duration::ZERO).unwrap();
        let expected = 1000.0 * (0.000_000_2 + 0.139 * 0.125 * 0.000_013_333_4);
        assert!((dollars - expected).abs() < 1e-9, "{dollars} {expected}");
        let waiting =
            sample().dollars_per_gb(MemoryMib(128), Cpu::Arm64, Duration::from_millis(100)).unwrap();
        assert!((waiting - dollars - 1000.0 * 0.1 * 0.125 * 0.000_013_333_4).abs() < 1e-9, "{waiting}");
    }

    #[test]
    fn both_ways_of_printing_tell_the_same() {
        let order = Order::sample();
        let report = Report { order, figures: vec![sample()] };
        let json = report.to_json();
        assert_eq!(json["figures"][0]["cpu_multiple_of_floor"], 5.0);
        assert_eq!(json["figures"][0]["latency_p99_ms"], 198.0);
        let row = report.to_string().lines().nth(2).map(str::to_owned).unwrap_or_default();
        let cells: Vec<_> = row.split_whitespace().collect();
        assert_eq!(cells[..6], ["1000", "50.0", "50000", "50", "10.000", "5.00"], "{row}");
        assert_eq!(cells[6..], ["100.00", "198.00", "30.00", "2.00", "6.1", "10.2", "7.0", "0.250"], "{row}");
    }
}
