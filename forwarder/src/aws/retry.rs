//! Retries of requests to AWS services: three attempts within the time of the request. Parking and secrets depend on them,
//! and cannot be repeated later.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Error, Service};
use crate::http::{Backoff, Client, Failure, Request, Response, Stream};

/// How often a request is sent at most.
const TRIES: u32 = 3;
/// Pauses before the second and the third try.
const BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(50), Duration::from_millis(100)).expect("50 ms are less than 100 ms");

/// Sends a request until its response, or its error, is one that a retry would not change.
pub(super) async fn send(
    client: &Client,
    service: Service,
    request: Request,
    within: Duration,
) -> Result<Response, Error> {
    let mut tries = Tries::within(within);
    loop {
        let answer = client.send(request.clone(), tries.timeout()).await;
        let outcome = answer.as_ref().map(|response| response.status).map_err(|error| error.failure);
        if tries.are_over(outcome).await {
            return answer.map_err(|error| Error::Unreachable { service, error });
        }
    }
}

/// Sends a request like [`send`], and returns the response as a stream.
pub(super) async fn open(
    client: &Client,
    service: Service,
    request: Request,
    within: Duration,
) -> Result<Stream, Error> {
    let mut tries = Tries::within(within);
    loop {
        let answer = client.open(request.clone(), tries.timeout()).await;
        let outcome = answer.as_ref().map(Stream::status).map_err(|error| error.failure);
        if tries.are_over(outcome).await {
            return answer.map_err(|error| Error::Unreachable { service, error });
        }
    }
}

/// The tries of one request.
struct Tries {
    tried: u32,
    end: Instant,
}

impl Tries {
    fn within(within: Duration) -> Self {
        Self { tried: 0, end: Instant::now() + within }
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// How long the next one may take: half of what is left, so that there is time for another; all of it the last.
    fn timeout(&self) -> Duration {
        if self.tried + 1 < TRIES { self.left() / 2 } else { self.left() }
    }

    /// Another one ended so. Pauses unless it was the last that makes sense.
    async fn are_over(&mut self, outcome: Result<u16, Failure>) -> bool {
        self.tried += 1;
        let passes = match outcome {
            Ok(status) => passes(status),
            Err(failure) => !failure.is_permanent(),
        };
        let is_over = !passes || self.tried >= TRIES;
        if !is_over {
            sleep(BACKOFF.longest_pause(self.tried).min(self.left() / 4)).await;
        }
        is_over
    }
}

/// Whether the same request may be answered otherwise in a moment. 409 is what S3 says when two write one key at once.
fn passes(status: u16) -> bool {
    matches!(status, 409 | 429 | 500 | 502 | 503 | 504)
}
