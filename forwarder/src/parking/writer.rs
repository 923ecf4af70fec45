//! Writer that stores parked objects concurrently, within the time that is left for parking.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    task::{JoinError, JoinSet},
    time::timeout,
};

use super::{ParkingError, ParkingStore};
use crate::send::clock::Clock;

/// Maximum number of objects that are stored at once.
const CONCURRENCY: usize = 16;

/// Result of storing an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The object is stored durably.
    Stored,
    /// Storing it failed.
    Failed,
    /// No store is configured, or the object is not to be stored.
    NotConfigured,
}

/// Stores objects concurrently.
#[derive(Debug)]
pub struct ParkingWriter {
    store: ParkingStore,
    clock: Clock,
    /// Maximum time for one object.
    max_time: Duration,
    tasks: JoinSet<(usize, Result<(), ParkingError>)>,
    /// Result of each object, in order. One that is being stored counts as failed.
    written: Vec<Written>,
    /// First error.
    error: Option<ParkingError>,
}

impl ParkingWriter {
    /// Creates a writer that spends at most `max_time` on each object, and ends with the clock's time for parking.
    #[must_use]
    pub fn new(store: ParkingStore, clock: Clock, max_time: Duration) -> Self {
        Self { store, clock, max_time, tasks: JoinSet::new(), written: Vec::new(), error: None }
    }

    /// Records that the next object is not stored.
    pub fn skip(&mut self) {
        self.written.push(Written::NotConfigured);
    }

    /// Waits until another object may be stored.
    pub async fn wait_for_slot(&mut self) {
        while self.tasks.len() >= CONCURRENCY {
            self.join_next().await;
        }
    }

    /// Starts storing the next object.
    pub fn store(&mut self, key: String, object: Bytes) {
        let (number, store) = (self.written.len(), self.store.clone());
        let within = self.clock.left_for_parking().min(self.max_time);
        self.written.push(Written::Failed);
        self.tasks.spawn(async move {
            let put = timeout(within, store.put(&key, object, within)).await;
            (number, put.unwrap_or(Err(ParkingError::TimedOut)).map(drop))
        });
    }

    /// Waits for all objects, and returns the result of each.
    pub async fn finish(mut self) -> Vec<Written> {
        while !self.tasks.is_empty() {
            self.join_next().await;
        }
        let failed = self.written.iter().filter(|written| **written == Written::Failed).count();
        if failed > 0 {
            let error = self.error.as_ref().map(tracing::field::display);
            tracing::error!(objects = failed, error, "cannot park objects");
        }
        self.written
    }

    async fn join_next(&mut self) {
        let done: Option<Result<_, JoinError>> = self.tasks.join_next().await;
        match done {
            Some(Ok((number, Ok(())))) => {
                if let Some(written) = self.written.get_mut(number) {
                    *written = Written::Stored;
                }
            }
            Some(Ok((_, Err(error)))) => self.error = self.error.take().or(Some(error)),
            Some(Err(_)) | None => {}
        }
    }
}
