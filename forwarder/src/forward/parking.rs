//! Storing what could not be delivered: the delivery as it came, and what of it is still owed to whom.

use std::collections::BTreeMap;

use tailwater_parser::UnixMillis;

use super::{Call, Forwarder, Item, meter::members, read::Read, rounds::Undelivered, shipment::Batch};
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
}

/// What is stored as one object: of one delivery, for one sink.
#[derive(Debug, Default)]
struct Owed {
    parts: Vec<Undelivered>,
    /// Whether everything behind what was read is owed, too.
    is_open: bool,
}

/// What an object is to say.
struct Storing<'s> {
    delivery: DeliveryIndex,
    shelf: Shelf,
    sink: &'s str,
    header: Header,
}

impl Forwarder {
    /// Parks what sinks still owe. What cannot be stored stays owed, so that its delivery is sent again.
    pub(super) async fn park_logs(
        &mut self,
        items: &[Item<'_>],
        undelivered: Vec<Undelivered>,
        read: &Read,
        at: (&Call<'_>, Clock),
    ) {
        for damage in &read.damages {
            self.park_damage(items, damage, at).await;
        }
        let mut objects = self.by_object(undelivered, items.len());
        for delivery in &read.unread {
            let Some(item) = items.get(delivery.0) else { continue };
            for sink in (0..self.outlets.len()).map(SinkIndex).filter(|sink| item.debt.is_owed(*sink)) {
                objects.entry((*delivery, sink, Shelf::Parked)).or_default().is_open = true;
            }
        }
        for (what, owed) in objects {
            self.park_events(items, what, owed, at).await;
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
        let name = self.outlets.get(sink.0).map_or("", |outlet| outlet.name);
        let header = Header { owes_metrics: true, attempts: batch.sends, ..Header::default() };
        // What stays parked is refused again when it is sent again, and is stored then.
        let refused = batch.refused.as_ref().filter(|_| batch.parked.is_none() || !self.is_redriving);
        for delivery in members(&batch.deliveries) {
            let mut is_over = batch.parked.is_none();
            if let Some(refused) = refused {
                let reason = Rejection::Refused.name().to_owned();
                let header = Header { reason, error: refused.words.clone(), ..header.clone() };
                let storing = Storing { delivery, shelf: Shelf::Rejected, sink: name, header };
                // It is over with a place to keep it or without, as for events.
                is_over &= self.store(items, storing, at).await != Stored::Failed;
            }
            if let Some(reason) = batch.parked {
                let header = Header { reason: reason.name().to_owned(), ..header.clone() };
                let storing = Storing { delivery, shelf: Shelf::Parked, sink: name, header };
                is_over = self.store(items, storing, at).await == Stored::Yes;
            }
            if is_over {
                self.pipeline.target_mut().obligations_mut().end_metrics(sink, delivery);
            }
        }
    }

    async fn park_damage(&mut self, items: &[Item<'_>], damage: &Damage, at: (&Call<'_>, Clock)) {
        let header = Header {
            reason: Rejection::Damaged.name().to_owned(),
            error: Some(damage.error.clone()),
            offset: damage.offset,
            ..Header::default()
        };
        let storing = Storing { delivery: damage.delivery, shelf: Shelf::Rejected, sink: INPUT, header };
        if self.store(items, storing, at).await == Stored::Failed {
            self.pipeline.target_mut().obligations_mut().fail(damage.delivery);
        }
    }

    async fn park_events(
        &mut self,
        items: &[Item<'_>],
        (delivery, sink, shelf): (DeliveryIndex, SinkIndex, Shelf),
        owed: Owed,
        at: (&Call<'_>, Clock),
    ) {
        let obligations = self.pipeline.target().obligations();
        let owes_metrics = shelf == Shelf::Parked && obligations.owes_metrics(sink, delivery);
        let mut header = Header { owes_metrics, ..Header::default() };
        for part in &owed.parts {
            header.owed.insert_all(&obligations.in_delivery(delivery, &part.events));
            header.attempts = header.attempts.max(part.sends);
            header.reason = part.reason().to_owned();
            header.error = header.error.or_else(|| part.words.clone());
        }
        if owed.is_open {
            let span = obligations.span(delivery);
            header.owed.insert(span.end.saturating_sub(span.start)..u32::MAX);
            header.reason = ParkReason::OutOfTime.name().to_owned();
        }
        let name = self.outlets.get(sink.0).map_or("", |outlet| outlet.name);
        let stored = self.store(items, Storing { delivery, shelf, sink: name, header }, at).await;
        // A refused event is refused for good, with a place to keep it or without.
        let is_over = stored == Stored::Yes || (shelf == Shelf::Rejected && stored == Stored::Nowhere);
        let obligations = self.pipeline.target_mut().obligations_mut();
        if owed.is_open && stored != Stored::Yes {
            obligations.fail(delivery);
        }
        if stored == Stored::Yes && owes_metrics {
            obligations.end_metrics(sink, delivery);
        }
        for part in owed.parts.iter().filter(|_| is_over) {
            let events = part.events.within(&obligations.span(delivery));
            obligations.end(sink, &events, part.end).expect("what was not delivered is owed");
        }
    }

    /// What is undelivered, by the object it becomes.
    fn by_object(
        &self,
        undelivered: Vec<Undelivered>,
        deliveries: usize,
    ) -> BTreeMap<(DeliveryIndex, SinkIndex, Shelf), Owed> {
        let mut objects: BTreeMap<_, Owed> = BTreeMap::new();
        let obligations = self.pipeline.target().obligations();
        for part in undelivered {
            let shelf = match part.end {
                End::Rejected(_) => Shelf::Rejected,
                End::Parked(_) | End::Delivered | End::Filtered | End::Sampled => Shelf::Parked,
            };
            for delivery in (0..deliveries).map(DeliveryIndex) {
                let events: RangeSet = part.events.within(&obligations.span(delivery));
                if !events.is_empty() {
                    let owed = objects.entry((delivery, part.sink, shelf)).or_default();
                    owed.parts.push(Undelivered { events, ..part.clone() });
                }
            }
        }
        objects
    }

    async fn store(
        &mut self,
        items: &[Item<'_>],
        storing: Storing<'_>,
        (call, clock): (&Call<'_>, Clock),
    ) -> Stored {
        if self.is_redriving && storing.shelf == Shelf::Parked {
            return Stored::Nowhere;
        }
        let (Some(lot), Some(item)) = (&self.lot, items.get(storing.delivery.0)) else {
            return Stored::Nowhere;
        };
        let origin = self.pipeline.target().origins.get(storing.delivery.0);
        let own_region = self.function.region.clone().unwrap_or_default();
        let header = Header {
            sink: storing.sink.to_owned(),
            account: origin.map(|origin| origin.account.clone()).unwrap_or_default(),
            region: if item.region.is_empty() { own_region } else { item.region.clone() },
            group: origin.map(|origin| origin.log_group().to_owned()).unwrap_or_default(),
            stream: origin.map(|origin| origin.log_stream().to_owned()).unwrap_or_default(),
            delivery_id: item.delivery.name.to_string(),
            delivery_time_ms: item.time(),
            object: item.object(),
            time_ms: clock.now(),
            ..storing.header
        };
        let encoded = park::encode(&header, &item.raw());
        let place = Place {
            shelf: storing.shelf,
            sink: storing.sink,
            time: UnixMillis(header.time_ms.0),
            request_id: call.request_id,
            delivery: storing.delivery.0,
        };
        let before = clock.elapsed();
        let within = clock.left_for_parking();
        let put = lot.put(&place.key(&encoded.hash), encoded.bytes.into(), within).await;
        self.parking_times.add(clock.elapsed().saturating_sub(before));
        match put {
            Ok(_) => Stored::Yes,
            Err(error) => {
                tracing::error!(%error, sink = storing.sink, "cannot park");
                Stored::Failed
            }
        }
    }
}

/// What came of storing something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    Yes,
    /// It could not be.
    Failed,
    /// There is no place for it.
    Nowhere,
}
