//! Joining of the events of a log stream, such as the lines of a stack trace.

use tailwater_parser::Line;

use super::{Subject, evaluator::Evaluator, rule::RuleIdx, selected::Selected};

/// Joins the events of one log stream. The caller keeps the id and the time of the first event that it holds, and at the
/// end of the input takes what is left.
#[derive(Debug, Default)]
pub struct Joiner {
    text: String,
    events: u32,
    rule: Option<RuleIdx>,
}

/// Steps to take with an event, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JoinStep {
    /// True if the held events are complete: [`Joiner::joined`] returns them, they are delivered before this event, and
    /// [`Joiner::clear`] follows.
    pub is_complete: bool,
    /// Rule under which the event is to be held with [`Joiner::hold`]; `None` if the event is delivered by itself.
    pub held_by: Option<RuleIdx>,
}

/// Several events that were joined to one, or a single one that none followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined<'a> {
    /// Messages of the events, with one line break between them.
    pub text: &'a str,
    /// Number of events.
    pub events: u32,
}

impl Joiner {
    /// True if no event is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// Decides about the next event of the stream. System lines and embedded metrics are never joined and end a joined
    /// event; so do events that the rule does not match, and the limits of the rule.
    pub fn step(&self, evaluator: &mut Evaluator, selected: &Selected, subject: &Subject<'_>) -> JoinStep {
        let alone = JoinStep { is_complete: !self.is_empty(), held_by: None };
        if !selected.joins() || !matches!(subject.line, Line::App(_)) {
            return alone;
        }
        let Some(rule) = evaluator.find_join(selected, subject) else { return alone };
        if evaluator.starts_joined(rule, subject.message) {
            return JoinStep { held_by: Some(rule), ..alone };
        }
        if self.rule != Some(rule) {
            return alone;
        }
        JoinStep { is_complete: !self.has_room(evaluator, rule, subject.message), held_by: Some(rule) }
    }

    /// True if one more event is within the limits of the rule.
    fn has_room(&self, evaluator: &Evaluator, rule: RuleIdx, message: &str) -> bool {
        evaluator.join_rule(rule).is_some_and(|rule| {
            self.events < rule.max_events && self.text.len() + 1 + message.len() <= rule.max_bytes
        })
    }

    /// Appends an event to those that are held.
    pub fn hold(&mut self, rule: RuleIdx, message: &str) {
        if self.events > 0 {
            let len = self.text.trim_end_matches(['\n', '\r']).len();
            self.text.truncate(len);
            self.text.push('\n');
        }
        self.text.push_str(message);
        self.rule = Some(rule);
        self.events += 1;
    }

    /// Returns the held events; `None` if there are none.
    #[must_use]
    pub fn joined(&self) -> Option<Joined<'_>> {
        (self.events > 0).then_some(Joined { text: &self.text, events: self.events })
    }

    /// Forgets the held events.
    pub fn clear(&mut self) {
        self.text.clear();
        (self.events, self.rule) = (0, None);
    }
}
