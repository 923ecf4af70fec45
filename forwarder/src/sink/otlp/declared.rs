//! Metrics that functions declare in CloudWatch's embedded metric format (EMF), as exponential histograms, and metrics
//! that rules make from log events.

use std::{collections::BTreeMap, mem::take};

use tailwater_parser::{UnixMillis, line::EmfMetric};

use super::{
    attribute::Value,
    chunks::ChunkWriter,
    histogram::Histogram,
    point::{self, Number, Points, Window},
    resource::Function,
};
use crate::rules::{MetricKind, MetricPoint};

/// Name of the attribute that holds the CloudWatch namespace of a metric.
const NAMESPACE: &str = "aws.cloudwatch.namespace";

/// Approximate size of a data point without its dimensions, in bytes.
const POINT_WEIGHT: usize = 300;

/// Metrics that one function declared, with their values.
#[derive(Debug, Default)]
pub(super) struct Declared {
    metrics: BTreeMap<Name, BTreeMap<Dimensions, Series>>,
    /// Sums that rules make, by the name of the metric.
    sums: BTreeMap<String, BTreeMap<Dimensions, Sum>>,
}

#[derive(Debug, Default)]
struct Sum {
    window: Window,
    value: f64,
}

/// Name and unit of a metric: equal ones belong to the same OpenTelemetry `Metric`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    name: String,
    unit: String,
}

/// Attributes of a data point: value of each dimension by its name, and the namespace under [`NAMESPACE`]. Names are
/// unique and sorted.
type Dimensions = BTreeMap<String, String>;

#[derive(Debug, Default)]
struct Series {
    window: Window,
    histogram: Histogram,
}

impl Declared {
    /// Adds the values of a metric at `time`. Returns the approximate number of bytes that they add to the request
    /// body.
    pub(super) fn add(&mut self, metric: &EmfMetric<'_>, time: UnixMillis) -> usize {
        let name = Name { name: metric.name.to_owned(), unit: ucum(metric.unit.unwrap_or_default()) };
        self.add_values(name, dimensions(metric), &metric.values, time)
    }

    fn add_values(&mut self, name: Name, dimensions: Dimensions, values: &[f64], time: UnixMillis) -> usize {
        let weight = weight(&dimensions);
        let series = self.metrics.entry(name).or_default().entry(dimensions).or_default();
        let is_new = series.histogram.is_empty();
        series.window.include(time);
        for value in values {
            series.histogram.add(*value);
        }
        if is_new { weight } else { 0 }
    }

    /// Adds a data point that a rule makes. Returns the approximate number of bytes that it adds to the request body.
    pub(super) fn add_point(&mut self, point: &MetricPoint<'_>, time: UnixMillis) -> usize {
        let tags = point.tags.iter().map(|(name, value)| (name.clone(), value.clone()));
        let dimensions: Dimensions = tags.collect();
        match point.kind {
            MetricKind::Distribution => {
                let name = Name { name: point.name.to_owned(), unit: String::new() };
                self.add_values(name, dimensions, &[point.value], time)
            }
            MetricKind::Count | MetricKind::Sum => {
                let weight = weight(&dimensions);
                let all = self.sums.entry(point.name.to_owned()).or_default();
                let before = all.len();
                let sum = all.entry(dimensions).or_default();
                sum.window.include(time);
                sum.value += point.value;
                if all.len() > before { weight } else { 0 }
            }
        }
    }

    /// Returns the number of data points of all metrics.
    pub(super) fn count(&self) -> usize {
        let histograms: usize = self.with_values().map(|(_, series)| series.count()).sum();
        histograms.saturating_add(self.sums.values().map(BTreeMap::len).sum())
    }

    /// Appends a `Metric` for each name and unit, or several if its data points do not fit in one chunk.
    pub(super) fn write(&self, function: &Function, out: &mut ChunkWriter) {
        for (name, all_series) in self.with_values() {
            let mut points = Points::default();
            for (dimensions, series) in all_series {
                points.add(&series.histogram, attributes(function, dimensions), series.window);
                if out.is_full_with(points.len()) {
                    name.write(&take(&mut points), out);
                }
            }
            if points.count() > 0 {
                name.write(&points, out);
            }
        }
    }

