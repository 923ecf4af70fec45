//! Parking store in an SQS queue. Objects that are too large for a message are in a bucket, and a message refers to each.

use std::time::Duration;

use bytes::Bytes;

use super::{Cursor, Page, ParkedRef, ParkingError, Put, bucket::Bucket};
use crate::{
    aws::{
        Sqs,
        sqs::{self, MESSAGE_LIMIT},
    },
    parking::{
        claim::{Claim, Hold, HoldKind, LEASE},
        key::ParkedKind,
        message::{self, Message, Overflow},
    },
};

/// Visibility timeout of messages that a listing receives.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(300);
/// Wait time of a receive request: with long polling SQS queries all of its servers, and misses no message.
const RECEIVE_WAIT: Duration = Duration::from_secs(1);
/// Number of bytes that the name and the type of the message attribute with the key add to the size of a message.
const ATTRIBUTE_OVERHEAD: usize = 64;

/// SQS queue, optionally with a bucket for large objects.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    pub(super) sqs: Sqs,
    pub(super) overflow: Option<Bucket>,
}

/// Message that was received from a queue.
#[derive(Clone, Debug)]
pub(super) struct Receipt {
    /// Message id, the same each time the message is received.
    pub(super) id: String,
    handle: String,
    body: String,
    pub(super) sender: Sender,
}

/// Sender of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// This program.
    Tailwater,
    /// AWS: the message comes from a dead-letter queue or an on-failure destination.
    Other,
}

impl Queue {
    pub(super) async fn put(&self, key: &str, object: Bytes, within: Duration) -> Result<Put, ParkingError> {
        let body = message::with_object(&object);
        if body.len() + key.len() <= MESSAGE_LIMIT - ATTRIBUTE_OVERHEAD {
            self.sqs.send(key, &body, within).await?;
            return Ok(Put::Stored);
        }
        let Some(bucket) = &self.overflow else { return Err(ParkingError::TooLarge { size: body.len() }) };
        // The object first, so that no message refers to a missing object.
        bucket.put(key, object, within / 2).await?;
        let location = Overflow { bucket: bucket.name().to_owned(), path: bucket.path(key) };
        self.sqs.send(key, &message::with_location(&location), within / 2).await?;
        Ok(Put::Stored)
    }

    /// Receives the next messages of the queue. An empty page is the last one.
    pub(super) async fn list(&self, prefix: &str) -> Result<Page, ParkingError> {
        let messages = self.sqs.receive(VISIBILITY_TIMEOUT, RECEIVE_WAIT).await?;
        let next = (!messages.is_empty()).then(|| Cursor(String::new()));
        // A key that this program does not make is returned, so that the message is reported.
        let is_other = |key: &str| {
            [ParkedKind::Parked, ParkedKind::Rejected].iter().any(|kind| key.starts_with(kind.prefix()))
        };
        let wanted = |parked: &ParkedRef| {
            parked.is_from_aws() || parked.key.starts_with(prefix) || !is_other(&parked.key)
        };
        let (entries, others) = messages.into_iter().map(ParkedRef::from_message).partition(wanted);
        Ok(Page { entries, others, next })
    }

    pub(super) async fn read(&self, parked: &ParkedRef) -> Result<Option<Vec<u8>>, ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(None) };
        match receipt.message()? {
            None => Ok(Some(receipt.body.clone().into_bytes())),
            Some(Message::Object(object)) => Ok(Some(object)),
            Some(Message::Overflow(location)) => {
                self.own_bucket(&parked.key, location)?.read(&parked.key).await
            }
        }
    }

    /// Deletes the S3 object first and the message last. If this fails in between, the message still exists, to try
    /// again.
    pub(super) async fn delete(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(()) };
        if let Some(Message::Overflow(location)) = receipt.message()? {
            self.own_bucket(&parked.key, location)?.delete(&parked.key).await?;
        }
        Ok(self.sqs.delete(&receipt.handle).await?)
    }

    /// Returns the configured bucket if a message refers to the object of its own key there. Anyone who may send messages could
    /// otherwise have any object read, sent and deleted that this program has access to.
    fn own_bucket(&self, key: &str, location: Overflow) -> Result<&Bucket, ParkingError> {
        let is_own = |bucket: &&Bucket| {
            bucket.name() == location.bucket
                && bucket.path(key) == location.path
                && key.starts_with(ParkedKind::Parked.prefix())
        };
        let bucket = self.overflow.as_ref().filter(is_own);
        bucket.ok_or(ParkingError::Foreign { bucket: location.bucket, path: location.path })
    }

    /// Deletes only the message: an object of the same key may have been parked again, with another message.
    pub(super) async fn forget(&self, parked: &ParkedRef) -> Result<(), ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(()) };
        Ok(self.sqs.delete(&receipt.handle).await?)
    }

    pub(super) async fn hold(&self, parked: &ParkedRef, hidden: Duration) -> Result<(), ParkingError> {
        let Some(receipt) = &parked.receipt else { return Ok(()) };
        Ok(self.sqs.change_visibility(&receipt.handle, hidden).await?)
    }

    /// Claims a message: its visibility timeout begins again.
    pub(super) async fn claim(&self, parked: &ParkedRef) -> Claim {
        match self.hold(parked, LEASE).await {
            Ok(()) => Claim::Held(Hold(HoldKind::Message)),
            // It was visible again, and another redrive has received it.
            Err(_) => Claim::Taken { over_in: LEASE },
        }
    }
}

impl ParkedRef {
    /// Creates the reference to a message. The key of a message that this program did not send is its message id.
    fn from_message(message: sqs::Message) -> Self {
        let sender = if message.key.is_some() { Sender::Tailwater } else { Sender::Other };
        let key = message.key.unwrap_or_else(|| message.id.clone());
        let receipt = Receipt { id: message.id, handle: message.receipt_handle, body: message.body, sender };
        Self { key, receipt: Some(receipt) }
    }

    /// Drops the body of the message, which is not needed to make it visible again, so that many references fit into
    /// memory.
    pub(in crate::parking) fn without_body(self) -> Self {
        let receipt = self.receipt.map(|receipt| Receipt { body: String::new(), ..receipt });
        Self { receipt, ..self }
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
