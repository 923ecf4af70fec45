//! List prices of Lambda by region and architecture, each with its date and source.
//!
//! These are on-demand prices of the first tier, in US dollars: tier, discounts and free tier cannot be seen in a log.

mod provisioned;
mod table;

use std::time::Duration;

pub use self::provisioned::ProvisionedPrice;
use self::table::{Currency, Row};
use crate::units::{MemoryMib, MibMillis, Usd};

/// Processor architecture of a function. No log line contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cpu {
    /// x86-64 (Intel and AMD).
    X86_64,
    /// 64-bit Arm (AWS Graviton).
    Arm64,
}

/// Prices of Lambda in one region on one architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Price of one request, in picodollars.
    pub request_picos: u64,
    /// Price of a GB-second of memory, in picodollars.
    pub gb_second_picos: u64,
    /// Price of a GB-second of `/tmp` above 512 MB, in picodollars; `None` if unknown.
    pub tmp_gb_second_picos: Option<u64>,
    /// Date of the price: a day, or only a year.
    pub as_of: &'static str,
    /// Basis of the price.
    pub basis: Basis,
    /// Source of the price, or of the assumption.
    pub note: &'static str,
}

/// Basis of a price: a price list of AWS, or an assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The price is in a price list of AWS.
    Listed,
    /// The price is assumed from those of other regions or of the other architecture. Estimates that use it should be
    /// marked as such.
    Assumed,
}

/// Reason why the price table has no price in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// The price table does not have the region.
    #[error("no price is known for the region")]
    UnknownRegion,
    /// The region is not billed in US dollars, as in China.
    #[error("the region is not billed in US dollars")]
    OtherCurrency,
    /// The price table has the region, but not with this architecture.
    #[error("no price is known for the architecture in the region")]
    NotOffered,
    /// The price of `/tmp` above 512 MB is unknown in the region.
    #[error("no price of /tmp storage is known for the region")]
    NoTmpPrice,
}

/// Size of `/tmp` that AWS does not bill.
const FREE_TMP: MemoryMib = MemoryMib(512);

impl Cpu {
    /// AWS's name of the architecture.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// Parses AWS's name of an architecture; `None` for other text.
    ///
    /// ```
    /// use tailwater_parser::price::Cpu;
    /// assert_eq!(Cpu::read("arm64"), Some(Cpu::Arm64));
    /// assert_eq!(Cpu::read("mips"), None);
    /// ```
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64].into_iter().find(|cpu| cpu.name() == name)
    }
}

impl Price {
    /// Price of Lambda@Edge, which is the same in all regions. Only x86_64 is offered, without more `/tmp`.
    pub const EDGE: Self = Self {
        request_picos: 600_000,
        gb_second_picos: 50_010_000,
        tmp_gb_second_picos: None,
        as_of: "2025",
        basis: Basis::Listed,
        note: "AWS's price page of Lambda@Edge",
    };

    /// Looks up the list price in a region.
    ///
    /// ```
    /// use tailwater_parser::price::{Cpu, PriceError, Price};
    /// assert_eq!(Price::of("eu-west-1", Cpu::X86_64).unwrap().gb_second_picos, 16_666_700);
    /// assert_eq!(Price::of("cn-north-1", Cpu::X86_64), Err(PriceError::OtherCurrency));
    /// ```
    ///
    /// # Errors
    /// Returns a [`PriceError`] if the table has no price in US dollars for the region and architecture.
    pub fn of(region: &str, cpu: Cpu) -> Result<Self, PriceError> {
        let rows = table::rows_of(region);
        let Row { currency, .. } = rows.first().ok_or(PriceError::UnknownRegion)?;
        match currency {
            Currency::Usd => {
                rows.iter().find(|row| row.cpu == cpu).map(|row| row.price).ok_or(PriceError::NotOffered)
            }
            Currency::Cny => Err(PriceError::OtherCurrency),
        }
    }

    /// Cost of one request, independent of its duration.
    #[must_use]
    pub fn request(&self) -> Usd {
        Usd::from_picos(self.request_picos)
    }

    /// Cost of an amount of memory over time (GB-seconds).
    #[must_use]
    pub fn memory(&self, memory_time: MibMillis) -> Usd {
        Usd::of_memory_time(memory_time, self.gb_second_picos)
    }

    /// Cost of a `/tmp` of `size` for the time `billed`.
    ///
    /// # Errors
    /// Returns [`PriceError::NoTmpPrice`] if `size` exceeds the free size and the price is unknown.
    pub fn tmp(&self, size: MemoryMib, billed: Duration) -> Result<Usd, PriceError> {
        let above = MemoryMib(size.0.saturating_sub(FREE_TMP.0));
        if above == MemoryMib(0) {
            return Ok(Usd::ZERO);
        }
        let picos = self.tmp_gb_second_picos.ok_or(PriceError::NoTmpPrice)?;
        Ok(Usd::of_memory_time(MibMillis::of(above, billed), picos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(region: &str, cpu: Cpu, gb_second_picos: u64, request_picos: u64, basis: Basis) {
        let price = Price::of(region, cpu).unwrap();
        assert_eq!(
            (price.gb_second_picos, price.request_picos, price.basis),
            (gb_second_picos, request_picos, basis)
        );
    }

    #[test]
    fn standard_price_applies_to_most_regions() {
        check("us-east-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Listed);
        check("us-east-1", Cpu::Arm64, 13_333_400, 200_000, Basis::Listed);
        check("sa-east-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Listed);
    }

    #[test]
    fn some_regions_have_other_prices() {
        check("ap-southeast-5", Cpu::Arm64, 12_000_000, 180_000, Basis::Listed);
        check("ap-east-1", Cpu::X86_64, 22_920_000, 280_000, Basis::Listed);
    }

    #[test]
    fn unlisted_price_is_assumed() {
        check("eu-south-2", Cpu::Arm64, 13_333_400, 200_000, Basis::Assumed);
        check("mx-central-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Assumed);
        check("us-gov-west-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Assumed);
    }

    #[test]
    fn missing_price_has_a_reason() {
        assert_eq!(Price::of("us-gov-east-1", Cpu::Arm64), Err(PriceError::NotOffered));
        assert_eq!(Price::of("cn-northwest-1", Cpu::Arm64), Err(PriceError::OtherCurrency));
        assert_eq!(Price::of("eu-west-9", Cpu::X86_64), Err(PriceError::UnknownRegion));
        assert_eq!(Price::of("", Cpu::X86_64), Err(PriceError::UnknownRegion));
    }

    #[test]
    fn storage_without_a_price_costs_nothing_up_to_the_free_size() {
        let price = Price::of("us-gov-west-1", Cpu::X86_64).unwrap();
        assert_eq!(price.tmp(MemoryMib(512), Duration::MAX), Ok(Usd::ZERO));
        assert_eq!(price.tmp(MemoryMib(513), Duration::ZERO), Err(PriceError::NoTmpPrice));
    }
}
