//! Reading of deliveries in steps. Between two steps finished bodies are sent and the time left is checked.

use std::{borrow::Cow, collections::BTreeMap};

use tailwater_parser::DecodeError;
use tokio::time::timeout;

use super::{Payload, PendingDelivery, run::Run};
use crate::{
    aws,
    batch::SinkIndex,
    http::Stream,
    ledger::ParkReason,
    source::{DeliveryError, ObjectRef, ObjectRefusal, Progress, Rest},
    tracker::DeliveryIndex,
};

/// Number of bytes of a parked delivery that are read in one step.
const STEP: usize = 12 * 1024;

/// Maximum number of characters of each part of a refused S3 object's address that the log shows.
const SHOWN_CHARS: usize = 100;

/// Way in which reading a delivery ended.
#[derive(Debug)]
enum ReadEnd {
    /// The delivery was read to its end.
    Complete,
    /// The delivery is damaged, or does not exist any more.
    Damaged(DeliveryError),
    /// The delivery is not available now, or only a part of it was. The rest still has to be read and sent.
    Interrupted(ParkReason),
    /// The delivery is a parked object that cannot be used. It has to be left where it came from.
    Unreadable,
}

/// Result of reading a delivery again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reread {
    /// The delivery was read as far as the first time.
    Complete,
    /// Some of the delivery could not be read again.
    Incomplete,
}

/// Result of reading all deliveries for the first time.
#[derive(Debug, Default)]
pub(super) struct ReadResult {
    /// Damage that was found in deliveries.
    pub(super) damages: Vec<Damage>,
    /// Deliveries that were not read to their end, with the reason. The unread rest of each still has to be sent.
    pub(super) unread: BTreeMap<DeliveryIndex, ParkReason>,
}

/// Damage in a delivery.
#[derive(Debug)]
pub(super) struct Damage {
    pub(super) delivery: DeliveryIndex,
    pub(super) error: DeliveryError,
}

/// Content of a delivery, by the way it is read in steps.
enum Steps<'i> {
    Content(Rest<'i>),
    Bytes(std::slice::Chunks<'i, u8>),
    Object(Box<Stream>),
}

impl Run<'_, '_> {
    /// Reads all deliveries for the first time. Registers each event with the tracker as pending, and encodes it.
    pub(super) async fn read_all(&mut self) -> ReadResult {
        let mut result = ReadResult::default();
        for item in self.items {
            let delivery = self.fanout_mut().begin_delivery(&item.scope);
            match self.read(item).await {
                ReadEnd::Complete => {}
                ReadEnd::Damaged(error) => {
                    self.tracker_mut().receive_damage(item.scope.damage_recipients());
                    result.damages.push(Damage { delivery, error });
                }
                ReadEnd::Interrupted(reason) => {
                    result.unread.insert(delivery, reason);
                }
                ReadEnd::Unreadable => self.tracker_mut().fail(delivery),
            }
        }
        self.fanout_mut().close();
        self.send_finished_bodies().await;
        result
    }

    /// Reads a delivery again. Batchers take the events that were selected for them; metrics are aggregated for the
    /// sinks for which `metrics` returns true. Damage is not reported again.
    pub(super) async fn read_again(
        &mut self,
        delivery: DeliveryIndex,
        metrics: impl Fn(SinkIndex) -> bool,
    ) -> Reread {
        let Some(item) = self.items.get(delivery.0) else { return Reread::Incomplete };
        self.fanout_mut().begin_again(delivery, metrics);
        match self.read(item).await {
            ReadEnd::Damaged(DeliveryError::Gone) | ReadEnd::Interrupted(_) | ReadEnd::Unreadable => {
                Reread::Incomplete
            }
            ReadEnd::Complete | ReadEnd::Damaged(_) => Reread::Complete,
        }
    }

    async fn read(&mut self, item: &PendingDelivery<'_>) -> ReadEnd {
        self.forwarder.pipeline.begin_input(item.delivery.name.as_bytes());
        let end = match self.open(item).await {
            Ok(steps) => self.read_steps(steps).await,
            Err(end) => end,
        };
        self.forwarder.pipeline.end_input();
        self.fanout_mut().end_delivery();
        end
    }

    async fn open<'i>(&mut self, item: &'i PendingDelivery<'_>) -> Result<Steps<'i>, ReadEnd> {
        let reader = &mut self.forwarder.reader;
        match &item.payload {
            Payload::Inline => reader.begin(&item.delivery).map(Steps::Content).map_err(ReadEnd::Damaged),
            Payload::Bytes(bytes) => {
                reader.expect(&item.delivery, &item.region);
                Ok(Steps::Bytes(bytes.chunks(STEP)))
            }
            Payload::Object(object) => {
                reader.expect(&item.delivery, &item.region);
                let address =
                    self.forwarder.objects.check(object).map_err(|refusal| refused(object, refusal))?;
                let within = self.clock.left().all();
                // Connecting and pauses count, too.
                let Ok(opened) = timeout(within, self.forwarder.objects.open(&address, within)).await else {
                    return Err(ReadEnd::Interrupted(ParkReason::OutOfTime));
                };
                opened
                    .map(|stream| Steps::Object(Box::new(stream)))
                    .map_err(|error| not_opened(object, &error))
            }
            Payload::Unreadable => Err(ReadEnd::Unreadable),
        }
    }

    async fn read_steps(&mut self, mut steps: Steps<'_>) -> ReadEnd {
        while !self.clock.left().all().is_zero() {
            match self.step(&mut steps).await {
                Ok(Progress::Begun) => self.send_finished_bodies().await,
                Ok(Progress::Complete) => return ReadEnd::Complete,
                Err(end) => return end,
            }
        }
        ReadEnd::Interrupted(ParkReason::OutOfTime)
    }

    async fn step(&mut self, steps: &mut Steps<'_>) -> Result<Progress, ReadEnd> {
        let (reader, pipeline) = (&mut self.forwarder.reader, &mut self.forwarder.pipeline);
        let next: Option<Cow<'_, [u8]>> = match steps {
            Steps::Content(rest) => return reader.step(rest, pipeline).map_err(ReadEnd::Damaged),
            Steps::Bytes(_) | Steps::Object(_) if reader.has_unread() => {
                return reader.read_on(pipeline).map(|()| Progress::Begun).map_err(ReadEnd::Damaged);
            }
            Steps::Bytes(chunks) => chunks.next().map(Cow::Borrowed),
            Steps::Object(stream) => match timeout(self.clock.left().all(), stream.chunk()).await {
                Ok(Ok(chunk)) => chunk.map(|bytes| Cow::Owned(bytes.to_vec())),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "an S3 object cannot be read to its end");
                    return Err(ReadEnd::Interrupted(ParkReason::Unreadable));
                }
                Err(_) => return Err(ReadEnd::Interrupted(ParkReason::OutOfTime)),
            },
        };
        let progress = match next {
            Some(bytes) => reader.push(&bytes, pipeline).map(|()| Progress::Begun),
            None => reader.finish(pipeline).map(|()| Progress::Complete),
        };
        progress.map_err(ReadEnd::Damaged)
    }
}

