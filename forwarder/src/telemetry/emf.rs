//! One line for each invocation, in CloudWatch's embedded metric format: the metrics, and the ledger beside them.
//!
//! A member of the line has one value, so a second sink's metrics need a second line, without the ledger.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use serde_json::{Map, Value as Json, json};
use tailwater_parser::UnixMillis;

use super::{
    names::{Label, Unit},
    registry::{Registry, Series, Value, gauge},
};
use crate::deliver::obligations::Account;

/// Where CloudWatch files the metrics.
pub const NAMESPACE: &str = "Tailwater";

/// Writes the line of each invocation.
#[derive(Clone, Debug)]
pub struct Emf {
    registry: Registry,
    function_name: String,
}

/// An invocation that ended.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'i> {
    /// AWS's id of it.
    pub request_id: &'i str,
    /// When it ended.
    pub time: UnixMillis,
    /// The account of each sink, in the order of the settings, under its name.
    pub accounts: &'i [(&'i str, &'i Account)],
}

impl Emf {
    /// Writes what `registry` holds, as of the function of this name.
    #[must_use]
    pub fn new(registry: Registry, function_name: String) -> Self {
        Self { registry, function_name }
    }

    /// What was counted since the last invocation, and the ledger of this one: one line, and one more for each sink but
    /// the first. Each ends with a line feed.
    #[must_use]
    pub fn lines(&self, invocation: &Invocation<'_>) -> String {
        let series = self.registry.series();
        let sinks = invocation.accounts.iter().map(|(sink, _)| *sink);
        let mut lines = String::new();
        for (index, sink) in sinks.enumerate() {
            let of_all = |series: &&Series| index == 0 && !series.metric.labels.contains(&Label::Sink);
            let mut document = Document::default();
            series
                .iter()
                .filter(|series| of_all(series) || series.label(Label::Sink.name()) == sink)
                .for_each(|series| document.add(series));
            let mut members = document.members(invocation.time);
            members.insert("function_name".to_owned(), Json::from(self.function_name.as_str()));
            members.insert("sink".to_owned(), Json::from(sink));
            members.insert("request_id".to_owned(), Json::from(invocation.request_id));
            if index == 0 {
                members.insert("ledger".to_owned(), ledgers(invocation.accounts));
            }
            // Displaying it would look through every piece for what is no UTF-8.
            lines += &serde_json::to_string(&members).expect("a document of texts and numbers");
            lines.push('\n');
        }
        lines
    }
}

/// The metrics of one line.
#[derive(Default)]
struct Document {
    values: BTreeMap<String, (Unit, Json)>,
    /// Sums told apart by a label that is no dimension: what would be a metric of its own for each reason costs money.
    apart: BTreeMap<String, Map<String, Json>>,
}

impl Document {
    /// Adds what was counted since this was last asked; what was not is left out.
    fn add(&mut self, series: &Series) {
        let metric = series.metric;
        let apart = metric.labels.iter().find(|label| **label != Label::Sink);
        let apart = apart.map(|label| (label.name(), series.label(label.name())));
        match (&series.value, apart) {
            (Value::Counter(counter), apart) => self.count(series, counter.swap(0, Ordering::Relaxed), apart),
            (Value::Gauge(bits), _) => {
                let value = gauge(bits);
                if value != 0.0 {
                    self.values.insert(metric.name.to_owned(), (metric.unit, Json::from(value)));
                }
            }
            (Value::Histogram(values), apart) => {
                let latest = values.take_latest();
                let name =
                    apart.map_or(metric.name.to_owned(), |(_, value)| format!("{}_{value}", metric.name));
                match latest.as_slice() {
                    [] => {}
                    [value] => drop(self.values.insert(name, (metric.unit, Json::from(*value)))),
                    values => drop(self.values.insert(name, (metric.unit, Json::from(values)))),
                }
            }
        }
    }

    fn count(&mut self, series: &Series, counted: u64, apart: Option<(&str, &str)>) {
        if counted == 0 {
            return;
        }
        let (name, unit) = (series.metric.name, series.metric.unit);
        let sum = self.values.entry(name.to_owned()).or_insert((unit, Json::from(0)));
        sum.1 = Json::from(sum.1.as_u64().unwrap_or_default().saturating_add(counted));
        if let Some((label, value)) = apart {
            let by = self.apart.entry(format!("{name}_by_{label}")).or_default();
            by.insert(value.to_owned(), Json::from(counted));
        }
    }

    /// As members of the line, with the one that tells CloudWatch which of them are metrics.
    fn members(self, time: UnixMillis) -> Map<String, Json> {
        let mut members = Map::new();
        let metrics: Vec<_> = self.values.iter().map(|(name, (unit, _))| definition(name, *unit)).collect();
        // CloudWatch complains about a line that says it has metrics and has none.
        if !metrics.is_empty() {
            let directive = json!({
                "Namespace": NAMESPACE,
                "Dimensions": [["function_name"], ["function_name", "sink"]],
                "Metrics": metrics,
            });
            members.insert("_aws".to_owned(), json!({"Timestamp": time.0, "CloudWatchMetrics": [directive]}));
        }
        members.extend(self.values.into_iter().map(|(name, (_, value))| (name, value)));
        members.extend(self.apart.into_iter().map(|(name, by)| (name, Json::Object(by))));
        members
    }
}

fn definition(name: &str, unit: Unit) -> Json {
    let unit = match unit {
        Unit::Count => "Count",
        Unit::Bytes => "Bytes",
        Unit::Seconds => "Seconds",
        // CloudWatch has no money.
        Unit::Dollars => "None",
    };
    json!({"Name": name, "Unit": unit})
}

fn ledgers(accounts: &[(&str, &Account)]) -> Json {
    let by_sink = accounts.iter().map(|(sink, account)| ((*sink).to_owned(), ledger(account)));
    Json::Object(by_sink.collect())
}

/// received = delivered + filtered + sampled + parked + rejected; what is returned will be received again.
fn ledger(account: &Account) -> Json {
    let ledger = &account.ledger;
    json!({
        "received": ledger.received().events,
        "delivered": ledger.delivered().events,
        "filtered": ledger.filtered().events,
        "sampled": ledger.sampled().events,
        "parked": ledger.parked().events,
        "rejected": ledger.rejected().events,
        "returned": account.returned.events,
        "bytes": ledger.received().bytes.0,
    })
}
