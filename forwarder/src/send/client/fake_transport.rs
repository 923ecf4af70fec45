//! Transport whose replies a test makes up, on tokio's paused clock.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    batch::Body,
    http::{Error, Failure, HeaderMap, HeaderName, HeaderValue, Response},
};

/// Reply of the backend to one body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Time between request and reply.
    pub(crate) delay: Duration,
    /// HTTP status, or the failure if there is no answer.
    pub(crate) result: Result<u16, Failure>,
    /// Value of the header `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// Body of the answer.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Returns an answer with this status, after a millisecond.
    pub(crate) fn status(status: u16) -> Self {
        Self { delay: Duration::from_millis(1), result: Ok(status), retry_after: None, body: Vec::new() }
    }

    /// Returns a failure, after a millisecond.
    pub(crate) fn failure(failure: Failure) -> Self {
        Self { result: Err(failure), ..Self::status(0) }
    }

    /// Returns an answer that comes after every timeout.
    pub(crate) fn never() -> Self {
        Self { delay: Duration::from_hours(1), ..Self::status(200) }
    }

    /// Returns status 503 with this `Retry-After` in seconds.
    pub(crate) fn busy(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::status(503) }
    }
}

type Backend = Box<dyn FnMut(&Body) -> Reply + Send>;

/// Transport that gets its replies from a closure.
#[allow(unreachable_pub, reason = "a variant of a public type holds it")]
pub struct FakeTransport(Mutex<Backend>);

impl FakeTransport {
    pub(crate) fn new(backend: impl FnMut(&Body) -> Reply + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(backend)))
    }

    pub(super) async fn send(&self, body: &Body, timeout: Duration) -> Result<Response, Error> {
        let reply = (self.0.lock().unwrap_or_else(PoisonError::into_inner))(body);
        let answered = tokio::time::timeout(timeout, tokio::time::sleep(reply.delay)).await;
        let result = answered.map_or(Err(Failure::TimedOut), |()| reply.result);
        let status = result.map_err(|failure| Error { failure, detail: "made up by the test".into() })?;
        let mut headers = HeaderMap::new();
        let retry_after = reply.retry_after.map(HeaderValue::from);
        headers.extend(retry_after.map(|seconds| (HeaderName::from_static("retry-after"), seconds)));
        Ok(Response { status, headers, body: reply.body, is_cut: false })
    }
}

impl fmt::Debug for FakeTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeTransport")
    }
}
