//! Measurements in the units of their limits, printed as a table or as JSON.

use std::{fmt, time::Duration};

use serde_json::{Value, json};
use tailwater_parser::{
    MemoryMib, MibMillis,
    price::{Cpu, Price},
};

use super::{
    options::Options,
    sandbox::{LoadResult, Startup},
};

/// Measurement with deliveries of one size.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Events per delivery.
    pub events: usize,
    /// Uncompressed bytes per delivery.
    pub inflated: u64,
    /// Floor: CPU time per event of decoding base64 and gzip only.
    pub floor: Duration,
    /// Time and memory of the startup.
    pub start: Startup,
    /// Result of the load.
    pub load: LoadResult,
    /// Allocations per event, if they were counted.
    pub allocations: Option<f64>,
}

/// Memory size at which a Lambda function has one full vCPU, in MiB.
const FULL_VCPU_MIB: f64 = 1769.0;

/// Memory sizes and architectures whose cost is printed.
const MEMORY_SIZES: [MemoryMib; 3] = [MemoryMib(128), MemoryMib(256), MemoryMib(512)];
const ARCHITECTURES: [Cpu; 2] = [Cpu::Arm64, Cpu::X86_64];

/// Region whose prices are used; most regions have the same.
const REGION: &str = "us-east-1";

impl Measurement {
    fn total_events(&self) -> f64 {
        number(self.load.invocations) * number(self.events)
    }

    fn megabytes(&self) -> f64 {
        number(self.inflated) * number(self.load.invocations) / 1e6
    }

    /// CPU seconds per million events.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        self.load.cpu_time.as_secs_f64() / self.total_events() * 1e6
    }

    /// CPU seconds per million events that gunzip alone takes on the same input: the floor of the report.
    #[must_use]
    pub fn floor_seconds(&self) -> f64 {
        self.floor.as_secs_f64() * 1e6
    }

    /// CPU time as a multiple of the floor.
    #[must_use]
    pub fn multiple_of_floor(&self) -> f64 {
        self.cpu_seconds() / self.floor_seconds()
    }

    /// Latency that `percent` of the invocations do not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let at = (self.load.latencies.len() * percent).div_ceil(100).saturating_sub(1);
        self.load.latencies.get(at).copied().unwrap_or_default()
    }

    /// Cost in US dollars of forwarding a GB (10⁹ bytes) of uncompressed logs, in a function of this memory
    /// size.
    ///
    /// An invocation is billed for one request and for its CPU time at the function's share of a vCPU plus the
    /// sink's latency, rounded up to a millisecond. The arm64 processor is assumed to be as fast as the
    /// measured one.
    #[must_use]
    pub fn dollars_per_gb(&self, memory: MemoryMib, cpu: Cpu, sink_latency: Duration) -> Option<f64> {
        let price = Price::of(REGION, cpu).ok()?;
        let share = (f64::from(memory.0) / FULL_VCPU_MIB).min(1.0);
        let work = self.load.cpu_time.as_secs_f64() / number(self.load.invocations) / share;
        let billed = Duration::from_secs_f64(work) + sink_latency + Duration::from_nanos(999_999);
        let billed = Duration::from_millis(u64::try_from(billed.as_millis()).ok()?);
        let invocation = price.request().dollars() + price.memory(MibMillis::of(memory, billed)).dollars();
        Some(invocation / number(self.inflated) * 1e9)
    }

    fn costs(&self, sink_latency: Duration) -> impl Iterator<Item = (MemoryMib, Cpu, f64)> {
        let all = MEMORY_SIZES.into_iter().flat_map(|memory| ARCHITECTURES.map(|cpu| (memory, cpu)));
        all.filter_map(move |(memory, cpu)| {
            Some((memory, cpu, self.dollars_per_gb(memory, cpu, sink_latency)?))
        })
    }

    fn to_json(&self, sink_latency: Duration) -> Value {
        let load = &self.load;
        let seconds = load.elapsed.as_secs_f64();
        let costs: Vec<_> = self.costs(sink_latency).map(cost_to_json).collect();
        json!({
            "events_per_invocation": self.events,
            "inflated_bytes_per_invocation": self.inflated,
            "invocations": load.invocations,
            "invocations_per_second": number(load.invocations) / seconds,
            "events_per_second": self.total_events() / seconds,
            "megabytes_per_second": self.megabytes() / seconds,
            "cpu_seconds_per_million_events": self.cpu_seconds(),
            "floor_cpu_seconds_per_million_events": self.floor_seconds(),
            "cpu_multiple_of_floor": self.multiple_of_floor(),
            "cpu_megabytes_per_second": self.megabytes() / load.cpu_time.as_secs_f64(),
            "latency_p50_ms": milliseconds(self.percentile(50)),
            "latency_p99_ms": milliseconds(self.percentile(99)),
            "first_invocation_ms": milliseconds(load.first),
            "peak_rss_kib": load.peak_kib,
            "idle_rss_kib": self.start.idle_kib,
            "init_ms": milliseconds(self.start.elapsed),
            "sink_requests": load.requests,
            "bytes_sent": load.bytes,
            "bytes_sent_per_event": number(load.bytes) / self.total_events(),
            "events_accounted": load.delivered,
            "allocations_per_event": self.allocations,
            "usd_per_gb": costs,
        })
    }
}

fn cost_to_json((memory, cpu, dollars): (MemoryMib, Cpu, f64)) -> Value {
    json!({ "memory_mb": memory.0, "arch": cpu.name(), "usd": dollars })
}

