//! Rows of named queries, computed from the events with loops and maps.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tailwater_parser::{UnixMillis, calendar::DateTime};

use super::row::Event;

const MINUTE: i64 = 60_000;

/// Names of queries with their rows, in no particular order.
pub(super) fn rows(events: &[Event]) -> Vec<(&'static str, Vec<Value>)> {
    let reports: Vec<&Event> = events.iter().filter(|event| event.is_report()).collect();
    let all: Vec<&Event> = events.iter().collect();
    [durations(&reports), memory(&reports), messages(&all), fields(&all)].concat()
}

/// Compares rows without their order. Percentiles may differ by half a percent.
pub(super) fn check(name: &str, found: &[Value], expected: &[Value]) {
    assert_eq!(found.len(), expected.len(), "{name}: {found:?}\n{expected:?}");
    for row in expected {
        assert!(found.iter().any(|found| equal(found, row)), "{name} lacks {row}; it has {found:?}");
    }
}

fn equal(found: &Value, expected: &Value) -> bool {
    let (Some(found), Some(expected)) = (found.as_object(), expected.as_object()) else { return false };
    let present = expected.iter().filter(|(_, value)| !value.is_null());
    let present: Map<String, Value> = present.map(|(name, value)| (name.clone(), value.clone())).collect();
    found.len() == present.len()
        && present.iter().all(|(name, value)| {
            let is_percentile = name.starts_with('p');
            match (found.get(name), value.as_f64()) {
                (Some(found), Some(number)) => found.as_f64().is_some_and(|found| {
                    let tolerance = if is_percentile { 0.005 } else { 1e-9 };
                    (found - number).abs() <= (number.abs() * tolerance).max(1e-9)
                }),
                (found, _) => found == Some(value),
            }
        })
}

