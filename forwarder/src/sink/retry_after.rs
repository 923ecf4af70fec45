//! Parser of the header `Retry-After` (RFC 9110, 10.2.3).

use std::time::Duration;

use tailwater_parser::{UnixMillis, timestamp};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Parses a number of seconds or an HTTP date. Returns the time to wait from `now`, zero if the date has passed;
/// `None` if the text is neither.
pub(super) fn read(text: &str, now: UnixMillis) -> Option<Duration> {
    let text = text.trim_ascii();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let until = http_date(text)?;
    let millis = if until > now { now.distance(until) } else { 0 };
    Some(Duration::from_millis(millis))
}

/// Parses an HTTP date in one of the three formats of RFC 9110, 5.6.7. The day of the week is ignored.
fn http_date(text: &str) -> Option<UnixMillis> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    match *words.as_slice() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        [_, day, month, year, time, "GMT"] => civil(year, month, day, time),
        // Sunday, 06-Nov-94 08:49:37 GMT
        [_, date, time, "GMT"] => {
            let (day, rest) = date.split_once('-')?;
            let (month, year) = rest.split_once('-')?;
            let century = if year < "70" { "20" } else { "19" };
            civil(&format!("{century}{year}"), month, day, time)
        }
        // Sun Nov  6 08:49:37 1994
        [_, month, day, time, year] => civil(year, month, day, time),
        _ => None,
    }
}

fn civil(year: &str, month: &str, day: &str, time: &str) -> Option<UnixMillis> {
    let month = MONTHS.iter().zip(1..).find_map(|(name, number)| (*name == month).then_some(number))?;
    timestamp::read_all(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT
    const NOW: UnixMillis = UnixMillis(784_111_777_000);

    #[track_caller]
    fn check(text: &str, expected_seconds: Option<u64>) {
        assert_eq!(read(text, NOW), expected_seconds.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn number_is_seconds() {
        check("0", Some(0));
        check(" 120 ", Some(120));
    }

    #[test]
    fn date_is_the_time_from_now() {
        check("Sun, 06 Nov 1994 08:50:37 GMT", Some(60));
        check("Sunday, 06-Nov-94 08:50:37 GMT", Some(60));
        check("Sun Nov  6 08:50:37 1994", Some(60));
        check("Thursday, 01-Jan-26 00:00:00 GMT", Some(983_113_823));
    }

    #[test]
    fn past_date_is_zero() {
        check("Sun, 06 Nov 1994 08:49:36 GMT", Some(0));
    }

    #[test]
    fn other_texts_are_ignored() {
        for text in [
            "",
            "-1",
            "1.5",
            "soon",
            "99999999999999999999999",
            "Sun, 06 Nov 1994 08:50:37 CET",
            "Sun, 06 Foo 1994 08:50:37 GMT",
            "Sun, 46 Nov 1994 08:50:37 GMT",
        ] {
            check(text, None);
        }
    }
}
