//! Redaction of messages, with the state of each log stream: a secret may span several events.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use tailwater_parser::Event;

use super::{MAX_STREAMS, hold::Batch};
use crate::rules::{
    Evaluator, Matches, Sinks,
    redact::{Counts, State},
};

/// Redacts the messages that a group of sinks gets.
#[derive(Debug)]
pub(super) struct Redaction {
    sinks: Sinks,
    /// True if a rule redacts what any of the sinks gets.
    is_needed: bool,
    states: HashMap<u64, State, FixedState>,
    text: String,
    counts: Counts,
}

impl Redaction {
    /// Creates the redaction for these sinks, according to the rules of `evaluator`.
    pub(super) fn new(evaluator: &Evaluator, sinks: Sinks) -> Self {
        Self {
            sinks,
            is_needed: evaluator.rules().redacts(sinks),
            states: HashMap::default(),
            text: String::new(),
            counts: Counts::default(),
        }
    }

    /// Begins an input: forgets the state of secrets that span several events.
    pub(super) fn begin_input(&mut self) {
        self.states.clear();
    }

    /// Redacts the message of an event. Returns `None` if nothing changes. Call it for each event of an input, once.
    pub(super) fn redact(
        &mut self,
        evaluator: &mut Evaluator,
        matches: &Matches,
        batch: &Batch,
        event: &Event<'_>,
    ) -> Option<&str> {
        if !self.is_needed {
            return None;
        }
        if self.states.len() >= MAX_STREAMS && !self.states.contains_key(&batch.stream) {
            self.states.clear();
        }
        let state = self.states.entry(batch.stream).or_default();
        let part = event.part.into();
        self.text.clear();
        let (text, counts) = (&mut self.text, &mut self.counts);
        let is_changed = evaluator.redact(matches, self.sinks, state, part, event.message, text, counts);
        is_changed.then_some(self.text.as_str())
    }
}
