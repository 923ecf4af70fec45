//! Cost of Tailwater's own invocations, at AWS's list prices.

use std::time::Duration;

use tailwater_parser::{
    MemoryMib, MibMillis, Usd,
    price::{Cpu, Price},
};

/// Price of the Lambda function that Tailwater itself runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnPrice {
    price: Price,
    memory: MemoryMib,
}

impl OwnPrice {
    /// Returns the price of a function with this memory in this region, on the processor architecture that this program was
    /// built for; `None` if the region has no known price.
    #[must_use]
    pub fn of(region: &str, memory: MemoryMib) -> Option<Self> {
        let cpu = if cfg!(target_arch = "aarch64") { Cpu::Arm64 } else { Cpu::X86_64 };
        Price::of(region, cpu).ok().map(|price| Self { price, memory })
    }

    /// Returns the cost of an invocation of this duration, rounded up to whole milliseconds.
    #[must_use]
    pub fn of_invocation(&self, duration: Duration) -> Usd {
        let whole = Duration::from_millis(1);
        let billed = if duration.subsec_nanos().is_multiple_of(1_000_000) {
            duration
        } else {
            duration.saturating_add(whole)
        };
        let mut cost = self.price.request();
        cost += self.price.memory(MibMillis::of(self.memory, billed));
        cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_that_of_the_request_and_its_memory() {
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
