//! Where parked objects are: a folder, a bucket or a queue, with the same verbs.

use std::{io, time::Duration};

use bytes::Bytes;
use thiserror::Error;

use super::{
    BucketPath, Folder, Location, Put,
    message::{self, Elsewhere, Message},
};
use crate::aws::{
    self, AwsClient, LazyAwsClient, S3, Sqs,
    s3::{Revision, Stored},
    sqs::{self, MESSAGE_LIMIT},
};

/// Objects in a page of a listing at most, wherever they are.
const PAGE: usize = 1000;
/// How long nobody else sees a message that is listed.
const HIDDEN: Duration = Duration::from_secs(300);
/// How long an empty queue is asked: a short question misses messages on servers that were not asked.
const WAIT: Duration = Duration::from_secs(1);
/// What the name and the type of the attribute with the key add to a message, in bytes.
const ATTRIBUTE: usize = 64;
/// No object is larger: it is a delivery as it came, and what comes to Lambda is 6 MiB at most, in base64.
const OBJECT_LIMIT: usize = 64 * 1024 * 1024;

/// Where parked objects are.
#[derive(Clone, Debug)]
pub struct ParkingStore(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Folder(Folder),
    Bucket(Box<Bucket>),
    Queue(Box<Queue>),
}

/// A part of a bucket.
#[derive(Clone, Debug)]
struct Bucket {
    s3: S3,
    /// What keys begin with there: nothing, or a text with a `/` at its end.
    prefix: String,
}

#[derive(Clone, Debug)]
struct Queue {
    sqs: Sqs,
    overflow: Option<Bucket>,
    access: AwsClient,
}

/// Why something could not be parked, or what is parked not be had.
#[derive(Debug, Error)]
pub enum ParkingError {
    /// The file system's.
    #[error("the folder: {0}")]
    Folder(#[from] io::Error),
    /// AWS's.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// It fits into no message, and there is no bucket for it.
    #[error(
        "{size} bytes are too many for a message of {MESSAGE_LIMIT}, and no bucket is set for them: \
         TAILWATER_PARKING=sqs:QUEUE_URL,s3://BUCKET/PREFIX"
    )]
    TooLarge {
        /// Of the message that would hold it.
        size: usize,
    },
    /// It was not there in time.
    #[error("it took too long")]
    Late,
    /// A message of ours was changed.
    #[error("the message that holds a parked object is damaged")]
    Damaged,
}

/// Something that is parked. Reading, replacing and deleting it need nothing else.
#[derive(Clone, Debug)]
pub struct ParkedRef {
    /// Its key, as [`Place::key`](super::Place::key) made it; what others put there has a key of another form.
    pub key: String,
    receipt: Option<Receipt>,
}

/// What a message is deleted with, and what it holds.
#[derive(Clone, Debug)]
struct Receipt {
    handle: String,
    body: String,
    sender: Sender,
}

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    /// We did.
    Tailwater,
    /// AWS did: a dead-letter queue, or an on-failure destination.
    Other,
}

/// Some of what is parked.
#[derive(Clone, Debug)]
pub struct Page {
    /// In the order of keys; from a queue in any order.
    pub entries: Vec<ParkedRef>,
    /// What a queue handed out besides: nobody else sees it until it is [released](ParkingStore::release).
    pub others: Vec<ParkedRef>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<Cursor>,
}

/// A place in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Behind the object of this key: a listing that was broken off goes on there. Queues know no order.
    #[must_use]
    pub fn after(key: &str) -> Self {
        Self(key.to_owned())
    }
}

impl ParkingStore {
    /// The place that the settings name. Nothing is sent or made; `access` is asked for only where AWS is needed.
    ///
    /// # Errors
    /// When AWS is needed and cannot be accessed.
    pub fn new(location: &Location, aws: &LazyAwsClient) -> Result<Self, aws::Error> {
        Ok(Self(match location {
            Location::Folder { path } => Kind::Folder(Folder::new(path.clone())),
            Location::S3(bucket) => Kind::Bucket(Box::new(Bucket::new(aws.get()?.clone(), bucket)?)),
            Location::Sqs { url, overflow } => {
                let access = aws.get()?.clone();
                let overflow = overflow.as_ref().map(|bucket| Bucket::new(access.clone(), bucket));
                let sqs = Sqs::new(access.clone(), url.clone());
                Kind::Queue(Box::new(Queue { sqs, overflow: overflow.transpose()?, access }))
            }
        }))
    }

    /// Whether it hands out messages instead of listing keys.
    pub(super) fn is_queue(&self) -> bool {
        matches!(self.0, Kind::Queue(_))
    }

