//! Time that a log line states, for events that have no other time.

use super::{App, Dialect, Line, members::Members, parse};
use crate::{
    json::{self, Value},
    timestamp,
    units::UnixMillis,
};

/// Parses the time that a log line states: the one in its prefix or layout, or in its JSON; `None` if it states none. A
/// time without an offset is UTC, as Lambda's clock is.
///
/// ```
/// use tailwater_parser::{UnixMillis, line::time_of};
/// assert_eq!(time_of(r#"{"ts":1755087337.85,"msg":"ready"}"#), Some(UnixMillis(1_755_087_337_850)));
/// assert_eq!(time_of("[INFO]\t2025-12-10T08:20:59.7Z\t682deccd\tready"), Some(UnixMillis(1_765_354_859_007)));
/// assert_eq!(time_of("ready"), None);
/// ```
#[must_use]
pub fn time_of(text: &str) -> Option<UnixMillis> {
    if text.trim_ascii_start().starts_with('{') {
        return Members::of(text)?.time();
    }
    let line = parse(text);
    let own = if let Line::App(app) = &line { app.time() } else { None };
    own.or_else(|| timestamp::read(text.trim_start_matches('[')).map(|(time, _)| time))
}

impl App<'_> {
    /// Parses the time in the line; `None` if it has none, or only one that is no point in time.
    #[must_use]
    pub fn time(&self) -> Option<UnixMillis> {
        let text = self.timestamp?;
        match self.dialect {
            Dialect::Python => timestamp::read_unpadded(text).map(|(time, _)| time),
            Dialect::Go => timestamp::read_slashed(text).map(|(time, _)| time),
            Dialect::Node
            | Dialect::Java
            | Dialect::DotNet
            | Dialect::Ruby
            | Dialect::Json
            | Dialect::Text => read(text),
        }
    }
}

impl Members<'_> {
    /// Time of the line: that of a member, else the one of the metrics that it declares.
    fn time(&self) -> Option<UnixMillis> {
        let of_metrics = || emf_time(self.metrics?);
        self.timestamp.and_then(read).or_else(of_metrics)
    }
}

/// Time of the metrics in the declaration `_aws`.
fn emf_time(declaration: Value<'_>) -> Option<UnixMillis> {
    let mut time = None;
    json::members(declaration.raw, |name, value| {
        if name == "Timestamp" {
            time = epoch(value.raw);
        }
    })?;
    time
}

/// Parses a time as a member states it: a date, a number since 1970, or Log4j's `{"epochSecond":…,"nanoOfSecond":…}`.
fn read(text: &str) -> Option<UnixMillis> {
    if text.starts_with('{') {
        return instant(text);
    }
    epoch(text).or_else(|| timestamp::read_all(text)).or_else(|| Some(timestamp::read_slashed(text)?.0))
}

fn instant(text: &str) -> Option<UnixMillis> {
    let (mut seconds, mut nanos) = (None, 0);
    json::members(text, |name, value| match name {
        "epochSecond" => seconds = value.raw.parse::<i64>().ok(),
        "nanoOfSecond" => nanos = value.raw.parse::<i64>().unwrap_or(0),
        _ => {}
    })?;
    Some(UnixMillis(seconds?.checked_mul(1000)?.checked_add(nanos / 1_000_000)?))
}

/// Parses a number of seconds, milliseconds, microseconds or nanoseconds since 1970. The magnitude tells the unit: the
/// same number in the next greater unit would be thousands of years later.
pub(super) fn epoch(text: &str) -> Option<UnixMillis> {
    if text.contains(['e', 'E']) {
        return epoch(&format!("{:.3}", text.parse::<f64>().ok().filter(|number| number.is_finite())?));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = whole.parse().ok()?;
    let is_number = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let millis = match number.unsigned_abs() {
        0..100_000_000_000 => number.checked_mul(1000)?.checked_add(thousandths(fraction))?,
        100_000_000_000..100_000_000_000_000 => number,
        100_000_000_000_000..100_000_000_000_000_000 => number / 1_000,
        100_000_000_000_000_000.. => number / 1_000_000,
    };
    is_number.then_some(UnixMillis(millis))
}

/// First three digits of a fraction.
fn thousandths(fraction: &str) -> i64 {
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    digits.fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}
