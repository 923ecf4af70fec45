//! Connections that read the store, used again and again: one for each answer that is under way.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::store::{Store, StoreError};

/// Connections that nobody uses now.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Store>>,
}

/// More than this many are closed when they are given back.
const KEPT: usize = 4;

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::default() }
    }

    /// What `read` makes of the store.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Store) -> T) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let store = idle.map_or_else(|| super::open_to_read(&self.path), Ok)?;
        let answer = read(&store);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(store);
        }
        Ok(answer)
    }
}
