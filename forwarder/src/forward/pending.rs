//! Delivery that is to be forwarded: the location of its bytes, and the events that still have to be sent, with their
//! sinks.

use std::{borrow::Cow, sync::Arc};

use tailwater_parser::{Arrival, UnixMillis, decode::push_base64};

use crate::{
    batch::{RangeSet, SinkIndex, SinkSignal},
    parking::{self, Header, S3Object, Source},
    sink::{Signal, Signals},
    source::{Content, Delivery, DeliveryOrigin, ObjectRef, ObjectVersion},
    tracker::Recipients,
};

/// Delivery that is to be forwarded, or forwarded again after it was parked.
#[derive(Clone, Debug)]
pub struct PendingDelivery<'e> {
    /// Name and content of the delivery.
    pub delivery: Cow<'e, Delivery<'e>>,
    /// Location of the delivery's bytes.
    pub payload: Payload<'e>,
    /// Events and derived signals of a delivery that still have to be sent, and the sinks they are for.
    pub scope: Scope,
    /// Region of the invocation that parked the delivery; empty if it comes from AWS.
    pub region: String,
}

/// Location of a delivery's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload<'e> {
    /// In [`PendingDelivery::delivery`] itself.
    Inline,
    /// The bytes in a parked object behind its header, as AWS sent them.
    Bytes(Cow<'e, [u8]>),
    /// Redacted copy of the delivery, in a parked object behind its header.
    Redacted {
        /// The copy.
        copy: Cow<'e, [u8]>,
        /// Hash of the rules with which it was redacted.
        rules: String,
    },
    /// In this S3 object.
    Object(ObjectRef),
    /// Parked object that is damaged, or is for a sink that the settings do not name. It has to stay where it is.
    Unreadable,
}

/// Events and derived signals (metrics and spans) of a delivery that still have to be sent, and the sinks they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All events and derived signals, to every sink.
    Everything,
    /// Some events, for the sink that they were parked for.
    Parked {
        /// Sink that the events are for.
        sink: SinkIndex,
        /// Numbers of the events, counted from the first event of the delivery.
        events: RangeSet,
        /// Derived signals that still have to be sent, too.
        derived: Signals,
    },
}

impl Scope {
    /// Returns the sinks that an event has to be sent to. `number` is counted from the first event of the delivery.
    pub(super) fn recipients(&self, number: u32) -> Recipients {
        match self {
            Self::Everything => Recipients::All,
            Self::Parked { sink, events, .. } if events.contains(number) => Recipients::Only(*sink),
            Self::Parked { .. } => Recipients::None,
        }
    }

    /// Returns the sinks in whose ledgers damage in the delivery counts as a rejected event.
    pub(super) fn damage_recipients(&self) -> Recipients {
        match self {
            Self::Everything => Recipients::All,
            Self::Parked { sink, .. } => Recipients::Only(*sink),
        }
    }

    /// Returns the numbers of the events that still have to be sent, counted from the first event of the delivery.
    pub(super) fn events(&self) -> RangeSet {
        match self {
            Self::Everything => RangeSet::from(0..u32::MAX),
            Self::Parked { events, .. } => events.clone(),
        }
    }

    /// True if events or derived signals of the delivery still have to be sent to this sink.
    pub(super) fn includes(&self, to: SinkIndex) -> bool {
        match self {
            Self::Everything => true,
            Self::Parked { sink, .. } => *sink == to,
        }
    }

    /// True if this derived signal still has to be sent to this sink.
    pub(super) fn includes_derived(&self, to: SinkSignal) -> bool {
        match self {
            Self::Everything => true,
            Self::Parked { sink, derived, .. } => *sink == to.sink && derived.include(to.signal),
        }
    }
}

impl<'e> PendingDelivery<'e> {
    /// Wraps a delivery of a Lambda event. Everything in it has to be sent to all sinks, or what the header says if it
    /// is a parked object. `names` are the names of the sinks.
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

    /// Decodes a parked object; `None` if it is damaged, or is for a sink that is not in `names`.
    #[must_use]
    pub fn from_parked_object(bytes: &'e [u8], names: &[&str]) -> Option<Self> {
        let parked = parking::decode(bytes).ok()?;
        let sink = names.iter().position(|name| *name == parked.header.sink).map(SinkIndex)?;
        Some(Self::parked(parked.header, parked.delivery, sink))
    }

