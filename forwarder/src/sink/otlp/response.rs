//! What an OTLP backend's answer means: the rules of the specification, but that nothing is lost to a server's mistake.

use tailwater_parser::UnixMillis;

use super::fields::{Value, find};
use crate::sink::{Answer, NOBODY_THERE, Verdict, retry_after};

/// Words of a backend that are kept, in characters.
const REASON_LIMIT: usize = 200;

/// Field of `Export…ServiceResponse`, and the fields of its `partial_success`.
const PARTIAL_SUCCESS: u64 = 1;
const REJECTED: u64 = 1;
const ERROR_MESSAGE: u64 = 2;

/// Field of `google.rpc.Status`.
const MESSAGE: u64 = 2;

/// Judges the answer to logs or to metrics; `now` is for a `Retry-After` that names a date.
///
/// The specification has 429, 502, 503 and 504 tried again. Any other 5xx, and a 4xx that is about the address and not about
/// what was sent, say nothing of the events: they are tried so often and then parked, never rejected. A partial success that
/// rejects nothing is a warning: `Partly` with 0.
#[must_use]
pub fn verdict(answer: &Answer<'_>, now: UnixMillis) -> Verdict {
    match answer.status {
        200..=299 => taken(answer.body),
        408 | 429 | 500..=599 => {
            Verdict::Later { after: answer.retry_after.and_then(|text| retry_after::read(text, now)) }
        }
        401 | 403 => Verdict::Unauthorized,
        413 => Verdict::TooLarge,
        status if NOBODY_THERE.contains(&status) => Verdict::Later { after: None },
        status => Verdict::Refused { reason: refusal(status, answer.body) },
    }
}

fn taken(body: &[u8]) -> Verdict {
    let Some(partial) = find(body, PARTIAL_SUCCESS).and_then(Value::bytes) else {
        return Verdict::Delivered;
    };
    // The number is an i64 on the wire; below zero it says nothing.
    let rejected = find(partial, REJECTED).and_then(Value::number).unwrap_or(0);
    let rejected = u64::try_from(rejected.cast_signed()).unwrap_or(0);
    let reason = find(partial, ERROR_MESSAGE).and_then(Value::bytes).map(words).unwrap_or_default();
    if rejected == 0 && reason.is_empty() { Verdict::Delivered } else { Verdict::Partly { rejected, reason } }
}

/// The status, and the message where the body is a `Status`. Any other body is not shown: it may be an echo of what
/// was sent.
fn refusal(status: u16, body: &[u8]) -> String {
    let message = find(body, MESSAGE).and_then(Value::bytes).map(words).filter(|words| !words.is_empty());
    message.map_or_else(|| format!("HTTP {status}"), |message| format!("HTTP {status}: {message}"))
}

/// The beginning of a message, without control characters. What it quotes is left out: backends quote what was sent.
fn words(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let (mut words, mut rest) = (String::new(), text.chars());
    while let Some(character) = rest.next() {
        match closing(character, words.chars().next_back()) {
            Some(end) => {
                words.push('…');
                rest.find(|character| *character == end);
            }
            None if character.is_control() => {}
            None => words.push(character),
        }
    }
    words.chars().take(REASON_LIMIT).collect()
}

/// What ends a quotation that begins here, behind `before`.
fn closing(character: char, before: Option<char>) -> Option<char> {
    match character {
        '"' | '`' => Some(character),
        '{' => Some('}'),
        '\'' if !before.is_some_and(char::is_alphanumeric) => Some(character),
        _ => None,
    }
}
