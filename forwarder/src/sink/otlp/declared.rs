//! Metrics that functions declare themselves, in CloudWatch's embedded metric format.

use std::{collections::BTreeMap, mem::take};

use tailwater_parser::{UnixMillis, line::EmfMetric};

use super::{
    attribute::Value,
    chunks::Pieces,
    histogram::Histogram,
    point::{self, Points, Window},
    resource::Function,
};

/// The attribute that holds CloudWatch's namespace.
const NAMESPACE: &str = "aws.cloudwatch.namespace";

/// About the bytes of a data point, without its dimensions.
const POINT_WEIGHT: usize = 300;

/// The declared metrics of one function.
#[derive(Debug, Default)]
pub(super) struct Declared {
    metrics: BTreeMap<Name, BTreeMap<Dimensions, Series>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    name: String,
    unit: String,
}

/// Namespace and dimensions: by name, so that none comes twice and their order does not matter.
type Dimensions = BTreeMap<String, String>;

#[derive(Debug, Default)]
struct Series {
    window: Window,
    histogram: Histogram,
}

impl Declared {
    /// Adds a metric's values. Returns by about how many bytes that lengthens what is sent.
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

    /// Its data points.
    pub(super) fn count(&self) -> usize {
        self.told().map(|(_, told)| told.count()).sum()
    }

    /// Appends one `Metric` for each name; several of it where its data points are many.
    pub(super) fn write(&self, function: &Function, out: &mut Pieces) {
        for (name, told) in self.told() {
            let mut points = Points::default();
            for (dimensions, series) in told {
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

    /// What has a value at all.
    fn told(&self) -> impl Iterator<Item = (&Name, impl Iterator<Item = (&Dimensions, &Series)>)> {
        self.metrics
            .iter()
            .map(|(name, all)| (name, all.iter().filter(|(_, series)| !series.histogram.is_empty())))
    }
}

impl Name {
    /// Appends a `Metric` of this name.
    fn write(&self, points: &Points, out: &mut Pieces) {
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

/// The function's own attributes where no dimension has their name, then the dimensions.
fn attributes<'a>(
    function: &'a Function,
    dimensions: &'a Dimensions,
) -> impl Iterator<Item = (&'a str, Value<'a>)> {
    let own = function.point_attributes().filter(|(key, _)| !dimensions.contains_key(*key));
    own.chain(dimensions.iter().map(|(key, value)| (key.as_str(), Value::Text(value))))
}

/// A dimension's value comes as it stands in the line's JSON.
fn unescaped(raw: &str) -> String {
    let read = || serde_json::from_str(&format!("\"{raw}\"")).ok();
    raw.contains('\\').then(read).flatten().unwrap_or_else(|| raw.to_owned())
}

/// CloudWatch's units as UCUM writes them; one that is none of CloudWatch's stays as it is.
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
    fn units_are_those_of_ucum() {
        let check = |unit, expected| assert_eq!(ucum(unit), expected);
        check("Milliseconds", "ms");
        check("Megabytes/Second", "MBy/s");
        check("Count/Second", "1/s");
        check("None", "");
        check("", "");
        check("Furlongs/Second", "Furlongs/Second");
    }

    #[test]
    fn a_dimension_is_what_its_json_means() {
        let check = |raw, expected| assert_eq!(unescaped(raw), expected);
        check("GET /", "GET /");
        check(r#"a\"b\u00e9"#, "a\"bé");
        check(r"broken\", r"broken\");
    }
}
