//! Metrics that functions declare in CloudWatch's embedded metric format (EMF), as exponential histograms.

use std::{collections::BTreeMap, mem::take};

use tailwater_parser::{UnixMillis, line::EmfMetric};

use super::{
    attribute::Value,
    chunks::ChunkWriter,
    histogram::Histogram,
    point::{self, Points, Window},
    resource::Function,
};

/// Name of the attribute that holds the CloudWatch namespace of a metric.
const NAMESPACE: &str = "aws.cloudwatch.namespace";

/// Approximate size of a data point without its dimensions, in bytes.
const POINT_WEIGHT: usize = 300;

/// Metrics that one function declared, with their values.
#[derive(Debug, Default)]
pub(super) struct Declared {
    metrics: BTreeMap<Name, BTreeMap<Dimensions, Series>>,
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
        let dimensions = dimensions(metric);
        let weight: usize = dimensions.iter().map(|(key, value)| key.len().saturating_add(value.len())).sum();
        let series = self.metrics.entry(name).or_default().entry(dimensions).or_default();
        let is_new = series.histogram.is_empty();
        series.window.include(time);
        for value in &metric.values {
            series.histogram.add(*value);
        }
        if is_new { weight.saturating_add(POINT_WEIGHT) } else { 0 }
    }

    /// Returns the number of data points of all metrics.
    pub(super) fn count(&self) -> usize {
        self.with_values().map(|(_, series)| series.count()).sum()
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
