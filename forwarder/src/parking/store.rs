//! Parking store: puts, lists, reads and deletes parked objects in a folder, an S3 bucket or an SQS queue.

use std::{io, time::Duration};

use bytes::Bytes;
use thiserror::Error;

use super::{
    BucketPath, Folder, Location, Put,
    message::{self, Message, Overflow},
};
use crate::{
    aws::{
        self, AwsClient, LazyAwsClient, S3, Sqs,
        s3::{PutResult, Revision},
        sqs::{self, MESSAGE_LIMIT},
    },
    value::{ObjectKey, ValueError},
};

/// Maximum number of objects in one page of a listing.
const PAGE_SIZE: usize = 1000;
/// Visibility timeout of messages that a listing receives.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(300);
/// Wait time of a receive request: with long polling SQS queries all of its servers, and misses no message.
const RECEIVE_WAIT: Duration = Duration::from_secs(1);
/// Number of bytes that the name and the type of the message attribute with the key add to the size of a message.
const ATTRIBUTE_OVERHEAD: usize = 64;
/// Maximum size in bytes of an object that is read. A parked object holds a delivery as AWS sent it, and a Lambda event
/// has at most 6 MiB.
const OBJECT_LIMIT: usize = 64 * 1024 * 1024;

/// Store of parked objects.
#[derive(Clone, Debug)]
pub struct ParkingStore(Backend);

#[derive(Clone, Debug)]
enum Backend {
    Folder(Folder),
    Bucket(Box<Bucket>),
    Queue(Box<Queue>),
}

/// S3 bucket, with a prefix of the keys in it.
#[derive(Clone, Debug)]
struct Bucket {
    s3: S3,
    /// Prefix of all keys: empty, or ends with `/`.
    prefix: String,
}

#[derive(Clone, Debug)]
struct Queue {
    sqs: Sqs,
    overflow: Option<Bucket>,
}

/// Error of the parking store.
#[derive(Debug, Error)]
pub enum ParkingError {
    /// The folder cannot be read or written.
    #[error("the folder: {0}")]
    Folder(#[from] io::Error),
    /// A request to AWS failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// The parked object is too large for a message, and no bucket is configured for such objects.
    #[error(
        "{size} bytes exceed the message limit of {MESSAGE_LIMIT} bytes: set a bucket for large objects with \
         TAILWATER_PARKING=sqs:QUEUE_URL,s3://BUCKET/PREFIX"
    )]
    TooLarge {
        /// Size in bytes of the message that would hold the parked object.
        size: usize,
    },
    /// The parked object was not stored in time.
    #[error("storing the object timed out")]
    TimedOut,
    /// A message that this program sent was changed since.
    #[error("the message that holds a parked object is damaged")]
    Damaged,
    /// A message with this program's attribute refers to an S3 object that this program would not have stored for it.
    #[error("the message refers to an object other than its own in the bucket of TAILWATER_PARKING")]
    ForeignObject,
    /// The key cannot be part of a URL.
    #[error("the key of the parked object {0}")]
    InvalidKey(ValueError),
}

impl ParkingError {
    /// True if the error concerns one parked object only, so that the others can be read.
    #[must_use]
    pub fn is_of_one_object(&self) -> bool {
        match self {
            Self::Damaged | Self::ForeignObject | Self::InvalidKey(_) => true,
            Self::Folder(_) | Self::Aws(_) | Self::TooLarge { .. } | Self::TimedOut => false,
        }
    }
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

/// Message that was received from a queue.
#[derive(Clone, Debug)]
struct Receipt {
    handle: String,
    body: String,
    sender: Sender,
}

/// Sender of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    /// This program.
    Tailwater,
    /// AWS: the message comes from a dead-letter queue or an on-failure destination.
    Other,
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
            Location::Folder { path } => Backend::Folder(Folder::new(path.clone())),
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
    pub(super) fn is_queue(&self) -> bool {
        matches!(self.0, Backend::Queue(_))
    }

