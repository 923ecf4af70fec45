//! Aggregation of a signal that is derived for one sink, metrics or spans, over the deliveries of an invocation.
//! Deliveries whose metrics or spans are sent together are a batch.

use std::{fmt::Debug, mem, ops::Range, sync::Arc};

use tailwater_parser::{
    Origin, Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
    price::Cpu,
};

use super::derived;
use super::derived_batcher::{Aggregated, DerivedBatcher};
use crate::{
    batch::{Level, RangeSet, SinkSignal},
    rules::{MetricPoint, Sinks},
    sink::{Chunk, Delimiters, MetricLine, MetricsBody, RejectedPoints, Signal, Sink, SpansBody},
    tracker::DeliveryIndex,
};

/// Supplies the inputs for the cost of an invocation (region, architecture, size of `/tmp`) that its log lines do not
/// contain.
pub trait Pricing: Debug + Send + Sync {
    /// Returns the [`Terms`] for the cost of invocations of the function that logs with this origin.
    fn terms<'t>(&'t self, origin: &'t Origin) -> Terms<'t>;
}

/// [`Pricing`] that returns the same terms for all functions.
#[derive(Clone, Debug)]
pub struct FixedTerms {
    /// Region to assume for invocations whose log lines name none.
    pub region: String,
    /// Processor architecture to assume.
    pub cpu: Cpu,
}

impl Pricing for FixedTerms {
    fn terms<'t>(&'t self, _: &'t Origin) -> Terms<'t> {
        Terms { region: &self.region, cpu: self.cpu, tmp: None }
    }
}

/// Aggregates the metrics or the spans of all deliveries for one sink, in batches that are sent and parked as a whole.
///
/// A batch takes deliveries until it is about half as long as a request body may be. If a part of a batch fails, all of
/// its deliveries are parked. As a rule a batch fits into one body, so that a sink has accepted nothing of a failed
/// batch.
#[derive(Debug)]
pub(super) struct DerivedAggregator {
    /// Sink and signal to which the batches are sent.
    pub(super) to: SinkSignal,
    content: Content,
    pricing: Arc<dyn Pricing>,
    /// Size of the encoded batch, in bytes, at which a batch is closed.
    batch_size: usize,
    delivery: DeliveryIndex,
    is_wanted: bool,
    /// Deliveries with metrics or spans in the open batch, and the data points that were left out of it.
    deliveries: RangeSet,
    rejected: RejectedPoints,
    aggregated: Vec<Aggregated>,
    /// Bodies of the batches that are being sent.
    pub(super) batcher: DerivedBatcher,
}

/// Metrics or spans of the open batch.
#[derive(Debug)]
enum Content {
    Metrics(Box<dyn MetricsBody>),
    Spans(Box<dyn SpansBody>),
}

impl Content {
    fn delimiters(&self) -> Delimiters {
        match self {
            Self::Metrics(metrics) => metrics.delimiters(),
            Self::Spans(_) => Delimiters::default(),
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Metrics(metrics) => metrics.weight(),
            Self::Spans(spans) => spans.weight(),
        }
    }

    fn finish(&mut self) -> Vec<Chunk> {
        match self {
            Self::Metrics(metrics) => metrics.finish(),
            Self::Spans(spans) => spans.finish(),
        }
    }
}

impl DerivedAggregator {
    /// Creates an aggregator for a signal of `sink`; `None` if the sink does not support the signal, or it is not a
    /// derived one.
    pub(super) fn new(
        to: SinkSignal,
        sink: &dyn Sink,
        level: Level,
        pricing: Arc<dyn Pricing>,
    ) -> Option<Self> {
        let content = match to.signal {
            Signal::Logs => return None,
            Signal::Metrics => Content::Metrics(sink.metrics()),
            Signal::Traces => Content::Spans(sink.spans()?),
        };
        Some(Self {
            batcher: DerivedBatcher::new(to, sink, content.delimiters(), level),
            to,
            content,
            pricing,
            batch_size: sink.limits(to.signal).encoded / 2,
            delivery: DeliveryIndex(0),
            is_wanted: false,
            deliveries: RangeSet::default(),
            rejected: RejectedPoints::default(),
            aggregated: Vec::new(),
        })
    }

