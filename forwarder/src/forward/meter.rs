//! The metrics of an invocation, gathered from its deliveries, batch by batch.

use std::{fmt::Debug, mem, ops::Range, sync::Arc};

use tailwater_parser::{
    Origin, Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
    price::Cpu,
};

use super::shipment::{Gathered, Shipment};
use crate::{
    body::{Level, RangeSet, SinkIndex},
    deliver::obligations::DeliveryIndex,
    sink::{MetricsBody, RejectedPoints, Signal, Sink},
};

/// On which terms invocations are priced, where their own lines do not tell.
pub trait Pricing: Debug + Send + Sync {
    /// The terms of a function's invocations.
    fn terms<'t>(&'t self, origin: &'t Origin) -> Terms<'t>;
}

/// The same terms for all.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    pub(super) region: String,
    pub(super) cpu: Cpu,
}

impl Pricing for Flat {
    fn terms<'t>(&'t self, _: &'t Origin) -> Terms<'t> {
        Terms { region: &self.region, cpu: self.cpu, tmp: None }
    }
}

/// Gathers one sink's metrics.
///
/// Those of several deliveries are summed up in one batch, until they are about half a body: what fails of it is parked for
/// all deliveries of the batch, so that as a rule a batch is one body, and nothing of it was taken.
#[derive(Debug)]
pub(super) struct Meter {
    metrics: Box<dyn MetricsBody>,
    pricing: Arc<dyn Pricing>,
    /// Bytes that are enough for a batch.
    enough: usize,
    delivery: DeliveryIndex,
    is_wanted: bool,
    /// The open batch: the deliveries that something came from, and what was left out of it.
    deliveries: RangeSet,
    rejected: RejectedPoints,
    gathered: Vec<Gathered>,
    /// What is on its way.
    pub(super) shipment: Shipment,
}

impl Meter {
    /// A meter for `sink`, with these prices.
    pub(super) fn new(index: SinkIndex, sink: &dyn Sink, level: Level, pricing: Arc<dyn Pricing>) -> Self {
        let metrics = sink.metrics();
        Self {
            shipment: Shipment::new(index, sink, metrics.frame(), level),
            metrics,
            pricing,
            enough: sink.limits(Signal::Metrics).encoded / 2,
            delivery: DeliveryIndex(0),
            is_wanted: false,
            deliveries: RangeSet::default(),
            rejected: RejectedPoints::default(),
            gathered: Vec::new(),
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.close();
        self.gathered.clear();
        self.shipment.load(Vec::new());
    }

    /// What comes next is of this delivery, and counts only if it `is_wanted`.
    pub(super) fn begin_delivery(&mut self, delivery: DeliveryIndex, is_wanted: bool) {
        (self.delivery, self.is_wanted) = (delivery, is_wanted);
    }

    /// The delivery is over: the batch ends where it is large enough.
    pub(super) fn end_delivery(&mut self) {
        if self.metrics.weight() >= self.enough {
            self.close();
        }
    }

    pub(super) fn add(&mut self, invocation: &Invocation, now: UnixMillis) {
        if self.is_wanted {
            let terms = self.pricing.terms(&invocation.origin);
            self.rejected += self.metrics.add_invocation(invocation, &terms, now);
            self.deliveries.insert(number_of(self.delivery));
        }
    }

    pub(super) fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) {
        if self.is_wanted {
            self.rejected += self.metrics.add_declared(record, emf, now);
            self.deliveries.insert(number_of(self.delivery));
        }
    }

    /// The deliveries that anything came from.
    pub(super) fn has(&self) -> RangeSet {
        let mut all = self.deliveries.clone();
        self.gathered.iter().for_each(|batch| all.insert_all(&batch.deliveries));
        all
    }

    /// Ends the open batch.
    pub(super) fn close(&mut self) {
        let deliveries = mem::take(&mut self.deliveries);
        let rejected = mem::take(&mut self.rejected);
        let pieces = self.metrics.finish();
        if !deliveries.is_empty() {
            self.gathered.push(Gathered { deliveries, pieces, rejected });
        }
    }

    /// Forgets every batch that has to do with another delivery than these. Returns those of them that were in such a batch:
    /// their metrics have to be gathered again.
    pub(super) fn keep(&mut self, wanted: &RangeSet) -> RangeSet {
        self.close();
        let mut again = RangeSet::default();
        self.gathered.retain(|batch| {
            let is_wanted = wanted.contains_all(&batch.deliveries);
            if !is_wanted {
                batch.deliveries.iter().for_each(|range| again.insert_all(&wanted.within(&range)));
            }
            is_wanted
        });
        again
    }

