//! Tests of sketches against exact results.

use proptest::prelude::*;

use super::*;

/// Largest relative error of a quantile at scale 7: (base - 1) / (base + 1).
const MAX_ERROR: f64 = 0.0028;

fn sketch_of(values: &[f64]) -> Sketch {
    let mut sketch = Sketch::default();
    values.iter().for_each(|value| sketch.add(*value));
    sketch
}

/// Values in the ranges of durations, sizes and costs.
fn any_values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![Just(0.0), 1e-9..1e-6, 0.001..1000.0, 1e3..1e9, Just(1.0), Just(64.0)];
    prop::collection::vec(value, 1..200)
}

fn check_index(value: f64, expected: i32) {
    assert_eq!(sketch_of(&[value]).buckets().next(), Some((expected, 1)), "{value}");
}

#[test]
fn powers_of_two_are_upper_bounds_of_buckets() {
    check_index(1.0, -1);
    check_index(2.0, 127);
    check_index(0.5, -129);
    check_index(1024.0, 1279);
    check_index(f64::MIN_POSITIVE, -1022 * 128 - 1);
}

#[test]
fn value_above_a_bound_is_in_the_next_bucket() {
    check_index(1.0_f64.next_up(), 0);
    check_index(2.0_f64.next_down(), 127);
    check_index(2.0_f64.next_up(), 128);
    check_index(f64::MAX, 1024 * 128 - 1);
}

#[test]
fn empty_sketch_has_no_values() {
    let empty = Sketch::default();
    assert_eq!((empty.count(), empty.sum(), empty.span()), (0, 0.0, 0));
    assert_eq!((empty.min(), empty.max(), empty.average(), empty.quantile(0.5)), (None, None, None, None));
}

#[test]
fn single_value_is_every_quantile() {
    let one = sketch_of(&[3.3]);
    assert_eq!([0.0, 0.5, 1.0].map(|q| one.quantile(q)), [Some(3.3); 3]);
}

#[test]
fn zeros_are_the_lowest_ranks() {
    let sketch = sketch_of(&[0.0, -1.0, 5.0, 0.0]);
    assert_eq!((sketch.zero_count(), sketch.min()), (3, Some(0.0)));
    assert_eq!([0.75, 0.76].map(|q| sketch.quantile(q)), [Some(0.0), Some(5.0)]);
}

#[test]
fn infinities_and_nan_are_ignored() {
    assert_eq!(sketch_of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), Sketch::default());
}

#[test]
fn extreme_values_do_not_overflow() {
    let mut sketch = sketch_of(&[f64::MAX, f64::MAX, f64::MIN_POSITIVE]);
    sketch.downscale(u8::MAX);
    assert_eq!((sketch.scale(), sketch.quantile(1.0)), (-10, Some(f64::MAX)));
    assert_eq!(sketch.buckets().collect::<Vec<_>>(), [(-1, 1), (0, 2)]);
}

#[test]
fn sum_and_average_are_exact() {
    let cent_thousandths = sketch_of(&[0.01; 100_000]);
    assert!((cent_thousandths.average().unwrap() - 0.01).abs() < 1e-12);
    let costs = sketch_of(&[2.083_3e-7; 1_000_000]);
    assert!((costs.sum() / 0.208_33 - 1.0).abs() < 1e-9);
}

#[test]
fn fit_lowers_the_scale_to_the_bucket_limit() {
    let mut sketch = sketch_of(&[0.001, 1.0, 900_000.0]);
    let count = sketch.count();
    sketch.fit(160);
    assert!(sketch.span() <= 160 && sketch.span() > 80, "{}", sketch.span());
    assert_eq!((sketch.count(), sketch.scale()), (count, 2));
}

#[test]
fn truncated_and_extended_bytes_are_rejected() {
    let bytes = sketch_of(&[0.0, 1.0, 1.5, 700.0]).to_bytes();
    for end in 0..bytes.len() {
        assert_eq!(Sketch::from_bytes(&bytes[..end]), Err(InvalidSketch));
    }
    assert_eq!(Sketch::from_bytes(&[bytes.as_slice(), &[0]].concat()), Err(InvalidSketch));
}

proptest! {
    #[test]
    fn merging_equals_adding_all_values(a in any_values(), b in any_values(), steps in 0_u8..3) {
        let mut all = sketch_of(&[a.as_slice(), &b].concat());
        let (mut ab, mut ba) = (sketch_of(&a), sketch_of(&b));
        ab.downscale(steps);
        all.downscale(steps);
        let (a, b) = (ab.clone(), ba.clone());
        ab.merge(&b);
        ba.merge(&a);
        prop_assert_eq!(&ab, &all);
        prop_assert_eq!(&ba, &all);
    }

    #[test]
    fn quantiles_are_within_the_error_bound(mut values in any_values(), percent in 0_u8..=100) {
        let estimate = sketch_of(&values).quantile(f64::from(percent) / 100.0).unwrap();
        values.sort_by(f64::total_cmp);
        let rank = (values.len() * usize::from(percent)).div_ceil(100).max(1);
        let exact = values[rank - 1];
        prop_assert!((estimate - exact).abs() <= exact * MAX_ERROR, "{} {}", estimate, exact);
    }

    #[test]
    fn encoding_round_trips(values in any_values(), steps in 0_u8..20) {
        let mut sketch = sketch_of(&values);
        sketch.downscale(steps);
        prop_assert_eq!(Sketch::from_bytes(&sketch.to_bytes()), Ok(sketch));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Sketch::from_bytes(&[&[1, 7], bytes.as_slice()].concat());
    }
}

#[test]
fn values_added_by_bucket_keep_their_quantiles() {
    let values: Vec<f64> = (1..5000).map(|n| f64::from(n) * 0.37).collect();
    let mut from_buckets = Sketch::default();
    values
        .iter()
        .filter_map(|value| Sketch::bucket_of(*value))
        .for_each(|index| from_buckets.add_bucket(index, 1));
    let sketch = sketch_of(&values);
    assert_eq!(from_buckets.buckets().collect::<Vec<_>>(), sketch.buckets().collect::<Vec<_>>());
    for q in [0.01, 0.5, 0.95, 0.99] {
        let (actual, expected) = (from_buckets.quantile(q).unwrap(), sketch.quantile(q).unwrap());
        assert!((actual - expected).abs() / expected < MAX_ERROR, "{q}: {actual} {expected}");
    }
    assert_eq!((Sketch::bucket_of(0.0), Sketch::bucket_of(f64::NAN)), (None, None));
}
