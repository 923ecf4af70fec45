//! Parking store: puts, lists, reads, claims and deletes parked objects in a folder, an S3 bucket or an SQS queue.

mod bucket;
mod queue;

use std::{io, time::Duration};

use bytes::Bytes;

use self::{
    bucket::Bucket,
    queue::{Queue, Receipt, Sender},
};
use super::{
    Location, ParkingError, Put,
    claim::{Claim, Hold, HoldKind, Takeover},
    disk::Disk,
    listing::is_of_lambda,
};
use crate::aws::{self, LazyAwsClient, Sqs};

/// Maximum number of objects in one page of a listing.
const PAGE_SIZE: usize = 1000;
/// Maximum size in bytes of an object that is read. A parked object holds a delivery as AWS sent it, and a Lambda event
/// has at most 6 MiB.
const OBJECT_LIMIT: usize = 64 * 1024 * 1024;

/// Store of parked objects.
#[derive(Clone, Debug)]
pub struct ParkingStore(Backend);

#[derive(Clone, Debug)]
enum Backend {
    Folder(Disk),
    Bucket(Box<Bucket>),
    Queue(Box<Queue>),
}

/// Reference to a parked object, or to an event that AWS stored. It is all that is needed to read, replace or delete
/// it.
#[derive(Clone, Debug)]
pub struct ParkedRef {
    /// Key of the object, as made by [`ObjectName::key`](super::ObjectName::key). For a queue message that this program
    /// did not send (from a dead-letter queue or an on-failure destination): its message id.
    pub key: String,
    receipt: Option<Receipt>,
}

impl ParkedRef {
    /// True for a message of a queue.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.receipt.is_some()
    }

    /// Returns the message id, which no other message has; `None` for an object in a folder or bucket. Several messages may
    /// have the same key.
    pub(super) fn message_id(&self) -> Option<&str> {
        self.receipt.as_ref().map(|receipt| receipt.id.as_str())
    }

    /// True if AWS stored the object: a message of a dead-letter queue or an on-failure destination, or a record of a
    /// failed invocation in a bucket.
    #[must_use]
    pub fn is_from_aws(&self) -> bool {
        match &self.receipt {
            Some(receipt) => receipt.sender == Sender::Other,
            None => is_of_lambda(&self.key),
        }
    }
}

/// Page of a listing.
#[derive(Clone, Debug)]
pub struct Page {
    /// References in the order of their keys; those to messages of a queue in any order.
    pub entries: Vec<ParkedRef>,
    /// References to messages of a queue that do not have the wanted prefix. The messages stay hidden from other
    /// readers until they are [released](ParkingStore::release).
    pub others: Vec<ParkedRef>,
    /// Start of the next page; `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// Position in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Creates the position after the object of this key, to resume a listing. Has no effect on a queue, which has no
    /// order.
    #[must_use]
    pub fn after(key: &str) -> Self {
        Self(key.to_owned())
    }
}

impl ParkingStore {
    /// Creates the store at this location. Makes no request and creates no folder; `aws` is used only for S3 and SQS.
    ///
    /// # Errors
    /// Returns an error if the location is in AWS and there are no credentials.
    pub fn new(location: &Location, aws: &LazyAwsClient) -> Result<Self, aws::Error> {
        Ok(Self(match location {
            Location::Folder { path } => Backend::Folder(Disk::new(path.clone())),
            Location::S3(bucket) => Backend::Bucket(Box::new(Bucket::new(aws.get()?.clone(), bucket)?)),
            Location::Sqs { url, overflow } => {
                let aws = aws.get()?.clone();
                let overflow = overflow.as_ref().map(|bucket| Bucket::new(aws.clone(), bucket));
                let sqs = Sqs::new(aws, url.clone());
                Backend::Queue(Box::new(Queue { sqs, overflow: overflow.transpose()? }))
            }
        }))
    }

    /// True for a queue, whose objects are received as messages instead of listed by key.
    #[must_use]
    pub fn is_queue(&self) -> bool {
        matches!(self.0, Backend::Queue(_))
    }