    /// Wraps the delivery in a parked object, to be sent to `sink`. `bytes` follow the header.
    #[must_use]
    pub fn parked(header: Header, bytes: &'e [u8], sink: SinkIndex) -> Self {
        let is_renumbered = header.object.is_some() && header.source.is_unknown();
        let derived = derived_signals(&header);
        let (payload, origin) = match header.object.map(ObjectRef::from) {
            Some(object) if is_renumbered => (Payload::Object(object.clone()), object.origin("")),
            Some(object) => (Payload::Object(object), header.source.into()),
            None => (in_object(bytes, header.redacted), header.source.into()),
        };
        // Older versions of this program numbered the events of some S3 objects in another way, such as those of
        // CloudTrail. All events of such an object are sent: twice is better than not at all.
        let events = if is_renumbered { Scope::Everything.events() } else { header.owed };
        let delivery = Delivery {
            id: Cow::Borrowed(""),
            name: Cow::Owned(header.delivery_id),
            index: 0,
            time: header.delivery_time_ms,
            origin: Arc::new(origin),
            content: Content::Missing("content"),
        };
        let scope = Scope::Parked { sink, events, derived };
        Self { delivery: Cow::Owned(delivery), payload, scope, region: header.region }
    }

    /// Returns the same delivery, to be sent to this sink only.
    pub(super) fn owed_to(self, sink: SinkIndex) -> Self {
        let derived = match self.scope {
            Scope::Everything => Signals::DERIVED,
            Scope::Parked { derived, .. } => derived,
        };
        Self { scope: Scope::Parked { sink, events: self.scope.events(), derived }, ..self }
    }

    /// Returns the bytes to store behind the header of a parked object; empty for a delivery that is an S3 object,
    /// which stays where it is.
    pub(super) fn raw(&self) -> Cow<'_, [u8]> {
        match (&self.payload, &self.delivery.content) {
            (Payload::Bytes(bytes) | Payload::Redacted { copy: bytes, .. }, _) => Cow::Borrowed(bytes),
            (Payload::Inline, Content::Text(text)) => Cow::Borrowed(text.as_bytes()),
            (Payload::Inline, Content::Base64(text)) => decoded(text),
            (Payload::Inline, Content::Object(_) | Content::Parked(_) | Content::Missing(_))
            | (Payload::Object(_) | Payload::Unreadable, _) => Cow::Borrowed(&[]),
        }
    }

    /// True if a parked object needs nothing behind its header.
    pub(super) fn raw_is_empty(&self) -> bool {
        match (&self.payload, &self.delivery.content) {
            (Payload::Bytes(bytes) | Payload::Redacted { copy: bytes, .. }, _) => bytes.is_empty(),
            (Payload::Inline, Content::Text(text) | Content::Base64(text)) => text.is_empty(),
            (Payload::Inline, Content::Object(_) | Content::Parked(_) | Content::Missing(_))
            | (Payload::Object(_) | Payload::Unreadable, _) => true,
        }
    }

    /// Returns the hash of the rules with which the delivery was redacted; `None` if it is as AWS sent it.
    pub(super) fn redacted(&self) -> Option<&str> {
        match &self.payload {
            Payload::Redacted { rules, .. } => Some(rules),
            Payload::Inline | Payload::Bytes(_) | Payload::Object(_) | Payload::Unreadable => None,
        }
    }

    /// Returns the time at which AWS accepted the delivery.
    pub(super) fn time(&self) -> Option<UnixMillis> {
        self.delivery.time
    }

    /// Returns what the Lambda event names of the delivery, for the header of a parked object.
    pub(super) fn source(&self) -> Source {
        Source::from(&*self.delivery.origin)
    }

    /// Returns the S3 object that holds the delivery; `None` if its bytes are elsewhere.
    pub(super) fn object(&self) -> Option<S3Object> {
        match &self.payload {
            Payload::Object(object) => Some(object.into()),
            Payload::Inline | Payload::Bytes(_) | Payload::Redacted { .. } | Payload::Unreadable => None,
        }
    }
}

/// Returns the derived signals that the sink of a parked object must still get.
pub(super) fn derived_signals(header: &Header) -> Signals {
    let owed = [(Signal::Metrics, header.owes_metrics), (Signal::Traces, header.owes_spans)];
    owed.into_iter().filter(|(_, owes)| *owes).map(|(signal, _)| signal).collect()
}

/// Sets the derived signals in the header of a parked object.
pub(super) fn owe_derived(header: Header, signals: Signals) -> Header {
    let owes = |signal| signals.include(signal);
    Header { owes_metrics: owes(Signal::Metrics), owes_spans: owes(Signal::Traces), ..header }
}

