//! Printed form of times.

use tailwater_parser::{UnixMillis, calendar::DateTime};

/// Writes a time in Unix milliseconds as `YYYY-MM-DD HH:MM:SS.mmm`, in UTC.
pub fn print(millis: i64) -> String {
    let DateTime { date, hour, minute, second, millisecond } = DateTime::from(UnixMillis(millis));
    format!(
        "{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}.{millisecond:03}",
        date.year, date.month, date.day
    )
}
