//! Tests of values and functions: expressions of the language and their values.

mod address;
mod compare;
mod date;
mod list;
mod math;
mod order;
mod properties;
mod text;

use memchr::memmem::Finder;

use super::{
    super::language::{
        expression::{Expr, ExprKind, LikePattern},
        parse,
        tree::CommandKind,
    },
    Value, arithmetic, compare as comparison,
    function::{self, Argument, Context},
    json, search,
};

/// 2024-02-29 12:34:56.789, a Thursday.
const TIME: i64 = 1_709_210_096_789;

const CONTEXT: Context = Context { now: TIME, start: TIME - 3_600_000, end: TIME };

/// Checks the values of expressions.
#[track_caller]
fn check(expected: &[(&str, &str)]) {
    for (expression, expected) in expected {
        assert_eq!(evaluated(expression), *expected, "{expression}");
    }
}

/// Checks which conditions hold.
#[track_caller]
fn check_conditions(expected: &[(&str, bool)]) {
    for (condition, expected) in expected {
        let query = format!("filter {condition}");
        let query = parse(&query).unwrap_or_else(|error| panic!("{error}\n{}", error.excerpt(&query)));
        let CommandKind::Filter(condition) = &query.commands[0].kind else { panic!("no filter") };
        assert_eq!(eval(condition).is_true(), *expected, "{condition}");
    }
}

/// Evaluates an expression and prints its value: texts in quotes, times and numbers without, `-` for no value.
fn evaluated(expression: &str) -> String {
    let query = format!("fields {expression} as x");
    let query = parse(&query).unwrap_or_else(|error| panic!("{error}\n{}", error.excerpt(&query)));
    let CommandKind::Fields(columns) = &query.commands[0].kind else { panic!("no fields") };
    match eval(&columns[0].expr) {
        Value::Missing => "-".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        list @ (Value::List(_) | Value::Map(_)) => json::write(&list),
        other => other.to_text().unwrap().into_owned(),
    }
}

/// Value of a field of the row that the tests have.
fn field(name: &str) -> Value<'static> {
    match name {
        "@timestamp" => Value::Time(TIME),
        "@message" => Value::text("a message, ä"),
        "n" => Value::integer(200),
        "f" => Value::float(0.5),
        "t" => Value::text("200"),
        "empty" => Value::text(""),
        "yes" => Value::Boolean(true),
        "no" => Value::Boolean(false),
        "word" => Value::text("word"),
        "list" => json::parse(r#"[1, "2", true, null, {"a": 1}]"#),
        _ => Value::Missing,
    }
}

fn eval(expr: &Expr) -> Value<'_> {
    match &expr.kind {
        ExprKind::Field(name) => field(name),
        ExprKind::Integer(number) => Value::integer(*number),
        ExprKind::Float(number) => Value::float(*number),
        ExprKind::Text(text) => Value::text(text.as_str()),
        ExprKind::Boolean(truth) => Value::Boolean(*truth),
        ExprKind::Index(base, index) => json::element(&eval(base), *index),
        ExprKind::Member(base, key) => json::member(&eval(base), key),
        ExprKind::Negate(operand) => arithmetic::negate(&eval(operand)),
        ExprKind::Not(operand) => Value::Boolean(!eval(operand).is_true()),
        ExprKind::And(all) => Value::Boolean(all.iter().all(|one| eval(one).is_true())),
        ExprKind::Or(any) => Value::Boolean(any.iter().any(|one| eval(one).is_true())),
        ExprKind::Arithmetic(op, left, right) => arithmetic::arithmetic(*op, &eval(left), &eval(right)),
        ExprKind::Compare(op, left, right) => {
            Value::Boolean(comparison::compare(*op, &eval(left), &eval(right)))
        }
        ExprKind::Like { value, pattern, .. } => Value::Boolean(like(&eval(value), pattern)),
        ExprKind::Call(call) => {
            let mut arguments: Vec<_> = call.arguments.iter().map(argument).collect();
            if call.written.to_lowercase().starts_with("bin") {
                arguments.insert(0, Argument::Value(field("@timestamp")));
            }
            function::call(call.function, &mut arguments, &CONTEXT).unwrap_or_default()
        }
        other => panic!("not in these tests: {other:?}"),
    }
}

fn like(value: &Value<'_>, pattern: &LikePattern) -> bool {
    let found = match pattern {
        LikePattern::Text(text) => search::contains(value, &Finder::new(text)),
        LikePattern::Regex(literal) => search::matches(value, &literal.regex),
        LikePattern::Expr(_) => None,
    };
    found.unwrap_or_default()
}

fn argument(expr: &Expr) -> Argument<'_> {
    match &expr.kind {
        ExprKind::Period(period) => Argument::Period(*period),
        ExprKind::Regex(literal) => Argument::Regex(&literal.regex),
        _ => Argument::Value(eval(expr)),
    }
}
