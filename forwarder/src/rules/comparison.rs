//! Tests of a field's value: the operators of `when.fields`.

use std::{borrow::Cow, cmp::Ordering};

use tailwater_parser::json::{Found, Kind};

use super::json::text_of;

/// Test of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// The field is present and not null.
    Exists,
    /// The field is missing or null.
    Missing,
    /// The field compares so with the operand.
    Compare(Operator, Operand),
    /// The field equals one of the operands.
    In(Vec<Operand>),
    /// The field equals none of the operands.
    NotIn(Vec<Operand>),
    /// The field contains the text.
    Like(String),
    /// The field does not contain the text.
    NotLike(String),
}

/// Operator of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Value that a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operand {
    pub(super) text: String,
    number: Option<Number>,
}

/// Number: an integer as exact as it is written, or a float.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Integer(i128),
    Float(f64),
}

/// Operators by their signs. Of two with the same beginning, the longer one comes first.
const SIGNS: &[(&str, Operator)] = &[
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("==", Operator::Equal),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Test {
    /// Parses a test, such as `>= 500`, `in ['a', 'b']`, `like 'text'`, `exists`; any other text is what the field has
    /// to equal.
    ///
    /// # Errors
    /// Returns a description of the problem.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        for (sign, operator) in SIGNS {
            if let Some(rest) = text.strip_prefix(sign) {
                if let Some(second) = rest.chars().next().filter(|c| "~<>=!".contains(*c)) {
                    return Err(format!(
                        "`{sign}{second}` is no operator; expected =, !=, <, <=, >, >=, in, like, exists or missing"
                    ));
                }
                return Ok(Self::Compare(*operator, operand(rest)?));
            }
        }
        match text {
            "exists" => return Ok(Self::Exists),
            "missing" => return Ok(Self::Missing),
            _ => {}
        }
        let (is_not, rest) = match word(text, "not") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if let Some(list) = word(rest, "in").filter(|rest| rest.starts_with('[')) {
            let operands = list_of(list)?;
            return Ok(if is_not { Self::NotIn(operands) } else { Self::In(operands) });
        }
        if let Some(part) = word(rest, "like") {
            let part = operand(part)?.text;
            return Ok(if is_not { Self::NotLike(part) } else { Self::Like(part) });
        }
        Ok(Self::Compare(Operator::Equal, operand(text)?))
    }

    /// Test that a field equals a value.
    pub(super) fn equals(value: String) -> Self {
        Self::Compare(Operator::Equal, Operand::new(value))
    }

    /// True if the test holds for the value of a field in `message`; `None` is a missing field.
    pub(super) fn holds(&self, value: Option<&Found>, message: &str) -> bool {
        let Some(value) = value else { return *self == Self::Missing };
        if let Self::Exists | Self::Missing = self {
            return *self == Self::Exists;
        }
        if let Kind::Object | Kind::Array = value.kind {
            return false;
        }
        let text = text_of(value, message);
        match self {
            Self::Exists | Self::Missing => false,
            Self::Compare(Operator::Equal, operand) => operand.equals(value.kind, &text),
            Self::Compare(Operator::NotEqual, operand) => !operand.equals(value.kind, &text),
            Self::Compare(operator, operand) => operator.holds(operand.compare(value.kind, &text)),
            Self::In(operands) => operands.iter().any(|operand| operand.equals(value.kind, &text)),
            Self::NotIn(operands) => !operands.iter().any(|operand| operand.equals(value.kind, &text)),
            Self::Like(part) => text.contains(part.as_str()),
            Self::NotLike(part) => !text.contains(part.as_str()),
        }
    }

    /// Describes the test in words.
    pub(super) fn describe(&self) -> String {
        let list = |operands: &[Operand]| {
            operands.iter().map(|operand| operand.text.as_str()).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Exists => "exists".to_owned(),
            Self::Missing => "is missing".to_owned(),
            Self::Compare(operator, operand) => format!("{} {}", operator.describe(), operand.text),
            Self::In(operands) => format!("is one of {}", list(operands)),
            Self::NotIn(operands) => format!("is none of {}", list(operands)),
            Self::Like(part) => format!("contains \"{part}\""),
            Self::NotLike(part) => format!("does not contain \"{part}\""),
        }
    }
}

