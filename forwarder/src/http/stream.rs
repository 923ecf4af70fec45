//! An answer whose body is read piece by piece, so that its size does not matter.

use std::time::Duration;

use bytes::Bytes;

use super::{Error, HeaderMap, Response, client::within, failure::Phase};

/// An answer whose body still has to be read.
#[derive(Debug)]
pub struct Stream {
    response: reqwest::Response,
    timeout: Duration,
}

impl Stream {
    pub(super) fn new(response: reqwest::Response, timeout: Duration) -> Self {
        Self { response, timeout }
    }

    /// HTTP status; never a redirect.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The answer's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next piece of the body; `None` behind the last.
    ///
    /// # Errors
    /// When the body breaks off, or nothing came for too long.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        within(self.timeout, async {
            self.response.chunk().await.map_err(|error| Error::of(&error, Phase::Within))
        })
        .await
    }

    /// The rest of the body, or its beginning where it is longer than `limit`.
    ///
    /// # Errors
    /// When the body breaks off, or nothing came for too long.
    pub async fn read(mut self, limit: usize) -> Result<Response, Error> {
        let (status, headers) = (self.status(), self.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            let room = limit - body.len();
            body.extend(chunk.iter().take(room));
            if chunk.len() > room {
                return Ok(Response { status, headers, body, is_cut: true });
            }
        }
        Ok(Response { status, headers, body, is_cut: false })
    }
}
