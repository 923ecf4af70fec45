//! States of aggregates. They merge in any order with the same result.

mod distinct;
mod number;
mod sum;
#[cfg(test)]
mod tests;
mod top;

use std::{cmp::Ordering, collections::BTreeMap};

pub(super) use self::sum::Sum;
use self::{distinct::Distinct, number::Quantiles, top::TopValues};
use super::{Position, frame::Frame};
use crate::query::{
    key,
    language::{function::Aggregate, tree::Direction},
    plan::{AggregateCall, Operand, length},
    value::{Map, Number, Value, order::sort_order, time},
};

/// Greatest number of values that `values` lists.
const MAX_VALUES: usize = 10_000;
/// Greatest number of ranges of a `histogram`.
const MAX_RANGES: usize = 10_000;

/// Estimated memory of an entry of a map in bytes, without its key and value.
const ENTRY: usize = 48;

/// State of one aggregate of one group.
#[derive(Clone, Debug)]
pub(super) enum State {
    Count(u64),
    Distinct(Distinct),
    Sum(Sum),
    Average(Sum),
    Minimum(Option<Number>),
    Maximum(Option<Number>),
    Quantile(Box<Quantiles>),
    /// Sum of the values and of their squares, for variance and deviation.
    Spread(Box<[Sum; 2]>),
    /// Value of the first or last row by time, with the time and the row's place.
    Earliest(Option<Box<(i64, Position, Held)>>),
    Latest(Option<Box<(i64, Position, Held)>>),
    First(Held),
    Last(Held),
    Values(BTreeMap<Box<[u8]>, Value<'static>>),
    Top(TopValues),
    /// First and last number by time.
    Rate(Option<Box<Change>>),
    Histogram(BTreeMap<i64, u64>),
}

/// First and last number of a group by time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    first: (i64, Position, f64),
    last: (i64, Position, f64),
}

/// Value that others may replace, with the memory in bytes that was counted for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    value: Value<'static>,
    counted: usize,
}

impl Held {
    fn new(value: Value<'static>) -> Self {
        Self { counted: value.size(), value }
    }

    /// Takes another value. Returns by how many bytes this has grown beyond what was counted.
    fn replace(&mut self, value: Value<'static>) -> usize {
        self.value = value;
        let grown = self.value.size().saturating_sub(self.counted);
        self.counted += grown;
        grown
    }

    /// Takes the other value if it comes before this one.
    fn keep(&mut self, value: &Value<'_>, direction: Direction) -> usize {
        if value.is_present() && sort_order(value, &self.value, direction) == Ordering::Less {
            return self.replace(value.clone().into_owned());
        }
        0
    }
}

impl State {
    pub(super) fn new(call: &AggregateCall) -> Self {
        match call.aggregate {
            Aggregate::Count | Aggregate::CountOverTime => Self::Count(0),
            Aggregate::CountDistinct => Self::Distinct(Distinct::default()),
            Aggregate::Sum | Aggregate::SumOverTime => Self::Sum(Sum::default()),
            Aggregate::Avg => Self::Average(Sum::default()),
            Aggregate::Min => Self::Minimum(None),
            Aggregate::Max => Self::Maximum(None),
            Aggregate::Percentile => Self::Quantile(Box::default()),
            Aggregate::Stddev | Aggregate::Variance => Self::Spread(Box::default()),
            Aggregate::Earliest => Self::Earliest(None),
            Aggregate::Latest => Self::Latest(None),
            Aggregate::SortsFirst => Self::First(Held::default()),
            Aggregate::SortsLast => Self::Last(Held::default()),
            Aggregate::Values => Self::Values(BTreeMap::new()),
            Aggregate::TopK => Self::Top(TopValues::default()),
            Aggregate::Rate => Self::Rate(None),
            Aggregate::Histogram => Self::Histogram(BTreeMap::new()),
        }
    }

