//! Numbers that AWS has measured of functions: metrics of `AWS/Lambda` by `GetMetricData`.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};
use tailwater_forwarder::aws::Call;
use tailwater_parser::{UnixMillis, Usd};

use super::{account::Account, api::Api, error::PullError, operation::Operation};

/// Maximum number of metrics in a request.
const MAX_QUERIES: usize = 500;
/// Maximum number of pages of one request.
const MAX_PAGES: usize = 1_000;
/// Length of the intervals that values are summed over, in seconds. AWS keeps those of an hour for 455 days.
const PERIOD_S: i64 = 3_600;
/// List price of `GetMetricData` for one metric: 0.01 dollars for 1,000 (November 2026).
const PICOS_PER_METRIC: u64 = 10_000_000;

/// Metrics of each function.
const METRICS: [&str; 3] = ["Invocations", "Errors", "Duration"];

/// Sums over a range of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Invocations.
    pub invocations: u64,
    /// Failed invocations, timeouts and out-of-memory included.
    pub errors: u64,
    /// Run time of all invocations.
    pub duration: Duration,
}

/// Returns the number of metrics that are read for this number of functions, and their price.
#[must_use]
pub fn price_of_metrics(functions: u64) -> (u64, Usd) {
    let metrics = functions.saturating_mul(u64::try_from(METRICS.len()).unwrap_or(u64::MAX));
    (metrics, Usd::from_picos(PICOS_PER_METRIC).times(metrics))
}

/// Extends a range to whole hours, for which AWS has sums.
#[must_use]
pub fn whole_hours(since: UnixMillis, until: UnixMillis) -> (UnixMillis, UnixMillis) {
    let hour = PERIOD_S * 1000;
    let floor = |time: i64| time.div_euclid(hour).saturating_mul(hour);
    (UnixMillis(floor(since.0)), UnixMillis(floor(until.0.saturating_add(hour - 1))))
}

/// Reads the sums of functions for a range of [whole hours](whole_hours).
///
/// # Errors
/// Returns an error if a request fails for good.
pub async fn measured(
    api: &Api<'_>,
    account: &Account,
    functions: &[String],
    range: (UnixMillis, UnixMillis),
) -> Result<BTreeMap<String, Measured>, PullError> {
    let mut all = BTreeMap::new();
    for functions in functions.chunks(MAX_QUERIES / METRICS.len()) {
        let mut sums = BTreeMap::new();
        read(api, account, functions, range, &mut sums).await?;
        for (index, function) in functions.iter().enumerate() {
            let sum = |metric: usize| sums.get(&id(index, metric)).copied().unwrap_or(0.0);
            let measured =
                Measured { invocations: whole(sum(0)), errors: whole(sum(1)), duration: millis(sum(2)) };
            all.insert(function.clone(), measured);
        }
    }
    Ok(all)
}

/// Id of a metric within a request; AWS wants a small letter first.
fn id(function: usize, metric: usize) -> String {
    format!("m{function}_{metric}")
}

/// Result of one metric in an answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricResult {
    id: String,
    #[serde(default)]
    values: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    metric_data_results: Vec<MetricResult>,
    next_token: Option<String>,
}

/// Adds the values of all pages of a request to `sums`.
async fn read(
    api: &Api<'_>,
    account: &Account,
    functions: &[String],
    (since, until): (UnixMillis, UnixMillis),
    sums: &mut BTreeMap<String, f64>,
) -> Result<(), PullError> {
    const OPERATION: Operation = Operation::GetMetricData;
    let mut body = json!({
        "StartTime": since.0 / 1000,
        "EndTime": until.0 / 1000,
        "MetricDataQueries": queries(functions),
    });
    for _ in 0..MAX_PAGES {
        let call = Call::Json { target: OPERATION.target(), body: &body };
        let answer = api.call(account, OPERATION, &call).await?;
        let answer: Answer =
            serde_json::from_slice(&answer).map_err(|_| PullError::InvalidAnswer(OPERATION))?;
        for result in answer.metric_data_results {
            *sums.entry(result.id).or_default() += result.values.iter().sum::<f64>();
        }
        let Some(token) = answer.next_token.filter(|token| !token.is_empty()) else { return Ok(()) };
        if let Some(members) = body.as_object_mut() {
            members.insert("NextToken".to_owned(), token.into());
        }
    }
    Err(PullError::InvalidAnswer(OPERATION))
}

fn queries(functions: &[String]) -> Vec<Value> {
    let query = |index: usize, function: &String, metric: usize, name: &str| {
        json!({
            "Id": id(index, metric),
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": name,
                    "Dimensions": [{"Name": "FunctionName", "Value": function}],
                },
                "Period": PERIOD_S,
                "Stat": "Sum",
            },
        })
    };
    let of_function = |(index, function)| {
        METRICS.iter().enumerate().map(move |(metric, name)| query(index, function, metric, name))
    };
    functions.iter().enumerate().flat_map(of_function).collect()
}

/// Converts a sum of counts to a whole number; 0 if it is none.
fn whole(sum: f64) -> u64 {
    // A count as seconds: the conversion checks its range.
    Duration::try_from_secs_f64(sum + 0.5).map_or(0, |time| time.as_secs())
}

/// Converts a sum of milliseconds; 0 if it is out of range.
fn millis(sum: f64) -> Duration {
    Duration::try_from_secs_f64(sum / 1000.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_extended_to_whole_hours() {
        let hour = 3_600_000;
        let extended = |since, until| {
            let (since, until) = whole_hours(UnixMillis(since), UnixMillis(until));
            (since.0, until.0)
        };
        assert_eq!(extended(hour + 1, 2 * hour + 1), (hour, 3 * hour));
        assert_eq!(extended(hour, 2 * hour), (hour, 2 * hour));
    }

    #[test]
    fn three_metrics_of_a_function_cost_thirty_microdollars() {
        let (metrics, price) = price_of_metrics(1000);
        assert_eq!((metrics, price.dollars()), (3000, 0.03));
    }

    #[test]
    fn request_has_all_metrics_with_their_own_ids() {
        let queries = queries(&["a".to_owned(), "b".to_owned()]);
        let ids: Vec<_> = queries.iter().map(|query| query["Id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids, ["m0_0", "m0_1", "m0_2", "m1_0", "m1_1", "m1_2"]);
        assert_eq!(queries[4]["MetricStat"]["Metric"]["MetricName"], "Errors");
        assert_eq!(queries[4]["MetricStat"]["Metric"]["Dimensions"][0]["Value"], "b");
    }

    #[test]
    fn sums_are_converted_within_their_range() {
        assert_eq!(
            [whole(41.9999), whole(42.0), whole(-1.0), whole(f64::NAN), whole(1e300)],
            [42, 42, 0, 0, 0]
        );
        assert_eq!(millis(1500.5), Duration::from_micros(1_500_500));
    }
}
