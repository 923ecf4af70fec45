//! Mergeable quantile sketch of durations, with exact averages and maxima.

use std::time::Duration;

use tailwater_parser::sketch::Sketch;

/// Quantile sketch of durations. The values in the inner sketch are seconds.
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

    /// The quantile `q` (0 to 1) with the sketch's relative error; `None` without durations.
    pub(super) fn quantile(&self, q: f64) -> Option<Duration> {
        self.0.quantile(q).and_then(from_seconds)
    }
}

fn from_seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
