//! Rules of the forwarder that leave out the lines of a what-if, as TOML to copy.

use std::fmt::Write as _;

use tailwater_parser::{
    Line, Origin,
    line::{self, App},
};

use super::{class::LevelClass, line::PatternText};
use crate::pattern::{Masked, Writing, mask, to_regex};

/// Longest regular expression in bytes. A longer one says nothing to its reader.
const MAX_REGEX: usize = 2_000;

/// Conditions on the function of an origin; `None` if the function has no name, or one that a glob would read otherwise.
fn place_conditions(origin: &Origin) -> Option<String> {
    let (condition, name) = match (origin.function(), origin.log_group()) {
        ("", "") => return None,
        ("", group) => ("log_group", group),
        (function, _) => ("function", function),
    };
    let is_literal = !name.contains(['*', '?', '{', '}']);
    is_literal.then(|| format!("when.{condition} = {}\n", quoted(name)))
}

/// Formats a text as a basic string of TOML. Its escapes are those of JSON; unlike JSON it has no DEL.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Rule that drops the TRACE and DEBUG lines of a function.
pub(super) fn drop_debug(origin: &Origin) -> Option<String> {
    let place = place_conditions(origin)?;
    Some(format!(
        "[[rule]]\nname = \"debug lines\"\n{place}when.level = [\"TRACE\", \"DEBUG\"]\nwhen.type = [\"app\", \"text\"]\ndrop = {{}}\n"
    ))
}

/// Rule that drops the lines of a pattern. `None` if no rule matches just these lines, or if they must not be dropped.
pub(super) fn drop_pattern(
    origin: &Origin,
    class: LevelClass,
    masked: &Masked,
    example: &str,
) -> Option<String> {
    let regex = message_regex(class, masked, example).filter(|regex| regex.len() <= MAX_REGEX)?;
    let mut rule = format!("[[rule]]\n{}", place_conditions(origin)?);
    // Writing to a string cannot fail.
    let _ = match class {
        LevelClass::Platform => return None,
        LevelClass::Emf => writeln!(rule, "when.type = \"emf\""),
        LevelClass::Unleveled => writeln!(rule, "when.type = [\"app\", \"text\"]"),
        LevelClass::Level(level) => {
            writeln!(rule, "when.level = \"{}\"\nwhen.type = [\"app\", \"text\"]", level.name())
        }
    };
    let _ = writeln!(rule, "when.message = {}\ndrop = {{}}", quoted(&regex));
    Some(rule).filter(|_| class.is_droppable())
}

/// Regular expression for the whole messages of a pattern, one of which is `example`.
fn message_regex(class: LevelClass, masked: &Masked, example: &str) -> Option<String> {
    let line = line::parse(example);
    match PatternText::of(&line, example) {
        PatternText::Text(_) => {
            let Line::App(App { message, .. }) = &line else { return None };
            let prefix = example.strip_suffix(message)?;
            let prefix = prefix_regex(prefix);
            Some(format!(r"^{prefix}{}\s*$", to_regex(masked, Writing::Plain)))
        }
        // A rule without a condition on the level would hit other levels too.
        PatternText::Member(_) if class == LevelClass::Unleveled => None,
        PatternText::Member(_) => {
            let text = to_regex(masked, Writing::JsonString);
            Some(format!(r#""(?:message|msg)"\s*:\s*"{text}(?:\s|\\[nrt])*""#))
        }
        PatternText::Type(_) | PatternText::Names(_) => None,
    }
}

/// Regular expression for the prefix of a runtime, of which a blank is the last character.
fn prefix_regex(prefix: &str) -> String {
    let blank = if prefix.is_empty() { "" } else { r"\s*" };
    to_regex(&mask(prefix), Writing::Plain) + blank
}

#[cfg(test)]
mod tests {
    use tailwater_forwarder::rules::{ParseOptions, Rules};
    use tailwater_parser::Level;

    use super::*;

    fn origin(function: &str) -> Origin {
        let mut origin = Origin::default();
        origin
            .set_names(&format!("/aws/lambda/{function}"), "2026/03/04/[1]4426346c2cdf4c54a74d3bd2b929fc44");
        origin
    }

    #[test]
    fn rules_are_valid() {
        let options = ParseOptions { sinks: &["store"], redact_key: None, datadog: None };
        let example =
            "2026-03-04T10:00:00.123Z\t8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab\tDEBUG\tcart 17 \"a\\b\" (x)\n";
        let masked = mask("cart 17 \"a\\b\" (x)\n");
        let pattern =
            drop_pattern(&origin("shop"), LevelClass::Level(Level::Debug), &masked, example).unwrap();
        assert!(pattern.contains("when.function = \"shop\"\nwhen.level = \"DEBUG\""), "{pattern}");
        for rule in [drop_debug(&origin("shop")).unwrap(), pattern] {
            assert!(Rules::parse(&rule, &options).is_ok(), "{rule}");
        }
    }

    #[test]
    fn lines_that_must_stay_have_no_rule() {
        let masked = mask("payment failed");
        for class in [LevelClass::Platform, LevelClass::Level(Level::Error), LevelClass::Level(Level::Fatal)]
        {
            assert_eq!(drop_pattern(&origin("shop"), class, &masked, "payment failed"), None, "{class:?}");
        }
        let json = r#"{"message":"payment failed"}"#;
        assert_eq!(drop_pattern(&origin("shop"), LevelClass::Unleveled, &masked, json), None);
        assert_eq!(drop_debug(&Origin::default()), None);
    }
}
