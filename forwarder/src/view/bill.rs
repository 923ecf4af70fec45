//! What AWS bills for a function's invocations, as exact integers until the moment it is priced.

use std::time::Duration;

use tailwater_parser::{MemoryMib, MibMillis, Usd, derive::Invocation};

use super::{
    pending::{Cpu, NoPrice, Price, init_billed},
    sums::is_failure,
};

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
        let (Some(memory), Some(billed)) = (invocation.memory_size, invocation.billed_memory_time()) else {
            return;
        };
        self.invocations += 1;
        self.memory_time += billed;
        self.init += part(memory, init_billed(invocation));
        self.restore += part(memory, invocation.billed_restore_duration);
        if is_failure(invocation.outcome) {
            self.failed += billed;
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

    /// What it costs at the first tier's list price.
    pub(super) fn cost(&self, region: Option<&str>, cpu: Cpu) -> Result<Cost, NoCost> {
        if self.invocations == 0 {
            return Err(NoCost::NotBilled);
        }
        let price = Price::of(region.ok_or(NoCost::UnknownRegion)?, cpu)?;
        Ok(Cost {
            total: price.cost(self.invocations, self.memory_time),
            cold_start: price.cost(0, self.init),
            restore: price.cost(0, self.restore),
            failure: price.cost(0, self.failed),
        })
    }
}

fn part(memory: MemoryMib, time: Option<Duration>) -> MibMillis {
    MibMillis::of(memory, time.unwrap_or_default())
}

/// What a function's invocations cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Requests and memory over time. The others are parts of it, without the price of the request.
    pub(super) total: Usd,
    /// What paid for INIT.
    pub(super) cold_start: Usd,
    /// What paid for restores from a snapshot.
    pub(super) restore: Usd,
    /// What paid for invocations that failed.
    pub(super) failure: Usd,
}

impl Cost {
    pub(super) fn add(&mut self, other: Self) {
        self.total += other.total;
        self.cold_start += other.cold_start;
        self.restore += other.restore;
        self.failure += other.failure;
    }
}

/// Why a cost is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCost {
    /// Prices differ from region to region.
    #[error("no line names the region: --region eu-west-1 tells it")]
    UnknownRegion,
    /// The region has no price in dollars for this architecture.
    #[error(transparent)]
    NoPrice(#[from] NoPrice),
    /// Managed Instances, for one, are paid for by the hour.
    #[error("no report tells billed duration and memory size")]
    NotBilled,
}
