//! Limits of the measurements. CPU time is limited as a multiple of the floor (decoding of base64 and gzip), so the
//! limits are the same on every machine, whatever its load. Startup time depends on the machine; tests of the shipped
//! binary check it.

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

impl Measurement {
    /// Describes each exceeded limit in one line.
    #[must_use]
    pub fn budget_violations(&self, options: &Options) -> Vec<String> {
        let floors = floors(self.events, options.sinks, options.compression);
        let peak_kib = peak_kib(self.events);
        let peak = self.load.peak_kib;
        let checks = [
            (
                self.multiple_of_floor() > floors,
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

/// Limit of CPU time as a multiple of the floor. Small deliveries have a higher one, because of the cost per
/// invocation; that of 100 events is a quarter above the goal, because an idle machine adds up to 3 floors of waking.
fn floors(events: usize, sinks: Sinks, compression: Compression) -> f64 {
    let one = match (events, compression) {
        (..100, _) => 88.0,
        (100..1000, _) => 22.0,
        (1000.., Compression::Zstd) => 8.8,
        (1000.., Compression::Gzip | Compression::None) => 10.0,
    };
    match sinks {
        Sinks::Otlp | Sinks::Datadog => one,
        Sinks::Both => one * SECOND_SINK,
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
            |measurement| measurement.load.cpu_time *= 3,
            &["1000 events: CPU time is 15.00 floors, limit 10.0"],
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
        assert_eq!([10, 100, 1000, 65_000].map(of), [88.0, 22.0, 10.0, 10.0]);
        assert_eq!(floors(1000, Sinks::Both, Compression::Gzip), 16.0);
        assert_eq!(floors(1000, Sinks::Otlp, Compression::Zstd), 8.8);
    }
}
