//! Parking store in an S3 bucket, with the claims of redrives as small objects in the same bucket.

use std::time::Duration;

use bytes::Bytes;

use super::{Cursor, OBJECT_LIMIT, Page, ParkedRef, ParkingError, Put};
use crate::{
    aws::{
        self, AwsClient, S3,
        s3::{DatedObject, PutCondition, PutResult, Revision},
    },
    parking::{
        BucketPath,
        claim::{Claim, ClaimRecord, Hold, HoldKind, LEASE, Stage, Takeover},
    },
    value::ObjectKey,
};

/// Prefix of the keys of claims; the key of the claimed object follows.
const CLAIMS: &str = "redrive/v1/claim/";
/// Key of the object that holds the position at which the next scheduled redrive starts.
const POSITION: &str = "redrive/v1/position";
/// Maximum size in bytes of a claim and of a position.
const SMALL: usize = 4096;
/// Maximum time of a request that claims an object or ends a claim, retries and pauses included.
const CLAIM_TIME: Duration = Duration::from_secs(10);

/// S3 bucket, with a prefix of the keys in it.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    s3: S3,
    /// Prefix of all keys: empty, or ends with `/`.
    prefix: String,
}

impl Bucket {
    pub(super) fn new(aws: AwsClient, bucket: &BucketPath) -> Result<Self, aws::Error> {
        let prefix = if bucket.prefix.is_empty() { String::new() } else { format!("{}/", bucket.prefix) };
        Ok(Self { s3: S3::new(aws, &bucket.name)?, prefix })
    }

    pub(super) fn name(&self) -> &str {
        self.s3.name()
    }

    pub(super) fn path(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Returns the key of an object in the bucket.
    fn object_key(&self, key: &str) -> Result<ObjectKey, ParkingError> {
        ObjectKey::read(&self.path(key)).map_err(ParkingError::InvalidKey)
    }

    fn key<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.prefix.as_str())
    }

    pub(super) async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        Ok(match self.s3.put_new(&self.object_key(key)?, object, within).await? {
            PutResult::Created => Put::Stored,
            PutResult::AlreadyExists => Put::AlreadyThere,
        })
    }

    pub(super) async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, ParkingError> {
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

    /// Reads an object; `None` if it does not exist any more.
    pub(super) async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, ParkingError> {
        match self.s3.read(&self.object_key(key)?, Revision::Newest, OBJECT_LIMIT).await {
            // A missing bucket is an error, other than a missing object.
            Err(aws::Error::NotFound { code, .. }) if code != "NoSuchBucket" => Ok(None),
            Err(aws::Error::TooLarge { limit, .. }) => Err(ParkingError::OverLimit { limit }),
            read => Ok(Some(read?)),
        }
    }

    pub(super) async fn delete(&self, key: &str) -> Result<(), ParkingError> {
        Ok(self.s3.delete(&self.object_key(key)?).await?)
    }

    fn claim_key(&self, key: &str) -> Result<ObjectKey, ParkingError> {
        self.object_key(&format!("{CLAIMS}{key}"))
    }

    /// Claims an object: creates its claim, or replaces a claim that is over.
    pub(super) async fn claim(
        &self,
        key: &str,
        holder: &str,
        takeover: Takeover,
    ) -> Result<Claim, ParkingError> {
        let body = ClaimRecord::new(holder, Stage::Delivering).to_bytes();
        if let Some(etag) = self.write_claim(key, &body, PutCondition::IsNew).await? {
            return Ok(Claim::Held(Hold(HoldKind::Object { etag, body })));
        }
        let Some(found) = self.s3.read_dated(&self.claim_key(key)?, SMALL).await? else {
            // Its holder has just ended it, and has probably deleted the object, too.
            return Ok(Claim::Taken { over_in: Duration::from_secs(1) });
        };
        let DatedObject { body: text, etag, age } = found;
        let record = ClaimRecord::read(&text);
        match record {
            // Written by this redrive; the response was lost.
            Some(record) if record.holder == holder && record.stage == Stage::Delivering => {
                Ok(Claim::Held(Hold(HoldKind::Object { etag, body: text.into() })))
            }
            Some(record) if record.stage == Stage::Delivered => {
                Ok(Claim::Delivered(Hold(HoldKind::Object { etag, body: text.into() })))
            }
            record => {
                // S3 always tells the age. On a server that does not, an abandoned claim must not block an object for ever.
                let age = age.unwrap_or(Duration::MAX);
                let over_in = record.map_or(LEASE.saturating_sub(age), |record| record.over_in(age));
                match takeover {
                    _ if !over_in.is_zero() => Ok(Claim::Taken { over_in }),
                    Takeover::Later => Ok(Claim::Abandoned),
                    Takeover::Allowed => self.take_over(key, body, &etag).await,
                }
            }
        }
    }

    async fn take_over(&self, key: &str, body: Bytes, etag: &str) -> Result<Claim, ParkingError> {
        Ok(match self.write_claim(key, &body, PutCondition::HasEtag(etag)).await? {
            Some(etag) => Claim::Held(Hold(HoldKind::Object { etag, body })),
            None => Claim::Taken { over_in: LEASE },
        })
    }

    /// Renews a claim, which begins its lease again. Does nothing if the claim is lost.
    pub(super) async fn renew(&self, key: &str, etag: &mut String, body: &Bytes) -> Result<(), ParkingError> {
        if let Some(new) = self.write_claim(key, body, PutCondition::HasEtag(etag)).await? {
            *etag = new;
        }
        Ok(())
    }

    /// Records in the claim that the object was delivered and has only to be deleted.
    pub(super) async fn mark_delivered(&self, key: &str, holder: &str) -> Result<(), ParkingError> {
        let body = ClaimRecord::new(holder, Stage::Delivered).to_bytes();
        self.write_claim(key, &body, PutCondition::Any).await.map(drop)
    }

    pub(super) async fn end_claim(&self, key: &str) -> Result<(), ParkingError> {
        Ok(self.s3.delete(&self.claim_key(key)?).await?)
    }

    async fn write_claim(
        &self,
        key: &str,
        body: &Bytes,
        condition: PutCondition<'_>,
    ) -> Result<Option<String>, ParkingError> {
        Ok(self.s3.put_if(&self.claim_key(key)?, body.clone(), condition, CLAIM_TIME).await?)
    }

    pub(super) async fn position(&self) -> Result<Option<String>, ParkingError> {
        let found = self.s3.read_dated(&self.object_key(POSITION)?, SMALL).await?;
        Ok(found.and_then(|found| String::from_utf8(found.body).ok()))
    }

    pub(super) async fn set_position(&self, key: Option<&str>) -> Result<(), ParkingError> {
        let position = self.object_key(POSITION)?;
        match key {
            None => Ok(self.s3.delete(&position).await?),
            Some(key) => {
                let body = Bytes::copy_from_slice(key.as_bytes());
                Ok(self.s3.put_if(&position, body, PutCondition::Any, CLAIM_TIME).await.map(drop)?)
            }
        }
    }
}
