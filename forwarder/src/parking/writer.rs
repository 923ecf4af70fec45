//! Writer that stores parked objects concurrently, within the time that is left for parking.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    task::{JoinError, JoinSet},
    time::timeout,
};

use super::{ParkingError, ParkingStore};
use crate::send::clock::Clock;

/// Maximum number of parked objects that are being stored at once.
const CONCURRENCY: usize = 16;

/// Result of storing a parked object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The parked object is stored durably.
    Stored,
    /// The parked object could not be stored.
    Failed,
    /// No store is configured, or the parked object was skipped on purpose.
    NotConfigured,
}

/// Stores parked objects concurrently.
#[derive(Debug)]
pub struct ParkingWriter {
    store: ParkingStore,
    clock: Clock,
    /// Maximum time for storing one parked object.
    max_time: Duration,
    tasks: JoinSet<(usize, Result<String, ParkingError>)>,
    /// Result for each parked object, in order. An object that is still being stored counts as failed.
    written: Vec<Written>,
    /// Numbers of the parked objects that are written but may not be durable yet.
    undurable: Vec<usize>,
    /// Keys of these parked objects.
    keys: Vec<String>,
    /// First error that occurred.
    error: Option<ParkingError>,
}

impl ParkingWriter {
    /// Creates a writer that spends at most `max_time` on each parked object, and stops when the clock's time for
    /// parking is over.
    #[must_use]
    pub fn new(store: ParkingStore, clock: Clock, max_time: Duration) -> Self {
        Self {
            store,
            clock,
            max_time,
            tasks: JoinSet::new(),
            written: Vec::new(),
            undurable: Vec::new(),
            keys: Vec::new(),
            error: None,
        }
    }

    /// Records that the next parked object is not to be stored.
    pub fn skip(&mut self) {
        self.written.push(Written::NotConfigured);
    }

    /// Records that the next parked object cannot be stored, because its content is not available.
    pub fn fail(&mut self) {
        self.written.push(Written::Failed);
    }

    /// Waits until fewer than the maximum number of parked objects are being stored, so that another one may be.
    pub async fn slot(&mut self) -> Slot<'_> {
        while self.tasks.len() >= CONCURRENCY {
            self.join_next().await;
        }
        Slot(self)
    }

    /// Waits until all parked objects are stored or have failed, and returns the result of each.
    pub async fn finish(mut self) -> Vec<Written> {
        while !self.tasks.is_empty() {
            self.join_next().await;
        }
        self.make_durable().await;
        let failed = self.written.iter().filter(|written| **written == Written::Failed).count();
        if failed > 0 {
            let error = self.error.as_ref().map(tracing::field::display);
            tracing::error!(objects = failed, error, "cannot park objects");
        }
        self.written
    }

    /// Makes all objects durable that were written, in one step. Only then they count as stored.
    async fn make_durable(&mut self) {
        if self.keys.is_empty() {
            return;
        }
        let within = self.clock.left_for_parking().min(self.max_time);
        let keys = std::mem::take(&mut self.keys);
        if let Err(error) = self.store.make_durable(keys, within).await {
            self.error = self.error.take().or(Some(error));
            return;
        }
        for number in std::mem::take(&mut self.undurable) {
            if let Some(written) = self.written.get_mut(number) {
                *written = Written::Stored;
            }
        }
    }

    async fn join_next(&mut self) {
        let done: Option<Result<_, JoinError>> = self.tasks.join_next().await;
        match done {
            Some(Ok((number, Ok(key)))) => {
                self.undurable.push(number);
                self.keys.push(key);
            }
            Some(Ok((_, Err(error)))) => self.error = self.error.take().or(Some(error)),
            Some(Err(_)) | None => {}
        }
    }
}

/// Permission to store one more parked object, from [`ParkingWriter::slot`].
#[derive(Debug)]
pub struct Slot<'w>(&'w mut ParkingWriter);

impl Slot<'_> {
    /// Starts storing the next parked object.
    pub fn store(self, key: String, object: Bytes) {
        let Self(writer) = self;
        let (number, store) = (writer.written.len(), writer.store.clone());
        let within = writer.clock.left_for_parking().min(writer.max_time);
        writer.written.push(Written::Failed);
        writer.tasks.spawn(async move {
            let put = timeout(within, store.write(&key, object, within)).await;
            (number, put.unwrap_or(Err(ParkingError::TimedOut)).map(|()| key))
        });
    }
}

#[cfg(test)]
mod tests {
    use tailwater_parser::UnixMillis;

    use super::{super::no_aws, *};
    use crate::{
        parking::Location,
        send::budget::{Budget, BudgetTerms},
    };

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn number_of_objects_stored_at_once_is_limited() {
        let folder = tempfile::tempdir().unwrap();
        let store = ParkingStore::new(&Location::Folder { path: folder.path().into() }, &no_aws()).unwrap();
        let terms = BudgetTerms { timeout: MINUTE, reserve: Duration::ZERO, max_request_time: MINUTE };
        let now = UnixMillis(0);
        let clock = Clock::start(Budget::new(now, UnixMillis(60_000), &terms), now);
        let mut writer = ParkingWriter::new(store, clock, MINUTE);
        let objects = 2 * CONCURRENCY + 1;
        let mut max = 0;
        for number in 0..objects {
            writer.slot().await.store(number.to_string(), "x".into());
            max = writer.tasks.len().max(max);
        }
        assert_eq!(max, CONCURRENCY);
        assert_eq!(writer.finish().await, vec![Written::Stored; objects]);
    }
}