    /// Stores a parked object durably under its key.
    ///
    /// # Errors
    /// Returns an error if the parked object is not stored within this time.
    pub async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => disk.put(key, object, within).await,
            Backend::Bucket(bucket) => bucket.put(key, object, within).await,
            Backend::Queue(queue) => queue.put(key, object, within).await,
        }
    }

    /// Writes a parked object, which is durable only after [`Self::make_durable`]. In a folder this saves time if several
    /// objects are stored: their common folders are synced once.
    ///
    /// # Errors
    /// Returns an error if the parked object is not written within this time.
    pub(super) async fn write(&self, key: &str, object: Bytes, within: Duration) -> Result<(), ParkingError> {
        match &self.0 {
            // The rest of the time is for `make_durable`.
            Backend::Folder(disk) => disk.write(key, object, within / 4 * 3).await.map(drop),
            Backend::Bucket(bucket) => bucket.put(key, object, within).await.map(drop),
            Backend::Queue(queue) => queue.put(key, object, within).await.map(drop),
        }
    }

    /// Makes objects durable that [`Self::write`] has written. A bucket and a queue have done so already.
    ///
    /// # Errors
    /// Returns an error if this does not succeed within this time. Then each of the objects may be lost in a power loss.
    pub(super) async fn make_durable(&self, keys: Vec<String>, within: Duration) -> Result<(), ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => disk.sync(keys, within).await,
            Backend::Bucket(_) | Backend::Queue(_) => Ok(()),
        }
    }

    /// Lists the objects whose keys start with `prefix`, one page at a time. In a queue, messages that AWS sent, and those whose
    /// keys this program does not make, are returned for every prefix, and all received messages are hidden from other readers
    /// for five minutes.
    ///
    /// # Errors
    /// Returns an error if the store cannot be listed.
    pub async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => {
                Ok(page_of(disk.list(prefix, from.map(|from| from.0.as_str()), PAGE_SIZE).await?))
            }
            Backend::Bucket(bucket) => bucket.list(prefix, from).await,
            Backend::Queue(queue) => queue.list(prefix).await,
        }
    }

    /// Reads an object; `None` if it does not exist any more. It is a parked object, or an event that AWS stored:
    /// [`read_event`](crate::source::read_event) parses both.
    ///
    /// # Errors
    /// Returns an error if the object cannot be read.
    pub async fn read(&self, parked: &ParkedRef) -> Result<Option<Vec<u8>>, ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => match disk.read(&parked.key, OBJECT_LIMIT).await {
                Err(ParkingError::Folder(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                read => Ok(Some(read?)),
            },
            Backend::Bucket(bucket) => bucket.read(&parked.key).await,
            Backend::Queue(queue) => queue.read(parked).await,
        }
    }

    /// Deletes an object; does nothing if it does not exist any more.
    ///
    /// # Errors
    /// Returns an error if the object cannot be deleted.
    pub async fn delete(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => disk.delete(&parked.key).await,
            Backend::Bucket(bucket) => bucket.delete(&parked.key).await,
            Backend::Queue(queue) => queue.delete(parked).await,
        }
    }

    /// Deletes a message that refers to an S3 object which does not exist any more: an earlier redrive deleted the S3
    /// object, but was killed before it deleted the message. Does nothing in a folder or bucket.
    ///
    /// # Errors
    /// Returns an error if the message cannot be deleted.
    pub async fn forget(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        match &self.0 {
            Backend::Queue(queue) => queue.forget(parked).await,
            Backend::Folder(_) | Backend::Bucket(_) => Ok(()),
        }
    }

    /// Stores a parked object durably, and then deletes the object that it replaces.
    ///
    /// # Errors
    /// Returns an error if one of the two fails. Then the old object still exists, and the new one may.
    pub async fn replace(
        &self,
        parked: &ParkedRef,
        key: &str,
        object: Bytes,
        within: Duration,
    ) -> Result<(), ParkingError> {
        self.put(key, object, within).await?;
        // An unchanged object has the same key, and must not be deleted. In a queue the new message is another one.
        if parked.receipt.is_some() || parked.key != key { self.delete(parked).await } else { Ok(()) }
    }

    /// Sets the visibility timeout of a message, counted from now. Does nothing in a folder or bucket.
    ///
    /// # Errors
    /// Returns an error if the message is not hidden any more, or SQS fails.
    pub async fn hold(&self, parked: &ParkedRef, hidden: Duration) -> Result<(), ParkingError> {
        match &self.0 {
            Backend::Queue(queue) => queue.hold(parked, hidden).await,
            Backend::Folder(_) | Backend::Bucket(_) => Ok(()),
        }
    }

    /// Makes a message visible to other readers of the queue at once. Does nothing in a folder or bucket.
    ///
    /// # Errors
    /// Returns an error as [`Self::hold`] does.
    pub async fn release(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        self.hold(parked, Duration::ZERO).await
    }

    /// Claims an object, so that no other redrive delivers it meanwhile: with a locked file beside it in a folder, an
    /// object with a lease in a bucket, and the visibility timeout in a queue. `holder` is the id of the redrive.
    ///
    /// # Errors
    /// Returns an error if the claim cannot be written.
    pub async fn claim(
        &self,
        parked: &ParkedRef,
        holder: &str,
        takeover: Takeover,
    ) -> Result<Claim, ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => disk.claim(&parked.key, takeover).await,
            Backend::Bucket(bucket) => bucket.claim(&parked.key, holder, takeover).await,
            Backend::Queue(queue) => Ok(queue.claim(parked).await),
        }
    }

    /// Renews a claim, whose [lease](super::LEASE) begins again.
    ///
    /// # Errors
    /// Returns an error if the claim cannot be written. It still holds until its lease is over.
    pub async fn renew(&self, parked: &ParkedRef, hold: &mut Hold) -> Result<(), ParkingError> {
        match (&self.0, &mut hold.0) {
            (Backend::Bucket(bucket), HoldKind::Object { etag, body }) => {
                bucket.renew(&parked.key, etag, body).await
            }
            (Backend::Queue(queue), _) => queue.hold(parked, super::LEASE).await,
            // The operating system unlocks the file when its process ends.
            (Backend::Folder(_) | Backend::Bucket(_), _) => Ok(()),
        }
    }

    /// Ends a claim: another redrive can claim the object at once. A message stays hidden until it is
    /// [released](Self::release).
    ///
    /// # Errors
    /// Returns an error if the claim cannot be deleted. Then it is over after its lease.
    pub async fn end_claim(&self, parked: &ParkedRef, hold: Hold) -> Result<(), ParkingError> {
        match (&self.0, hold.0) {
            (Backend::Folder(disk), HoldKind::File(file)) => disk.end_claim(file).await,
            (Backend::Bucket(bucket), _) => bucket.end_claim(&parked.key).await,
            (Backend::Folder(_) | Backend::Queue(_), _) => Ok(()),
        }
    }

    /// Ends a claim of an object that was delivered but could not be deleted. The next redrive only deletes it. A queue
    /// cannot record that.
    ///
    /// # Errors
    /// Returns an error if that cannot be recorded. Then the next redrive delivers the object again.
    pub async fn mark_delivered(
        &self,
        parked: &ParkedRef,
        hold: Hold,
        holder: &str,
    ) -> Result<(), ParkingError> {
        match (&self.0, hold.0) {
            (Backend::Folder(disk), HoldKind::File(file)) => disk.mark_delivered(file, holder).await,
            (Backend::Bucket(bucket), _) => bucket.mark_delivered(&parked.key, holder).await,
            (Backend::Folder(_) | Backend::Queue(_), _) => Ok(()),
        }
    }

    /// Returns the key of the last object that the latest scheduled redrive handled before its time was over; `None` if
    /// it handled all. A queue has no order, and so no position.
    ///
    /// # Errors
    /// Returns an error if the position cannot be read.
    pub async fn position(&self) -> Result<Option<String>, ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => disk.position().await,
            Backend::Bucket(bucket) => bucket.position().await,
            Backend::Queue(_) => Ok(None),
        }
    }

    /// Records the position for the next scheduled redrive.
    ///
    /// # Errors
    /// Returns an error if the position cannot be written. Then the next redrive starts at an earlier position.
    pub async fn set_position(&self, key: Option<&str>) -> Result<(), ParkingError> {
        match &self.0 {
            Backend::Folder(disk) => disk.set_position(key.map(str::to_owned)).await,
            Backend::Bucket(bucket) => bucket.set_position(key).await,
            Backend::Queue(_) => Ok(()),
        }
    }
}

