//! Limit on the number of queries that run at the same time. A query ends early if its client leaves, or after a while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use tokio::{sync::Semaphore, task};

use super::response::Problem;

/// Maximum number of queries that run at the same time. Each has several workers.
const MAX_RUNNING: usize = 2;
/// Maximum number of queries that run or wait.
const MAX_ADMITTED: usize = 64;
/// Time after which a query responds with what it has found.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Limits on the number of queries that run, and that wait for others.
#[derive(Debug)]
pub(super) struct QuerySlots {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// Condition under which a running query has to stop.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    is_abandoned: Arc<AtomicBool>,
    deadline: Instant,
}

/// Sets a flag when it is dropped.
struct SetOnDrop(Arc<AtomicBool>);

impl Default for QuerySlots {
    fn default() -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(MAX_ADMITTED)),
            running: Arc::new(Semaphore::new(MAX_RUNNING)),
        }
    }
}

impl QuerySlots {
    /// Waits until a query may run, in the order of the calls, and runs it on a thread of its own. Dropping the future
    /// makes the query stop; it occupies its slot until it has.
    ///
    /// # Errors
    /// Returns a [`Problem`] if too many queries wait, or `query` panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Stop) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let too_many = |_| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many queries are waiting; try again later")
        };
        let _admission = self.admitted.try_acquire().map_err(too_many)?;
        let closed = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping");
        let slot = Arc::clone(&self.running).acquire_owned().await.map_err(closed)?;
        let is_abandoned = Arc::new(AtomicBool::new(false));
        let _abandon = SetOnDrop(Arc::clone(&is_abandoned));
        let ran = task::spawn_blocking(move || {
            let result = query(&Stop { is_abandoned, deadline: Instant::now() + TIME_LIMIT });
            drop(slot);
            result
        });
        ran.await.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the query failed"))
    }
}

impl Stop {
    /// True once the client has left or the time is over.
    pub(super) fn is_due(&self) -> bool {
        self.is_abandoned.load(Ordering::Relaxed) || Instant::now() >= self.deadline
    }
}

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, sync::mpsc, thread};

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    /// Query that sends its number once it runs, and ends when it has to stop.
    async fn run_until_stopped(slots: Arc<QuerySlots>, number: u32, started: mpsc::Sender<u32>) {
        let query = move |stop: &Stop| {
            started.send(number).unwrap();
            while !stop.is_due() {
                thread::park_timeout(Duration::from_millis(1));
            }
        };
        slots.run(query).await.unwrap();
    }

    async fn next(started: &mpsc::Receiver<u32>) -> u32 {
        loop {
            match started.try_recv() {
                Ok(number) => return number,
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }

    #[test]
    fn third_query_runs_once_one_of_two_is_abandoned() {
        block_on(async {
            let (slots, (sender, started)) = (Arc::new(QuerySlots::default()), mpsc::channel());
            let start = |number| tokio::spawn(run_until_stopped(Arc::clone(&slots), number, sender.clone()));
            let first = start(1);
            assert_eq!(next(&started).await, 1);
            let second = start(2);
            assert_eq!(next(&started).await, 2);
            let third = start(3);
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(started.try_recv().is_err(), "a third query runs");
            first.abort();
            assert_eq!(next(&started).await, 3);
            second.abort();
            third.abort();
        });
    }

    #[test]
    fn query_that_waits_can_be_abandoned() {
        block_on(async {
            let (slots, (sender, started)) = (Arc::new(QuerySlots::default()), mpsc::channel());
            let start = |number| tokio::spawn(run_until_stopped(Arc::clone(&slots), number, sender.clone()));
            let running = [start(1), start(2)];
            let mut both = [next(&started).await, next(&started).await];
            both.sort_unstable();
            assert_eq!(both, [1, 2]);
            let (waiting, last) = (start(3), start(4));
            tokio::time::sleep(Duration::from_millis(20)).await;
            waiting.abort();
            running.iter().for_each(task::JoinHandle::abort);
            assert_eq!(next(&started).await, 4);
            last.abort();
        });
    }

    #[test]
    fn queries_beyond_those_that_may_wait_are_refused() {
        block_on(async {
            let (slots, (sender, started)) = (Arc::new(QuerySlots::default()), mpsc::channel());
            let start = |number| tokio::spawn(run_until_stopped(Arc::clone(&slots), number, sender.clone()));
            let admitted: Vec<_> = (0..64).map(start).collect();
            next(&started).await;
            task::yield_now().await;
            let refused = slots.run(|_| ()).await.unwrap_err();
            assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
            admitted.iter().for_each(task::JoinHandle::abort);
        });
    }
}
