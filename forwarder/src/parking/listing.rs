//! Everything that is parked, one object after the other, wherever it lies.

use std::{collections::HashSet, time::Duration};

use super::{Cursor, ParkedKind, ParkedRef, ParkingError, ParkingStore};

/// What the keys begin with of records that AWS leaves of failed invocations: at the root of a bucket, whoever else uses
/// it. They are found where a whole bucket, or a copy of one, is named as the store.
const LEFT_BY_AWS: &str = "aws/lambda/";

/// A listing through a store. What a queue hands out is hidden from everybody else meanwhile, so a listing is to be ended.
#[derive(Debug)]
pub struct Listing<'l> {
    store: &'l ParkingStore,
    /// What is still to be listed, the last first.
    prefixes: Vec<String>,
    cursor: Option<Cursor>,
    page: std::vec::IntoIter<ParkedRef>,
    /// Messages that stay: a queue would hand them out again and again, so they are hidden until the listing is over.
    staying: Vec<ParkedRef>,
    /// Their keys, for those that come again because they have been hidden for too long.
    stayed: HashSet<String>,
}

impl<'l> Listing<'l> {
    /// A listing past everything that is owed to `sink`, or to any; and past what AWS put there, which is owed to all.
    #[must_use]
    pub fn new(store: &'l ParkingStore, sink: Option<&str>) -> Self {
        let ours = match sink {
            Some(sink) => ParkedKind::Parked.prefix_of_sink(sink),
            None => ParkedKind::Parked.prefix().to_owned(),
        };
        // What AWS puts into a queue comes with every prefix.
        let prefixes = if store.is_queue() { vec![ours] } else { vec![LEFT_BY_AWS.to_owned(), ours] };
        let page = Vec::new().into_iter();
        Self { store, prefixes, cursor: None, page, staying: Vec::new(), stayed: HashSet::new() }
    }

    /// The next object.
    ///
    /// # Errors
    /// The store cannot be listed.
    pub async fn next(&mut self) -> Result<Option<ParkedRef>, ParkingError> {
        loop {
            if let Some(parked) = self.page.next() {
                if self.stayed.contains(&parked.key) {
                    self.staying.push(parked.without_body());
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

    /// Nobody else sees a message for so long from now; false when somebody else has it already.
    pub async fn hold(&self, parked: &ParkedRef, hidden: Duration) -> bool {
        self.store.hold(parked, hidden).await.is_ok()
    }

    /// The object stays where it is.
    pub fn leave(&mut self, parked: ParkedRef) {
        if parked.is_message() {
            self.stayed.insert(parked.key.clone());
            self.staying.push(parked.without_body());
        }
    }

    /// Lets others see at once what stays, and what was not come to.
    pub async fn end(self) {
        for parked in self.staying.iter().chain(self.page.as_slice()) {
            // Where this fails they see it when the time is over for which it is hidden.
            let _ = self.store.release(parked).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Location, no_aws};
    use super::*;

    fn walked(keys: &[&str], sink: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for key in keys {
            // Not through the store, which would wait for the disk each time.
            let path = folder.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, key).unwrap();
        }
        let parking = Location::Folder { path: folder.path().to_owned() };
        let store = ParkingStore::new(&parking, &no_aws()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut listing, mut walked) = (Listing::new(&store, sink), Vec::new());
            while let Some(parked) = listing.next().await.unwrap() {
                assert!(listing.hold(&parked, Duration::from_secs(1)).await);
                walked.push(parked.key.clone());
                listing.leave(parked);
            }
            listing.end().await;
            walked
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
    fn what_waits_comes_first_and_then_what_aws_left() {
        assert_eq!(walked(&KEYS, None), [KEYS[1], KEYS[2], KEYS[0]]);
    }

    #[test]
    fn what_others_are_owed_is_not_passed() {
        assert_eq!(walked(&KEYS, Some("otlp")), [KEYS[2], KEYS[0]]);
        assert_eq!(walked(&KEYS[1..], Some("ndjson")), [""; 0]);
    }

    #[test]
    fn every_page_is_passed() {
        let keys: Vec<_> = (0..2_500).map(|n| format!("parked/v1/{n:04}")).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        assert_eq!(walked(&keys, None), keys);
    }
}
