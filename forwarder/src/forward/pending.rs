//! A delivery that is to be forwarded: where its bytes are, and which of its events are owed to which sinks.

use std::borrow::Cow;

use tailwater_parser::{UnixMillis, decode::push_base64};

use crate::{
    batch::{RangeSet, SinkIndex},
    parking::{self, Header, S3Object},
    source::{Content, Delivery, ObjectRef, ObjectVersion},
    tracker::Recipients,
};

/// A delivery that is to be forwarded.
#[derive(Clone, Debug)]
pub struct PendingDelivery<'e> {
    /// Name and content of the delivery.
    pub delivery: Cow<'e, Delivery<'e>>,
    /// Location of its bytes.
    pub payload: Payload<'e>,
    /// Events that are owed.
    pub scope: Scope,
    /// Region of the invocation that parked it; empty where it was not parked.
    pub region: String,
}

/// Location of a delivery's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload<'e> {
    /// In the delivery's own content.
    Inline,
    /// These bytes, as AWS sent them.
    Bytes(Cow<'e, [u8]>),
    /// An S3 object.
    Object(ObjectRef),
    /// A parked object that is damaged or owed to an unknown sink: it has to stay where it is.
    Unreadable,
}

/// Events of a delivery that are owed, and to which sinks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All events and the metrics, to every sink.
    Everything,
    /// Events that were parked for one sink.
    Parked {
        /// The sink.
        sink: SinkIndex,
        /// Numbers of the events, counted from the delivery's first.
        events: RangeSet,
        /// True if the delivery's metrics are owed, too.
        metrics: bool,
    },
}

impl Scope {
    /// Returns the sinks that the event of this number in the delivery is owed to.
    pub(super) fn recipients(&self, number: u32) -> Recipients {
        match self {
            Self::Everything => Recipients::All,
            Self::Parked { sink, events, .. } if events.contains(number) => Recipients::Only(*sink),
            Self::Parked { .. } => Recipients::None,
        }
    }

    /// Returns the sinks to which damage in the delivery is reported.
    pub(super) fn damage_recipients(&self) -> Recipients {
        match self {
            Self::Everything => Recipients::All,
            Self::Parked { sink, .. } => Recipients::Only(*sink),
        }
    }

    /// Returns the numbers of the events that are owed.
    pub(super) fn events(&self) -> RangeSet {
        match self {
            Self::Everything => RangeSet::from(0..u32::MAX),
            Self::Parked { events, .. } => events.clone(),
        }
    }

    /// True if anything of the delivery is owed to a sink.
    pub(super) fn includes(&self, to: SinkIndex) -> bool {
        match self {
            Self::Everything => true,
            Self::Parked { sink, .. } => *sink == to,
        }
    }

    /// True if the delivery's metrics are owed to a sink.
    pub(super) fn includes_metrics(&self, to: SinkIndex) -> bool {
        match self {
            Self::Everything => true,
            Self::Parked { sink, metrics, .. } => *sink == to && *metrics,
        }
    }
}

impl<'e> PendingDelivery<'e> {
    /// Wraps a delivery of an event. A parked one is owed what its header says; `names` are those of the sinks.
    #[must_use]
    pub fn new(delivery: &'e Delivery<'e>, names: &[&str]) -> Self {
        let whole = |payload| Self {
            delivery: Cow::Borrowed(delivery),
            payload,
            scope: Scope::Everything,
            region: String::new(),
        };
        match &delivery.content {
            Content::Base64(_) | Content::Text(_) | Content::Missing(_) => whole(Payload::Inline),
            Content::Object(object) => whole(Payload::Object((**object).clone())),
            Content::Parked(bytes) => {
                Self::from_parked_object(bytes, names).unwrap_or_else(|| whole(Payload::Unreadable))
            }
        }
    }

    /// Reads a parked object; `None` when it is damaged, or owed to an unknown sink.
    #[must_use]
    pub fn from_parked_object(bytes: &'e [u8], names: &[&str]) -> Option<Self> {
        let parked = parking::decode(bytes).ok()?;
        let sink = names.iter().position(|name| *name == parked.header.sink).map(SinkIndex)?;
        Some(Self::parked(parked.header, parked.delivery, sink))
    }

    /// Wraps a parked delivery that is to be delivered to `sink`.
    #[must_use]
    pub fn parked(header: Header, bytes: &'e [u8], sink: SinkIndex) -> Self {
        let payload = match header.object {
            Some(object) => Payload::Object(object.into()),
            None => Payload::Bytes(Cow::Borrowed(bytes)),
        };
        let delivery = Delivery {
            id: Cow::Borrowed(""),
            name: Cow::Owned(header.delivery_id),
            index: 0,
            time: header.delivery_time_ms,
            content: Content::Missing("content"),
        };
        let scope = Scope::Parked { sink, events: header.owed, metrics: header.owes_metrics };
        Self { delivery: Cow::Owned(delivery), payload, scope, region: header.region }
    }

    /// Returns the same delivery, owed to this sink only.
    pub(super) fn owed_to(self, sink: SinkIndex) -> Self {
        let metrics = match self.scope {
            Scope::Everything => true,
            Scope::Parked { metrics, .. } => metrics,
        };
        Self { scope: Scope::Parked { sink, events: self.scope.events(), metrics }, ..self }
    }

    /// Returns the bytes that are parked with it; those of an S3 object stay where they are.
    pub(super) fn raw(&self) -> Cow<'_, [u8]> {
        match (&self.payload, &self.delivery.content) {
            (Payload::Bytes(bytes), _) => Cow::Borrowed(bytes),
            (Payload::Inline, Content::Text(text)) => Cow::Borrowed(text.as_bytes()),
            (Payload::Inline, Content::Base64(text)) => decoded(text),
            (Payload::Inline, Content::Object(_) | Content::Parked(_) | Content::Missing(_))
            | (Payload::Object(_) | Payload::Unreadable, _) => Cow::Borrowed(&[]),
        }
    }

    /// Returns the time at which AWS accepted it.
    pub(super) fn time(&self) -> Option<UnixMillis> {
        self.delivery.time
    }

    /// Returns the S3 object that holds it.
    pub(super) fn object(&self) -> Option<S3Object> {
        match &self.payload {
            Payload::Object(object) => Some(object.into()),
            Payload::Inline | Payload::Bytes(_) | Payload::Unreadable => None,
        }
    }
}

/// Decodes base64; invalid base64 is kept as it is, for the person who looks at the rejected object.
fn decoded(text: &str) -> Cow<'_, [u8]> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let pushed = push_base64(text.as_bytes(), |decoded| {
        bytes.extend_from_slice(decoded);
        Ok(())
    });
    match pushed {
        Ok(()) => Cow::Owned(bytes),
        Err(_) => Cow::Borrowed(text.as_bytes()),
    }
}

impl From<S3Object> for ObjectRef {
    fn from(object: S3Object) -> Self {
        let version = match (object.version.is_empty(), object.is_etag) {
            (true, _) => ObjectVersion::Unknown,
            (false, true) => ObjectVersion::ETag(object.version),
            (false, false) => ObjectVersion::Id(object.version),
        };
        Self { bucket: object.bucket, region: object.region, key: object.key, version, size: None }
    }
}

impl From<&ObjectRef> for S3Object {
    fn from(object: &ObjectRef) -> Self {
        Self {
            bucket: object.bucket.clone(),
            region: object.region.clone(),
            key: object.key.clone(),
            version: object.version.text().to_owned(),
            is_etag: matches!(object.version, ObjectVersion::ETag(_)),
        }
    }
}
