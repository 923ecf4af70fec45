//! Interpretation of Datadog's responses.

use tailwater_parser::UnixMillis;

use crate::sink::{BackendResponse, Verdict};

/// Interprets a response that was received at `now`. Both intakes accept either the whole request body or nothing.
pub(super) fn verdict(response: &BackendResponse<'_>, now: UnixMillis) -> Verdict {
    match response.status {
        200..=299 => Verdict::Delivered,
        status => Verdict::of_status(response, now).unwrap_or(match status {
            400..=499 => Verdict::Refused,
            _ => Verdict::Later { after: None },
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_763_725_200_000);

    fn answered(status: u16, retry_after: Option<&str>) -> Verdict {
        verdict(&BackendResponse { status, retry_after, body: b"" }, NOW)
    }

    #[test]
    fn success_is_delivered() {
        assert_eq!(answered(202, None), Verdict::Delivered);
        assert_eq!(answered(200, None), Verdict::Delivered);
    }

    #[test]
    fn temporary_statuses_are_retried_later() {
        for status in [408, 429, 500, 503, 599] {
            assert_eq!(answered(status, None), Verdict::Later { after: None }, "{status}");
        }
        let after = Some(Duration::from_secs(7));
        assert_eq!(answered(429, Some("7")), Verdict::Later { after });
    }

    #[test]
    fn wrong_url_rejected_key_size_and_content_have_their_own_verdicts() {
        for status in [302, 404, 405, 410, 501] {
            assert_eq!(answered(status, None), Verdict::WrongAddress, "{status}");
        }
        assert_eq!(answered(401, None), Verdict::Unauthorized);
        assert_eq!(answered(403, None), Verdict::Unauthorized);
        assert_eq!(answered(413, None), Verdict::TooLarge);
        assert_eq!(answered(400, None), Verdict::Refused);
        assert_eq!(answered(422, None), Verdict::Refused);
    }
}
