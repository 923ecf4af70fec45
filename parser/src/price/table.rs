//! The embedded price table, parsed once.

use std::sync::LazyLock;

use super::{Basis, Cpu, Price};

/// CSV with a header line and one row for each region and architecture. Prices are in units of the column `currency`.
const TABLE: &str = include_str!("table.csv");

/// Rows of the table, sorted by region and architecture.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows: Vec<_> = TABLE.lines().skip(1).filter_map(read).collect();
    rows.sort_unstable_by_key(|row| (row.region, row.cpu));
    rows
});

/// Row of the price table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) region: &'static str,
    pub(super) cpu: Cpu,
    pub(super) currency: Currency,
    pub(super) price: Price,
}

/// Currency of a region's prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Currency {
    Usd,
    Cny,
}

/// Rows of a region; empty if the table does not have it.
pub(super) fn rows_of(region: &str) -> &'static [Row] {
    let from = ROWS.partition_point(|row| row.region < region);
    let rest = ROWS.get(from..).unwrap_or_default();
    let n_rows = rest.partition_point(|row| row.region == region);
    rest.get(..n_rows).unwrap_or_default()
}

fn read(line: &'static str) -> Option<Row> {
    let mut columns = line.split(',');
    let mut next = || columns.next();
    let (region, cpu) = (next()?, Cpu::read(next()?)?);
    let (request, gb_second, tmp) = (picos(next()?)?, picos(next()?)?, next()?);
    let currency = match next()? {
        "USD" => Currency::Usd,
        "CNY" => Currency::Cny,
        _ => return None,
    };
    let as_of = next()?;
    let basis = match next()? {
        "listed" => Basis::Listed,
        "assumed" => Basis::Assumed,
        _ => return None,
    };
    let price = Price {
        request_picos: request,
        gb_second_picos: gb_second,
        tmp_gb_second_picos: if tmp.is_empty() { None } else { Some(picos(tmp)?) },
        as_of,
        basis,
        note: next()?,
    };
    Some(Row { region, cpu, currency, price })
}

/// Parses a decimal number with at most twelve decimal places, exactly, as 10^-12 of its unit.
fn picos(decimal: &str) -> Option<u64> {
    const PLACES: usize = 12;
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let zeros = PLACES.checked_sub(fraction.len())?;
    format!("{whole}{fraction}{}", "0".repeat(zeros)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_are_parsed() {
        assert_eq!(TABLE.lines().next(), Some("region,cpu,request,gb_second,tmp,currency,as_of,basis,note"));
        for line in TABLE.lines().skip(1) {
            assert!(read(line).is_some(), "{line}");
        }
    }

    #[test]
    fn region_and_architecture_are_unique() {
        let pairs: Vec<_> = ROWS.iter().map(|row| (row.region, row.cpu)).collect();
        assert!(pairs.windows(2).all(|two| two[0] < two[1]), "{pairs:?}");
    }

    #[test]
    fn all_prices_have_a_date_and_a_source() {
        let lacks = |row: &&Row| row.price.as_of.is_empty() || row.price.note.is_empty();
        assert_eq!(ROWS.iter().find(lacks).map(|row| row.region), None);
    }

    #[test]
    fn arm64_is_a_fifth_cheaper_in_every_region() {
        for rows in ROWS.chunk_by(|a, b| a.region == b.region) {
            if let [x86, arm] = rows {
                let ratio = arm.price.gb_second_picos * 1000 / x86.price.gb_second_picos;
                assert!((798..=801).contains(&ratio), "{} {ratio}", x86.region);
            }
        }
    }

    #[test]
    fn decimals_are_parsed_exactly() {
        assert_eq!(picos("0.0000166667"), Some(16_666_700));
        assert_eq!(picos("1.5"), Some(1_500_000_000_000));
        assert_eq!(picos("2"), Some(2_000_000_000_000));
        assert_eq!(picos("0.0000000000001"), None);
        assert_eq!(picos("-"), None);
    }
}