impl Operator {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        let Some(ordering) = ordering else { return false };
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Equal => "is",
            Self::NotEqual => "is not",
            Self::Less => "is less than",
            Self::LessOrEqual => "is at most",
            Self::Greater => "is greater than",
            Self::GreaterOrEqual => "is at least",
        }
    }
}

impl Operand {
    fn new(text: String) -> Self {
        let number = Number::parse(&text);
        Self { text, number }
    }

    fn equals(&self, kind: Kind, text: &str) -> bool {
        // `true` and `false` match as words and as 1 and 0.
        text == self.text || self.compare(kind, text).is_some_and(Ordering::is_eq)
    }

    /// Order of a field's value and the operand: as numbers if both read as one, else as texts.
    fn compare(&self, kind: Kind, text: &str) -> Option<Ordering> {
        let number = match kind {
            Kind::True => Some(Number::Integer(1)),
            Kind::False => Some(Number::Integer(0)),
            Kind::String { .. } | Kind::Number => Number::parse(text),
            Kind::Null | Kind::Object | Kind::Array => None,
        };
        match (number, self.number) {
            (Some(field), Some(operand)) => field.compare(operand),
            _ => Some(text.cmp(&self.text)),
        }
    }
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let first = text.bytes().find(|byte| *byte != b'-')?;
        // Words such as `inf` and `nan` are no numbers here.
        if !first.is_ascii_digit() {
            return None;
        }
        text.parse().map(Self::Integer).or_else(|_| text.parse().map(Self::Float)).ok()
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => Some(one.cmp(&other)),
            (one, other) => one.float().partial_cmp(&other.float()),
        }
    }

    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "compared with a float, it is one too"
    )]
    fn float(self) -> f64 {
        match self {
            Self::Integer(n) => n as f64,
            Self::Float(n) => n,
        }
    }
}

/// Removes a word and the white space after it.
fn word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(word)?;
    let trimmed = rest.trim_start();
    (trimmed.len() < rest.len() || trimmed.starts_with(['[', '\'', '"'])).then_some(trimmed)
}

/// Parses an operand: a text in quotes, or everything.
fn operand(text: &str) -> Result<Operand, String> {
    let text = text.trim();
    let Some((operand, rest)) = quoted(text)? else {
        if text.is_empty() {
            return Err("the value to compare with is missing".to_owned());
        }
        return Ok(Operand::new(text.to_owned()));
    };
    if rest.is_empty() { Ok(operand) } else { Err(format!("`{rest}` follows the text in quotes")) }
}

/// Parses a text in quotes at the start of `text`, and returns it with the rest.
fn quoted(text: &str) -> Result<Option<(Operand, &str)>, String> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else { return Ok(None) };
    let inner = text.get(1..).unwrap_or_default();
    let Some((content, rest)) = inner.split_once(quote) else {
        return Err(format!("the {quote} is not closed"));
    };
    Ok(Some((Operand::new(content.to_owned()), rest.trim_start())))
}

/// Parses a list in brackets.
fn list_of(text: &str) -> Result<Vec<Operand>, String> {
    let unclosed = || "the list is not closed with `]`".to_owned();
    let mut rest = text.get(1..).unwrap_or_default().trim_start();
    let mut operands = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return match (operands.is_empty(), after.trim()) {
                (true, _) => Err("the list is empty".to_owned()),
                (false, "") => Ok(operands),
                (false, after) => Err(format!("`{after}` follows the list")),
            };
        }
        let (operand, after) = match quoted(rest)? {
            Some(found) => found,
            None => {
                let end = rest.find([',', ']']).ok_or_else(unclosed)?;
                let (item, after) = rest.split_at_checked(end).ok_or_else(unclosed)?;
                if item.trim().is_empty() {
                    return Err("the list has an empty item".to_owned());
                }
                (Operand::new(item.trim().to_owned()), after)
            }
        };
        operands.push(operand);
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.starts_with(']') => after,
            None => return Err(unclosed()),
        };
    }
}