/// Measurements made with one set of options.
#[derive(Clone, Debug)]
pub struct Report {
    /// Options of the measurements.
    pub options: Options,
    /// One measurement per delivery size.
    pub measurements: Vec<Measurement>,
}

impl Report {
    /// Formats the report as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let options = &self.options;
        let measurements: Vec<_> =
            self.measurements.iter().map(|measurement| measurement.to_json(options.sink_latency)).collect();
        json!({
            "sinks": options.sinks.setting(),
            "compression": options.compression.setting(),
            "concurrency": options.concurrency,
            "sink_latency_ms": milliseconds(options.sink_latency),
            "fault_percent": options.fault_percent,
            "bootstrap_bytes": self.size(),
            "figures": measurements,
        })
    }

    /// Size of the binary in bytes; 0 if it cannot be read.
    fn size(&self) -> u64 {
        self.options.bootstrap.metadata().map_or(0, |about| about.len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { sinks, compression, concurrency, .. } = &self.options;
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
        self.measurements.iter().try_for_each(|measurement| measurement.write_row(f))?;
        writeln!(f, "USD per GB of logs forwarded, list prices of {REGION}:")?;
        self.measurements
            .iter()
            .try_for_each(|measurement| measurement.write_costs(f, self.options.sink_latency))
    }
}

impl Measurement {
    fn write_row(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.load.elapsed.as_secs_f64();
        let invocations = number(self.load.invocations) / seconds;
        write!(f, "{:>7} {invocations:>8.1} ", self.events)?;
        write!(f, "{:>9.0} {:>7.0} ", self.total_events() / seconds, self.megabytes() / seconds)?;
        write!(f, "{:>9.3} {:>7.2} ", self.cpu_seconds(), self.multiple_of_floor())?;
        let times = [self.percentile(50), self.percentile(99), self.load.first, self.start.elapsed];
        times.iter().try_for_each(|time| write!(f, "{:>8.2} ", milliseconds(*time)))?;
        write!(f, "{:>8.1} {:>7.1} ", megabytes(self.start.idle_kib), megabytes(self.load.peak_kib))?;
        write!(f, "{:>7.1} ", number(self.load.bytes) / self.total_events())?;
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

/// Converts KiB to MB (10⁶ bytes).
fn megabytes(kib: u64) -> f64 {
    number(kib) * 1024.0 / 1e6
}

/// Converts a count to `f64`, exactly up to 2⁵³.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "std has no lossless conversion")]
fn number(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// Sample measurement: 1,000 invocations of 10 ms CPU time and 1 MB each.
#[cfg(test)]
pub(super) fn sample() -> Measurement {
    let load = LoadResult {
        invocations: 1000,
        elapsed: Duration::from_secs(20),
        cpu_time: Duration::from_secs(10),
        latencies: (1..=200).map(Duration::from_millis).collect(),
        first: Duration::from_millis(30),
        peak_kib: 10_000,
        requests: 2000,
        bytes: 7_000_000,
        delivered: Some(1_000_000),
    };
    Measurement {
        events: 1000,
        inflated: 1_000_000,
        floor: Duration::from_nanos(2000),
        start: Startup { elapsed: Duration::from_millis(2), idle_kib: 6000 },
        load,
        allocations: Some(0.25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_per_million_events_and_a_multiple_of_the_floor() {
        let measurement = sample();
        assert_eq!(
            (measurement.cpu_seconds(), measurement.floor_seconds(), measurement.multiple_of_floor()),
            (10.0, 2.0, 5.0)
        );
    }

    #[test]
    fn percentile_is_by_nearest_rank() {
        let milliseconds = [50, 99, 100].map(|percent| sample().percentile(percent).as_millis());
        assert_eq!(milliseconds, [100, 198, 200]);
    }

    /// With 128 MB, 10 ms on a full vCPU take 138.2 ms: 139 ms are billed, with an eighth of a GB.
    #[test]
    fn cost_per_gb_is_requests_plus_memory_over_time() {
        let dollars = sample().dollars_per_gb(MemoryMib(128), Cpu::Arm64, Duration::ZERO).unwrap();
        let expected = 1000.0 * (0.000_000_2 + 0.139 * 0.125 * 0.000_013_333_4);
        assert!((dollars - expected).abs() < 1e-9, "{dollars} {expected}");
        let waiting =
            sample().dollars_per_gb(MemoryMib(128), Cpu::Arm64, Duration::from_millis(100)).unwrap();
        assert!((waiting - dollars - 1000.0 * 0.1 * 0.125 * 0.000_013_333_4).abs() < 1e-9, "{waiting}");
    }

    #[test]
    fn table_and_json_have_the_same_values() {
        let options = Options::sample();
        let report = Report { options, measurements: vec![sample()] };
        let json = report.to_json();
        assert_eq!(json["figures"][0]["cpu_multiple_of_floor"], 5.0);
        assert_eq!(json["figures"][0]["latency_p99_ms"], 198.0);
        let row = report.to_string().lines().nth(2).map(str::to_owned).unwrap_or_default();
        let cells: Vec<_> = row.split_whitespace().collect();
        assert_eq!(cells[..6], ["1000", "50.0", "50000", "50", "10.000", "5.00"], "{row}");
        assert_eq!(cells[6..], ["100.00", "198.00", "30.00", "2.00", "6.1", "10.2", "7.0", "0.250"], "{row}");
    }
}
