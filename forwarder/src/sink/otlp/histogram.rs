//! Exponential histogram of positive and negative values. It consists of two sketches of the parser (one for the
//! absolute values of negative values), because a sketch cannot hold negative values.

use tailwater_parser::sketch::Sketch;

use super::wire::{Field, Message};

/// Fields of `ExponentialHistogramDataPoint` that hold the values.
const COUNT: Field = 4;
const SUM: Field = 5;
const SCALE: Field = 6;
const ZERO_COUNT: Field = 7;
const POSITIVE: Field = 8;
const NEGATIVE: Field = 9;
const MIN: Field = 12;
const MAX: Field = 13;

/// Fields of `Buckets`.
const OFFSET: Field = 1;
const BUCKET_COUNTS: Field = 2;

/// Maximum number of buckets, the default of OpenTelemetry's SDKs.
const BUCKETS: usize = 160;

/// Exponential histogram under construction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    /// Values that are zero or positive.
    positive: Sketch,
    /// Absolute values of the negative values.
    negative: Sketch,
}

impl Histogram {
    /// Adds a value, unless it is infinite or NaN.
    pub(super) fn add(&mut self, value: f64) {
        if value < 0.0 { self.negative.add(-value) } else { self.positive.add(value) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.positive.count() == 0 && self.negative.count() == 0
    }

    /// Appends the fields of an `ExponentialHistogramDataPoint` that hold the values: count, sum, scale, buckets and
    /// so on.
    pub(super) fn write(&self, out: &mut Message<'_>) {
        let (positive, negative) = self.of_one_scale();
        out.fixed64(COUNT, positive.count().saturating_add(negative.count()));
        out.double(SUM, positive.sum() - negative.sum());
        if positive.scale() != 0 {
            out.zigzag(SCALE, i32::from(positive.scale()));
        }
        let zeros = positive.zero_count().saturating_add(negative.zero_count());
        if zeros > 0 {
            out.fixed64(ZERO_COUNT, zeros);
        }
        write_buckets(&positive, POSITIVE, out);
        write_buckets(&negative, NEGATIVE, out);
        if let Some(min) = negative.max().map(|most| -most).or(positive.min()) {
            out.double(MIN, min);
        }
        if let Some(max) = positive.max().or(negative.min().map(|least| -least)) {
            out.double(MAX, max);
        }
    }

    /// Returns both sketches with at most [`BUCKETS`] buckets each and with the same scale, the lower one.
    fn of_one_scale(&self) -> (Sketch, Sketch) {
        let (mut positive, mut negative) = (self.positive.clone(), self.negative.clone());
        positive.fit(BUCKETS);
        negative.fit(BUCKETS);
        let difference = i16::from(positive.scale()) - i16::from(negative.scale());
        let steps = u8::try_from(difference.unsigned_abs()).unwrap_or(u8::MAX);
        if difference > 0 {
            positive.downscale(steps);
        } else {
            negative.downscale(steps);
        }
        (positive, negative)
    }
}

/// Appends `Buckets` with the counts from the first to the last bucket that is not empty.
fn write_buckets(sketch: &Sketch, field: Field, out: &mut Message<'_>) {
    let Some((first, _)) = sketch.buckets().next() else {
        return;
    };
    out.nested(field, |buckets| {
        if first != 0 {
            buckets.zigzag(OFFSET, first);
        }
        buckets.packed(BUCKET_COUNTS, dense(sketch, first));
    });
}

/// Returns the counts of consecutive buckets, from index `first` to the last used bucket. Unused buckets have the
/// count 0.
fn dense(sketch: &Sketch, first: i32) -> impl Iterator<Item = u64> + '_ {
    let mut next = first;
    sketch.buckets().flat_map(move |(index, count)| {
        let empty = usize::try_from(index.abs_diff(next)).unwrap_or(BUCKETS);
        next = index.saturating_add(1);
        std::iter::repeat_n(0, empty).chain(std::iter::once(count))
    })
}