    /// Stores a parked object durably under its key.
    ///
    /// # Errors
    /// Returns an error if the parked object is not stored within this time.
    pub async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        match &self.0 {
            Backend::Folder(folder) => Ok(folder.put(key, &object)?),
            Backend::Bucket(bucket) => bucket.put(key, object, within).await,
            Backend::Queue(queue) => queue.put(key, object, within).await,
        }
    }

    /// Lists the objects whose keys start with `prefix`, one page at a time. In a queue, messages that AWS sent are
    /// returned for every prefix, and all received messages are hidden from other readers for five minutes.
    ///
    /// # Errors
    /// Returns an error if the store cannot be listed.
    pub async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, ParkingError> {
        match &self.0 {
            Backend::Folder(folder) => Ok(page_of(folder.list(prefix)?, from)),
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
            Backend::Folder(folder) => match folder.read(&parked.key) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
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
            Backend::Folder(folder) => Ok(folder.delete(&parked.key)?),
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
        match (&self.0, &parked.receipt) {
            // Only the message: an object of the same key may have been parked again, with another message.
            (Backend::Queue(queue), Some(receipt)) => Ok(queue.sqs.delete(&receipt.handle).await?),
            (Backend::Folder(_) | Backend::Bucket(_) | Backend::Queue(_), _) => Ok(()),
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

    /// Sets the visibility timeout of a message, counted from now, for a redrive that takes longer than five minutes.
    /// Does nothing in a folder or bucket.
    ///
    /// # Errors
    /// Returns an error if the message is not hidden any more, or SQS fails.
    pub async fn hold(&self, parked: &ParkedRef, hidden: Duration) -> Result<(), ParkingError> {
        match (&self.0, &parked.receipt) {
            (Backend::Queue(queue), Some(receipt)) => {
                Ok(queue.sqs.change_visibility(&receipt.handle, hidden).await?)
            }
            (Backend::Folder(_) | Backend::Bucket(_) | Backend::Queue(_), _) => Ok(()),
        }
    }

    /// Makes a message visible to other readers of the queue at once. Does nothing in a folder or bucket.
    ///
    /// # Errors
    /// Returns an error as [`Self::hold`] does.
    pub async fn release(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        self.hold(parked, Duration::ZERO).await
    }
}

/// Returns the page of sorted `keys` that begins at `from`.
fn page_of(keys: Vec<String>, from: Option<&Cursor>) -> Page {
    let behind = keys.into_iter().filter(|key| from.is_none_or(|from| *key > from.0));
    let entries: Vec<_> = behind.take(PAGE_SIZE).map(|key| ParkedRef { key, receipt: None }).collect();
    let next = entries.get(PAGE_SIZE - 1).map(|last| Cursor::after(&last.key));
    Page { entries, others: Vec::new(), next }
}

fn none_if_deleted(read: Result<Vec<u8>, aws::Error>) -> Result<Option<Vec<u8>>, ParkingError> {
    match read {
        // A missing bucket is an error, other than a missing object.
        Err(aws::Error::NotFound { code, .. }) if code != "NoSuchBucket" => Ok(None),
        read => Ok(Some(read?)),
    }
}

impl Bucket {
    fn new(aws: AwsClient, bucket: &BucketPath) -> Result<Self, aws::Error> {
        let prefix = if bucket.prefix.is_empty() { String::new() } else { format!("{}/", bucket.prefix) };
        Ok(Self { s3: S3::new(aws, &bucket.name)?, prefix })
    }

    fn path(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn object_key(&self, key: &str) -> Result<ObjectKey, ParkingError> {
        ObjectKey::read(&self.path(key)).map_err(ParkingError::InvalidKey)
    }

    async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        Ok(match self.s3.put_new(&self.object_key(key)?, object, within).await? {
            PutResult::Created => Put::Stored,
            PutResult::AlreadyExists => Put::AlreadyThere,
        })
    }

    async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, ParkingError> {
        let after = from.map(|from| self.path(&from.0));
        let page = self.s3.list(&self.path(prefix), after.as_deref()).await?;
        let last = page.keys.last().filter(|_| page.has_more);
        let next = last.and_then(|last| self.key(last)).map(Cursor::after);
        let keys = page.keys.iter().filter_map(|path| self.key(path));
        // A key that ends with a slash is a folder that was created in the AWS console.
        let keys = keys.filter(|key| !key.ends_with('/') && !key.is_empty());
        let entries = keys.map(|key| ParkedRef { key: key.to_owned(), receipt: None }).collect();
        Ok(Page { entries, others: Vec::new(), next })
    }

    fn key<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.prefix.as_str())
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, ParkingError> {
        let key = self.object_key(key)?;
        none_if_deleted(self.s3.read(&key, Revision::Newest, OBJECT_LIMIT).await)
    }

    async fn delete(&self, key: &str) -> Result<(), ParkingError> {
        Ok(self.s3.delete(&self.object_key(key)?).await?)
    }
}

impl Queue {
    async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        let body = message::with_object(&object);
        if body.len() + key.len() <= MESSAGE_LIMIT - ATTRIBUTE_OVERHEAD {
            self.sqs.send(key, &body, within).await?;
            return Ok(Put::Stored);
        }
        let Some(bucket) = &self.overflow else { return Err(ParkingError::TooLarge { size: body.len() }) };
        // The object first, so that no message refers to a missing object.
        bucket.put(key, object, within / 2).await?;
        let location = Overflow { bucket: bucket.s3.name().to_owned(), path: bucket.path(key) };
        self.sqs.send(key, &message::with_location(&location), within / 2).await?;
        Ok(Put::Stored)
    }

    /// Receives the next messages of the queue. An empty page is the last one.
    async fn list(&self, prefix: &str) -> Result<Page, ParkingError> {
        let messages = self.sqs.receive(VISIBILITY_TIMEOUT, RECEIVE_WAIT).await?;
        let next = (!messages.is_empty()).then(|| Cursor(String::new()));
        let wanted = |parked: &ParkedRef| parked.is_from_aws() || parked.key.starts_with(prefix);
        let (entries, others) = messages.into_iter().map(ParkedRef::from_message).partition(wanted);
        Ok(Page { entries, others, next })
    }

    async fn read(&self, parked: &ParkedRef) -> Result<Option<Vec<u8>>, ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(None) };
        match receipt.message()? {
            None => Ok(Some(receipt.body.clone().into_bytes())),
            Some(Message::Object(object)) => Ok(Some(object)),
            Some(Message::Overflow(location)) => self.overflow_of(parked, &location)?.read(&parked.key).await,
        }
    }

    /// Returns the bucket that holds the object of a message, after checking that the message refers to its own object:
    /// whoever can send messages to the queue must not choose which S3 object is read and deleted.
    fn overflow_of(&self, parked: &ParkedRef, location: &Overflow) -> Result<&Bucket, ParkingError> {
        let is_own = |bucket: &&Bucket| {
            bucket.s3.name() == location.bucket && bucket.path(&parked.key) == location.path
        };
        self.overflow.as_ref().filter(is_own).ok_or(ParkingError::ForeignObject)
    }

    /// Deletes the S3 object first and the message last. If this fails in between, the message still exists, to try
    /// again.
    async fn delete(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(()) };
        if let Ok(Some(Message::Overflow(location))) = receipt.message() {
            self.overflow_of(parked, &location)?.delete(&parked.key).await?;
        }
        Ok(self.sqs.delete(&receipt.handle).await?)
    }
}

