//! Exact cost of Lambda at the list prices of three regions.

use std::ops::AddAssign;

use crate::model::Architecture;

/// AWS region with its own list prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// Ireland, eu-west-1.
    EuWest1,
    /// Zurich, eu-central-2: about 10 % more expensive than the other two regions.
    EuCentral2,
    /// North Virginia, us-east-1.
    UsEast1,
}

impl Region {
    /// Region code, as in ARNs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EuWest1 => "eu-west-1",
            Self::EuCentral2 => "eu-central-2",
            Self::UsEast1 => "us-east-1",
        }
    }

    /// Price of a GB-second in the first tier, in picodollars (AWS Price List of 2026-09-19).
    fn gb_second(self, architecture: Architecture) -> u128 {
        match (self, architecture) {
            (Self::EuWest1 | Self::UsEast1, Architecture::X86_64) => 16_666_700,
            (Self::EuWest1 | Self::UsEast1, Architecture::Arm64) => 13_333_400,
            (Self::EuCentral2, Architecture::X86_64) => 18_333_400,
            (Self::EuCentral2, Architecture::Arm64) => 14_666_700,
        }
    }

    /// Price of a request, in picodollars.
    fn request(self) -> u128 {
        match self {
            Self::EuWest1 | Self::UsEast1 => 200_000,
            Self::EuCentral2 => 220_000,
        }
    }
}

/// Amount in picodollars divided by `MIB_MS_PER_GB_SECOND`, so that no price is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money(u128);

/// MiB x ms in a GB-second.
const MIB_MS_PER_GB_SECOND: u32 = 1024 * 1000;

impl Money {
    /// Cost of memory over time, given in MiB x ms.
    pub(crate) fn of_memory_time(mib_ms: u128, region: Region, architecture: Architecture) -> Self {
        Self(mib_ms * region.gb_second(architecture))
    }

    /// Cost of one request.
    pub(crate) fn of_request(region: Region) -> Self {
        Self(region.request() * u128::from(MIB_MS_PER_GB_SECOND))
    }

    /// Half of the amount, rounded down.
    pub(crate) fn half(self) -> Self {
        Self(self.0 / 2)
    }

    /// Amount in US dollars with twelve decimals, rounded down to a picodollar.
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

/// Converts MiB x ms to GB-seconds with nine decimals, rounded down.
pub(crate) fn gb_seconds(mib_ms: u128) -> String {
    let nanos = mib_ms * 1_000_000_000 / u128::from(MIB_MS_PER_GB_SECOND);
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mib_ms: u128, region: Region, architecture: Architecture, dollars: &str) {
        assert_eq!(Money::of_memory_time(mib_ms, region, architecture).dollars(), dollars);
    }

    #[test]
    fn gb_second_costs_its_list_price() {
        check(1_024_000, Region::EuWest1, Architecture::X86_64, "0.000016666700");
        check(1_024_000, Region::UsEast1, Architecture::Arm64, "0.000013333400");
        check(1_024_000, Region::EuCentral2, Architecture::X86_64, "0.000018333400");
        check(1_024_000, Region::EuCentral2, Architecture::Arm64, "0.000014666700");
    }

    #[test]
    fn million_requests_cost_their_list_price() {
        let mut sum = Money::default();
        (0..1_000_000).for_each(|_| sum += Money::of_request(Region::EuCentral2));
        assert_eq!(sum.dollars(), "0.220000000000");
    }

    #[test]
    fn mib_ms_are_converted_to_gb_seconds() {
        assert_eq!(gb_seconds(1_024_000 + 512_000), "1.500000000");
    }
}
