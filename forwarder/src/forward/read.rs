//! Reading deliveries, in steps between which what was found can go out.

use std::borrow::Cow;

use tailwater_parser::DecodeError;
use tokio::time::timeout;

use super::{Forwarder, Item, Place, parking::Damage, sending::Sending};
use crate::{
    aws,
    body::SinkIndex,
    deliver::{ParkReason, clock::Clock, obligations::DeliveryIndex},
    http::Stream,
    source::{DeliveryError, Progress, Rest},
};

/// Bytes of a delivery that are taken in one step.
const STEP: usize = 12 * 1024;

/// How reading a delivery ended.
#[derive(Debug)]
enum Ended {
    /// It was read to its end.
    Complete,
    /// It is damaged.
    Damaged(DeliveryError),
    /// It cannot be had now, or not to its end; the rest of it is owed.
    Cut(ParkReason),
    /// It has to stay where it came from.
    Foreign,
}

/// Whether reading a delivery again came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reread {
    /// As far as it came the first time.
    Complete,
    /// Something of it is lacking.
    Cut,
}

/// What was found out by reading all deliveries.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// What is damaged.
    pub(super) damages: Vec<Damage>,
    /// What was not read to its end, and why: the rest of it is owed, too.
    pub(super) unread: Vec<(DeliveryIndex, ParkReason)>,
}

/// What is read in steps.
enum Steps<'i> {
    Content(Rest<'i>),
    Bytes(std::slice::Chunks<'i, u8>),
    Object(Box<Stream>),
}

impl Forwarder {
    /// Reads all items for the first time: every event is received and owed, and goes on its way.
    pub(super) async fn read_all(&mut self, items: &[Item<'_>], sending: &mut Sending) -> Read {
        let mut read = Read::default();
        for item in items {
            let delivery = self.pipeline.target_mut().begin_delivery(&item.debt);
            match self.read(item, sending).await {
                Ended::Complete => {}
                Ended::Damaged(error) => {
                    self.pipeline.target_mut().obligations_mut().receive_damage(item.debt.of_damage());
                    read.damages.push(Damage::of(delivery, &error));
                }
                Ended::Cut(reason) => read.unread.push((delivery, reason)),
                Ended::Foreign => self.pipeline.target_mut().obligations_mut().fail(delivery),
            }
        }
        self.pipeline.target_mut().close();
        self.hand_over(sending).await;
        read
    }

    /// Reads a delivery again, for what lanes and meters want of it this time. What was wrong with it was told before.
    pub(super) async fn read_again(
        &mut self,
        (delivery, item): (DeliveryIndex, &Item<'_>),
        sending: &mut Sending,
        metrics: impl Fn(SinkIndex) -> bool,
    ) -> Reread {
        self.pipeline.target_mut().begin_again(delivery, metrics);
        match self.read(item, sending).await {
            Ended::Damaged(DeliveryError::Gone) | Ended::Cut(_) | Ended::Foreign => Reread::Cut,
            Ended::Complete | Ended::Damaged(_) => Reread::Complete,
        }
    }

    async fn read(&mut self, item: &Item<'_>, sending: &mut Sending) -> Ended {
        self.pipeline.begin_input(item.delivery.name.as_bytes());
        let ended = match self.steps(item, sending.clock).await {
            Ok(steps) => self.read_steps(steps, sending).await,
            Err(ended) => ended,
        };
        self.pipeline.end_input();
        self.pipeline.target_mut().end_delivery();
        ended
    }

    /// How an item is read.
    async fn steps<'i>(&mut self, item: &'i Item<'_>, clock: Clock) -> Result<Steps<'i>, Ended> {
        match &item.place {
            Place::Inline => self.reader.begin(&item.delivery).map(Steps::Content).map_err(Ended::Damaged),
            Place::Bytes(bytes) => {
                self.reader.expect(&item.delivery, &item.region);
                Ok(Steps::Bytes(bytes.chunks(STEP)))
            }
            Place::Object(object) => {
                self.reader.expect(&item.delivery, &item.region);
                let within = clock.left().all();
                // Its connection and its pauses are within that time, too.
                let Ok(opened) = timeout(within, self.objects.open(object, within)).await else {
                    return Err(Ended::Cut(ParkReason::OutOfTime));
                };
                opened.map(|stream| Steps::Object(Box::new(stream))).map_err(|error| unopened(&error))
            }
            Place::Unreadable => Err(Ended::Foreign),
        }
    }

    async fn read_steps(&mut self, mut steps: Steps<'_>, sending: &mut Sending) -> Ended {
        while !sending.clock.left().all().is_zero() {
            match self.step(&mut steps, sending.clock).await {
                Ok(Progress::Begun) => self.hand_over(sending).await,
                Ok(Progress::Complete) => return Ended::Complete,
                Err(ended) => return ended,
            }
        }
        Ended::Cut(ParkReason::OutOfTime)
    }

    async fn step(&mut self, steps: &mut Steps<'_>, clock: Clock) -> Result<Progress, Ended> {
        let next: Option<Cow<'_, [u8]>> = match steps {
            Steps::Content(rest) => {
                return self.reader.step(rest, &mut self.pipeline).map_err(Ended::Damaged);
            }
            Steps::Bytes(_) | Steps::Object(_) if self.reader.has_unread() => {
                let read = self.reader.read_on(&mut self.pipeline);
                return read.map(|()| Progress::Begun).map_err(Ended::Damaged);
            }
            Steps::Bytes(chunks) => chunks.next().map(Cow::Borrowed),
            Steps::Object(stream) => match timeout(clock.left().all(), stream.chunk()).await {
                Ok(Ok(chunk)) => chunk.map(|bytes| Cow::Owned(bytes.to_vec())),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "an object cannot be read to its end");
                    return Err(Ended::Cut(ParkReason::Unreadable));
                }
                Err(_) => return Err(Ended::Cut(ParkReason::OutOfTime)),
            },
        };
        let receive = &mut self.pipeline;
        let read = match next {
            Some(bytes) => self.reader.push(&bytes, receive).map(|()| Progress::Begun),
            None => self.reader.finish(receive).map(|()| Progress::Complete),
        };
        read.map_err(Ended::Damaged)
    }

    /// Sets finished bodies on their way.
    pub(super) async fn hand_over(&mut self, sending: &mut Sending) {
        while let Some(body) = self.pipeline.target_mut().pop() {
            sending.send(body);
        }
        sending.go_on().await;
    }
}

/// Why an object was not opened. One that is gone for good costs only itself.
fn unopened(error: &aws::Error) -> Ended {
    tracing::warn!(%error, "an object cannot be read");
    if matches!(error, aws::Error::NotFound { .. }) {
        Ended::Damaged(DeliveryError::Gone)
    } else {
        Ended::Cut(ParkReason::Unreadable)
    }
}

/// Where in a delivery, inflated or as it came, the damage begins.
pub(super) fn offset(error: &DeliveryError) -> Option<u64> {
    match error {
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
        | DeliveryError::Gone => None,
    }
}
