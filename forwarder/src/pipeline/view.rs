//! Views: what each group of sinks gets of an event, and what becomes of it at each of them.

use tailwater_parser::{Record, record::Additions};

use super::{Target, hold::Batch};
use crate::{
    ledger::{Disposition, Ledger, Tally},
    rules::{Decision, Evaluator, Matches, Rules, SamplePlan, Sampling, Sinks},
};

/// Writes the views of one event after the other, and counts what becomes of them.
#[derive(Debug)]
pub(super) struct ViewWriter {
    /// Sinks, one set for each.
    sinks: Vec<Sinks>,
    ledgers: RuledLedgers,
    counting: Counting,
    /// Groups of sinks that get the same texts.
    views: Vec<Sinks>,
    edited: String,
    /// Sinks that get the event, by the number of requests that it stands for.
    recipients: Vec<(Option<u32>, Sinks)>,
}

/// States if events are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counting {
    /// Events are counted.
    #[default]
    Running,
    /// Events are not counted: the input is read again.
    Paused,
}

/// Ledgers of the events that rules decided about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuledLedgers {
    /// Ledger of all events: each is delivered if any sink gets it.
    pub total: Ledger,
    /// Ledger of each sink, in the order of the configuration.
    pub sinks: Vec<Ledger>,
}

impl RuledLedgers {
    /// Adds the ledgers of another worker.
    pub fn merge(&mut self, other: &Self) {
        self.total.merge(&other.total);
        self.sinks.resize(self.sinks.len().max(other.sinks.len()), Ledger::default());
        self.sinks.iter_mut().zip(&other.sinks).for_each(|(sum, ledger)| sum.merge(ledger));
    }
}

/// Event to which rules were applied.
pub(super) struct Applied<'a, 'r> {
    /// Record with the message that all sinks may see.
    pub(super) record: &'a Record<'r>,
    /// Message as it was read.
    pub(super) raw: &'a str,
    pub(super) matches: &'a Matches,
    pub(super) batch: &'a Batch,
    /// Facts about the requests; `None` if no rule samples.
    pub(super) plan: Option<&'a SamplePlan>,
    pub(super) tally: Tally,
    pub(super) followers: &'a [u32],
}

impl ViewWriter {
    pub(super) fn new(rules: &Rules, sinks: &[usize]) -> Self {
        let sinks: Vec<_> = sinks.iter().copied().map(Sinks::one).collect();
        let all = sinks.iter().copied().fold(Sinks::NONE, Sinks::union);
        let views = rules.views().into_iter().map(|view| view.intersection(all));
        Self {
            views: views.filter(|view| *view != Sinks::NONE).collect(),
            ledgers: RuledLedgers { sinks: vec![Ledger::default(); sinks.len()], ..RuledLedgers::default() },
            counting: Counting::default(),
            sinks,
            edited: String::new(),
            recipients: Vec::new(),
        }
    }

    pub(super) fn set_counting(&mut self, counting: Counting) {
        self.counting = counting;
    }

    pub(super) fn ledgers(&self) -> &RuledLedgers {
        &self.ledgers
    }

    /// Passes an event to the sinks that get it, and ends it for the others. Returns what becomes of it: delivered if any
    /// sink gets it.
    pub(super) fn deliver<T: Target>(
        &mut self,
        evaluator: &mut Evaluator,
        applied: &Applied<'_, '_>,
        target: &mut T,
    ) -> Disposition {
        let (mut filtered, mut sampled, mut is_delivered) = (Sinks::NONE, Sinks::NONE, false);
        for index in 0..self.views.len() {
            let Some(view) = self.views.get(index).copied() else { continue };
            self.recipients.clear();
            for (sink, ledger) in self.sinks.iter().copied().zip(&mut self.ledgers.sinks) {
                if !view.overlaps(sink) {
                    continue;
                }
                let disposition = match decide(evaluator.rules(), applied, sink) {
                    Ok(one_in) => {
                        match self.recipients.iter_mut().find(|(other, _)| *other == one_in) {
                            Some((_, sinks)) => *sinks = sinks.union(sink),
                            None => self.recipients.push((one_in, sink)),
                        }
                        Disposition::Delivered
                    }
                    Err(Disposition::Sampled) => {
                        sampled = sampled.union(sink);
                        Disposition::Sampled
                    }
                    Err(disposition) => {
                        filtered = filtered.union(sink);
                        disposition
                    }
                };
                if self.counting == Counting::Running {
                    ledger.receive_and_end(disposition, applied.tally);
                }
            }
            if !self.recipients.is_empty() {
                is_delivered = true;
                self.write(evaluator, view, applied, target);
            }
        }
        for (sinks, disposition) in [(filtered, Disposition::Filtered), (sampled, Disposition::Sampled)] {
            if sinks != Sinks::NONE {
                target.leave_out(sinks, disposition);
            }
        }
        let disposition = match (is_delivered, sampled) {
            (true, _) => Disposition::Delivered,
            (false, Sinks::NONE) => Disposition::Filtered,
            (false, _) => Disposition::Sampled,
        };
        if self.counting == Counting::Running {
            self.ledgers.total.receive_and_end(disposition, applied.tally);
        }
        disposition
    }

    /// Writes the text of a view, and passes it to its sinks.
    fn write<T: Target>(
        &mut self,
        evaluator: &mut Evaluator,
        view: Sinks,
        applied: &Applied<'_, '_>,
        target: &mut T,
    ) {
        let record = applied.record;
        let mut changed = record.clone();
        if evaluator.edit(applied.matches, view, changed.message, &mut self.edited) {
            changed.message = &self.edited;
        }
        let rules = evaluator.rules();
        let mut additions = rules.additions(&applied.batch.selected, applied.matches, view);
        if !applied.followers.is_empty() {
            additions.joined = u32::try_from(applied.followers.len()).unwrap_or(u32::MAX).saturating_add(1);
        }
        for (one_in, sinks) in &self.recipients {
            additions.sampling_one_in = *one_in;
            let additions = Additions {
                service: additions.service,
                tags: additions.tags.clone(),
                attributes: additions.attributes.clone(),
                joined: additions.joined,
                sampling_one_in: additions.sampling_one_in,
            };
            let is_plain = additions.is_empty();
            target
                .deliver(*sinks, &Record { additions: (!is_plain).then_some(&additions), ..changed.clone() });
        }
    }
}

/// Decides what becomes of an event at a sink: it is delivered, and stands for so many requests, or it ends there.
fn decide(rules: &Rules, applied: &Applied<'_, '_>, sink: Sinks) -> Result<Option<u32>, Disposition> {
    match rules.decision(applied.matches, sink) {
        Decision::Deliver => Ok(None),
        Decision::Drop(_) => Err(Disposition::Filtered),
        Decision::Sample(rule) => {
            let Some(plan) = applied.plan else { return Ok(None) };
            let request_id = applied.record.request_id;
            match plan.decide(rules, rule, applied.batch.stream, request_id) {
                Sampling::Away => Err(Disposition::Sampled),
                Sampling::Kept { one_in: 0 | 1 } => Ok(None),
                Sampling::Kept { one_in } => Ok(Some(one_in)),
            }
        }
    }
}
