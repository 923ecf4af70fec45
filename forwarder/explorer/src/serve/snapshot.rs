//! In-memory snapshot of the store, refreshed by a thread whenever another connection has written to the store.

use std::{
    io,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{
    store::{
        Change, Cursor, ErrorCursor, Function, FunctionId, MentionCursor, Store, StoreError, StoreStats,
    },
    view::index::{Changes, InvocationIndex},
};

/// Interval at which the store is checked for changes.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Time after a change within which the store counts as being written to.
const RECEIVING_TIME: Duration = Duration::from_secs(5 * 60);

/// Time that the refresh thread has to end when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_millis(300);

/// In-memory copy of data in the store, taken at one point in time.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) invocations: InvocationIndex,
    pub(super) functions: Vec<Function>,
    pub(super) stats: StoreStats,
    /// Revision: the number of changes of the snapshot so far; 0 before the store has been read for the first
    /// time.
    pub(super) revision: u64,
    /// Time of the latest change after the first reading.
    pub(super) changed: Option<Instant>,
}

impl Snapshot {
    /// Returns the ids of the functions that are listed under this name, or of all. If `account` is given, functions that are
    /// known to belong to another account are left out.
    pub(super) fn functions_of(&self, name: Option<&str>, account: Option<&str>) -> Vec<FunctionId> {
        let is_match = |function: &&Function| {
            name.is_none_or(|name| function.listed_name() == name)
                && account.is_none_or(|account| function.account == account || function.account.is_empty())
        };
        self.functions.iter().filter(is_match).map(|function| function.id).collect()
    }

    /// True if the store has changed within the last minutes, so that more changes can be expected.
    pub(super) fn is_receiving(&self) -> bool {
        self.changed.is_some_and(|changed| changed.elapsed() < RECEIVING_TIME)
    }
}

/// The current [`Snapshot`] of the store, and a channel that notifies of its changes.
#[derive(Debug)]
pub(super) struct LiveStore {
    snapshot: RwLock<Snapshot>,
    revision: watch::Sender<u64>,
    /// Error of the latest refresh; `None` if it succeeded.
    failure: RwLock<Option<String>>,
}

/// Positions up to which the store was read.
#[derive(Clone, Copy, Debug, Default)]
struct Cursors {
    invocations: Cursor,
    errors: ErrorCursor,
    mentions: MentionCursor,
}

/// Handle of the thread that refreshes the snapshot.
#[derive(Debug)]
pub(super) struct Refresher {
    thread: JoinHandle<()>,
    is_asked_to_stop: Arc<AtomicBool>,
}

/// Error of opening the store or of starting the refresh thread.
#[derive(Debug)]
pub(super) enum StartError {
    /// The store cannot be opened.
    Store(StoreError),
    /// The operating system could not start a thread.
    Thread(io::Error),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl LiveStore {
    /// Opens the store, and starts the thread that refreshes the snapshot.
    pub(super) fn start(path: &Path) -> Result<(Arc<Self>, Refresher), StartError> {
        let store = Store::open_read_only(path)?;
        let (revision, _) = watch::channel(0);
        let live = Arc::new(Self { snapshot: RwLock::default(), revision, failure: RwLock::default() });
        let is_asked_to_stop = Arc::new(AtomicBool::new(false));
        let (refreshed, stop) = (Arc::clone(&live), Arc::clone(&is_asked_to_stop));
        let thread = thread::Builder::new()
            .name("refresh".to_owned())
            .spawn(move || refreshed.refresh_until(&store, &stop))
            .map_err(StartError::Thread)?;
        Ok((live, Refresher { thread, is_asked_to_stop }))
    }

    /// Locks the current snapshot for reading.
    pub(super) fn snapshot(&self) -> RwLockReadGuard<'_, Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a receiver that is notified of each new revision of the snapshot.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Returns the error of the latest refresh, or `None` if it succeeded. After an error, the snapshot may
    /// be out of date.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn refresh_until(&self, store: &Store, is_asked_to_stop: &AtomicBool) {
        let (mut cursor, mut version) = (Cursors::default(), None);
        while !is_asked_to_stop.load(Ordering::Relaxed) {
            let refreshed = self.refresh(store, cursor, version);
            let failure = refreshed.as_ref().err().map(ToString::to_string);
            *self.failure.write().unwrap_or_else(PoisonError::into_inner) = failure;
            if let Ok((new_known, new_version)) = refreshed {
                (cursor, version) = (new_known, Some(new_version));
            }
            thread::park_timeout(POLL_INTERVAL);
        }
    }

    /// Reads the changes of the store since `cursor` into the snapshot, if the `data_version` of the store
    /// differs from `version`.
    fn refresh(
        &self,
        store: &Store,
        cursors: Cursors,
        version: Option<i64>,
    ) -> Result<(Cursors, i64), StoreError> {
        let latest = store.data_version()?;
        if version == Some(latest) {
            return Ok((cursors, latest));
        }
        let (mut reloaded, mut changes) = (None, Changes::default());
        let invocations = store.changes(cursors.invocations, |change| match (change, &mut reloaded) {
            (Change::Reset(rows), reloaded) => *reloaded = Some(InvocationIndex::with_capacity(rows)),
            (Change::Invocation(id, invocation), Some(index)) => index.push(id, &invocation),
            (Change::Invocation(id, invocation), None) => changes.push(id, *invocation),
        })?;
        let from = if reloaded.is_some() { ErrorCursor::default() } else { cursors.errors.next() };
        let mut collected = Changes::default();
        let errors = store.errors_since(from, &mut |origin, error| match &mut reloaded {
            Some(index) => index.push_error(origin, error),
            None => collected.push_error(origin, error),
        })?;
        if reloaded.is_none() {
            changes.take_errors(collected, from.is_before_first());
        }
        let from = if reloaded.is_some() { MentionCursor::default() } else { cursors.mentions };
        let mentions = store.mentions_since(from, &mut |origin, found| match &mut reloaded {
            Some(index) => index.push_mention(origin, found.request_id, found.mention, found.value),
            None => changes.push_mention(origin, found.request_id, found.mention, found.value),
        })?;
        let cursors = Cursors { invocations, errors, mentions };
        if let Some(index) = &mut reloaded {
            index.sort();
            index.fill_segments();
        }
        let (functions, stats) = (store.functions()?, store.stats()?);
        let is_unchanged = {
            let old = self.snapshot();
            let is_index_unchanged = reloaded.is_none() && changes.is_empty();
            is_index_unchanged && old.functions == functions && old.stats == stats
        };
        if is_unchanged {
            // The file changed, but not its data: a checkpoint, or duplicates were ignored.
            return Ok((cursors, latest));
        }
        let mut snapshot = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        match reloaded {
            Some(index) => snapshot.invocations = index,
            None if !changes.is_empty() => snapshot.invocations.apply(&changes),
            None => {}
        }
        (snapshot.functions, snapshot.stats) = (functions, stats);
        snapshot.changed = (snapshot.revision > 0).then(Instant::now);
        snapshot.revision += 1;
        let revision = snapshot.revision;
        drop(snapshot);
        self.revision.send_replace(revision);
        Ok((cursors, latest))
    }
}

impl Refresher {
    /// Stops the refresh thread, and waits for a moment until it has ended. It only reads, so ending the process in the
    /// middle of reading a large store loses nothing.
    pub(super) fn stop(self) {
        const STEPS: u32 = 20;
        self.is_asked_to_stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        for _ in 0..STEPS {
            if self.thread.is_finished() {
                break;
            }
            thread::park_timeout(STOP_TIMEOUT / STEPS);
        }
    }
}
