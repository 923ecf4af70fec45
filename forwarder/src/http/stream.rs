//! A response whose body is read chunk by chunk, so that memory does not depend on its size.

use std::{future::Future, time::Duration};

use bytes::Bytes;

use super::{Error, HeaderMap, Response, failure::Phase};

/// A response whose body is not read yet.
#[derive(Debug)]
pub struct Stream {
    response: reqwest::Response,
    timeout: Duration,
}

impl Stream {
    pub(super) fn new(response: reqwest::Response, timeout: Duration) -> Self {
        Self { response, timeout }
    }

    /// Returns the HTTP status; never a redirect.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Returns the response's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Reads the next chunk of the body; `None` at its end.
    ///
    /// # Errors
    /// Returns an error if the body ends too early, or if no chunk arrives within the timeout.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        with_timeout(self.timeout, async {
            self.response.chunk().await.map_err(|error| Error::from_reqwest(&error, Phase::Body))
        })
        .await
    }

    /// Reads the rest of the body, at most `limit` bytes of it.
    ///
    /// # Errors
    /// Returns an error if the body ends too early, or if no chunk arrives within the timeout.
    pub async fn read(mut self, limit: usize) -> Result<Response, Error> {
        let (status, headers) = (self.status(), self.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            let free = limit - body.len();
            body.extend(chunk.iter().take(free));
            if chunk.len() > free {
                return Ok(Response { status, headers, body, is_cut: true });
            }
        }
        Ok(Response { status, headers, body, is_cut: false })
    }
}

/// Runs `work`, and cancels it with [`Error::timed_out`] after `timeout`: its connection is closed then.
pub(super) async fn with_timeout<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(timeout, work).await.unwrap_or_else(|_elapsed| Err(Error::timed_out(timeout)))
}
