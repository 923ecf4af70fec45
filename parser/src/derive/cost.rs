//! What invocations cost, at list price.

use std::ops::AddAssign;

use super::{bill::Bill, invocation::Invocation};
use crate::{
    price::{Basis, Cpu, NoPrice},
    units::{MemoryMib, Usd},
};

/// What the logs do not tell, and the price depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms<'a> {
    /// Region, for invocations whose own lines do not name theirs; empty when unknown.
    pub region: &'a str,
    /// Architecture of the function.
    pub cpu: Cpu,
    /// Size of `/tmp` where known. Below 512 MB it is free.
    pub tmp: Option<MemoryMib>,
}

/// What one or many invocations cost, at the list price of the first tier: no free tier, no discounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Requests, memory and storage for as long as AWS bills them. The others are parts of what memory costs.
    pub total: Usd,
    /// What paid for INIT.
    pub cold_start: Usd,
    /// What paid for restores from a snapshot.
    pub restore: Usd,
    /// What paid for invocations that failed.
    pub failure: Usd,
    /// How the price is known.
    pub basis: Basis,
}

impl Cost {
    /// What nothing costs.
    pub const NONE: Self = Self {
        total: Usd::ZERO,
        cold_start: Usd::ZERO,
        restore: Usd::ZERO,
        failure: Usd::ZERO,
        basis: Basis::Listed,
    };
}

impl AddAssign for Cost {
    /// The sum rests on an assumed price as soon as one part does.
    fn add_assign(&mut self, other: Self) {
        self.total += other.total;
        self.cold_start += other.cold_start;
        self.restore += other.restore;
        self.failure += other.failure;
        if other.basis == Basis::Assumed {
            self.basis = Basis::Assumed;
        }
    }
}

/// The cost, or why it cannot be told.
pub type Priced = Result<Cost, NoCost>;

/// Why a cost is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCost {
    /// Neither its logs nor a setting names the region.
    #[error("the region is unknown")]
    NoRegion,
    /// No such price is known.
    #[error(transparent)]
    NoPrice(#[from] NoPrice),
    /// The log does not tell what was billed: Managed Instances are paid by the hour.
    #[error("no REPORT tells what was billed")]
    NoBilledDuration,
    /// The log does not tell the memory size.
    #[error("no memory size is reported")]
    NoMemorySize,
}

impl Invocation {
    /// What it cost; the region that its own lines name prevails.
    ///
    /// # Errors
    /// What is not known of it.
    pub fn cost(&self, terms: &Terms<'_>) -> Priced {
        let mut bill = Bill::default();
        bill.add(self);
        let own = self.origin.region.as_str();
        bill.cost(&Terms { region: if own.is_empty() { terms.region } else { own }, ..*terms })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{derive::invocation::tests::plain, origin::Origin};

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
    fn request_and_memory_time_are_paid() {
        check(&billed(1024, 1000), &TERMS, 0.000_016_666_7 + 0.000_000_2);
        check(&billed(128, 1), &TERMS, 0.000_016_666_7 / 8_000.0 + 0.000_000_2);
    }

    #[test]
    fn the_region_of_its_own_lines_prevails() {
        let mut origin = Origin::default();
        origin.region = "af-south-1".to_owned();
        let invocation = Invocation { origin: origin.into(), ..billed(1024, 1000) };
        check(&invocation, &TERMS, 0.000_022_1 + 0.000_000_27);
    }

    #[test]
    fn tmp_above_512_mb_is_paid() {
        let tmp = |size| Terms { tmp: Some(MemoryMib(size)), ..TERMS };
        check(&billed(1024, 1000), &tmp(1536), 0.000_016_666_7 + 0.000_000_2 + 0.000_000_030_9);
        check(&billed(1024, 1000), &tmp(512), 0.000_016_666_7 + 0.000_000_2);
    }

    #[test]
    fn init_and_restore_are_parts_of_the_total() {
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
    fn a_cost_that_cannot_be_told_says_why() {
        let check = |invocation: Invocation, terms: Terms<'_>, expected| {
            assert_eq!(invocation.cost(&terms), Err(expected));
        };
        check(Invocation { billed_duration: None, ..billed(1, 1) }, TERMS, NoCost::NoBilledDuration);
        check(Invocation { memory_size: None, ..billed(1, 1) }, TERMS, NoCost::NoMemorySize);
        check(billed(1, 1), Terms { region: "", ..TERMS }, NoCost::NoRegion);
        check(billed(1, 1), Terms { region: "cn-north-1", ..TERMS }, NoCost::NoPrice(NoPrice::OtherCurrency));
    }
}
