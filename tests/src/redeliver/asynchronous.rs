//! Lambda's queue of asynchronous events, as CloudWatch Logs and SNS send them: two retries, then the dead-letter queue.

use std::time::Duration;

use super::{Invoke, clock::Clock, request_id};

/// Delays before the first and the second retry.
const RETRY_DELAYS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// Result of an event after all attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventResult {
    /// Index of the event in the order of [`Queue::push`].
    pub event: usize,
    /// Number of invocations for the event.
    pub attempts: usize,
    /// Final state.
    pub disposition: Disposition,
}

/// Final state of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// The function returned without an error; AWS deletes the event.
    Acknowledged,
    /// All attempts failed; the event goes to the dead-letter queue, if there is one.
    DeadLetter,
}

/// Queue of asynchronous events, in simulated time.
#[derive(Default)]
pub struct Queue {
    clock: Clock,
    waiting: Vec<Waiting>,
    pushed: usize,
}

/// Event that is due for an attempt at a certain time.
struct Waiting {
    event: usize,
    request_id: String,
    payload: Vec<u8>,
    attempts: usize,
    due: Duration,
}

impl Queue {
    /// Adds an event, due at once.
    ///
    /// # Panics
    /// Panics after four billion events.
    pub fn push(&mut self, payload: impl Into<Vec<u8>>) {
        let number = u32::try_from(self.pushed).expect("a test sends fewer events");
        self.waiting.push(Waiting {
            event: self.pushed,
            request_id: request_id(1, number),
            payload: payload.into(),
            attempts: 0,
            due: self.clock.now(),
        });
        self.pushed += 1;
    }

    /// Invokes the function until no event waits, and returns the results in the order of their completion.
    pub fn drain(&mut self, function: &mut impl Invoke) -> Vec<EventResult> {
        let mut results = Vec::new();
        while let Some(next) = self.take_next() {
            self.clock.advance_to(next.due);
            results.extend(self.attempt(next, function));
        }
        results
    }

    /// Simulated time that has passed since the queue was created.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.now()
    }

    /// Removes the event that is due first; of several, the one that was pushed first.
    fn take_next(&mut self) -> Option<Waiting> {
        let order = |(_, waiting): &(usize, &Waiting)| (waiting.due, waiting.event);
        let (index, _) = self.waiting.iter().enumerate().min_by_key(order)?;
        Some(self.waiting.remove(index))
    }

    /// Invokes the function once; `None` if the event is to be retried.
    fn attempt(&mut self, mut waiting: Waiting, function: &mut impl Invoke) -> Option<EventResult> {
        let answer = function.invoke(&waiting.request_id, &waiting.payload);
        waiting.attempts += 1;
        let result =
            |disposition| Some(EventResult { event: waiting.event, attempts: waiting.attempts, disposition });
        if answer.response().is_some() {
            return result(Disposition::Acknowledged);
        }
        let Some(delay) = RETRY_DELAYS.get(waiting.attempts - 1) else {
            return result(Disposition::DeadLetter);
        };
        waiting.due = self.clock.now() + *delay;
        self.waiting.push(waiting);
        None
    }
}
