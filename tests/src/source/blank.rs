//! Removes comments and literals from source text, so that code can be searched in the rest.

use std::{iter::Peekable, str::Chars};

/// Replaces each comment, string and character literal by spaces; line numbers and the number of characters stay.
pub(super) fn blank(text: &str) -> String {
    let mut blanker = Blanker { rest: text.chars().peekable(), code: String::with_capacity(text.len()) };
    while let Some(next) = blanker.rest.next() {
        blanker.step(next);
    }
    blanker.code
}

struct Blanker<'t> {
    rest: Peekable<Chars<'t>>,
    code: String,
}

impl Blanker<'_> {
    fn step(&mut self, next: char) {
        match (next, self.rest.peek().copied()) {
            ('/', Some('/')) => self.line_comment(),
            ('/', Some('*')) => self.block_comment(),
            ('r', Some('"' | '#')) if !self.is_inside_word() => self.raw_string(),
            ('"', _) => self.string('"'),
            ('\'', Some('\\')) => self.string('\''),
            ('\'', Some(_)) => self.character_or_lifetime(),
            _ => self.code.push(next),
        }
    }

    /// True if the `r` just read belongs to a name: after a letter other than `b`, as in `br"…"`, it cannot start a
    /// raw string.
    fn is_inside_word(&self) -> bool {
        let before = self.code.chars().next_back();
        before.is_some_and(|c| c != 'b' && (c.is_alphanumeric() || c == '_'))
    }

    fn blank_one(&mut self, character: char) {
        self.code.push(if character == '\n' { '\n' } else { ' ' });
    }

    fn line_comment(&mut self) {
        self.code.push(' ');
        while let Some(character) = self.rest.next_if(|c| *c != '\n') {
            self.blank_one(character);
        }
    }

    fn block_comment(&mut self) {
        self.code.push(' ');
        let mut before = ' ';
        while let Some(character) = self.rest.next() {
            self.blank_one(character);
            if (before, character) == ('*', '/') {
                break;
            }
            before = character;
        }
    }

    fn string(&mut self, quote: char) {
        self.code.push(' ');
        while let Some(character) = self.rest.next() {
            self.blank_one(character);
            match character {
                '\\' => self.rest.next().into_iter().for_each(|escaped| self.blank_one(escaped)),
                end if end == quote => break,
                _ => {}
            }
        }
    }

    /// Blanks `r"…"` and `r#"…"#`; `r#name` is a name.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        self.code.push('r');
        while self.rest.next_if_eq(&'#').is_some() {
            self.code.push(' ');
            hashes += 1;
        }
        if self.rest.next_if_eq(&'"').is_none() {
            return;
        }
        self.code.push(' ');
        let mut closing = None;
        while closing != Some(hashes) {
            let Some(character) = self.rest.next() else { return };
            self.blank_one(character);
            closing = match (character, closing) {
                ('"', _) => Some(0),
                ('#', Some(seen)) => Some(seen + 1),
                _ => None,
            };
        }
    }

    /// Distinguishes the character `'a'` from the lifetimes `'a` and `'static`.
    fn character_or_lifetime(&mut self) {
        let mut ahead = self.rest.clone();
        ahead.next();
        if ahead.next() == Some('\'') {
            self.string('\'');
        } else {
            self.code.push('\'');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str) {
        assert_eq!(blank(text), code);
        assert_eq!(text.chars().count(), code.chars().count());
    }

    #[test]
    fn comments_are_blanked() {
        check("a // b {\nc", "a       \nc");
        check("a /* b\n{ */ c", "a     \n     c");
    }

    #[test]
    fn strings_are_blanked() {
        check(r#"f("{", b"}")"#, r#"f(   , b   )"#);
        check(r#""a\"b" c"#, "       c");
        check("r#\"}\"\"# x", "r       x");
    }

    #[test]
    fn character_is_blanked_and_lifetime_is_not() {
        check("'{' &'a str", "    &'a str");
        check(r"'\'' b'\\' x", "     b     x");
    }
}
