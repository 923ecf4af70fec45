//! Limit in bytes on the blocks that wait for the writer. A channel limits only their number, and one block may be a
//! hundred times larger than another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::error::WriterStopped;

/// Semaphore that counts bytes of blocks: workers acquire them before they send a block, the writer releases
/// them.
pub(super) struct ByteBudget {
    limit: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    acquired: usize,
    is_closed: bool,
}

impl ByteBudget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Acquires `bytes`, and blocks the thread while fewer bytes of the limit are free. A request larger than
    /// the whole limit is granted once all other bytes are released.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the budget is closed.
    pub(super) fn acquire(&self, bytes: usize) -> Result<(), WriterStopped> {
        let must_wait = |state: &mut State| {
            !state.is_closed && state.acquired > 0 && state.acquired.saturating_add(bytes) > self.limit
        };
        let waited = self.changed.wait_while(self.lock(), must_wait);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.is_closed {
            return Err(WriterStopped);
        }
        state.acquired += bytes;
        Ok(())
    }

    /// Returns `bytes` to the budget and wakes waiting workers.
    pub(super) fn release(&self, bytes: usize) {
        let mut state = self.lock();
        state.acquired = state.acquired.saturating_sub(bytes);
        self.changed.notify_all();
    }

    /// Makes all waiting and later [`ByteBudget::acquire`] calls fail, because no bytes will be released any
    /// more.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// True once [`ByteBudget::close`] was called.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    /// Acquires `bytes` on a separate thread, checks that the call blocks, then calls `unblock`.
    fn check_blocks(
        budget: &ByteBudget,
        bytes: usize,
        unblock: impl FnOnce(),
        expected: Result<(), WriterStopped>,
    ) {
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            scope.spawn(move || sender.send(budget.acquire(bytes)).unwrap());
            let early = receiver.recv_timeout(std::time::Duration::from_millis(20)).ok();
            assert_eq!(early, None, "acquire did not block");
            unblock();
            assert_eq!(receiver.recv().unwrap(), expected);
        });
    }

    #[test]
    fn acquire_beyond_the_limit_blocks_until_release() {
        let budget = ByteBudget::new(10);
        assert_eq!(budget.acquire(6), Ok(()));
        assert_eq!(budget.acquire(4), Ok(()));
        check_blocks(&budget, 1, || budget.release(4), Ok(()));
    }

    #[test]
    fn request_above_the_whole_limit_is_granted_alone() {
        let budget = ByteBudget::new(10);
        assert_eq!(budget.acquire(100), Ok(()));
        check_blocks(&budget, 100, || budget.release(100), Ok(()));
    }

    #[test]
    fn close_fails_waiting_and_later_acquires() {
        let budget = ByteBudget::new(10);
        assert_eq!(budget.acquire(10), Ok(()));
        check_blocks(&budget, 1, || budget.close(), Err(WriterStopped));
        assert_eq!(budget.acquire(0), Err(WriterStopped));
    }
}
