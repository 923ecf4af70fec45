//! Typed tree of an expression.

use super::{
    function::{Aggregate, Function},
    period::Period,
    regex_literal::RegexLiteral,
    span::Span,
    tree::Query,
};

/// An expression with its position.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Operation and its operands.
    pub kind: ExprKind,
    /// Position in the query.
    pub span: Span,
    depth: usize,
}

/// Name of a field or alias with its position. Backticks are not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Name, with `.` between the parts.
    pub text: String,
    /// Position in the query.
    pub span: Span,
}

/// Operation of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// Value of a field. `a.b` is the field of this name, or the key `b` of a map in the field `a`.
    Field(String),
    /// Number without fraction or exponent.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text in quotes, escapes resolved.
    Text(String),
    /// `true` or `false`.
    Boolean(bool),
    /// Length of time, for example `5m`; only as an argument.
    Period(Period),
    /// Regular expression; only as an argument of a function.
    Regex(RegexLiteral),
    /// `base[index]`: element of a list. A negative index counts from the end.
    Index(Box<Expr>, i64),
    /// `base.key` where `base` is no plain field: value of a map.
    Member(Box<Expr>, String),
    /// `-x`.
    Negate(Box<Expr>),
    /// `not x` or `!x`.
    Not(Box<Expr>),
    /// `a and b and …`, at least two.
    And(Vec<Expr>),
    /// `a or b or …`, at least two.
    Or(Vec<Expr>),
    /// Arithmetic.
    Arithmetic(ArithmeticOp, Box<Expr>, Box<Expr>),
    /// Comparison.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `x like …`, `x =~ …` or `x not like …`.
    Like {
        /// Text to search.
        value: Box<Expr>,
        /// Text or regular expression to find.
        pattern: LikePattern,
        /// Presence of `not`.
        negation: Negation,
    },
    /// `x in […]`.
    In {
        /// Value to find.
        value: Box<Expr>,
        /// Values of the list.
        list: Vec<Expr>,
        /// Presence of `not`.
        negation: Negation,
    },
    /// `x in (SOURCE … | … | fields f)`.
    InQuery {
        /// Value to find.
        value: Box<Expr>,
        /// Query whose only column is searched.
        query: Box<Query>,
        /// Presence of `not`.
        negation: Negation,
    },
    /// Call of a scalar function.
    Call(Call<Function>),
    /// Call of an aggregate function. Outside `stats` it refers to a column of this name.
    Aggregate(Call<Aggregate>),
}

/// Call of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<F> {
    /// Function.
    pub function: F,
    /// Arguments; `count(*)` has none. Their number is within the function's limits.
    pub arguments: Vec<Expr>,
    /// Call as it was written, without backticks: the name of a column of an earlier `stats` that this may refer to.
    pub written: String,
}

/// Pattern of `like`.
#[derive(Clone, Debug, PartialEq)]
pub enum LikePattern {
    /// Literal text, contained anywhere.
    Text(String),
    /// Regular expression, found anywhere.
    Regex(RegexLiteral),
    /// Text computed for each row, contained anywhere.
    Expr(Box<Expr>),
}

/// Presence of `not` before `in` or `like`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negation {
    /// Without `not`.
    Absent,
    /// With `not`.
    Present,
}

/// Operator of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`, remainder with the sign of the left operand.
    Remainder,
    /// `^`, power; binds to the right.
    Power,
}

/// Operator that compares two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `=` or `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Expr {
    /// Creates an expression.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        let depth = kind.children().map(|child| child.depth).max().unwrap_or(0).saturating_add(1);
        Self { kind, span, depth }
    }

    /// Number of nested operations, at least 1.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Calls `visit` for this expression and all inside it, the outer before the inner.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for child in self.kind.children() {
            child.walk(visit);
        }
    }
}

impl ExprKind {
    /// Returns the direct operands. The query of `in (…)` is none of them.
    pub fn children(&self) -> impl Iterator<Item = &Expr> {
        let (one, two, many): (Option<&Expr>, Option<&Expr>, &[Expr]) = match self {
            Self::Field(_)
            | Self::Integer(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::Boolean(_)
            | Self::Period(_)
            | Self::Regex(_) => (None, None, &[]),
            Self::Index(base, _) | Self::Member(base, _) | Self::Negate(base) | Self::Not(base) => {
                (Some(base), None, &[])
            }
            Self::And(operands) | Self::Or(operands) => (None, None, operands),
            Self::Arithmetic(_, left, right) | Self::Compare(_, left, right) => {
                (Some(left), Some(right), &[])
            }
            Self::Like { value, pattern: LikePattern::Expr(pattern), .. } => {
                (Some(value), Some(pattern), &[])
            }
            Self::Like { value, .. } | Self::InQuery { value, .. } => (Some(value), None, &[]),
            Self::In { value, list, .. } => (Some(value), None, list),
            Self::Call(call) => (None, None, &call.arguments),
            Self::Aggregate(call) => (None, None, &call.arguments),
        };
        one.into_iter().chain(two).chain(many)
    }
}
