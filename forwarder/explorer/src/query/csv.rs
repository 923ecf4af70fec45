//! Reader of CSV: rows of cells, of which some are in double quotes.

use std::{iter::Peekable, str::Chars};

/// Iterator over the rows of a text.
///
/// A quote opens only at the beginning of a cell, perhaps after white space; within quotes, two stand for one. A row ends
/// with a line feed outside quotes, or with the text.
pub(super) struct Rows<'t> {
    characters: Peekable<Chars<'t>>,
}

impl<'t> Rows<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { characters: text.chars().peekable() }
    }
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        self.characters.peek()?;
        let (mut row, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
        while let Some(character) = self.characters.next() {
            match character {
                '"' if is_quoted && self.characters.next_if_eq(&'"').is_some() => cell.push('"'),
                '"' if is_quoted => is_quoted = false,
                '"' if cell.trim_ascii().is_empty() => {
                    cell.clear();
                    is_quoted = true;
                }
                ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
                '\r' if !is_quoted && self.characters.peek().is_none_or(|next| *next == '\n') => {}
                '\n' if !is_quoted => break,
                other => cell.push(other),
            }
        }
        row.push(cell);
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&[&str]]) {
        assert_eq!(Rows::new(text).collect::<Vec<_>>(), expected, "{text:?}");
    }

    #[test]
    fn quotes_open_only_at_the_beginning_of_a_cell() {
        check("a,\"b, \"\"c\"\"\",,d", &[&["a", "b, \"c\"", "", "d"]]);
        check("5\" disk,x\ny,\"z\"", &[&["5\" disk", "x"], &["y", "z"]]);
        check("a, \"b, c\"", &[&["a", "b, c"]]);
    }

    #[test]
    fn rows_end_with_lines_outside_quotes() {
        check("a,b\r\n\"c\nd\",e\r\n", &[&["a", "b"], &["c\nd", "e"]]);
        check("a\n\nb", &[&["a"], &[""], &["b"]]);
        check("", &[]);
        check("\"open,\n", &[&["open,\n"]]);
    }
}
