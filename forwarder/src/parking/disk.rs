//! Asynchronous access to a folder: operations run on threads of their own and have a time limit. A network file system
//! such as EFS may take seconds for one of them, and the thread that sends must not wait for it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Semaphore, task, time::timeout};

use super::{
    ParkingError, Put,
    claim::{Claim, Hold, HoldKind, Takeover},
    folder::{ClaimFile, Folder, FolderClaim, ReadError},
};

/// Maximum number of operations that run at once. Those that nobody waits for any more count, too: on a disk that hangs,
/// the number of threads stays bounded.
const MAX_OPERATIONS: usize = 16;

/// Maximum time of an operation for which the caller has no limit of its own.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Folder whose operations do not block the thread of the caller.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    folder: Folder,
    permits: Arc<Semaphore>,
}

/// Sets a flag when it is dropped, as happens when the caller of an operation has given up.
struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Disk {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { folder: Folder::new(root), permits: Arc::new(Semaphore::new(MAX_OPERATIONS)) }
    }

    /// Runs an operation on a thread that may block. After the time it is not waited for any more; it goes on, and its
    /// result is dropped.
    async fn run<T, E>(
        &self,
        within: Duration,
        operation: impl FnOnce(&Folder) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ParkingError>
    where
        T: Send + 'static,
        E: Into<ParkingError> + Send + 'static,
    {
        let (folder, permits) = (self.folder.clone(), Arc::clone(&self.permits));
        let work = async {
            let permit = permits.acquire_owned().await;
            let done = task::spawn_blocking(move || {
                let result = operation(&folder);
                drop(permit);
                result
            });
            done.await.map_err(|_| ParkingError::TimedOut)?.map_err(Into::into)
        };
        timeout(within, work).await.unwrap_or(Err(ParkingError::TimedOut))
    }

    pub(super) async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        // Half of the time for each, as for a message and its object.
        let put = self.write(key, object, within / 2).await?;
        self.sync(vec![key.to_owned()], within / 2).await?;
        Ok(put)
    }

    /// Writes an object, whose name is not durable before [`Self::sync`].
    pub(super) async fn write(
        &self,
        key: &str,
        object: Bytes,
        within: Duration,
    ) -> Result<Put, ParkingError> {
        let is_abandoned = Arc::new(AtomicBool::new(false));
        let _guard = SetOnDrop(Arc::clone(&is_abandoned));
        let key = key.to_owned();
        self.run(within, move |folder| folder.write(&key, &object, &is_abandoned)).await
    }

    /// Makes the names of objects durable.
    pub(super) async fn sync(&self, keys: Vec<String>, within: Duration) -> Result<(), ParkingError> {
        self.run(within, move |folder| folder.sync(&keys)).await
    }

    pub(super) async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, ParkingError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.run(MAX_TIME, move |folder| folder.list(&prefix, after.as_deref(), limit)).await
    }

    pub(super) async fn read(&self, key: &str, limit: usize) -> Result<Vec<u8>, ParkingError> {
        let key = key.to_owned();
        let read = move |folder: &Folder| {
            folder.read(&key, limit).map_err(|error| match error {
                ReadError::Io(error) => ParkingError::Folder(error),
                ReadError::OverLimit => ParkingError::OverLimit { limit },
            })
        };
        self.run(MAX_TIME, read).await
    }

    pub(super) async fn delete(&self, key: &str) -> Result<(), ParkingError> {
        let key = key.to_owned();
        self.run(MAX_TIME, move |folder| folder.delete(&key)).await
    }

    pub(super) async fn claim(&self, key: &str, takeover: Takeover) -> Result<Claim, ParkingError> {
        let key = key.to_owned();
        let held = |file| Hold(HoldKind::File(file));
        Ok(match self.run(MAX_TIME, move |folder| folder.claim(&key, takeover)).await? {
            FolderClaim::Held(file) => Claim::Held(held(file)),
            FolderClaim::Delivered(file) => Claim::Delivered(held(file)),
            FolderClaim::Abandoned => Claim::Abandoned,
            FolderClaim::Taken => Claim::Taken { over_in: Duration::from_secs(1) },
        })
    }

    pub(super) async fn end_claim(&self, file: ClaimFile) -> Result<(), ParkingError> {
        self.run(MAX_TIME, move |_| file.end()).await
    }

    pub(super) async fn mark_delivered(&self, file: ClaimFile, holder: &str) -> Result<(), ParkingError> {
        let holder = holder.to_owned();
        self.run(MAX_TIME, move |_| file.mark_delivered(&holder)).await
    }

    pub(super) async fn position(&self) -> Result<Option<String>, ParkingError> {
        self.run(MAX_TIME, Folder::position).await
    }

    pub(super) async fn set_position(&self, key: Option<String>) -> Result<(), ParkingError> {
        self.run(MAX_TIME, move |folder| folder.set_position(key.as_deref())).await
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::mpsc, thread};

    use super::*;

    const SHORT: Duration = Duration::from_millis(30);

    fn disk() -> (tempfile::TempDir, Disk) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path().to_owned());
        (folder, disk)
    }

    #[tokio::test]
    async fn operation_that_hangs_is_given_up_and_does_not_block_others() {
        let (_folder, disk) = disk();
        let (sender, receiver) = mpsc::channel::<()>();
        let hanging = disk.run(SHORT, move |_| {
            // Ends when the sender is dropped.
            let _ = receiver.recv();
            io::Result::Ok(())
        });
        assert!(matches!(hanging.await, Err(ParkingError::TimedOut)));
        assert_eq!(disk.put("a/b", "1".into(), MAX_TIME).await.unwrap(), Put::Stored);
        drop(sender);
    }

    #[tokio::test]
    async fn number_of_hanging_operations_is_limited() {
        let (_folder, disk) = disk();
        let (sender, receiver) = mpsc::channel::<()>();
        let receiver = Arc::new(std::sync::Mutex::new(receiver));
        for _ in 0..MAX_OPERATIONS {
            let receiver = Arc::clone(&receiver);
            let hanging = disk.run(SHORT, move |_| {
                let _ = receiver.lock().map(|receiver| receiver.recv());
                io::Result::Ok(())
            });
            assert!(hanging.await.is_err());
        }
        assert_eq!(disk.permits.available_permits(), 0);
        let further = disk.put("a/b", "1".into(), SHORT * 2).await;
        assert!(matches!(further, Err(ParkingError::TimedOut)), "{further:?}");
        drop(sender);
        assert_eq!(disk.put("a/b", "1".into(), MAX_TIME).await.unwrap(), Put::Stored);
    }

    #[tokio::test]
    async fn object_that_was_given_up_is_not_stored_later() {
        let (folder, disk) = disk();
        let is_abandoned = Arc::new(AtomicBool::new(false));
        let (begun, begins) = mpsc::channel();
        let (flag, guard) = (Arc::clone(&is_abandoned), SetOnDrop(is_abandoned));
        let late = thread::spawn({
            let disk = disk.clone();
            move || {
                begins.recv().unwrap();
                disk.folder.write("a/b", b"1", &flag)
            }
        });
        drop(guard);
        begun.send(()).unwrap();
        assert!(late.join().unwrap().is_err());
        assert!(!folder.path().join("a/b").exists());
    }
}
