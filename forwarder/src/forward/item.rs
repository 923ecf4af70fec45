//! A delivery, where its bytes are, and what is owed of it to whom.

use std::borrow::Cow;

use tailwater_parser::{UnixMillis, decode::push_base64};

use crate::{
    body::{RangeSet, SinkIndex},
    deliver::{
        obligations::Creditor,
        park::{self, Header, S3Object},
    },
    source::{Content, Delivery, ObjectRef, ObjectVersion},
};

/// A delivery that is to be forwarded.
#[derive(Clone, Debug)]
pub struct Item<'e> {
    /// What it is called, and where its content is.
    pub delivery: Cow<'e, Delivery<'e>>,
    /// Where its bytes are.
    pub place: Place<'e>,
    /// What is owed of it.
    pub debt: Debt,
    /// The region that AWS handed it over in, where that may be another: it was parked there. Empty otherwise.
    pub region: String,
}

/// Where the bytes of a delivery are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<'e> {
    /// In the delivery itself.
    Inline,
    /// Here, as AWS sent them.
    Bytes(Cow<'e, [u8]>),
    /// In an object of S3.
    Object(ObjectRef),
    /// Nowhere that is understood: it has to stay where it came from.
    Unreadable,
}

/// What is owed of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Debt {
    /// All of it, to everybody.
    Everything,
    /// What was parked.
    Rest {
        /// To whom.
        sink: SinkIndex,
        /// The events, counted from the delivery's first.
        events: RangeSet,
        /// Whether its metrics are, too.
        metrics: bool,
    },
}

impl Debt {
    /// To whom the event of this number in the delivery is owed.
    pub(super) fn creditor(&self, number: u32) -> Creditor {
        match self {
            Self::Everything => Creditor::Each,
            Self::Rest { sink, events, .. } if events.contains(number) => Creditor::Only(*sink),
            Self::Rest { .. } => Creditor::Nobody,
        }
    }

    /// To whom damage of the delivery is owed.
    pub(super) fn of_damage(&self) -> Creditor {
        match self {
            Self::Everything => Creditor::Each,
            Self::Rest { sink, .. } => Creditor::Only(*sink),
        }
    }

    /// The events that are owed.
    pub(super) fn events(&self) -> RangeSet {
        match self {
            Self::Everything => RangeSet::from(0..u32::MAX),
            Self::Rest { events, .. } => events.clone(),
        }
    }

    /// Whether anything of the delivery is owed to a sink.
    pub(super) fn is_owed(&self, to: SinkIndex) -> bool {
        match self {
            Self::Everything => true,
            Self::Rest { sink, .. } => *sink == to,
        }
    }

    /// Whether the delivery's metrics are owed to a sink.
    pub(super) fn has_metrics(&self, of: SinkIndex) -> bool {
        match self {
            Self::Everything => true,
            Self::Rest { sink, metrics, .. } => *sink == of && *metrics,
        }
    }
}

impl<'e> Item<'e> {
    /// A delivery of an event; `names` are those of the sinks. A parked one owes what its header says.
    #[must_use]
    pub fn of(delivery: &'e Delivery<'e>, names: &[&str]) -> Self {
        let whole = |place| Self {
            delivery: Cow::Borrowed(delivery),
            place,
            debt: Debt::Everything,
            region: String::new(),
        };
        match &delivery.content {
            Content::Base64(_) | Content::Text(_) | Content::Missing(_) => whole(Place::Inline),
            Content::Object(object) => whole(Place::Object((**object).clone())),
            Content::Parked(bytes) => Self::parked(bytes, names).unwrap_or_else(|| whole(Place::Unreadable)),
        }
    }

    /// What a parked object owes; `None` when it is damaged, or owes to a sink that there is not.
    #[must_use]
    pub fn parked(bytes: &'e [u8], names: &[&str]) -> Option<Self> {
        let parked = park::decode(bytes).ok()?;
        let sink = names.iter().position(|name| *name == parked.header.sink).map(SinkIndex)?;
        Some(Self::owing(parked.header, parked.delivery, sink))
    }

    /// A parked delivery, to be delivered to `sink`.
    #[must_use]
    pub fn owing(header: Header, bytes: &'e [u8], sink: SinkIndex) -> Self {
        let place = match header.object {
            Some(object) => Place::Object(object.into()),
            None => Place::Bytes(Cow::Borrowed(bytes)),
        };
        let delivery = Delivery {
            id: Cow::Borrowed(""),
            name: Cow::Owned(header.delivery_id),
            index: 0,
            time: header.delivery_time_ms,
            content: Content::Missing("content"),
        };
        let debt = Debt::Rest { sink, events: header.owed, metrics: header.owes_metrics };
        Self { delivery: Cow::Owned(delivery), place, debt, region: header.region }
    }

    /// The same, owed to this sink instead.
    pub(super) fn owed_to(self, sink: SinkIndex) -> Self {
        let metrics = match self.debt {
            Debt::Everything => true,
            Debt::Rest { metrics, .. } => metrics,
        };
        Self { debt: Debt::Rest { sink, events: self.debt.events(), metrics }, ..self }
    }

    /// Its bytes as they are parked: those of an object stay where they are.
    pub(super) fn raw(&self) -> Cow<'_, [u8]> {
        match (&self.place, &self.delivery.content) {
            (Place::Bytes(bytes), _) => Cow::Borrowed(bytes),
            (Place::Inline, Content::Text(text)) => Cow::Borrowed(text.as_bytes()),
            (Place::Inline, Content::Base64(text)) => decoded(text),
            (Place::Inline, Content::Object(_) | Content::Parked(_) | Content::Missing(_))
            | (Place::Object(_) | Place::Unreadable, _) => Cow::Borrowed(&[]),
        }
    }

    /// When AWS took it.
    pub(super) fn time(&self) -> Option<UnixMillis> {
        self.delivery.time
    }

    /// The object that holds it.
    pub(super) fn object(&self) -> Option<S3Object> {
        match &self.place {
            Place::Object(object) => Some(object.into()),
            Place::Inline | Place::Bytes(_) | Place::Unreadable => None,
        }
    }
}

/// What base64 stands for; text that is none is kept as it is, for whoever looks at it.
fn decoded(text: &str) -> Cow<'_, [u8]> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let pushed = push_base64(text.as_bytes(), |piece| {
        bytes.extend_from_slice(piece);
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
