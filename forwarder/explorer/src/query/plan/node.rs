//! Compiled expressions: names are resolved to slots, constants and functions are ready to use.

use std::sync::Arc;

use memchr::memmem::Finder;
use regex::Regex;

use super::super::{
    field::Field,
    key::ValueSet,
    language::{
        expression::{ArithmeticOp, CompareOp},
        function::Function,
        period::Period,
    },
    value::Value,
};

/// Compiled expression.
#[derive(Clone, Debug)]
pub(in crate::query) enum Node {
    Constant(Value<'static>),
    /// Value of a slot of the row.
    Slot(usize),
    /// Value of a key of a map.
    Key(Box<Self>, Box<str>),
    /// Element of a list; a negative index counts from the end.
    Index(Box<Self>, i64),
    Negate(Box<Self>),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    Arithmetic(ArithmeticOp, Box<Self>, Box<Self>),
    Compare(CompareOp, Box<Self>, Box<Self>),
    /// `like` with a text.
    Contains {
        value: Box<Self>,
        text: Box<Finder<'static>>,
        is_negated: bool,
    },
    /// `like` with a regular expression.
    Matches {
        value: Box<Self>,
        regex: Regex,
        is_negated: bool,
    },
    /// `like` with a computed text.
    ContainsValue {
        value: Box<Self>,
        text: Box<Self>,
        is_negated: bool,
    },
    /// `in` with a list.
    In {
        value: Box<Self>,
        list: Vec<Self>,
        is_negated: bool,
    },
    /// `in` with the result of a query.
    InSet {
        value: Box<Self>,
        set: Arc<ValueSet>,
        is_negated: bool,
    },
    Call(Function, Vec<Operand>),
    /// Time and period whose sum is the value.
    Shift(Vec<Operand>),
}

impl Node {
    /// Slots that the expression refers to.
    pub(in crate::query) fn slots(&self) -> Vec<usize> {
        let mut slots = Vec::new();
        self.add_slots(&mut slots);
        slots
    }

    fn add_slots(&self, slots: &mut Vec<usize>) {
        match self {
            Self::Constant(_) => {}
            Self::Slot(slot) => slots.push(*slot),
            Self::Key(base, _) | Self::Index(base, _) | Self::Negate(base) | Self::Not(base) => {
                base.add_slots(slots);
            }
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.add_slots(slots)),
            Self::Arithmetic(_, left, right) | Self::Compare(_, left, right) => {
                left.add_slots(slots);
                right.add_slots(slots);
            }
            Self::Contains { value, .. } | Self::Matches { value, .. } | Self::InSet { value, .. } => {
                value.add_slots(slots);
            }
            Self::ContainsValue { value, text, .. } => {
                value.add_slots(slots);
                text.add_slots(slots);
            }
            Self::In { value, list, .. } => {
                value.add_slots(slots);
                list.iter().for_each(|part| part.add_slots(slots));
            }
            Self::Call(_, operands) | Self::Shift(operands) => {
                for operand in operands {
                    if let Operand::Node(node) = operand {
                        node.add_slots(slots);
                    }
                }
            }
        }
    }
}

/// Argument of a function.
#[derive(Clone, Debug)]
pub(in crate::query) enum Operand {
    Node(Node),
    Period(Period),
    Regex(Regex),
}

/// Definition of a slot, a value of each row. A slot refers only to slots with lower numbers.
#[derive(Clone, Debug)]
pub(in crate::query) enum Slot {
    /// Field of an event.
    Field(Field),
    /// Column of the rows that the segment before made.
    Column(usize),
    /// Computed from other slots.
    Expr(Node),
    /// Output of a `parse` of the segment: its number and the number of the output.
    Parsed(usize, usize),
    /// Output of a `lookup` of the segment: its number and the number of the output.
    LookedUp(usize, usize),
    /// Output of the step that makes several rows of one.
    Multiplied,
    Missing,
}