    /// Forgets every batch that has to do with this delivery.
    pub(super) fn forget(&mut self, delivery: DeliveryIndex) {
        self.close();
        let set = set_of(delivery);
        self.gathered.retain(|batch| !batch.deliveries.contains_all(&set));
    }

    /// Loads the shipment with everything that was gathered.
    pub(super) fn ship(&mut self) {
        self.close();
        self.shipment.load(mem::take(&mut self.gathered));
    }
}

/// A delivery as the one member of a set.
pub(super) fn set_of(delivery: DeliveryIndex) -> RangeSet {
    RangeSet::from(number_of(delivery))
}

fn number_of(DeliveryIndex(delivery): DeliveryIndex) -> Range<u32> {
    let number = u32::try_from(delivery).unwrap_or(u32::MAX);
    number..number.saturating_add(1)
}

/// The deliveries of a set.
pub(super) fn members(set: &RangeSet) -> impl Iterator<Item = DeliveryIndex> + '_ {
    set.iter().flatten().map(|number| DeliveryIndex(usize::try_from(number).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use tailwater_parser::{
        Line,
        decode::{Part, Utf8},
        line,
        record::EventId,
    };

    use super::*;
    use crate::sink::otlp::{Enrichment, Otlp};

    fn meter() -> Meter {
        let otlp = Otlp { logs: None, metrics: None, enrichment: Enrichment::default() };
        let pricing = Flat { region: String::new(), cpu: Cpu::Arm64 };
        Meter::new(SinkIndex(0), &otlp, Level::default(), Arc::new(pricing))
    }

    /// Adds a delivery that declares so many data points.
    fn add(meter: &mut Meter, delivery: usize, points: usize) {
        let origin = Origin::default();
        meter.begin_delivery(DeliveryIndex(delivery), true);
        for n in 0..points {
            let message = format!(
                r#"{{"_aws":{{"Timestamp":1,"CloudWatchMetrics":[{{"Namespace":"n","Dimensions":[["k"]],"Metrics":[{{"Name":"m"}}]}}]}},"k":"{delivery}-{n}","m":1}}"#
            );
            let line = line::parse(&message);
            let Line::Emf(emf) = &line else { panic!("{message}") };
            let record = Record {
                origin: &origin,
                event_id: EventId::CloudWatch("1"),
                time: UnixMillis(0),
                message: &message,
                level: None,
                line: line.clone(),
                request_id: None,
                trace_id: None,
                tenant: None,
                part: Part::Whole,
                utf8: Utf8::Valid,
            };
            meter.add_declared(&record, emf, UnixMillis(0));
        }
        meter.end_delivery();
    }

    fn set(deliveries: &[u32]) -> RangeSet {
        deliveries.iter().map(|delivery| *delivery..delivery + 1).collect()
    }

    #[test]
    fn deliveries_are_one_batch_until_they_are_half_a_body() {
        let mut meter = meter();
        add(&mut meter, 0, 1);
        add(&mut meter, 1, 3_000);
        add(&mut meter, 2, 1);
        add(&mut meter, 3, 0);
        assert_eq!(meter.has(), set(&[0, 1, 2]));
        meter.ship();
        let batches = meter.shipment.take_batches();
        let deliveries: Vec<_> = batches.into_iter().map(|batch| batch.deliveries).collect();
        assert_eq!(deliveries, [set(&[0, 1]), set(&[2])]);
        assert_eq!(meter.has(), set(&[]));
    }

    #[test]
    fn a_batch_with_a_delivery_that_is_not_wanted_has_to_be_gathered_again() {
        let check = |wanted: &[u32], again: &[u32], kept: &[u32]| {
            let mut meter = meter();
            add(&mut meter, 0, 1);
            add(&mut meter, 1, 1);
            meter.close();
            add(&mut meter, 2, 1);
            assert_eq!(meter.keep(&set(wanted)), set(again));
            assert_eq!(meter.has(), set(kept));
        };
        check(&[0, 1, 2], &[], &[0, 1, 2]);
        check(&[0, 2], &[0], &[2]);
        check(&[0, 1], &[], &[0, 1]);
        check(&[], &[], &[]);
    }

    #[test]
    fn a_delivery_that_is_forgotten_leaves_nothing() {
        let mut meter = meter();
        add(&mut meter, 0, 1);
        meter.close();
        add(&mut meter, 1, 1);
        meter.forget(DeliveryIndex(1));
        assert_eq!(meter.has(), set(&[0]));
        meter.ship();
        assert!(meter.shipment.next().is_some() && meter.shipment.next().is_none());
        add(&mut meter, 1, 1);
        meter.clear();
        meter.ship();
        assert!(meter.shipment.next().is_none() && meter.shipment.take_batches().is_empty());
    }
}
