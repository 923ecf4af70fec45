//! Compilation of expressions.

use memchr::memmem::Finder;

use super::{
    error::PlanError,
    node::{Node, Operand, Slot},
    scope::Scope,
};
use crate::query::{
    field::Fields,
    key::ValueSet,
    language::{
        expression::{Call, Expr, ExprKind, LikePattern, Negation},
        function::{Aggregate, Function},
        tree::{Column, Query},
    },
    result::Table,
    value::Value,
};

/// Runner of the queries inside a query. The number is by how many milliseconds their range is earlier.
pub(in crate::query) type RunInner<'r> = dyn FnMut(&Query, i64) -> Result<Table, PlanError> + 'r;

/// Aggregate of a `stats` with its compiled arguments.
#[derive(Clone, Debug)]
pub(in crate::query) struct AggregateCall {
    pub(in crate::query) aggregate: Aggregate,
    pub(in crate::query) arguments: Vec<Operand>,
}

/// Compiler of the expressions of one query.
pub(super) struct Compiler<'c> {
    pub(super) scope: Scope,
    pub(super) fields: Fields,
    pub(super) run_inner: &'c mut RunInner<'c>,
}

/// Aggregates that the columns of a `stats` need, compiled in the scope of the rows that it reads.
#[derive(Debug)]
pub(super) struct Collected<'s> {
    pub(super) before: &'s mut Scope,
    pub(super) calls: Vec<AggregateCall>,
    /// Number of keys, which stand before the aggregates in the rows of the result.
    pub(super) keys: usize,
}

