//! Encoding of metrics and their data points, all with delta temporality.

use std::time::Duration;

use tailwater_parser::UnixMillis;

use super::{
    attribute::{self, Value},
    histogram::Histogram,
    resource::Function,
    time,
    wire::{Field, Message},
};

/// Fields of `Metric`.
const NAME: Field = 1;
const DESCRIPTION: Field = 2;
const UNIT: Field = 3;
const SUM: Field = 7;
const EXPONENTIAL_HISTOGRAM: Field = 10;

/// Fields of `Sum` and of `ExponentialHistogram`.
const DATA_POINTS: Field = 1;
const TEMPORALITY: Field = 2;
const IS_MONOTONIC: Field = 3;

/// `AGGREGATION_TEMPORALITY_DELTA`
const DELTA: u64 = 1;

/// Fields that both kinds of data points have.
const START_TIME: Field = 2;
const TIME: Field = 3;

/// Fields of `NumberDataPoint`.
const AS_DOUBLE: Field = 4;
const AS_INTEGER: Field = 6;
const NUMBER_ATTRIBUTES: Field = 7;

/// Field of `ExponentialHistogramDataPoint`.
const HISTOGRAM_ATTRIBUTES: Field = 1;

/// Time range that a data point covers; `None` before a time is included.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window(Option<(UnixMillis, UnixMillis)>);

impl Window {
    /// Extends the range to include `time`.
    pub(super) fn include(&mut self, time: UnixMillis) {
        let (start, end) = self.0.unwrap_or((time, time));
        self.0 = Some((start.min(time), end.max(time)));
    }

    /// Appends the fields for start and end. In OpenTelemetry the start is exclusive, so the start is one
    /// millisecond earlier if the range consists of a single time.
    fn write(self, out: &mut Message<'_>) {
        let Some((start, end)) = self.0 else {
            return;
        };
        let start = start.min(end.before(Duration::from_millis(1)));
        for (field, time) in [(START_TIME, start), (TIME, end)] {
            if let Some(nanos) = time::nearest_nanos(time) {
                out.fixed64(field, nanos);
            }
        }
    }
}

/// Value of a sum.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// Integer: a count.
    Whole(u64),
    /// Fraction: seconds or US dollars.
    Real(f64),
}

/// Appends the fields `name`, `description` and `unit` of a `Metric`. Description and unit are left out if they are
/// empty.
pub(super) fn write_description(name: &str, help: &str, unit: &str, metric: &mut Message<'_>) {
    metric.bytes(NAME, name.as_bytes());
    if !help.is_empty() {
        metric.bytes(DESCRIPTION, help.as_bytes());
    }
    if !unit.is_empty() {
        metric.bytes(UNIT, unit.as_bytes());
    }
}

/// Appends a monotonic sum with one data point to a metric.
pub(super) fn write_sum(value: Number, function: &Function, window: Window, metric: &mut Message<'_>) {
    write_sum_with(value, function.point_attributes(), window, metric);
}

/// Appends a monotonic sum with one data point, which has these attributes, to a metric.
pub(super) fn write_sum_with<'a>(
    value: Number,
    attributes: impl Iterator<Item = (&'a str, Value<'a>)>,
    window: Window,
    metric: &mut Message<'_>,
) {
    metric.nested(SUM, |sum| {
        sum.nested(DATA_POINTS, |point| {
            for (key, value) in attributes {
                attribute::write(point, NUMBER_ATTRIBUTES, key, value);
            }
            window.write(point);
            match value {
                Number::Whole(number) => point.fixed64(AS_INTEGER, number),
                Number::Real(number) => point.double(AS_DOUBLE, number),
            }
        });
        sum.varint(TEMPORALITY, DELTA);
        sum.varint(IS_MONOTONIC, 1);
    });
}

/// Encoded data points of an exponential histogram.
#[derive(Debug, Default)]
pub(super) struct Points {
    encoded: Vec<u8>,
    count: u64,
}

impl Points {
    /// Appends a data point with the values of `histogram`.
    pub(super) fn add<'a>(
        &mut self,
        histogram: &Histogram,
        attributes: impl Iterator<Item = (&'a str, Value<'a>)>,
        window: Window,
    ) {
        Message::on(&mut self.encoded).nested(DATA_POINTS, |point| {
            for (key, value) in attributes {
                attribute::write(point, HISTOGRAM_ATTRIBUTES, key, value);
            }
            window.write(point);
            histogram.write(point);
        });
        self.count += 1;
    }

    /// Returns the number of data points.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the size of all data points in bytes.
    pub(super) fn len(&self) -> usize {
        self.encoded.len()
    }

    /// Appends the data points as the fields of a `Metric` that make it an exponential histogram.
    pub(super) fn write(&self, metric: &mut Message<'_>) {
        metric.nested(EXPONENTIAL_HISTOGRAM, |data| {
            data.encoded(&self.encoded);
            data.varint(TEMPORALITY, DELTA);
        });
    }
}
