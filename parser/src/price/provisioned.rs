//! List prices of provisioned concurrency: copies of calculator.aws data of 2024 or 2025.

use super::Cpu;

/// Prices of provisioned concurrency in one region on one architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvisionedPrice {
    /// Price of a GB-second that an environment is provisioned for, busy or not, in picodollars.
    pub idle_gb_second_picos: u64,
    /// Price of a GB-second of memory while a request runs, in picodollars.
    pub gb_second_picos: u64,
}

/// Region, price of a provisioned GB-second, price of a GB-second of run time; x86_64.
const X86_64: [(&str, u64, u64); 24] = [
    ("af-south-1", 5_530_000, 12_900_000),
    ("ap-east-1", 5_715_300, 13_335_800),
    ("ap-northeast-1", 5_383_500, 12_561_500),
    ("ap-northeast-2", 5_125_400, 11_959_200),
    ("ap-northeast-3", 5_383_500, 12_561_500),
    ("ap-south-1", 4_498_500, 10_496_600),
    ("ap-southeast-1", 5_199_100, 12_131_300),
    ("ap-southeast-2", 5_236_000, 12_217_300),
    ("ap-southeast-4", 5_236_000, 12_217_300),
    ("ap-southeast-5", 4_679_100, 10_918_100),
    ("ca-central-1", 4_646_000, 10_840_700),
    ("eu-central-1", 5_014_700, 11_701_100),
    ("eu-central-2", 5_516_200, 12_871_200),
    ("eu-north-1", 4_424_800, 10_324_500),
    ("eu-south-1", 4_878_300, 11_382_700),
    ("eu-west-1", 4_646_000, 10_840_700),
    ("eu-west-2", 4_830_400, 11_270_900),
    ("eu-west-3", 4_867_300, 11_356_900),
    ("me-south-1", 5_110_800, 11_925_100),
    ("sa-east-1", 6_637_200, 15_486_700),
    ("us-east-1", 4_166_700, 9_722_200),
    ("us-east-2", 4_166_700, 9_722_200),
    ("us-west-1", 4_904_100, 11_443_000),
    ("us-west-2", 4_166_700, 9_722_200),
];

/// The only region whose prices on arm64 are known.
const ARM64_US_EAST_1: ProvisionedPrice =
    ProvisionedPrice { idle_gb_second_picos: 3_333_400, gb_second_picos: 7_777_800 };

impl ProvisionedPrice {
    /// Looks up the prices in a region; `None` if they are not known.
    ///
    /// ```
    /// use tailwater_parser::price::{Cpu, ProvisionedPrice};
    /// let price = ProvisionedPrice::of("us-east-1", Cpu::X86_64).unwrap();
    /// assert_eq!((price.idle_gb_second_picos, price.gb_second_picos), (4_166_700, 9_722_200));
    /// assert_eq!(ProvisionedPrice::of("eu-west-1", Cpu::Arm64), None);
    /// ```
    #[must_use]
    pub fn of(region: &str, cpu: Cpu) -> Option<Self> {
        match cpu {
            Cpu::X86_64 => X86_64
                .into_iter()
                .find(|(name, ..)| *name == region)
                .map(|(_, idle, run)| Self { idle_gb_second_picos: idle, gb_second_picos: run }),
            Cpu::Arm64 => (region == "us-east-1").then_some(ARM64_US_EAST_1),
        }
    }
}
