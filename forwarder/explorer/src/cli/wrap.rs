//! Text in lines of a width.

use tailwater_forwarder::telemetry::escape::escape_controls;

use crate::view::format::width;

/// Divides a text at its blanks into lines of at most `columns` columns, indented by `indent`. A longer word has a line of its
/// own, whole, because it may be an id. Control characters are escaped.
pub(super) fn wrapped(text: &str, indent: usize, columns: usize) -> Vec<String> {
    let text = escape_controls(text);
    let blanks = " ".repeat(indent);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut().filter(|line| width(line) + 1 + width(word) <= columns) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push([&blanks, word].concat()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_lines_in_the_width() {
        assert_eq!(wrapped("one two three", 2, 9), ["  one two", "  three"]);
        assert_eq!(wrapped("a 123456789012 b", 0, 6), ["a", "123456789012", "b"]);
        assert_eq!(wrapped("", 2, 9), [""; 0]);
    }
}
