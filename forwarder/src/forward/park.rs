//! Parking of undelivered events: stores each delivery as AWS sent it, with the numbers of the events that a sink must
//! still get.

use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use tailwater_parser::UnixMillis;

use super::{
    PendingDelivery,
    aggregator::members,
    derived_batcher::{DerivedBatch, NotAccepted},
    pending::owe_derived,
    read::{Damage, ReadResult},
    resend::Undelivered,
    run::{Mode, Run},
};
use crate::{
    batch::{RangeSet, SinkIndex, SinkSignal},
    ledger::{Disposition, ParkReason, Rejection},
    parking::{self, Header, INPUT, ObjectName, ParkedKind, ParkingWriter, Written},
    sink::Signal,
    tracker::DeliveryIndex,
};

/// Identity of a parked object that is to be stored: there is one for each delivery, sink and kind (parked or
/// rejected).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ObjectId {
    delivery: DeliveryIndex,
    sink: SinkIndex,
    kind: ParkedKind,
}

/// Events that are to be stored in one parked object.
#[derive(Debug, Default)]
struct Contained {
    parts: Vec<Undelivered>,
    /// Reason why the delivery was not read to its end; `None` if it was. All events behind the part that was read are
    /// parked, too.
    unread: Option<ParkReason>,
}

/// Delivery, kind, sink and header of a parked object that is to be stored.
struct ObjectContent {
    delivery: DeliveryIndex,
    kind: ParkedKind,
    /// Sink whose events are stored; `None` for input that cannot be read.
    sink: Option<SinkIndex>,
    header: Header,
    /// Numbers, from this one on, of the events that were not read; `None` if the delivery was read to its end.
    unread: Option<Range<u32>>,
}

/// Describes the parked object that keeps a damaged delivery, for a person to look at.
fn damaged_input(damage: &Damage) -> ObjectContent {
    let header = Header {
        reason: Rejection::Damaged.name().to_owned(),
        error: Some(damage.error.to_string()),
        offset: damage.offset(),
        ..Header::default()
    };
    let (delivery, kind) = (damage.delivery, ParkedKind::Rejected);
    ObjectContent { delivery, kind, sink: None, header, unread: None }
}

/// Returns the share of `points` that `some` of `all` deliveries have, rounded up: at least one for each delivery, because
/// points that were not encoded have not been counted.
fn share(points: u64, some: usize, all: usize) -> u64 {
    let [some, all] = [some, all].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
    points.saturating_mul(some).div_ceil(all.max(1)).max(some)
}

impl Run<'_, '_> {
    /// Parks all events that sinks have not accepted. Events that cannot be stored stay pending, so that AWS sends
    /// their delivery again.
    pub(super) async fn park_logs(&mut self, mut undelivered: Vec<Undelivered>, read: &ReadResult) {
        self.add_undecided(&mut undelivered);
        let objects = self.by_object(undelivered, read);
        let damages = read.damages.iter().map(damaged_input);
        let events = objects.iter().map(|(id, contained)| self.object_content(*id, contained));
        let contents = damages.chain(events).collect();
        let mut written = self.store(contents).await.into_iter();
        for (damage, written) in read.damages.iter().zip(written.by_ref()) {
            if written == Written::Failed {
                self.tracker_mut().fail(damage.delivery);
            }
        }
        for ((id, contained), written) in objects.into_iter().zip(written) {
            self.settle_object(id, &contained, written);
        }
    }

    /// Parks the deliveries whose metrics or spans a sink did not accept: under `parked/` to be sent again, or under `rejected/`
    /// if they are refused for good. A batch of which some chunks are parked and some are refused is sent again.
    pub(super) async fn park_derived(&mut self, to: SinkSignal, batch: &DerivedBatch) {
        // In a redrive, what is also parked stays where it is; it is refused, and stored as rejected, next time.
        let is_rejected = batch.refused.is_some() && (batch.parked.is_none() || self.mode == Mode::Forward);
        let mut ended = Vec::new();
        if let Some(refused) = batch.refused.as_ref().filter(|_| is_rejected) {
            let error = refused.error_text.clone();
            let written =
                self.store_derived(to, batch, ParkedKind::Rejected, Rejection::Refused.name(), error).await;
            // Refused metrics and spans are settled if they are stored, or if there is no store; if a write fails, whole
            // deliveries stay pending.
            ended = written.iter().map(|written| *written != Written::Failed || !refused.is_whole).collect();
        }
        if let Some(parked) = &batch.parked {
            let (reason, error) = (parked.reason.name(), parked.error_text.clone());
            let written = self.store_derived(to, batch, ParkedKind::Parked, reason, error).await;
            ended = self.settle_parked(to, batch, parked, &written);
        }
        let tracker = self.tracker_mut();
        for (delivery, _) in members(&batch.deliveries).zip(ended).filter(|(_, has_ended)| *has_ended) {
            tracker.end_derived(to, delivery);
        }
    }

