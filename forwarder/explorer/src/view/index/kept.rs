//! Answers about an index that are kept until its invocations change.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;

/// Maximum number of answers that are kept.
const MAX_KEPT: usize = 4;

/// The latest answers by their questions.
#[derive(Debug)]
pub(super) struct Kept<Q, A>(Mutex<VecDeque<(Q, A)>>);

/// Start and end of a time range.
pub(super) type RangeKey = (Option<UnixMillis>, Option<UnixMillis>);

/// The range as part of a question.
pub(super) fn range_key(range: TimeRange) -> RangeKey {
    (range.since, range.until)
}

impl<Q, A> Default for Kept<Q, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: PartialEq, A: Clone> Kept<Q, A> {
    /// Returns the kept answer to `question`; else calculates it, and keeps it. `None` is not kept.
    pub(super) fn get_or_calculate(&self, question: Q, calculate: impl FnOnce() -> Option<A>) -> Option<A> {
        let found = self.lock().iter().find(|(kept, _)| *kept == question).map(|(_, answer)| answer.clone());
        if found.is_some() {
            return found;
        }
        let answer = calculate()?;
        let mut kept = self.lock();
        kept.truncate(MAX_KEPT - 1);
        kept.push_front((question, answer.clone()));
        Some(answer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(Q, A)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all answers, because the invocations have changed.
    pub(super) fn clear(&mut self) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