    /// Parks an object under its key. When this returns it is durable.
    ///
    /// # Errors
    /// When it is not durable within this time.
    pub async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        match &self.0 {
            Kind::Folder(folder) => Ok(folder.put(key, &object)?),
            Kind::Bucket(bucket) => bucket.put(key, object, within).await,
            Kind::Queue(queue) => queue.put(key, object, within).await,
        }
    }

    /// What is parked under keys that begin with `prefix`, page by page. A queue has no keys of others: what AWS put into
    /// it comes with every prefix; its messages are hidden from everybody else for five minutes.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, ParkingError> {
        match &self.0 {
            Kind::Folder(folder) => Ok(page_of(folder.list(prefix)?, from)),
            Kind::Bucket(bucket) => bucket.list(prefix, from).await,
            Kind::Queue(queue) => queue.list(prefix).await,
        }
    }

    /// What a parked stands for; `None` when it is gone. It is a parked object, or what AWS put there:
    /// [`read_event`](crate::source::read_event) opens both.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self, parked: &ParkedRef) -> Result<Option<Vec<u8>>, ParkingError> {
        match &self.0 {
            Kind::Folder(folder) => match folder.read(&parked.key) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                read => Ok(Some(read?)),
            },
            Kind::Bucket(bucket) => gone_is_none(bucket.read(&bucket.path(&parked.key)).await),
            Kind::Queue(queue) => queue.read(parked).await,
        }
    }

    /// Takes away what a parked stands for; what is gone already is no error.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub async fn delete(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        match &self.0 {
            Kind::Folder(folder) => Ok(folder.delete(&parked.key)?),
            Kind::Bucket(bucket) => Ok(bucket.s3.delete(&bucket.path(&parked.key)).await?),
            Kind::Queue(queue) => queue.delete(parked).await,
        }
    }

    /// Takes away a message whose object is gone: whoever delivered that was killed before it took away the message.
    /// Elsewhere there is nothing left of what is gone.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub async fn forget(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        match (&self.0, &parked.receipt) {
            // Not its object: the same may have been parked again meanwhile, with a message of its own.
            (Kind::Queue(queue), Some(receipt)) => Ok(queue.sqs.delete(&receipt.handle).await?),
            (Kind::Folder(_) | Kind::Bucket(_) | Kind::Queue(_), _) => Ok(()),
        }
    }

    /// Parks an object, durably, and only then takes away what it stands for.
    ///
    /// # Errors
    /// When either fails; then at most both are there, never none.
    pub async fn replace(
        &self,
        parked: &ParkedRef,
        key: &str,
        object: Bytes,
        within: Duration,
    ) -> Result<(), ParkingError> {
        self.put(key, object, within).await?;
        // What owes the same as before has the same key, and stays. A message has no key: the new one stands for the old.
        if parked.receipt.is_some() || parked.key != key { self.delete(parked).await } else { Ok(()) }
    }

    /// Keeps a message hidden for so long from now, where redrive takes longer than it was hidden for; nothing elsewhere.
    ///
    /// # Errors
    /// When SQS does not.
    pub async fn hold(&self, parked: &ParkedRef, hidden: Duration) -> Result<(), ParkingError> {
        match (&self.0, &parked.receipt) {
            (Kind::Queue(queue), Some(receipt)) => {
                Ok(queue.sqs.change_visibility(&receipt.handle, hidden).await?)
            }
            (Kind::Folder(_) | Kind::Bucket(_) | Kind::Queue(_), _) => Ok(()),
        }
    }

    /// Lets others see a message again at once that is not redriven after all; nothing elsewhere.
    ///
    /// # Errors
    /// When SQS does not.
    pub async fn release(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        self.hold(parked, Duration::ZERO).await
    }
}

/// A page out of all keys, which are sorted.
fn page_of(keys: Vec<String>, from: Option<&Cursor>) -> Page {
    let behind = keys.into_iter().filter(|key| from.is_none_or(|from| *key > from.0));
    let entries: Vec<_> = behind.take(PAGE).map(|key| ParkedRef { key, receipt: None }).collect();
    let next = entries.get(PAGE - 1).map(|last| Cursor::after(&last.key));
    Page { entries, others: Vec::new(), next }
}

fn gone_is_none(read: Result<Vec<u8>, aws::Error>) -> Result<Option<Vec<u8>>, ParkingError> {
    match read {
        // A bucket that is not there is no object that is gone.
        Err(aws::Error::NotFound { code, .. }) if code != "NoSuchBucket" => Ok(None),
        read => Ok(Some(read?)),
    }
}

impl Bucket {
    fn new(access: AwsClient, bucket: &BucketPath) -> Result<Self, aws::Error> {
        let prefix = if bucket.prefix.is_empty() { String::new() } else { format!("{}/", bucket.prefix) };
        Ok(Self { s3: S3::new(access, &bucket.name)?, prefix })
    }

    fn path(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        Ok(match self.s3.put_new(&self.path(key), object, within).await? {
            Stored::New => Put::Stored,
            Stored::AlreadyThere => Put::AlreadyThere,
        })
    }

