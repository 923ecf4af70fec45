//! State shared by the test, which invokes, and the process under test, which answers; at most one event at a time.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Answer, Invocation};

/// Exchange of events and answers between threads.
#[derive(Default)]
pub(super) struct Exchange {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    offered: Option<Invocation>,
    /// Request id of the running invocation, and the time at which the process took the event.
    taken: Option<(String, Instant)>,
    answer: Option<Answer>,
    init_error: Option<String>,
    first_poll: Option<Instant>,
    /// Number of pending requests for an event.
    waiting: u32,
    ended: bool,
    violations: Vec<String>,
}

impl State {
    /// Returns the reason why the process will not answer: it reported an initialization error, or has ended. `None` if
    /// neither is the case.
    fn end_reason(&self) -> Option<Answer> {
        let failed = self.init_error.clone().map(Answer::InitFailed);
        failed.or(self.ended.then_some(Answer::ProcessExited))
    }
}

impl Exchange {
    pub(super) fn offer(&self, invocation: Invocation) {
        let mut state = self.lock();
        (state.taken, state.answer) = (None, None);
        state.offered = Some(invocation);
        self.changed.notify_all();
    }

    /// Returns the time at which the process took the event, or the reason why it did not.
    pub(super) fn wait_until_taken(&self, at_most: Duration) -> Result<Instant, Answer> {
        let mut state = self
            .wait(Instant::now() + at_most, |state| state.taken.is_some() || state.end_reason().is_some());
        state.offered = None;
        match &state.taken {
            Some((_, when)) => Ok(*when),
            None => Err(state
                .end_reason()
                .unwrap_or_else(|| Answer::InitFailed("no event was requested".to_owned()))),
        }
    }

    pub(super) fn wait_until_answered(&self, deadline: Instant) -> Answer {
        let mut state = self.wait(deadline, |state| state.answer.is_some() || state.ended);
        // Later answers are refused.
        state.taken = None;
        let end_reason = state.end_reason();
        state.answer.take().or(end_reason).unwrap_or(Answer::TimedOut)
    }

    /// Blocks until there is an event; `None` if the process has ended.
    pub(super) fn next(&self) -> Option<(Invocation, Instant)> {
        let mut state = self.lock();
        state.first_poll.get_or_insert_with(Instant::now);
        state.waiting += 1;
        self.changed.notify_all();
        let mut state = self
            .changed
            .wait_while(state, |state| state.offered.is_none() && !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        let invocation = state.offered.take().filter(|_| !state.ended)?;
        let now = Instant::now();
        state.taken = Some((invocation.request_id.clone(), now));
        self.changed.notify_all();
        Some((invocation, now))
    }

    /// Stores the answer of the running invocation.
    ///
    /// # Errors
    /// Returns an error if `request_id` is not that of the running invocation, or it was answered before.
    pub(super) fn answer(&self, request_id: &str, answer: Answer) -> Result<(), String> {
        let mut state = self.lock();
        let runs = state.taken.as_ref().is_some_and(|(running, _)| running == request_id);
        if !runs || state.answer.is_some() {
            return Err(format!("answer for {request_id}, which is not running"));
        }
        state.answer = Some(answer);
        self.changed.notify_all();
        Ok(())
    }

    pub(super) fn fail_init(&self, description: String) {
        self.lock().init_error = Some(description);
        self.changed.notify_all();
    }

    pub(super) fn record_violation(&self, violation: String) {
        self.lock().violations.push(violation);
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    pub(super) fn first_poll(&self) -> Option<Instant> {
        self.lock().first_poll
    }

    pub(super) fn wait_for_poll(&self, at_most: Duration) -> bool {
        let state =
            self.wait(Instant::now() + at_most, |state| state.waiting > 0 || state.end_reason().is_some());
        state.waiting > 0 && state.end_reason().is_none()
    }

    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    fn wait(&self, until: Instant, done: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.lock(), left, |state| !done(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
