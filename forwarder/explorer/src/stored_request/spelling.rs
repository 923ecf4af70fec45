//! Readings of a text as an id: what a user has copied from a log line, a header, a tool or a chat.
//!
//! The same id has several spellings: a trace is `1-5d8bba5a-dc29…` for X-Ray and 32 digits for W3C, and a UUID may have no
//! dashes. [`exact`] and [`prefixes`] return the spellings in which a store may have an id.

use tailwater_parser::line::correlation::{canonical_trace, xray_form};

/// Beginning of every X-Ray trace id.
const TRACE_ID_START: &str = "1-";
/// Beginning of the value of a W3C `traceparent`.
const TRACEPARENT_START: &str = "00-";
/// Number of digits of a UUID before each of its dashes.
const UUID_DASHES: [usize; 4] = [8, 12, 16, 20];
/// Number of digits of a UUID and of a trace id.
const DIGITS: usize = 32;

/// Spellings in which a store may have the beginning of an id.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Prefixes {
    /// Beginnings of request ids and correlation ids.
    pub(crate) texts: Vec<String>,
    /// Beginnings of trace ids as hexadecimal digits without dashes.
    pub(crate) traces: Vec<String>,
    /// True if the text is written as a trace id is, so that it is nothing else.
    pub(crate) is_trace: bool,
}

/// Spellings in which a store may have an id, the most probable first.
pub(super) fn exact(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for reading in readings(text) {
        let (lower, upper) = (reading.to_lowercase(), reading.to_uppercase());
        let digits = hex_digits(&lower).filter(|digits| digits.len() == DIGITS);
        add(&mut found, reading);
        add(&mut found, lower);
        if let Some(digits) = digits {
            add(&mut found, dashed(&digits));
            add(&mut found, digits);
        }
        add(&mut found, upper);
    }
    found
}

/// Spellings in which a store may have the beginning of an id.
pub(crate) fn prefixes(text: &str) -> Prefixes {
    let mut found = Prefixes::default();
    for reading in readings(text) {
        let lower = reading.to_lowercase();
        let start = [TRACE_ID_START, TRACEPARENT_START].iter().find_map(|start| lower.strip_prefix(start));
        let of_trace = start.and_then(hex_digits);
        let is_trace = of_trace.is_some();
        found.is_trace |= is_trace;
        let digits = of_trace.or_else(|| hex_digits(&lower));
        add(&mut found.texts, lower);
        if let Some(digits) = digits {
            if !is_trace {
                add(&mut found.texts, dashed(&digits));
                add(&mut found.texts, digits.clone());
            }
            add(&mut found.traces, digits);
        }
        add(&mut found.texts, reading.to_uppercase());
        add(&mut found.texts, reading);
    }
    found
}

/// Form that all spellings of an id share.
pub(super) fn canonical(id: &str) -> String {
    canonical_trace(id).unwrap_or_else(|| id.to_lowercase().replace('-', ""))
}

/// Beginning of a trace id in the form in which X-Ray writes it.
pub(crate) fn xray_prefix(digits: &str) -> String {
    const TIME: usize = 8;
    if digits.len() > TIME { xray_form(digits) } else { [TRACE_ID_START, digits].concat() }
}

fn add(list: &mut Vec<String>, text: String) {
    if !text.is_empty() && !list.contains(&text) {
        list.push(text);
    }
}

/// Parts of a text that may be an id: as it is, without the punctuation around it, and the value behind a name.
fn readings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let bare = bare(text);
    add(&mut found, text.trim().to_owned());
    add(&mut found, bare.to_owned());
    if let Some(root) = root(bare) {
        // The header names the trace; its other parts are no ids of a request.
        return vec![root.to_owned()];
    }
    add(&mut found, value(bare).to_owned());
    // A piece of a line: of its words those that cannot be anything else.
    let is_id = |word: &&str| canonical_trace(word).is_some() || is_uuid(word);
    let words = bare.split(|c: char| c.is_whitespace() || matches!(c, ',' | '"' | '\'' | '=' | ':'));
    words.map(self::bare).filter(is_id).for_each(|word| add(&mut found, word.to_owned()));
    found
}

/// Text without the quotes, brackets and separators around it.
fn bare(text: &str) -> &str {
    let is_around = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '\'' | '`' | ',' | ';' | '\\' | '“' | '”')
            || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>')
    };
    text.trim_matches(is_around).trim_end_matches(['.', ':'])
}

/// Value of `Root` in a tracing header of X-Ray.
fn root(text: &str) -> Option<&str> {
    const NAME: &str = "root=";
    let at = text.to_ascii_lowercase().find(NAME)?;
    let value = text.get(at + NAME.len()..)?;
    value.split(|c: char| c == ';' || c == ',' || c == '"' || c.is_whitespace()).next()
}

