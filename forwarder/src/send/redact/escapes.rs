//! Escapes of HTML, JSON and URLs, which hide a repeated text from a comparison.

/// Named entities of HTML that occur in texts.
const ENTITIES: [(&str, char); 6] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", ' ')];

/// Maximum length of an entity between `&` and `;`.
const ENTITY_LIMIT: usize = 8;

/// Removes one layer of escapes; `None` if there are none.
pub(super) fn decode(text: &str) -> Option<String> {
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text);
    let mut has_percent = false;
    while let Some(at) = rest.find(['&', '\\', '%']) {
        let (before, escaped) = rest.split_at_checked(at)?;
        decoded.push_str(before);
        let percent = percent(escaped);
        has_percent |= percent.is_some();
        if let Some((plain, after)) = percent.or_else(|| entity(escaped)).or_else(|| backslash(escaped)) {
            decoded.push_str(&plain);
            rest = after;
        } else {
            let (literal, after) = escaped.split_at_checked(1)?;
            decoded.push_str(literal);
            rest = after;
        }
    }
    decoded.push_str(rest);
    // In the query of a URL, a blank is a plus sign.
    let decoded = if has_percent { decoded.replace('+', " ") } else { decoded };
    (decoded != text).then_some(decoded)
}

/// Decodes a percent-encoded run at the start of a text, such as `%C3%A9`. Returns it and the rest.
fn percent(text: &str) -> Option<(String, &str)> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((byte, after)) = rest
        .strip_prefix('%')
        .and_then(|rest| rest.split_at_checked(2))
        .and_then(|(digits, after)| Some((u8::try_from(hexadecimal(digits)?).ok()?, after)))
    {
        bytes.push(byte);
        rest = after;
    }
    (!bytes.is_empty()).then(|| (String::from_utf8_lossy(&bytes).into_owned(), rest))
}

/// Decodes an HTML entity at the start of a text: `&quot;`, `&#34;` or `&#x22;`.
fn entity(text: &str) -> Option<(String, &str)> {
    let (name, rest) =
        text.strip_prefix('&')?.split_once(';').filter(|(name, _)| name.len() <= ENTITY_LIMIT)?;
    let named = || ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    let numbered = || {
        let number = name.strip_prefix('#')?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => hexadecimal(digits)?,
            None => number.parse().ok()?,
        };
        char::from_u32(code)
    };
    Some((named().or_else(numbered)?.to_string(), rest))
}

/// Decodes a backslash escape at the start of a text, as in JSON and in most programming languages.
fn backslash(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix('\\')?;
    let character = rest.chars().next()?;
    let after = rest.get(character.len_utf8()..)?;
    let plain = match character {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '"' | '\'' | '\\' | '/' | '`' => character,
        'x' => return code(after, 2),
        'u' if after.starts_with('{') => {
            let (digits, after) = after.strip_prefix('{')?.split_once('}')?;
            return Some((char::from_u32(hexadecimal(digits)?)?.to_string(), after));
        }
        'u' => return code(after, 4),
        _ => return None,
    };
    Some((plain.to_string(), after))
}

/// Decodes the character with this number of hexadecimal digits; two of them if it is half of a surrogate pair.
fn code(text: &str, digits: usize) -> Option<(String, &str)> {
    let (first, after) = text.split_at_checked(digits)?;
    let first = u16::try_from(hexadecimal(first)?).ok()?;
    let second = after.strip_prefix("\\u").and_then(|rest| rest.split_at_checked(4));
    let second = second.and_then(|(digits, rest)| Some((u16::try_from(hexadecimal(digits)?).ok()?, rest)));
    let decode = |units: &[u16]| String::from_utf16(units).ok();
    match second {
        Some((second, rest)) if (0xd800..0xdc00).contains(&first) => Some((decode(&[first, second])?, rest)),
        Some(_) | None => Some((decode(&[first])?, after)),
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    are_digits.then(|| u32::from_str_radix(digits, 16).ok())?
}