    async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, ParkingError> {
        let after = from.map(|from| self.path(&from.0));
        let page = self.s3.list(&self.path(prefix), after.as_deref()).await?;
        let last = page.keys.last().filter(|_| page.has_more);
        let next = last.and_then(|last| self.key(last)).map(Cursor::after);
        let keys = page.keys.iter().filter_map(|path| self.key(path));
        // A key that ends so stands for a folder, made by hand in the console.
        let keys = keys.filter(|key| !key.ends_with('/') && !key.is_empty());
        let entries = keys.map(|key| ParkedRef { key: key.to_owned(), receipt: None }).collect();
        Ok(Page { entries, others: Vec::new(), next })
    }

    fn key<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.prefix.as_str())
    }

    async fn read(&self, path: &str) -> Result<Vec<u8>, aws::Error> {
        self.s3.read(path, Revision::Newest, OBJECT_LIMIT).await
    }
}

impl Queue {
    async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        let body = message::holding(&object);
        if body.len() + key.len() <= MESSAGE_LIMIT - ATTRIBUTE {
            self.sqs.send(key, &body, within).await?;
            return Ok(Put::Stored);
        }
        let Some(bucket) = &self.overflow else { return Err(ParkingError::TooLarge { size: body.len() }) };
        // The object first: a message that points to nothing would be of no use.
        bucket.put(key, object, within / 2).await?;
        let place = Elsewhere { bucket: bucket.s3.name().to_owned(), path: bucket.path(key) };
        self.sqs.send(key, &message::pointing(&place), within / 2).await?;
        Ok(Put::Stored)
    }

    /// What is received next; the last page is the empty one.
    async fn list(&self, prefix: &str) -> Result<Page, ParkingError> {
        let messages = self.sqs.receive(HIDDEN, WAIT).await?;
        let next = (!messages.is_empty()).then(|| Cursor(String::new()));
        let wanted = |parked: &ParkedRef| parked.is_of_others() || parked.key.starts_with(prefix);
        let (entries, others) = messages.into_iter().map(ParkedRef::of).partition(wanted);
        Ok(Page { entries, others, next })
    }

    async fn read(&self, parked: &ParkedRef) -> Result<Option<Vec<u8>>, ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(None) };
        match receipt.message()? {
            None => Ok(Some(receipt.body.clone().into_bytes())),
            Some(Message::Object(object)) => Ok(Some(object)),
            Some(Message::Elsewhere(Elsewhere { bucket, path })) => {
                let s3 = S3::new(self.access.clone(), &bucket)?;
                gone_is_none(s3.read(&path, Revision::Newest, OBJECT_LIMIT).await)
            }
        }
    }

    /// The message goes last: as long as it is there, what it points to can be taken away again.
    async fn delete(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(()) };
        if let Ok(Some(Message::Elsewhere(Elsewhere { bucket, path }))) = receipt.message() {
            S3::new(self.access.clone(), &bucket)?.delete(&path).await?;
        }
        Ok(self.sqs.delete(&receipt.handle).await?)
    }
}

impl ParkedRef {
    /// One that we did not send is called by its id.
    fn of(message: sqs::Message) -> Self {
        let sender = if message.key.is_some() { Sender::Tailwater } else { Sender::Other };
        let receipt = Some(Receipt { handle: message.receipt_handle, body: message.body, sender });
        Self { key: message.key.unwrap_or(message.id), receipt }
    }

    pub(super) fn is_message(&self) -> bool {
        self.receipt.is_some()
    }

    /// All that releasing it needs, so that many can be kept.
    pub(super) fn without_body(self) -> Self {
        let receipt = self.receipt.map(|receipt| Receipt { body: String::new(), ..receipt });
        Self { receipt, ..self }
    }

    fn is_of_others(&self) -> bool {
        self.receipt.as_ref().is_some_and(|receipt| receipt.sender == Sender::Other)
    }
}

impl Receipt {
    /// What the message holds, if it is one of ours.
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
    fn a_folder_has_all_the_verbs() {
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
    fn what_owes_the_same_as_before_is_not_taken_away() {
        let (_folder, store) = store();
        run(async {
            store.put("a", "1".into(), SOON).await.unwrap();
            let page = store.list("", None).await.unwrap();
            store.replace(&page.entries[0], "a", "1".into(), SOON).await.unwrap();
            assert_eq!(store.read(&page.entries[0]).await.unwrap().unwrap(), b"1");
        });
    }

    #[test]
    fn a_listing_goes_on_behind_its_last_page() {
        let keys: Vec<_> = (0..2 * PAGE + 1).map(|n| format!("{n:05}")).collect();
        let first = page_of(keys.clone(), None);
        let second = page_of(keys.clone(), first.next.as_ref());
        let third = page_of(keys.clone(), second.next.as_ref());
        let listed = [&first, &second, &third].into_iter().flat_map(|page| &page.entries);
        assert!(listed.map(|parked| &parked.key).eq(&keys) && third.next.is_none());
        assert_eq!(page_of(keys, Some(&Cursor::after("02000"))).entries.len(), 0);
    }
}
