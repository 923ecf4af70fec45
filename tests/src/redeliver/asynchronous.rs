//! Asynchronous events, as CloudWatch Logs and SNS send them: retried twice, after one minute and two, then dead.

use std::time::Instant;

use super::{Invoke, Pace, pace::wait_until, request_id};

/// The waits before the retries, in AWS's seconds.
const WAITS: [u32; 2] = [60, 120];

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventResult {
    /// The event's index in the order it was pushed.
    pub event: usize,
    /// How often it was tried.
    pub attempts: usize,
    /// Where it ended.
    pub disposition: Disposition,
}

/// Where an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// The function answered without an error: AWS forgets the event.
    Acknowledged,
    /// All attempts failed: it is in the dead-letter queue, or gone where there is none.
    DeadLetter,
}

/// Lambda's queue of asynchronous events.
pub struct Queue {
    pace: Pace,
    waiting: Vec<Waiting>,
    pushed: usize,
}

struct Waiting {
    event: usize,
    request_id: String,
    payload: Vec<u8>,
    attempts: usize,
    due: Instant,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace, waiting: Vec::new(), pushed: 0 }
    }

    /// Puts an event in.
    ///
    /// # Panics
    /// After four billion events.
    pub fn push(&mut self, payload: impl Into<Vec<u8>>) {
        let number = u32::try_from(self.pushed).expect("fewer events than that");
        self.waiting.push(Waiting {
            event: self.pushed,
            request_id: request_id(1, number),
            payload: payload.into(),
            attempts: 0,
            due: Instant::now(),
        });
        self.pushed += 1;
    }

    /// Invokes until no event waits; the results come in the order the events ended.
    pub fn drain(&mut self, function: &mut impl Invoke) -> Vec<EventResult> {
        let mut results = Vec::new();
        while let Some(next) = self.take_next() {
            wait_until(next.due);
            results.extend(self.try_once(next, function));
        }
        results
    }

    /// The one that is due first; of several, the one pushed first.
    fn take_next(&mut self) -> Option<Waiting> {
        let order = |(_, waiting): &(usize, &Waiting)| (waiting.due, waiting.event);
        let (index, _) = self.waiting.iter().enumerate().min_by_key(order)?;
        Some(self.waiting.remove(index))
    }

    fn try_once(&mut self, mut waiting: Waiting, function: &mut impl Invoke) -> Option<EventResult> {
        let answer = function.invoke(&waiting.request_id, &waiting.payload);
        waiting.attempts += 1;
        let result =
            |disposition| Some(EventResult { event: waiting.event, attempts: waiting.attempts, disposition });
        if answer.response().is_some() {
            return result(Disposition::Acknowledged);
        }
        let Some(wait) = WAITS.get(waiting.attempts - 1) else { return result(Disposition::DeadLetter) };
        waiting.due = Instant::now() + self.pace.seconds(*wait);
        self.waiting.push(waiting);
        None
    }
}
