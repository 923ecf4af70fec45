//! Events of a store, read back, and events as a subscription delivers them.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tailwater_parser::timestamp;
use tests::{
    account::{ACCOUNT, LoggedEvent},
    replay::Replay,
};

/// Returns all events of a store, in order, without their ids.
#[track_caller]
pub(super) fn stored_events(store: &Path) -> Vec<LoggedEvent> {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let out = folder.path().join("out");
    Replay::subcommand("export").arg(&out).args(["--format", "ndjson", "--store"]).arg(store).run().code(0);
    let mut events = Vec::new();
    for day in fs::read_dir(out.join("events")).expect("a folder of events").flatten() {
        for file in fs::read_dir(day.path()).expect("a folder of a day").flatten() {
            let text = fs::read_to_string(file.path()).expect("the file is text");
            events.extend(text.lines().map(|line| event(&serde_json::from_str(line).expect("JSON"))));
        }
    }
    events.sort();
    events
}

fn event(record: &Value) -> LoggedEvent {
    assert_eq!((&record["account"], &record["region"]), (&json!(ACCOUNT), &json!("eu-west-1")), "{record}");
    let text = |member: &str| record[member].as_str().expect("a text").to_owned();
    let (time, _) = timestamp::read(record["time"].as_str().expect("a time")).expect("a time");
    LoggedEvent {
        // An export has no ids. The messages are unique.
        id: String::new(),
        group: text("log_group"),
        stream: text("log_stream"),
        time_ms: time.0,
        message: text("message"),
    }
}

/// Returns subscription documents with these events, one for each log stream.
pub(super) fn subscription(events: &[LoggedEvent]) -> String {
    let same_stream =
        |one: &LoggedEvent, other: &LoggedEvent| (&one.group, &one.stream) == (&other.group, &other.stream);
    let document = |events: &[LoggedEvent]| {
        let event = |event: &LoggedEvent| json!({"id": event.id, "timestamp": event.time_ms, "message": event.message});
        let document = json!({
            "messageType": "DATA_MESSAGE",
            "owner": ACCOUNT,
            "logGroup": events[0].group,
            "logStream": events[0].stream,
            "subscriptionFilters": ["f"],
            "logEvents": events.iter().map(event).collect::<Vec<_>>(),
        });
        document.to_string()
    };
    events.chunk_by(same_stream).map(document).collect()
}
