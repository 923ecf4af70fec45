//! Interpretation of responses by the rules of the OTLP specification. Different from the specification, a status
//! that does not reject the events themselves is temporary, so that no events are lost to a wrong URL or a faulty
//! server.

use tailwater_parser::UnixMillis;

use super::fields::{Value, find};
use crate::sink::{self, BackendResponse, Verdict};

/// Field of the response to logs, metrics and traces; the next two are fields of its
/// `partial_success`.
const PARTIAL_SUCCESS: u64 = 1;
const REJECTED: u64 = 1;
const ERROR_MESSAGE: u64 = 2;

/// Field of `google.rpc.Status`.
const MESSAGE: u64 = 2;

/// First byte of a `google.rpc.Status`: the tag of its field `code`, or of `message` if the code is 0. No text begins with
/// one of these control characters.
const STATUS_TAGS: [u8; 2] = [0x08, 0x12];

/// Interprets the response to a body of any signal that was received at `now`.
///
/// The specification names 429, 502, 503 and 504 as retryable. Almost any other 5xx is [`Verdict::Later`] as well: the
/// body is sent again later and finally parked, never rejected. A partial success that rejects nothing is a warning:
/// [`Verdict::Partly`] with 0.
#[must_use]
pub fn verdict(response: &BackendResponse<'_>, now: UnixMillis) -> Verdict {
    match response.status {
        200..=299 => success(response.body),
        _ => Verdict::of_status(response, now).unwrap_or(Verdict::Refused),
    }
}

/// Returns the backend's explanation: the message of a partial success or of a `google.rpc.Status`, or the text of a
/// response in another format, for instance from a proxy.
#[must_use]
pub fn explain(response: &BackendResponse<'_>) -> Option<String> {
    let message = match response.status {
        200..=299 => return partial_success(response.body).and_then(|partial| text(partial, ERROR_MESSAGE)),
        _ if response.body.first().is_some_and(|byte| STATUS_TAGS.contains(byte)) => {
            text(response.body, MESSAGE)
        }
        _ => sink::explain(response),
    };
    message.filter(|message| !message.is_empty())
}

/// Interprets the body of a successful response, which may report a partial success.
fn success(body: &[u8]) -> Verdict {
    let Some(partial) = partial_success(body) else { return Verdict::Delivered };
    // The number is an `int64`; a negative one is meaningless.
    let rejected = find(partial, REJECTED).and_then(Value::number).unwrap_or(0);
    let rejected = u64::try_from(rejected.cast_signed()).unwrap_or(0);
    let has_message = text(partial, ERROR_MESSAGE).is_some_and(|message| !message.is_empty());
    if rejected == 0 && !has_message { Verdict::Delivered } else { Verdict::Partly { rejected } }
}

fn partial_success(body: &[u8]) -> Option<&[u8]> {
    find(body, PARTIAL_SUCCESS).and_then(Value::bytes)
}

fn text(message: &[u8], field: u64) -> Option<String> {
    let bytes = find(message, field).and_then(Value::bytes)?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}
