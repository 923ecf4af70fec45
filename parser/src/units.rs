//! Units: Unix milliseconds, sizes, memory over time, and money in exact integers.

use std::{fmt, ops::AddAssign, time::Duration};

/// Point in time in milliseconds since 1970-01-01T00:00:00Z, the unit of CloudWatch. Any `i64` is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// Subtracts the duration `earlier` from this time; saturates at `i64::MIN`.
    #[must_use]
    pub fn before(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(earlier.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Absolute difference of two times, in milliseconds.
    #[must_use]
    pub fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// Size in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// Creates a size of `n` mebibytes.
    #[must_use]
    pub const fn mib(n: u64) -> Self {
        Self(n.saturating_mul(1024 * 1024))
    }

    /// Creates a size of `n` kibibytes.
    #[must_use]
    pub const fn kib(n: u64) -> Self {
        Self(n.saturating_mul(1024))
    }
}

impl AddAssign for ByteSize {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match UNITS.iter().find(|(size, _)| self.0 >= *size) {
            Some((size, unit)) if self.0.is_multiple_of(*size) => write!(f, "{} {unit}", self.0 / size),
            Some((size, unit)) => {
                let tenths = u128::from(self.0) * 10 / u128::from(*size);
                write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
            }
            None => write!(f, "{} B", self.0),
        }
    }
}

/// Memory size in mebibytes, which Lambda calls MB. The GB in "GB-second" is 1,024 of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryMib(pub u32);

/// Memory multiplied by time, in MiB x ms. Lambda bills this quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MibMillis(pub u128);

impl MibMillis {
    /// Multiplies `memory` by `time`; fractions of a millisecond are dropped, because AWS bills whole milliseconds.
    #[must_use]
    pub fn of(memory: MemoryMib, time: Duration) -> Self {
        Self(u128::from(memory.0).saturating_mul(time.as_millis()))
    }

    /// Converts to gigabyte-seconds, for display and encoders.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "display only; exact up to 2^53")]
    pub fn gb_seconds(self) -> f64 {
        self.0 as f64 / 1_024_000.0
    }
}

impl AddAssign for MibMillis {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

/// Amount of money in US dollars, as an exact integer.
///
/// The unit is a picodollar divided by 1,024,000, so that MiB x ms x (price per GB-second) needs no rounding: the sum
/// of the costs of any invocations equals the cost of their summed usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i128);

/// Units of [`Usd`] in a picodollar; also the MiB x ms in a GB-second.
const UNITS_PER_PICO: i128 = 1_024_000;

impl Usd {
    /// Zero dollars.
    pub const ZERO: Self = Self(0);

    /// Creates an amount of `picos` picodollars (10^-12 dollars).
    #[must_use]
    pub fn from_picos(picos: u64) -> Self {
        Self(i128::from(picos).saturating_mul(UNITS_PER_PICO))
    }

    /// Cost of `memory_time` at a price in picodollars per GB-second.
    #[must_use]
    pub fn of_memory_time(memory_time: MibMillis, picos_per_gb_second: u64) -> Self {
        let time = i128::try_from(memory_time.0).unwrap_or(i128::MAX);
        Self(time.saturating_mul(i128::from(picos_per_gb_second)))
    }

    /// Multiplies the amount by `n`.
    #[must_use]
    pub fn times(self, n: u64) -> Self {
        Self(self.0.saturating_mul(i128::from(n)))
    }

    /// Subtracts `other`; the difference may be negative.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Multiplies the amount by `numerator` / `denominator`, rounded down to a whole unit; a denominator of 0 is taken
    /// as 1.
    #[must_use]
    pub fn scaled(self, numerator: u64, denominator: u64) -> Self {
        let (by, over) = (i128::from(numerator), i128::from(denominator.max(1)));
        let (whole, rest) = (self.0.div_euclid(over), self.0.rem_euclid(over));
        Self(whole.saturating_mul(by).saturating_add(rest.saturating_mul(by).div_euclid(over)))
    }

    /// Splits the amount into `n` parts, at least one. They add up to it and differ by at most one unit; the larger ones come
    /// first.
    pub fn split(self, n: u64) -> impl Iterator<Item = Self> {
        let n = n.max(1);
        let (each, rest) = (self.0.div_euclid(i128::from(n)), self.0.rem_euclid(i128::from(n)));
        (0..n).map(move |index| Self(each + i128::from(i128::from(index) < rest)))
    }

    /// Part of this amount in a larger one, in millionths, rounded down; `None` if `whole` is not positive.
    #[must_use]
    pub fn millionths_of(self, whole: Self) -> Option<u64> {
        let parts = self.0.saturating_mul(1_000_000).checked_div(whole.0)?;
        u64::try_from(parts).ok().filter(|_| whole.0 > 0)
    }

    /// Converts to dollars as a float, for display and encoders. This is the only conversion of money to a float.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "an encoder's float, 15 digits")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1_024_000.0 / 1e12
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

/// Converts a duration to milliseconds as a float, for encoders: 3312.76, not 3312.7599999999998.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "exact up to 104 days")]
pub fn millis_f64(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_of_costs_equals_cost_of_sum() {
        let one = MibMillis::of(MemoryMib(128), Duration::from_millis(47));
        let mut sum = Usd::ZERO;
        let mut time = MibMillis::default();
        for _ in 0..10_000 {
            sum += Usd::of_memory_time(one, 16_666_700);
            time += one;
        }
        assert_eq!(sum, Usd::of_memory_time(time, 16_666_700));
    }

    #[test]
    fn gb_second_costs_its_list_price() {
        let gb_second = MibMillis::of(MemoryMib(1024), Duration::from_secs(1));
        assert_eq!(Usd::of_memory_time(gb_second, 16_666_700), Usd::from_picos(16_666_700));
        assert!((Usd::from_picos(16_666_700).dollars() - 0.000_016_666_7).abs() < 1e-18);
        assert!((gb_second.gb_seconds() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn scaled_amount_is_rounded_down() {
        let amount = Usd(1_000_000_007);
        assert_eq!(amount.scaled(3, 2), Usd(1_500_000_010));
        assert_eq!(amount.scaled(5, 0), Usd(5_000_000_035));
        assert_eq!(Usd::ZERO.minus(Usd(3)).scaled(1, 2), Usd(-2));
        assert_eq!(Usd(i128::MAX).scaled(u64::MAX, 1), Usd(i128::MAX));
    }

    #[test]
    fn part_is_in_millionths() {
        assert_eq!(Usd(1).millionths_of(Usd(3)), Some(333_333));
        assert_eq!([Usd(1).millionths_of(Usd(0)), Usd(-1).millionths_of(Usd(1))], [None, None]);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        assert_eq!(UnixMillis(i64::MIN).before(Duration::MAX), UnixMillis(i64::MIN));
        assert_eq!(UnixMillis(i64::MIN).distance(UnixMillis(i64::MAX)), u64::MAX);
    }

    #[test]
    fn milliseconds_are_written_without_rounding_error() {
        assert_eq!(millis_f64(Duration::from_micros(3_312_760)).to_string(), "3312.76");
    }

    #[test]
    fn sizes_are_displayed_with_binary_units() {
        let shown: Vec<_> = [0, 1023, 1024, 1536, 268_435_456].map(|n| ByteSize(n).to_string()).into();
        assert_eq!(shown, ["0 B", "1023 B", "1 KiB", "1.5 KiB", "256 MiB"]);
    }
}