type Rows = Vec<(&'static str, Vec<Value>)>;

fn durations(reports: &[&Event]) -> Rows {
    let duration = |event: &&Event| event.number("Duration");
    let init = |event: &&Event| event.number("Init Duration");
    let latency = group(
        reports,
        |event| json!({"bin(10m)": bin(event, 10 * MINUTE)}),
        |group| {
            let all = numbers(group, duration);
            json!({"fastest": least(&all), "mean": mean(&all), "slowest": most(&all)})
        },
    );
    let percentiles = group(
        reports,
        |event| json!({"@log": event.log}),
        |group| {
            let all = numbers(group, duration);
            json!({"p50": percentile(&all, 50), "p95": percentile(&all, 95), "p99": percentile(&all, 99)})
        },
    );
    let cold = group(
        reports,
        |event| json!({"bin(15m)": bin(event, 15 * MINUTE)}),
        |group| {
            let all = numbers(group, init);
            json!({"runs": group.len(), "cold": all.len(), "ms": mean(&all)})
        },
    );
    let share = group(
        reports,
        |event| json!({"@log": event.log}),
        |group| json!({"share": ratio(numbers(group, init).len(), group.len()) * 100.0}),
    );
    let runs = |group: &[&Event]| json!({"runs": group.len()});
    let rate = group(reports, |event| json!({"bin(1m)": bin(event, MINUTE)}), runs);
    let billed = group(
        reports,
        |event| json!({"bin(1d)": bin(event, 1440 * MINUTE)}),
        |group| {
            let seconds: f64 = numbers(group, |event| event.number("Billed Duration")).iter().sum();
            json!({"seconds": seconds / 1000.0, "runs": group.len()})
        },
    );
    let versions = group(
        reports,
        |event| json!({"version": version(event)}),
        |group| json!({"count(*)": group.len(), "avg(@duration)": mean(&numbers(group, duration))}),
    );
    vec![
        ("latency", latency),
        ("percentiles", percentiles),
        ("cold", cold),
        ("cold-share", share),
        ("rate", rate),
        ("billed", billed),
        ("versions", versions),
    ]
}

fn memory(reports: &[&Event]) -> Rows {
    let size = |event: &&Event| event.number("Memory Size");
    let used = |event: &&Event| event.number("Max Memory Used");
    let by_log = |event: &Event| json!({"@log": event.log});
    let memory = group(reports, by_log, |group| {
        let (size, peak) = (most(&numbers(group, size)), most(&numbers(group, used)));
        let spare = size.zip(peak).map(|(size, peak)| size - peak);
        json!({"sizeMB": size, "peakMB": peak, "spareMB": spare})
    });
    let leak = group(
        reports,
        |event| json!({"bin(10m)": bin(event, 10 * MINUTE)}),
        |group| json!({"MB": most(&numbers(group, used))}),
    );
    let gb_seconds = group(reports, by_log, |group| {
        let both = numbers(group, |event| Some(event.number("Billed Duration")? * size(event)?));
        let sum = (!both.is_empty()).then(|| both.iter().sum::<f64>() * 1e6 / 1000.0 / 1_024_000_000.0);
        json!({"gbs": sum})
    });
    vec![("memory", memory), ("leak", leak), ("gb-seconds", gb_seconds)]
}

fn messages(all: &[&Event]) -> Rows {
    let with = |words: &[&str]| -> Vec<&Event> {
        let has = |event: &&&Event| words.iter().any(|word| event.message.contains(word));
        all.iter().filter(has).copied().collect()
    };
    let by_log = |event: &Event| json!({"@log": event.log});
    let count = |group: &[&Event]| json!({"count(*)": group.len()});
    let oom = group(&with(&["OutOfMemory", "heap out of memory", "signal: killed"]), by_log, count);
    let network = group(&with(&["ECONNRESET", "ETIMEDOUT", "ENOTFOUND"]), by_log, count);
    let deploys = ["ImportModuleError", "HandlerNotFound", "Cannot find module"];
    let broken = group(&with(&deploys), by_log, count);
    let timeouts = group(&with(&["Task timed out"]), by_log, |group| {
        let seconds = numbers(group, |event| event.between("timed out after ", " seconds")?.parse().ok());
        json!({"count(*)": group.len(), "max(s)": most(&seconds)})
    });
    let volume = group(all, by_log, |group| {
        let characters: usize = group.iter().map(|event| event.message.chars().count()).sum();
        json!({"MB": ratio(characters, 1_000_000)})
    });
    let denied = group(
        &with(&["not authorized to perform"]),
        |event| json!({"action": event.between("perform: ", " on")}),
        count,
    );
    vec![
        ("oom", oom),
        ("network", network),
        ("broken-deploy", broken),
        ("timeouts", timeouts),
        ("log-volume", volume),
        ("denied", denied),
    ]
}

fn fields(all: &[&Event]) -> Rows {
    let count = |group: &[&Event]| json!({"count(*)": group.len()});
    let n = |group: &[&Event]| json!({"n": group.len()});
    let levels = group(all, |event| json!({"level": event.field("level")}), n);
    let is_error = |event: &&&Event| event.text("level").as_deref() == Some("ERROR");
    let errors: Vec<_> = all.iter().filter(is_error).copied().collect();
    let errors = group(
        &errors,
        |event| json!({"service": event.field("service"), "bin(5m)": bin(event, 5 * MINUTE)}),
        count,
    );
    let is_run = |event: &&&Event| event.text("type").as_deref() == Some("platform.report");
    let runs: Vec<_> = all.iter().filter(is_run).copied().collect();
    let number = |path: &'static str| move |event: &&Event| event.field(path)?.as_f64();
    let json_runs = group(
        &runs,
        |event| json!({"@log": event.log}),
        |group| {
            json!({
                "count(*)": group.len(),
                "pct(record.metrics.durationMs,95)": percentile(&numbers(group, number("record.metrics.durationMs")), 95),
                "max(record.metrics.maxMemoryUsedMB)": most(&numbers(group, number("record.metrics.maxMemoryUsedMB"))),
            })
        },
    );
    let has_failed = |event: &&&Event| event.text("record.status").is_some_and(|status| status != "success");
    let failed: Vec<_> = runs.iter().filter(has_failed).copied().collect();
    let failed = group(
        &failed,
        |event| json!({"record.status": event.field("record.status"), "record.errorType": event.field("record.errorType")}),
        count,
    );
    let is_cold = |event: &&&Event| event.field("cold_start") == Some(Value::Bool(true));
    let powertools: Vec<_> = all.iter().filter(is_cold).copied().collect();
    let powertools =
        group(&powertools, |event| json!({"function_name": event.field("function_name")}), count);
    let namespace = "_aws.CloudWatchMetrics.0.Namespace";
    let emf: Vec<_> = all.iter().filter(|event| event.field(namespace).is_some()).copied().collect();
    let emf = group(&emf, |event| json!({"space": event.field(namespace)}), n);
    vec![
        ("levels", levels),
        ("errors-over-time", errors),
        ("json-runs", json_runs),
        ("json-failed", failed),
        ("powertools-cold", powertools),
        ("emf", emf),
    ]
}

/// Groups events by an object of keys; each row has the keys and what `sums` returns.
pub(super) fn group(
    events: &[&Event],
    key: impl Fn(&Event) -> Value,
    sums: impl Fn(&[&Event]) -> Value,
) -> Vec<Value> {
    let mut groups: BTreeMap<String, (Value, Vec<&Event>)> = BTreeMap::new();
    for event in events {
        let key = key(event);
        groups.entry(key.to_string()).or_insert_with(|| (key, Vec::new())).1.push(event);
    }
    let row = |(key, group): (Value, Vec<&Event>)| {
        let members = [key, sums(&group)].into_iter().filter_map(|part| part.as_object().cloned());
        Value::Object(members.flatten().collect())
    };
    groups.into_values().map(row).collect()
}

pub(super) fn numbers(group: &[&Event], number: impl Fn(&&Event) -> Option<f64>) -> Vec<f64> {
    group.iter().filter_map(number).collect()
}

pub(super) fn least(numbers: &[f64]) -> Option<f64> {
    numbers.iter().copied().reduce(f64::min)
}

pub(super) fn most(numbers: &[f64]) -> Option<f64> {
    numbers.iter().copied().reduce(f64::max)
}

pub(super) fn mean(numbers: &[f64]) -> Option<f64> {
    let count = u32::try_from(numbers.len()).expect("a few thousand");
    (count > 0).then(|| numbers.iter().sum::<f64>() / f64::from(count))
}

/// Percentile by the nearest rank.
fn percentile(numbers: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1).copied()
}

fn ratio(part: usize, whole: usize) -> f64 {
    let float = |n: usize| f64::from(u32::try_from(n).expect("a few million"));
    float(part) / float(whole)
}

/// Version in the name of a log stream: `2026/03/04/[7]0123`.
fn version(event: &Event) -> Option<&str> {
    let (_, rest) = event.stream.split_once('[')?;
    rest.split_once(']').map(|(version, _)| version)
}

/// Time rounded down, as it is printed.
pub(super) fn bin(event: &Event, width: i64) -> String {
    let millis = event.time - event.time.rem_euclid(width);
    let DateTime { date, hour, minute, second, millisecond } = UnixMillis(millis).into();
    let (year, month, day) = (date.year, date.month, date.day);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millisecond:03}")
}
