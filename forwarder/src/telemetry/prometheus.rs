//! Export of Tailwater's own metrics in Prometheus's text format. Values are cumulative since the start of the process.

use std::{
    fmt::{self, Write},
    sync::atomic::Ordering,
};

use super::{
    names::{Kind, METRICS, Metric},
    registry::{Registry, Series, Value, gauge},
};

/// Content type of the exported text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Formats all metrics of `registry` as the text that Prometheus scrapes.
#[must_use]
pub fn render(registry: &Registry) -> String {
    let series = registry.series();
    let mut text = String::new();
    for metric in METRICS {
        let of_metric = series.iter().filter(|series| series.metric.name == metric.name);
        write_metric(&mut text, metric, of_metric).expect("writing to a string cannot fail");
    }
    text
}

fn write_metric<'s>(
    text: &mut String,
    metric: &Metric,
    series: impl Iterator<Item = &'s Series>,
) -> fmt::Result {
    let mut series = series.peekable();
    if series.peek().is_none() {
        return Ok(());
    }
    let Metric { name, help, .. } = metric;
    let kind = match metric.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        // Sum and count only: bucket boundaries would have to be guessed.
        Kind::Histogram => "summary",
    };
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
    for series in series {
        let labels = labels(series);
        match &series.value {
            Value::Counter(counter) => writeln!(text, "{name}{labels} {}", counter.load(Ordering::Relaxed))?,
            Value::Gauge(bits) => writeln!(text, "{name}{labels} {}", gauge(bits))?,
            Value::Histogram(values) => {
                let recorded = values.read();
                writeln!(
                    text,
                    "{name}_sum{labels} {}\n{name}_count{labels} {}",
                    recorded.sum, recorded.count
                )?;
            }
        }
    }
    Ok(())
}

/// Formats the labels of a series, such as `{sink="otlp"}`; empty if it has none.
fn labels(series: &Series) -> String {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<_> =
        series.labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) }
}
