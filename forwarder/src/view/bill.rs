//! What AWS bills for a function's invocations, as exact integers until the moment it is priced.

use std::time::Duration;

use tailwater_parser::{
    MibMillis, Usd,
    derive::{Invocation, NoCost, Terms},
    price::{Basis, Price},
};

use super::sums::is_failure;

/// Billed quantities. Each invocation counts with the memory it had, so a function whose size was changed adds up.
#[derive(Clone, Debug, Default)]
pub(super) struct Bill {
    /// Invocations that tell billed time and memory. Others cannot be priced.
    pub(super) invocations: u64,
    /// Billed time of those that tell it.
    pub(super) time: Option<Duration>,
    /// All that is billed by memory and time; the other three are parts of it.
    pub(super) memory_time: MibMillis,
    init: MibMillis,
    restore: MibMillis,
    failed: MibMillis,
}

impl Bill {
    pub(super) fn add(&mut self, invocation: &Invocation) {
        self.add_time(invocation.billed_duration);
        let (Some(memory), Some(billed)) = (invocation.memory_size, invocation.billed_duration) else {
            return;
        };
        let part = |time: Option<Duration>| MibMillis::of(memory, time.unwrap_or_default().min(billed));
        self.invocations += 1;
        self.memory_time += part(Some(billed));
        self.init += part(invocation.init_billed());
        self.restore += part(invocation.billed_restore_duration);
        if is_failure(invocation.outcome) {
            self.failed += part(Some(billed));
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.add_time(other.time);
        self.invocations += other.invocations;
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

    /// What it costs.
    pub(super) fn cost(&self, terms: &Terms<'_>) -> Result<Cost, NoCost> {
        if self.invocations == 0 {
            return Err(NoCost::NoBilledDuration);
        }
        if terms.region.is_empty() {
            return Err(NoCost::NoRegion);
        }
        let price = Price::of(terms.region, terms.cpu)?;
        let mut total = price.request().times(self.invocations);
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
}

/// What a function's invocations cost at the first tier's list price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// Requests, memory and storage. The others are parts of what memory costs.
    pub(super) total: Usd,
    /// What paid for INIT.
    pub(super) cold_start: Usd,
    /// What paid for restores from a snapshot.
    pub(super) restore: Usd,
    /// What paid for invocations that failed.
    pub(super) failure: Usd,
    /// How its price is known.
    pub(super) basis: Basis,
}

impl Cost {
    /// What nothing costs.
    pub(super) const NONE: Self = Self {
        total: Usd::ZERO,
        cold_start: Usd::ZERO,
        restore: Usd::ZERO,
        failure: Usd::ZERO,
        basis: Basis::Listed,
    };

    pub(super) fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.cold_start += other.cold_start;
        self.restore += other.restore;
        self.failure += other.failure;
    }
}