    /// Appends a `Metric` for each sum that rules make.
    pub(super) fn write_sums(&self, function: &Function, out: &mut ChunkWriter) {
        for (name, series) in &self.sums {
            for (dimensions, sum) in series {
                out.add(1, |metric| {
                    point::write_description(name, "", "", metric);
                    let attributes = attributes(function, dimensions);
                    point::write_sum_with(Number::Real(sum.value), attributes, sum.window, metric);
                });
            }
        }
    }

    /// Returns each metric name, with those of its series that have at least one finite value.
    fn with_values(&self) -> impl Iterator<Item = (&Name, impl Iterator<Item = (&Dimensions, &Series)>)> {
        self.metrics
            .iter()
            .map(|(name, all)| (name, all.iter().filter(|(_, series)| !series.histogram.is_empty())))
    }
}

impl Name {
    /// Appends a `Metric` that has this name and unit and consists of `points`.
    fn write(&self, points: &Points, out: &mut ChunkWriter) {
        out.add(points.count(), |metric| {
            point::write_description(&self.name, "", &self.unit, metric);
            points.write(metric);
        });
    }
}

/// Returns the approximate size in bytes of a data point with these dimensions.
fn weight(dimensions: &Dimensions) -> usize {
    let texts: usize = dimensions.iter().map(|(key, value)| key.len().saturating_add(value.len())).sum();
    texts.saturating_add(POINT_WEIGHT)
}

fn dimensions(metric: &EmfMetric<'_>) -> Dimensions {
    let declared = metric.dimensions.iter().map(|(key, value)| ((*key).to_owned(), unescaped(value)));
    let namespace = (NAMESPACE.to_owned(), metric.namespace.to_owned());
    declared.chain([namespace]).collect()
}

/// Returns the attributes of a data point: the dimensions, and the function's attributes whose names no dimension has.
fn attributes<'a>(
    function: &'a Function,
    dimensions: &'a Dimensions,
) -> impl Iterator<Item = (&'a str, Value<'a>)> {
    let own = function.point_attributes().filter(|(key, _)| !dimensions.contains_key(*key));
    own.chain(dimensions.iter().map(|(key, value)| (key.as_str(), Value::Text(value))))
}

/// Decodes the JSON escapes of a dimension's value.
fn unescaped(raw: &str) -> String {
    let read = || serde_json::from_str(&format!("\"{raw}\"")).ok();
    raw.contains('\\').then(read).flatten().unwrap_or_else(|| raw.to_owned())
}

/// Converts a CloudWatch unit to UCUM. An unknown unit stays as it is.
fn ucum(unit: &str) -> String {
    const UNITS: [(&str, &str); 16] = [
        ("None", ""),
        ("Count", "1"),
        ("Percent", "%"),
        ("Seconds", "s"),
        ("Milliseconds", "ms"),
        ("Microseconds", "us"),
        ("Bytes", "By"),
        ("Kilobytes", "kBy"),
        ("Megabytes", "MBy"),
        ("Gigabytes", "GBy"),
        ("Terabytes", "TBy"),
        ("Bits", "bit"),
        ("Kilobits", "kbit"),
        ("Megabits", "Mbit"),
        ("Gigabits", "Gbit"),
        ("Terabits", "Tbit"),
    ];
    let (amount, per) = unit.strip_suffix("/Second").map_or((unit, ""), |amount| (amount, "/s"));
    let known = UNITS.iter().find(|(name, _)| *name == amount);
    known.map_or_else(|| unit.to_owned(), |(_, ucum)| format!("{ucum}{per}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cloudwatch_units_are_converted_to_ucum() {
        let check = |unit, expected| assert_eq!(ucum(unit), expected);
        check("Milliseconds", "ms");
        check("Megabytes/Second", "MBy/s");
        check("Count/Second", "1/s");
        check("None", "");
        check("", "");
        check("Furlongs/Second", "Furlongs/Second");
    }

    #[test]
    fn json_escapes_of_dimensions_are_decoded() {
        let check = |raw, expected| assert_eq!(unescaped(raw), expected);
        check("GET /", "GET /");
        check(r#"a\"b\u00e9"#, "a\"bé");
        check(r"broken\", r"broken\");
    }
}
