//! Stand-ins, with the same names, for what the parser is about to have: quantile sketch and list prices.

use std::time::Duration;

use tailwater_parser::{MemoryMib, MibMillis, Usd, derive::Invocation};

#[derive(Clone, Debug, Default)]
pub struct Sketch(Vec<f64>);

impl Sketch {
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }
    pub fn merge(&mut self, other: &Self) {
        self.0.extend(&other.0);
        self.0.sort_by(f64::total_cmp);
    }
    pub fn average(&self) -> Option<f64> {
        self.max().map(|_| self.0.iter().sum::<f64>() / self.0.len() as f64)
    }
    pub fn max(&self) -> Option<f64> {
        self.0.last().copied()
    }
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (self.0.len() as f64 * q).ceil().max(1.0) as usize;
        self.0.get(rank - 1).copied()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    X86_64,
    Arm64,
}

impl Cpu {
    pub fn read(name: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64].into_iter().find(|cpu| cpu.name() == name)
    }
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    #[error("the region is not billed in US dollars")]
    OtherCurrency,
    #[error("no price of storage is known for the region")]
    NoTmpPrice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    Listed,
    Assumed,
}

pub struct Price {
    pub gb_second_picos: u64,
    pub basis: Basis,
}

impl Price {
    pub fn of(region: &str, cpu: Cpu) -> Result<Self, NoPrice> {
        if region.starts_with("cn-") {
            return Err(NoPrice::OtherCurrency);
        }
        let gb_second_picos = if cpu == Cpu::X86_64 { 16_666_700 } else { 13_333_400 };
        let basis = if region == "mx-central-1" { Basis::Assumed } else { Basis::Listed };
        Ok(Self { gb_second_picos, basis })
    }
    pub fn request(&self) -> Usd {
        Usd::from_picos(200_000)
    }
    pub fn memory(&self, memory_time: MibMillis) -> Usd {
        Usd::of_memory_time(memory_time, self.gb_second_picos)
    }
    pub fn tmp(&self, size: MemoryMib, billed: Duration) -> Result<Usd, NoPrice> {
        if self.basis == Basis::Assumed && size.0 > 512 {
            return Err(NoPrice::NoTmpPrice);
        }
        let above = MemoryMib(size.0.saturating_sub(512));
        Ok(Usd::of_memory_time(MibMillis::of(above, billed), 34_000))
    }
}

pub fn init_billed(invocation: &Invocation) -> Option<Duration> {
    let billed = invocation.billed_duration?;
    let init = invocation.init_duration?;
    Some(billed.saturating_sub(invocation.duration?).min(init))
}
