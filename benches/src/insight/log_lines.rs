//! Log lines of the runs: patterns of known levels, and values of members.

use std::{collections::BTreeMap, time::Duration};

use super::failing;
use crate::{
    app_log::{EmbeddedMetrics, Level, Library, Statement, TimedStatement},
    json_object::JsonObject,
    lines::LogEvent,
};

/// Number of DEBUG lines of a run of `chatty`.
const DEBUG_LINES: usize = 6;

/// Customers in the lines of a run: none, one or two.
pub(super) fn customers(function: &str, run: usize) -> &'static [&'static str] {
    match (function, run % 7, run % 5) {
        ("tenant-api", 1.., 0) => &["acme", "globex"],
        ("tenant-api", 1 | 2, _) => &["acme"],
        ("tenant-api", 3.., _) => &["globex"],
        _ => &[],
    }
}

/// Shop in the EMF document of a run.
pub(super) fn shop(function: &str, run: usize) -> Option<&'static str> {
    match (function, run % 3) {
        ("tenant-api", 0) => Some("north"),
        ("tenant-api", 1) => Some("south"),
        _ => None,
    }
}

/// Log statements of the run with this number in its environment.
pub(super) fn statements(function: &str, run: usize) -> Vec<TimedStatement> {
    let mut all = Vec::new();
    if function == "chatty" {
        let line = |n: usize| format!("loaded cart {} with \"{n}\" items (cache)", run * 31 + n);
        all.extend((0..DEBUG_LINES).map(|n| Statement::Logged(Level::Debug, line(n))));
        all.push(Statement::Logged(Level::Info, format!("order {run} placed")));
        all.push(Statement::Logged(Level::Error, format!("loaded cart {run} with \"0\" items (cache)")));
    }
    for customer in customers(function, run) {
        let fields = JsonObject::new().text("customer", customer);
        all.push(Statement::Structured(
            Library::Powertools,
            Level::Info,
            "request served".to_owned(),
            fields,
        ));
    }
    if let Some(shop) = shop(function, run) {
        all.push(Statement::Metrics(EmbeddedMetrics {
            namespace: "Shop",
            dimension: ("shop", shop.to_owned()),
            values: vec![("orders", "Count", 1)],
        }));
    }
    let timed = |statement| TimedStatement { offset: Duration::from_millis(1), statement };
    all.into_iter().map(timed).collect()
}

/// Number and bytes of events, as CloudWatch counts them.
#[derive(Clone, Copy, Debug, Default)]
struct Volume {
    events: u64,
    bytes: u64,
}

/// Volumes of all lines by function, and by level.
#[derive(Debug, Default)]
pub(super) struct Volumes {
    by_function: BTreeMap<String, Volume>,
    by_level: BTreeMap<&'static str, Volume>,
}

impl Volumes {
    pub(super) fn add(&mut self, function: &str, event: &LogEvent) {
        let bytes = u64::try_from(event.message.len()).expect("lengths fit 64 bits") + 26;
        let function = self.by_function.entry(function.to_owned()).or_default();
        let level = self.by_level.entry(level_of(&event.message)).or_default();
        for volume in [function, level] {
            volume.events += 1;
            volume.bytes += bytes;
        }
    }

    /// Formats the volumes as JSON.
    pub(super) fn object(&self) -> JsonObject {
        let volume = |volume: &Volume| {
            JsonObject::new().json("events", volume.events).json("ingest_bytes", volume.bytes)
        };
        let by_function = self
            .by_function
            .iter()
            .fold(JsonObject::new(), |object, (name, sum)| object.object(name, &volume(sum)));
        let by_level = self
            .by_level
            .iter()
            .fold(JsonObject::new(), |object, (name, sum)| object.object(name, &volume(sum)));
        let all = self.by_level.values().fold(Volume::default(), |all, level| Volume {
            events: all.events + level.events,
            bytes: all.bytes + level.bytes,
        });
        volume(&all).object("by_function", &by_function).object("by_level", &by_level)
    }
}

/// Level of a line by what only lines of this level contain.
fn level_of(message: &str) -> &'static str {
    if let Some(level) = failing::level_of(message) {
        return level;
    }
    if message.contains("loaded cart") {
        return if message.contains("\tERROR\t") { "ERROR" } else { "DEBUG" };
    }
    let marks =
        [("order ", "INFO"), ("request served", "INFO"), ("\"_aws\"", "emf"), ("JavaScript heap", "FATAL")];
    let found = marks.iter().find(|(mark, _)| message.contains(mark));
    found.map_or("platform", |(_, level)| level)
}
