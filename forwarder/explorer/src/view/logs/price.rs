//! Prices of CloudWatch Logs by region: ingestion of vended logs by monthly volume, and storage.
//!
//! They are from copies of AWS's price list. Prices of higher volumes are known for two regions only; an unknown price is
//! never derived from that of another region.

use std::fmt;

use tailwater_parser::Usd;

/// Date of the newest copy of the price list.
pub(super) const AS_OF: &str = "2026-10";

/// Bytes of a GB, as CloudWatch bills it.
const GB: u64 = 1 << 30;
/// Bytes of a TB, as CloudWatch bills it.
const TB: u64 = 1 << 40;

/// Monthly bytes up to which each price of ingestion holds; the last price has no end.
const TIER_ENDS: [u64; 4] = [10 * TB, 30 * TB, 50 * TB, u64::MAX];

const US_EAST: [u64; 4] = [500, 250, 100, 50];
const US_EAST_INFREQUENT: [u64; 4] = [250, 150, 75, 50];

/// Prices of a region in thousandths of a dollar per GB, of storage in ten-thousandths.
struct Row {
    region: &'static str,
    /// Prices of ingestion by volume; a single one if those of higher volumes are unknown.
    standard: &'static [u64],
    /// The same of the class Infrequent Access; empty if unknown.
    infrequent: &'static [u64],
    storage: Option<u64>,
}

const fn row(region: &'static str, standard: &'static [u64], storage: Option<u64>) -> Row {
    Row { region, standard, infrequent: &[], storage }
}

const ROWS: [Row; 10] = [
    Row { infrequent: &US_EAST_INFREQUENT, ..row("us-east-1", &US_EAST, Some(300)) },
    Row { infrequent: &US_EAST_INFREQUENT, ..row("us-east-2", &US_EAST, Some(300)) },
    row("us-west-1", &[670], Some(330)),
    row("eu-west-1", &[570], Some(300)),
    row("eu-central-1", &[630], Some(324)),
    row("ap-south-1", &[670], None),
    row("ap-southeast-1", &[700], Some(300)),
    row("ap-southeast-2", &[670], Some(330)),
    row("ap-northeast-1", &[760], Some(330)),
    Row { infrequent: &[380], ..row("ap-northeast-2", &[760], Some(314)) },
];

/// Price of a GB of ingested logs in picodollars, as `--log-price` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPrice(u64);

impl LogPrice {
    /// Parses dollars per GB, such as `0.57`, with at most 12 decimals; `None` for other text.
    ///
    /// ```
    /// use tailwater_explorer::view::logs::LogPrice;
    /// assert!(LogPrice::read("0.57").is_some());
    /// assert!(LogPrice::read("-1").is_none());
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        const DECIMALS: usize = 12;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || fraction.len() > DECIMALS {
            return None;
        }
        let dollars: u64 = whole.parse().ok()?;
        let picos: u64 = format!("{fraction:0<DECIMALS$}").parse().ok()?;
        dollars.checked_mul(1_000_000_000_000)?.checked_add(picos).map(Self)
    }
}

impl fmt::Display for LogPrice {
    /// Writes the price as [`Self::read`] parses it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PICOS: u64 = 1_000_000_000_000;
        write!(f, "{}.{:012}", self.0 / PICOS, self.0 % PICOS)
    }
}

/// Prices of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    standard: Tiers,
    /// Prices of the class Infrequent Access; `None` if they are unknown.
    pub(super) infrequent: Option<Tiers>,
    /// Price of a GB stored for a month, in picodollars.
    storage: Option<u64>,
}

/// Prices of a GB of ingestion by monthly volume, in picodollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tiers {
    first: u64,
    /// Prices in thousandths of a dollar; empty if only `first` is known.
    all: &'static [u64],
    /// True if `first` is the price of any volume.
    is_flat: bool,
}

const PICOS_PER_MILLI: u64 = 1_000_000_000;

impl Tiers {
    fn of(all: &'static [u64]) -> Option<Self> {
        let first = all.first()?.saturating_mul(PICOS_PER_MILLI);
        Some(Self { first, all, is_flat: false })
    }

