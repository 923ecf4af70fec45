//! Delivery of one parked object, which this redrive has claimed.

use std::{hash::BuildHasher as _, time::Duration};

use foldhash::fast::FixedState;

use super::{MAX_REMEMBERED, Redrive, RedriveError, RedriveStep, TimeSlot};
use crate::{
    batch::{RangeSet, SinkIndex},
    forward::{
        PendingDelivery,
        pending::{derived_signals, owe_derived},
        read::Lacking,
        run::{Mode, Run},
    },
    ledger::{Disposition, Imbalance},
    parking::{self, Header, ObjectName, Parked, ParkedKind, ParkedRef, ParkingError},
    sink::Signals,
    source::{ObjectRef, is_failure_record, read_event},
    tracker::{Account, DeliveryIndex},
};

/// Reason for which an object stays that owes metrics or spans, which are not sent.
const NOT_SENT: &str =
    "it owes metrics or spans, which are not sent to its sink; name metrics and traces in TAILWATER_SIGNALS";

/// Result of delivering a parked object.
pub(super) enum Delivered {
    /// The object is deleted, or stays for the reason in the step.
    Step(RedriveStep),
    /// The object was delivered, but cannot be deleted.
    Undeleted(ParkingError),
}

impl Delivered {
    pub(super) fn into_step(self) -> RedriveStep {
        match self {
            Self::Step(step) => step,
            Self::Undeleted(error) => RedriveStep::Left(format!(
                "it was delivered but cannot be deleted: {error}; permit that and run redrive again, which then only \
                 deletes it"
            )),
        }
    }
}

impl From<RedriveStep> for Delivered {
    fn from(step: RedriveStep) -> Self {
        Self::Step(step)
    }
}

