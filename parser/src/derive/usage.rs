//! Billed usage of invocations, in exact integers, and its cost.

use std::time::Duration;

use super::{
    cost::{Cost, CostError, CostResult, Terms},
    invocation::Invocation,
};
use crate::{
    price::Price,
    units::{MemoryMib, MibMillis},
};

/// Billed usage of any number of invocations. Each is counted with its own memory size, so the sum is right even if the
/// size of a function was changed.
#[derive(Clone, Debug, Default)]
pub struct BilledUsage {
    /// Usage at the price of the region.
    regional: Usage,
    /// Usage at the price of Lambda@Edge, which is the same everywhere.
    edge: Usage,
}

/// Billed usage at one price.
#[derive(Clone, Debug, Default)]
struct Usage {
    priceable: u64,
    time: Option<Duration>,
    /// Whole milliseconds of the priceable invocations, for which `/tmp` is billed.
    priced_time: Duration,
    memory_time: MibMillis,
    init: MibMillis,
    restore: MibMillis,
    failed: MibMillis,
}

impl BilledUsage {
    /// Adds the billed usage of one invocation.
    pub fn add(&mut self, invocation: &Invocation) {
        let usage = if invocation.origin.is_edge() { &mut self.edge } else { &mut self.regional };
        usage.add(invocation);
    }

    /// Adds the usage of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.regional.merge(&other.regional);
        self.edge.merge(&other.edge);
    }

    /// Number of invocations with a billed duration and a memory size; the others cannot be priced.
    #[must_use]
    pub fn priceable(&self) -> u64 {
        self.regional.priceable + self.edge.priceable
    }

    /// Sum of the billed durations; `None` if no invocation has one.
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        let mut all = self.regional.clone();
        all.add_time(self.edge.time);
        all.time
    }

    /// Sum of memory times billed duration, over the invocations that can be priced.
    #[must_use]
    pub fn memory_time(&self) -> MibMillis {
        let mut sum = self.regional.memory_time;
        sum += self.edge.memory_time;
        sum
    }

    /// Calculates the cost. Replicas of Lambda@Edge have a price of their own, whatever the `terms`.
    ///
    /// # Errors
    /// Returns a [`CostError`] if the usage, the region or the price is unknown.
    pub fn cost(&self, terms: &Terms<'_>) -> CostResult {
        let edge = || self.edge.cost(&Price::EDGE, None);
        if self.regional.priceable == 0 && self.edge.priceable > 0 {
            return edge();
        }
        let mut cost = self.regional_cost(terms)?;
        if self.edge.priceable > 0 {
            cost += edge()?;
        }
        Ok(cost)
    }

    fn regional_cost(&self, terms: &Terms<'_>) -> CostResult {
        if self.regional.priceable == 0 {
            return Err(if self.time().is_some() {
                CostError::NoMemorySize
            } else {
                CostError::NoBilledDuration
            });
        }
        if terms.region.is_empty() {
            return Err(CostError::UnknownRegion);
        }
        self.regional.cost(&Price::of(terms.region, terms.cpu)?, terms.tmp)
    }
}

impl Usage {
    fn add(&mut self, invocation: &Invocation) {
        self.add_time(invocation.billed_duration);
        let (Some(memory), Some(billed)) = (invocation.memory_size, invocation.billed_duration) else {
            return;
        };
        let part = |time: Option<Duration>| MibMillis::of(memory, time.unwrap_or_default().min(billed));
        self.priceable += 1;
        self.add_priced_time(billed);
        self.memory_time += part(Some(billed));
        self.init += part(invocation.init_billed());
        self.restore += part(invocation.billed_restore_duration);
        if invocation.outcome.is_failure() {
            self.failed += part(Some(billed));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.add_time(other.time);
        self.priceable += other.priceable;
        self.add_priced_time(other.priced_time);
        self.memory_time += other.memory_time;
        self.init += other.init;
        self.restore += other.restore;
        self.failed += other.failed;
    }

    fn add_time(&mut self, time: Option<Duration>) {
        if let Some(time) = time {
            self.time = Some(self.time.unwrap_or_default().saturating_add(time));
        }
    }

    fn add_priced_time(&mut self, time: Duration) {
        let whole = time.saturating_sub(Duration::from_nanos(u64::from(time.subsec_nanos() % 1_000_000)));
        self.priced_time = self.priced_time.saturating_add(whole);
    }

    /// Calculates the cost at `price`, with a `/tmp` of the size `tmp`.
    fn cost(&self, price: &Price, tmp: Option<MemoryMib>) -> CostResult {
        let mut total = price.request().times(self.priceable);
        total += price.memory(self.memory_time);
        if let Some(size) = tmp {
            total += price.tmp(size, self.priced_time)?;
        }
        Ok(Cost {
            total,
            cold_start: price.memory(self.init),
            restore: price.memory(self.restore),
            failure: price.memory(self.failed),
            basis: price.basis,
        })
    }
}

impl Invocation {
    /// Calculates the cost. A region in the invocation's origin takes precedence over that of `terms`.
    ///
    /// # Errors
    /// Returns a [`CostError`] if the billed duration, the memory size, the region or the price is unknown.
    pub fn cost(&self, terms: &Terms<'_>) -> CostResult {
        let mut usage = BilledUsage::default();
        usage.add(self);
        let own = self.origin.region.as_str();
        usage.cost(&Terms { region: if own.is_empty() { terms.region } else { own }, ..*terms })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        derive::invocation::tests::plain,
        origin::Origin,
        price::{Cpu, PriceError},
    };

