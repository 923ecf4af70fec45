//! Storing what could not be delivered: the delivery as it came, and what of it is still owed to whom.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use tailwater_parser::UnixMillis;

use super::{
    Call, Forwarder, Item,
    meter::members,
    read::Read,
    rounds::Undelivered,
    shipment::Batch,
    storing::{Stored, Storing},
};
use crate::{
    body::{RangeSet, SinkIndex},
    deliver::{
        ParkReason, Rejection,
        clock::Clock,
        obligations::{DeliveryIndex, End},
        park::{self, Header, INPUT, Place, Shelf},
    },
    source::DeliveryError,
};

/// Damage in a delivery.
#[derive(Clone, Debug)]
pub(super) struct Damage {
    delivery: DeliveryIndex,
    error: String,
    offset: Option<u64>,
}

impl Damage {
    pub(super) fn of(delivery: DeliveryIndex, error: &DeliveryError) -> Self {
        Self { delivery, error: error.to_string(), offset: super::read::offset(error) }
    }

    fn content(&self) -> Content {
        let header = Header {
            reason: Rejection::Damaged.name().to_owned(),
            error: Some(self.error.clone()),
            offset: self.offset,
            ..Header::default()
        };
        Content { delivery: self.delivery, shelf: Shelf::Rejected, sink: INPUT, header }
    }
}

/// What is stored as one object: of one delivery, for one sink.
#[derive(Debug, Default)]
struct Owed {
    parts: Vec<Undelivered>,
    /// Why everything behind what was read is owed, too, if it is.
    open: Option<ParkReason>,
}

/// Which object that is.
type Which = (DeliveryIndex, SinkIndex, Shelf);

/// What an object is to say.
struct Content {
    delivery: DeliveryIndex,
    shelf: Shelf,
    sink: &'static str,
    header: Header,
}

