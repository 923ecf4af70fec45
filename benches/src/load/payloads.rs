//! Lambda events of one size with different content, generated before the measurement.

use anyhow::{Result, ensure};

use super::options::{LoadLimit, Options};
use crate::{
    corpus::{Corpus, Plan, Size},
    delivery::Delivery,
    pack::{gzip, lambda_event},
};

/// Lambda events that are sent in rotation.
pub(super) struct Payloads {
    events: usize,
    inflated: u64,
    all: Vec<Vec<u8>>,
}

/// Target size of all payloads: many times a processor's caches, so that branch prediction cannot learn the
/// data.
const MAX_PAYLOAD_BYTES: usize = 96 * 1024 * 1024;

/// Maximum number of different payloads.
const MAX_PAYLOADS: u64 = 2000;

impl Payloads {
    /// Generates at least two payloads of `events` events each.
    pub(super) fn make(options: &Options, events: usize) -> Result<Self> {
        let wanted = match options.limit(events) {
            LoadLimit::Invocations(invocations) => invocations.clamp(2, MAX_PAYLOADS),
            LoadLimit::Time(_) => MAX_PAYLOADS,
        };
        let per_delivery = options.distinct_messages.unwrap_or(events);
        let plan = Plan { seed: options.seed, size: Size::Events(u64::MAX), per_delivery, mix: options.mix };
        let whole = Corpus::new(&plan).filter(|delivery| delivery.events.len() == per_delivery);
        let mut payloads = Self { events, inflated: 0, all: Vec::new() };
        let mut payload_bytes = 0;
        for delivery in whole {
            let document = repeat_messages(delivery, events).document();
            let payload = lambda_event(&gzip(document.as_bytes())?).into_bytes();
            payloads.inflated += u64::try_from(document.len())?;
            payload_bytes += payload.len();
            payloads.all.push(payload);
            let n = u64::try_from(payloads.all.len())?;
            if n >= wanted || (n >= 2 && payload_bytes >= MAX_PAYLOAD_BYTES) {
                break;
            }
        }
        ensure!(payloads.all.len() >= 2, "the corpus has no deliveries of {events} events");
        Ok(payloads)
    }

    /// Events per payload.
    pub(super) fn events(&self) -> usize {
        self.events
    }

    /// Iterates over the payloads.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.all.iter().map(Vec::as_slice)
    }

    /// Payload for the invocation with this index; the payloads are used in rotation.
    pub(super) fn get(&self, index: u64) -> &[u8] {
        let n = u64::try_from(self.all.len()).unwrap_or(1).max(1);
        let at = usize::try_from(index % n).unwrap_or_default();
        self.all.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// Mean uncompressed size of a payload, in bytes.
    pub(super) fn inflated_each(&self) -> u64 {
        self.inflated / u64::try_from(self.all.len()).unwrap_or(1).max(1)
    }
}

/// Repeats a delivery's messages until it has `events` events.
fn repeat_messages(delivery: Delivery, events: usize) -> Delivery {
    if delivery.events.len() == events {
        return delivery;
    }
    let repeated = delivery.events.iter().cycle().take(events).cloned().collect();
    Delivery { events: repeated, ..delivery }
}
