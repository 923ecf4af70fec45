//! What AWS bills for invocations, as exact integers until the moment it is priced.

use std::time::Duration;

use super::{
    cost::{Cost, NoCost, Priced, Terms},
    invocation::Invocation,
};
use crate::{price::Price, units::MibMillis};

/// Billed quantities of any number of invocations. Each counts with the memory it had, so those of a function whose
/// size was changed add up.
#[derive(Clone, Debug, Default)]
pub struct Bill {
    priceable: u64,
    time: Option<Duration>,
    memory_time: MibMillis,
    init: MibMillis,
    restore: MibMillis,
    failed: MibMillis,
}

impl Bill {
    /// Adds what one invocation is billed for.
    pub fn add(&mut self, invocation: &Invocation) {
        self.add_time(invocation.billed_duration);
        let (Some(memory), Some(billed)) = (invocation.memory_size, invocation.billed_duration) else {
            return;
        };
        let part = |time: Option<Duration>| MibMillis::of(memory, time.unwrap_or_default().min(billed));
        self.priceable += 1;
        self.memory_time += part(Some(billed));
        self.init += part(invocation.init_billed());
        self.restore += part(invocation.billed_restore_duration);
        if invocation.outcome.is_failure() {
            self.failed += part(Some(billed));
        }
    }

    /// Adds another bill.
    pub fn merge(&mut self, other: &Self) {
        self.add_time(other.time);
        self.priceable += other.priceable;
        self.memory_time += other.memory_time;
        self.init += other.init;
        self.restore += other.restore;
        self.failed += other.failed;
    }

    /// Invocations that tell both billed time and memory: the others cannot be priced.
    #[must_use]
    pub fn priceable(&self) -> u64 {
        self.priceable
    }

    /// Billed time of all that tell it; `None` when none does.
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        self.time
    }

    /// Memory x billed time, of those that can be priced.
    #[must_use]
    pub fn memory_time(&self) -> MibMillis {
        self.memory_time
    }

    /// What it costs.
    ///
    /// # Errors
    /// What is not known of it.
    pub fn cost(&self, terms: &Terms<'_>) -> Priced {
        if self.priceable == 0 {
            return Err(if self.time.is_some() { NoCost::NoMemorySize } else { NoCost::NoBilledDuration });
        }
        if terms.region.is_empty() {
            return Err(NoCost::NoRegion);
        }
        let price = Price::of(terms.region, terms.cpu)?;
        let mut total = price.request().times(self.priceable);
        total += price.memory(self.memory_time);
        if let Some(size) = terms.tmp {
            total += price.tmp(size, self.time.unwrap_or_default())?;
        }
        Ok(Cost {
            total,
            cold_start: price.memory(self.init),
            restore: price.memory(self.restore),
            failure: price.memory(self.failed),
            basis: price.basis,
        })
    }

    fn add_time(&mut self, time: Option<Duration>) {
        if let Some(time) = time {
            self.time = Some(self.time.unwrap_or_default().saturating_add(time));
        }
    }
}
