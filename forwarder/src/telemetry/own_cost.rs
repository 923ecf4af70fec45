//! What an invocation of Tailwater itself costs, by the same list prices as everybody's.

use std::time::Duration;

use tailwater_parser::{
    MemoryMib, MibMillis, Usd,
    price::{Cpu, Price},
};

/// What running costs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnPrice {
    price: Price,
    memory: MemoryMib,
}

impl OwnPrice {
    /// Of a function of this memory in this region, on the processor that this program was built for; `None` where no
    /// price is known.
    #[must_use]
    pub fn of(region: &str, memory: MemoryMib) -> Option<Self> {
        let cpu = if cfg!(target_arch = "aarch64") { Cpu::Arm64 } else { Cpu::X86_64 };
        Price::of(region, cpu).ok().map(|price| Self { price, memory })
    }

    /// Of one invocation that ran so long; begun milliseconds are billed whole.
    #[must_use]
    pub fn of_invocation(&self, ran: Duration) -> Usd {
        let whole = Duration::from_millis(1);
        let billed =
            if ran.subsec_nanos().is_multiple_of(1_000_000) { ran } else { ran.saturating_add(whole) };
        let mut cost = self.price.request();
        cost += self.price.memory(MibMillis::of(self.memory, billed));
        cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_memory_are_paid_for() {
        let price = OwnPrice::of("us-east-1", MemoryMib(128)).unwrap();
        // 0.125 GB x 8 s = 1 GB-second, and one request.
        let of_arch = if cfg!(target_arch = "aarch64") { 13_333_400 } else { 16_666_700 };
        assert_eq!(price.of_invocation(Duration::from_secs(8)), Usd::from_picos(of_arch + 200_000));
        assert_eq!(
            price.of_invocation(Duration::from_micros(7_999_001)),
            price.of_invocation(Duration::from_secs(8))
        );
        assert_eq!(OwnPrice::of("moon-west-1", MemoryMib(128)), None);
    }
}