    /// Records the data points or spans that were to be parked, as parked or as lost. Returns for each delivery whether
    /// it is settled.
    ///
    /// If log events are sent, what cannot be stored is lost, else AWS would send the events again. If no log events
    /// are sent, and in a redrive, it stays pending.
    fn settle_parked(
        &self,
        to: SinkSignal,
        batch: &DerivedBatch,
        parked: &NotAccepted,
        written: &[Written],
    ) -> Vec<bool> {
        let stored = written.iter().filter(|written| **written == Written::Stored).count();
        let not_stored = written.len().saturating_sub(stored);
        let may_lose = self.mode == Mode::Forward && self.fanout().has_batchers();
        self.record_parked(to, parked, share(parked.points, stored, written.len()));
        if may_lose && not_stored > 0 {
            self.record_lost(to, parked, share(parked.points, not_stored, written.len()));
            self.record_rejected(to, batch.rejected);
        }
        written.iter().map(|written| may_lose || *written == Written::Stored).collect()
    }

    /// Stores each delivery of a batch as a parked object. Returns the result for each delivery.
    async fn store_derived(
        &mut self,
        to: SinkSignal,
        batch: &DerivedBatch,
        kind: ParkedKind,
        reason: &str,
        error: Option<String>,
    ) -> Vec<Written> {
        let header = Header { reason: reason.to_owned(), error, attempts: batch.sends, ..Header::default() };
        let header = owe_derived(header, [to.signal].into_iter().collect());
        let sink = Some(to.sink);
        let content = |delivery| ObjectContent { delivery, kind, sink, header: header.clone(), unread: None };
        self.store(members(&batch.deliveries).map(content).collect()).await
    }

    /// Adds the pending events that are neither delivered nor undelivered yet: there was no time to read and send them
    /// once more.
    fn add_undecided(&self, undelivered: &mut Vec<Undelivered>) {
        for sink in self.sinks() {
            let mut events = self.tracker().pending(sink);
            let decided = undelivered.iter().filter(|part| part.sink == sink);
            decided.for_each(|part| events.remove_all(&part.events));
            if !events.is_empty() {
                let disposition = Disposition::Parked(ParkReason::OutOfTime);
                undelivered.push(Undelivered::new(sink, events, disposition));
            }
        }
    }

    /// Groups undelivered events, and the unread rest of deliveries, by the parked object they are stored in.
    fn by_object(&self, undelivered: Vec<Undelivered>, read: &ReadResult) -> BTreeMap<ObjectId, Contained> {
        let mut objects: BTreeMap<_, Contained> = BTreeMap::new();
        for part in undelivered {
            let kind = match part.disposition {
                Disposition::Rejected(_) => ParkedKind::Rejected,
                Disposition::Parked(_)
                | Disposition::Delivered
                | Disposition::Filtered
                | Disposition::Sampled => ParkedKind::Parked,
            };
            for delivery in (0..self.items.len()).map(DeliveryIndex) {
                let events: RangeSet = part.events.within(&self.tracker().span(delivery));
                if !events.is_empty() {
                    let id = ObjectId { delivery, sink: part.sink, kind };
                    let contained = objects.entry(id).or_default();
                    contained.parts.push(Undelivered { events, ..part.clone() });
                }
            }
        }
        for (delivery, reason) in &read.unread {
            let Some(item) = self.items.get(delivery.0) else { continue };
            for sink in self.sinks().filter(|sink| item.scope.includes(*sink)) {
                let id = ObjectId { delivery: *delivery, sink, kind: ParkedKind::Parked };
                objects.entry(id).or_default().unread = Some(*reason);
            }
        }
        objects
    }

    /// Builds the content of a parked object. Its header gets the reason, the numbers of the events and the number of
    /// attempts.
    fn object_content(
        &self,
        ObjectId { delivery, sink, kind }: ObjectId,
        contained: &Contained,
    ) -> ObjectContent {
        let tracker = self.tracker();
        let derived = Some(tracker.derived(sink, delivery)).filter(|_| kind == ParkedKind::Parked);
        let mut header = owe_derived(Header::default(), derived.unwrap_or_default());
        for part in &contained.parts {
            header.owed.insert_all(&tracker.in_delivery(delivery, &part.events));
            header.attempts = header.attempts.max(part.sends);
            header.reason = part.reason().to_owned();
            header.error = header.error.or_else(|| part.error());
        }
        let unread = contained.unread.map(|reason| {
            header.reason = reason.name().to_owned();
            tracker.unread(delivery)
        });
        unread.iter().for_each(|unread| header.owed.insert(unread.clone()));
        ObjectContent { delivery, kind, sink: Some(sink), header, unread }
    }

