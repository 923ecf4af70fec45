//! Escapes in the cells of a Markdown table: `\|` and HTML entities.

use std::borrow::Cow;

/// Names of the entities that Logs Insights writes for characters with a meaning in HTML.
const NAMED: [(&str, char); 7] =
    [("quot", '"'), ("amp", '&'), ("lt", '<'), ("gt", '>'), ("apos", '\''), ("nbsp", ' '), ("sol", '/')];

/// Longest text between `&` and `;`.
const MAX_NAME: usize = 10;

/// Replaces the escapes in a cell by their characters. Text that only looks like an entity stays.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '\\', '<']) {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '\\', '<']) {
        let (before, escape) = rest.split_at(at);
        decoded.push_str(before);
        let (character, after) = first(escape);
        decoded.push(character);
        rest = after;
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Reads the first character of a text that begins with `&`, `\` or `<`, and returns the text after it.
fn first(escape: &str) -> (char, &str) {
    if let Some(after) = escape.strip_prefix(r"\|") {
        return ('|', after);
    }
    if let Some(after) = ["<br>", "<br/>", "<br />"].iter().find_map(|tag| escape.strip_prefix(tag)) {
        return ('\n', after);
    }
    entity(escape).unwrap_or_else(|| {
        let mut characters = escape.chars();
        (characters.next().unwrap_or_default(), characters.as_str())
    })
}

fn entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.strip_prefix('&')?.split_once(';').filter(|(name, _)| name.len() <= MAX_NAME)?;
    let number = |digits, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let character = match name.strip_prefix('#') {
        Some(hex) if hex.starts_with(['x', 'X']) => number(hex.get(1..)?, 16)?,
        Some(decimal) => number(decimal, 10)?,
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((character, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_replaced() {
        for (text, expected) in [
            ("plain", "plain"),
            ("GET &#x27;&#x2f;a&#39; {&quot;n&quot;: 1} &lt;b&gt;", "GET '/a' {\"n\": 1} <b>"),
            (r"a \| b \n c:\d", r"a | b \n c:\d"),
            ("one<br>two<br/>three", "one\ntwo\nthree"),
            ("&amp;quot;", "&quot;"),
        ] {
            assert_eq!(decode(text), expected);
        }
    }

    #[test]
    fn text_that_is_no_escape_stays() {
        for text in ["a & b; c", "&unknown;", "&#xZZ;", "&#1114112;", "x&", "a < b", "\\"] {
            assert_eq!(decode(text), text);
        }
    }
}
