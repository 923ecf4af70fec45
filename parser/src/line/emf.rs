//! CloudWatch's embedded metric format: metrics declared inside a JSON log line.
//!
//! The declaration names top-level members of the same line; nothing below them counts.

use super::app::App;
use crate::json::{self, Kind, Value};

/// A line that declares metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Emf<'a> {
    /// What the line says otherwise.
    pub app: App<'a>,
    /// Its metrics, as declared.
    pub metrics: Vec<EmfMetric<'a>>,
}

/// A metric of an EMF line: one name in one namespace with one set of dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct EmfMetric<'a> {
    /// CloudWatch namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// CloudWatch unit; `None` when none is given.
    pub unit: Option<&'a str>,
    /// Its values: one, or up to 100.
    pub values: Vec<f64>,
    /// Names and values of its dimensions; a value that holds JSON escapes keeps them.
    pub dimensions: Vec<(&'a str, &'a str)>,
}

/// CloudWatch's own limits of a directive's metrics, of a set's dimensions and of a metric's values.
const MAX_METRICS: usize = 100;
const MAX_DIMENSIONS: usize = 30;
const MAX_VALUES: usize = 100;

/// What one line may declare in all: CloudWatch has no such limit, but each set multiplies the metrics.
const MAX_DECLARED: usize = 3_000;

/// The metrics that `_aws` declares in the object `text`; `None` when the declaration is malformed, and so the line
/// an ordinary one.
pub(super) fn read<'a>(text: &'a str, declaration: Value<'a>) -> Option<Vec<EmfMetric<'a>>> {
    let directives = directives(declaration)?;
    let targets = Targets::of(text)?;
    let mut metrics = Vec::new();
    for directive in &directives {
        let dimensions: Vec<_> = directive.sets.iter().filter_map(|set| targets.dimensions(set)).collect();
        for metric in &directive.metrics {
            let Some(values) = targets.values(metric.name) else {
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

/// One element of `CloudWatchMetrics`.
#[derive(Debug)]
struct Directive<'a> {
    namespace: &'a str,
    sets: Vec<Vec<&'a str>>,
    metrics: Vec<Definition<'a>>,
}

#[derive(Debug)]
struct Definition<'a> {
    name: &'a str,
    unit: Option<&'a str>,
}

/// The directives of `_aws`, which must have a time as well.
fn directives(declaration: Value<'_>) -> Option<Vec<Directive<'_>>> {
    let (mut has_time, mut list) = (false, None);
    json::members(declaration.raw, |name, value| match name {
        "Timestamp" => has_time = value.kind == Kind::Number,
        "CloudWatchMetrics" => list = Some(value),
        _ => {}
    })?;
    collect(list.filter(|_| has_time)?, directive)
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

/// Every element of an array; `None` when it is no array or one of them is not what it should be.
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

/// The top-level members of a line, by name.
struct Targets<'a> {
    members: Vec<(&'a str, Value<'a>)>,
}

impl<'a> Targets<'a> {
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

    /// A number, or a list of them.
    fn values(&self, name: &str) -> Option<Vec<f64>> {
        let value = self.member(name)?;
        let number = |value: Value<'_>| (value.kind == Kind::Number).then(|| value.number())?;
        match value.kind {
            Kind::Number => Some(vec![number(value)?]),
            Kind::Array => collect(value, number).filter(|values| (1..=MAX_VALUES).contains(&values.len())),
            Kind::String { .. } | Kind::Object | Kind::True | Kind::False | Kind::Null => None,
        }
    }

    /// Every key of the set with its value; `None` when one is missing or no string.
    fn dimensions(&self, set: &[&'a str]) -> Option<Vec<(&'a str, &'a str)>> {
        set.iter().map(|&key| Some((key, self.member(key).filter(is_string)?.raw))).collect()
    }
}

fn is_string(value: &Value<'_>) -> bool {
    matches!(value.kind, Kind::String { .. })
}
