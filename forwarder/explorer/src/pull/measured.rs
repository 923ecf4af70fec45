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

/// Metrics whose sums are compared with the logs.
pub const COMPARED: [Metric; 3] = [("Invocations", "Sum"), ("Errors", "Sum"), ("Duration", "Sum")];

/// Metric of the namespace `AWS/Lambda`, and the statistic that is read of it.
pub type Metric = (&'static str, &'static str);

/// Value of a function in one hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourlyValue<'f> {
    /// Name of the function.
    pub function: &'f str,
    /// Position of the metric in the list that was asked for.
    pub metric: usize,
    /// Start of the hour.
    pub hour: UnixMillis,
    /// Value.
    pub value: f64,
}

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

/// Returns the list price of reading this number of metrics.
#[must_use]
pub fn price_of_metrics(metrics: u64) -> Usd {
    Usd::from_picos(PICOS_PER_METRIC).times(metrics)
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
    let mut sums: BTreeMap<String, [f64; COMPARED.len()]> =
        functions.iter().map(|function| (function.clone(), [0.0; COMPARED.len()])).collect();
    hourly_values(api, account, functions, &COMPARED, range, &mut |value| {
        if let Some(sum) = sums.get_mut(value.function).and_then(|sums| sums.get_mut(value.metric)) {
            *sum += value.value;
        }
    })
    .await?;
    let measured = |[invocations, errors, duration]: [f64; COMPARED.len()]| Measured {
        invocations: whole_number(invocations),
        errors: whole_number(errors),
        duration: millis(duration),
    };
    Ok(sums.into_iter().map(|(function, sums)| (function, measured(sums))).collect())
}

/// Reads metrics of functions for each hour of a range of [whole hours](whole_hours). Hours without a value are left out.
///
/// # Errors
/// Returns an error if a request fails for good.
pub async fn hourly_values(
    api: &Api<'_>,
    account: &Account,
    functions: &[String],
    metrics: &[Metric],
    range: (UnixMillis, UnixMillis),
    receive: &mut dyn FnMut(HourlyValue<'_>),
) -> Result<(), PullError> {
    for functions in functions.chunks((MAX_QUERIES / metrics.len().max(1)).max(1)) {
        let asked: Vec<_> = functions
            .iter()
            .flat_map(|function| {
                metrics.iter().enumerate().map(move |(metric, named)| (function, metric, *named))
            })
            .collect();
        let queries: Vec<_> =
            asked.iter().enumerate().map(|(id, (function, _, named))| query(id, function, *named)).collect();
        read(api, account, &queries, range, &mut |id, hour, value| {
            if let Some(&(function, metric, _)) = asked.get(id) {
                receive(HourlyValue { function, metric, hour, value });
            }
        })
        .await?;
    }
    Ok(())
}

/// Result of one metric in an answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricResult {
    id: String,
    /// Starts of the hours in Unix seconds.
    #[serde(default)]
    timestamps: Vec<f64>,
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

/// Reads all pages of a request, and passes each value on with the number of its query.
async fn read(
    api: &Api<'_>,
    account: &Account,
    queries: &[Value],
    (since, until): (UnixMillis, UnixMillis),
    receive: &mut dyn FnMut(usize, UnixMillis, f64),
) -> Result<(), PullError> {
    const OPERATION: Operation = Operation::GetMetricData;
    let mut body = json!({
        "StartTime": since.0 / 1000,
        "EndTime": until.0 / 1000,
        "MetricDataQueries": queries,
    });
    for _ in 0..MAX_PAGES {
        let call = Call::Json { target: OPERATION.target(), body: &body };
        let answer = api.call(account, OPERATION, &call).await?;
        let answer: Answer =
            serde_json::from_slice(&answer).map_err(|_| PullError::InvalidAnswer(OPERATION))?;
        for result in answer.metric_data_results {
            let Some(id) = result.id.strip_prefix('m').and_then(|id| id.parse().ok()) else { continue };
            for (seconds, value) in result.timestamps.iter().zip(&result.values) {
                receive(id, start_of_hour(*seconds), *value);
            }
        }
        let Some(token) = answer.next_token.filter(|token| !token.is_empty()) else { return Ok(()) };
        if let Some(members) = body.as_object_mut() {
            members.insert("NextToken".to_owned(), token.into());
        }
    }
    Err(PullError::InvalidAnswer(OPERATION))
}

/// Query of one metric. AWS wants ids that start with a small letter.
fn query(id: usize, function: &str, (name, statistic): Metric) -> Value {
    json!({
        "Id": format!("m{id}"),
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": name,
                "Dimensions": [{"Name": "FunctionName", "Value": function}],
            },
            "Period": PERIOD_S,
            "Stat": statistic,
        },
    })
}

/// Converts seconds since 1970 to the start of their hour.
fn start_of_hour(seconds: f64) -> UnixMillis {
    let seconds = i64::try_from(whole_number(seconds)).unwrap_or(i64::MAX);
    UnixMillis((seconds / PERIOD_S).saturating_mul(PERIOD_S * 1000))
}

/// Converts a count to a whole number; 0 if it is none.
#[must_use]
pub fn whole_number(sum: f64) -> u64 {
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
    fn thousand_metrics_cost_a_cent() {
        assert_eq!(price_of_metrics(3000).dollars(), 0.03);
    }

    #[test]
    fn query_names_metric_statistic_and_function() {
        let query = query(7, "b", ("Throttles", "Sum"));
        assert_eq!((&query["Id"], &query["MetricStat"]["Stat"]), (&"m7".into(), &"Sum".into()));
        assert_eq!(query["MetricStat"]["Metric"]["MetricName"], "Throttles");
        assert_eq!(query["MetricStat"]["Metric"]["Dimensions"][0]["Value"], "b");
    }

    #[test]
    fn times_are_those_of_the_hour() {
        assert_eq!(start_of_hour(1_772_618_400.0).0, 1_772_618_400_000);
        assert_eq!(start_of_hour(1_772_621_999.0).0, 1_772_618_400_000);
        assert_eq!(start_of_hour(-1.0).0, 0);
    }

    #[test]
    fn sums_are_converted_within_their_range() {
        assert_eq!(
            [
                whole_number(41.9999),
                whole_number(42.0),
                whole_number(-1.0),
                whole_number(f64::NAN),
                whole_number(1e300)
            ],
            [42, 42, 0, 0, 0]
        );
        assert_eq!(millis(1500.5), Duration::from_micros(1_500_500));
    }
}
