//! Recorder behind the `metrics` facade. It keeps all values for the two exporters: embedded metric format and
//! Prometheus.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::names::Metric;

/// Recorder of the values of Tailwater's own metrics. Clones share the values.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<Mutex<Vec<Series>>>);

/// Metric with one combination of label values, and its value.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) metric: &'static Metric,
    /// Names and values of the labels, in the order of the metric's definition.
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Counter(Arc<AtomicU64>),
    /// Bits of an `f64`, the latest value of a gauge.
    Gauge(Arc<AtomicU64>),
    Histogram(Arc<Values>),
}

/// Values of a histogram.
#[derive(Debug, Default)]
pub(super) struct Values(Mutex<Recorded>);

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Recorded {
    /// Values that were recorded since they were last taken; if there were more than [`MAX_LATEST`], the largest of
    /// them.
    pub(super) latest: Vec<f64>,
    /// Number of values since the start.
    pub(super) count: u64,
    /// Sum of values since the start.
    pub(super) sum: f64,
}

/// Maximum number of values of one metric in a line of the embedded metric format.
const MAX_LATEST: usize = 100;

impl Registry {
    /// Locks and returns all series in the order of registration. Until the lock is released nothing can be registered,
    /// but values can be recorded.
    pub(super) fn series(&self) -> MutexGuard<'_, Vec<Series>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the value for this key, and registers it if it is new; `None` if the key is not one of Tailwater's own
    /// metrics.
    fn value(&self, key: &Key, new: fn() -> Value) -> Option<Value> {
        let metric = Metric::named(key.name())?;
        let label =
            |name| key.labels().find(|label| label.key() == name).map(|label| label.value().to_owned());
        let labels = metric.labels.iter().map(|own| (own.name(), label(own.name()).unwrap_or_default()));
        let labels: Vec<_> = labels.collect();
        let mut all = self.series();
        let known = all.iter().find(|series| series.metric.name == metric.name && series.labels == labels);
        if let Some(series) = known {
            return Some(series.value.clone());
        }
        let value = new();
        all.push(Series { metric, labels, value: value.clone() });
        Some(value)
    }
}

impl Recorder for Registry {
    // Units and descriptions are declared in `names`.
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match self.value(key, || Value::Counter(Arc::default())) {
            Some(Value::Counter(counter)) => Counter::from_arc(counter),
            Some(Value::Gauge(_) | Value::Histogram(_)) | None => Counter::noop(),
        }
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        match self.value(key, || Value::Gauge(Arc::default())) {
            Some(Value::Gauge(gauge)) => Gauge::from_arc(gauge),
            Some(Value::Counter(_) | Value::Histogram(_)) | None => Gauge::noop(),
        }
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match self.value(key, || Value::Histogram(Arc::default())) {
            Some(Value::Histogram(histogram)) => Histogram::from_arc(histogram),
            Some(Value::Counter(_) | Value::Gauge(_)) | None => Histogram::noop(),
        }
    }
}

impl Series {
    /// Returns the value of a label; empty if the series does not have the label.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value.as_str())
    }
}

impl Values {
    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the latest values, with count and sum of all values since the start.
    pub(super) fn read(&self) -> Recorded {
        self.lock().clone()
    }

    /// Takes the values that were recorded since the last call.
    pub(super) fn take_latest(&self) -> Vec<f64> {
        std::mem::take(&mut self.lock().latest)
    }
}

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        let mut recorded = self.lock();
        recorded.count = recorded.count.saturating_add(1);
        recorded.sum += value;
        if recorded.latest.len() < MAX_LATEST {
            recorded.latest.push(value);
            return;
        }
        let smallest = recorded.latest.iter_mut().min_by(|a, b| a.total_cmp(b));
        if let Some(smallest) = smallest.filter(|smallest| **smallest < value) {
            *smallest = value;
        }
    }
}

/// Returns the value of a gauge from its bits.
pub(super) fn gauge(bits: &AtomicU64) -> f64 {
    f64::from_bits(bits.load(Ordering::Relaxed))
}
