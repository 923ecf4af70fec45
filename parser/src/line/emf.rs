//! Parser for CloudWatch's embedded metric format (EMF): metrics that are declared in a JSON log line.
//!
//! The declaration refers to top-level members of the same line; nested members are not used.

use std::{borrow::Cow, time::Duration};

use super::{
    Line,
    app::{App, xray_trace_id},
    time::epoch,
};
use crate::{
    json::{self, Kind, Value},
    units::UnixMillis,
};

/// Log line that declares metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Emf<'a> {
    /// The same line, read as an ordinary log line: level, request id, message.
    pub app: App<'a>,
    /// Time of the metrics, as declared.
    pub timestamp: UnixMillis,
    /// The metrics, as declared.
    pub metrics: Vec<EmfMetric<'a>>,
    /// Function that the metrics are about, if the line of Lambda Insights names it; `None` if it is the function that
    /// logged the line.
    pub subject: Option<EmfSubject<'a>>,
}

/// Function that a line of Lambda Insights is about. Insights writes the lines of all functions to one log group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmfSubject<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// Version of the function; empty if the line does not name it.
    pub version: &'a str,
}

impl Emf<'_> {
    /// Time of the metrics: the declared one. `event`, the time of the log event, if the declared one is more than two
    /// weeks before or two hours after it, which CloudWatch does not accept.
    #[must_use]
    pub fn time(&self, event: UnixMillis) -> UnixMillis {
        const PAST: Duration = Duration::from_secs(14 * 24 * 3600);
        const FUTURE: Duration = Duration::from_secs(2 * 3600);
        let is_accepted = event.before(PAST) <= self.timestamp && self.timestamp.before(FUTURE) <= event;
        if is_accepted { self.timestamp } else { event }
    }
}

/// Metric of an EMF line: one name in one namespace with one set of dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct EmfMetric<'a> {
    /// CloudWatch namespace.
    pub namespace: &'a str,
    /// Name of the metric.
    pub name: &'a str,
    /// CloudWatch unit; `None` if the line does not give it.
    pub unit: Option<&'a str>,
    /// Values: one to 100.
    pub values: Vec<f64>,
    /// Names and values of the dimensions. A value with JSON escapes stays escaped.
    pub dimensions: Vec<(&'a str, &'a str)>,
}

/// CloudWatch's limit of metrics in a directive. The next two constants are its limits of dimensions in a set, and of
/// values of a metric.
const MAX_METRICS: usize = 100;
const MAX_DIMENSIONS: usize = 30;
const MAX_VALUES: usize = 100;

/// CloudWatch namespace of Lambda Insights.
const LAMBDA_INSIGHTS: &str = "LambdaInsights";

/// Limit of metrics in one line. CloudWatch has none, but each dimension set multiplies the metrics.
const MAX_DECLARED: usize = 3_000;

/// Parses the metrics that `_aws` declares in the JSON object `text`, which was read as `app`. If the declaration is
/// malformed, the line is an ordinary log line.
pub(super) fn read<'a>(text: &'a str, declaration: Value<'a>, mut app: App<'a>) -> Line<'a> {
    let declared = directives(declaration).zip(TopLevel::of(text));
    let Some(((timestamp, directives), top_level)) = declared else { return Line::App(app) };
    let Some(metrics) = metrics(&directives, &top_level) else { return Line::App(app) };
    let is_insights = directives.iter().any(|directive| directive.namespace == LAMBDA_INSIGHTS);
    let subject = is_insights.then(|| top_level.subject(&mut app)).flatten();
    Line::Emf(Emf { app, timestamp, metrics, subject })
}

fn metrics<'a>(directives: &[Directive<'a>], top_level: &TopLevel<'a>) -> Option<Vec<EmfMetric<'a>>> {
    let mut metrics = Vec::new();
    for directive in directives {
        let dimensions: Vec<_> = directive.sets.iter().filter_map(|set| top_level.dimensions(set)).collect();
        for metric in &directive.metrics {
            let Some(values) = top_level.values(metric.name) else {
                continue;
            };
            if metrics.len() + dimensions.len() > MAX_DECLARED {
                return None;
            }
            metrics.extend(dimensions.iter().map(|dimensions| EmfMetric {
                namespace: directive.namespace,
                name: metric.name,
                unit: metric.unit,
                values: values.clone(),
                dimensions: dimensions.clone(),
            }));
        }
    }
    Some(metrics)
}

/// Element of `CloudWatchMetrics`.
#[derive(Debug)]
struct Directive<'a> {
    namespace: &'a str,
    sets: Vec<Vec<&'a str>>,
    metrics: Vec<Definition<'a>>,
}

