//! Pool of read-only connections to the store: one for each request that is running.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::store::{Store, StoreError};

/// Pool of read-only connections; a connection is opened if none is idle.
#[derive(Debug)]
pub(super) struct ReaderPool {
    path: PathBuf,
    idle: Mutex<Vec<Store>>,
}

/// Maximum number of idle connections. A connection beyond that is closed after use.
const MAX_IDLE: usize = 4;

impl ReaderPool {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::default() }
    }

    /// File of the store.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Calls `read` with a connection of the pool, and returns the result of `read`.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Store) -> T) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let store = idle.map_or_else(|| Store::open_read_only(&self.path), Ok)?;
        let result = read(&store);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(store);
        }
        Ok(result)
    }
}
