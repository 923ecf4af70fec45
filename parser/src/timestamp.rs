//! Parser for the timestamps in log lines, without regular expressions and without a time zone database.

use crate::{calendar::Date, units::UnixMillis};

/// A time, and the text after it.
pub type Timestamp<'a> = (UnixMillis, &'a str);

/// Parses a timestamp at the start of `text`; `None` if there is none.
///
/// The form is `YYYY-MM-DD`, `T` or a space, `hh:mm:ss`, an optional fraction after `.` or `,`, and `Z`, an offset (which
/// may be in parentheses after a space) or nothing (then UTC). Digits below a millisecond are dropped.
///
/// ```
/// use tailwater_parser::{timestamp, UnixMillis};
/// let (time, rest) = timestamp::read("2020-06-09T15:02:26.150Z tail").unwrap();
/// assert_eq!((time, rest), (UnixMillis(1_591_714_946_150), " tail"));
/// ```
#[must_use]
pub fn read(text: &str) -> Option<Timestamp<'_>> {
    read_with(text, b'-', Fraction::Decimal)
}

/// Parses a timestamp like [`read`], but a fraction of at most three digits is a number of milliseconds: `.7` is 7 ms.
/// Python's `%(msecs)d` writes no leading zeros.
#[must_use]
pub fn read_unpadded(text: &str) -> Option<Timestamp<'_>> {
    read_with(text, b'-', Fraction::Unpadded)
}

/// Parses a timestamp like [`read`] whose date has slashes, as Go's standard logger writes it.
#[must_use]
pub fn read_slashed(text: &str) -> Option<Timestamp<'_>> {
    read_with(text, b'/', Fraction::Decimal)
}

/// Meaning of the digits after the seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fraction {
    /// Decimal fraction of a second.
    Decimal,
    /// Number of milliseconds without leading zeros; a decimal fraction if it has more than three digits.
    Unpadded,
}

fn read_with(text: &str, separator: u8, fraction: Fraction) -> Option<Timestamp<'_>> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let year = scan.digits(4)?;
    scan.byte(&[separator])?;
    let month = scan.digits(2)?;
    scan.byte(&[separator])?;
    let day = scan.digits(2)?;
    scan.byte(b"T t")?;
    let hour = scan.digits(2)?;
    scan.byte(b":")?;
    let minute = scan.digits(2)?;
    scan.byte(b":")?;
    let second = scan.digits(2)?;
    let date = Date { year, month, day };
    let exists = date.exists() && hour < 24 && minute < 60 && second < 61;
    exists.then_some(())?;
    let millis = scan.fraction(fraction);
    let offset_minutes = scan.offset()?;
    let days = date.days_since_epoch();
    let minutes = (days * 24 + hour) * 60 + minute - offset_minutes;
    Some((UnixMillis((minutes * 60 + second) * 1000 + millis), text.get(scan.at..)?))
}

/// Parses a text that is nothing but a timestamp. A space may separate the offset, and `UTC` may follow it: `+0000 UTC`.
#[must_use]
pub fn read_all(text: &str) -> Option<UnixMillis> {
    let (time, rest) = read(text)?;
    if rest.is_empty() {
        return Some(time);
    }
    let rest = rest.strip_prefix(' ')?;
    let zone = rest.strip_suffix("UTC").or_else(|| rest.strip_suffix("GMT")).unwrap_or(rest).trim_ascii_end();
    let mut scan = Scan { bytes: zone.as_bytes(), at: 0 };
    let offset_minutes = scan.offset()?;
    (scan.at == zone.len()).then_some(UnixMillis(time.0 - offset_minutes * 60_000))
}

