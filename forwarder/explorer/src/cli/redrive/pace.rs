//! `--rate`: no more than so many parked objects a second.

use std::{
    num::NonZeroU32,
    thread,
    time::{Duration, Instant},
};

/// When the next object may be taken.
#[derive(Debug)]
pub(super) struct Pace {
    /// From one object to the next at least; none where it is as fast as it can be.
    gap: Option<Duration>,
    due: Instant,
}

impl Pace {
    /// So many objects a second, or as many as there can be.
    pub(super) fn new(rate: Option<NonZeroU32>) -> Self {
        Self { gap: rate.map(|rate| Duration::from_secs(1) / rate.get()), due: Instant::now() }
    }

    /// Waits until the next object may be taken, or somebody asks to stop. Nothing else is under way between two objects,
    /// so it is the thread that waits.
    pub(super) fn wait(&mut self, is_over: impl Fn() -> bool) {
        let Some(gap) = self.gap else { return };
        loop {
            let left = self.due.saturating_duration_since(Instant::now());
            if left.is_zero() || is_over() {
                break;
            }
            thread::park_timeout(left.min(Duration::from_millis(100)));
        }
        // What took longer than it had to is not made up for.
        self.due = self.due.max(Instant::now()) + gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_come_no_faster_than_they_may() {
        let mut pace = Pace::new(NonZeroU32::new(50));
        let began = Instant::now();
        (0..6).for_each(|_| pace.wait(|| false));
        assert!(
            began.elapsed() >= Duration::from_millis(100),
            "the first comes at once, five wait for 20 ms each"
        );
    }

    #[test]
    fn nobody_waits_who_is_asked_to_stop_or_need_not_wait() {
        let (began, mut slow) = (Instant::now(), Pace::new(NonZeroU32::new(1)));
        (0..20).for_each(|_| slow.wait(|| true));
        let mut fast = Pace::new(None);
        (0..20).for_each(|_| fast.wait(|| false));
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
