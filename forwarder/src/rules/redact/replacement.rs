//! Replacement of a match, as Python's `re.sub` takes it: text with references to groups.

/// Parsed replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replacement {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Number of a group; 0 is the whole match.
    Group(usize),
}

/// Reason why a replacement is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplacementError {
    /// Number of the character in the replacement, counted from 1.
    pub character: usize,
    /// Description of the problem.
    pub reason: String,
}

impl Replacement {
    /// Parses a replacement for a regex with these groups: `\1`, `\g<1>`, `\g<name>`, `\g<0>` and `\\`.
    pub(super) fn parse(text: &str, groups: &[Option<String>]) -> Result<Self, ReplacementError> {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
            plain.push_str(before);
            let character = text.chars().count() - escape.chars().count() + 1;
            let fail = |reason: String| ReplacementError { character, reason };
            let (part, length) = escape_at(escape, groups).map_err(fail)?;
            match part {
                Part::Text(text) => plain.push_str(&text),
                Part::Group(number) => {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(Part::Group(number));
                }
            }
            rest = escape.get(length..).unwrap_or_default();
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self { parts })
    }

    /// True if the replacement refers to a group other than the whole match.
    pub(super) fn has_groups(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Group(1..)))
    }

    /// True if the text of the replacement has characters that JSON strings escape.
    pub(super) fn needs_escapes(&self) -> bool {
        let needs = |part: &Part| match part {
            Part::Text(text) => text.contains(['"', '\\']),
            Part::Group(_) => false,
        };
        self.parts.iter().any(needs)
    }

    /// Appends the replacement of `secret`. `group` returns the text of a group.
    pub(super) fn write<'t>(&self, secret: &str, group: impl Fn(usize) -> Option<&'t str>, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(0) => out.push_str(secret),
                Part::Group(number) => out.push_str(group(*number).unwrap_or_default()),
            }
        }
    }
}

/// Reads the escape at the start of `text`: its part and its length.
fn escape_at(text: &str, groups: &[Option<String>]) -> Result<(Part, usize), String> {
    let rest = text.get(1..).unwrap_or_default();
    match rest.chars().next() {
        None => Err("nothing follows the `\\`".to_owned()),
        Some('\\') => Ok((Part::Text("\\".to_owned()), 2)),
        Some('g') => {
            let name = rest.strip_prefix("g<").and_then(|rest| rest.split_once('>')).map(|(name, _)| name);
            let name = name.ok_or("`\\g` is not followed by `<NAME>` or `<NUMBER>`")?;
            let by_name = || Some(groups.iter().position(|group| group.as_deref() == Some(name))? + 1);
            let number = name.parse().ok().or_else(by_name);
            Ok((checked(number, name, groups)?, "\\g<>".len() + name.len()))
        }
        Some('1'..='9') => {
            let n_digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
            let digits = rest.get(..n_digits).unwrap_or_default();
            Ok((checked(digits.parse().ok(), digits, groups)?, 1 + n_digits))
        }
        Some(c) if c.is_ascii_alphanumeric() => {
            Err(format!("the escape `\\{c}` is not supported: it would break JSON, or Python refuses it"))
        }
        Some(c) => Ok((Part::Text(format!("\\{c}")), 1 + c.len_utf8())),
    }
}

fn checked(number: Option<usize>, name: &str, groups: &[Option<String>]) -> Result<Part, String> {
    let known = number.filter(|number| *number <= groups.len());
    known.map(Part::Group).ok_or_else(|| format!("the regex has no group `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expected: &str) {
        let groups = [None, Some("name".to_owned())];
        let written = match Replacement::parse(template, &groups) {
            Err(error) => format!("{} (character {})", error.reason, error.character),
            Ok(replacement) => {
                let mut out = String::new();
                replacement.write("all", |number| ["all", "one", "two"].get(number).copied(), &mut out);
                out
            }
        };
        assert_eq!(written, expected, "{template}");
    }

    #[test]
    fn references_to_groups_are_replaced() {
        check("xxxxx", "xxxxx");
        check(r"<\1>", "<one>");
        check(r"\g<1>0\g<name>", "one0two");
        check(r"[\g<0>]", "[all]");
        check(r"\\1 \. é", r"\1 \. é");
        check("", "");
    }

    #[test]
    fn invalid_references_are_refused_with_their_position() {
        check(r"é\3", "the regex has no group `3` (character 2)");
        check(r"\g<other>", "the regex has no group `other` (character 1)");
        check(r"a\g", "`\\g` is not followed by `<NAME>` or `<NUMBER>` (character 2)");
        check(
            r"\n",
            "the escape `\\n` is not supported: it would break JSON, or Python refuses it (character 1)",
        );
        check("a\\", "nothing follows the `\\` (character 2)");
    }
}