/// Returns the page of sorted `keys`. It is the last one if it is not full.
fn page_of(keys: Vec<String>) -> Page {
    let next = keys.get(PAGE_SIZE - 1).map(|last| Cursor::after(last));
    let entries = keys.into_iter().map(|key| ParkedRef { key, receipt: None }).collect();
    Page { entries, others: Vec::new(), next }
}

#[cfg(test)]
mod tests {
    use super::{super::no_aws, *};

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    fn store() -> (tempfile::TempDir, ParkingStore) {
        let folder = tempfile::tempdir().unwrap();
        let parking = Location::Folder { path: folder.path().join("parked") };
        let store = ParkingStore::new(&parking, &no_aws()).unwrap();
        (folder, store)
    }

    const SOON: Duration = Duration::from_secs(1);

    #[test]
    fn folder_supports_all_operations() {
        let (_folder, store) = store();
        run(async {
            assert_eq!(store.put("parked/v1/a", "1".into(), SOON).await.unwrap(), Put::Stored);
            assert_eq!(store.put("parked/v1/a", "1".into(), SOON).await.unwrap(), Put::AlreadyThere);
            let page = store.list("parked/", None).await.unwrap();
            let [parked] = page.entries.as_slice() else { panic!("{page:?}") };
            assert!(parked.key == "parked/v1/a" && page.next.is_none());
            assert_eq!(store.read(parked).await.unwrap().unwrap(), b"1");
            store.hold(parked, SOON).await.unwrap();
            store.release(parked).await.unwrap();
            store.replace(parked, "parked/v1/b", "2".into(), SOON).await.unwrap();
            assert!(store.read(parked).await.unwrap().is_none());
            store.delete(parked).await.unwrap();
            assert_eq!(store.list("", None).await.unwrap().entries.len(), 1);
        });
    }

    #[test]
    fn object_replaced_by_itself_is_not_deleted() {
        let (_folder, store) = store();
        run(async {
            store.put("a", "1".into(), SOON).await.unwrap();
            let page = store.list("", None).await.unwrap();
            store.replace(&page.entries[0], "a", "1".into(), SOON).await.unwrap();
            assert_eq!(store.read(&page.entries[0]).await.unwrap().unwrap(), b"1");
        });
    }

    #[test]
    fn only_a_full_page_has_a_next_one() {
        let keys = |n: usize| (0..n).map(|n| format!("{n:05}")).collect::<Vec<_>>();
        assert_eq!(page_of(keys(PAGE_SIZE)).next, Some(Cursor::after("00999")));
        assert_eq!(page_of(keys(PAGE_SIZE - 1)).next, None);
    }
}
