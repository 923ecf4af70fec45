//! Metrics of functions that CloudWatch measures and that logs do not contain: throttles, concurrency and ages of events.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;

use crate::number;

/// Length of the intervals of the values, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * HOUR_MS;

/// Metrics that are read of each function, with their statistics. Hours are kept in this order: it must stay.
pub const AWS_METRICS: [(&str, &str); 5] = [
    ("Throttles", "Sum"),
    ("DeadLetterErrors", "Sum"),
    ("ConcurrentExecutions", "Maximum"),
    ("IteratorAge", "Maximum"),
    ("AsyncEventAge", "Maximum"),
];

/// Values of a function, as the namespace `AWS/Lambda` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AwsValues {
    /// Requests that Lambda refused because of a concurrency limit (sum of `Throttles`).
    pub throttles: u64,
    /// Events that could not be sent to the function's dead-letter queue (sum of `DeadLetterErrors`).
    pub dead_letter_errors: u64,
    /// Highest number of environments that ran at once (maximum of `ConcurrentExecutions`); `None` without invocations.
    pub max_concurrent: Option<u64>,
    /// Highest age of the last record in a batch of a stream, in milliseconds (maximum of `IteratorAge`); `None` without a
    /// stream.
    pub max_iterator_age_ms: Option<u64>,
    /// Longest time that an asynchronous event waited, in milliseconds (maximum of `AsyncEventAge`); `None` without such
    /// events.
    pub max_event_age_ms: Option<u64>,
}

impl AwsValues {
    /// Adds the values of an hour: sums are added, of maxima the higher one is kept.
    fn add(&mut self, [throttles, dead_letter_errors, concurrent, iterator_age, event_age]: AwsHour) {
        self.throttles = self.throttles.saturating_add(throttles.unwrap_or(0));
        self.dead_letter_errors = self.dead_letter_errors.saturating_add(dead_letter_errors.unwrap_or(0));
        self.max_concurrent = self.max_concurrent.max(concurrent);
        self.max_iterator_age_ms = self.max_iterator_age_ms.max(iterator_age);
        self.max_event_age_ms = self.max_event_age_ms.max(event_age);
    }
}

/// Values of a function over the hours of a time range that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AwsMetrics {
    /// Start of the first hour.
    #[serde(rename = "from_ms", serialize_with = "number::unix_millis")]
    pub from: UnixMillis,
    /// End of the last hour.
    #[serde(rename = "to_ms", serialize_with = "number::unix_millis")]
    pub to: UnixMillis,
    /// Number of hours; less than the time between `from` and `to` if hours between them were not read.
    pub hours: u64,
    /// Sums and maxima.
    #[serde(flatten)]
    pub values: AwsValues,
}

/// Values of one hour in the order of [`AWS_METRICS`]. AWS emits no value of a metric that does not apply.
pub type AwsHour = [Option<u64>; AWS_METRICS.len()];

/// Hourly values of a function by the start of the hour in Unix milliseconds.
type Hours = BTreeMap<i64, AwsHour>;

/// Hourly values of the functions of one account and region on one day (UTC): the unit in which a store keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AwsDay(BTreeMap<String, Hours>);

impl AwsDay {
    /// Sets the values of one hour, which replace earlier ones.
    pub fn set(&mut self, function: &str, hour: UnixMillis, values: AwsHour) {
        self.0.entry(function.to_owned()).or_default().insert(hour.0, values);
    }

    /// Returns the key under which the store keeps the day that contains `time`.
    #[must_use]
    pub fn key(account: &str, region: &str, time: UnixMillis) -> String {
        format!("{account} {region} {}", time.0.div_euclid(DAY_MS))
    }
}

/// Hourly values of all functions that were read, by account and region.
#[derive(Clone, Debug, Default)]
pub struct AwsMetricsByFunction(BTreeMap<(String, String), HashMap<String, Hours, RandomState>>);

impl AwsMetricsByFunction {
    /// Reads days as a store keeps them: pairs of key and JSON. A pair of another form is left out.
    pub fn from_days(days: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut all = Self::default();
        for (key, value) in days {
            let mut parts = key.split(' ').map(str::to_owned);
            if let (Some(account), Some(region)) = (parts.next(), parts.next())
                && let Ok(AwsDay(functions)) = serde_json::from_str(&value)
            {
                let known = all.0.entry((account, region)).or_default();
                for (function, hours) in functions {
                    known.entry(function).or_default().extend(hours);
                }
            }
        }
        all
    }

    /// Sums up a function over the hours that overlap with a time range. Returns `None` if none of them was read, or if
    /// account and region do not decide between several functions of the name.
    #[must_use]
    pub fn of(
        &self,
        account: Option<&str>,
        region: Option<&str>,
        function: &str,
        range: TimeRange,
    ) -> Option<AwsMetrics> {
        let matches = |known: Option<&str>, own: &str| known.is_none_or(|known| known == own);
        let places = self.0.iter().filter(|((own, _), _)| matches(account, own));
        let mut found = places
            .filter(|((_, own), _)| matches(region, own))
            .filter_map(|(_, functions)| functions.get(function));
        let hours = found.next()?;
        if found.next().is_none() { sum(hours, range) } else { None }
    }

