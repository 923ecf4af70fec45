//! Reads request bodies into memory: limited in size, in time, and together in bytes.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures_core::Stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::response::Problem;

/// Maximum size in bytes of all request bodies in memory.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Maximum time between two parts of a body.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time in which a body has to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// Memory for request bodies.
#[derive(Debug)]
pub(super) struct Uploads {
    free: Arc<Semaphore>,
}

/// Request body in memory.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) bytes: Vec<u8>,
    /// Share of the memory; released when the body is dropped.
    permit: Option<OwnedSemaphorePermit>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self::new(MAX_BYTES)
    }
}

impl Uploads {
    fn new(max_bytes: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(max_bytes)) }
    }

    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// Returns a [`Problem`] if the body is larger, if it does not arrive in time, or if all bodies together need too
    /// much memory.
    pub(super) async fn read(&self, body: Body, limit: usize) -> Result<Upload, Problem> {
        timeout(BODY_TIMEOUT, self.read_all(body, limit)).await.unwrap_or_else(|_| Err(too_slow()))
    }

    async fn read_all(&self, body: Body, limit: usize) -> Result<Upload, Problem> {
        let mut stream = pin!(body.into_data_stream());
        let mut upload = Upload { bytes: Vec::new(), permit: None };
        loop {
            let next = std::future::poll_fn(|context| stream.as_mut().poll_next(context));
            let chunk = match timeout(IDLE_TIMEOUT, next).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => return Ok(upload),
                Ok(Some(Err(_))) => {
                    return Err(Problem::bad_request("the request body is incomplete".to_owned()));
                }
                Err(_) => return Err(too_slow()),
            };
            if upload.bytes.len() + chunk.len() > limit {
                return Err(Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    &format!("the request body is larger than {limit} bytes"),
                ));
            }
            self.add(&mut upload, &chunk)?;
        }
    }

    /// Adds a part to the body. Does not wait for memory: bodies that wait for each other would never arrive.
    fn add(&self, upload: &mut Upload, chunk: &Bytes) -> Result<(), Problem> {
        let busy = "too many uploads are under way; try again later";
        let busy = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, busy);
        let size = u32::try_from(chunk.len()).map_err(|_| busy())?;
        let permit = Arc::clone(&self.free).try_acquire_many_owned(size).map_err(|_| busy())?;
        match &mut upload.permit {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        upload.bytes.extend_from_slice(chunk);
        Ok(())
    }
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "the request body did not arrive in time")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uploads: &Uploads, size: usize, limit: usize) -> Result<Upload, Problem> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(uploads.read(Body::from(vec![b'x'; size]), limit))
    }

    #[test]
    fn body_is_limited_in_size() {
        let uploads = Uploads::default();
        assert_eq!(read(&uploads, 10, 10).unwrap().bytes.len(), 10);
        assert_eq!(read(&uploads, 11, 10).unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read(&uploads, 0, 10).unwrap().bytes.len(), 0);
    }

    #[test]
    fn bodies_together_are_limited_until_they_are_dropped() {
        let uploads = Uploads::new(100);
        let first = read(&uploads, 60, 100).unwrap();
        assert_eq!(read(&uploads, 60, 100).unwrap_err().status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(read(&uploads, 40, 100).is_ok());
        drop(first);
        assert!(read(&uploads, 60, 100).is_ok());
    }
}
