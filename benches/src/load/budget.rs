//! Limits of the measurements. CPU time is limited as a multiple of the floor (decoding of base64 and gzip), which depends
//! less on the machine than seconds do. Startup time depends on the machine; tests of the shipped binary check it.

use super::{
    measurement::Measurement,
    options::{Compression, Options, Sinks},
};

/// Limit of idle memory in KiB: 8 MB.
const IDLE_KIB: u64 = 8_000_000 / 1024;

/// Limit of allocations per event.
const ALLOCATIONS: f64 = 0.5;

/// Limit of CPU time with two sinks, as a multiple of that with one.
const SECOND_SINK: f64 = 1.6;

/// Limit of CPU time as a multiple of its goal. The same binary takes 8 floors on one virtual machine and 9 to 14 on
/// another, whose kernel and neighbours take more time than gunzip alone shows. Counts of instructions find smaller changes.
const TOLERANCE: f64 = 1.5;

impl Measurement {
    /// True if the CPU time is over its limit.
    pub(super) fn exceeds_cpu_limit(&self, options: &Options) -> bool {
        self.multiple_of_floor() > floors(self.events, options.sinks, options.compression)
    }

    /// Describes each exceeded limit in one line.
    #[must_use]
    pub fn budget_violations(&self, options: &Options) -> Vec<String> {
        let floors = floors(self.events, options.sinks, options.compression);
        let peak_kib = peak_kib(self.events);
        let peak = self.load.peak_kib;
        let checks = [
            (
                self.exceeds_cpu_limit(options),
                format!("CPU time is {:.2} floors, limit {floors:.1}", self.multiple_of_floor()),
            ),
            (
                self.start.idle_kib > IDLE_KIB,
                format!("idle memory is {} KiB, limit {IDLE_KIB}", self.start.idle_kib),
            ),
            (peak > peak_kib, format!("peak memory is {peak} KiB, limit {peak_kib}")),
            (self.load.delivered.is_none(), "no ledger was printed, delivery is not confirmed".to_owned()),
            (
                self.allocations.is_some_and(|allocations| allocations > ALLOCATIONS),
                format!(
                    "{:.2?} allocations per event, limit {ALLOCATIONS}",
                    self.allocations.unwrap_or_default()
                ),
            ),
        ];
        let over = checks.into_iter().filter(|(is_over, _)| *is_over);
        over.map(|(_, sentence)| format!("{} events: {sentence}", self.events)).collect()
    }
}

/// Limit of CPU time as a multiple of the floor. Small deliveries have a higher one, because of the cost per invocation.
fn floors(events: usize, sinks: Sinks, compression: Compression) -> f64 {
    let goal = match (events, compression) {
        (..100, _) => 88.0,
        (100..1000, _) => 17.6,
        (1000.., Compression::Zstd) => 8.8,
        (1000.., Compression::Gzip | Compression::None) => 10.0,
    };
    TOLERANCE
        * match sinks {
            Sinks::Otlp | Sinks::Datadog => goal,
            Sinks::Both => goal * SECOND_SINK,
        }
}

/// Limit of peak memory in KiB: 20 MB, and 40 MB for the largest deliveries that Lambda passes.
fn peak_kib(events: usize) -> u64 {
    match events {
        ..=10_000 => 20_000_000 / 1024,
        10_001.. => 40_000_000 / 1024,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::measurement::sample, *};

    fn check(change: impl FnOnce(&mut Measurement), expected: &[&str]) {
        let mut measurement = sample();
        change(&mut measurement);
        assert_eq!(measurement.budget_violations(&Options::sample()), expected);
    }

    #[test]
    fn measurement_within_limits_has_no_violation() {
        check(|_| {}, &[]);
    }

    #[test]
    fn each_exceeded_limit_is_reported() {
        check(
            |measurement| measurement.load.cpu_time *= 4,
            &["1000 events: CPU time is 20.00 floors, limit 15.0"],
        );
        check(
            |measurement| measurement.start.idle_kib = 7813,
            &["1000 events: idle memory is 7813 KiB, limit 7812"],
        );
        check(
            |measurement| measurement.load.peak_kib = 19_532,
            &["1000 events: peak memory is 19532 KiB, limit 19531"],
        );
        let unknown = ["1000 events: no ledger was printed, delivery is not confirmed"];
        check(|measurement| measurement.load.delivered = None, &unknown);
        check(
            |measurement| measurement.allocations = Some(0.51),
            &["1000 events: 0.51 allocations per event, limit 0.5"],
        );
    }

    #[test]
    fn floor_limit_depends_on_events_sinks_and_compression() {
        let of = |events| floors(events, Sinks::Otlp, Compression::Gzip);
        assert_eq!([10, 1000, 65_000].map(of), [132.0, 15.0, 15.0]);
        assert_eq!(format!("{:.1}", of(100)), "26.4");
        assert_eq!(floors(1000, Sinks::Both, Compression::Gzip), 24.0);
        assert_eq!(format!("{:.1}", floors(1000, Sinks::Otlp, Compression::Zstd)), "13.2");
    }
}