/// Value behind a name, as in `requestId: …` or `"correlation_id":"…"`; the text itself without one.
fn value(text: &str) -> &str {
    let is_name =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | '\\' | ' ');
    let Some((name, value)) = text.split_once([':', '=']) else { return text };
    let value = bare(value);
    if value.is_empty() || !name.chars().all(is_name) { text } else { value }
}

/// Hexadecimal digits of a text that has nothing but them and dashes.
fn hex_digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && digits.len() <= DIGITS).then_some(digits)
}

fn is_uuid(text: &str) -> bool {
    hex_digits(text)
        .is_some_and(|digits| digits.len() == DIGITS && dashed(&digits).eq_ignore_ascii_case(text))
}

/// Digits, or the first of them, with the dashes of a UUID.
fn dashed(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + UUID_DASHES.len());
    for (at, digit) in digits.char_indices() {
        if UUID_DASHES.contains(&at) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "1-5d8bba5a-dc2932496a65bab91d2d42d4";
    const DIGITS: &str = "5d8bba5adc2932496a65bab91d2d42d4";
    const UUID: &str = "8f5f3c1e-0d6b-4b0e-9f0a-000000000001";

    #[test]
    fn every_spelling_of_a_trace_is_one_id() {
        let header = format!("Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1");
        let w3c = format!("00-{DIGITS}-00f067aa0ba902b7-01");
        for text in [
            TRACE,
            DIGITS,
            &header,
            &w3c,
            &header.to_lowercase(),
            &TRACE.to_uppercase(),
            &format!("\"traceId\":\"{TRACE}\","),
            &format!("x-amzn-trace-id: {header}"),
            &format!("traceparent={w3c}"),
            &format!("XRAY TraceId: {TRACE}\tSegmentId: 5ff79d2a06b82ad6"),
        ] {
            let found = exact(text).iter().any(|id| canonical_trace(id).as_deref() == Some(DIGITS));
            assert!(found, "{text}: {:?}", exact(text));
        }
    }

    #[test]
    fn every_spelling_of_a_request_id_is_one_id() {
        for text in [
            UUID,
            &UUID.to_uppercase(),
            &UUID.replace('-', ""),
            &format!("'{UUID}',"),
            &format!("  \"{UUID}\"\n"),
            &format!("RequestId: {UUID}"),
            &format!("\"requestId\": \"{UUID}\","),
            &format!("END RequestId: {UUID}\n"),
            &format!("[{UUID}]"),
            &format!("({UUID})."),
        ] {
            assert!(exact(text).iter().any(|id| id == UUID), "{text}: {:?}", exact(text));
        }
    }

    #[test]
    fn other_ids_keep_their_punctuation_and_case() {
        for id in ["order-7F3a91", "a1b2c3d4e5=", "arn:aws:states:eu-west-1:1:execution:pay:run-0001"] {
            assert_eq!(exact(id).first().map(String::as_str), Some(id));
        }
        assert!(exact("ORDER-7F3A91").contains(&"order-7f3a91".to_owned()));
        assert!(exact("order-7f3a91").contains(&"ORDER-7F3A91".to_owned()));
    }

    #[test]
    fn beginnings_of_traces_and_uuids_are_spelled_as_the_store_has_them() {
        for text in
            ["1-5d8bba5a-dc29", "5d8bba5adc29", "Root=1-5d8bba5a-dc29", "00-5d8bba5adc29", "1-5D8BBA5A-DC29"]
        {
            let found = prefixes(text);
            assert!(found.traces.contains(&"5d8bba5adc29".to_owned()), "{text}: {found:?}");
        }
        assert_eq!(xray_prefix("5d8bba5adc29"), "1-5d8bba5a-dc29");
        assert_eq!(xray_prefix("5d8bba5a"), "1-5d8bba5a");
        assert!(prefixes("8F5F3C1E0D6B").texts.contains(&"8f5f3c1e-0d6b".to_owned()));
        assert!(prefixes("\"8f5f3c1e-0d6b").texts.contains(&"8f5f3c1e-0d6b".to_owned()));
        assert!(prefixes("order-00").traces.is_empty());
    }

    #[test]
    fn spellings_of_an_id_have_one_canonical_form() {
        assert_eq!(canonical(TRACE), canonical(DIGITS));
        assert_eq!(canonical(&UUID.to_uppercase()), canonical(&UUID.replace('-', "")));
        assert_ne!(canonical("order-0000001"), canonical("order-0000002"));
    }
}