/// Element of a directive's `Metrics`.
#[derive(Debug)]
struct Definition<'a> {
    name: &'a str,
    unit: Option<&'a str>,
}

/// Parses the time and the directives in `_aws`; `None` without a time.
fn directives(declaration: Value<'_>) -> Option<(UnixMillis, Vec<Directive<'_>>)> {
    let (mut time, mut list) = (None, None);
    json::members(declaration.raw, |name, value| match name {
        "Timestamp" => time = Some(value),
        "CloudWatchMetrics" => list = Some(value),
        _ => {}
    })?;
    let time = time.filter(|time: &Value<'_>| time.kind == Kind::Number).and_then(|time| epoch(time.raw))?;
    Some((time, collect(list?, directive)?))
}

fn directive(value: Value<'_>) -> Option<Directive<'_>> {
    let (mut namespace, mut sets, mut metrics) = (None, None, None);
    json::members(value.raw, |name, value| match name {
        "Namespace" => namespace = value.plain(),
        "Dimensions" => sets = collect(value, dimension_set),
        "Metrics" => metrics = collect(value, definition),
        _ => {}
    })?;
    let metrics = metrics.filter(|metrics| metrics.len() <= MAX_METRICS)?;
    Some(Directive { namespace: namespace?, sets: sets?, metrics })
}

fn dimension_set(value: Value<'_>) -> Option<Vec<&str>> {
    collect(value, |key| key.plain()).filter(|keys| keys.len() <= MAX_DIMENSIONS)
}

fn definition(value: Value<'_>) -> Option<Definition<'_>> {
    let (mut metric_name, mut unit) = (None, None);
    json::members(value.raw, |name, value| match name {
        "Name" => metric_name = value.plain(),
        "Unit" => unit = value.plain(),
        _ => {}
    })?;
    Some(Definition { name: metric_name?, unit })
}

/// Parses every element of an array; `None` if the value is not an array or `read` rejects an element.
fn collect<'a, T>(array: Value<'a>, read: impl Fn(Value<'a>) -> Option<T>) -> Option<Vec<T>> {
    let mut all = Some(Vec::new());
    json::elements(array.raw, |value| {
        all = all.take().and_then(|mut all| {
            all.push(read(value)?);
            Some(all)
        });
    })?;
    all
}

/// Top-level members of a line, sorted by name.
struct TopLevel<'a> {
    members: Vec<(&'a str, Value<'a>)>,
}

impl<'a> TopLevel<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut members = Vec::new();
        json::members(text, |name, value| members.push((name, value)))?;
        members.sort_by_key(|(name, _)| *name);
        Some(Self { members })
    }

    fn member(&self, name: &str) -> Option<Value<'a>> {
        let at = self.members.binary_search_by_key(&name, |(name, _)| *name).ok()?;
        self.members.get(at).map(|(_, value)| *value)
    }

    /// Function that a line of Lambda Insights names. Sets the ids of its invocation in `app`.
    fn subject(&self, app: &mut App<'a>) -> Option<EmfSubject<'a>> {
        let text = |name| self.member(name).and_then(|value| value.plain()).filter(|text| !text.is_empty());
        let function = text("function_name")?;
        app.request_id = app.request_id.take().or(text("request_id").map(Cow::Borrowed));
        app.trace_id = app.trace_id.take().or(text("trace_id").and_then(xray_trace_id).map(Cow::Borrowed));
        Some(EmfSubject { function, version: text("version").unwrap_or_default() })
    }

    /// Values of the member `name`: a number or a list of numbers; `None` for anything else.
    fn values(&self, name: &str) -> Option<Vec<f64>> {
        let value = self.member(name)?;
        let number = |value: Value<'_>| (value.kind == Kind::Number).then(|| value.number())?;
        match value.kind {
            Kind::Number => Some(vec![number(value)?]),
            Kind::Array => collect(value, number).filter(|values| (1..=MAX_VALUES).contains(&values.len())),
            Kind::String { .. } | Kind::Object | Kind::True | Kind::False | Kind::Null => None,
        }
    }

    /// Dimension set with its values; `None` if a value is missing or not a string.
    fn dimensions(&self, set: &[&'a str]) -> Option<Vec<(&'a str, &'a str)>> {
        set.iter().map(|&key| Some((key, self.member(key).filter(is_string)?.raw))).collect()
    }
}

fn is_string(value: &Value<'_>) -> bool {
    matches!(value.kind, Kind::String { .. })
}
