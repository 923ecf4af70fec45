//! Cost of invocations at list price.

use std::ops::AddAssign;

use crate::{
    price::{Basis, Cpu, PriceError},
    units::{MemoryMib, Usd},
};

/// Inputs of the cost calculation that the logs do not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms<'a> {
    /// Region of invocations whose own lines name none; empty if unknown.
    pub region: &'a str,
    /// Processor architecture of the function.
    pub cpu: Cpu,
    /// Size of `/tmp`, if known. The first 512 MB are free.
    pub tmp: Option<MemoryMib>,
}

/// Cost of one or more invocations at the list price of the first tier, without free tier and discounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Cost of requests, memory and `/tmp` storage. The amounts below are already included in it, as parts of the
    /// memory cost.
    pub total: Usd,
    /// Cost of INIT phases.
    pub cold_start: Usd,
    /// Cost of restores from a snapshot.
    pub restore: Usd,
    /// Cost of failed invocations.
    pub failure: Usd,
    /// Basis of the price.
    pub basis: Basis,
}

impl Cost {
    /// The cost of no invocations.
    pub const ZERO: Self = Self {
        total: Usd::ZERO,
        cold_start: Usd::ZERO,
        restore: Usd::ZERO,
        failure: Usd::ZERO,
        basis: Basis::Listed,
    };
}

impl AddAssign for Cost {
    /// Adds amounts. The basis of the sum is [`Basis::Assumed`] if that of either part is.
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

/// A cost, or the reason why it is unknown.
pub type CostResult = Result<Cost, CostError>;

/// Reason why a cost is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// Neither the logs nor a setting name the region.
    #[error("the region is unknown")]
    UnknownRegion,
    /// There is no list price to calculate with.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// No REPORT has a billed duration, as with Managed Instances, which are billed by the hour.
    #[error("no REPORT line has a billed duration")]
    NoBilledDuration,
    /// No REPORT has a memory size.
    #[error("no REPORT line has a memory size")]
    NoMemorySize,
}
