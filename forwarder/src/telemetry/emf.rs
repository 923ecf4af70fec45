//! Export of Tailwater's own metrics in CloudWatch's embedded metric format (EMF): one line per sink and invocation. A
//! member has one value, so each further sink has its own line. Only the first line has the ledgers.

use std::{borrow::Cow, collections::BTreeMap, sync::atomic::Ordering};

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use tailwater_parser::UnixMillis;

use super::{
    names::{Label, Unit},
    registry::{Registry, Series, Value, gauge},
};
use crate::tracker::Account;

/// CloudWatch namespace of the metrics.
pub const NAMESPACE: &str = "Tailwater";

/// Exporter of Tailwater's own metrics in the embedded metric format (EMF).
#[derive(Clone, Debug)]
pub struct Emf {
    registry: Registry,
    function_name: String,
}

/// Invocation of Tailwater that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'i> {
    /// Request id from Lambda.
    pub request_id: &'i str,
    /// Time at which the invocation ended.
    pub time: UnixMillis,
    /// Name and account of each sink, in the order of the settings.
    pub accounts: &'i [(&'i str, &'i Account)],
}

impl Emf {
    /// Creates an exporter of the metrics in `registry`, for the Lambda function of this name.
    #[must_use]
    pub fn new(registry: Registry, function_name: String) -> Self {
        Self { registry, function_name }
    }

    /// Formats the metrics since the last invocation, and the ledgers of this one. Returns one line per sink, each with
    /// a line feed at its end. The first line also has the ledgers and the metrics without a sink.
    #[must_use]
    pub fn lines(&self, invocation: &Invocation<'_>) -> String {
        let series = self.registry.series();
        let sinks = invocation.accounts.iter().map(|(sink, _)| *sink);
        let mut lines = String::new();
        for (index, sink) in sinks.enumerate() {
            let of_all_sinks = |series: &&Series| index == 0 && !series.metric.labels.contains(&Label::Sink);
            let mut metrics = Metrics::default();
            series
                .iter()
                .filter(|series| of_all_sinks(series) || series.label(Label::Sink.name()) == sink)
                .for_each(|series| metrics.add(series));
            let accounts = if index == 0 { invocation.accounts } else { &[] };
            let line = Line { metrics, invocation, function_name: &self.function_name, sink, accounts };
            // Faster than formatting with `Display`, which checks each piece for valid UTF-8.
            lines += &serde_json::to_string(&line).expect("a document of strings and numbers serializes");
            lines.push('\n');
        }
        lines
    }
}

/// One line: a JSON object with its members in the order in which they are written.
struct Line<'l> {
    metrics: Metrics<'l>,
    invocation: &'l Invocation<'l>,
    function_name: &'l str,
    sink: &'l str,
    /// Accounts whose ledgers the line contains, with the names of their sinks; empty in all but the first line.
    accounts: &'l [(&'l str, &'l Account)],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        // CloudWatch rejects a line that declares metrics and has none.
        if !self.metrics.values.is_empty() {
            members.serialize_entry("_aws", &self.metrics.declared(self.invocation.time))?;
        }
        members.serialize_entry("function_name", self.function_name)?;
        members.serialize_entry("sink", self.sink)?;
        members.serialize_entry("request_id", self.invocation.request_id)?;
        for (name, (_, value)) in &self.metrics.values {
            members.serialize_entry(name, value)?;
        }
        for ((name, label), by_value) in &self.metrics.breakdowns {
            members.serialize_entry(&format_args!("{name}_by_{label}"), by_value)?;
        }
        if !self.accounts.is_empty() {
            let ledgers: BTreeMap<_, _> =
                self.accounts.iter().map(|(sink, account)| (*sink, LedgerMembers::of(account))).collect();
            members.serialize_entry("ledger", &ledgers)?;
        }
        members.end()
    }
}

/// Metrics of one line.
#[derive(Default)]
struct Metrics<'l> {
    values: BTreeMap<Cow<'static, str>, (Unit, Quantity)>,
    /// Sums by name of the metric, name of the label and value of the label, for labels that are not CloudWatch
    /// dimensions: CloudWatch would charge each value as a metric of its own.
    breakdowns: BTreeMap<(&'static str, &'static str), BTreeMap<&'l str, u64>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Quantity {
    Count(u64),
    Value(f64),
    Values(Vec<f64>),
}

impl<'l> Metrics<'l> {
    /// Adds the values that were recorded in a series since the last line; nothing if they are zero or there are none.
    fn add(&mut self, series: &'l Series) {
        let metric = series.metric;
        let breakdown =
            metric.labels.iter().map(|label| label.name()).find(|name| *name != Label::Sink.name());
        match &series.value {
            Value::Counter(counter) => self.count(series, counter.swap(0, Ordering::Relaxed), breakdown),
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
                let name = match breakdown {
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

    fn count(&mut self, series: &'l Series, counted: u64, breakdown: Option<&'static str>) {
        if counted == 0 {
            return;
        }
        let (name, unit) = (series.metric.name, series.metric.unit);
        let (_, sum) = self.values.entry(name.into()).or_insert((unit, Quantity::Count(0)));
        if let Quantity::Count(sum) = sum {
            *sum = sum.saturating_add(counted);
        }
        if let Some(label) = breakdown {
            self.breakdowns.entry((name, label)).or_default().insert(series.label(label), counted);
        }
    }

    /// Builds the member `_aws`, which declares the members that are metrics.
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
        // CloudWatch has no unit for money.
        Unit::Dollars => "None",
    }
}

/// JSON members of a ledger: received = delivered + filtered + sampled + parked + rejected. Events in `returned` are
/// not in `received`: AWS will send them again.
#[derive(Serialize)]
struct LedgerMembers {
    received: u64,
    delivered: u64,
    filtered: u64,
    sampled: u64,
    parked: u64,
    rejected: u64,
    returned: u64,
    bytes: u64,
}

impl LedgerMembers {
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
