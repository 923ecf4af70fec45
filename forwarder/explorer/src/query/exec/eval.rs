//! Evaluation of compiled expressions.

use super::frame::Frame;
use crate::query::{
    language::function::Function,
    plan::{Node, Operand, length},
    value::{
        Value, arithmetic, compare,
        function::{self, Argument},
        json, search,
    },
};

impl<'e> Frame<'e> {
    /// True if a condition holds.
    pub(super) fn test(&self, condition: &'e Node) -> bool {
        match condition {
            Node::And(all) => all.iter().all(|condition| self.test(condition)),
            Node::Or(any) => any.iter().any(|condition| self.test(condition)),
            Node::Not(inner) => !self.test(inner),
            Node::Compare(op, left, right) => {
                self.with(left, |left| self.with(right, |right| compare::compare(*op, left, right)))
            }
            Node::Contains { value, text, is_negated } => {
                let found = self.with(value, |value| search::contains(value, text));
                found.is_some_and(|found| found != *is_negated)
            }
            Node::Matches { value, regex, is_negated } => {
                let found = self.with(value, |value| search::matches(value, regex));
                found.is_some_and(|found| found != *is_negated)
            }
            Node::ContainsValue { value, text, is_negated } => {
                let (value, text) = (self.eval(value), self.eval(text));
                match (value.to_text(), text.to_text()) {
                    (Some(value), Some(text)) => value.contains(&*text) != *is_negated,
                    _ => false,
                }
            }
            Node::In { value, list, is_negated } => {
                let value = self.eval(value);
                value.is_present()
                    && !value.is_structure()
                    && list.iter().any(|one| compare::equal(&value, &self.eval(one))) != *is_negated
            }
            Node::InSet { value, set, is_negated } => self.with(value, |value| {
                value.is_present() && !value.is_structure() && set.contains(value) != *is_negated
            }),
            Node::Constant(_)
            | Node::Slot(_)
            | Node::Key(..)
            | Node::Index(..)
            | Node::Negate(_)
            | Node::Arithmetic(..)
            | Node::Call(..)
            | Node::Shift(_) => self.with(condition, Value::is_true),
        }
    }

    /// Calls `read` with the value of an expression, without copying that of a slot.
    pub(super) fn with<T>(&self, node: &'e Node, read: impl FnOnce(&Value<'e>) -> T) -> T {
        match node {
            Node::Slot(slot) => read(self.slot(*slot)),
            Node::Constant(value) => read(value),
            _ => read(&self.eval(node)),
        }
    }

    /// Value of an expression.
    pub(super) fn eval(&self, node: &'e Node) -> Value<'e> {
        match node {
            Node::Constant(value) => value.borrowed(),
            Node::Slot(slot) => self.slot(*slot).clone(),
            Node::Key(base, key) => self.with(base, |base| json::member(base, key)),
            Node::Index(base, index) => self.with(base, |base| json::element(base, *index)),
            Node::Negate(inner) => arithmetic::negate(&self.eval(inner)),
            Node::Arithmetic(op, left, right) => {
                arithmetic::arithmetic(*op, &self.eval(left), &self.eval(right))
            }
            Node::Call(function, operands) => self.call(*function, operands),
            Node::Shift(operands) => self.shift(operands),
            Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::Contains { .. }
            | Node::Matches { .. }
            | Node::ContainsValue { .. }
            | Node::In { .. }
            | Node::InSet { .. } => Value::Boolean(self.test(node)),
        }
    }

    fn call(&self, function: Function, operands: &'e [Operand]) -> Value<'e> {
        match (function, operands) {
            (Function::IsPresent, [Operand::Node(node)]) => {
                Value::Boolean(self.with(node, Value::is_present))
            }
            (Function::Coalesce, _) => {
                let mut values = operands.iter().map(|operand| self.operand_value(operand));
                values.find(Value::is_present).unwrap_or_default()
            }
            (Function::If, [Operand::Node(condition), yes, no]) => {
                self.operand_value(if self.test(condition) { yes } else { no })
            }
            (Function::Case, _) => self.case(operands),
            (Function::Strlen, [Operand::Node(node)]) => self.with(node, |value| {
                let length = value.to_text().map(|text| text.chars().count());
                length.and_then(|n| i64::try_from(n).ok()).map_or(Value::Missing, Value::integer)
            }),
            _ => {
                let argument = |operand: &'e Operand| match operand {
                    Operand::Node(node) => Argument::Value(self.eval(node)),
                    Operand::Period(period) => Argument::Period(*period),
                    Operand::Regex(regex) => Argument::Regex(regex),
                };
                let mut arguments: Vec<_> = operands.iter().map(argument).collect();
                function::call(function, &mut arguments, self.context).unwrap_or_else(|| {
                    self.budget.truncate();
                    Value::Missing
                })
            }
        }
    }

    fn case(&self, operands: &'e [Operand]) -> Value<'e> {
        let (pairs, default) = operands.as_chunks::<2>();
        for [condition, value] in pairs {
            let holds = match condition {
                Operand::Node(condition) => self.test(condition),
                Operand::Period(_) | Operand::Regex(_) => false,
            };
            if holds {
                return self.operand_value(value);
            }
        }
        default.first().map_or(Value::Missing, |operand| self.operand_value(operand))
    }

    pub(super) fn operand_value(&self, operand: &'e Operand) -> Value<'e> {
        match operand {
            Operand::Node(node) => self.eval(node),
            Operand::Period(_) | Operand::Regex(_) => Value::Missing,
        }
    }

    fn shift(&self, operands: &'e [Operand]) -> Value<'e> {
        match operands {
            [Operand::Node(time), Operand::Period(period)] => match self.eval(time) {
                Value::Time(millis) => Value::Time(millis.saturating_add(length(*period))),
                other => other,
            },
            _ => Value::Missing,
        }
    }
}
