//! Formatting of numbers, times and money for people: `48,213`, `0.94 %`, `1.24 s`, `$0.412`, `4 Mar 2026 10:00 UTC`.

mod width;

use std::time::Duration;

use jiff::Timestamp;
use tailwater_parser::{UnixMillis, Usd};

pub use self::width::{head, tail, width};
use super::share::Share;

/// Text for an unknown value.
pub const UNKNOWN: &str = "—";

/// Formats a count with separated thousands: `48,213`.
#[must_use]
pub fn count(n: u64) -> String {
    group_thousands(&n.to_string())
}

fn group_thousands(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Formats a count with its noun, in the plural where it is not 1: `1 event`, `2 events`.
#[must_use]
pub fn plural(n: u64, noun: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(n))
}

/// Formats a share as a percentage with two significant digits: `0.94 %`, `3.1 %`, `42 %`. `0 %` is exactly 0, and
/// `100 %` is exactly all.
#[must_use]
pub fn percent(share: Share) -> String {
    let (part, whole) = (u128::from(share.part), u128::from(share.whole));
    if whole == 0 {
        return UNKNOWN.to_owned();
    }
    let [hundredths, tenths, percents] = [10_000, 1_000, 100].map(|scale| rounded(part * scale, whole));
    match () {
        () if part == 0 => "0 %".to_owned(),
        () if hundredths == 0 => "<0.01 %".to_owned(),
        () if hundredths < 100 => format!("0.{hundredths:02} %"),
        () if tenths < 100 => format!("{}.{} %", tenths / 10, tenths % 10),
        () if percents >= 100 && part < whole => ">99 %".to_owned(),
        () => format!("{percents} %"),
    }
}

const MICROSECOND: u128 = 1_000;
const MILLISECOND: u128 = 1_000 * MICROSECOND;
const SECOND: u128 = 1_000 * MILLISECOND;
const MINUTE: u128 = 60 * SECOND;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;

/// Formats a duration with two or three significant digits: `2.4 ms`, `768 ms`, `1.24 s`, `2 min 3 s`, `1 h 3 min`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let nanos = time.as_nanos();
    let in_units_of = |unit| rounded(nanos, unit);
    let [ten_micros, tenth_millis, millis] =
        [10 * MICROSECOND, MILLISECOND / 10, MILLISECOND].map(in_units_of);
    let [centis, tenths, seconds, minutes] = [SECOND / 100, SECOND / 10, SECOND, MINUTE].map(in_units_of);
    match () {
        () if ten_micros == 0 => "0 ms".to_owned(),
        () if ten_micros < 100 => format!("0.{ten_micros:02} ms"),
        () if tenth_millis < 100 => format!("{}.{} ms", tenth_millis / 10, tenth_millis % 10),
        () if millis < 1_000 => format!("{millis} ms"),
        () if centis < 1_000 => format!("{}.{:02} s", centis / 100, centis % 100),
        () if tenths < 600 => format!("{}.{} s", tenths / 10, tenths % 10),
        () if seconds < 3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        () => format!("{} h {} min", group_thousands(&(minutes / 60).to_string()), minutes % 60),
    }
}

/// Formats a duration rounded to one unit: `42 s`, `2 min`, `24 h`, `7 d`.
#[must_use]
pub fn span(time: Duration) -> String {
    let [seconds, minutes, hours, days] =
        [SECOND, MINUTE, HOUR, DAY].map(|unit| rounded(time.as_nanos(), unit));
    match () {
        () if seconds < 60 => format!("{seconds} s"),
        () if minutes < 60 => format!("{minutes} min"),
        () if hours < 48 => format!("{hours} h"),
        () => format!("{} d", group_thousands(&days.to_string())),
    }
}

fn rounded(value: u128, unit: u128) -> u128 {
    (value + unit / 2) / unit
}

/// Formats US dollars: `$1,234.50`, `$0.412`, `$0.000012`. An amount of at least one dollar has two decimals;
/// a smaller one has three, or as many as two significant digits need. An amount below the price of one
/// request becomes `<$0.0000001`.
#[must_use]
pub fn dollars(money: Usd) -> String {
    let dollars = money.dollars();
    if money == Usd::ZERO {
        return "$0".to_owned();
    }
    if dollars < 1e-7 {
        return "<$0.0000001".to_owned();
    }
    if dollars < 0.999_5 {
        let decimals = (3..8).find(|decimals| dollars * 10_f64.powi(*decimals) >= 9.95);
        let decimals = decimals.and_then(|decimals| usize::try_from(decimals).ok()).unwrap_or(8);
        return format!("${dollars:.decimals$}");
    }
    let text = format!("{dollars:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    format!("${}.{cents}", group_thousands(whole))
}

/// Formats an amount of a month: whole dollars from ten dollars on, `$412`, else as [`dollars`] does.
#[must_use]
pub fn dollars_per_month(money: Usd) -> String {
    let dollars_and_cents = dollars(money);
    if money.dollars() < 9.995 {
        return dollars_and_cents;
    }
    format!("${}", group_thousands(&format!("{:.0}", money.dollars())))
}

/// Formats events per second, cut to three significant digits: `388,000`. `None` if `time` is 0.
#[must_use]
pub fn rate(events: u64, time: Duration) -> Option<String> {
    let per_second = (u128::from(events) * SECOND).checked_div(time.as_nanos())?;
    let zeros = per_second.to_string().len().saturating_sub(3);
    let step = 10_u128.checked_pow(u32::try_from(zeros).ok()?)?;
    Some(group_thousands(&(per_second / step * step).to_string()))
}

/// Formats a date and time: `4 Mar 2026 10:00 UTC`.
#[must_use]
pub fn date_time(time: UnixMillis) -> String {
    strftime(time, "%-d %b %Y %H:%M UTC")
}

/// Formats a date: `2026-03-04`.
#[must_use]
pub fn date(time: UnixMillis) -> String {
    strftime(time, "%F")
}

/// Formats a day and month: `4 Mar`.
#[must_use]
pub fn day(time: UnixMillis) -> String {
    strftime(time, "%-d %b")
}

/// Formats a time without the date if it is on the same day (UTC) as `day`: `14:20`, else `3 Mar 14:20`.
#[must_use]
pub fn short_time(time: UnixMillis, day: UnixMillis) -> String {
    const DATE: &str = "%F";
    let same_day = strftime(time, DATE) == strftime(day, DATE);
    strftime(time, if same_day { "%H:%M" } else { "%-d %b %H:%M" })
}

/// Formats a time as `strftime` does. A time outside the calendar, which logs can contain, becomes [`UNKNOWN`].
fn strftime(time: UnixMillis, format: &str) -> String {
    let timestamp = Timestamp::from_millisecond(time.0);
    timestamp.map_or_else(|_| UNKNOWN.to_owned(), |timestamp| timestamp.strftime(format).to_string())
}

#[cfg(test)]
mod tests;
