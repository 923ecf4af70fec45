//! The recorder behind the `metrics` facade: it keeps every value until it is shown, as a line of EMF or as Prometheus's
//! text.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::names::Metric;

/// Every value of our own metrics. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<Mutex<Vec<Series>>>);

/// One metric with one set of labels.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) metric: &'static Metric,
    /// In the order of the metric's own.
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Counter(Arc<AtomicU64>),
    /// The bits of an `f64`.
    Gauge(Arc<AtomicU64>),
    Histogram(Arc<Values>),
}

/// Values of a histogram since the start, and the ones since they were last taken.
#[derive(Debug, Default)]
pub(super) struct Values(Mutex<Recorded>);

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Recorded {
    /// At most [`LATEST`]; of more, the largest.
    pub(super) latest: Vec<f64>,
    pub(super) count: u64,
    pub(super) sum: f64,
}

/// What an EMF document takes for one metric.
const LATEST: usize = 100;

impl Registry {
    /// Everything registered so far, in that order. Nothing more can be registered while it is held; counting goes on.
    pub(super) fn series(&self) -> MutexGuard<'_, Vec<Series>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value under this key, which is the same whoever asks; `None` for what is no metric of ours.
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
    // Units and descriptions are in the table of names.
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
    /// The value of this label; empty where it has none.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value.as_str())
    }
}

impl Values {
    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything since the start.
    pub(super) fn read(&self) -> Recorded {
        self.lock().clone()
    }

    /// The values since this was last asked.
    pub(super) fn take_latest(&self) -> Vec<f64> {
        std::mem::take(&mut self.lock().latest)
    }
}

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        let mut recorded = self.lock();
        recorded.count = recorded.count.saturating_add(1);
        recorded.sum += value;
        if recorded.latest.len() < LATEST {
            recorded.latest.push(value);
            return;
        }
        let smallest = recorded.latest.iter_mut().min_by(|a, b| a.total_cmp(b));
        if let Some(smallest) = smallest.filter(|smallest| **smallest < value) {
            *smallest = value;
        }
    }
}

/// A gauge's bits as its number.
pub(super) fn gauge(bits: &AtomicU64) -> f64 {
    f64::from_bits(bits.load(Ordering::Relaxed))
}