    /// Drops what is left of the previous invocation.
    pub(super) fn clear(&mut self) {
        self.close();
        self.aggregated.clear();
        self.batcher.load(Vec::new());
    }

    /// True if data points of the delivery that is read are aggregated.
    pub(super) fn wants_points(&self) -> bool {
        self.is_wanted && matches!(self.content, Content::Metrics(_))
    }

    /// True if a rule sends this data point to the sink.
    pub(super) fn takes(&self, point: &MetricPoint<'_>) -> bool {
        point.sinks.overlaps(Sinks::one(self.to.sink.0))
    }

    /// Begins a delivery. It is aggregated only if `is_wanted`.
    pub(super) fn begin_delivery(&mut self, delivery: DeliveryIndex, is_wanted: bool) {
        (self.delivery, self.is_wanted) = (delivery, is_wanted);
    }

    /// Ends a delivery, and closes the open batch if it is large enough.
    pub(super) fn end_delivery(&mut self) {
        if self.content.weight() >= self.batch_size {
            self.close();
        }
    }

    pub(super) fn add(&mut self, invocation: &Invocation, now: UnixMillis) {
        if !self.is_wanted {
            return;
        }
        let is_added = match &mut self.content {
            Content::Metrics(metrics) => {
                let terms = self.pricing.terms(&invocation.origin);
                self.rejected += metrics.add_invocation(invocation, &terms, now);
                true
            }
            Content::Spans(spans) => spans.add(invocation),
        };
        if is_added {
            self.deliveries.insert(number_of(self.delivery));
        }
    }

    /// Adds the cost of an invocation to that of its tenant. Nothing if the cost is not known.
    pub(super) fn add_tenant_cost(&mut self, invocation: &Invocation, tenant: &str, now: UnixMillis) {
        if matches!(self.content, Content::Spans(_)) {
            return;
        }
        let cost = invocation.cost(&self.pricing.terms(&invocation.origin));
        if let Ok(cost) = cost {
            derived::tenant_cost(invocation, cost.total.dollars(), tenant, |record, point| {
                self.add_point(record, point, now);
            });
        }
    }

    pub(super) fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) {
        self.add_to_metrics(|metrics| metrics.add_declared(record, emf, now));
    }

    pub(super) fn add_metric_line(&mut self, record: &Record<'_>, line: &MetricLine, now: UnixMillis) {
        self.add_to_metrics(|metrics| metrics.add_metric_line(record, line, now));
    }

    pub(super) fn add_point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>, now: UnixMillis) {
        self.add_to_metrics(|metrics| metrics.add_point(record, point, now));
    }

    /// Adds data points; none if spans are aggregated, or the delivery is not wanted.
    fn add_to_metrics(&mut self, add: impl FnOnce(&mut dyn MetricsBody) -> RejectedPoints) {
        if let (Content::Metrics(metrics), true) = (&mut self.content, self.is_wanted) {
            self.rejected += add(&mut **metrics);
            self.deliveries.insert(number_of(self.delivery));
        }
    }

    /// Returns all deliveries that yielded something, those of closed batches and of the open one.
    pub(super) fn deliveries(&self) -> RangeSet {
        let mut all = self.deliveries.clone();
        self.aggregated.iter().for_each(|batch| all.insert_all(&batch.deliveries));
        all
    }

    /// Closes the open batch: the next delivery begins another one.
    pub(super) fn close(&mut self) {
        let deliveries = mem::take(&mut self.deliveries);
        let rejected = mem::take(&mut self.rejected);
        let chunks = self.content.finish();
        if !deliveries.is_empty() {
            self.aggregated.push(Aggregated { deliveries, chunks, rejected });
        }
    }

    /// Drops every batch that holds deliveries outside `wanted`. Returns the `wanted` deliveries that were in a dropped
    /// batch: those have to be aggregated again.
    pub(super) fn retain(&mut self, wanted: &RangeSet) -> RangeSet {
        self.close();
        let mut again = RangeSet::default();
        self.aggregated.retain(|batch| {
            let is_wanted = wanted.contains_all(&batch.deliveries);
            if !is_wanted {
                batch.deliveries.iter().for_each(|range| again.insert_all(&wanted.within(&range)));
            }
            is_wanted
        });
        again
    }

    /// Drops every batch that holds this delivery.
    pub(super) fn discard(&mut self, delivery: DeliveryIndex) {
        self.close();
        let set = set_of(delivery);
        self.aggregated.retain(|batch| !batch.deliveries.contains_all(&set));
    }

    /// Moves all batches to `self.batcher`, to be sent.
    pub(super) fn begin_sending(&mut self) {
        self.close();
        self.batcher.load(mem::take(&mut self.aggregated));
    }
}