    /// Adds a row. Returns by how many bytes the state may have grown.
    pub(super) fn add<'e>(
        &mut self,
        call: &'e AggregateCall,
        frame: &Frame<'e>,
        position: Position,
    ) -> usize {
        if let (Self::Count(count), []) = (&mut *self, call.arguments.as_slice()) {
            *count += 1;
            return 0;
        }
        // `topk(k, field)` has the field in second place.
        let place = usize::from(call.aggregate == Aggregate::TopK);
        let Some(Operand::Node(node)) = call.arguments.get(place) else { return 0 };
        frame.with(node, |value| {
            if !value.is_present() {
                return 0;
            }
            match self {
                Self::Count(count) => {
                    *count += 1;
                    0
                }
                _ if value.is_structure() => 0,
                Self::Earliest(_) | Self::Latest(_) | Self::Rate(_) => {
                    let time = call.arguments.last().map(|time| frame.operand_value(time));
                    let time = time.and_then(|time| time::millis_of(&time)).unwrap_or(position.time);
                    self.add_timed(value, time, position)
                }
                Self::Histogram(ranges) => {
                    let width = call.arguments.get(1).map(|width| frame.operand_value(width));
                    add_to_histogram(ranges, value, width.and_then(|width| width.to_number()))
                }
                _ => self.add_value(value),
            }
        })
    }

    fn add_value(&mut self, value: &Value<'_>) -> usize {
        match self {
            Self::Distinct(distinct) => return distinct.add(value),
            Self::First(kept) => return kept.keep(value, Direction::Ascending),
            Self::Last(kept) => return kept.keep(value, Direction::Descending),
            Self::Values(values) => {
                if values.len() < MAX_VALUES
                    && let Some(key) = key::of(value)
                {
                    let size = key.len() + ENTRY + value.size();
                    if values.insert(key, value.clone().into_owned()).is_none() {
                        return size;
                    }
                }
            }
            Self::Top(top) => return top.add(value),
            _ => {
                if let Some(number) = value.to_number() {
                    self.add_number(number);
                }
            }
        }
        0
    }

    fn add_number(&mut self, number: Number) {
        match self {
            Self::Sum(sum) | Self::Average(sum) => sum.add(number),
            Self::Minimum(least) => *least = Some(least.map_or(number, |least| lesser(least, number))),
            Self::Maximum(most) => *most = Some(most.map_or(number, |most| greater(most, number))),
            Self::Quantile(quantiles) => quantiles.add(number.to_f64()),
            Self::Spread(sums) => {
                let [sum, squares] = &mut **sums;
                sum.add(number);
                squares.add_square(number);
            }
            _ => {}
        }
    }

    fn add_timed(&mut self, value: &Value<'_>, time: i64, position: Position) -> usize {
        match self {
            Self::Earliest(kept) if kept.as_ref().is_none_or(|kept| (time, position) < (kept.0, kept.1)) => {
                return keep_timed(kept, value, time, position);
            }
            Self::Latest(kept) if kept.as_ref().is_none_or(|kept| (time, position) > (kept.0, kept.1)) => {
                return keep_timed(kept, value, time, position);
            }
            Self::Rate(change) => {
                if let Some(number) = value.to_number() {
                    let point = (time, position, number.to_f64());
                    let both = Change { first: point, last: point };
                    *change = Some(Box::new(change.as_ref().map_or(both, |change| change.joined(both))));
                }
            }
            _ => {}
        }
        0
    }

    /// Adds the rows of another state of the same aggregate.
    pub(super) fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Count(ours), Self::Count(theirs)) => *ours = ours.saturating_add(theirs),
            (Self::Distinct(ours), Self::Distinct(theirs)) => ours.merge(theirs),
            (Self::Sum(ours), Self::Sum(theirs)) | (Self::Average(ours), Self::Average(theirs)) => {
                ours.merge(theirs);
            }
            (Self::Minimum(ours), Self::Minimum(theirs)) => {
                *ours = ours.zip(theirs).map(|(a, b)| lesser(a, b)).or(ours.or(theirs));
            }
            (Self::Maximum(ours), Self::Maximum(theirs)) => {
                *ours = ours.zip(theirs).map(|(a, b)| greater(a, b)).or(ours.or(theirs));
            }
            (Self::Quantile(ours), Self::Quantile(theirs)) => ours.merge(&theirs),
            (Self::Spread(ours), Self::Spread(theirs)) => {
                ours.iter_mut().zip(*theirs).for_each(|(ours, theirs)| ours.merge(theirs));
            }
            (ours @ Self::Earliest(_), Self::Earliest(Some(theirs)))
            | (ours @ Self::Latest(_), Self::Latest(Some(theirs))) => {
                ours.add_timed(&theirs.2.value, theirs.0, theirs.1);
            }
            (Self::First(ours), Self::First(theirs)) => {
                ours.keep(&theirs.value, Direction::Ascending);
            }
            (Self::Last(ours), Self::Last(theirs)) => {
                ours.keep(&theirs.value, Direction::Descending);
            }
            (Self::Values(ours), Self::Values(theirs)) => ours.extend(theirs),
            (Self::Top(ours), Self::Top(theirs)) => ours.merge(theirs),
            (Self::Rate(ours), Self::Rate(Some(theirs))) => {
                *ours = Some(Box::new(ours.as_ref().map_or(*theirs, |ours| ours.joined(*theirs))));
            }
            (Self::Histogram(ours), Self::Histogram(theirs)) => {
                theirs.into_iter().for_each(|(range, count)| *ours.entry(range).or_default() += count);
            }
            _ => {}
        }
    }

    /// Value of the aggregate.
    pub(super) fn finish(self, call: &AggregateCall) -> Value<'static> {
        match self {
            Self::Count(count) => integer(count),
            Self::Distinct(distinct) => integer(distinct.count()),
            Self::Sum(sum) => sum.total(),
            Self::Average(sum) => sum.average(),
            Self::Minimum(number) | Self::Maximum(number) => number.map_or(Value::Missing, Value::Number),
            Self::Quantile(quantiles) => quantiles.at(constant(call, 1).unwrap_or(50.0)),
            Self::Spread(sums) => {
                let variance = sum::variance(&sums);
                let is_deviation = call.aggregate == Aggregate::Stddev;
                let value = variance.map(|variance| if is_deviation { variance.sqrt() } else { variance });
                value.map_or(Value::Missing, Value::float)
            }
            Self::Earliest(kept) | Self::Latest(kept) => kept.map_or(Value::Missing, |kept| kept.2.value),
            Self::First(held) | Self::Last(held) => held.value,
            Self::Values(values) => {
                let mut list: Vec<_> = values.into_values().take(MAX_VALUES).collect();
                list.sort_by(|a, b| sort_order(a, b, Direction::Ascending));
                Value::List(list.into())
            }
            Self::Top(top) => top.list(constant(call, 0).unwrap_or(10.0)),
            Self::Rate(change) => change.map_or(Value::Missing, |change| change.rate(call)),
            Self::Histogram(ranges) => histogram(&ranges, constant(call, 1).unwrap_or(1.0)),
        }
    }
}

