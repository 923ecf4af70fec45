//! A backend that a test plays, on a clock that moves only when everybody waits.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    batch::Body,
    http::{Error, Failure, HeaderMap, HeaderName, HeaderValue, Response},
};

/// What a test makes of a body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// How long it takes.
    pub(crate) after: Duration,
    /// The answer's status, or why there is none.
    pub(crate) came: Result<u16, Failure>,
    /// The `Retry-After` of the answer, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// The answer's body.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// This status, in a millisecond.
    pub(crate) fn status(status: u16) -> Self {
        Self { after: Duration::from_millis(1), came: Ok(status), retry_after: None, body: Vec::new() }
    }

    /// No answer.
    pub(crate) fn failure(failure: Failure) -> Self {
        Self { came: Err(failure), ..Self::status(0) }
    }

    /// Nothing, however long one waits.
    pub(crate) fn never() -> Self {
        Self { after: Duration::from_hours(1), ..Self::status(200) }
    }

    /// Busy for so many seconds.
    pub(crate) fn busy(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::status(503) }
    }
}

type Play = Box<dyn FnMut(&Body) -> Reply + Send>;

/// The backend.
#[allow(unreachable_pub, reason = "a variant of a public type holds it")]
pub struct FakeTransport(Mutex<Play>);

impl FakeTransport {
    pub(crate) fn new(play: impl FnMut(&Body) -> Reply + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(play)))
    }

    pub(super) async fn send(&self, body: &Body, timeout: Duration) -> Result<Response, Error> {
        let reply = (self.0.lock().unwrap_or_else(PoisonError::into_inner))(body);
        let wait = tokio::time::sleep(reply.after);
        let came = tokio::time::timeout(timeout, wait).await.map_or(Err(Failure::TimedOut), |()| reply.came);
        let status = came.map_err(|failure| Error { failure, detail: "as the test wants it".into() })?;
        let mut headers = HeaderMap::new();
        let wait = reply.retry_after.map(HeaderValue::from);
        headers.extend(wait.map(|seconds| (HeaderName::from_static("retry-after"), seconds)));
        Ok(Response { status, headers, body: reply.body, is_cut: false })
    }
}

impl fmt::Debug for FakeTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Played")
    }
}
