//! Stand-in for Datadog's intakes of logs and distribution points: checks the limits that Datadog documents.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{Protocol, ReceivedLog, RequestContents, decode_body};
use crate::http::{Request, Response};

const LOGS: &str = "/api/v2/logs";
const POINTS: &str = "/api/v1/distribution_points";

/// Content codings and body sizes that one intake (logs or points) accepts.
struct Limits {
    codings: &'static [&'static str],
    /// Maximum size of the body as sent.
    compressed: usize,
    /// Maximum size of the body after decoding.
    plain: usize,
}

const LOGS_LIMITS: Limits =
    Limits { codings: &["identity", "gzip", "deflate", "zstd"], compressed: 5_000_000, plain: 5_000_000 };
const POINTS_LIMITS: Limits =
    Limits { codings: &["identity", "deflate"], compressed: 3_200_000, plain: 62_914_560 };

const LOGS_PER_REQUEST: usize = 1_000;
/// Maximum size of a log in bytes. Datadog accepts longer logs and truncates them. That is a loss, so this stand-in
/// rejects them.
const LOG_BYTES: usize = 1_000_000;

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// Check of the age of events and points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeCheck {
    /// The limits of Datadog: an age of at most 18 h for logs, 1 h for points, and 10 min in the future for both.
    Enforced,
    /// No check: most tests use events of a fixed day.
    Disabled,
}

/// Stand-in for Datadog's two intakes (logs and distribution points), with one API key.
#[derive(Clone, Debug)]
pub struct Datadog {
    /// Accepted value of the header `DD-API-KEY`.
    pub key: String,
    /// Check of the age of events and points.
    pub age_check: AgeCheck,
}

impl Protocol for Datadog {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        self.check_head(request)?;
        match request.head.path() {
            LOGS => self.logs(&document(request, &LOGS_LIMITS)?),
            POINTS => self.points(&document(request, &POINTS_LIMITS)?),
            path => Err(rejection(404, path)),
        }
    }

    fn respond(&self, request: &Request, _rejected: usize) -> Response {
        let body = if request.head.path() == LOGS { "{}" } else { r#"{"status":"ok"}"# };
        Response::new(202, body).with("Content-Type", "application/json")
    }
}

impl Datadog {
    fn check_head(&self, request: &Request) -> Result<(), Response> {
        ensure(request.head.method() == "POST", 405, "method")?;
        let key =
            request.head.header("dd-api-key").ok_or_else(|| rejection(401, "Missing DD-API-KEY header"))?;
        ensure(key == self.key, 403, "Forbidden")?;
        ensure(request.head.header("content-type") == Some("application/json"), 415, "content-type")
    }

    fn logs(&self, body: &Value) -> Result<RequestContents, Response> {
        let items = body.as_array().ok_or_else(|| rejection(400, "body is not an array"))?;
        ensure(items.len() <= LOGS_PER_REQUEST, 413, "more than 1000 items")?;
        let logs = items.iter().map(|item| self.log(item)).collect::<Result<_, _>>()?;
        Ok(RequestContents { logs, ..RequestContents::default() })
    }

    fn log(&self, item: &Value) -> Result<ReceivedLog, Response> {
        ensure(item.is_object(), 400, "item is not an object")?;
        ensure(item.to_string().len() <= LOG_BYTES, 413, "item exceeds 1 MB")?;
        for name in ["message", "ddsource", "ddtags", "service"] {
            ensure(item.get(name).is_none_or(Value::is_string), 400, &format!("{name} is not a string"))?;
        }
        let message =
            item["message"].as_str().ok_or_else(|| rejection(400, "message is missing"))?.to_owned();
        if let Some(time_ms) = item.get("timestamp") {
            let time_ms = time_ms.as_i64().ok_or_else(|| rejection(400, "timestamp"))?;
            self.check_age(time_ms, 18 * HOUR_MS)?;
        }
        let id = item["id"].as_str().unwrap_or_default().to_owned();
        Ok(ReceivedLog { id, part: item["part"].as_u64(), message })
    }

    fn points(&self, body: &Value) -> Result<RequestContents, Response> {
        let all = body["series"].as_array().filter(|series| !series.is_empty());
        let (mut points, mut sums) = (BTreeMap::new(), BTreeMap::new());
        for series in all.ok_or_else(|| rejection(400, "series is missing"))? {
            let (metric, values) = self.series(series)?;
            *points.entry(metric.clone()).or_default() += u64::try_from(values.len()).unwrap_or(u64::MAX);
            *sums.entry(metric).or_default() += values.iter().sum::<f64>();
        }
        Ok(RequestContents { points, sums, ..RequestContents::default() })
    }

    /// Returns the metric name and the values of a series.
    fn series(&self, series: &Value) -> Result<(String, Vec<f64>), Response> {
        let metric = series["metric"].as_str().filter(|name| is_metric_name(name));
        let metric = metric.ok_or_else(|| rejection(400, "metric"))?.to_owned();
        let kind = series.get("type").is_none_or(|kind| kind == "distribution");
        ensure(kind, 400, "type")?;
        if let Some(tags) = series.get("tags") {
            let all_text = tags.as_array().is_some_and(|tags| tags.iter().all(Value::is_string));
            ensure(all_text, 400, "tags")?;
        }
        let points = series["points"].as_array().filter(|points| !points.is_empty());
        let values = points.ok_or_else(|| rejection(400, "points"))?.iter().map(|point| self.point(point));
        Ok((metric, values.collect::<Result<Vec<_>, _>>()?.concat()))
    }

    /// Returns the values of a point `[time, [values]]`.
    fn point(&self, point: &Value) -> Result<Vec<f64>, Response> {
        let [time, values] = point.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err(rejection(400, "a point is [time, [values]]"));
        };
        let seconds = time.as_i64().ok_or_else(|| rejection(400, "time is not an integer"))?;
        self.check_age(seconds.saturating_mul(1_000), HOUR_MS)?;
        let values = values.as_array().filter(|values| !values.is_empty());
        let values = values.and_then(|values| values.iter().map(Value::as_f64).collect());
        values.ok_or_else(|| rejection(400, "values"))
    }

    fn check_age(&self, time_ms: i64, at_most_ms: i64) -> Result<(), Response> {
        let age_ms = now_ms().saturating_sub(time_ms);
        match self.age_check {
            AgeCheck::Disabled => Ok(()),
            AgeCheck::Enforced => {
                ensure((-10 * MINUTE_MS..=at_most_ms).contains(&age_ms), 400, "time out of range")
            }
        }
    }
}

fn document(request: &Request, limits: &Limits) -> Result<Value, Response> {
    ensure(request.body.len() <= limits.compressed, 413, "compressed body is too large")?;
    let body = decode_body(request, limits.codings, limits.plain)?;
    serde_json::from_slice(&body).map_err(|error| rejection(400, &error.to_string()))
}

/// True if the name starts with a letter and has at most 200 letters, digits, underscores and dots.
fn is_metric_name(name: &str) -> bool {
    name.len() <= 200
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c))
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

fn ensure(holds: bool, status: u16, detail: &str) -> Result<(), Response> {
    if holds { Ok(()) } else { Err(rejection(status, detail)) }
}

fn rejection(status: u16, detail: &str) -> Response {
    let body = json!({"errors": [{"status": status.to_string(), "detail": detail}]});
    Response::new(status, body.to_string()).with("Content-Type", "application/json")
}
