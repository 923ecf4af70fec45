//! Lambda's list prices, by region and architecture, each with its date and source.
//!
//! On-demand prices of the first tier, in US dollars: a log cannot tell the tier, discounts or the free tier.

mod table;

use std::time::Duration;

use self::table::{Currency, Listed};
use crate::units::{MemoryMib, MibMillis, Usd};

/// A processor architecture. No log line tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cpu {
    /// Intel and AMD.
    X86_64,
    /// Graviton.
    Arm64,
}

/// What Lambda costs in one region on one architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Picodollars for one request.
    pub request_picos: u64,
    /// Picodollars for a GB-second of memory.
    pub gb_second_picos: u64,
    /// Picodollars for a GB-second of `/tmp` above 512 MB, where known.
    pub tmp_gb_second_picos: Option<u64>,
    /// When it was read, as far as known: a day, or only a year.
    pub as_of: &'static str,
    /// Whether it was read or concluded.
    pub basis: Basis,
    /// Where it was read, or from what it was concluded.
    pub note: &'static str,
}

/// How a price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// From a list of AWS's prices.
    Listed,
    /// From the prices of other regions or the other architecture; estimates with it are to be marked.
    Assumed,
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    /// The table has no such region.
    #[error("no price is known for the region")]
    UnknownRegion,
    /// The region is billed in another currency than US dollars, as China is.
    #[error("the region is not billed in US dollars")]
    OtherCurrency,
    /// The region is known, but no price of this architecture there.
    #[error("no price is known for the architecture in the region")]
    NotOffered,
    /// The price of `/tmp` above 512 MB is not known there.
    #[error("no price of storage is known for the region")]
    NoTmpPrice,
}

/// `/tmp` up to here is free.
const FREE_TMP: MemoryMib = MemoryMib(512);

impl Cpu {
    /// AWS's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// Reads AWS's name of it.
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
    /// The list price in a region.
    ///
    /// ```
    /// use tailwater_parser::price::{Cpu, NoPrice, Price};
    /// assert_eq!(Price::of("eu-west-1", Cpu::X86_64).unwrap().gb_second_picos, 16_666_700);
    /// assert_eq!(Price::of("cn-north-1", Cpu::X86_64), Err(NoPrice::OtherCurrency));
    /// ```
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(region: &str, cpu: Cpu) -> Result<Self, NoPrice> {
        let rows = table::rows_of(region);
        let Listed { currency, .. } = rows.first().ok_or(NoPrice::UnknownRegion)?;
        match currency {
            Currency::Usd => {
                rows.iter().find(|row| row.cpu == cpu).map(|row| row.price).ok_or(NoPrice::NotOffered)
            }
            Currency::Cny => Err(NoPrice::OtherCurrency),
        }
    }

    /// What one request costs, however short.
    #[must_use]
    pub fn request(&self) -> Usd {
        Usd::from_picos(self.request_picos)
    }

    /// What memory costs for the time it is held.
    #[must_use]
    pub fn memory(&self, memory_time: MibMillis) -> Usd {
        Usd::of_memory_time(memory_time, self.gb_second_picos)
    }

    /// What a `/tmp` of this size costs for the time billed.
    ///
    /// # Errors
    /// It is above what is free, and its price is not known.
    pub fn tmp(&self, size: MemoryMib, billed: Duration) -> Result<Usd, NoPrice> {
        let above = MemoryMib(size.0.saturating_sub(FREE_TMP.0));
        if above == MemoryMib(0) {
            return Ok(Usd::ZERO);
        }
        let picos = self.tmp_gb_second_picos.ok_or(NoPrice::NoTmpPrice)?;
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
    fn most_regions_have_the_standard_price() {
        check("us-east-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Listed);
        check("us-east-1", Cpu::Arm64, 13_333_400, 200_000, Basis::Listed);
        check("sa-east-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Listed);
    }

    #[test]
    fn some_regions_differ() {
        check("ap-southeast-5", Cpu::Arm64, 12_000_000, 180_000, Basis::Listed);
        check("ap-east-1", Cpu::X86_64, 22_920_000, 280_000, Basis::Listed);
    }

    #[test]
    fn a_price_that_nobody_listed_is_assumed() {
        check("eu-south-2", Cpu::Arm64, 13_333_400, 200_000, Basis::Assumed);
        check("mx-central-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Assumed);
        check("us-gov-west-1", Cpu::X86_64, 16_666_700, 200_000, Basis::Assumed);
    }

    #[test]
    fn without_a_price_the_reason_is_told() {
        assert_eq!(Price::of("us-gov-east-1", Cpu::Arm64), Err(NoPrice::NotOffered));
        assert_eq!(Price::of("cn-northwest-1", Cpu::Arm64), Err(NoPrice::OtherCurrency));
        assert_eq!(Price::of("eu-west-9", Cpu::X86_64), Err(NoPrice::UnknownRegion));
        assert_eq!(Price::of("", Cpu::X86_64), Err(NoPrice::UnknownRegion));
    }

    #[test]
    fn storage_whose_price_is_unknown_has_no_cost_unless_free() {
        let price = Price::of("us-gov-west-1", Cpu::X86_64).unwrap();
        assert_eq!(price.tmp(MemoryMib(512), Duration::MAX), Ok(Usd::ZERO));
        assert_eq!(price.tmp(MemoryMib(513), Duration::ZERO), Err(NoPrice::NoTmpPrice));
    }
}
