//! Arithmetic with values: a missing or non-numeric operand makes a missing result, and so does a division by zero.

use super::super::language::expression::ArithmeticOp;
use super::{Number, Value};

/// Computes an operation. Texts that read as numbers are numbers. Integers stay exact as long as 64 bits hold them.
pub fn arithmetic(op: ArithmeticOp, left: &Value<'_>, right: &Value<'_>) -> Value<'static> {
    let (Some(left), Some(right)) = (left.to_number(), right.to_number()) else {
        return Value::Missing;
    };
    if let (Number::Integer(left), Number::Integer(right)) = (left, right)
        && let Some(exact) = integers(op, left, right)
    {
        return Value::integer(exact);
    }
    let (left, right) = (left.to_f64(), right.to_f64());
    Value::float(match op {
        ArithmeticOp::Add => left + right,
        ArithmeticOp::Subtract => left - right,
        ArithmeticOp::Multiply => left * right,
        ArithmeticOp::Divide => left / right,
        ArithmeticOp::Remainder => left % right,
        ArithmeticOp::Power => left.powf(right),
    })
}

/// Computes an operation whose result is an integer of 64 bits.
fn integers(op: ArithmeticOp, left: i64, right: i64) -> Option<i64> {
    match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Subtract => left.checked_sub(right),
        ArithmeticOp::Multiply => left.checked_mul(right),
        ArithmeticOp::Divide => {
            let is_whole = left.checked_rem(right) == Some(0);
            is_whole.then(|| left.checked_div(right)).flatten()
        }
        ArithmeticOp::Remainder => left.checked_rem(right),
        ArithmeticOp::Power => u32::try_from(right).ok().and_then(|exponent| left.checked_pow(exponent)),
    }
}

/// Computes `-value`.
pub fn negate(value: &Value<'_>) -> Value<'static> {
    match value.to_number() {
        Some(Number::Integer(number)) => match number.checked_neg() {
            Some(number) => Value::integer(number),
            None => Value::float(-Number::Integer(number).to_f64()),
        },
        Some(Number::Float(number)) => Value::float(-number),
        None => Value::Missing,
    }
}
