//! A request to AWS is tried three times within its time: what it is about, parking and secrets, has no second chance.

use std::time::Duration;

use super::{Error, Service};
use crate::http::{Client, Failure, Request, Response};

/// How often a request is sent at most.
const TRIES: u32 = 3;
/// The pause before the second try; doubled before the third.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends a request until it is answered with something that another try would not change. Each try but the last may take
/// half of what is left of `within`.
pub(super) async fn send(
    client: &Client,
    service: Service,
    request: Request,
    within: Duration,
) -> Result<Response, Error> {
    let end = tokio::time::Instant::now() + within;
    for tried in 1..TRIES {
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        let pause = PAUSE * tried;
        let answer = client.send(request.clone(), left / 2).await;
        match answer {
            Ok(response) if !passes(response.status) => return Ok(response),
            Err(error) if lasts(error.failure) => return Err(Error::Unreachable { service, error }),
            Ok(_) | Err(_) => tokio::time::sleep(pause.min(left / 4)).await,
        }
    }
    let left = end.saturating_duration_since(tokio::time::Instant::now());
    client.send(request, left).await.map_err(|error| Error::Unreachable { service, error })
}

/// Whether the same request may be answered otherwise in a moment. 409 is what S3 says when two write one key at once.
fn passes(status: u16) -> bool {
    matches!(status, 409 | 429 | 500 | 502 | 503 | 504)
}

fn lasts(failure: Failure) -> bool {
    match failure {
        Failure::Tls | Failure::Redirected => true,
        Failure::Unresolved
        | Failure::ConnectionRefused
        | Failure::Reset
        | Failure::TimedOut
        | Failure::Garbled => false,
    }
}
