//! List prices of the few regions that corpora use, and sums of money that are exact.

use std::ops::AddAssign;

use crate::model::Cpu;

/// A region, with prices of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// Ireland.
    EuWest1,
    /// Zurich: dearer than most.
    EuCentral2,
    /// North Virginia.
    UsEast1,
}

impl Region {
    /// Its name in ARNs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EuWest1 => "eu-west-1",
            Self::EuCentral2 => "eu-central-2",
            Self::UsEast1 => "us-east-1",
        }
    }

    /// Picodollars for a GB-second of the first tier (AWS Price List of 2026-09-19).
    fn gb_second(self, cpu: Cpu) -> u128 {
        match (self, cpu) {
            (Self::EuWest1 | Self::UsEast1, Cpu::X86) => 16_666_700,
            (Self::EuWest1 | Self::UsEast1, Cpu::Arm) => 13_333_400,
            (Self::EuCentral2, Cpu::X86) => 18_333_400,
            (Self::EuCentral2, Cpu::Arm) => 14_666_700,
        }
    }

    /// Picodollars for a request.
    fn request(self) -> u128 {
        match self {
            Self::EuWest1 | Self::UsEast1 => 200_000,
            Self::EuCentral2 => 220_000,
        }
    }
}

/// Money in picodollars divided by the number of MiB x ms in a GB-second, so that no price needs rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money(u128);

/// MiB x ms in a GB-second.
const MIB_MS_PER_GB_SECOND: u32 = 1024 * 1000;

impl Money {
    /// What memory over time costs, in MiB x ms.
    pub(crate) fn of_memory_time(mib_ms: u128, region: Region, cpu: Cpu) -> Self {
        Self(mib_ms * region.gb_second(cpu))
    }

    /// What one request costs.
    pub(crate) fn of_request(region: Region) -> Self {
        Self(region.request() * u128::from(MIB_MS_PER_GB_SECOND))
    }

    /// In dollars, with twelve decimals: a picodollar is the last one, rounded down.
    pub(crate) fn dollars(self) -> String {
        let picos = self.0 / u128::from(MIB_MS_PER_GB_SECOND);
        format!("{}.{:012}", picos / 1_000_000_000_000, picos % 1_000_000_000_000)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// Memory over time in GB-seconds, with nine decimals, rounded down.
pub(crate) fn gb_seconds(mib_ms: u128) -> String {
    let nanos = mib_ms * 1_000_000_000 / u128::from(MIB_MS_PER_GB_SECOND);
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mib_ms: u128, region: Region, cpu: Cpu, dollars: &str) {
        assert_eq!(Money::of_memory_time(mib_ms, region, cpu).dollars(), dollars);
    }

    #[test]
    fn a_gb_second_costs_its_list_price() {
        check(1_024_000, Region::EuWest1, Cpu::X86, "0.000016666700");
        check(1_024_000, Region::UsEast1, Cpu::Arm, "0.000013333400");
        check(1_024_000, Region::EuCentral2, Cpu::X86, "0.000018333400");
        check(1_024_000, Region::EuCentral2, Cpu::Arm, "0.000014666700");
    }

    #[test]
    fn a_million_requests_cost_their_list_price() {
        let mut sum = Money::default();
        (0..1_000_000).for_each(|_| sum += Money::of_request(Region::EuCentral2));
        assert_eq!(sum.dollars(), "0.220000000000");
    }

    #[test]
    fn memory_over_time_is_told_in_gb_seconds() {
        assert_eq!(gb_seconds(1_024_000 + 512_000), "1.500000000");
    }
}