impl ParkedRef {
    /// Creates the reference to a message. The key of a message that this program did not send is its message id.
    fn from_message(message: sqs::Message) -> Self {
        let sender = if message.key.is_some() { Sender::Tailwater } else { Sender::Other };
        let receipt = Some(Receipt { handle: message.receipt_handle, body: message.body, sender });
        Self { key: message.key.unwrap_or(message.id), receipt }
    }

    pub(super) fn is_message(&self) -> bool {
        self.receipt.is_some()
    }

    /// Drops the body of the message, which is not needed to make it visible again, so that many references fit into
    /// memory.
    pub(super) fn without_body(self) -> Self {
        let receipt = self.receipt.map(|receipt| Receipt { body: String::new(), ..receipt });
        Self { receipt, ..self }
    }

    fn is_from_aws(&self) -> bool {
        self.receipt.as_ref().is_some_and(|receipt| receipt.sender == Sender::Other)
    }
}

impl Receipt {
    /// Decodes the message; `None` if this program did not send it.
    fn message(&self) -> Result<Option<Message>, ParkingError> {
        match self.sender {
            Sender::Other => Ok(None),
            Sender::Tailwater => Message::read(&self.body).map(Some).ok_or(ParkingError::Damaged),
        }
    }
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
    fn listing_resumes_behind_the_last_page() {
        let keys: Vec<_> = (0..2 * PAGE_SIZE + 1).map(|n| format!("{n:05}")).collect();
        let first = page_of(keys.clone(), None);
        let second = page_of(keys.clone(), first.next.as_ref());
        let third = page_of(keys.clone(), second.next.as_ref());
        let listed = [&first, &second, &third].into_iter().flat_map(|page| &page.entries);
        assert!(listed.map(|parked| &parked.key).eq(&keys) && third.next.is_none());
        assert_eq!(page_of(keys, Some(&Cursor::after("02000"))).entries.len(), 0);
    }
}