impl Redrive<'_> {
    pub(super) async fn deliver(
        &mut self,
        parked: &ParkedRef,
        slot: TimeSlot,
    ) -> Result<Delivered, RedriveError> {
        let bytes = match self.within(slot, self.store.read(parked)).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                let forgotten = self.within(slot, self.store.forget(parked)).await;
                return match forgotten {
                    Ok(()) => Ok(RedriveStep::Skipped.into()),
                    Err(error) => Ok(self.stays("its message cannot be deleted", error)?.into()),
                };
            }
            Err(error) => return Ok(self.stays("it cannot be read", error)?.into()),
        };
        self.errors_in_a_row = 0;
        if parked.is_from_aws() {
            if !parked.is_message() && !is_failure_record(&bytes) {
                let reason = "it is no record of a failed invocation, although its key is one of Lambda's";
                return Ok(RedriveStep::Unreadable(reason.to_owned()).into());
            }
            return self.deliver_event(parked, bytes, slot).await;
        }
        match parking::decode_under(&parked.key, &bytes) {
            Ok(object) => self.deliver_object(parked, object, slot).await,
            Err(error) => Ok(RedriveStep::Unreadable(error.to_string()).into()),
        }
    }

    /// Deletes an object that was delivered.
    pub(super) async fn delete(
        &mut self,
        parked: &ParkedRef,
        slot: TimeSlot,
    ) -> Result<Delivered, RedriveError> {
        Ok(match self.within(slot, self.store.delete(parked)).await {
            Ok(()) => RedriveStep::Settled.into(),
            Err(error) => Delivered::Undeleted(error),
        })
    }

    /// Sends the events in an object that this program parked.
    async fn deliver_object(
        &mut self,
        parked: &ParkedRef,
        object: Parked<'_>,
        slot: TimeSlot,
    ) -> Result<Delivered, RedriveError> {
        let sink = match self.sink_of(parked, &object.header) {
            Ok(sink) => sink,
            Err(step) => return Ok(step.into()),
        };
        let source = object.header.object.clone().map(ObjectRef::from);
        if let Some(Err(refusal)) = source.map(|source| self.forwarder.objects.check(&source)) {
            let reason = format!("its delivery is an S3 object that is not read: {refusal}");
            return Ok(RedriveStep::Unreadable(reason).into());
        }
        let hash = FixedState::default().hash_one(&parked.key);
        if parked.is_message() && self.delivered_keys.contains(&hash) {
            return self.delete(parked, slot).await;
        }
        let item = PendingDelivery::parked(object.header.clone(), object.delivery, sink);
        let clock = self.context(slot).clock(&self.forwarder.parking_times, &self.forwarder.limits);
        let unsent = self.unsent(&object.header, sink);
        let Some(rest) = self.run_object(&item, sink, unsent, slot).await? else {
            self.remember(parked, hash);
            return self.delete(parked, slot).await;
        };
        self.note_dead_sink(sink);
        let reason = rest.reason(&object.header, unsent);
        let stays = |step| Delivered::Step(reason.clone().map_or(step, RedriveStep::Unreadable));
        if rest.is_of(&object.header) {
            return Ok(stays(RedriveStep::Kept));
        }
        let left = Header {
            owed: rest.events,
            attempts: object.header.attempts.saturating_add(1),
            time_ms: slot.now,
            ..object.header
        };
        let header = owe_derived(left, rest.derived);
        let within = clock.left_for_parking().min(self.forwarder.limits.max_parking_time());
        if let Err(error) = self.store_rest(parked, &header, object.delivery, within).await {
            return Ok(self.stays("a part is delivered, but the rest cannot be stored anew", error)?.into());
        }
        self.remember(parked, hash);
        Ok(match self.delete(parked, slot).await? {
            Delivered::Step(_) => stays(RedriveStep::Reduced),
            undeleted @ Delivered::Undeleted(_) => undeleted,
        })
    }

    /// Signals that an object owes and that are not sent to its sink.
    fn unsent(&self, header: &Header, sink: SinkIndex) -> Signals {
        let sent = self.forwarder.pipeline.target().derived_of(sink);
        derived_signals(header).iter().filter(|signal| !sent.include(*signal)).collect()
    }

    /// Remembers that a message was delivered.
    fn remember(&mut self, parked: &ParkedRef, hash: u64) {
        if parked.is_message() && self.delivered_keys.len() < MAX_REMEMBERED {
            self.delivered_keys.insert(hash);
        }
    }

    /// Returns the sink to send the events of an object to, or the result for an object that is not to be sent.
    fn sink_of(&self, parked: &ParkedRef, header: &Header) -> Result<SinkIndex, RedriveStep> {
        if !self.request.filter.includes(&header.sink, header.time_ms) {
            return Err(RedriveStep::Skipped);
        }
        if header.time_ms >= self.started {
            // What is left of an object that this redrive has reduced was counted with that object.
            let is_own = parking::is_made_by(&parked.key, self.request_id);
            let reason = "it was parked after this redrive began; run redrive again";
            return Err(if is_own { RedriveStep::Skipped } else { RedriveStep::Left(reason.to_owned()) });
        }
        let own = self.forwarder.clients.iter().position(|client| client.name == header.sink);
        self.request.to.or(own.map(SinkIndex)).ok_or_else(|| {
            let sink = &header.sink;
            RedriveStep::Unreadable(format!("it is owed to {sink}, which TAILWATER_SINKS does not name"))
        })
    }

    /// Sends the deliveries of an event that AWS stored, all to all sinks. If one sink does not accept them, they are
    /// parked for that sink, so that the others do not get them again. That matters most for metrics.
    async fn deliver_event(
        &mut self,
        parked: &ParkedRef,
        mut bytes: Vec<u8>,
        slot: TimeSlot,
    ) -> Result<Delivered, RedriveError> {
        if self.request.filter.sink.is_some() {
            return Ok(RedriveStep::Skipped.into());
        }
        let names = self.forwarder.names();
        let parsed = match read_event(&mut bytes) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(RedriveStep::Unreadable(error.to_string()).into()),
        };
        let items = parsed.deliveries.iter().map(|delivery| PendingDelivery::new(delivery, &names));
        let items: Vec<_> = match self.request.to {
            Some(to) => items.map(|item| item.owed_to(to)).collect(),
            None => items.collect(),
        };
        let context = self.context(slot);
        let closed = self.forwarder.run(&items, &context).await?;
        self.add(&closed.accounts);
        let is_parked =
            |account: &Account| account.ends.keys().any(|end| matches!(end, Disposition::Parked(_)));
        let is_reduced = closed.accounts.iter().any(is_parked);
        let is_incomplete = closed.deliveries.iter().any(Result::is_err);
        if is_reduced || is_incomplete {
            (0..names.len()).for_each(|sink| self.note_dead_sink(SinkIndex(sink)));
        }
        if is_incomplete {
            return Ok(RedriveStep::Kept.into());
        }
        Ok(match self.delete(parked, slot).await? {
            Delivered::Step(_) if is_reduced => RedriveStep::Reduced.into(),
            delivered @ (Delivered::Step(_) | Delivered::Undeleted(_)) => delivered,
        })
    }

    /// Runs the delivery in a parked object without parking what fails, since it is parked already. Returns the events
    /// that the sink must still get; `None` if there are none. `unsent` are signals that are owed and not sent.
    async fn run_object(
        &mut self,
        item: &PendingDelivery<'_>,
        sink: SinkIndex,
        unsent: Signals,
        slot: TimeSlot,
    ) -> Result<Option<Rest>, Imbalance> {
        let delivery = DeliveryIndex(0);
        let context = self.context(slot);
        let mut run = Run::new(self.forwarder, std::slice::from_ref(item), context, Mode::Redrive);
        let mut unfinished = run.complete().await;
        let lacking = unfinished.lacking.remove(&delivery);
        let is_read = unfinished.unread.is_empty();
        let tracker = run.tracker();
        let mut rest = Rest {
            events: tracker.in_delivery(delivery, &tracker.pending(sink)),
            derived: tracker.derived(sink, delivery).iter().chain(unsent.iter()).collect(),
            // A delivery that was not read to its end is reduced to its rest; one that cannot be read stays as it is.
            is_failed: tracker.has_failed(delivery) && is_read && lacking.is_none(),
            lacking,
        };
        if !is_read {
            rest.events.insert_all(&item.scope.events().within(&tracker.unread(delivery)));
        }
        if let Some(lacking) = &rest.lacking {
            rest.events.insert_all(&lacking.events);
        }
        let closed = run.close()?;
        self.add(&closed.accounts);
        let is_settled =
            rest.events.is_empty() && rest.derived.is_empty() && !rest.is_failed && rest.lacking.is_none();
        Ok((!is_settled).then_some(rest))
    }

    /// Stores the events that are left of a parked object as a new one. The old one is to be deleted afterwards.
    async fn store_rest(
        &mut self,
        parked: &ParkedRef,
        rest: &Header,
        delivery: &[u8],
        within: Duration,
    ) -> Result<(), ParkingError> {
        let encoded = parking::encode(rest, delivery);
        let name = ObjectName {
            kind: ParkedKind::Parked,
            sink: &rest.sink,
            time: rest.time_ms,
            request_id: self.request_id,
            delivery: 0,
        };
        let key = name.key(&encoded.hash);
        debug_assert_ne!(key, parked.key, "the time and the attempts differ");
        self.store.put(&key, encoded.bytes.into(), within).await.map(drop)
    }
}

/// Events and derived signals of a parked object that its sink must still get after a redrive.
struct Rest {
    /// Numbers of the events, counted from the first event of the delivery.
    events: RangeSet,
    derived: Signals,
    /// True if the delivery could not be read.
    is_failed: bool,
    /// Events that are owed and not in the delivery; `None` if there are none.
    lacking: Option<Lacking>,
}

impl Rest {
    /// Reason for which the rest cannot be delivered, if it is known.
    fn reason(&self, header: &Header, unsent: Signals) -> Option<String> {
        let lacking = self.lacking.as_ref().map(|lacking| lacking.describe(&header.owed));
        lacking.or_else(|| (!unsent.is_empty()).then(|| NOT_SENT.to_owned()))
    }

    /// True if nothing of what the header says was settled.
    fn is_of(&self, header: &Header) -> bool {
        self.is_failed || (self.events == header.owed && self.derived == derived_signals(header))
    }
}