impl Compiler<'_> {
    /// Compiles an expression over the current rows.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Node, PlanError> {
        self.node(expr, &mut None)
    }

    /// Compiles a column of `stats`, whose aggregates are collected.
    pub(super) fn stats_column(
        &mut self,
        expr: &Expr,
        collected: &mut Collected<'_>,
    ) -> Result<Node, PlanError> {
        self.node(expr, &mut Some(collected))
    }

    /// Returns the slot that holds the value of a column: that of a column with the same written form, or a new one.
    pub(super) fn column(&mut self, column: &Column) -> Result<usize, PlanError> {
        if let Some(slot) = self.scope.defined(&column.name)
            && column.alias.is_none()
        {
            return Ok(slot);
        }
        let node = self.expr(&column.expr)?;
        Ok(self.slot_of(node))
    }

    /// Returns the slot of a node: its own if it is one, or a new one.
    pub(super) fn slot_of(&mut self, node: Node) -> usize {
        match node {
            Node::Slot(slot) => slot,
            Node::Constant(Value::Missing) => self.scope.add(Slot::Missing),
            node => self.scope.add(Slot::Expr(node)),
        }
    }

    fn boxed(&mut self, expr: &Expr, stats: &mut Option<&mut Collected<'_>>) -> Result<Box<Node>, PlanError> {
        self.node(expr, stats).map(Box::new)
    }

    fn all(
        &mut self,
        exprs: &[Expr],
        stats: &mut Option<&mut Collected<'_>>,
    ) -> Result<Vec<Node>, PlanError> {
        exprs.iter().map(|expr| self.node(expr, stats)).collect()
    }

    fn node(&mut self, expr: &Expr, stats: &mut Option<&mut Collected<'_>>) -> Result<Node, PlanError> {
        Ok(match &expr.kind {
            ExprKind::Field(name) => self.scope.resolve(name, &mut self.fields),
            ExprKind::Integer(number) => Node::Constant(Value::integer(*number)),
            ExprKind::Float(number) => Node::Constant(Value::float(*number)),
            ExprKind::Text(text) => Node::Constant(Value::text(text.clone())),
            ExprKind::Boolean(truth) => Node::Constant(Value::Boolean(*truth)),
            ExprKind::Period(_) | ExprKind::Regex(_) => {
                return Err(PlanError::new(expr.span, "a period or regular expression is no value"));
            }
            ExprKind::Index(base, index) => Node::Index(self.boxed(base, stats)?, *index),
            ExprKind::Member(base, key) => Node::Key(self.boxed(base, stats)?, key.as_str().into()),
            ExprKind::Negate(inner) => Node::Negate(self.boxed(inner, stats)?),
            ExprKind::Not(inner) => Node::Not(self.boxed(inner, stats)?),
            ExprKind::And(inner) => Node::And(self.all(inner, stats)?),
            ExprKind::Or(inner) => Node::Or(self.all(inner, stats)?),
            ExprKind::Arithmetic(op, left, right) => {
                Node::Arithmetic(*op, self.boxed(left, stats)?, self.boxed(right, stats)?)
            }
            ExprKind::Compare(op, left, right) => {
                Node::Compare(*op, self.boxed(left, stats)?, self.boxed(right, stats)?)
            }
            ExprKind::Like { value, pattern, negation } => self.like(value, pattern, *negation, stats)?,
            ExprKind::In { value, list, negation } => Node::In {
                value: self.boxed(value, stats)?,
                list: self.all(list, stats)?,
                is_negated: *negation == Negation::Present,
            },
            ExprKind::InQuery { value, query, negation } => Node::InSet {
                value: self.boxed(value, stats)?,
                set: std::sync::Arc::new(self.set(query)?),
                is_negated: *negation == Negation::Present,
            },
            ExprKind::Call(call) => self.call(call, stats)?,
            ExprKind::Aggregate(call) => self.aggregate(call, expr, stats)?,
        })
    }

    fn like(
        &mut self,
        value: &Expr,
        pattern: &LikePattern,
        negation: Negation,
        stats: &mut Option<&mut Collected<'_>>,
    ) -> Result<Node, PlanError> {
        let value = self.boxed(value, stats)?;
        let is_negated = negation == Negation::Present;
        Ok(match pattern {
            LikePattern::Text(text) => {
                let text = Box::new(Finder::new(text.as_bytes()).into_owned());
                Node::Contains { value, text, is_negated }
            }
            LikePattern::Regex(literal) => Node::Matches { value, regex: literal.regex.clone(), is_negated },
            LikePattern::Expr(pattern) => {
                Node::ContainsValue { value, text: self.boxed(pattern, stats)?, is_negated }
            }
        })
    }

    /// Runs a query and collects the values of its first column.
    fn set(&mut self, query: &Query) -> Result<ValueSet, PlanError> {
        let table = (self.run_inner)(query, 0)?;
        let mut set = ValueSet::default();
        table.rows.iter().filter_map(|row| row.first()).for_each(|value| set.insert(value));
        Ok(set)
    }

    fn call(
        &mut self,
        call: &Call<Function>,
        stats: &mut Option<&mut Collected<'_>>,
    ) -> Result<Node, PlanError> {
        if !self.scope.has_events
            && let Some(slot) = self.scope.defined(&call.written)
        {
            return Ok(Node::Slot(slot));
        }
        let mut operands = self.operands(&call.arguments, stats)?;
        let implied = match call.function {
            Function::Bin => Some("@timestamp"),
            Function::MessageSize if operands.is_empty() => Some("@message"),
            _ => None,
        };
        if let Some(name) = implied {
            operands.insert(0, Operand::Node(self.scope.resolve(name, &mut self.fields)));
        }
        Ok(Node::Call(call.function, operands))
    }

    fn operands(
        &mut self,
        arguments: &[Expr],
        stats: &mut Option<&mut Collected<'_>>,
    ) -> Result<Vec<Operand>, PlanError> {
        let operand = |argument: &Expr| {
            Ok(match &argument.kind {
                ExprKind::Period(period) => Operand::Period(*period),
                ExprKind::Regex(literal) => Operand::Regex(literal.regex.clone()),
                _ => Operand::Node(self.node(argument, stats)?),
            })
        };
        arguments.iter().map(operand).collect()
    }

    /// Compiles the call of an aggregate: in `stats` it is collected, elsewhere it names a column of an earlier `stats`.
    fn aggregate(
        &mut self,
        call: &Call<Aggregate>,
        expr: &Expr,
        stats: &mut Option<&mut Collected<'_>>,
    ) -> Result<Node, PlanError> {
        let Some(collected) = stats.as_deref_mut() else {
            return Ok(match self.scope.defined(&call.written) {
                Some(slot) => Node::Slot(slot),
                None => {
                    let problem = format!("{} is no column of the rows before", call.written);
                    return Err(PlanError::new(expr.span, problem));
                }
            });
        };
        std::mem::swap(&mut self.scope, collected.before);
        let arguments = self.operands(&call.arguments, &mut None);
        let time = self.scope.resolve("@timestamp", &mut self.fields);
        std::mem::swap(&mut self.scope, collected.before);
        let mut arguments = arguments?;
        if matches!(call.function, Aggregate::Earliest | Aggregate::Latest | Aggregate::Rate) {
            arguments.push(Operand::Node(time));
        }
        collected.calls.push(AggregateCall { aggregate: call.function, arguments });
        Ok(Node::Slot(collected.keys + collected.calls.len() - 1))
    }
}