impl Forwarder {
    /// Parks what sinks still owe. What cannot be stored stays owed, so that its delivery is sent again.
    pub(super) async fn park_logs(
        &mut self,
        items: &[Item<'_>],
        mut undelivered: Vec<Undelivered>,
        read: &Read,
        at: (&Call<'_>, Clock),
    ) {
        self.add_undecided(&mut undelivered);
        let objects = self.by_object(undelivered, (items, read));
        let damages = read.damages.iter().map(Damage::content);
        let events = objects.iter().map(|(which, owed)| self.content(*which, owed));
        let contents = damages.chain(events).collect();
        let mut stored = self.store(items, contents, at).await.into_iter();
        for (damage, stored) in read.damages.iter().zip(stored.by_ref()) {
            if stored == Stored::Failed {
                self.pipeline.target_mut().obligations_mut().fail(damage.delivery);
            }
        }
        for ((which, owed), stored) in objects.into_iter().zip(stored) {
            self.settle_object(which, &owed, stored);
        }
    }

    /// Stores the metrics of deliveries that a sink did not take: to be sent again, or where they are refused for good to be
    /// looked at. Where one batch has both it is sent again.
    pub(super) async fn park_metrics(
        &mut self,
        items: &[Item<'_>],
        (sink, batch): (SinkIndex, &Batch),
        at: (&Call<'_>, Clock),
    ) {
        // What stays parked is refused again when it is sent again, and is stored then.
        let is_kept = batch.refused.is_some() && (batch.parked.is_none() || !self.is_redriving);
        let mut over = Vec::new();
        if let Some(refused) = batch.refused.as_ref().filter(|_| is_kept) {
            let stored = self.store_metrics(items, (sink, batch), Shelf::Rejected, at).await;
            // It is over with a place to keep it or without, as for events.
            over = stored.iter().map(|stored| *stored != Stored::Failed || !refused.is_whole).collect();
        }
        if batch.parked.is_some() {
            let stored = self.store_metrics(items, (sink, batch), Shelf::Parked, at).await;
            over = stored.iter().map(|stored| *stored == Stored::Yes).collect();
        }
        let obligations = self.pipeline.target_mut().obligations_mut();
        for (delivery, _) in members(&batch.deliveries).zip(over).filter(|(_, is_over)| *is_over) {
            obligations.end_metrics(sink, delivery);
        }
    }

    /// Stores each delivery of a batch of metrics on a shelf.
    async fn store_metrics(
        &mut self,
        items: &[Item<'_>],
        (sink, batch): (SinkIndex, &Batch),
        shelf: Shelf,
        at: (&Call<'_>, Clock),
    ) -> Vec<Stored> {
        let (reason, error) = match shelf {
            Shelf::Parked => (batch.parked.map(ParkReason::name), None),
            Shelf::Rejected => {
                (Some(Rejection::Refused.name()), batch.refused.as_ref().and_then(|why| why.words.clone()))
            }
        };
        let header = Header {
            reason: reason.unwrap_or_default().to_owned(),
            error,
            owes_metrics: true,
            attempts: batch.sends,
            ..Header::default()
        };
        let sink = self.name(sink);
        let content = |delivery| Content { delivery, shelf, sink, header: header.clone() };
        self.store(items, members(&batch.deliveries).map(content).collect(), at).await
    }

    /// Adds the events of which nothing was decided: there was no time to read them once more.
    fn add_undecided(&self, undelivered: &mut Vec<Undelivered>) {
        let obligations = self.pipeline.target().obligations();
        for sink in (0..self.outlets.len()).map(SinkIndex) {
            let mut events = obligations.pending(sink);
            let decided = undelivered.iter().filter(|part| part.sink == sink);
            decided.for_each(|part| events.remove_all(&part.events));
            if !events.is_empty() {
                undelivered.push(Undelivered::new(sink, events, End::Parked(ParkReason::OutOfTime)));
            }
        }
    }

    /// What is undelivered or unread, by the object it becomes.
    fn by_object(
        &self,
        undelivered: Vec<Undelivered>,
        (items, read): (&[Item<'_>], &Read),
    ) -> BTreeMap<Which, Owed> {
        let mut objects: BTreeMap<_, Owed> = BTreeMap::new();
        let obligations = self.pipeline.target().obligations();
        for part in undelivered {
            let shelf = match part.end {
                End::Rejected(_) => Shelf::Rejected,
                End::Parked(_) | End::Delivered | End::Filtered | End::Sampled => Shelf::Parked,
            };
            for delivery in (0..items.len()).map(DeliveryIndex) {
                let events: RangeSet = part.events.within(&obligations.span(delivery));
                if !events.is_empty() {
                    let owed = objects.entry((delivery, part.sink, shelf)).or_default();
                    owed.parts.push(Undelivered { events, ..part.clone() });
                }
            }
        }
        for (delivery, reason) in &read.unread {
            let Some(item) = items.get(delivery.0) else { continue };
            for sink in (0..self.outlets.len()).map(SinkIndex).filter(|sink| item.debt.is_owed(*sink)) {
                objects.entry((*delivery, sink, Shelf::Parked)).or_default().open = Some(*reason);
            }
        }
        objects
    }

    /// What the object says that holds these events.
    fn content(&self, (delivery, sink, shelf): Which, owed: &Owed) -> Content {
        let obligations = self.pipeline.target().obligations();
        let owes_metrics = shelf == Shelf::Parked && obligations.owes_metrics(sink, delivery);
        let mut header = Header { owes_metrics, ..Header::default() };
        for part in &owed.parts {
            header.owed.insert_all(&obligations.in_delivery(delivery, &part.events));
            header.attempts = header.attempts.max(part.sends);
            header.reason = part.reason().to_owned();
            header.error = header.error.or_else(|| part.error());
        }
        if let Some(reason) = owed.open {
            header.owed.insert(obligations.unread(delivery));
            header.reason = reason.name().to_owned();
        }
        Content { delivery, shelf, sink: self.name(sink), header }
    }

    /// What is settled by an object that is stored, or is not.
    fn settle_object(&mut self, (delivery, sink, shelf): Which, owed: &Owed, stored: Stored) {
        // A refused event is refused for good, with a place to keep it or without.
        let is_over = stored == Stored::Yes || (shelf == Shelf::Rejected && stored == Stored::Nowhere);
        let obligations = self.pipeline.target_mut().obligations_mut();
        if owed.open.is_some() && stored != Stored::Yes {
            obligations.fail(delivery);
        }
        if shelf == Shelf::Parked && stored == Stored::Yes {
            obligations.end_metrics(sink, delivery);
        }
        for part in owed.parts.iter().filter(|part| is_over && part.refused.is_none()) {
            obligations.end(sink, &part.events, part.end).expect("what was not delivered is owed");
        }
    }

    /// Stores objects, and says what came of each.
    async fn store(
        &mut self,
        items: &[Item<'_>],
        contents: Vec<Content>,
        (call, clock): (&Call<'_>, Clock),
    ) -> Vec<Stored> {
        let Some(lot) = self.lot.clone() else { return vec![Stored::Nowhere; contents.len()] };
        let begun = clock.elapsed();
        let mut storing = Storing::new(lot, clock, self.longest_to_park());
        for content in contents {
            let is_parked_already = self.is_redriving && content.shelf == Shelf::Parked;
            match items.get(content.delivery.0).filter(|_| !is_parked_already) {
                None => storing.pass_over(),
                Some(item) => {
                    storing.room().await;
                    let (key, object) = self.object(item, content, call, clock);
                    storing.begin(key, object);
                }
            }
        }
        let stored = storing.finish().await;
        self.parked_for += clock.elapsed().saturating_sub(begun);
        stored
    }

    /// The key and the bytes of an object.
    fn object(&self, item: &Item<'_>, content: Content, call: &Call<'_>, clock: Clock) -> (String, Bytes) {
        let origin = self.pipeline.target().origins.get(content.delivery.0);
        let own_region = self.function.region.clone().unwrap_or_default();
        let header = Header {
            sink: content.sink.to_owned(),
            account: origin.map(|origin| origin.account.clone()).unwrap_or_default(),
            region: if item.region.is_empty() { own_region } else { item.region.clone() },
            group: origin.map(|origin| origin.log_group().to_owned()).unwrap_or_default(),
            stream: origin.map(|origin| origin.log_stream().to_owned()).unwrap_or_default(),
            delivery_id: item.delivery.name.to_string(),
            delivery_time_ms: item.time(),
            object: item.object(),
            time_ms: clock.now(),
            ..content.header
        };
        let encoded = park::encode(&header, &item.raw());
        let place = Place {
            shelf: content.shelf,
            sink: content.sink,
            time: UnixMillis(header.time_ms.0),
            request_id: call.request_id,
            delivery: content.delivery.0,
        };
        (place.key(&encoded.hash), encoded.bytes.into())
    }

    /// The longest that an object may take on its way to or from where it is parked: as long as three tries. Whoever redrives by
    /// hand has more time than that, but does not want to wait all of it for a place that hangs.
    fn longest_to_park(&self) -> Duration {
        self.limits.timeout.saturating_mul(3)
    }

    /// How much of it is left.
    pub(super) fn time_to_park(&self, clock: Clock) -> Duration {
        clock.left_for_parking().min(self.longest_to_park())
    }

    fn name(&self, sink: SinkIndex) -> &'static str {
        self.outlets.get(sink.0).map_or("", |outlet| outlet.name)
    }
}
