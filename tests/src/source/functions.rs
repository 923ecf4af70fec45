//! Finds the first and last line of functions.

use super::line_number;

/// Function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Name.
    pub name: String,
    /// Line of `fn`, counted from 1.
    pub first_line: usize,
    /// Number of lines from `fn` to the closing brace.
    pub lines: usize,
}

/// Finds all functions in blanked code, including nested ones.
pub(super) fn functions(code: &str) -> Vec<Function> {
    code.match_indices("fn ")
        .filter(|(at, _)| begins_word(code, *at))
        .filter_map(|(at, _)| function(code, at))
        .collect()
}

fn begins_word(code: &str, at: usize) -> bool {
    code.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| c.is_whitespace())
}

/// Parses a function; `None` for a signature without a body and for a type such as `fn(u8)`.
fn function(code: &str, at: usize) -> Option<Function> {
    let text = code.get(at..)?;
    let name: String = text.chars().skip(3).take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let opening = end_of_signature(text)?;
    let body = text.get(opening..).filter(|body| body.starts_with('{'))?;
    let length = opening + closing(body)?;
    let first_line = line_number(code, at);
    Some(Function { name, first_line, lines: line_number(code, at + length) - first_line + 1 })
}

/// Returns the offset of the first brace or semicolon outside of brackets; `[u8; 3]` has one inside.
fn end_of_signature(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let end = text.char_indices().find(|(_, character)| {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && ['{', ';'].contains(character)
    });
    end.map(|(offset, _)| offset)
}

/// Returns the offset of the brace that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let brace = text.char_indices().find(|(_, character)| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    brace.map(|(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[(&str, usize, usize)]) {
        let found = functions(code);
        let found: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.first_line, f.lines)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn function_ends_at_its_closing_brace() {
        check("\nfn f() -> u8 {\n  if a { b }\n}\n", &[("f", 2, 3)]);
    }

    #[test]
    fn nested_function_is_listed_separately() {
        check("fn f() {\n  fn g() {}\n}", &[("f", 1, 3), ("g", 2, 1)]);
    }

    #[test]
    fn array_type_does_not_end_the_signature() {
        check("fn f(x: [u8; 3]) {\n}", &[("f", 1, 2)]);
    }

    #[test]
    fn signature_without_body_is_not_listed() {
        check("trait T { fn f(&self); }\ntype F = fn (u8);", &[]);
    }
}
