//! What is kept in memory of the store, brought up to date whenever someone has written to it.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::watch;

use super::ServeError;
use crate::{
    store::{Function, Holdings, Known, News, Store, StoreError},
    view::runs::{Changes, Runs},
};

/// How often the file is asked whether it has changed.
const GLANCE: Duration = Duration::from_millis(500);

/// Everything in memory as of one moment.
#[derive(Debug, Default)]
pub(super) struct Now {
    pub(super) runs: Runs,
    pub(super) functions: Vec<Function>,
    pub(super) holdings: Holdings,
    /// Counts how often this changed; 0 before the store was read for the first time.
    pub(super) revision: u64,
}

impl Now {
    /// The functions' rows by name, and by account where that is told.
    pub(super) fn functions_named(&self, name: &str, account: Option<&str>) -> Vec<crate::store::FunctionId> {
        let is_it = |function: &&Function| {
            function.name == name
                && account.is_none_or(|account| function.account == account || function.account.is_empty())
        };
        self.functions.iter().filter(is_it).map(|function| function.id).collect()
    }

    /// Function rows by id.
    pub(super) fn function_names(&self) -> HashMap<i64, &Function> {
        self.functions.iter().map(|function| (function.id.0, function)).collect()
    }
}

/// The store in memory, and how to hear of changes.
#[derive(Debug)]
pub(super) struct Live {
    now: RwLock<Now>,
    revision: watch::Sender<u64>,
    /// Why the store could not be read the last time; `None` when it could.
    failure: RwLock<Option<String>>,
}

/// The thread that keeps it up to date.
#[derive(Debug)]
pub(super) struct Refresher {
    thread: JoinHandle<()>,
    is_asked_to_stop: Arc<AtomicBool>,
}

impl Live {
    /// Opens the store and reads it on a thread of its own.
    pub(super) fn start(path: &Path) -> Result<(Arc<Self>, Refresher), ServeError> {
        let store = super::open_to_read(path)?;
        let (revision, _) = watch::channel(0);
        let live = Arc::new(Self { now: RwLock::default(), revision, failure: RwLock::default() });
        let is_asked_to_stop = Arc::new(AtomicBool::new(false));
        let (ours, stop) = (Arc::clone(&live), Arc::clone(&is_asked_to_stop));
        let thread = thread::Builder::new()
            .name("refresh".to_owned())
            .spawn(move || ours.keep_up_to_date(&store, &stop))?;
        Ok((live, Refresher { thread, is_asked_to_stop }))
    }

    pub(super) fn now(&self) -> RwLockReadGuard<'_, Now> {
        self.now.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of every change from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Why what is shown is not what the store holds, if it is not.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_up_to_date(&self, store: &Store, is_asked_to_stop: &AtomicBool) {
        let (mut known, mut version) = (Known::default(), None);
        while !is_asked_to_stop.load(Ordering::Relaxed) {
            let read = self.refresh(store, known, version);
            let failure = read.as_ref().err().map(ToString::to_string);
            *self.failure.write().unwrap_or_else(PoisonError::into_inner) = failure;
            if let Ok((now_known, now_version)) = read {
                (known, version) = (now_known, Some(now_version));
            }
            thread::park_timeout(GLANCE);
        }
    }

    /// Reads what is new, if anything is.
    fn refresh(&self, store: &Store, known: Known, version: Option<i64>) -> Result<(Known, i64), StoreError> {
        let latest = store.data_version()?;
        if version == Some(latest) {
            return Ok((known, latest));
        }
        let (mut fresh, mut changes) = (None, Changes::default());
        let known = store.changes(known, |news| match (news, &mut fresh) {
            (News::All(rows), fresh) => *fresh = Some(Runs::with_capacity(rows)),
            (News::Invocation(id, invocation), Some(runs)) => runs.push(id, &invocation),
            (News::Invocation(id, invocation), None) => changes.push(id, *invocation),
        })?;
        if let Some(runs) = &mut fresh {
            runs.settle();
            runs.warm();
        }
        let (functions, holdings) = (store.functions()?, store.holdings()?);
        let is_same = {
            let now = self.now();
            fresh.is_none() && changes.is_empty() && now.functions == functions && now.holdings == holdings
        };
        if is_same {
            // The file was tidied up, or something was stored again.
            return Ok((known, latest));
        }
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        match fresh {
            Some(runs) => now.runs = runs,
            None if !changes.is_empty() => now.runs.apply(&changes),
            None => {}
        }
        (now.functions, now.holdings) = (functions, holdings);
        now.revision += 1;
        let revision = now.revision;
        drop(now);
        self.revision.send_replace(revision);
        Ok((known, latest))
    }
}

impl Refresher {
    pub(super) fn stop(self) {
        self.is_asked_to_stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        // It does nothing that has to be finished.
        let _ = self.thread.join();
    }
}
