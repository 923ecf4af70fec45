//! Views: what each group of sinks gets of an event, and what becomes of it at each of them.

use tailwater_parser::{Event, Record};

use super::{Target, hold::Batch, redaction::Redaction, stage::line_of, system_line};
use crate::{
    ledger::{Disposition, Ledger, Tally},
    rules::{Decision, Evaluator, Matches, RuleIdx, Rules, SamplePlan, Sampling, Sinks},
};

/// Writes the views of one event after the other, and counts what becomes of them.
#[derive(Debug)]
pub(super) struct ViewWriter {
    /// Sinks, one set for each.
    sinks: Vec<Sinks>,
    ledgers: RuledLedgers,
    counting: Counting,
    /// Groups of sinks that get the same texts.
    views: Vec<View>,
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

/// Group of sinks that get the same texts.
#[derive(Debug)]
struct View {
    sinks: Sinks,
    /// Redaction for these sinks; `None` if they get what all sinks may see.
    redaction: Option<Redaction>,
}

/// Event to which rules were applied.
pub(super) struct Applied<'a, 'r> {
    /// Record with the message that all sinks may see.
    pub(super) record: &'a Record<'r>,
    /// Event as it was read.
    pub(super) raw: &'a Event<'a>,
    pub(super) matches: &'a Matches,
    pub(super) batch: &'a Batch,
    /// Facts about the requests; `None` if no rule samples.
    pub(super) plan: Option<&'a SamplePlan>,
    pub(super) tally: Tally,
    pub(super) followers: &'a [u32],
}

impl ViewWriter {
    /// Creates the writer for the sinks with these indices, according to the rules of `evaluator`.
    pub(super) fn new(evaluator: &Evaluator, sinks: &[usize]) -> Self {
        let sinks: Vec<_> = sinks.iter().copied().map(Sinks::one).collect();
        let all = sinks.iter().copied().fold(Sinks::NONE, Sinks::union);
        let groups = evaluator.rules().views();
        let is_only = groups.len() < 2;
        let view =
            |sinks: Sinks| View { sinks, redaction: (!is_only).then(|| Redaction::new(evaluator, sinks)) };
        let groups = groups.into_iter().map(|group| group.intersection(all));
        Self {
            views: groups.filter(|group| *group != Sinks::NONE).map(view).collect(),
            ledgers: RuledLedgers { sinks: vec![Ledger::default(); sinks.len()], ..RuledLedgers::default() },
            counting: Counting::default(),
            sinks,
            edited: String::new(),
            recipients: Vec::new(),
        }
    }

    /// Begins an input: forgets the state of secrets that span several events.
    pub(super) fn begin_input(&mut self) {
        self.views.iter_mut().filter_map(|view| view.redaction.as_mut()).for_each(Redaction::begin_input);
    }

    pub(super) fn set_counting(&mut self, counting: Counting) {
        self.counting = counting;
    }

    /// Sinks, one set for each.
    pub(super) fn sinks(&self) -> &[Sinks] {
        &self.sinks
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
        let mut ends = Ends { filtered: Sinks::NONE, sampled: Sinks::NONE, is_delivered: false };
        for view in &mut self.views {
            self.recipients.clear();
            for (sink, ledger) in self.sinks.iter().copied().zip(&mut self.ledgers.sinks) {
                if !view.sinks.overlaps(sink) {
                    continue;
                }
                let disposition = match decide(evaluator.rules(), applied, sink) {
                    Ok(one_in) => {
                        add(&mut self.recipients, one_in, sink);
                        Disposition::Delivered
                    }
                    Err((_, disposition)) => disposition,
                };
                ends.add(disposition, sink);
                if self.counting == Counting::Running {
                    ledger.receive_and_end(disposition, applied.tally);
                }
            }
            write(view, evaluator, applied, (&self.recipients, &mut self.edited), target);
        }
        let Ends { filtered, sampled, is_delivered } = ends;
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
}

/// Sinks that do not get an event, and if any sink does.
struct Ends {
    filtered: Sinks,
    sampled: Sinks,
    is_delivered: bool,
}

impl Ends {
    fn add(&mut self, disposition: Disposition, sink: Sinks) {
        match disposition {
            Disposition::Delivered => self.is_delivered = true,
            Disposition::Sampled => self.sampled = self.sampled.union(sink),
            Disposition::Filtered | Disposition::Parked(_) | Disposition::Rejected(_) => {
                self.filtered = self.filtered.union(sink);
            }
        }
    }
}

/// Adds a sink to the recipients of an event that stands for so many requests.
fn add(recipients: &mut Vec<(Option<u32>, Sinks)>, one_in: Option<u32>, sink: Sinks) {
    match recipients.iter_mut().find(|(other, _)| *other == one_in) {
        Some((_, sinks)) => *sinks = sinks.union(sink),
        None => recipients.push((one_in, sink)),
    }
}

/// Writes the text that a view's sinks get, and passes it to the recipients among them. The redaction sees every event,
/// also one that nobody gets.
fn write<T: Target>(
    view: &mut View,
    evaluator: &mut Evaluator,
    applied: &Applied<'_, '_>,
    (recipients, edited): (&[(Option<u32>, Sinks)], &mut String),
    target: &mut T,
) {
    let Applied { record, raw, matches, batch, .. } = *applied;
    let mut changed = record.clone();
    if let Some(redaction) = &mut view.redaction {
        let message = redaction.redact(evaluator, matches, batch, raw).unwrap_or(raw.message);
        if message != record.message {
            let redacted = line_of(&Event { message, ..*raw });
            let line = system_line::of_redacted(line_of(raw), redacted, message);
            let (level, trace_context) = (line.level(), line.trace_context());
            changed = Record { message, level, trace_context, line, ..changed };
        }
    }
    if recipients.is_empty() {
        return;
    }
    if evaluator.edit(matches, view.sinks, changed.message, edited) {
        changed.message = edited;
    }
    let mut additions = evaluator.rules().additions(&batch.selected, matches, view.sinks);
    if !applied.followers.is_empty() {
        additions.joined = u32::try_from(applied.followers.len()).unwrap_or(u32::MAX).saturating_add(1);
    }
    for (one_in, sinks) in recipients {
        additions.sampling_one_in = *one_in;
        let given = (!additions.is_empty()).then_some(&additions);
        target.deliver(*sinks, &Record { additions: given, ..changed.clone() });
    }
}

/// Returns the number of requests that an event stands for at a sink which receives it; `None` for its own alone.
///
/// # Errors
/// Returns the rule because of which the sink does not receive the event, and the event's disposition there.
pub(super) fn decide(
    rules: &Rules,
    applied: &Applied<'_, '_>,
    sink: Sinks,
) -> Result<Option<u32>, (RuleIdx, Disposition)> {
    match rules.decision(applied.matches, sink) {
        Decision::Deliver => Ok(None),
        Decision::Drop(rule) => Err((rule, Disposition::Filtered)),
        Decision::Sample(rule) => {
            let Some(plan) = applied.plan else { return Ok(None) };
            let request_id = applied.record.request_id;
            match plan.decide(rules, rule, applied.batch.stream, request_id) {
                Sampling::Away => Err((rule, Disposition::Sampled)),
                Sampling::Kept { one_in: 0 | 1 } => Ok(None),
                Sampling::Kept { one_in } => Ok(Some(one_in)),
            }
        }
    }
}
