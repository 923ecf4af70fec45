//! Cache of responses that stay valid until the store changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::fast::RandomState;

/// Maximum size in bytes of all cached responses together. Once it is reached, no response is added until the
/// store changes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Cache of responses by request (path and query).
#[derive(Debug, Default)]
pub(super) struct ResponseCache {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// Revision of the store that the responses were computed from.
    revision: u64,
    by_request: HashMap<String, Arc<Vec<u8>>, RandomState>,
    bytes: usize,
}

impl ResponseCache {
    /// Returns the cached response of this request for this revision of the store, or computes and caches it.
    pub(super) fn get_or_compute<E>(
        &self,
        request: &str,
        revision: u64,
        compute: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<Vec<u8>>, E> {
        if let Some(cached) = self.locked(revision, |entries| entries.by_request.get(request).cloned()) {
            return Ok(cached);
        }
        let response = Arc::new(compute()?);
        self.locked(revision, |entries| {
            if entries.bytes + response.len() <= MAX_BYTES {
                entries.bytes += response.len();
                entries.by_request.insert(request.to_owned(), Arc::clone(&response));
            }
        });
        Ok(response)
    }

    /// Calls `with` with the cached responses. Clears them first if they were computed from another revision
    /// of the store.
    fn locked<T>(&self, revision: u64, with: impl FnOnce(&mut Entries) -> T) -> T {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.revision != revision {
            *entries = Entries { revision, ..Entries::default() };
        }
        with(&mut entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(cache: &ResponseCache, request: &str, revision: u64, computed: &str) -> String {
        let response = cache.get_or_compute::<()>(request, revision, || Ok(computed.as_bytes().to_vec()));
        String::from_utf8_lossy(&response.unwrap()).into_owned()
    }

    #[test]
    fn response_is_computed_once_per_revision() {
        let cache = ResponseCache::default();
        assert_eq!(get(&cache, "a", 1, "first"), "first");
        assert_eq!(get(&cache, "a", 1, "second"), "first");
        assert_eq!(get(&cache, "b", 1, "other"), "other");
        assert_eq!(get(&cache, "a", 2, "second"), "second");
    }

    #[test]
    fn response_above_the_limit_is_not_cached() {
        let cache = ResponseCache::default();
        let large = "x".repeat(MAX_BYTES + 1);
        get(&cache, "a", 1, &large);
        assert_eq!(get(&cache, "a", 1, "small"), "small");
    }
}
