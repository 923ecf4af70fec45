//! One line for each invocation, in CloudWatch's embedded metric format: the metrics, and the ledger beside them.
//!
//! A member of the line has one value, so a second sink's metrics need a second line, without the ledger.

use std::{borrow::Cow, collections::BTreeMap, sync::atomic::Ordering};

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use tailwater_parser::UnixMillis;

use super::{
    names::{Label, Unit},
    registry::{Registry, Series, Value, gauge},
};
use crate::tracker::Account;

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
            let mut metrics = Metrics::default();
            series
                .iter()
                .filter(|series| of_all(series) || series.label(Label::Sink.name()) == sink)
                .for_each(|series| metrics.add(series));
            let accounts = if index == 0 { invocation.accounts } else { &[] };
            let line = Line { metrics, invocation, function_name: &self.function_name, sink, accounts };
            // As bytes at once: displaying JSON looks through every piece of it for what is no UTF-8.
            lines += &serde_json::to_string(&line).expect("a document of texts and numbers");
            lines.push('\n');
        }
        lines
    }
}

/// One line: its members in the order they are written.
struct Line<'l> {
    metrics: Metrics<'l>,
    invocation: &'l Invocation<'l>,
    function_name: &'l str,
    sink: &'l str,
    /// Those whose ledgers it tells.
    accounts: &'l [(&'l str, &'l Account)],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        // CloudWatch complains about a line that says it has metrics and has none.
        if !self.metrics.values.is_empty() {
            members.serialize_entry("_aws", &self.metrics.declared(self.invocation.time))?;
        }
        members.serialize_entry("function_name", self.function_name)?;
        members.serialize_entry("sink", self.sink)?;
        members.serialize_entry("request_id", self.invocation.request_id)?;
        for (name, (_, value)) in &self.metrics.values {
            members.serialize_entry(name, value)?;
        }
        for ((name, label), by_value) in &self.metrics.apart {
            members.serialize_entry(&format_args!("{name}_by_{label}"), by_value)?;
        }
        if !self.accounts.is_empty() {
            let ledgers: BTreeMap<_, _> =
                self.accounts.iter().map(|(sink, account)| (*sink, Told::of(account))).collect();
            members.serialize_entry("ledger", &ledgers)?;
        }
        members.end()
    }
}

/// The metrics of one line.
#[derive(Default)]
struct Metrics<'l> {
    values: BTreeMap<Cow<'static, str>, (Unit, Quantity)>,
    /// Sums told apart by a label that is no dimension, under metric and label: what would be a metric of its own for
    /// each reason costs money.
    apart: BTreeMap<(&'static str, &'static str), BTreeMap<&'l str, u64>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Quantity {
    Count(u64),
    Value(f64),
    Values(Vec<f64>),
}

impl<'l> Metrics<'l> {
    /// Adds what was counted since this was last asked; what was not is left out.
    fn add(&mut self, series: &'l Series) {
        let metric = series.metric;
        let apart = metric.labels.iter().map(|label| label.name()).find(|name| *name != Label::Sink.name());
        match &series.value {
            Value::Counter(counter) => self.count(series, counter.swap(0, Ordering::Relaxed), apart),
            Value::Gauge(bits) => {
                let value = gauge(bits);
                if value != 0.0 {
                    self.values.insert(metric.name.into(), (metric.unit, Quantity::Value(value)));
                }
            }
            Value::Histogram(values) => {
                let latest = values.take_latest();
                if latest.is_empty() {
                    return;
                }
                let name = match apart {
                    Some(label) => format!("{}_{}", metric.name, series.label(label)).into(),
                    None => metric.name.into(),
                };
                let quantity = match latest.as_slice() {
                    [value] => Quantity::Value(*value),
                    _ => Quantity::Values(latest),
                };
                self.values.insert(name, (metric.unit, quantity));
            }
        }
    }

    fn count(&mut self, series: &'l Series, counted: u64, apart: Option<&'static str>) {
        if counted == 0 {
            return;
        }
        let (name, unit) = (series.metric.name, series.metric.unit);
        let (_, sum) = self.values.entry(name.into()).or_insert((unit, Quantity::Count(0)));
        if let Quantity::Count(sum) = sum {
            *sum = sum.saturating_add(counted);
        }
        if let Some(label) = apart {
            self.apart.entry((name, label)).or_default().insert(series.label(label), counted);
        }
    }

    /// What tells CloudWatch which members are metrics.
    fn declared(&self, time: UnixMillis) -> Declared<'_> {
        let metrics = self.values.iter().map(|(name, (unit, _))| Definition { name, unit: unit_name(*unit) });
        let directive = Directive {
            namespace: NAMESPACE,
            dimensions: &[&["function_name"], &["function_name", "sink"]],
            metrics: metrics.collect(),
        };
        Declared { timestamp: time.0, cloud_watch_metrics: [directive] }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Declared<'l> {
    timestamp: i64,
    cloud_watch_metrics: [Directive<'l>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'l> {
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    metrics: Vec<Definition<'l>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition<'l> {
    name: &'l str,
    unit: &'static str,
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "Count",
        Unit::Bytes => "Bytes",
        Unit::Seconds => "Seconds",
        // CloudWatch has no money.
        Unit::Dollars => "None",
    }
}

/// received = delivered + filtered + sampled + parked + rejected; what is returned will be received again.
#[derive(Serialize)]
struct Told {
    received: u64,
    delivered: u64,
    filtered: u64,
    sampled: u64,
    parked: u64,
    rejected: u64,
    returned: u64,
    bytes: u64,
}

impl Told {
    fn of(account: &Account) -> Self {
        let ledger = &account.ledger;
        Self {
            received: ledger.received().events,
            delivered: ledger.delivered().events,
            filtered: ledger.filtered().events,
            sampled: ledger.sampled().events,
            parked: ledger.parked().events,
            rejected: ledger.rejected().events,
            returned: account.returned.events,
            bytes: ledger.received().bytes.0,
        }
    }
}
