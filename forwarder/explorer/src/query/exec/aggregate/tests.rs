use super::*;

fn distinct(range: std::ops::Range<i64>) -> Distinct {
    let mut distinct = Distinct::default();
    for n in range {
        distinct.add(&Value::integer(n));
    }
    distinct
}

#[test]
fn few_values_are_counted_exactly() {
    let mut both = distinct(0..30_000);
    both.merge(distinct(20_000..40_000));
    assert_eq!(both.count(), 40_000);
}

#[test]
fn many_values_are_estimated_within_three_percent() {
    for count in [60_000, 300_000] {
        let mut both = distinct(0..count / 2);
        both.merge(distinct(count / 3..count));
        let error = both.count().abs_diff(u64::try_from(count).unwrap()) * 100;
        assert!(error < u64::try_from(count * 3).unwrap(), "{count}: {}", both.count());
    }
}

#[test]
fn percentile_is_within_half_a_percent() {
    for (low, high) in [(0, 10), (-5000, 20_000), (1, 100_000)] {
        let numbers: Vec<f64> = (low..high).map(f64::from).collect();
        let mut quantiles = Quantiles::default();
        numbers.iter().rev().for_each(|number| quantiles.add(*number));
        for percent in [0.0, 1.0, 50.0, 95.0, 99.9, 100.0] {
            let rank = (percent / 100.0 * f64::from(high - low)).ceil().max(1.0);
            let expected = f64::from(low) + rank - 1.0;
            let found = quantiles.clone().at(percent).to_number().unwrap().to_f64();
            assert!(
                (found - expected).abs() <= expected.abs() * 0.005,
                "{percent} %: {found} for {expected}"
            );
        }
    }
}

#[test]
fn sum_does_not_depend_on_the_order() {
    let numbers: Vec<f64> = (0..2000).map(|n| f64::from(n) * 0.1 + 1e12 * f64::from(n % 3 - 1)).collect();
    let sum = |numbers: &mut dyn Iterator<Item = &f64>| {
        let mut sum = Sum::default();
        numbers.for_each(|number| sum.add(Number::Float(*number)));
        sum
    };
    let forward = sum(&mut numbers.iter());
    let mut halves = sum(&mut numbers[1000..].iter().rev());
    halves.merge(sum(&mut numbers[..1000].iter()));
    assert_eq!(forward.total(), halves.total());
}