    /// Ends the events of a parked object that was stored. Events of one that could not be stored stay pending, unless
    /// they are refused for good and no store is configured.
    fn settle_object(
        &mut self,
        ObjectId { delivery, sink, kind }: ObjectId,
        contained: &Contained,
        written: Written,
    ) {
        // A refused event is refused for good, with a store to keep it in or without.
        let has_ended =
            written == Written::Stored || (kind == ParkedKind::Rejected && written == Written::NotConfigured);
        let tracker = self.tracker_mut();
        if contained.unread.is_some() && written != Written::Stored {
            tracker.fail(delivery);
        }
        if kind == ParkedKind::Parked && written == Written::Stored {
            for signal in Signal::DERIVED {
                tracker.end_derived(SinkSignal { sink, signal }, delivery);
            }
            if contained.unread == Some(ParkReason::Unreadable) {
                tracker.park_unread(sink, ParkReason::Unreadable);
            }
        }
        for part in contained.parts.iter().filter(|part| has_ended && part.refused.is_none()) {
            let ended = tracker.end(sink, &part.events, part.disposition);
            ended.expect("what was not delivered is owed");
        }
    }

    /// Stores parked objects; returns the result of each, in order.
    async fn store(&mut self, contents: Vec<ObjectContent>) -> Vec<Written> {
        let Some(store) = self.forwarder.parking.clone() else {
            return vec![Written::NotConfigured; contents.len()];
        };
        let begun = self.clock.elapsed();
        let mut writer = ParkingWriter::new(store, self.clock, self.max_parking_time());
        for content in contents {
            let is_parked_already = self.mode == Mode::Redrive && content.kind == ParkedKind::Parked;
            match self.items.get(content.delivery.0).filter(|_| !is_parked_already) {
                None => writer.skip(),
                Some(item) => {
                    let Some((content, raw)) = self.prepare(item, content).await else {
                        writer.fail();
                        continue;
                    };
                    let slot = writer.slot().await;
                    let (key, object) = self.encode_object(item, content, &raw);
                    slot.store(key, object);
                }
            }
        }
        let written = writer.finish().await;
        self.parked_for += self.clock.elapsed().saturating_sub(begun);
        written
    }

    /// Returns a parked object's content and the bytes behind its header: the delivery as AWS sent it, or a redacted copy.
    /// Returns `None` if a redacted copy cannot be made in the time that is left.
    async fn prepare<'i>(
        &mut self,
        item: &'i PendingDelivery<'_>,
        mut content: ObjectContent,
    ) -> Option<(ObjectContent, Cow<'i, [u8]>)> {
        content.header.redacted = item.redacted().map(str::to_owned);
        if !self.must_redact(item, content.sink) {
            return Some((content, item.raw()));
        }
        let rules = Arc::clone(&self.forwarder.rules.as_ref()?.rules);
        let Some(sink) = content.sink else {
            if rules.parks_unreadable() {
                return Some((content, item.raw()));
            }
            content.header.leave_out(&item.raw());
            return Some((content, Cow::Borrowed(&[])));
        };
        let copy = self.redacted_copy(content.delivery, sink).await?;
        if let Some(unread) = &content.unread {
            // Now that the rest was read, what the sink gets of it is known.
            content.header.owed.remove(unread.clone());
            content.header.owed.insert_all(&copy.delivered.within(unread));
        }
        content.header.redacted = Some(rules.hash().to_owned());
        Some((content, Cow::Owned(copy.bytes)))
    }

    /// Returns the key and the bytes of a parked object.
    fn encode_object(
        &self,
        item: &PendingDelivery<'_>,
        content: ObjectContent,
        raw: &[u8],
    ) -> (String, Bytes) {
        let sink = content.sink.map_or(INPUT, |sink| self.sink_name(sink));
        let origin = self.fanout().origin(content.delivery);
        let own_region = self.forwarder.function.region.clone().unwrap_or_default();
        let header = Header {
            sink: sink.to_owned(),
            account: origin.map(|origin| origin.account.clone()).unwrap_or_default(),
            region: if item.region.is_empty() { own_region } else { item.region.clone() },
            group: origin.map(|origin| origin.log_group().to_owned()).unwrap_or_default(),
            stream: origin.map(|origin| origin.log_stream().to_owned()).unwrap_or_default(),
            delivery_id: item.delivery.name.to_string(),
            delivery_time_ms: item.time(),
            source: item.source(),
            object: item.object(),
            time_ms: self.clock.now(),
            ..content.header
        };
        let encoded = parking::encode(&header, raw);
        let name = ObjectName {
            kind: content.kind,
            sink,
            time: UnixMillis(header.time_ms.0),
            request_id: self.context.request_id,
            delivery: content.delivery.0,
        };
        (name.key(&encoded.hash), encoded.bytes.into())
    }

    fn max_parking_time(&self) -> Duration {
        self.forwarder.limits.max_parking_time()
    }
}
