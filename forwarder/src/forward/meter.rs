//! One sink's metrics of an invocation, summed up over the deliveries that owe them.

use std::{fmt::Debug, sync::Arc};

use tailwater_parser::{
    Origin, Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
    price::Cpu,
};

use crate::{
    body::{Body, Compressor, History, RangeSet, SinkIndex},
    deliver::obligations::DeliveryIndex,
    sink::{Encoding, MetricsBody, Signal, Sink},
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
#[derive(Debug)]
pub(super) struct Meter {
    sink: SinkIndex,
    metrics: Box<dyn MetricsBody>,
    compressor: Compressor,
    pricing: Arc<dyn Pricing>,
    delivery: DeliveryIndex,
    is_wanted: bool,
    /// The deliveries that something came from.
    contributed: RangeSet,
    /// Values that the backend would refuse.
    pub(super) left_out: u64,
}

impl Meter {
    /// A meter for `sink`, with these prices.
    pub(super) fn new(
        index: SinkIndex,
        sink: &dyn Sink,
        level: crate::body::Level,
        pricing: Arc<dyn Pricing>,
    ) -> Self {
        let encoding = sink.endpoint(Signal::Metrics).map_or(Encoding::Identity, |at| at.encoding);
        Self {
            sink: index,
            metrics: sink.metrics(),
            compressor: Compressor::new(encoding, level),
            pricing,
            delivery: DeliveryIndex(0),
            is_wanted: false,
            contributed: RangeSet::default(),
            left_out: 0,
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        let _ = self.metrics.finish();
        self.contributed = RangeSet::default();
        self.left_out = 0;
    }

    /// What comes next is of this delivery, and counts only if it `is_wanted`.
    pub(super) fn begin_delivery(&mut self, delivery: DeliveryIndex, is_wanted: bool) {
        (self.delivery, self.is_wanted) = (delivery, is_wanted);
    }

    pub(super) fn add(&mut self, invocation: &Invocation, now: UnixMillis) {
        if self.is_wanted {
            let terms = self.pricing.terms(&invocation.origin);
            self.left_out += self.metrics.add_invocation(invocation, &terms, now);
            self.contribute();
        }
    }

    pub(super) fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) {
        if self.is_wanted {
            self.left_out += self.metrics.add_declared(record, emf, now);
            self.contribute();
        }
    }

    /// Whether anything came from this delivery.
    pub(super) fn has(&self, delivery: DeliveryIndex) -> bool {
        u32::try_from(delivery.0).is_ok_and(|number| self.contributed.contains(number))
    }

    /// The bodies of what was gathered; nothing is left.
    pub(super) fn finish(&mut self) -> Vec<Body> {
        self.contributed = RangeSet::default();
        let bodies = self.metrics.finish();
        let compressed = bodies.iter().map(|encoded| {
            self.compressor.write(encoded);
            self.compressor.finish()
        });
        let body = |bytes: Vec<u8>| Body {
            sink: self.sink,
            signal: Signal::Metrics,
            bytes: bytes.into(),
            covers: RangeSet::default(),
            begins: None,
            history: History::default(),
        };
        compressed.collect::<Vec<_>>().into_iter().map(body).collect()
    }

    fn contribute(&mut self) {
        let number = u32::try_from(self.delivery.0).unwrap_or(u32::MAX);
        self.contributed.insert(number..number.saturating_add(1));
    }
}
