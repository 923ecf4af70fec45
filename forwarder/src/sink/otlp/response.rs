//! Interpretation of responses by the rules of the OTLP specification. Different from the specification, a status
//! that does not reject the events themselves is temporary, so that no events are lost to a wrong URL or a faulty
//! server.

use tailwater_parser::UnixMillis;

use super::fields::{Value, find};
use crate::sink::{BackendResponse, Verdict};

/// Maximum length of the reason of a rejection in characters.
const REASON_LIMIT: usize = 200;

/// Field of `ExportLogsServiceResponse` and `ExportMetricsServiceResponse`; the next two are fields of its
/// `partial_success`.
const PARTIAL_SUCCESS: u64 = 1;
const REJECTED: u64 = 1;
const ERROR_MESSAGE: u64 = 2;

/// Field of `google.rpc.Status`.
const MESSAGE: u64 = 2;

/// Interprets the response to a body of logs or of metrics that was received at `now`.
///
/// The specification names 429, 502, 503 and 504 as retryable. Any other 5xx, and a 4xx that blames the URL instead
/// of the payload, is [`Verdict::Later`] as well: the body is sent again later and finally parked, never rejected. A
/// partial success that rejects nothing is a warning: [`Verdict::Partly`] with 0.
#[must_use]
pub fn verdict(response: &BackendResponse<'_>, now: UnixMillis) -> Verdict {
    match response.status {
        200..=299 => success(response.body),
        status => Verdict::of_status(response, now)
            .unwrap_or_else(|| Verdict::Refused { reason: refusal_reason(status, response.body) }),
    }
}

/// Interprets the body of a successful response, which may report a partial success.
fn success(body: &[u8]) -> Verdict {
    let Some(partial) = find(body, PARTIAL_SUCCESS).and_then(Value::bytes) else {
        return Verdict::Delivered;
    };
    // The number is an `int64`; a negative one is meaningless.
    let rejected = find(partial, REJECTED).and_then(Value::number).unwrap_or(0);
    let rejected = u64::try_from(rejected.cast_signed()).unwrap_or(0);
    let reason = find(partial, ERROR_MESSAGE).and_then(Value::bytes).map(printable).unwrap_or_default();
    if rejected == 0 && reason.is_empty() { Verdict::Delivered } else { Verdict::Partly { rejected, reason } }
}

/// Returns the reason of a rejection: the status, and the message if the response's body is a `google.rpc.Status`.
/// Any other body is left out, because it may repeat data that was sent.
fn refusal_reason(status: u16, body: &[u8]) -> String {
    let message = find(body, MESSAGE).and_then(Value::bytes).map(printable).filter(|text| !text.is_empty());
    message.map_or_else(|| format!("HTTP {status}"), |message| format!("HTTP {status}: {message}"))
}

/// Returns the beginning of a message, without control characters and quoted texts, because backends quote data that
/// was sent.
fn printable(message: &[u8]) -> String {
    let message = String::from_utf8_lossy(message);
    let (mut text, mut rest) = (String::new(), message.chars());
    while let Some(character) = rest.next() {
        match closing_quote(character, text.chars().next_back()) {
            Some(end) => {
                text.push('…');
                rest.find(|character| *character == end);
            }
            None if character.is_control() => {}
            None => text.push(character),
        }
    }
    text.chars().take(REASON_LIMIT).collect()
}

/// Returns the character that ends a quoted text, if `character` begins one; else `None`. `previous` is the
/// character before it: after a letter, an apostrophe begins no quoted text.
fn closing_quote(character: char, previous: Option<char>) -> Option<char> {
    match character {
        '"' | '`' => Some(character),
        '{' => Some('}'),
        '\'' if !previous.is_some_and(char::is_alphanumeric) => Some(character),
        _ => None,
    }
}
