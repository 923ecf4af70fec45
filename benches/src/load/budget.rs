//! What forwarding may cost. Processor time is counted in floors, so that the same budgets hold on every machine, however
//! busy it is; how long a start takes is nothing of that kind, and told by the tests of what is shipped.

use super::{
    figures::Figures,
    order::{Compression, Order, Sinks},
};

/// Memory before anything came, in KiB: 8 MB.
const IDLE_KIB: u64 = 8_000_000 / 1024;

/// Allocations for each event.
const ALLOCATIONS: f64 = 0.5;

/// How often a second sink may cost what one costs.
const SECOND_SINK: f64 = 1.6;

impl Figures {
    /// What is over its budget, as sentences.
    #[must_use]
    pub fn excesses(&self, order: &Order) -> Vec<String> {
        let floors = floors(self.events, order.sinks, order.compression);
        let peak_kib = peak_kib(self.events);
        let peak = self.driven.peak_kib;
        let checks = [
            (self.of_floor() > floors, format!("{:.2} floors of {floors:.1}", self.of_floor())),
            (self.start.idle_kib > IDLE_KIB, format!("idle in {} KiB of {IDLE_KIB}", self.start.idle_kib)),
            (peak > peak_kib, format!("at most {peak} KiB of {peak_kib}")),
            (self.driven.accounted.is_none(), "no ledger says what became of the events".to_owned()),
            (
                self.allocations.is_some_and(|allocations| allocations > ALLOCATIONS),
                format!("{:.2?} allocations an event of {ALLOCATIONS}", self.allocations.unwrap_or_default()),
            ),
        ];
        let over = checks.into_iter().filter(|(is_over, _)| *is_over);
        over.map(|(_, sentence)| format!("{} events: {sentence}", self.events)).collect()
    }
}

/// Times base64 and gunzip of the same deliveries. What an invocation costs by itself weighs on small ones.
fn floors(events: usize, sinks: Sinks, compression: Compression) -> f64 {
    let one = match (events, compression) {
        (..100, _) => 88.0,
        (100..1000, _) => 17.6,
        (1000.., Compression::Zstd) => 8.8,
        (1000.., Compression::Gzip | Compression::None) => 10.0,
    };
    match sinks {
        Sinks::Otlp | Sinks::Datadog => one,
        Sinks::Both => one * SECOND_SINK,
    }
}

/// Memory while events are forwarded: 20 MB, and 40 MB for what Lambda hands over at most.
fn peak_kib(events: usize) -> u64 {
    match events {
        ..=10_000 => 20_000_000 / 1024,
        10_001.. => 40_000_000 / 1024,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::figures::sample, *};

    fn check(change: impl FnOnce(&mut Figures), expected: &[&str]) {
        let mut figures = sample();
        change(&mut figures);
        assert_eq!(figures.excesses(&Order::sample()), expected);
    }

    #[test]
    fn what_keeps_its_budgets_is_not_told() {
        check(|_| {}, &[]);
    }

    #[test]
    fn every_budget_can_be_passed() {
        check(|figures| figures.driven.processor *= 3, &["1000 events: 15.00 floors of 10.0"]);
        check(|figures| figures.start.idle_kib = 7813, &["1000 events: idle in 7813 KiB of 7812"]);
        check(|figures| figures.driven.peak_kib = 19_532, &["1000 events: at most 19532 KiB of 19531"]);
        let unknown = ["1000 events: no ledger says what became of the events"];
        check(|figures| figures.driven.accounted = None, &unknown);
        check(|figures| figures.allocations = Some(0.51), &["1000 events: 0.51 allocations an event of 0.5"]);
    }

    #[test]
    fn small_deliveries_and_second_sinks_have_budgets_of_their_own() {
        let of = |events| floors(events, Sinks::Otlp, Compression::Gzip);
        assert_eq!([10, 100, 1000, 65_000].map(of), [88.0, 17.6, 10.0, 10.0]);
        assert_eq!(floors(1000, Sinks::Both, Compression::Gzip), 16.0);
        assert_eq!(floors(1000, Sinks::Otlp, Compression::Zstd), 8.8);
    }
}
