//! Interpretation of Datadog's responses.

use serde::Deserialize;
use tailwater_parser::UnixMillis;

use crate::sink::{BackendResponse, Verdict};

/// Maximum length of the reason of a rejection in characters.
const REASON_CHARS: usize = 200;

/// Interprets a response that was received at `now`. Both intakes accept either the whole request body or nothing. A
/// redirect is not followed, so it does not tell if the body would be accepted.
pub(super) fn verdict(response: &BackendResponse<'_>, now: UnixMillis) -> Verdict {
    let refused = || match response.status {
        400..=499 => Verdict::Refused { reason: reason(response) },
        _ => Verdict::Later { after: None },
    };
    match response.status {
        200..=299 => Verdict::Delivered,
        _ => Verdict::of_status(response, now).unwrap_or_else(refused),
    }
}

/// Returns the reason of a rejection: the texts in the member `errors` of the response, or the HTTP status if there
/// are none.
fn reason(response: &BackendResponse<'_>) -> String {
    let errors = serde_json::from_slice::<Errors>(response.body).map(|body| body.errors).unwrap_or_default();
    let texts: Vec<_> =
        errors.into_iter().map(ErrorText::into_text).filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return format!("status {}", response.status);
    }
    texts.join("; ").chars().filter(|c| !c.is_control()).take(REASON_CHARS).collect()
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<ErrorText>,
}

/// Element of the member `errors` of a response, in the format of either API version.
#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorText {
    V1(String),
    V2 {
        #[serde(default)]
        title: String,
        #[serde(default)]
        detail: String,
    },
}

impl ErrorText {
    fn into_text(self) -> String {
        match self {
            Self::V1(text) => text,
            Self::V2 { title, detail } if detail.is_empty() => title,
            Self::V2 { title, detail } if title.is_empty() => detail,
            Self::V2 { title, detail } => format!("{title}: {detail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_763_725_200_000);

    fn answered(status: u16, retry_after: Option<&str>, body: &str) -> Verdict {
        verdict(&BackendResponse { status, retry_after, body: body.as_bytes() }, NOW)
    }

    fn check_reason(body: &str, expected: &str) {
        assert_eq!(answered(400, None, body), Verdict::Refused { reason: expected.to_owned() });
    }

    #[test]
    fn success_is_delivered() {
        assert_eq!(answered(202, None, "{}"), Verdict::Delivered);
        assert_eq!(answered(200, None, ""), Verdict::Delivered);
    }

    #[test]
    fn temporary_statuses_are_retried_later() {
        for status in [404, 405, 410, 408, 429, 500, 503, 599, 302] {
            assert_eq!(answered(status, None, ""), Verdict::Later { after: None }, "{status}");
        }
        let after = Some(Duration::from_secs(7));
        assert_eq!(answered(429, Some("7"), ""), Verdict::Later { after });
    }

    #[test]
    fn rejected_key_and_size_have_their_own_verdicts() {
        assert_eq!(answered(401, None, ""), Verdict::Unauthorized);
        assert_eq!(answered(403, None, r#"{"errors":["Forbidden"]}"#), Verdict::Unauthorized);
        assert_eq!(answered(413, None, ""), Verdict::TooLarge);
    }

    #[test]
    fn reason_is_the_error_text_of_either_api_version() {
        check_reason(
            r#"{"errors":["Payload is not in the expected format", "x"]}"#,
            "Payload is not in the expected format; x",
        );
        check_reason(
            r#"{"errors":[{"detail":"Missing DD-API-KEY header","status":"400","title":"Bad Request"}]}"#,
            "Bad Request: Missing DD-API-KEY header",
        );
        check_reason(r#"{"errors":[{"title":"Bad Request"}, {"detail":"why"}]}"#, "Bad Request; why");
    }

    #[test]
    fn reason_without_error_texts_is_the_status() {
        check_reason("<html>proxy", "status 400");
        check_reason(r#"{"errors":[]}"#, "status 400");
        assert_eq!(answered(422, None, ""), Verdict::Refused { reason: "status 422".to_owned() });
    }

    #[test]
    fn reason_is_short_and_has_no_control_characters() {
        check_reason(r#"{"errors":["a\u001b[31mb\nc"]}"#, "a[31mbc");
        check_reason(&format!(r#"{{"errors":["{}"]}}"#, "é".repeat(300)), &"é".repeat(200));
    }
}