    /// Returns name and number of throttled requests of each function that AWS throttled in a time range, ordered by name.
    #[must_use]
    pub fn throttled(&self, range: TimeRange) -> BTreeMap<&str, u64> {
        let mut throttled = BTreeMap::new();
        for (function, hours) in self.0.values().flatten() {
            let throttles = sum(hours, range).map_or(0, |metrics| metrics.values.throttles);
            if throttles > 0 {
                *throttled.entry(function.as_str()).or_default() += throttles;
            }
        }
        throttled
    }
}

/// Sums up the hours that overlap with a time range.
fn sum(hours: &Hours, range: TimeRange) -> Option<AwsMetrics> {
    let since = range.since.map_or(i64::MIN, |since| since.0.saturating_sub(HOUR_MS - 1));
    let until = range.until.map_or(i64::MAX, |until| until.0).max(since);
    let mut total: Option<AwsMetrics> = None;
    for (&hour, &values) in hours.range(since..until) {
        let total = total.get_or_insert(AwsMetrics {
            from: UnixMillis(hour),
            to: UnixMillis(hour),
            hours: 0,
            values: AwsValues::default(),
        });
        total.to = UnixMillis(hour.saturating_add(HOUR_MS));
        total.hours += 1;
        total.values.add(values);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-03 22:00 UTC.
    const TEN: i64 = 1_772_575_200_000;

    fn hour(throttles: Option<u64>, max_concurrent: Option<u64>) -> AwsHour {
        [throttles, None, max_concurrent, None, None]
    }

    fn row(account: &str, region: &str, hours: &[(i64, AwsHour)]) -> (String, String) {
        let mut day = AwsDay::default();
        hours.iter().for_each(|(hour, values)| day.set("f", UnixMillis(*hour), *values));
        let key = AwsDay::key(account, region, UnixMillis(hours[0].0));
        (key, serde_json::to_string(&day).unwrap())
    }

    fn all() -> AwsMetricsByFunction {
        let hours = [(TEN, hour(Some(3), Some(7))), (TEN + HOUR_MS, hour(None, None))];
        AwsMetricsByFunction::from_days([
            row("1", "eu-west-1", &hours),
            row("1", "eu-west-1", &[(TEN + 2 * HOUR_MS, hour(Some(4), Some(5)))]),
            row("1", "us-east-1", &[(TEN, hour(Some(100), Some(100)))]),
            ("no key".to_owned(), "no json".to_owned()),
        ])
    }

    #[test]
    fn hours_of_several_days_are_added() {
        let metrics = all().of(Some("1"), Some("eu-west-1"), "f", TimeRange::default()).unwrap();
        assert_eq!((metrics.from.0, metrics.to.0, metrics.hours), (TEN, TEN + 3 * HOUR_MS, 3));
        assert_eq!((metrics.values.throttles, metrics.values.max_concurrent), (7, Some(7)));
        assert_eq!(metrics.values.max_iterator_age_ms, None);
    }

    #[test]
    fn hours_that_overlap_with_the_range_are_added() {
        let throttles = |since: i64, until: i64| {
            let range = TimeRange { since: Some(UnixMillis(since)), until: Some(UnixMillis(until)) };
            all()
                .of(Some("1"), Some("eu-west-1"), "f", range)
                .map(|metrics| (metrics.values.throttles, metrics.hours))
        };
        assert_eq!(throttles(TEN + 1, TEN + 2), Some((3, 1)));
        assert_eq!(throttles(TEN + HOUR_MS, TEN + 2 * HOUR_MS), Some((0, 1)));
        assert_eq!(throttles(TEN + HOUR_MS, TEN + 2 * HOUR_MS + 1), Some((4, 2)));
        assert_eq!(throttles(TEN - HOUR_MS, TEN), None);
        assert_eq!(throttles(TEN + 3 * HOUR_MS, TEN), None);
    }

    #[test]
    fn function_in_several_places_is_found_only_if_its_place_is_known() {
        let all = all();
        let of = |account, region, function: &str| {
            let metrics = all.of(account, region, function, TimeRange::default());
            metrics.map(|metrics| metrics.values.throttles)
        };
        assert_eq!(of(None, Some("us-east-1"), "f"), Some(100));
        assert_eq!(of(None, None, "f"), None);
        assert_eq!(of(Some("2"), Some("us-east-1"), "f"), None);
        assert_eq!(of(Some("1"), Some("eu-west-1"), "g"), None);
    }

    #[test]
    fn throttled_functions_are_those_with_throttles_in_the_range() {
        let from = |hour: i64| TimeRange { since: Some(UnixMillis(hour)), until: None };
        assert_eq!(all().throttled(from(TEN)), BTreeMap::from([("f", 107)]));
        assert_eq!(all().throttled(from(TEN + 3 * HOUR_MS)), BTreeMap::new());
    }

    #[test]
    fn kept_days_are_plain_json() {
        let (key, value) = row("1", "eu-west-1", &[(TEN, hour(Some(3), None))]);
        assert_eq!(key, "1 eu-west-1 20515");
        assert_eq!(value, format!(r#"{{"f":{{"{TEN}":[3,null,null,null,null]}}}}"#));
    }
}
