//! The Gregorian calendar in UTC: conversion between dates and days since 1970-01-01.

use crate::units::UnixMillis;

/// Date in the Gregorian calendar, which is also used for days before its introduction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year; 0 is 1 BC.
    pub year: i64,
    /// Month from 1 to 12.
    pub month: i64,
    /// Day of the month from 1.
    pub day: i64,
}

/// Date and time of day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// Date.
    pub date: Date,
    /// Hour from 0 to 23.
    pub hour: i64,
    /// Minute from 0 to 59.
    pub minute: i64,
    /// Second from 0 to 59.
    pub second: i64,
    /// Millisecond from 0 to 999.
    pub millisecond: i64,
}

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Days in 400 years, after which the leap years repeat.
const DAYS_IN_ERA: i64 = 146_097;

impl Date {
    /// Number of days from 1970-01-01 to this date; negative before it.
    ///
    /// A day after the end of its month counts on into the next month. The year must be within 10^15 of 0.
    ///
    /// ```
    /// use tailwater_parser::calendar::Date;
    /// assert_eq!(Date { year: 2000, month: 2, day: 29 }.days_since_epoch(), 11_016);
    /// ```
    #[inline]
    #[must_use]
    pub fn days_since_epoch(self) -> i64 {
        let Self { year, month, day } = self;
        // Years begin in March here, so that a leap day is the last day of its year.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_IN_ERA + day_of_era - EPOCH
    }

    /// True if the calendar has this date: 2026-02-28, but not 2026-02-29.
    ///
    /// ```
    /// use tailwater_parser::calendar::Date;
    /// assert!(Date { year: 2024, month: 2, day: 29 }.exists());
    /// assert!(!Date { year: 2026, month: 2, day: 29 }.exists());
    /// ```
    #[must_use]
    pub fn exists(self) -> bool {
        (1..=12).contains(&self.month) && (1..=self.days_in_month()).contains(&self.day)
    }

    /// Number of days of this date's month, which must be from 1 to 12.
    #[must_use]
    pub fn days_in_month(self) -> i64 {
        let Self { year, month, .. } = self;
        match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Creates the date that is `days` days after 1970-01-01.
    ///
    /// ```
    /// use tailwater_parser::calendar::Date;
    /// assert_eq!(Date::from_days_since_epoch(11_016), Date { year: 2000, month: 2, day: 29 });
    /// ```
    #[must_use]
    pub fn from_days_since_epoch(days: i64) -> Self {
        let days = days.saturating_add(EPOCH);
        let (era, day_of_era) = (days.div_euclid(DAYS_IN_ERA), days.rem_euclid(DAYS_IN_ERA));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months are counted from March here.
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        Self { year: era * 400 + year_of_era + i64::from(month <= 2), month, day }
    }
}

impl From<UnixMillis> for DateTime {
    /// Converts a time to UTC; all values of `i64` are valid.
    ///
    /// ```
    /// use tailwater_parser::{UnixMillis, calendar::{Date, DateTime}};
    /// let DateTime { date, hour, minute, second, millisecond } = UnixMillis(1_772_618_400_123).into();
    /// assert_eq!(date, Date { year: 2026, month: 3, day: 4 });
    /// assert_eq!((hour, minute, second, millisecond), (10, 0, 0, 123));
    /// ```
    fn from(time: UnixMillis) -> Self {
        let seconds = time.0.div_euclid(1000);
        let minutes = seconds.div_euclid(60);
        let hours = minutes.div_euclid(60);
        Self {
            date: Date::from_days_since_epoch(hours.div_euclid(24)),
            hour: hours.rem_euclid(24),
            minute: minutes.rem_euclid(60),
            second: seconds.rem_euclid(60),
            millisecond: time.0.rem_euclid(1000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp;

    /// Converts the text to a time and back; `expected` is the time in UTC.
    fn check(text: &str, expected: &str) {
        let DateTime { date: Date { year, month, day }, hour, minute, second, millisecond } =
            timestamp::read_all(text).unwrap().into();
        let written =
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millisecond:03}");
        assert_eq!(written, expected, "{text}");
    }

    #[test]
    fn exactly_the_dates_of_the_calendar_exist() {
        for year in [1900, 2000, 2023, 2024, 2026] {
            for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let date = Date { year, month, day };
                let is_within = (1..=12).contains(&month) && (1..=31).contains(&day);
                let returns = is_within && Date::from_days_since_epoch(date.days_since_epoch()) == date;
                assert_eq!(date.exists(), returns, "{date:?}");
            }
        }
    }

    #[test]
    fn times_are_split_in_utc() {
        check("1969-12-31T23:59:59.999Z", "1969-12-31 23:59:59.999");
        check("2000-02-29T00:00:00Z", "2000-02-29 00:00:00.000");
        check("2024-02-29T23:59:59.123-01:30", "2024-03-01 01:29:59.123");
        check("2100-02-28T23:00:00Z", "2100-02-28 23:00:00.000");
        check("2100-03-01T01:00:00Z", "2100-03-01 01:00:00.000");
        check("0001-01-01T00:00:00Z", "0001-01-01 00:00:00.000");
    }

    #[test]
    fn dates_are_consecutive_and_round_trip() {
        let mut before = Date::from_days_since_epoch(-800_001);
        for days in -800_000..800_000 {
            let date = Date::from_days_since_epoch(days);
            let follows = date == Date { day: before.day + 1, ..before }
                || date == Date { month: before.month + 1, day: 1, ..before }
                || date == Date { year: before.year + 1, month: 1, day: 1 };
            assert!(follows, "{before:?} then {date:?}");
            assert_eq!(date.days_since_epoch(), days);
            before = date;
        }
    }

    #[test]
    fn extreme_times_have_a_date() {
        let years = [i64::MIN, i64::MAX].map(|time| DateTime::from(UnixMillis(time)).date.year);
        assert_eq!(years, [-292_275_055, 292_278_994]);
        for days in [i64::MIN, i64::MAX] {
            assert!((1..=12).contains(&Date::from_days_since_epoch(days).month));
        }
    }
}
