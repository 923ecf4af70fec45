//! Points in time and their spellings in log lines.

use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z, the unit of CloudWatch timestamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// Calendar fields of a timestamp, in UTC.
struct Calendar {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    millisecond: u64,
}

const DAY_MS: u64 = 86_400_000;

impl Timestamp {
    /// Adds a duration, truncated to whole milliseconds.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        Self(self.0 + whole_ms(later))
    }

    /// Subtracts a duration, truncated to whole milliseconds; saturates at 0.
    #[must_use]
    pub fn before(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(whole_ms(earlier)))
    }

    /// ISO 8601 with milliseconds: `2026-03-04T10:00:00.123Z`.
    #[must_use]
    pub fn iso(self) -> String {
        format!("{}.{:03}Z", self.iso_second(), self.0 % 1000)
    }

    /// ISO 8601 to the second, without a time zone: `2026-03-04T10:00:00`.
    #[must_use]
    pub fn iso_second(self) -> String {
        let Calendar { year, month, day, hour, minute, second, .. } = self.calendar();
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }

    /// Date as in the prefix of a log stream's name: `2026/03/04`.
    #[must_use]
    pub fn day_path(self) -> String {
        let Calendar { year, month, day, .. } = self.calendar();
        format!("{year}/{month:02}/{day:02}")
    }

    /// Date and hour as in the prefix of an object that Firehose writes to S3: `2026/03/04/10`.
    #[must_use]
    pub fn hour_path(self) -> String {
        format!("{}/{:02}", self.day_path(), self.calendar().hour)
    }

    /// Time as Python's `logging` writes it: `2026-03-04 10:00:00,123`.
    #[must_use]
    pub fn with_comma(self) -> String {
        format!("{},{:03}", self.iso_second().replace('T', " "), self.calendar().millisecond)
    }

    fn calendar(self) -> Calendar {
        let (year, day_of_year) = year_of(self.0 / DAY_MS);
        let (month, day) = month_of(day_of_year, year);
        let in_day = self.0 % DAY_MS;
        Calendar {
            year,
            month,
            day,
            hour: in_day / 3_600_000,
            minute: in_day / 60_000 % 60,
            second: in_day / 1000 % 60,
            millisecond: in_day % 1000,
        }
    }
}

/// Converts a duration to whole milliseconds, rounded down.
fn whole_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).expect("spans of a log are short")
}

/// Converts days since 1970-01-01 to a year and a zero-based day of that year.
fn year_of(mut days: u64) -> (u64, u64) {
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    (year, days)
}

/// Converts a zero-based day of a year to a month and a day of the month, both from 1.
fn month_of(mut day: u64, year: u64) -> (u64, u64) {
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30];
    for (month, length) in (1..).zip(lengths) {
        if day < length {
            return (month, day + 1);
        }
        day -= length;
    }
    (12, day + 1)
}

/// True if the year has a 29 February. Valid from 1970 to 2199: 2100 is the only exception to the rule of four years.
fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && year != 2100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ms: u64, expected: &str) {
        assert_eq!(Timestamp(ms).iso(), expected);
    }

    #[test]
    fn iso_time_is_in_utc() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(1_772_618_400_123, "2026-03-04T10:00:00.123Z");
        check(1_709_164_799_999, "2024-02-28T23:59:59.999Z");
        check(1_709_164_800_000, "2024-02-29T00:00:00.000Z");
        check(1_798_761_599_000, "2026-12-31T23:59:59.000Z");
    }

    #[test]
    fn hour_path_and_python_time_have_their_format() {
        assert_eq!(Timestamp(1_772_618_400_123).hour_path(), "2026/03/04/10");
        assert_eq!(Timestamp(1_772_618_400_123).with_comma(), "2026-03-04 10:00:00,123");
    }
}
