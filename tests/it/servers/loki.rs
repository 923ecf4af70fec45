//! Loki holds each log line once, unchanged and with the right labels.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::{
    function_builder::FunctionBuilder,
    server::{Line, Loki},
};

use super::{Deliveries, TIMEOUT, counted, demo, of_kind, records, replay};

/// End of the queried range, in ns since 1970 (8 March 2026); all events are in the week before.
const UNTIL_NS: i64 = 1_772_928_000_000_000_000;

/// Maximum duration of a flush, which continues after the response.
const FLUSHED_WITHIN: Duration = Duration::from_secs(30);

/// Compares the lines in Loki with log records of `tailwater replay`.
fn check(loki: &Loki, logs: &[Value]) {
    let expected = counted(logs, "function");
    let mut counts = BTreeMap::new();
    let give_up = Instant::now() + FLUSHED_WITHIN;
    loki.flush();
    while counts != expected && Instant::now() < give_up {
        let query = "sum by (service_name) (count_over_time({service_name=~\".+\"}[7d]))";
        counts = loki.counts(query, UNTIL_NS);
        counts.retain(|name, _| expected.contains_key(name));
    }
    assert_eq!(counts, expected, "number of lines by function");
    for function in expected.keys() {
        let lines = lines_of(loki, function, logs);
        let own: BTreeMap<_, _> = logs
            .iter()
            .filter(|log| log["function"] == function.as_str())
            .map(|log| (text(&log["event_id"]), log))
            .collect();
        let found: BTreeSet<_> = lines.iter().map(|line| check_line(line, &own)).collect();
        assert_eq!(found.len(), own.len(), "{function}: number of distinct events");
    }
}

/// Returns all lines of a function. Queries cover an hour each, because Loki aborts long ones.
fn lines_of(loki: &Loki, function: &str, logs: &[Value]) -> Vec<Line> {
    const HOUR_NS: i64 = 3_600_000_000_000;
    let own = logs.iter().filter(|log| log["function"] == function);
    let times = own.map(|log| log["time"].as_i64().expect("a record has a time") * 1_000_000);
    let (first, last) = times.fold((i64::MAX, 0), |(first, last), time| (first.min(time), last.max(time)));
    let hours = (0..).map(|hour| first + hour * HOUR_NS).take_while(|from| *from <= last);
    let selector = format!("{{service_name={function:?}}}");
    hours.flat_map(|from| loki.lines(&selector, from, from + HOUR_NS)).collect()
}

/// Compares a line with the record of the same event and returns the event's id.
fn check_line(line: &Line, own: &BTreeMap<String, &Value>) -> String {
    let id = line.labels.get("log_record_uid").unwrap_or_else(|| panic!("no id: {line:?}"));
    let log = own.get(id).unwrap_or_else(|| panic!("unknown event: {line:?}"));
    // If the body of the record is an object, Loki stores its text.
    match log["body"].as_str() {
        Some(text) => {
            // Loki strips line ends.
            let [held, sent] = [&line.text, text].map(|text| text.trim_end_matches(['\r', '\n']));
            assert_eq!(held, sent, "{id}");
        }
        None => {
            let held: Option<Value> = serde_json::from_str(&line.text).ok();
            assert_eq!(held.as_ref(), Some(&log["body"]), "{id}");
        }
    }
    check_place(line, log, id)
}

fn check_place(line: &Line, log: &Value, id: &str) -> String {
    let time_ms = log["time"].as_i64().expect("a record has a time");
    assert_eq!(line.time_ns / 1_000_000, time_ms, "{id}");
    for (label, name) in [("cloud_region", "region"), ("faas_version", "version"), ("severity_text", "level")]
    {
        if let (Some(held), Some(known)) = (line.labels.get(label), log[name].as_str()) {
            assert_eq!(held.to_lowercase(), known.to_lowercase(), "{label} of {id}");
        }
    }
    id.to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn settings(loki: &Loki) -> [(&'static str, String); 2] {
    [("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", loki.logs_endpoint()), ("TAILWATER_SIGNALS", "logs".to_owned())]
}

#[test]
fn loki_holds_the_lines_sent_by_replay() {
    let Some(loki) = Loki::start_if_installed() else { return };
    let replay = replay(demo(), &settings(&loki));
    let sent = super::summary(&replay.args(["--json", "--to", "otlp"]).run());
    let logs = of_kind(records(demo()), "log");
    assert_eq!(sent["ledger"]["delivered"].as_u64(), u64::try_from(logs.len()).ok(), "{}", sent["ledger"]);
    check(&loki, &logs);
}

#[test]
fn loki_holds_the_lines_sent_by_bootstrap() {
    let Some(loki) = Loki::start_if_installed() else { return };
    let deliveries = Deliveries::new(11, 8_000);
    let function = FunctionBuilder::new().sink("otlp").timeout(TIMEOUT);
    let settings = settings(&loki);
    let function = settings.iter().fold(function, |function, (name, value)| function.env(name, value));
    deliveries.invoke(&mut function.start());
    check(&loki, &of_kind(records(deliveries.path()), "log"));
}
