//! Stand-ins for what the parser will have: quantile sketch and list prices.

use std::time::Duration;

use tailwater_parser::{MibMillis, Usd, derive::Invocation};

#[derive(Clone, Debug, Default)]
pub struct Sketch(Vec<Duration>);

impl Sketch {
    pub fn add(&mut self, value: Duration) {
        self.0.push(value);
    }
    pub fn merge(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }
    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }
    pub fn mean(&self) -> Option<Duration> {
        let n = u32::try_from(self.0.len()).ok().filter(|n| *n > 0)?;
        Some(self.0.iter().sum::<Duration>() / n)
    }
    pub fn max(&self) -> Option<Duration> {
        self.0.iter().max().copied()
    }
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted
            .get(((sorted.len().checked_sub(1)?) as f64 * q) as usize)
            .copied()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    X86_64,
    Arm64,
}

impl Cpu {
    pub fn read(name: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64]
            .into_iter()
            .find(|cpu| cpu.name() == name)
    }
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    #[error("no list price is known for region {0}")]
    UnknownRegion(String),
}

pub struct Price {
    gb_second: u64,
}

impl Price {
    pub fn of(region: &str, cpu: Cpu) -> Result<Self, NoPrice> {
        if region.starts_with("mars") {
            return Err(NoPrice::UnknownRegion(region.to_owned()));
        }
        Ok(Self {
            gb_second: if cpu == Cpu::X86_64 {
                16_666_700
            } else {
                13_333_400
            },
        })
    }
    pub fn cost(&self, requests: u64, memory_time: MibMillis) -> Usd {
        let mut cost = Usd::from_picos(200_000).times(requests);
        cost += Usd::of_memory_time(memory_time, self.gb_second);
        cost
    }
}

pub fn init_billed(invocation: &Invocation) -> Option<Duration> {
    let billed = invocation.billed_duration?;
    let init = invocation.init_duration?;
    Some(billed.saturating_sub(invocation.duration?).min(init))
}
