//! Queries of our own, whose rows are computed from the events with loops and maps: conditions, groups, texts taken apart.

use serde_json::{Value, json};

use super::{
    oracle::{bin, group, least, mean, most, numbers},
    row::Event,
};

const MINUTE: i64 = 60_000;

/// Condition as it is written, and as a function.
type Condition = (&'static str, fn(&Event) -> bool);
/// Key as it is written, with the name of its column and its value.
type Key = (&'static str, &'static str, fn(&Event) -> Value);
/// Aggregate named `x` as it is written, and its value.
type Sums = (&'static str, fn(&[&Event]) -> Value);

/// Queries with their rows, in no particular order.
pub(super) fn rows(events: &[Event]) -> Vec<(String, Vec<Value>)> {
    let all: Vec<&Event> = events.iter().collect();
    let conditions = [PLATFORM, MESSAGES, MEMBERS, COMPUTED].concat();
    let filtered = conditions.into_iter().map(|(text, holds)| {
        let count = events.iter().filter(|event| holds(event)).count();
        (format!("filter {text} | stats count(*) as n"), vec![json!({"n": count})])
    });
    let grouped = KEYS.iter().flat_map(|(text, name, key)| {
        let sums = SUMS.iter().map(|(aggregate, sums)| {
            let rows = group(&all, |event| json!({*name: key(event)}), |group| json!({"x": sums(group)}));
            (format!("stats {aggregate} as x by {text}"), rows)
        });
        sums.collect::<Vec<_>>()
    });
    filtered.chain(grouped).chain(parsed(&all)).chain(sorted(&all)).collect()
}

/// Number that a member is or holds.
fn number(event: &Event, path: &str) -> Option<f64> {
    match event.field(path)? {
        Value::Number(number) => number.as_f64(),
        Value::Bool(truth) => Some(f64::from(u8::from(truth))),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Text of a member; of a truth value 1 or 0.
fn text(event: &Event, path: &str) -> Option<String> {
    match event.field(path)? {
        Value::String(text) => Some(text),
        Value::Bool(truth) => Some(u8::from(truth).to_string()),
        other @ (Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    }
}

/// Member as a key of a group.
fn member(event: &Event, path: &str) -> Value {
    match event.field(path) {
        Some(Value::Bool(truth)) => u8::from(truth).into(),
        other => other.into(),
    }
}

fn is(event: &Event, path: &str, wanted: &str) -> bool {
    text(event, path).is_some_and(|text| text == wanted)
}

fn has(event: &Event, path: &str) -> bool {
    event.field(path).is_some()
}

fn starts(event: &Event, word: &str) -> bool {
    event.message.starts_with(&format!("{word} RequestId"))
}

fn length(event: &Event) -> u32 {
    u32::try_from(event.message.chars().count()).expect("a message is short")
}

/// True if a number of a REPORT line meets a condition.
fn report(event: &Event, name: &str, holds: impl Fn(f64) -> bool) -> bool {
    event.is_report() && event.number(name).is_some_and(holds)
}

const PLATFORM: &[Condition] = &[
    ("@type = \"REPORT\"", Event::is_report),
    ("@type = \"START\"", |event| starts(event, "START")),
    ("@type in [\"START\", 'END']", |event| starts(event, "START") || starts(event, "END")),
    ("@type = 'REPORT' and @duration > 100", |event| report(event, "Duration", |ms| ms > 100.0)),
    ("@duration <= 12.5", |event| report(event, "Duration", |ms| ms <= 12.5)),
    ("@duration >= \"50\"", |event| report(event, "Duration", |ms| ms >= 50.0)),
    ("not (@duration > 100)", |event| !report(event, "Duration", |ms| ms > 100.0)),
    ("@billedDuration % 2 = 0", |event| report(event, "Billed Duration", |ms| ms % 2.0 == 0.0)),
    ("@memorySize = 512000000", |event| report(event, "Memory Size", |mb| mb == 512.0)),
    ("@memorySize in [128000000, 1024000000]", |event| {
        report(event, "Memory Size", |mb| mb == 128.0 || mb == 1024.0)
    }),
    ("@maxMemoryUsed >= @memorySize * 0.5", |event| {
        let size = event.number("Memory Size").unwrap_or(f64::MAX);
        report(event, "Max Memory Used", |mb| mb >= size * 0.5)
    }),
    ("ispresent(@initDuration)", |event| report(event, "Init Duration", |_| true)),
    ("@type = 'REPORT' and not ispresent(@initDuration)", |event| {
        event.is_report() && event.number("Init Duration").is_none()
    }),
    ("greatest(@initDuration, 0) = 0 and @type = 'REPORT'", |event| {
        event.is_report() && event.number("Init Duration").unwrap_or(0.0) == 0.0
    }),
    ("@duration + coalesce(@initDuration, 0) > 200", |event| {
        report(event, "Duration", |ms| ms + event.number("Init Duration").unwrap_or(0.0) > 200.0)
    }),
    ("floor(@duration / 10) = 1", |event| report(event, "Duration", |ms| (ms / 10.0).floor() == 1.0)),
    ("@duration > 100 or @memorySize > 1000000000", |event| {
        report(event, "Duration", |ms| ms > 100.0) || report(event, "Memory Size", |mb| mb > 1000.0)
    }),
];

const MESSAGES: &[Condition] = &[
    ("@message like \"Duration\"", |event| event.message.contains("Duration")),
    ("@message not like \"Duration\"", |event| !event.message.contains("Duration")),
    ("@message like /(?i)ERROR/", |event| event.message.to_ascii_lowercase().contains("error")),
    ("@message like /^\\{/", |event| event.message.starts_with('{')),
    ("@message =~ /timed out|Runtime\\.ExitError/", |event| {
        event.message.contains("timed out") || event.message.contains("Runtime.ExitError")
    }),
    ("@message like /\\tINFO\\t/", |event| event.message.contains("\tINFO\t")),
    ("strcontains(@message, 'RequestId') = 1", |event| event.message.contains("RequestId")),
    ("startsWith(@message, \"END\")", |event| event.message.starts_with("END")),
    ("substr(@message, 0, 5) = \"START\"", |event| event.message.starts_with("START")),
    ("strlen(@message) > 200", |event| length(event) > 200),
    ("strlen(@message) % 2 = 1", |event| length(event) % 2 == 1),
    ("abs(strlen(@message) - 120) < 20", |event| length(event).abs_diff(120) < 20),
    ("messageSize(@message) != strlen(@message)", |event| !event.message.is_ascii()),
    ("isblank(@message) = 0", |event| !event.message.trim().is_empty()),
    ("@logStream like \"LATEST\"", |event| event.stream.contains("LATEST")),
    ("@log like /^[0-9]{12}:/", |event| event.log.as_bytes().get(12) == Some(&b':')),
    ("strlen(concat(@log, \"|\", @logStream)) > 80", |event| event.log.len() + event.stream.len() + 1 > 80),
];

const MEMBERS: &[Condition] = &[
    ("level = \"ERROR\"", |event| is(event, "level", "ERROR")),
    ("level == \"ERROR\"", |event| is(event, "level", "ERROR")),
    ("level != \"ERROR\"", |event| has(event, "level") && !is(event, "level", "ERROR")),
    ("level in [\"ERROR\", \"WARN\", 50]", |event| {
        ["ERROR", "WARN", "50"].iter().any(|level| is(event, "level", level))
    }),
    ("level not in [\"INFO\", 30]", |event| {
        has(event, "level") && !is(event, "level", "INFO") && !is(event, "level", "30")
    }),
    ("level = 30", |event| number(event, "level") == Some(30.0)),
    ("level = \"30\"", |event| number(event, "level") == Some(30.0)),
    ("level like /^[A-Z]+$/", |event| {
        text(event, "level").is_some_and(|level| level.bytes().all(|byte| byte.is_ascii_uppercase()))
    }),
    ("ispresent(level)", |event| has(event, "level")),
    ("not ispresent(level)", |event| !has(event, "level")),
    ("isempty(level) = 1", |event| text(event, "level").unwrap_or_default().is_empty()),
    ("toupper(level) = \"WARNING\"", |event| {
        text(event, "level").is_some_and(|level| level.to_uppercase() == "WARNING")
    }),
    ("cold_start = 1", |event| number(event, "cold_start") == Some(1.0)),
    ("cold_start = 0", |event| number(event, "cold_start") == Some(0.0)),
    ("cold_start = true", |event| number(event, "cold_start") == Some(1.0)),
    ("cold_start = \"false\"", |event| number(event, "cold_start") == Some(0.0)),
    ("function_memory_size >= 512", |event| {
        number(event, "function_memory_size").is_some_and(|mb| mb >= 512.0)
    }),
    ("function_memory_size = '1024'", |event| number(event, "function_memory_size") == Some(1024.0)),
    ("type = \"platform.report\"", |event| is(event, "type", "platform.report")),
    ("type like \"platform.\" and type != \"platform.report\"", |event| {
        text(event, "type").is_some_and(|name| name.contains("platform.") && name != "platform.report")
    }),
    ("record.metrics.durationMs > 50", |event| {
        number(event, "record.metrics.durationMs").is_some_and(|ms| ms > 50.0)
    }),
    ("record.metrics.durationMs <= record.metrics.billedDurationMs", |event| {
        let both =
            number(event, "record.metrics.durationMs").zip(number(event, "record.metrics.billedDurationMs"));
        both.is_some_and(|(ms, billed)| ms <= billed)
    }),
    ("ispresent(record.requestId) and not ispresent(record.metrics.durationMs)", |event| {
        has(event, "record.requestId") && !has(event, "record.metrics.durationMs")
    }),
    ("ispresent(_aws.CloudWatchMetrics.0.Metrics.0.Name)", |event| {
        has(event, "_aws.CloudWatchMetrics.0.Metrics.0.Name")
    }),
    ("ispresent(_aws.CloudWatchMetrics)", |_| false),
    ("ispresent(requestId) or ispresent(function_request_id)", |event| {
        has(event, "requestId") || has(event, "function_request_id")
    }),
    ("nowhere = 1", |_| false),
    ("nowhere != 1", |_| false),
    ("not (nowhere = 1)", |_| true),
    ("nowhere not in [1, 'x']", |_| false),
];

const COMPUTED: &[Condition] = &[
    ("if(ispresent(level), 1, 0) = 0", |event| !has(event, "level")),
    ("case(level = 'ERROR', 3, level = 'WARN', 2, 1) >= 2", |event| {
        is(event, "level", "ERROR") || is(event, "level", "WARN")
    }),
    ("coalesce(requestId, function_request_id, \"none\") = \"none\"", |event| {
        !has(event, "requestId") && !has(event, "function_request_id")
    }),
    ("strlen(replace(@message, \" \", \"\")) < strlen(@message) - 10", |event| {
        event.message.matches(' ').count() > 10
    }),
    (
        "level = \"ERROR\" and (cold_start = 1 or strlen(@message) > 150) and not @message like \"x\"",
        |event| {
            is(event, "level", "ERROR")
                && (number(event, "cold_start") == Some(1.0) || length(event) > 150)
                && !event.message.contains('x')
        },
    ),
    ("toMillis(@timestamp) % 1000 < 500", |event| event.time.rem_euclid(1000) < 500),
    ("1 / 0 > 0 or level + 1 > 30", |event| number(event, "level").is_some_and(|level| level + 1.0 > 30.0)),
];

const KEYS: &[Key] = &[
    ("@log", "@log", |event| event.log.clone().into()),
    ("@logStream", "@logStream", |event| event.stream.clone().into()),
    ("level", "level", |event| member(event, "level")),
    ("service as s", "s", |event| member(event, "service")),
    ("type", "type", |event| member(event, "type")),
    ("cold_start", "cold_start", |event| member(event, "cold_start")),
    ("bin(30m)", "bin(30m)", |event| bin(event, 30 * MINUTE).into()),
    ("record.status", "record.status", |event| member(event, "record.status")),
    ("strlen(@message) > 200 as long", "long", |event| u8::from(length(event) > 200).into()),
];

const SUMS: &[Sums] = &[
    ("count(*)", |group| group.len().into()),
    ("sum(strlen(@message))", |group| group.iter().map(|event| length(event)).sum::<u32>().into()),
    ("count(level)", |group| group.iter().filter(|event| has(event, "level")).count().into()),
    ("avg(strlen(@message))", |group| mean(&numbers(group, |event| Some(f64::from(length(event))))).into()),
    ("max(@duration)", |group| {
        most(&numbers(group, |event| event.is_report().then(|| event.number("Duration"))?)).into()
    }),
    ("count_distinct(@logStream)", |group| {
        let streams: std::collections::BTreeSet<_> = group.iter().map(|event| &event.stream).collect();
        streams.len().into()
    }),
];

fn parsed(all: &[&Event]) -> Vec<(String, Vec<Value>)> {
    let count = |group: &[&Event]| json!({"n": group.len()});
    let words =
        group(all, |event| json!({"word": event.message.split_once(' ').map(|(word, _)| word)}), count);
    let ids = all.iter().filter_map(|event| event.between("RequestId: ", "\t"));
    let ids: std::collections::BTreeSet<_> = ids.collect();
    let status = group(
        all,
        |event| {
            let after = event.message.split_once("\tStatus: ").map(|(_, after)| after);
            json!({"status": after.and_then(|after| after.split(|c: char| !c.is_alphanumeric()).next())})
        },
        count,
    );
    let least = least(&numbers(all, |event| event.between("Max Memory Used: ", " MB")?.parse().ok()));
    vec![
        ("parse \"* *\" as word, rest | stats count(*) as n by word".to_owned(), words),
        (
            "parse /RequestId: (?<id>[^\\t]*)\\t/ | stats count_distinct(id) as n".to_owned(),
            vec![json!({"n": ids.len()})],
        ),
        ("parse /\\tStatus: (?<status>\\w+)/ | stats count(*) as n by status".to_owned(), status),
        (
            "parse @message \"Max Memory Used: * MB\" as mb | stats min(mb) as x".to_owned(),
            vec![json!({"x": least})],
        ),
    ]
}

fn sorted(all: &[&Event]) -> Vec<(String, Vec<Value>)> {
    let mut lengths: Vec<_> = all.iter().map(|event| length(event)).collect();
    lengths.sort_unstable();
    let lengths_of =
        |lengths: &mut dyn Iterator<Item = &u32>| lengths.map(|n| json!({"n": n})).collect::<Vec<_>>();
    let mut newest: Vec<_> = all.iter().map(|event| event.time).collect();
    newest.sort_unstable();
    let newest = newest.iter().rev().take(40).map(|time| json!({"t": time})).collect();
    let groups = group(all, |event| json!({"@log": event.log}), |group| json!({"n": group.len()}));
    let counts: Vec<_> = groups.iter().filter_map(|row| row["n"].as_f64()).collect();
    vec![
        (
            "fields strlen(@message) as n | sort n desc | limit 30 | display n".to_owned(),
            lengths_of(&mut lengths.iter().rev().take(30)),
        ),
        (
            "fields strlen(@message) as n | sort n | limit 30 | display n".to_owned(),
            lengths_of(&mut lengths.iter().take(30)),
        ),
        ("fields toMillis(@timestamp) as t | limit 40 | display t".to_owned(), newest),
        (
            "stats count(*) as n by @log | stats max(n) as top, sum(n) as total, count(*) as groups"
                .to_owned(),
            vec![json!({"top": most(&counts), "total": all.len(), "groups": counts.len()})],
        ),
        ("stats count(*) as n by @log | filter n > 100".to_owned(), {
            groups.into_iter().filter(|row| row["n"].as_f64().is_some_and(|n| n > 100.0)).collect()
        }),
    ]
}
