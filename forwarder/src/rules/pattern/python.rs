//! Syntax of Python's module `re`, as far as it differs from that of rules. What has no equal here is refused.

use regex_automata::util::look::Look;

use super::{
    class::Class,
    node::Node,
    parse::{Parsed, Parser},
};

/// Constructs of Python after `(`, that no automaton can match, with their names.
const UNSUPPORTED: &[(&str, &str)] =
    &[("?>", "the atomic group `(?>`"), ("?(", "the conditional group `(?(`")];

impl Parser<'_> {
    /// End of the text, or the line feed at its end.
    pub(super) fn python_end() -> Node {
        let feed = Node::Concat(vec![Node::Class(Class::of('\n')), Node::Look(Look::End)]);
        Node::Alternate(vec![Node::Look(Look::End), feed])
    }

    /// Opens a group, and returns its number; `None` in a dialect without numbered groups.
    pub(super) fn open_group(&mut self, name: Option<String>) -> Option<u32> {
        if self.dialect == super::Dialect::Rules {
            return None;
        }
        self.groups.push(name);
        u32::try_from(self.groups.len()).ok()
    }

    /// Refuses a construct that has no equal here, and skips a comment. Returns true if it skipped one.
    pub(super) fn python_extension(&mut self, start: usize) -> Parsed<bool> {
        if let Some((_, name)) = UNSUPPORTED.iter().find(|(text, _)| self.rest().starts_with(text)) {
            return self.fail(start, format!("{name} is not supported"));
        }
        if !self.take("?#") {
            return Ok(false);
        }
        while let Some(c) = self.next() {
            if c == ')' {
                return Ok(true);
            }
        }
        self.fail(start, "the comment that this `(` opens is not closed")
    }

    /// True if a `{` follows that begins a repetition: `{n}`, `{n,}`, `{,m}` or `{n,m}`. Any other one is a character.
    pub(super) fn has_python_bounds(&self) -> bool {
        let Some(inner) = self.rest().strip_prefix('{').and_then(|rest| Some(rest.split_once('}')?.0)) else {
            return false;
        };
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match inner.split_once(',') {
            None => !inner.is_empty() && is_number(inner),
            Some((min, max)) => is_number(min) && is_number(max) && inner != ",",
        }
    }

    /// True if `first`, after a backslash, begins three octal digits, which are a character and not a back reference.
    pub(super) fn is_octal(&self, first: char) -> bool {
        let mut rest = self.rest().chars();
        let mut is_digit = || rest.next().is_some_and(|c| c.is_digit(8));
        self.dialect == super::Dialect::Python && first.is_digit(4) && is_digit() && is_digit()
    }

    /// Parses the rest of a character in octal that begins with `first`.
    pub(super) fn octal(&mut self, first: char, start: usize) -> Parsed<char> {
        let mut number = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            self.next();
            number = number * 8 + digit;
        }
        match char::from_u32(number).filter(|c| u32::from(*c) < 0o400) {
            Some(c) => Ok(c),
            None => self.fail(start, "the escape is not a character in octal"),
        }
    }
}