impl Change {
    fn joined(self, other: Self) -> Self {
        let before = |a: (i64, Position, f64), b: (i64, Position, f64)| (a.0, a.1) <= (b.0, b.1);
        Self {
            first: if before(self.first, other.first) { self.first } else { other.first },
            last: if before(self.last, other.last) { other.last } else { self.last },
        }
    }

    /// Change per period, a second if none is given.
    fn rate(self, call: &AggregateCall) -> Value<'static> {
        const SECOND: i64 = 1000;
        let period = call.arguments.iter().find_map(|argument| match argument {
            Operand::Period(period) => Some(length(*period)),
            Operand::Node(_) | Operand::Regex(_) => None,
        });
        let elapsed = Number::Integer(self.last.0.saturating_sub(self.first.0)).to_f64();
        let period = Number::Integer(period.unwrap_or(SECOND)).to_f64();
        Value::float((self.last.2 - self.first.2) / elapsed * period)
    }
}

/// Number that an argument always is.
fn constant(call: &AggregateCall, place: usize) -> Option<f64> {
    match call.arguments.get(place) {
        Some(Operand::Node(crate::query::plan::Node::Constant(value))) => {
            value.to_number().map(Number::to_f64)
        }
        Some(Operand::Node(_) | Operand::Period(_) | Operand::Regex(_)) | None => None,
    }
}

fn integer(count: u64) -> Value<'static> {
    Value::integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Copy of a value; of a time its milliseconds.
fn plain(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::Time(millis) => Value::integer(*millis),
        other => other.clone().into_owned(),
    }
}

fn lesser(a: Number, b: Number) -> Number {
    if b.compare(a) == Ordering::Less { b } else { a }
}

fn greater(a: Number, b: Number) -> Number {
    if b.compare(a) == Ordering::Greater { b } else { a }
}

/// Keeps a value with its time and place. Returns by how many bytes the state has grown.
fn keep_timed(
    kept: &mut Option<Box<(i64, Position, Held)>>,
    value: &Value<'_>,
    time: i64,
    position: Position,
) -> usize {
    let value = plain(value);
    match kept {
        Some(kept) => {
            (kept.0, kept.1) = (time, position);
            kept.2.replace(value)
        }
        None => {
            let held = Held::new(value);
            let size = held.counted;
            *kept = Some(Box::new((time, position, held)));
            size
        }
    }
}

fn add_to_histogram(ranges: &mut BTreeMap<i64, u64>, value: &Value<'_>, width: Option<Number>) -> usize {
    let width = width.map(Number::to_f64).filter(|width| *width > 0.0);
    let (Some(number), Some(width)) = (value.to_number(), width) else { return 0 };
    let range = Number::Float((number.to_f64() / width).floor()).to_integer();
    if let Some(range) = range
        && (ranges.len() < MAX_RANGES || ranges.contains_key(&range))
    {
        let before = ranges.len();
        *ranges.entry(range).or_default() += 1;
        return (ranges.len() - before) * ENTRY;
    }
    0
}

/// Map from the lower bound of each range to the number of values in it.
fn histogram(ranges: &BTreeMap<i64, u64>, width: f64) -> Value<'static> {
    let bound = |range: i64| Number::Float(Number::Integer(range).to_f64() * width).to_string();
    let entries = ranges.iter().map(|(range, count)| (bound(*range), integer(*count)));
    Value::Map(std::sync::Arc::new(Map { entries: entries.collect() }))
}
