//! Times in flags, and the range between two of them.

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{UnixMillis, calendar::Date, timestamp};

use crate::view::format::date_time;

/// Point in time as given in a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum TimeSpec {
    /// Date or time.
    At(UnixMillis),
    /// Age in milliseconds, relative to the current time.
    Ago(i64),
}

impl TimeSpec {
    /// Reads a date, a time or an age.
    ///
    /// # Errors
    /// Returns the forms that are known.
    pub(in crate::cli) fn read(text: &str) -> Result<Self, String> {
        time(text)
    }

    /// Converts to a point in time; an age counts back from the current time `now`.
    pub(in crate::cli) fn resolve(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::At(time) => time,
            Self::Ago(millis) => UnixMillis(now.0.saturating_sub(millis)),
        }
    }
}

/// Returns the time range between two flags; an age counts back from `now`.
///
/// # Errors
/// Returns what is wrong if no time is in the range.
pub(in crate::cli) fn time_range(
    since: Option<TimeSpec>,
    until: Option<TimeSpec>,
    now: UnixMillis,
) -> Result<TimeRange, String> {
    let [since, until] = [since, until].map(|time| time.map(|time| time.resolve(now)));
    match since.zip(until) {
        Some((since, until)) if since >= until => Err(format!(
            "--since is {}, which is not before --until {}: exchange them, or leave one out",
            date_time(since),
            date_time(until)
        )),
        _ => Ok(TimeRange { since, until }),
    }
}

/// Returns the beginning and end of the time range between two flags, of which the second is by default now.
///
/// # Errors
/// Returns what is wrong if no time is in the range.
pub(in crate::cli) fn range_until_now(
    since: TimeSpec,
    until: Option<TimeSpec>,
    now: UnixMillis,
) -> Result<(UnixMillis, UnixMillis), String> {
    let until = until.unwrap_or(TimeSpec::At(now));
    time_range(Some(since), Some(until), now)?;
    Ok((since.resolve(now), until.resolve(now)))
}

/// Reads a date, a time or an age, for the parser of the command line.
pub(super) fn time(text: &str) -> Result<TimeSpec, String> {
    timestamp::read_day_or_time(text).map(TimeSpec::At).or_else(|| ago(text)).ok_or_else(|| {
        missing_day(text).unwrap_or_else(|| {
            "expected 2026-03-04, 2026-03-04T10:00:00Z, or an age such as 30m, 24h, 7d".to_owned()
        })
    })
}

/// Says that a text begins with a date that the calendar does not have; `None` if it does not.
fn missing_day(text: &str) -> Option<String> {
    let mut parts = text.get(..10)?.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let date = Date { year, month, day };
    if !(1..=12).contains(&month) || date.exists() {
        return None;
    }
    Some(format!("there is no such day: month {month} of {year} has {} days", date.days_in_month()))
}

fn ago(text: &str) -> Option<TimeSpec> {
    const UNITS: [(char, i64); 4] = [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];
    let (unit, millis) = UNITS.iter().find(|(unit, _)| text.ends_with(*unit))?;
    let n: i64 = text.strip_suffix(*unit)?.parse().ok().filter(|n| *n >= 0)?;
    n.checked_mul(*millis).map(TimeSpec::Ago)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_a_date_a_time_or_an_age() {
        assert_eq!(time("2026-03-04"), Ok(TimeSpec::At(UnixMillis(1_772_582_400_000))));
        assert_eq!(time("2026-03-04T10:00:00Z"), Ok(TimeSpec::At(UnixMillis(1_772_618_400_000))));
        assert_eq!(time("24h"), Ok(TimeSpec::Ago(86_400_000)));
        for wrong in ["", "h", "-1h", "yesterday", "2026-13-01", "99999999999999999d"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        for wrong in ["2026-02-30", "2026-02-30T10:00:00Z"] {
            assert_eq!(
                time(wrong),
                Err("there is no such day: month 2 of 2026 has 28 days".to_owned()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn age_is_subtracted_from_now() {
        assert_eq!(TimeSpec::Ago(1000).resolve(UnixMillis(5000)), UnixMillis(4000));
        assert_eq!(TimeSpec::Ago(1000).resolve(UnixMillis(i64::MIN)), UnixMillis(i64::MIN));
    }

    #[test]
    fn range_without_any_time_is_explained() {
        let at = |millis| Some(TimeSpec::At(UnixMillis(millis)));
        let now = UnixMillis(1_772_618_400_000);
        let range = time_range(Some(TimeSpec::Ago(3_600_000)), None, now).unwrap();
        assert_eq!((range.since, range.until), (Some(UnixMillis(1_772_614_800_000)), None));
        assert!(time_range(at(1), at(2), now).is_ok());
        assert_eq!(
            time_range(at(1_772_618_400_000), at(1_772_582_400_000), now).unwrap_err(),
            "--since is 4 Mar 2026 10:00 UTC, which is not before --until 4 Mar 2026 00:00 UTC: exchange them, or leave one \
             out"
        );
        assert!(time_range(at(1), at(1), now).is_err());
        let day = TimeSpec::Ago(86_400_000);
        assert_eq!(range_until_now(day, None, now), Ok((UnixMillis(1_772_532_000_000), now)));
        assert!(range_until_now(day, at(1), now).is_err());
    }
}
