//! Joining of the events of a log stream, such as the lines of a stack trace.

use super::rule::RuleIdx;

/// Joins the events of one log stream. The caller keeps the id and the time of the first event that it holds.
#[derive(Debug, Default)]
pub struct Joiner {
    text: String,
    events: u32,
    rule: Option<RuleIdx>,
}

/// Steps to take with an event, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JoinStep {
    /// The held events are complete: [`Joiner::take`] returns them, and they are to be delivered before this event.
    pub is_complete: bool,
    /// The event is to be held with [`Joiner::hold`]. Otherwise it is delivered by itself.
    pub is_held: bool,
}

/// Several events that were joined to one.
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

    /// Appends an event to those that are held.
    pub fn hold(&mut self, rule: RuleIdx, message: &str) {
        self.rule = Some(rule);
        self.events += 1;
        self.text.push_str(message);
    }

    /// Returns the held events; `None` if there are none. [`Joiner::clear`] follows.
    #[must_use]
    pub fn take(&self) -> Option<Joined<'_>> {
        (self.events > 0).then_some(Joined { text: &self.text, events: self.events })
    }

    /// Forgets the held events.
    pub fn clear(&mut self) {
        self.text.clear();
        (self.events, self.rule) = (0, None);
    }
}
