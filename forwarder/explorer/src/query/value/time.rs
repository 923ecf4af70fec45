//! Times: printed form, and rounding to periods in UTC.

use tailwater_parser::{
    UnixMillis,
    calendar::{Date, DateTime},
    timestamp,
};

use super::{
    super::language::period::{Period, PeriodLength, PeriodUnit},
    Value,
};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// A Monday, from which bins of weeks are counted: 1969-12-29.
const FIRST_MONDAY: i64 = -3 * MILLIS_PER_DAY;

/// Greatest distance from 1970 of a time that is rounded: about 200,000 years.
const FARTHEST: i64 = 6_000_000_000_000_000;

/// Writes a time in Unix milliseconds as `YYYY-MM-DD HH:MM:SS.mmm`, in UTC.
pub fn print(millis: i64) -> String {
    let DateTime { date, hour, minute, second, millisecond } = DateTime::from(UnixMillis(millis));
    format!(
        "{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}.{millisecond:03}",
        date.year, date.month, date.day
    )
}

/// Returns the Unix milliseconds that a value is or holds: a time, a number, or a text that is one of them.
pub fn millis_of(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Time(millis) => Some(*millis),
        Value::Text(text) => {
            let number = value.to_number().and_then(|number| number.to_integer());
            number.or_else(|| timestamp::read_all(text.trim()).map(|time| time.0))
        }
        _ => value.to_number().and_then(|number| number.to_integer()),
    }
}

/// Rounds a time down to a period. Bins are counted from 1970-01-01, weeks from Mondays, longer units by the calendar.
pub fn floor(millis: i64, period: Period) -> i64 {
    bounds(millis, period).0
}

/// Rounds a time up to a period.
pub fn ceil(millis: i64, period: Period) -> i64 {
    let (start, end) = bounds(millis, period);
    if start == millis { millis } else { end }
}

/// Returns the start of the period that a time lies in, and that of the next one.
pub fn bounds(millis: i64, period: Period) -> (i64, i64) {
    let millis = millis.clamp(-FARTHEST, FARTHEST);
    match period.length() {
        PeriodLength::Millis(length) => {
            let origin = if period.unit == PeriodUnit::Week { FIRST_MONDAY } else { 0 };
            let start = millis - (millis - origin).rem_euclid(length.max(1));
            (start, start.saturating_add(length))
        }
        PeriodLength::Months(count) => {
            let date = Date::from_days_since_epoch(millis.div_euclid(MILLIS_PER_DAY));
            let month = (date.year - 1970) * 12 + date.month - 1;
            let start = month - month.rem_euclid(count.max(1));
            (first_of_month(start), first_of_month(start.saturating_add(count)))
        }
    }
}

/// Returns the Unix milliseconds of the first day of a month, counted from January 1970.
fn first_of_month(month: i64) -> i64 {
    let (year, month) = (month.div_euclid(12) + 1970, month.rem_euclid(12) + 1);
    Date { year, month, day: 1 }.days_since_epoch().saturating_mul(MILLIS_PER_DAY)
}
