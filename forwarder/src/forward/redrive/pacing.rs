//! Time limits of a redrive.

use std::time::Duration;

use tailwater_parser::UnixMillis;
use tokio::time::sleep;

use crate::send::clock::Clock;

/// Limits the time of a redrive as a whole, and of each parked object.
pub trait Pacing: Send {
    /// Returns the time left for the redrive; zero when it has to stop.
    fn remaining(&self) -> Duration;

    /// Waits until the next parked object may be sent, and returns the time in which that has to be done.
    fn next(&mut self) -> TimeSlot;

    /// Returns the time that may be spent at the end on waiting for objects that another redrive holds.
    fn patience(&self) -> Duration;

    /// True once the work under way has to be abandoned, for example because the user has interrupted the program. The
    /// parked object in hand then stays parked.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Interval at which a redrive looks whether it is cancelled.
const CANCEL_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Waits until the redrive is cancelled.
pub(super) async fn cancelled(pacing: &mut dyn Pacing) {
    while !pacing.is_cancelled() {
        sleep(CANCEL_CHECK_INTERVAL).await;
    }
}

/// Runs `work` to its end; `None` if the redrive is cancelled before.
pub(super) async fn unless_cancelled<T>(pacing: &mut dyn Pacing, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = cancelled(pacing) => None,
    }
}

/// Time in which the events of one parked object are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSlot {
    /// Start of the time.
    pub now: UnixMillis,
    /// End of the time.
    pub deadline: UnixMillis,
}

/// [`Pacing`] of a redrive within a Lambda invocation: no pauses, and the deadline of the invocation.
pub(super) struct InvocationPacing {
    pub(super) clock: Clock,
    pub(super) deadline: UnixMillis,
}

impl Pacing for InvocationPacing {
    fn remaining(&self) -> Duration {
        let left = self.clock.left();
        left.request_timeout().map(|_| left.all()).unwrap_or_default()
    }

    fn next(&mut self) -> TimeSlot {
        TimeSlot { now: self.clock.now(), deadline: self.deadline }
    }

    /// Waiting costs money, and the next scheduled redrive comes to the object again.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }
}
