//! Lambda events of one size, all different, made before anything is measured.

use anyhow::{Result, ensure};

use super::order::{Extent, Order};
use crate::{
    corpus::{Corpus, Plan, Size},
    delivery::Delivery,
    pack::{gzip, lambda_event},
};

/// Payloads that are kept; behind the last the first comes again.
pub(super) struct Payloads {
    events: usize,
    inflated: u64,
    all: Vec<Vec<u8>>,
}

/// Bytes of payloads that are kept: many times what a processor caches, so that no branch predictor learns them.
const KEPT: usize = 96 * 1024 * 1024;

/// Different ones are wanted, not an endless number of them.
const AT_MOST: u64 = 2000;

impl Payloads {
    /// Payloads of so many events each, at least two.
    pub(super) fn make(order: &Order, events: usize) -> Result<Self> {
        let wanted = match order.extent(events) {
            Extent::Invocations(invocations) => invocations.clamp(2, AT_MOST),
            Extent::Time(_) => AT_MOST,
        };
        let per_delivery = order.alike.unwrap_or(events);
        let plan = Plan { seed: order.seed, size: Size::Events(u64::MAX), per_delivery, mix: order.mix };
        let whole = Corpus::new(&plan).filter(|delivery| delivery.events.len() == per_delivery);
        let mut payloads = Self { events, inflated: 0, all: Vec::new() };
        let mut kept = 0;
        for delivery in whole {
            let document = grown(delivery, events).document();
            let payload = lambda_event(&gzip(document.as_bytes())?).into_bytes();
            payloads.inflated += u64::try_from(document.len())?;
            kept += payload.len();
            payloads.all.push(payload);
            let n = u64::try_from(payloads.all.len())?;
            if n >= wanted || (n >= 2 && kept >= KEPT) {
                break;
            }
        }
        ensure!(payloads.all.len() >= 2, "the corpus has no deliveries of {events} events");
        Ok(payloads)
    }

    /// Events in each.
    pub(super) fn events(&self) -> usize {
        self.events
    }

    /// Every payload once.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.all.iter().map(Vec::as_slice)
    }

    /// The payload of this turn.
    pub(super) fn turn(&self, turn: u64) -> &[u8] {
        let n = u64::try_from(self.all.len()).unwrap_or(1).max(1);
        let at = usize::try_from(turn % n).unwrap_or_default();
        self.all.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// Bytes that a payload inflates to, on average.
    pub(super) fn inflated_each(&self) -> u64 {
        self.inflated / u64::try_from(self.all.len()).unwrap_or(1).max(1)
    }
}

/// The delivery with its messages repeated until it has so many events.
fn grown(delivery: Delivery, events: usize) -> Delivery {
    if delivery.events.len() == events {
        return delivery;
    }
    let repeated = delivery.events.iter().cycle().take(events).cloned().collect();
    Delivery { events: repeated, ..delivery }
}
