//! Values that can be correlation ids, in the form in which they are compared.

use std::borrow::Cow;

use super::{IdKind, MAX_LENGTH};

/// Minimum length of an id in bytes.
const MIN_LENGTH: usize = 8;
/// Number of hexadecimal digits of a trace id.
const TRACE_DIGITS: usize = 32;

/// Returns an id in the form in which it is compared: traces of X-Ray and W3C as 32 hexadecimal digits, executions of
/// Step Functions by their name. `None` if the text stands for no id.
#[must_use]
pub fn canonical_id(kind: IdKind, text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    match kind {
        IdKind::Trace => canonical_trace(text).map(Cow::Owned),
        IdKind::Execution => Some(text.rsplit(':').next()?).filter(|id| valid_id(id)).map(Cow::Borrowed),
        IdKind::Correlation
        | IdKind::Field
        | IdKind::ApiRequest
        | IdKind::SqsMessage
        | IdKind::SnsMessage
        | IdKind::Event => match xray_root(text) {
            // A trace that is passed on as correlation id is the same id.
            Some(trace) => Some(Cow::Owned(trace)),
            None => valid_id(text).then_some(Cow::Borrowed(text)),
        },
    }
}

/// True if a text can be an id: 8 to [`MAX_LENGTH`] bytes without blanks, not one repeated character, no placeholder.
#[must_use]
pub fn valid_id(text: &str) -> bool {
    let is_id_char =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '{' | '}' | '<' | '>' | '"');
    let mut significant = text.chars().filter(|c| *c != '-');
    let first = significant.next();
    let is_repeated = significant.all(|c| Some(c) == first);
    let is_placeholder =
        ["null", "none", "unknown", "undefined"].iter().any(|name| text.eq_ignore_ascii_case(name));
    (MIN_LENGTH..=MAX_LENGTH).contains(&text.len())
        && !is_repeated
        && !is_placeholder
        && text.chars().all(is_id_char)
}

/// Returns the 32 hexadecimal digits of a trace id: of X-Ray's id or header, of W3C's id or `traceparent`. `None` for any
/// other text, and for all zeros.
///
/// ```
/// use tailwater_parser::line::correlation::canonical_trace;
/// let digits = Some("5d8bba5adc2932496a65bab91d2d42d4".to_owned());
/// assert_eq!(canonical_trace("1-5d8bba5a-dc2932496a65bab91d2d42d4"), digits);
/// assert_eq!(canonical_trace("Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Sampled=1"), digits);
/// assert_eq!(canonical_trace("00-5d8bba5adc2932496a65bab91d2d42d4-00f067aa0ba902b7-01"), digits);
/// ```
#[must_use]
pub fn canonical_trace(text: &str) -> Option<String> {
    if let Some(trace) = xray_root(text) {
        return Some(trace);
    }
    let mut parts = text.split('-');
    let digits = match (parts.next()?, parts.next(), parts.next()) {
        (digits, None, None) => digits,
        (version, Some(digits), Some(_span)) if version.len() == 2 => digits,
        _ => return None,
    };
    hex_digits(digits)
}

/// Returns a trace id of 32 hexadecimal digits in the form of X-Ray, `1-5d8bba5a-dc2932496a65bab91d2d42d4`.
#[must_use]
pub fn xray_form(digits: &str) -> String {
    let (time, rest) = digits.split_at_checked(8).unwrap_or((digits, ""));
    ["1", time, rest].join("-")
}

/// Returns the digits of an X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`, alone or in a tracing header.
fn xray_root(text: &str) -> Option<String> {
    let id = match text.find("Root=") {
        Some(at) => text.get(at + "Root=".len()..)?.split(';').next()?,
        None => text,
    };
    let (time, rest) = id.strip_prefix("1-")?.split_once('-')?;
    if time.len() != 8 || rest.len() != 24 {
        return None;
    }
    hex_digits(&[time, rest].concat())
}

fn hex_digits(text: &str) -> Option<String> {
    let is_id = text.len() == TRACE_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && text.bytes().any(|byte| byte != b'0')).then(|| text.to_ascii_lowercase())
}