/// Returns the payload in a parked object behind its header.
fn in_object(bytes: &[u8], redacted: Option<String>) -> Payload<'_> {
    let bytes = Cow::Borrowed(bytes);
    match redacted {
        None => Payload::Bytes(bytes),
        Some(rules) => Payload::Redacted { copy: bytes, rules },
    }
}

/// Decodes base64. Invalid base64 is returned as it is, for the person who looks at the rejected delivery.
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

impl From<Source> for DeliveryOrigin {
    fn from(source: Source) -> Self {
        let arrival = Arrival {
            bucket: source.bucket,
            key: source.key,
            topic_arn: source.topic_arn,
            subject: source.subject,
            queue_arn: source.queue_arn,
            stream_arn: source.stream_arn,
            delivery_stream_arn: source.delivery_stream_arn,
            event_source: source.event_source,
            detail_type: source.detail_type,
        };
        let arrival = (arrival != Arrival::default()).then(|| Arc::new(arrival));
        Self { account: source.account, region: source.region, arrival }
    }
}

impl From<&DeliveryOrigin> for Source {
    fn from(origin: &DeliveryOrigin) -> Self {
        let arrival = origin.arrival.as_deref().cloned().unwrap_or_default();
        Self {
            account: origin.account.clone(),
            region: origin.region.clone(),
            bucket: arrival.bucket,
            key: arrival.key,
            topic_arn: arrival.topic_arn,
            subject: arrival.subject,
            queue_arn: arrival.queue_arn,
            stream_arn: arrival.stream_arn,
            delivery_stream_arn: arrival.delivery_stream_arn,
            event_source: arrival.event_source,
            detail_type: arrival.detail_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S3_EVENT: &[u8] = br#"{"Records":[{"eventName":"ObjectCreated:Put","awsRegion":"eu-south-1",
        "s3":{"bucket":{"name":"logs"},"object":{"key":"AWSLogs/210987654321/f.gz","eTag":"e"}}}]}"#;
    const QUEUE_EVENT: &[u8] = br#"{"Records":[{"messageId":"m","eventSourceARN":"arn:aws:sqs:eu-west-1:1:q",
        "body":"{\"Type\":\"Notification\",\"TopicArn\":\"arn:aws:sns:eu-west-2:2:t\",\"Subject\":\"s\",\"Message\":\"hi\"}"}]}"#;

    /// Returns the header with which the only delivery of an event is parked.
    fn header(event: &[u8]) -> Header {
        let mut event = event.to_vec();
        let parsed = crate::source::read_event(&mut event).unwrap();
        let item = PendingDelivery::new(&parsed.deliveries[0], &["otlp"]);
        Header {
            sink: "otlp".to_owned(),
            delivery_id: item.delivery.name.to_string(),
            source: item.source(),
            object: item.object(),
            owed: RangeSet::from(3..u32::MAX),
            ..Header::default()
        }
    }

    #[test]
    fn parked_delivery_has_the_name_and_origin_of_the_first_one() {
        for event in [S3_EVENT, QUEUE_EVENT] {
            let encoded = parking::encode(&header(event), b"");
            let parked = PendingDelivery::from_parked_object(&encoded.bytes, &["otlp"]).unwrap();
            let mut event = event.to_vec();
            let first = crate::source::read_event(&mut event).unwrap().deliveries.remove(0);
            assert_eq!(parked.delivery.origin, first.origin);
            assert_eq!(parked.delivery.name, first.name);
            assert_eq!(parked.scope.events(), RangeSet::from(3..u32::MAX));
        }
    }

    #[test]
    fn object_that_an_older_version_parked_is_sent_whole() {
        let old = Header { source: Source::default(), ..header(S3_EVENT) };
        let parked = PendingDelivery::parked(old, b"", SinkIndex(0));
        assert_eq!(parked.scope.events(), RangeSet::from(0..u32::MAX));
        let arrival = parked.delivery.origin.arrival.as_deref().unwrap();
        assert_eq!((&*arrival.bucket, &*arrival.key), ("logs", "AWSLogs/210987654321/f.gz"));
        assert_eq!(&*parked.delivery.origin.region, "eu-south-1");
    }

    #[test]
    fn other_delivery_that_an_older_version_parked_keeps_its_events() {
        let old = Header { source: Source::default(), ..header(QUEUE_EVENT) };
        let parked = PendingDelivery::parked(old, b"hi", SinkIndex(0));
        assert_eq!(parked.scope.events(), RangeSet::from(3..u32::MAX));
        assert_eq!(*parked.delivery.origin, DeliveryOrigin::default());
    }
}
