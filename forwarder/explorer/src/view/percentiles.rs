//! Percentiles of durations (p50, p95, p99 …), their averages and maxima: for the totals and tables, and for the charts.

use std::time::Duration;

use serde::Serialize;
use tailwater_parser::{millis_f64, sketch::Sketch};

use super::summary::DurationSummary;

/// Sketch of durations; the values in the sketch are seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct DurationSketch(Sketch);

impl DurationSketch {
    pub(super) fn add(&mut self, duration: Option<Duration>) {
        if let Some(duration) = duration {
            self.0.add(duration.as_secs_f64());
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    /// The mean, exact to the nanosecond; `None` without durations.
    pub(super) fn average(&self) -> Option<Duration> {
        self.0.average().and_then(from_seconds)
    }

    /// The longest duration, exact; `None` without durations.
    pub(super) fn max(&self) -> Option<Duration> {
        self.0.max().and_then(from_seconds)
    }

    /// Returns average, percentiles and maximum.
    pub(super) fn summary(&self) -> DurationSummary {
        DurationSummary {
            avg: self.average(),
            p50: self.quantile(0.50),
            p95: self.quantile(0.95),
            p99: self.quantile(0.99),
            max: self.max(),
        }
    }

    /// The quantile `q` (0 to 1) with the sketch's relative error; `None` without durations.
    pub(super) fn quantile(&self, q: f64) -> Option<Duration> {
        self.0.quantile(q).and_then(from_seconds)
    }
}

/// Quantiles of durations in milliseconds, by bucket.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub struct Quantiles {
    pub p50: Vec<Option<f64>>,
    pub p90: Vec<Option<f64>>,
    pub p95: Vec<Option<f64>>,
    pub p99: Vec<Option<f64>>,
    pub max: Vec<Option<f64>>,
}

impl Quantiles {
    /// Appends the quantiles of a sketch of seconds. `longest` is the exact maximum, if it is known.
    pub(super) fn push(&mut self, sketch: &Sketch, longest: Option<Duration>) {
        let millis = |seconds: f64| {
            let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            millis_f64(longest.map_or(time, |longest| time.min(longest)))
        };
        let quantile = |q| sketch.quantile(q).map(millis);
        self.p50.push(quantile(0.50));
        self.p90.push(quantile(0.90));
        self.p95.push(quantile(0.95));
        self.p99.push(quantile(0.99));
        let longest = longest.filter(|_| sketch.count() > 0);
        self.max.push(longest.map(millis_f64).or_else(|| sketch.max().map(millis)));
    }
}

fn from_seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
