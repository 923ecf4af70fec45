//! Printed form of expressions, names and literals.

use std::fmt::{Display, Formatter, Result, Write};

use super::{
    Aggregate, ArithmeticOp, Call, CompareOp, Expr, ExprKind, Function, LikePattern, Name, Negation,
    RegexLiteral,
};

/// Items with commas between them.
pub(super) struct List<'a, T>(pub(super) &'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (at, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Text in quotes, with escapes.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_char('"')?;
        let mut chars = self.0.chars().peekable();
        while let Some(c) = chars.next() {
            // A backslash needs an escape only where it would be one itself.
            let next = chars.peek();
            let is_escape = c == '\\' && next.is_none_or(|next| matches!(next, '"' | '\'' | '\\'));
            if c == '"' || is_escape {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        f.write_char('"')
    }
}

/// ` as name`, or nothing.
pub(super) struct Alias<'a>(pub(super) Option<&'a Name>);

impl Display for Alias<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.0.map_or(Ok(()), |alias| write!(f, " as {alias}"))
    }
}

/// Name, in backticks if it needs them.
pub(super) struct NameText<'a>(pub(super) &'a str);

/// Words that would be taken for a part of a command.
const WORDS: &[&str] = &[
    "and", "or", "not", "in", "like", "as", "by", "true", "false", "asc", "desc", "any", "logfmt", "csv",
    "offset", "group", "source", "multi", "for", "with",
];

impl Display for NameText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = self.0;
        let is_start = |c: char| c.is_alphabetic() || matches!(c, '_' | '@');
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.');
        let is_plain = name.starts_with(is_start) && name.chars().all(is_part);
        let is_word = WORDS.iter().any(|word| name.eq_ignore_ascii_case(word));
        if is_plain && !is_word { f.write_str(name) } else { write!(f, "`{name}`") }
    }
}

/// Name, or the start of names and `*`.
pub(super) struct Wildcard<'a>(pub(super) &'a Name);

impl Display for Wildcard<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0.text.strip_suffix('*') {
            Some("") => f.write_char('*'),
            Some(start) => write!(f, "{}*", NameText(start)),
            None => self.0.fmt(f),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        NameText(&self.text).fmt(f)
    }
}

impl Display for RegexLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut chars = self.source.chars();
        f.write_char('/')?;
        while let Some(c) = chars.next() {
            match c {
                '/' => f.write_str("\\/")?,
                '\\' => {
                    f.write_char(c)?;
                    chars.next().map_or(Ok(()), |escaped| f.write_char(escaped))?;
                }
                c => f.write_char(c)?,
            }
        }
        f.write_char('/')
    }
}

impl Display for LikePattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Text(text) => Quoted(text).fmt(f),
            Self::Regex(regex) => regex.fmt(f),
            Self::Expr(expr) => Inside(expr, Level::Sum).fmt(f),
        }
    }
}

impl Display for ArithmeticOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Power => "^",
        })
    }
}

impl Display for CompareOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

/// Binding of an operator, from loose to tight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Sign,
    Power,
    Operand,
}

fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare(..) | ExprKind::Like { .. } | ExprKind::In { .. } | ExprKind::InQuery { .. } => {
            Level::Compare
        }
        ExprKind::Arithmetic(ArithmeticOp::Add | ArithmeticOp::Subtract, ..) => Level::Sum,
        ExprKind::Arithmetic(ArithmeticOp::Power, ..) => Level::Power,
        ExprKind::Arithmetic(..) => Level::Product,
        ExprKind::Negate(_) => Level::Sign,
        ExprKind::Integer(number) if *number < 0 => Level::Sign,
        ExprKind::Float(number) if number.is_sign_negative() => Level::Sign,
        _ => Level::Operand,
    }
}

/// Operand, in brackets if it binds looser than its place demands.
struct Inside<'a>(&'a Expr, Level);

impl Display for Inside<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if level(&self.0.kind) < self.1 { write!(f, "({})", self.0) } else { self.0.fmt(f) }
    }
}

fn fmt_operands(word: &str, operands: &[Expr], inner: Level, f: &mut Formatter<'_>) -> Result {
    for (at, operand) in operands.iter().enumerate() {
        if at > 0 {
            write!(f, " {word} ")?;
        }
        Inside(operand, inner).fmt(f)?;
    }
    Ok(())
}

fn fmt_call(name: &str, arguments: &[Expr], f: &mut Formatter<'_>) -> Result {
    write!(f, "{name}({})", List(arguments))
}

impl Display for Expr {
    /// Writes the expression in the language, with the brackets it needs.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            ExprKind::Field(name) => NameText(name).fmt(f),
            ExprKind::Integer(number) => number.fmt(f),
            ExprKind::Float(number) => write!(f, "{number:?}"),
            ExprKind::Text(text) => Quoted(text).fmt(f),
            ExprKind::Boolean(truth) => truth.fmt(f),
            ExprKind::Period(period) => period.fmt(f),
            ExprKind::Regex(regex) => regex.fmt(f),
            ExprKind::Index(base, index) => write!(f, "{}[{index}]", Inside(base, Level::Operand)),
            ExprKind::Member(base, key) => write!(f, "{}[{}]", Inside(base, Level::Operand), Quoted(key)),
            ExprKind::Negate(operand) => write!(f, "-{}", Inside(operand, Level::Power)),
            ExprKind::Not(operand) => write!(f, "not {}", Inside(operand, Level::Not)),
            ExprKind::And(operands) => fmt_operands("and", operands, Level::Not, f),
            ExprKind::Or(operands) => fmt_operands("or", operands, Level::And, f),
            ExprKind::Arithmetic(op, left, right) => fmt_arithmetic(*op, left, right, f),
            ExprKind::Compare(op, left, right) => {
                write!(f, "{} {op} {}", Inside(left, Level::Sum), Inside(right, Level::Sum))
            }
            ExprKind::Like { value, pattern, negation } => {
                write!(f, "{}{} like {pattern}", Inside(value, Level::Sum), not(*negation))
            }
            ExprKind::In { value, list, negation } => {
                write!(f, "{}{} in [{}]", Inside(value, Level::Sum), not(*negation), List(list))
            }
            ExprKind::InQuery { value, query, negation } => {
                write!(f, "{}{} in ({query})", Inside(value, Level::Sum), not(*negation))
            }
            ExprKind::Call(Call { function, arguments, .. }) => {
                fmt_call(Function::name(*function), arguments, f)
            }
            ExprKind::Aggregate(Call { function, arguments, .. }) => {
                if *function == Aggregate::Count && arguments.is_empty() {
                    return f.write_str("count(*)");
                }
                fmt_call(Aggregate::name(*function), arguments, f)
            }
        }
    }
}

fn fmt_arithmetic(op: ArithmeticOp, left: &Expr, right: &Expr, f: &mut Formatter<'_>) -> Result {
    let (left_level, right_level) = match op {
        ArithmeticOp::Add | ArithmeticOp::Subtract => (Level::Sum, Level::Product),
        ArithmeticOp::Multiply | ArithmeticOp::Divide | ArithmeticOp::Remainder => {
            (Level::Product, Level::Sign)
        }
        ArithmeticOp::Power => (Level::Operand, Level::Sign),
    };
    write!(f, "{} {op} {}", Inside(left, left_level), Inside(right, right_level))
}

fn not(negation: Negation) -> &'static str {
    match negation {
        Negation::Absent => "",
        Negation::Present => " not",
    }
}
