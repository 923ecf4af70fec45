//! Retries of requests to AWS services: up to three attempts within the maximum time of a request. Parking and
//! reading secrets depend on these requests, and their callers cannot repeat them later.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Error, Service};
use crate::http::{Backoff, Client, Failure, Request, Response, Stream};

/// Maximum number of attempts of a request.
const MAX_ATTEMPTS: u32 = 3;
/// Pauses before the second and the third attempt of a request.
const BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(50), Duration::from_millis(100)).expect("50 ms are less than 100 ms");

/// Sends a request, and sends it again while the response or the error is temporary. Returns the last response or
/// error.
pub(super) async fn send(
    client: &Client,
    service: Service,
    request: Request,
    within: Duration,
) -> Result<Response, Error> {
    let mut attempts = Attempts::within(within);
    loop {
        let response = client.send(request.clone(), attempts.timeout()).await;
        let result = response.as_ref().map(|response| response.status).map_err(|error| error.failure);
        if attempts.are_over(result).await {
            return response.map_err(|error| Error::Unreachable { service, error });
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
    let mut attempts = Attempts::within(within);
    loop {
        let response = client.open(request.clone(), attempts.timeout()).await;
        let result = response.as_ref().map(Stream::status).map_err(|error| error.failure);
        if attempts.are_over(result).await {
            return response.map_err(|error| Error::Unreachable { service, error });
        }
    }
}

/// Number of attempts of one request so far, and its deadline.
struct Attempts {
    count: u32,
    deadline: Instant,
}

impl Attempts {
    fn within(within: Duration) -> Self {
        Self { count: 0, deadline: Instant::now() + within }
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns the timeout of the next attempt: half of the remaining time, so that time remains for another
    /// attempt. The last attempt gets all of it.
    fn timeout(&self) -> Duration {
        if self.count + 1 < MAX_ATTEMPTS { self.remaining() / 2 } else { self.remaining() }
    }

    /// Counts an attempt that ended with this status or failure. Returns true if there must be no further attempt.
    /// Else it waits for the pause before the next attempt, and returns false.
    async fn are_over(&mut self, result: Result<u16, Failure>) -> bool {
        self.count += 1;
        let is_retryable = match result {
            Ok(status) => is_retryable(status),
            Err(failure) => !failure.is_permanent(),
        };
        let is_over = !is_retryable || self.count >= MAX_ATTEMPTS;
        if !is_over {
            sleep(BACKOFF.longest_pause(self.count).min(self.remaining() / 4)).await;
        }
        is_over
    }
}

/// True if an HTTP status is temporary. S3 responds with 409 if two requests write the same key at the same time.
fn is_retryable(status: u16) -> bool {
    matches!(status, 409 | 429 | 500 | 502 | 503 | 504)
}
