//! Functions of numbers.

use std::cmp::Ordering;

use super::{
    super::{super::language::tree::Direction, order::sort_order},
    Arguments, Function, Number, Value, integer_value,
};

/// Mean radius of the earth in kilometres.
const EARTH_RADIUS: f64 = 6371.0;

/// Greatest number of decimals that `round` keeps; a double has no more.
const MAX_DECIMALS: i64 = 17;

pub(super) fn call<'v>(function: Function, arguments: &mut Arguments<'_, 'v>) -> Option<Value<'v>> {
    let float =
        |of: fn(f64) -> f64| arguments.float(0).map_or(Value::Missing, |number| Value::float(of(number)));
    Some(match function {
        Function::Abs => match arguments.number(0) {
            Some(Number::Integer(number)) if number != i64::MIN => Value::integer(number.abs()),
            number => number.map_or(Value::Missing, |number| Value::float(number.to_f64().abs())),
        },
        Function::Ceil => whole(arguments, f64::ceil),
        Function::Floor => whole(arguments, f64::floor),
        Function::Log => float(f64::ln),
        Function::Sqrt => float(f64::sqrt),
        Function::Round => round(arguments),
        Function::ToNumber | Function::ToDouble => arguments.number(0).map_or(Value::Missing, Value::Number),
        Function::ToInt | Function::ToLong => integer_value(arguments.integer(0)),
        Function::IsNumeric => Value::Boolean(arguments.number(0).is_some()),
        Function::Greatest => extreme(arguments, Ordering::Greater),
        Function::Least => extreme(arguments, Ordering::Less),
        Function::Haversine => haversine(arguments).map_or(Value::Missing, Value::float),
        _ => return None,
    })
}

/// Applies a rounding function; integers stay as they are.
fn whole<'v>(arguments: &Arguments<'_, 'v>, of: fn(f64) -> f64) -> Value<'v> {
    match arguments.number(0) {
        Some(Number::Float(number)) => Value::Number(Number::Float(of(number)).normal()),
        number => number.map_or(Value::Missing, Value::Number),
    }
}

fn round<'v>(arguments: &Arguments<'_, 'v>) -> Value<'v> {
    if arguments.len() < 2 {
        return whole(arguments, f64::round);
    }
    let (Some(number), Some(decimals)) = (arguments.float(0), arguments.integer(1)) else {
        return Value::Missing;
    };
    let Ok(decimals) = i32::try_from(decimals.clamp(-MAX_DECIMALS, MAX_DECIMALS)) else {
        return Value::Missing;
    };
    let factor = 10_f64.powi(decimals);
    let scaled = number * factor;
    // A number too great to be scaled has no decimals.
    if scaled.is_finite() { Value::float(scaled.round() / factor) } else { Value::float(number) }
}

/// Returns the greatest or least of the values that are present. The first of equal ones is taken.
fn extreme<'v>(arguments: &mut Arguments<'_, 'v>, wanted: Ordering) -> Value<'v> {
    let mut best = None;
    for at in (0..arguments.len()).filter(|at| !arguments.value(*at).is_absent()) {
        let is_better = best.is_none_or(|best| {
            sort_order(arguments.value(at), arguments.value(best), Direction::Ascending) == wanted
        });
        if is_better {
            best = Some(at);
        }
    }
    best.map_or(Value::Missing, |at| arguments.take(at))
}

/// Computes the distance of two points on the earth in kilometres.
fn haversine(arguments: &Arguments<'_, '_>) -> Option<f64> {
    let radians = |at: usize| arguments.float(at).map(f64::to_radians);
    let (lat1, lon1, lat2, lon2) = (radians(0)?, radians(1)?, radians(2)?, radians(3)?);
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let chord = half(lat1, lat2) + lat1.cos() * lat2.cos() * half(lon1, lon2);
    Some(2.0 * EARTH_RADIUS * chord.clamp(0.0, 1.0).sqrt().asin())
}
