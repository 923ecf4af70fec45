//! Objects on their way to where they are parked, several at once, as long as there is time.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    task::{JoinError, JoinSet},
    time::timeout,
};

use crate::deliver::{
    clock::Clock,
    park::{Lot, LotError},
};

/// Objects that are under way at once.
const AT_ONCE: usize = 16;

/// What came of storing something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is there, durably.
    Yes,
    /// It could not be.
    Failed,
    /// There is no place for it.
    Nowhere,
}

/// Objects that are being stored.
pub(super) struct Storing {
    lot: Lot,
    clock: Clock,
    /// The longest that one object may take.
    longest: Duration,
    tasks: JoinSet<(usize, Result<(), LotError>)>,
    /// Of each in their order. What is under way counts as failed.
    stored: Vec<Stored>,
    /// Why the first one failed.
    error: Option<LotError>,
}

impl Storing {
    pub(super) fn new(lot: Lot, clock: Clock, longest: Duration) -> Self {
        Self { lot, clock, longest, tasks: JoinSet::new(), stored: Vec::new(), error: None }
    }

    /// The next one is not to be stored.
    pub(super) fn pass_over(&mut self) {
        self.stored.push(Stored::Nowhere);
    }

    /// Waits until another may begin.
    pub(super) async fn room(&mut self) {
        while self.tasks.len() >= AT_ONCE {
            self.note_next().await;
        }
    }

    /// Sets the next one on its way; it ends before it is time to answer.
    pub(super) fn begin(&mut self, key: String, object: Bytes) {
        let (number, lot) = (self.stored.len(), self.lot.clone());
        let within = self.clock.left_for_parking().min(self.longest);
        self.stored.push(Stored::Failed);
        self.tasks.spawn(async move {
            let put = timeout(within, lot.put(&key, object, within)).await;
            (number, put.unwrap_or(Err(LotError::Late)).map(drop))
        });
    }

    /// Waits for all, and says what came of each.
    pub(super) async fn finish(mut self) -> Vec<Stored> {
        while !self.tasks.is_empty() {
            self.note_next().await;
        }
        let failed = self.stored.iter().filter(|stored| **stored == Stored::Failed).count();
        if failed > 0 {
            let error = self.error.as_ref().map(tracing::field::display);
            tracing::error!(objects = failed, error, "cannot park");
        }
        self.stored
    }

    async fn note_next(&mut self) {
        let done: Option<Result<_, JoinError>> = self.tasks.join_next().await;
        match done {
            Some(Ok((number, Ok(())))) => {
                if let Some(stored) = self.stored.get_mut(number) {
                    *stored = Stored::Yes;
                }
            }
            Some(Ok((_, Err(error)))) => self.error = self.error.take().or(Some(error)),
            Some(Err(_)) | None => {}
        }
    }
}