    /// Price of bytes at the price of the first tier.
    pub(super) fn first_tier(self, bytes: u64) -> Usd {
        Usd::from_picos(self.first).scaled(bytes, GB)
    }

    /// Price of all bytes that an account ingests in a month; `None` if the price of so many is unknown.
    pub(super) fn month(self, bytes: u64) -> Option<Usd> {
        if self.is_flat {
            return Some(self.first_tier(bytes));
        }
        let (mut from, mut sum) = (0, Usd::ZERO);
        for (end, price) in TIER_ENDS.into_iter().zip(self.all) {
            let part = bytes.min(end).saturating_sub(from);
            sum += Usd::from_picos(price.saturating_mul(PICOS_PER_MILLI)).scaled(part, GB);
            from = end;
        }
        (bytes <= from).then_some(sum)
    }
}

impl Prices {
    /// Prices of a region; `None` if they are unknown. `given` replaces the price of ingestion.
    pub(super) fn of(region: Option<&str>, given: Option<LogPrice>) -> Option<Self> {
        let row = ROWS.iter().find(|row| region == Some(row.region));
        let listed = row.and_then(|row| Tiers::of(row.standard));
        let given = given.map(|LogPrice(first)| Tiers { first, all: &[], is_flat: true });
        Some(Self {
            standard: given.or(listed)?,
            infrequent: row.and_then(|row| Tiers::of(row.infrequent)).filter(|_| given.is_none()),
            storage: row.and_then(|row| row.storage).map(|price| price * (PICOS_PER_MILLI / 10)),
        })
    }

    /// Price of ingestion of bytes at the price of the first tier.
    pub(super) fn ingestion(&self, bytes: u64) -> Usd {
        self.standard.first_tier(bytes)
    }

    /// Price of ingestion of all bytes of an account in a month; `None` if the price of so many is unknown.
    pub(super) fn month(&self, bytes: u64) -> Option<Usd> {
        self.standard.month(bytes)
    }

    /// Price of storing bytes for a month; `None` if it is unknown.
    pub(super) fn storage(&self, bytes: u64) -> Option<Usd> {
        Some(Usd::from_picos(self.storage?).scaled(bytes, GB))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(region: &str, bytes: u64) -> Option<f64> {
        Some(Prices::of(Some(region), None)?.month(bytes)?.dollars())
    }

    #[test]
    fn volume_lowers_the_price() {
        // 10 TB x .50 + 20 TB x .25 + 20 TB x .10 + 10 TB x .05 = 5,120 + 5,120 + 2,048 + 512 dollars.
        assert_eq!(month("us-east-1", 60 * TB), Some(12_800.0));
        assert_eq!(month("us-east-2", 10 * TB), Some(5_120.0));
        assert_eq!(
            Prices::of(Some("us-east-1"), None).unwrap().ingestion(GB),
            Usd::from_picos(500_000_000_000)
        );
    }

    #[test]
    fn unknown_prices_are_not_derived() {
        assert_eq!(month("eu-west-1", 10 * TB), Some(5_836.8));
        assert_eq!(month("eu-west-1", 10 * TB + 1), None);
        assert_eq!(Prices::of(Some("us-west-2"), None), None);
        assert_eq!(Prices::of(None, None), None);
        assert_eq!(Prices::of(Some("ap-south-1"), None).unwrap().storage(GB), None);
        assert_eq!(
            Prices::of(Some("eu-central-1"), None).unwrap().storage(GB).map(Usd::dollars),
            Some(0.0324)
        );
    }

    #[test]
    fn given_price_holds_for_any_region_and_volume() {
        let prices = Prices::of(Some("us-west-2"), LogPrice::read("0.25")).unwrap();
        assert_eq!(prices.month(100 * TB).map(Usd::dollars), Some(25_600.0));
        assert_eq!(prices.storage(GB), None);
        for text in ["", ".", "1.", ".5", "1e3", "0.0000000000001", "99999999999999999999"] {
            assert_eq!(LogPrice::read(text), None, "{text}");
        }
        assert_eq!(LogPrice::read("2"), Some(LogPrice(2_000_000_000_000)));
        let price = LogPrice::read("0.57").unwrap();
        assert_eq!((price, LogPrice::read(&price.to_string())), (LogPrice(570_000_000_000), Some(price)));
    }
}
