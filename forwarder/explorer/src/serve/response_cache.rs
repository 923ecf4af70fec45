//! Cache of responses that stay valid until the store changes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::fast::RandomState;

/// Maximum size in bytes of all entries together: requests and responses. The oldest entries are removed beyond it.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Maximum number of entries.
const MAX_ENTRIES: usize = 1_000;
/// Maximum length in bytes of a request whose response is cached. Those of the page are far shorter.
const MAX_REQUEST_BYTES: usize = 2 * 1024;

/// Cache of responses by request (path and query).
#[derive(Debug, Default)]
pub(super) struct ResponseCache {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// Revision of the store that the responses were computed from.
    revision: u64,
    by_request: HashMap<Arc<str>, Arc<Vec<u8>>, RandomState>,
    /// Requests in the order in which they were added.
    order: VecDeque<Arc<str>>,
    /// Size of all requests and responses.
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
        self.locked(revision, |entries| entries.add(request, &response));
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

impl Entries {
    /// Adds a response, and removes the oldest ones beyond the limits. Does nothing if it exceeds them alone, or was added
    /// meanwhile.
    fn add(&mut self, request: &str, response: &Arc<Vec<u8>>) {
        let size = size_of_entry(request, response);
        let is_too_large = request.len() > MAX_REQUEST_BYTES || size > MAX_BYTES;
        if is_too_large || self.by_request.contains_key(request) {
            return;
        }
        while self.bytes + size > MAX_BYTES || self.order.len() >= MAX_ENTRIES {
            let Some(oldest) = self.order.pop_front() else { break };
            let removed = self.by_request.remove(&oldest);
            self.bytes -= removed.map_or(0, |removed| size_of_entry(&oldest, &removed));
        }
        let request: Arc<str> = request.into();
        self.bytes += size;
        self.order.push_back(Arc::clone(&request));
        self.by_request.insert(request, Arc::clone(response));
    }
}

/// Returns the size in bytes of an entry.
fn size_of_entry(request: &str, response: &[u8]) -> usize {
    request.len() + response.len()
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

    #[test]
    fn long_request_is_not_cached() {
        let cache = ResponseCache::default();
        let long = "q".repeat(MAX_REQUEST_BYTES + 1);
        get(&cache, &long, 1, "first");
        assert_eq!(get(&cache, &long, 1, "second"), "second");
    }

    #[test]
    fn many_requests_replace_the_oldest() {
        let cache = ResponseCache::default();
        get(&cache, "oldest", 1, "first");
        for n in 0..3 * MAX_ENTRIES {
            get(&cache, &format!("/api/v1/summary?since={n}"), 1, "{}");
        }
        let entries = cache.entries.lock().unwrap();
        assert_eq!((entries.by_request.len(), entries.order.len()), (MAX_ENTRIES, MAX_ENTRIES));
        let bytes: usize =
            entries.by_request.iter().map(|(request, response)| size_of_entry(request, response)).sum();
        assert_eq!(entries.bytes, bytes);
        drop(entries);
        assert_eq!(get(&cache, "oldest", 1, "second"), "second");
    }

    #[test]
    fn bytes_of_requests_and_responses_are_limited() {
        let cache = ResponseCache::default();
        for n in 0..100 {
            get(&cache, &format!("{n}{}", "q".repeat(1_000)), 1, &"x".repeat(MAX_BYTES / 20));
        }
        let entries = cache.entries.lock().unwrap();
        assert!(entries.bytes <= MAX_BYTES && entries.by_request.len() >= 18, "{}", entries.by_request.len());
    }
}