/// Text of a field's value, for tags and comparisons; `None` for objects and arrays.
pub(super) fn plain_text<'m>(value: &Found, message: &'m str) -> Option<Cow<'m, str>> {
    match value.kind {
        Kind::String { .. } | Kind::Number | Kind::True | Kind::False => Some(text_of(value, message)),
        Kind::Null | Kind::Object | Kind::Array => None,
    }
}

/// Number of a field's value: a number, a text that reads as one, or 1 and 0 for `true` and `false`.
pub(super) fn number(value: &Found, message: &str) -> Option<f64> {
    let number = match value.kind {
        Kind::True => 1.0,
        Kind::False => 0.0,
        Kind::String { .. } | Kind::Number => Number::parse(&text_of(value, message))?.float(),
        Kind::Null | Kind::Object | Kind::Array => return None,
    };
    Some(number).filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{
        super::fields::{Fields, Paths},
        *,
    };

    /// Tests the field `f`, whose value is `json`; an empty `json` is a missing field.
    fn check(test: &str, json: &str, expected: bool) {
        let message = if json.is_empty() { "{}".to_owned() } else { format!("{{\"f\":{json}}}") };
        let (mut paths, mut fields) = (Paths::default(), Fields::default());
        let idx = paths.add("f");
        paths.find(&message, &mut fields);
        let found = Test::parse(test).unwrap_or_else(|error| panic!("{test}: {error}"));
        assert_eq!(found.holds(fields.get(idx), &message), expected, "{test} on {json}");
    }

    #[test]
    fn numbers_and_numeric_texts_compare_as_numbers() {
        check("< 400", "399", true);
        check("< 400", "\"50\"", true);
        check("< 400", "400", false);
        check(">= '400'", "400.0", true);
        check("= 200", "\"200\"", true);
        check("= 2e2", "200", true);
        check("!= 200", "\"200.0\"", false);
        check("= 12345678901234567890", "12345678901234567891", false);
        check("= nan", "\"nan\"", true);
        check("> 5", "\"abc\"", true);
    }

    #[test]
    fn texts_compare_by_code_point() {
        check("order_placed", "\"order_placed\"", true);
        check("order_placed", "\"order\"", false);
        check("= ' a '", "\" a \"", true);
        check("< 'b'", "\"abc\"", true);
        check("like 'err'", "\"an error\"", true);
        check("like err", "\"an Error\"", false);
        check("not like 'err'", "\"fine\"", true);
        check("like 5", "1500", true);
    }

    #[test]
    fn lists_hold_any_of_their_items() {
        check("in [500, 502, 'x']", "502", true);
        check("in [500,502]", "\"500\"", true);
        check("in ['a, b']", "\"a, b\"", true);
        check("not in [500]", "200", true);
        check("not in [500]", "500", false);
    }

    #[test]
    fn true_and_false_are_words_and_numbers() {
        check("= true", "true", true);
        check("1", "true", true);
        check("= 0", "false", true);
        check("= false", "true", false);
        check("= true", "\"true\"", true);
    }

    #[test]
    fn missing_field_makes_only_missing_true() {
        for json in ["", "null"] {
            check("missing", json, true);
            for test in ["exists", "!= 1", "< 1", "not in [1]", "not like 'a'", "= null"] {
                check(test, json, false);
            }
        }
        check("exists", "0", true);
        check("exists", "{}", true);
        check("missing", "\"\"", false);
        check("!= 1", "[1]", false);
    }

    #[test]
    fn malformed_tests_are_refused() {
        let refused =
            |text: &str, expected: &str| assert_eq!(Test::parse(text).unwrap_err(), expected, "{text}");
        refused(">", "the value to compare with is missing");
        refused("= 'a", "the ' is not closed");
        refused("= 'a' b", "`b` follows the text in quotes");
        refused("in [1, 2", "the list is not closed with `]`");
        refused("in []", "the list is empty");
        refused("in [1] x", "`x` follows the list");
        refused("", "the value to compare with is missing");
    }
}