/// Returns the set that contains only this delivery.
pub(super) fn set_of(delivery: DeliveryIndex) -> RangeSet {
    RangeSet::from(number_of(delivery))
}

fn number_of(DeliveryIndex(delivery): DeliveryIndex) -> Range<u32> {
    let number = u32::try_from(delivery).unwrap_or(u32::MAX);
    number..number.saturating_add(1)
}

/// Iterates over the delivery indices that `set` holds as numbers.
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
    use crate::{batch::SinkIndex, sink::otlp::Otlp};

    fn aggregator() -> DerivedAggregator {
        let pricing = FixedTerms { region: String::new(), cpu: Cpu::Arm64 };
        let to = SinkSignal { sink: SinkIndex(0), signal: Signal::Metrics };
        DerivedAggregator::new(to, &Otlp::default(), Level::default(), Arc::new(pricing)).unwrap()
    }

    /// Adds a delivery that declares this many data points.
    fn add(aggregator: &mut DerivedAggregator, delivery: usize, points: usize) {
        let origin = Origin::default();
        aggregator.begin_delivery(DeliveryIndex(delivery), true);
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
                invocation_segment: None,
                trace_context: None,
                tenant: None,
                part: Part::Whole,
                utf8: Utf8::Valid,
                additions: None,
            };
            aggregator.add_declared(&record, emf, UnixMillis(0));
        }
        aggregator.end_delivery();
    }

    fn set(deliveries: &[u32]) -> RangeSet {
        deliveries.iter().map(|delivery| *delivery..delivery + 1).collect()
    }

    #[test]
    fn deliveries_share_a_batch_until_it_is_half_a_body() {
        let mut aggregator = aggregator();
        add(&mut aggregator, 0, 1);
        add(&mut aggregator, 1, 3_000);
        add(&mut aggregator, 2, 1);
        add(&mut aggregator, 3, 0);
        assert_eq!(aggregator.deliveries(), set(&[0, 1, 2]));
        aggregator.begin_sending();
        let batches = aggregator.batcher.take_batches();
        let deliveries: Vec<_> = batches.into_iter().map(|batch| batch.deliveries).collect();
        assert_eq!(deliveries, [set(&[0, 1]), set(&[2])]);
        assert_eq!(aggregator.deliveries(), set(&[]));
    }

    #[test]
    fn batch_with_an_unwanted_delivery_is_aggregated_again() {
        let check = |wanted: &[u32], again: &[u32], kept: &[u32]| {
            let mut aggregator = aggregator();
            add(&mut aggregator, 0, 1);
            add(&mut aggregator, 1, 1);
            aggregator.close();
            add(&mut aggregator, 2, 1);
            assert_eq!(aggregator.retain(&set(wanted)), set(again));
            assert_eq!(aggregator.deliveries(), set(kept));
        };
        check(&[0, 1, 2], &[], &[0, 1, 2]);
        check(&[0, 2], &[0], &[2]);
        check(&[0, 1], &[], &[0, 1]);
        check(&[], &[], &[]);
    }

    #[test]
    fn discarded_delivery_leaves_nothing() {
        let mut aggregator = aggregator();
        add(&mut aggregator, 0, 1);
        aggregator.close();
        add(&mut aggregator, 1, 1);
        aggregator.discard(DeliveryIndex(1));
        assert_eq!(aggregator.deliveries(), set(&[0]));
        aggregator.begin_sending();
        assert!(aggregator.batcher.next().is_some() && aggregator.batcher.next().is_none());
        add(&mut aggregator, 1, 1);
        aggregator.clear();
        aggregator.begin_sending();
        assert!(aggregator.batcher.next().is_none() && aggregator.batcher.take_batches().is_empty());
    }
}
