//! HTTP response whose body is read chunk by chunk, so that memory does not depend on the size of the body.

use std::{future::Future, time::Duration};

use bytes::Bytes;

use super::{Error, HeaderMap, Response, failure::Phase};

/// HTTP response whose status and headers are read, but not its body.
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

    /// Reads the rest of the body, but at most `limit` bytes.
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

/// Runs `work` until it ends or `timeout` has passed. After the timeout, `work` is dropped, which closes its
/// connection, and the result is [`Error::timed_out`].
pub(super) async fn with_timeout<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(timeout, work).await.unwrap_or_else(|_elapsed| Err(Error::timed_out(timeout)))
}
