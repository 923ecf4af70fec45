//! Reading deliveries, in steps between which what was found can go out.

use tailwater_parser::{DecodeError, Receive};

use super::{Forwarder, Item, Place, parking::Damage, sending::Sending};
use crate::{
    body::SinkIndex,
    deliver::obligations::DeliveryIndex,
    source::{DeliveryError, Progress, Rest},
};

/// Bytes of a delivery that are read in one step.
const STEP: usize = 96 * 1024;

/// How reading a delivery ended.
#[derive(Debug)]
enum Ended {
    /// It was read to its end.
    Complete,
    /// It is damaged.
    Damaged(DeliveryError),
    /// Its bytes cannot be had now.
    Unavailable,
}

/// What is read in steps.
enum Steps<'i> {
    Content(Rest<'i>),
    Bytes(std::slice::Chunks<'i, u8>),
}

impl Forwarder {
    /// Reads all items for the first time: every event is received and owed, and goes on its way.
    pub(super) async fn read_all(&mut self, items: &[Item<'_>], sending: &mut Sending) -> Vec<Damage> {
        let mut damages = Vec::new();
        for item in items {
            let delivery = self.pipeline.target_mut().begin_delivery(item);
            match self.read(item, sending).await {
                Ended::Complete => {}
                Ended::Damaged(error) => {
                    self.pipeline.target_mut().obligations_mut().receive_damage(item.debt.of_damage());
                    damages.push(Damage::of(delivery, &error));
                }
                Ended::Unavailable => self.pipeline.target_mut().obligations_mut().fail(delivery),
            }
        }
        self.pipeline.target_mut().close();
        self.hand_over(sending).await;
        damages
    }

    /// Reads a delivery again, for what lanes and meters want of it this time. What was wrong with it was told before.
    pub(super) async fn read_again(
        &mut self,
        (delivery, item): (DeliveryIndex, &Item<'_>),
        sending: &mut Sending,
        metrics: impl Fn(SinkIndex) -> bool,
    ) {
        self.pipeline.target_mut().begin_again(delivery, metrics);
        self.read(item, sending).await;
    }

    async fn read(&mut self, item: &Item<'_>, sending: &mut Sending) -> Ended {
        self.pipeline.begin_input(item.delivery.name.as_bytes());
        let ended = match self.steps(item) {
            Ok(Some(steps)) => self.read_steps(steps, sending).await,
            Ok(None) => Ended::Unavailable,
            Err(error) => Ended::Damaged(error),
        };
        self.pipeline.end_input();
        self.pipeline.target_mut().end_delivery();
        ended
    }

    /// How an item is read; `None` when its bytes cannot be had.
    fn steps<'i>(&mut self, item: &'i Item<'_>) -> Result<Option<Steps<'i>>, DeliveryError> {
        match &item.place {
            Place::Inline => self.reader.begin(&item.delivery).map(|rest| Some(Steps::Content(rest))),
            Place::Bytes(bytes) => {
                self.reader.expect(&item.delivery);
                Ok(Some(Steps::Bytes(bytes.chunks(STEP))))
            }
            Place::Object(_) | Place::Unreadable => Ok(None),
        }
    }

    async fn read_steps(&mut self, mut steps: Steps<'_>, sending: &mut Sending) -> Ended {
        loop {
            match self.step(&mut steps) {
                Ok(Progress::Begun) => self.hand_over(sending).await,
                Ok(Progress::Complete) => return Ended::Complete,
                Err(error) => return Ended::Damaged(error),
            }
        }
    }

    fn step(&mut self, steps: &mut Steps<'_>) -> Result<Progress, DeliveryError> {
        let receive: &mut dyn Receive = &mut self.pipeline;
        match steps {
            Steps::Content(rest) => self.reader.step(rest, receive),
            Steps::Bytes(chunks) => match chunks.next() {
                Some(bytes) => self.reader.push(bytes, receive).map(|()| Progress::Begun),
                None => self.reader.finish(receive).map(|()| Progress::Complete),
            },
        }
    }

    /// Sets finished bodies on their way.
    pub(super) async fn hand_over(&mut self, sending: &mut Sending) {
        while let Some(body) = self.pipeline.target_mut().pop() {
            sending.send(body);
        }
        sending.go_on().await;
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
            | DecodeError::Cut { offset },
        ) => Some(*offset),
        DeliveryError::Decode(DecodeError::InflatedLimit { .. })
        | DeliveryError::Missing(_)
        | DeliveryError::Elsewhere(_) => None,
    }
}
