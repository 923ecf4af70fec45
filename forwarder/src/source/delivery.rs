//! Delivery: one record or message of a Lambda event, with its content.

use std::{borrow::Cow, sync::Arc};

use tailwater_parser::{DecodeError, UnixMillis};

use super::{object::ObjectRef, object_address::ObjectRefusal, origin::DeliveryOrigin};

/// Record or message (item) of a Lambda event, or one of several deliveries that are nested in the same item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery<'e> {
    /// Id of the item, by which the answer to AWS reports it as failed: sequence number, message id or record id. Empty
    /// if the item has no id. The same for all deliveries of one item.
    pub id: Cow<'e, str>,
    /// Name of the delivery. It stays the same if the delivery arrives again through another queue, such as a
    /// dead-letter queue. Ids of log events without an id of their own are made of it.
    pub name: Cow<'e, str>,
    /// Index of the item in the Lambda event, counted from 0.
    pub index: usize,
    /// Time at which the stream, queue or topic accepted the item.
    pub time: Option<UnixMillis>,
    /// Account, region and AWS resources that the Lambda event names. Deliveries of the same source share it.
    pub origin: Arc<DeliveryOrigin>,
    /// Log events of the delivery, encoded, or a reference to them.
    pub content: Content<'e>,
}

/// Content of a delivery, borrowed from the Lambda event unless it was nested in a message. An envelope is the JSON
/// document in which CloudWatch Logs sends log events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'e> {
    /// Base64 of envelopes or of raw log lines, which may be compressed.
    Base64(Cow<'e, str>),
    /// Envelopes or raw log lines as text.
    Text(Cow<'e, str>),
    /// S3 object with envelopes or raw log lines, which may be compressed.
    Object(Box<ObjectRef>),
    /// Parked object, as [`parking::decode`](crate::parking::decode) reads it.
    Parked(Cow<'e, [u8]>),
    /// No content: the item has no string member of this name.
    Missing(&'static str),
}

impl Delivery<'_> {
    /// Returns the content if it is base64, else an empty text. The answer to a Firehose transformation contains it
    /// again.
    #[must_use]
    pub fn base64(&self) -> &str {
        match &self.content {
            Content::Base64(text) => text,
            Content::Text(_) | Content::Object(_) | Content::Parked(_) | Content::Missing(_) => "",
        }
    }

    /// Copies everything that is borrowed from the text of the Lambda event.
    pub(super) fn into_owned(self) -> Delivery<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let content = match self.content {
            Content::Base64(text) => Content::Base64(owned(text)),
            Content::Text(text) => Content::Text(owned(text)),
            Content::Object(object) => Content::Object(object),
            Content::Parked(bytes) => Content::Parked(Cow::Owned(bytes.into_owned())),
            Content::Missing(name) => Content::Missing(name),
        };
        let Self { index, time, origin, .. } = self;
        Delivery { id: owned(self.id), name: owned(self.name), index, time, origin, content }
    }
}

/// Error for a delivery that cannot be read to its end. The log events before the error were emitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The record or message has no content: it has no string member of this name.
    #[error("the record has no text \"{0}\"")]
    Missing(&'static str),
    /// The content is not in the Lambda event, but in an S3 object or in a parked object.
    #[error("the content is not in the event but {0}")]
    Elsewhere(&'static str),
    /// The S3 object does not exist any more, or was overwritten.
    #[error("the object does not exist any more, or was overwritten")]
    Gone,
    /// The record that the Kinesis Producer Library packed is damaged: none of the records in it is read.
    #[error("damaged aggregated Kinesis record at byte {offset}: {reason}")]
    Aggregate {
        /// Byte offset of the damage in the record.
        offset: u64,
        /// Description of the damage.
        reason: &'static str,
    },
    /// The S3 object is not requested: a part of its address is invalid, or the settings do not allow it.
    #[error("the S3 object is not read: {0}")]
    Refused(#[from] ObjectRefusal),
    /// The content is damaged.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}
