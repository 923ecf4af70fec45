//! Time in a line of plain output: at its start, or in its JSON.

use tailwater_forwarder::source::members::Members;
use tailwater_parser::{UnixMillis, timestamp};

/// Returns the time at the start of a line (Node.js, .NET, platform), or after its level (Python).
pub(super) fn leading_time(line: &str) -> Option<UnixMillis> {
    match line.as_bytes().first()? {
        b'0'..=b'9' => timestamp::read(line).map(|(time, _)| time),
        b'[' => python_time(line.strip_prefix('[')?.split_once("]\t")?.1),
        _ => None,
    }
}

/// Parses a time whose milliseconds Python has written as a plain number: `.7Z` is 7 ms.
fn python_time(text: &str) -> Option<UnixMillis> {
    let (time, rest) = timestamp::read(text)?;
    let written = text.strip_suffix(rest)?;
    let fraction = written.split_once('.').map_or("", |(_, fraction)| fraction);
    let divisor = match fraction.bytes().take_while(u8::is_ascii_digit).count() {
        1 => 100,
        2 => 10,
        _ => 1,
    };
    let millis = time.0.rem_euclid(1000);
    Some(UnixMillis(time.0 - millis + millis / divisor))
}

/// Returns the time in a JSON object of a log library.
pub(super) fn json_time(text: &[u8]) -> Option<UnixMillis> {
    Members::of(text)?.find_map(|member| match member.name {
        b"time" | b"timestamp" | b"@timestamp" | b"Timestamp" | b"asctime" | b"datetime" | b"ts" | b"@t"
        | b"timeMillis" => member.string().map_or_else(|| epoch_time(member.value()), timestamp::read_all),
        b"_aws" => json_time(member.value()),
        _ => None,
    })
}

/// Parses a Unix time in seconds, milliseconds, microseconds or nanoseconds, which its size tells apart.
fn epoch_time(value: &[u8]) -> Option<UnixMillis> {
    /// Year 5138 in seconds, 1973 in milliseconds; likewise for the smaller units.
    const LIMIT: i64 = 100_000_000_000;
    let text = std::str::from_utf8(value).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = whole.parse().ok()?;
    let millis = match number.checked_abs()? {
        seconds if seconds < LIMIT => number * 1000 + thousandths(fraction)?,
        millis if millis / 1000 < LIMIT => number,
        micros if micros / 1_000_000 < LIMIT => number / 1000,
        _nanos => number / 1_000_000,
    };
    Some(UnixMillis(millis))
}

/// Returns the first three digits of a fraction as a number of thousandths; `None` if it is no number.
fn thousandths(fraction: &str) -> Option<i64> {
    let digits = fraction.bytes().take(3).chain([b'0'; 3]).take(3);
    digits
        .map(|byte| byte.is_ascii_digit().then(|| i64::from(byte - b'0')))
        .try_fold(0, |sum, digit| Some(sum * 10 + digit?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<i64>) {
        let found = leading_time(line).or_else(|| json_time(line.as_bytes()));
        assert_eq!(found.map(|time| time.0), expected, "{line}");
    }

    #[test]
    fn time_of_each_runtime_is_parsed() {
        check("1970-01-01T00:00:05.000Z\tid\tINFO\tx", Some(5000));
        check("1970-01-01T02:00:05.000+02:00 x", Some(5000));
        check("[INFO]\t1970-01-01T00:00:05.000Z\tid\tx", Some(5000));
        check("START RequestId: x Version: 1", None);
    }

    #[test]
    fn milliseconds_of_python_are_not_padded() {
        check("[INFO]\t1970-01-01T00:00:05.7Z\tid\tx", Some(5007));
        check("[INFO]\t1970-01-01T00:00:05.45Z\tid\tx", Some(5045));
        check("1970-01-01T00:00:05.7Z\tid\tINFO\tx", Some(5700));
    }

    #[test]
    fn time_in_json_is_parsed() {
        check(r#"{"level":"INFO","timestamp":"1970-01-01T00:00:05Z"}"#, Some(5000));
        check(r#"{"asctime": "1970-01-01 00:00:05,759", "message": "x"}"#, Some(5759));
        check(r#"{"@timestamp":"1970-01-01T02:00:05.000+0200"}"#, Some(5000));
        check(r#"{"_aws":{"Timestamp":1772618400123},"n":1}"#, Some(1_772_618_400_123));
        check(r#"{"msg":"x","n":1}"#, None);
    }

    #[test]
    fn unit_of_a_number_is_told_by_its_size() {
        check(r#"{"ts":1772618400.8501613,"msg":"x"}"#, Some(1_772_618_400_850));
        check(r#"{"time":1772618400,"msg":"x"}"#, Some(1_772_618_400_000));
        check(r#"{"time":1772618400123,"msg":"x"}"#, Some(1_772_618_400_123));
        check(r#"{"ts":1772618400123456}"#, Some(1_772_618_400_123));
        check(r#"{"ts":1772618400123456789}"#, Some(1_772_618_400_123));
        check(r#"{"time":"noon"}"#, None);
    }
}
