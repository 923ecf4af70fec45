//! SIGINT (Ctrl-C), SIGTERM and SIGHUP: one signal ends every command within two seconds.
//!
//! A signal asks the run to stop. What is under way, such as a request to a backend, may be finished until
//! [`Interrupt::is_overdue`]; after that it is abandoned, and the run ends with its summary. A run that still has not
//! ended then, for example because it is blocked by a file system, is ended by the process itself. A second signal ends
//! the process at once.

use std::{
    process,
    sync::{Arc, OnceLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use super::{exit::Exit, stderr};

/// Time after the signal during which work under way may be finished. It has to be below [`END_AFTER`] by the time that
/// it takes to release messages of a queue and to print a summary.
const FINISH_WITHIN: Duration = Duration::from_millis(800);
/// Time after the signal at which the process ends, whatever it waits for.
const END_AFTER: Duration = Duration::from_millis(1_700);
/// Time in which the last message may be written; standard error may block, too.
const LAST_MESSAGE: Duration = Duration::from_millis(50);
/// Interval at which waiting code looks at the flag. A signal handler can only set a flag.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Time of the first signal; not set while the run should continue.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<OnceLock<Instant>>);

impl Interrupt {
    /// Installs the signal handler.
    ///
    /// # Errors
    /// Returns an error if the handler cannot be installed.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let own = interrupt.clone();
        ctrlc::set_handler(move || {
            let is_first = own.0.set(Instant::now()).is_ok();
            let thread = thread::Builder::new().name("interrupt".to_owned());
            if !is_first || thread.spawn(end_when_blocked).is_err() {
                end();
            }
        })?;
        Ok(interrupt)
    }

    /// True once the run should stop: nothing new is begun.
    pub(super) fn is_requested(&self) -> bool {
        self.0.get().is_some()
    }

    /// True once the run should be over: what is under way is abandoned.
    pub(super) fn is_overdue(&self) -> bool {
        self.0.get().is_some_and(|since| since.elapsed() >= FINISH_WITHIN)
    }

    /// Runs `work` to its end. Returns `None` if it is abandoned because the run [is overdue](Self::is_overdue).
    pub(super) async fn unless_overdue<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        while !self.is_overdue() {
            if let Ok(done) = tokio::time::timeout(POLL_INTERVAL, &mut work).await {
                return Some(done);
            }
        }
        None
    }
}

/// Ends the process if the run has not ended after [`END_AFTER`].
fn end_when_blocked() {
    let end_at = Instant::now() + END_AFTER.saturating_sub(LAST_MESSAGE);
    while Instant::now() < end_at {
        thread::park_timeout(end_at.saturating_duration_since(Instant::now()));
    }
    let (written, wait) = mpsc::channel();
    let _ = thread::Builder::new().spawn(move || {
        stderr::log("interrupted while waiting; data that was committed before is complete");
        let _ = written.send(());
    });
    let _ = wait.recv_timeout(LAST_MESSAGE);
    end();
}

fn end() {
    process::exit(i32::from(Exit::Interrupted.code()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested(ago: Duration) -> Interrupt {
        let interrupt = Interrupt::default();
        interrupt.0.set(Instant::now().checked_sub(ago).unwrap()).unwrap();
        interrupt
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    #[test]
    fn work_under_way_may_be_finished_for_a_while() {
        let interrupt = requested(Duration::ZERO);
        assert!(interrupt.is_requested() && !interrupt.is_overdue());
        assert_eq!(run(interrupt.unless_overdue(async { 1 })), Some(1));
    }

    #[test]
    fn overdue_work_is_abandoned() {
        let interrupt = requested(FINISH_WITHIN);
        assert!(interrupt.is_overdue());
        assert_eq!(run(interrupt.unless_overdue(std::future::pending::<()>())), None);
    }

    #[test]
    fn without_a_signal_work_is_not_limited() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.is_requested() && !interrupt.is_overdue());
        let work = async { tokio::time::sleep(2 * POLL_INTERVAL).await };
        assert_eq!(run(interrupt.unless_overdue(work)), Some(()));
    }
}