/// Returns the result for an S3 object that cannot be opened. An object that does not exist any more counts as damaged.
fn not_opened(object: &ObjectRef, error: &aws::Error) -> ReadEnd {
    if matches!(error, aws::Error::OtherPartition { .. }) {
        return refused(object, ObjectRefusal::OtherPartition);
    }
    tracing::warn!(%error, "an S3 object cannot be read");
    if matches!(error, aws::Error::NotFound { .. }) {
        ReadEnd::Damaged(DeliveryError::Gone)
    } else {
        ReadEnd::Interrupted(ParkReason::Unreadable)
    }
}

/// Returns the result for an S3 object that is not requested: asking again would not change that.
fn refused(object: &ObjectRef, refusal: ObjectRefusal) -> ReadEnd {
    let shown = |text: &str| text.chars().take(SHOWN_CHARS).collect::<String>();
    let region = object.region.as_deref().map(shown);
    tracing::warn!(
        bucket = ?shown(&object.bucket), key = ?shown(&object.key), ?region, %refusal,
        "an S3 object is not read"
    );
    ReadEnd::Damaged(refusal.into())
}

impl Damage {
    /// Returns the byte offset of the damage: in the decompressed delivery, or in its base64.
    pub(super) fn offset(&self) -> Option<u64> {
        match &self.error {
            DeliveryError::Decode(
                DecodeError::Base64 { offset }
                | DecodeError::Damaged { offset, .. }
                | DecodeError::Truncated { offset, .. }
                | DecodeError::TrailingGarbage { offset, .. }
                | DecodeError::Envelope { offset, .. }
                | DecodeError::IncompleteDocument { offset },
            ) => Some(*offset),
            DeliveryError::Decode(DecodeError::InflatedLimit { .. })
            | DeliveryError::Missing(_)
            | DeliveryError::Elsewhere(_)
            | DeliveryError::Gone
            | DeliveryError::Refused(_) => None,
        }
    }
}
