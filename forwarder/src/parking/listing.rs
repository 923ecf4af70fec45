//! Listing of the parked objects in a store, over all pages and key prefixes.

use std::{collections::HashSet, time::Duration};

use super::{Cursor, ParkedKind, ParkedRef, ParkingError, ParkingStore};

/// Prefix of the keys under which Lambda stores records of failed invocations, at the root of a bucket. They are found
/// if the parking store is a whole bucket, or a copy of one.
const LAMBDA_PREFIX: &str = "aws/lambda/";

/// Listing of a parking store. In a queue it hides messages from other readers, so it has to be [ended](Self::end).
#[derive(Debug)]
pub struct Listing<'l> {
    store: &'l ParkingStore,
    /// Key prefixes that are still to be listed; the last one is next.
    prefixes: Vec<String>,
    cursor: Option<Cursor>,
    page: std::vec::IntoIter<ParkedRef>,
    /// Messages that stay in the queue. They are hidden until the listing ends, else they would be received again.
    left: Vec<ParkedRef>,
    /// Keys of the messages in `left`, to recognise them if they are received again after their visibility timeout.
    left_keys: HashSet<String>,
}

impl<'l> Listing<'l> {
    /// Creates a listing of the objects parked for `sink`, or for any sink if it is `None`. It also contains the events
    /// that AWS stored (from a dead-letter queue or an on-failure destination), which are for all sinks.
    #[must_use]
    pub fn new(store: &'l ParkingStore, sink: Option<&str>) -> Self {
        let parked = match sink {
            Some(sink) => ParkedKind::Parked.prefix_of_sink(sink),
            None => ParkedKind::Parked.prefix().to_owned(),
        };
        // A queue returns messages of AWS with every prefix.
        let prefixes = if store.is_queue() { vec![parked] } else { vec![LAMBDA_PREFIX.to_owned(), parked] };
        let page = Vec::new().into_iter();
        Self { store, prefixes, cursor: None, page, left: Vec::new(), left_keys: HashSet::new() }
    }

    /// Returns the reference to the next object; `None` at the end.
    ///
    /// # Errors
    /// Returns an error if the store cannot be listed.
    pub async fn next(&mut self) -> Result<Option<ParkedRef>, ParkingError> {
        loop {
            if let Some(parked) = self.page.next() {
                if self.left_keys.contains(&parked.key) {
                    self.left.push(parked.without_body());
                    continue;
                }
                return Ok(Some(parked));
            }
            let Some(prefix) = self.prefixes.last() else { return Ok(None) };
            let page = self.store.list(prefix, self.cursor.as_ref()).await?;
            page.others.into_iter().for_each(|parked| self.leave(parked));
            self.page = page.entries.into_iter();
            self.cursor = page.next;
            if self.cursor.is_none() {
                self.prefixes.pop();
            }
        }
    }

    /// Hides a message from other readers of the queue for this long from now. Returns false if another reader has
    /// received it meanwhile. Does nothing in a folder or bucket.
    pub async fn hold(&self, parked: &ParkedRef, hidden: Duration) -> bool {
        self.store.hold(parked, hidden).await.is_ok()
    }

    /// Leaves a parked object in the store. This listing does not return it again.
    pub fn leave(&mut self, parked: ParkedRef) {
        if parked.is_message() {
            self.left_keys.insert(parked.key.clone());
            self.left.push(parked.without_body());
        }
    }

    /// Ends the listing: makes the messages that were left, or were not returned yet, visible to other readers of the
    /// queue.
    pub async fn end(self) {
        for parked in self.left.iter().chain(self.page.as_slice()) {
            // If this fails, the message becomes visible after its visibility timeout.
            let _ = self.store.release(parked).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Location, no_aws};
    use super::*;

    /// Lists a folder that holds objects of these keys.
    fn list(keys: &[&str], sink: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for key in keys {
            // Not through the store, which would sync each file to disk.
            let path = folder.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, key).unwrap();
        }
        let parking = Location::Folder { path: folder.path().to_owned() };
        let store = ParkingStore::new(&parking, &no_aws()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut listing, mut listed) = (Listing::new(&store, sink), Vec::new());
            while let Some(parked) = listing.next().await.unwrap() {
                assert!(listing.hold(&parked, Duration::from_secs(1)).await);
                listed.push(parked.key.clone());
                listing.leave(parked);
            }
            listing.end().await;
            listed
        })
    }

    const KEYS: [&str; 5] = [
        "aws/lambda/async/f/2026/03/04/r",
        "parked/v1/sink=datadog/dt=2026/03/04/10/r-0-h",
        "parked/v1/sink=otlp/dt=2026/03/04/10/r-0-h",
        "rejected/v1/sink=otlp/dt=2026/03/04/10/r-0-h",
        "somebody/else",
    ];

    #[test]
    fn parked_objects_are_listed_before_records_of_lambda() {
        assert_eq!(list(&KEYS, None), [KEYS[1], KEYS[2], KEYS[0]]);
    }

    #[test]
    fn objects_owed_to_other_sinks_are_not_listed() {
        assert_eq!(list(&KEYS, Some("otlp")), [KEYS[2], KEYS[0]]);
        assert_eq!(list(&KEYS[1..], Some("ndjson")), [""; 0]);
    }

    #[test]
    fn all_pages_are_listed() {
        let keys: Vec<_> = (0..2_500).map(|n| format!("parked/v1/{n:04}")).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        assert_eq!(list(&keys, None), keys);
    }
}
