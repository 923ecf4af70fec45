//! Texts with captured parts, such as `team:{team}`.

use std::fmt;

use super::glob::{Captures, is_name};

/// Text in which `{name}` stands for what a glob captured under this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Capture(String),
}

impl Template {
    /// Reads a template. Braces that do not enclose a name stand for themselves.
    pub(super) fn new(text: &str) -> Self {
        let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            literal.push_str(before);
            rest = match after.split_once('}').filter(|(name, _)| is_name(name)) {
                Some((name, after)) => {
                    parts.extend(take_text(&mut literal));
                    parts.push(Part::Capture(name.to_owned()));
                    after
                }
                None => {
                    literal.push('{');
                    after
                }
            };
        }
        literal.push_str(rest);
        parts.extend(take_text(&mut literal));
        Self { parts }
    }

    /// Names of the captured parts.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Fills in what was captured; `None` if a part was not captured.
    pub(super) fn render(&self, captures: &Captures) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            text.push_str(match part {
                Part::Text(literal) => literal,
                Part::Capture(name) => &captures.iter().find(|(known, _)| known == name)?.1,
            });
        }
        Some(text)
    }
}

/// Shows the template as written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Capture(name) => write!(f, "{{{name}}}"),
        })
    }
}

fn take_text(literal: &mut String) -> Option<Part> {
    let text = std::mem::take(literal);
    (!text.is_empty()).then_some(Part::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_filled_in() {
        let check = |template: &str, expected: Option<&str>| {
            let captures = vec![("team".to_owned(), "shop".to_owned())];
            assert_eq!(Template::new(template).render(&captures).as_deref(), expected, "{template}");
        };
        check("team:{team}", Some("team:shop"));
        check("{team}{team}", Some("shopshop"));
        check("{other}", None);
        check("a{b c}d{", Some("a{b c}d{"));
        check("", Some(""));
    }
}
