//! Regular expressions that match the lines of a pattern, for the rules of the forwarder.

use super::mask::{Kind, Masked};

/// Form in which a text stands in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// As it is.
    Plain,
    /// As a JSON string, with escapes.
    JsonString,
}

/// Returns a regular expression for the lines of a pattern. It is not anchored.
#[must_use]
pub fn to_regex(masked: &Masked, writing: Writing) -> String {
    let mut regex = String::with_capacity(masked.0.len() * 2);
    let mut was_blank = false;
    for character in masked.0.chars() {
        let is_blank = character.is_ascii_whitespace();
        match Kind::of_mark(character) {
            Some(kind) => regex.push_str(of_kind(kind)),
            None if is_blank && was_blank => {}
            None if is_blank => regex.push_str(blanks(writing)),
            None => push_literal(character, writing, &mut regex),
        }
        was_blank = is_blank;
    }
    regex
}

/// Expression for one or more blanks.
fn blanks(writing: Writing) -> &'static str {
    match writing {
        Writing::Plain => r"\s+",
        Writing::JsonString => r"(?:\s|\\[nrt])+",
    }
}

fn push_literal(character: char, writing: Writing, regex: &mut String) {
    if writing == Writing::JsonString && matches!(character, '"' | '\\') {
        regex.push_str(r"\\");
    }
    if character.is_ascii_punctuation()
        && !matches!(character, '"' | '\'' | '_' | '<' | '>' | ',' | ':' | '=')
    {
        regex.push('\\');
    }
    regex.push(character);
}

/// Expression for the parts that the masks of a kind replace.
fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Json => r"[\{\[][\s\S]*[\}\]]",
        Kind::Time => {
            r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?)?(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?"
        }
        Kind::Uuid => r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
        Kind::Url => r#"[0-9A-Za-z+]+://[^\s"'<>)\],]+"#,
        Kind::Email => r"[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+",
        Kind::Ip => r"[0-9A-Fa-f.:]+",
        Kind::Arn => r"arn:aws[0-9A-Za-z:/_.$*+=@#-]*",
        Kind::Hex => r"(?:0x)?[0-9A-Fa-f]+",
        Kind::Number => r"[0-9][0-9.,]*[A-Za-z]{0,3}",
        Kind::Token => r"\S+",
        Kind::Rest => r"[\s\S]*",
    }
}

#[cfg(test)]
mod tests {
    use super::{super::mask, *};

    fn is_match(pattern_of: &str, writing: Writing, text: &str) -> bool {
        let regex = format!("^{}$", to_regex(&mask(pattern_of), writing));
        regex::Regex::new(&regex).unwrap().is_match(text)
    }

    #[test]
    fn lines_of_the_pattern_match_and_others_do_not() {
        let line = "2026-03-04T10:00:00.123Z [x] (cart 17) of jo@a.io took 3.5ms at 10.0.0.1:80";
        assert!(is_match(line, Writing::Plain, line));
        let other = "2027-01-04T11:00:00Z [x] (cart 9) of me@b.org took 12 at 10.0.0.2";
        assert!(is_match(line, Writing::Plain, other));
        assert!(!is_match(line, Writing::Plain, &line.replace("[x]", "[y]")));
        assert!(!is_match(line, Writing::Plain, &line.replace("took", "took no")));
        assert!(!is_match("a.b 1", Writing::Plain, "axb 1"));
    }

    #[test]
    fn every_kind_matches_what_it_masks() {
        for text in [
            r#"got {"a":1}"#,
            "at 2026/03/04 10:00:00 ok",
            "at 2026-03-04T10:00:00+01:00 ok",
            "id 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab",
            "GET https://a.b/c?d=1 200",
            "role arn:aws:iam::123456789012:role/x denied",
            "0x1f and deadbeef01 of Node20abc",
            &"word ".repeat(3000),
        ] {
            assert!(is_match(text, Writing::Plain, text.trim_end()), "{text}");
        }
    }

    #[test]
    fn text_in_json_has_its_escapes() {
        let text = "said \"no\" \\ 17\ttimes";
        assert!(is_match(text, Writing::JsonString, r#"said \"no\" \\ 18\ttimes"#));
        assert!(!is_match(text, Writing::JsonString, text));
    }
}
