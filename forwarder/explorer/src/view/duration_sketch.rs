//! How long things took: a sketch of durations, from which quantiles can be told.

use std::time::Duration;

use tailwater_parser::sketch::Sketch;

/// Durations in a sketch, which counts seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Durations(Sketch);

impl Durations {
    pub(super) fn add(&mut self, duration: Option<Duration>) {
        if let Some(duration) = duration {
            self.0.add(duration.as_secs_f64());
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    /// The mean, exact to the nanosecond; `None` when there are none.
    pub(super) fn average(&self) -> Option<Duration> {
        self.0.average().and_then(from_seconds)
    }

    /// The longest one; `None` when there are none.
    pub(super) fn max(&self) -> Option<Duration> {
        self.0.max().and_then(from_seconds)
    }

    /// What the share `q` of them does not exceed, as closely as the sketch tells; `None` when there are none.
    pub(super) fn quantile(&self, q: f64) -> Option<Duration> {
        self.0.quantile(q).and_then(from_seconds)
    }
}

fn from_seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
