//! Sampling by request: finds the requests of a delivery that can be sampled, and decides about each.

use std::time::Duration;

use tailwater_parser::Line;

use super::{Rules, rule::RuleIdx};

/// First pass over a delivery: collects the facts about its requests.
#[derive(Debug, Default)]
pub struct Sampler {}

/// Facts about the requests of a delivery, for the second pass over it.
#[derive(Debug, Default)]
pub struct SamplePlan {}

/// Decision of a sample rule about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// The request of the event is sampled away.
    Away,
    /// The event is delivered, and stands for this many requests: 1 if it is kept for what it is, such as failed.
    Kept {
        /// Number of requests that this one stands for.
        one_in: u32,
    },
}

/// Facts about one run of a request in a delivery.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    duration: Option<Duration>,
}

impl Sampler {
    /// Begins a delivery.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads an event in the first pass. `stream` identifies its log stream within the delivery, `request_id` is that of
    /// the record.
    pub fn observe(&mut self, _stream: u64, _request_id: Option<&str>, _line: &Line<'_>) {}

    /// Ends the first pass.
    #[must_use]
    pub fn finish(self) -> SamplePlan {
        let _ = Run::default().duration;
        SamplePlan::default()
    }
}

impl SamplePlan {
    /// Follows the second pass: must be called once for every event that was observed, in the same order, before
    /// [`SamplePlan::decide`] is called for it.
    pub fn follow(&mut self, _stream: u64, _request_id: Option<&str>, _line: &Line<'_>) {}

    /// Decides about an event that the sample rule matches.
    #[must_use]
    pub fn decide(
        &self,
        _rules: &Rules,
        _rule: RuleIdx,
        _stream: u64,
        _request_id: Option<&str>,
    ) -> Sampling {
        Sampling::Kept { one_in: 1 }
    }

    /// Number of requests with a REPORT, and of those that can be sampled because their START is in the same delivery.
    #[must_use]
    pub fn requests(&self) -> (u64, u64) {
        (0, 0)
    }
}
