//! Scalar functions of the query language.

mod address;
mod date;
mod date_pattern;
mod encoding;
mod list;
mod math;
mod text;

pub use self::address::Network;

use std::borrow::Cow;

use regex::Regex;

use super::{
    super::language::{function::Function, period::Period},
    Number, Value, time,
};

/// Times that functions of a query refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Time at which the query began, in Unix milliseconds.
    pub now: i64,
    /// Start of the queried range in Unix milliseconds.
    pub start: i64,
    /// End of the queried range in Unix milliseconds.
    pub end: i64,
}

/// Argument of a function.
#[derive(Clone, Debug)]
pub enum Argument<'v> {
    /// Computed value.
    Value(Value<'v>),
    /// Period, of the time functions.
    Period(Period),
    /// Regular expression, of `regexReplace`.
    Regex(&'v Regex),
}

impl<'v> From<Value<'v>> for Argument<'v> {
    fn from(value: Value<'v>) -> Self {
        Self::Value(value)
    }
}

/// Arguments of a call. Those that are not there are missing values.
struct Arguments<'s, 'v>(&'s mut [Argument<'v>]);

impl<'v> Arguments<'_, 'v> {
    fn value(&self, at: usize) -> &Value<'v> {
        match self.0.get(at) {
            Some(Argument::Value(value)) => value,
            Some(Argument::Period(_) | Argument::Regex(_)) | None => &Value::Missing,
        }
    }

    /// Moves a value out; a missing one stays.
    fn take(&mut self, at: usize) -> Value<'v> {
        match self.0.get_mut(at) {
            Some(Argument::Value(value)) => std::mem::take(value),
            Some(Argument::Period(_) | Argument::Regex(_)) | None => Value::Missing,
        }
    }

    /// Moves the text of a value out, borrowed from the row if it was.
    fn take_text(&mut self, at: usize) -> Option<Cow<'v, str>> {
        match self.take(at) {
            Value::Text(text) => Some(text),
            value => value.to_text().map(|text| Cow::Owned(text.into_owned())),
        }
    }

    fn text(&self, at: usize) -> Option<Cow<'_, str>> {
        self.value(at).to_text()
    }

    fn number(&self, at: usize) -> Option<Number> {
        self.value(at).to_number()
    }

    fn float(&self, at: usize) -> Option<f64> {
        self.number(at).map(Number::to_f64)
    }

    fn integer(&self, at: usize) -> Option<i64> {
        self.number(at).and_then(Number::to_integer)
    }

    fn millis(&self, at: usize) -> Option<i64> {
        time::millis_of(self.value(at))
    }

    fn period(&self, at: usize) -> Option<Period> {
        match self.0.get(at) {
            Some(Argument::Period(period)) => Some(*period),
            Some(Argument::Value(_) | Argument::Regex(_)) | None => None,
        }
    }

    fn regex(&self, at: usize) -> Option<&'v Regex> {
        match self.0.get(at) {
            Some(Argument::Regex(regex)) => Some(regex),
            Some(Argument::Value(_) | Argument::Period(_)) | None => None,
        }
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Maximum length in bytes of a text that a function returns: four times that of an event in CloudWatch Logs.
pub(crate) const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Calls a function. Returns `None` if its result is a text longer than 4 MiB. Arguments may be moved out of `arguments`.
///
/// `bin` takes the time as its first argument and the period as its second, and `messageSize` the text, also where the query
/// does not write them. A missing argument makes a missing result, unless the function is about missing values.
pub fn call<'v>(function: Function, arguments: &mut [Argument<'v>], context: &Context) -> Option<Value<'v>> {
    let mut arguments = Arguments(arguments);
    let result = of_choice(function, &mut arguments)
        .or_else(|| math::call(function, &mut arguments))
        .or_else(|| text::call(function, &mut arguments))
        .or_else(|| encoding::call(function, &mut arguments))
        .or_else(|| date::call(function, &arguments, context))
        .or_else(|| list::call(function, &arguments))
        .or_else(|| address::call(function, &arguments));
    let value = result.unwrap_or_default();
    let is_too_long = matches!(&value, Value::Text(Cow::Owned(text)) if text.len() > MAX_TEXT);
    (!is_too_long).then_some(value)
}

/// Calls a function that chooses one of its arguments.
fn of_choice<'v>(function: Function, arguments: &mut Arguments<'_, 'v>) -> Option<Value<'v>> {
    Some(match function {
        Function::IsPresent => Value::Boolean(arguments.value(0).is_present()),
        Function::Coalesce => {
            let present = (0..arguments.len()).find(|at| arguments.value(*at).is_present());
            arguments.take(present.unwrap_or(0))
        }
        Function::If => arguments.take(if arguments.value(0).is_true() { 1 } else { 2 }),
        Function::Case => {
            let branches = arguments.len() / 2;
            let taken = (0..branches).map(|branch| branch * 2).find(|at| arguments.value(*at).is_true());
            // After the branches there is an argument only if their number is odd.
            arguments.take(taken.map_or(branches * 2, |at| at + 1))
        }
        Function::Unmask => arguments.take(0),
        _ => return None,
    })
}

/// Makes a value of an optional text.
fn text_value<'v, T: Into<Cow<'v, str>>>(text: Option<T>) -> Value<'v> {
    text.map_or(Value::Missing, Value::text)
}

/// Makes a value of an optional truth value.
fn truth_value<'v>(truth: Option<bool>) -> Value<'v> {
    truth.map_or(Value::Missing, Value::Boolean)
}

/// Makes a value of an optional integer.
fn integer_value<'v>(number: Option<i64>) -> Value<'v> {
    number.map_or(Value::Missing, Value::integer)
}

/// Makes a value of a length or count.
fn length_value<'v>(length: Option<usize>) -> Value<'v> {
    integer_value(length.and_then(|length| i64::try_from(length).ok()))
}