    const TERMS: Terms<'_> = Terms { region: "us-east-1", cpu: Cpu::X86_64, tmp: None };

    fn billed(memory: u32, millis: u64) -> Invocation {
        Invocation {
            memory_size: Some(MemoryMib(memory)),
            billed_duration: Some(Duration::from_millis(millis)),
            ..plain()
        }
    }

    fn check(invocation: &Invocation, terms: &Terms<'_>, expected: f64) {
        let total = invocation.cost(terms).unwrap().total.dollars();
        assert!((total - expected).abs() < 1e-15, "{total} {expected}");
    }

    #[test]
    fn cost_is_request_plus_memory_time() {
        check(&billed(1024, 1000), &TERMS, 0.000_016_666_7 + 0.000_000_2);
        check(&billed(128, 1), &TERMS, 0.000_016_666_7 / 8_000.0 + 0.000_000_2);
    }

    #[test]
    fn region_of_the_origin_takes_precedence() {
        let mut origin = Origin::default();
        origin.region = "af-south-1".to_owned();
        let invocation = Invocation { origin: origin.into(), ..billed(1024, 1000) };
        check(&invocation, &TERMS, 0.000_022_1 + 0.000_000_27);
    }

    #[test]
    fn replica_of_lambda_at_edge_has_a_price_of_its_own() {
        let mut origin = Origin::default();
        origin.set_names("/aws/lambda/us-east-1.auth", "");
        let invocation = Invocation { origin: origin.into(), ..billed(1024, 1000) };
        for region in ["us-east-1", "af-south-1", ""] {
            check(&invocation, &Terms { region, ..TERMS }, 0.000_050_01 + 0.000_000_6);
        }
        let mut usage = BilledUsage::default();
        usage.add(&invocation);
        usage.add(&billed(1024, 1000));
        let both = 0.000_050_01 + 0.000_000_6 + 0.000_016_666_7 + 0.000_000_2;
        assert!((usage.cost(&TERMS).unwrap().total.dollars() - both).abs() < 1e-15);
        assert_eq!((usage.priceable(), usage.time()), (2, Some(Duration::from_secs(2))));
    }

    #[test]
    fn tmp_above_512_mb_is_charged() {
        let tmp = |size| Terms { tmp: Some(MemoryMib(size)), ..TERMS };
        check(&billed(1024, 1000), &tmp(1536), 0.000_016_666_7 + 0.000_000_2 + 0.000_000_030_9);
        check(&billed(1024, 1000), &tmp(512), 0.000_016_666_7 + 0.000_000_2);
    }

    #[test]
    fn init_and_restore_are_included_in_the_total() {
        let invocation = Invocation {
            duration: Some(Duration::from_millis(100)),
            init_duration: Some(Duration::from_millis(300)),
            billed_restore_duration: Some(Duration::from_millis(250)),
            ..billed(1024, 400)
        };
        let cost = invocation.cost(&TERMS).unwrap();
        assert!((cost.cold_start.dollars() - 0.000_016_666_7 * 0.3).abs() < 1e-15);
        assert!((cost.restore.dollars() - 0.000_016_666_7 * 0.25).abs() < 1e-15);
        check(&invocation, &TERMS, 0.000_016_666_7 * 0.4 + 0.000_000_2);
    }

    #[test]
    fn unknown_cost_has_a_reason() {
        let check = |invocation: Invocation, terms: Terms<'_>, expected| {
            assert_eq!(invocation.cost(&terms), Err(expected));
        };
        check(Invocation { billed_duration: None, ..billed(1, 1) }, TERMS, CostError::NoBilledDuration);
        check(Invocation { memory_size: None, ..billed(1, 1) }, TERMS, CostError::NoMemorySize);
        check(billed(1, 1), Terms { region: "", ..TERMS }, CostError::UnknownRegion);
        check(
            billed(1, 1),
            Terms { region: "cn-north-1", ..TERMS },
            CostError::Price(PriceError::OtherCurrency),
        );
    }
}
