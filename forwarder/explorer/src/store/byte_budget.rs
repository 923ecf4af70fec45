//! A bound in bytes on what waits for the writer: a channel bounds only how many things wait, and one may be a
//! hundred times larger than another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::error::Stopped;

/// Room for so many bytes, taken by workers and given back by the writer.
pub(super) struct Room {
    size: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    taken: usize,
    is_closed: bool,
}

impl Room {
    pub(super) fn new(size: usize) -> Self {
        Self { size, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Takes room, and waits while there is too little. What is larger than all of it goes in alone.
    pub(super) fn take(&self, bytes: usize) -> Result<(), Stopped> {
        let is_full = |state: &mut State| {
            !state.is_closed && state.taken > 0 && state.taken.saturating_add(bytes) > self.size
        };
        let waited = self.changed.wait_while(self.lock(), is_full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.is_closed {
            return Err(Stopped);
        }
        state.taken += bytes;
        Ok(())
    }

    /// Gives room back.
    pub(super) fn leave(&self, bytes: usize) {
        let mut state = self.lock();
        state.taken = state.taken.saturating_sub(bytes);
        self.changed.notify_all();
    }

    /// Nobody will give room back any more: whoever waits for it is let go.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    /// Runs `wait` on a thread of its own, and `free` once nothing has come of it.
    fn check_waits(room: &Room, bytes: usize, free: impl FnOnce(), expected: Result<(), Stopped>) {
        thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            scope.spawn(move || tell.send(room.take(bytes)).unwrap());
            assert_eq!(told.recv_timeout(std::time::Duration::from_millis(20)).ok(), None, "it did not wait");
            free();
            assert_eq!(told.recv().unwrap(), expected);
        });
    }

    #[test]
    fn what_does_not_fit_waits_until_something_leaves() {
        let room = Room::new(10);
        assert_eq!(room.take(6), Ok(()));
        assert_eq!(room.take(4), Ok(()));
        check_waits(&room, 1, || room.leave(4), Ok(()));
    }

    #[test]
    fn what_is_larger_than_all_goes_in_alone() {
        let room = Room::new(10);
        assert_eq!(room.take(100), Ok(()));
        check_waits(&room, 100, || room.leave(100), Ok(()));
    }

    #[test]
    fn who_waits_for_a_writer_that_stopped_is_let_go() {
        let room = Room::new(10);
        assert_eq!(room.take(10), Ok(()));
        check_waits(&room, 1, || room.close(), Err(Stopped));
        assert_eq!(room.take(0), Err(Stopped));
    }
}
