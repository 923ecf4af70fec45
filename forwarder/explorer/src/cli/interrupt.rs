//! SIGINT and SIGTERM: the first signal asks the run to stop after the current step, the second ends the
//! process.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::exit::Exit;

/// Flag that is set once the run should stop.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Installs the signal handler.
    ///
    /// # Errors
    /// Returns an error if the handler cannot be installed.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let flag = interrupt.clone();
        ctrlc::set_handler(move || {
            if flag.0.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        })?;
        Ok(interrupt)
    }

    /// True once the run should stop.
    pub(super) fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