/// Reads a text that is a date, which means its beginning in UTC, or a timestamp as for [`read_all`].
///
/// ```
/// use tailwater_parser::{timestamp, UnixMillis};
/// assert_eq!(timestamp::read_day_or_time("1970-01-02"), Some(UnixMillis(86_400_000)));
/// ```
#[must_use]
pub fn read_day_or_time(text: &str) -> Option<UnixMillis> {
    read_all(text).or_else(|| read_all(&format!("{text}T00:00:00Z")))
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn byte(&mut self, allowed: &[u8]) -> Option<u8> {
        let found = self.peek().filter(|byte| allowed.contains(byte))?;
        self.at += 1;
        Some(found)
    }

    fn digit(&mut self) -> Option<i64> {
        let digit = self.peek().filter(u8::is_ascii_digit)?;
        self.at += 1;
        Some(i64::from(digit - b'0'))
    }

    fn digits(&mut self, n: usize) -> Option<i64> {
        (0..n).try_fold(0, |value, _| Some(value * 10 + self.digit()?))
    }

    /// Milliseconds in the fraction of a second; 0 if there is none.
    fn fraction(&mut self, fraction: Fraction) -> i64 {
        let before = self.at;
        if self.byte(b".,").is_none() {
            return 0;
        }
        let (mut millis, mut weight) = (0, 100);
        while let Some(digit) = self.digit() {
            millis += digit * weight;
            weight /= 10;
        }
        match (fraction, self.at - before - 1) {
            (Fraction::Decimal | Fraction::Unpadded, 0) => self.at = before, // A full stop after the time, not a fraction.
            (Fraction::Unpadded, 1) => millis /= 100,
            (Fraction::Unpadded, 2) => millis /= 10,
            (Fraction::Unpadded | Fraction::Decimal, _) => {}
        }
        millis
    }

    /// Offset from UTC in minutes: `Z`, `+02:00`, `+0200`, `+02`, ` (+02:00)`, or 0 if nothing follows.
    fn offset(&mut self) -> Option<i64> {
        match self.byte(b"Zz+-") {
            Some(b'Z' | b'z') => Some(0),
            Some(sign) => self.minutes(sign),
            None => Some(self.offset_in_parentheses().unwrap_or(0)),
        }
    }

    /// Offset as the Serverless Framework writes it. Other text in parentheses stays unread.
    fn offset_in_parentheses(&mut self) -> Option<i64> {
        let mut ahead = Scan { bytes: self.bytes, at: self.at };
        ahead.byte(b" ")?;
        ahead.byte(b"(")?;
        let sign = ahead.byte(b"+-")?;
        let minutes = ahead.minutes(sign)?;
        ahead.byte(b")")?;
        self.at = ahead.at;
        Some(minutes)
    }

    fn minutes(&mut self, sign: u8) -> Option<i64> {
        let hours = self.digits(2)?;
        let has_minutes = self.byte(b":").is_some() || self.peek().is_some_and(|it| it.is_ascii_digit());
        let minutes = hours * 60 + if has_minutes { self.digits(2)? } else { 0 };
        Some(if sign == b'-' { -minutes } else { minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, millis: i64, rest: &str) {
        assert_eq!(read(text), Some((UnixMillis(millis), rest)), "{text}");
    }

    #[test]
    fn forms_found_in_logs_are_parsed() {
        check("1970-01-01T00:00:00Z", 0, "");
        check("2026-10-08T07:30:27.768Z\tx", 1_791_444_627_768, "\tx");
        check("2021-05-03 10:20:19,650+0200", 1_620_030_019_650, "");
        check("2026-03-04 10:00:00.123", 1_772_618_400_123, "");
        check("2024-02-29T23:59:59.123456+00:00 s", 1_709_251_199_123, " s");
        check("2023-11-04T10:00:00-05:30", 1_699_111_800_000, "");
        check("2023-11-04T10:00:00. Then", 1_699_092_000_000, ". Then");
        check("2023-11-04 10:00:00.000 (-05:30)\tx", 1_699_111_800_000, "\tx");
        check("2023-11-04 10:00:00 (+5 more)", 1_699_092_000_000, " (+5 more)");
        check("2023-11-04 10:00:00+01 x", 1_699_088_400_000, " x");
        check("2023-11-04T10:00:00.7Z", 1_699_092_000_700, "");
    }

    #[test]
    fn whole_timestamp_may_have_an_offset_after_a_space() {
        for text in [
            "2023-11-04T12:00:00+02:00",
            "2023-11-04 10:00:00 UTC",
            "2023-11-04 12:00:00.000 +0200",
            "2023-11-04 10:00:00 +0000 UTC",
            "2023-11-04 05:00:00 -0500",
        ] {
            assert_eq!(read_all(text), Some(UnixMillis(1_699_092_000_000)), "{text}");
        }
        for text in ["2023-11-04 10:00:00 x", "2023-11-04 10:00:00 +0200 x", "2023-11-04 10:00:00 CEST"] {
            assert_eq!(read_all(text), None, "{text}");
        }
    }

    #[test]
    fn date_with_slashes_is_parsed_only_where_asked_for() {
        let text = "2023/11/04 10:00:00.5 x";
        assert_eq!(read_slashed(text), Some((UnixMillis(1_699_092_000_500), " x")));
        assert_eq!(read(text), None);
    }

    #[test]
    fn unpadded_milliseconds_are_a_number() {
        let check = |text, millis: i64| {
            assert_eq!(
                read_unpadded(text).map(|(time, _)| time.0),
                Some(1_699_092_000_000 + millis),
                "{text}"
            );
        };
        check("2023-11-04T10:00:00.7Z", 7);
        check("2023-11-04T10:00:00.45Z", 45);
        check("2023-11-04T10:00:00.123Z", 123);
        check("2023-11-04T10:00:00.0Z", 0);
        check("2023-11-04T10:00:00.123456Z", 123);
        check("2023-11-04T10:00:00Z", 0);
    }

    #[test]
    fn invalid_timestamps_are_rejected() {
        for text in [
            "",
            "2023",
            "2023-13-01T00:00:00Z",
            "2023-11-04T25:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2023-11-04",
            "2023-11-04T10:00:00+2",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
