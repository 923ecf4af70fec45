//! Listing of the parked objects in a store, over all pages and key prefixes.

use std::{collections::HashSet, hash::BuildHasher as _};

use foldhash::fast::FixedState;

use super::{Cursor, ParkedKind, ParkedRef, ParkingError, ParkingStore};

/// Prefix of the keys under which Lambda stores records of failed invocations, at the root of a bucket. They are found
/// if the parking store is a whole bucket, or a copy of one.
const LAMBDA_PREFIX: &str = "aws/lambda/";

/// Maximum number of messages that are made visible again when a listing ends. Further ones become visible after their
/// visibility timeout.
const MAX_RELEASED: usize = 2_000;

/// Maximum number of messages that stay in a queue, after which a listing ends: as many as a queue lets be hidden.
const MAX_LEFT: usize = 120_000;

/// True if the key of an object is one under which Lambda stores records of failed invocations.
pub(super) fn is_of_lambda(key: &str) -> bool {
    key.starts_with(LAMBDA_PREFIX)
}

/// Part of a listing: the objects whose keys have a prefix, and optionally sort behind and not behind other keys.
#[derive(Clone, Debug)]
struct Section {
    prefix: String,
    after: Option<Cursor>,
    until: Option<String>,
}

/// Listing of a parking store. In a queue it hides messages from other readers, so it has to be [ended](Self::end).
#[derive(Debug)]
pub struct Listing<'l> {
    store: &'l ParkingStore,
    /// Sections that are still to be listed; the last one is next.
    sections: Vec<Section>,
    page: std::vec::IntoIter<ParkedRef>,
    /// Messages that stay in the queue. They are hidden until the listing ends, else they would be received again.
    left: Vec<ParkedRef>,
    /// Hashes of the ids of all messages that stay, to recognise them if they are received again after their visibility
    /// timeout.
    left_ids: HashSet<u64>,
}

impl<'l> Listing<'l> {
    /// Creates a listing of the objects parked for `sink`, or for any sink if it is `None`. It also contains the events
    /// that AWS stored (from a dead-letter queue or an on-failure destination), which are for all sinks.
    #[must_use]
    pub fn new(store: &'l ParkingStore, sink: Option<&str>) -> Self {
        Self::starting_after(store, sink, None)
    }

    /// Creates the same listing, which starts after the object of this key and ends with it. The object need not exist any
    /// more. A key that the listing cannot contain is ignored, as is any key in a queue, which has no order.
    #[must_use]
    pub fn starting_after(store: &'l ParkingStore, sink: Option<&str>, start: Option<&str>) -> Self {
        let parked = match sink {
            Some(sink) => ParkedKind::Parked.prefix_of_sink(sink),
            None => ParkedKind::Parked.prefix().to_owned(),
        };
        // A queue returns messages of AWS with every prefix.
        let prefixes = if store.is_queue() { vec![parked] } else { vec![LAMBDA_PREFIX.to_owned(), parked] };
        let start = start.filter(|_| !store.is_queue());
        let sections = sections(prefixes, start);
        let page = Vec::new().into_iter();
        Self { store, sections, page, left: Vec::new(), left_ids: HashSet::new() }
    }

    /// Returns the reference to the next object; `None` at the end.
    ///
    /// # Errors
    /// Returns an error if the store cannot be listed.
    pub async fn next(&mut self) -> Result<Option<ParkedRef>, ParkingError> {
        loop {
            if let Some(parked) = self.page.next() {
                if parked.message_id().is_some_and(|id| self.left_ids.contains(&hash(id))) {
                    self.keep_hidden(parked);
                    continue;
                }
                return Ok(Some(parked));
            }
            if self.left_ids.len() >= MAX_LEFT {
                return Ok(None);
            }
            let Some(section) = self.sections.last() else { return Ok(None) };
            let page = self.store.list(&section.prefix, section.after.as_ref()).await?;
            self.add(page);
        }
    }

    /// Adds the next page of the current section, and goes on to the next section at its end.
    fn add(&mut self, page: super::Page) {
        let mut entries = page.entries;
        let mut next = page.next;
        if let Some(until) = self.sections.last().and_then(|section| section.until.as_deref())
            && let Some(end) = entries.iter().position(|parked| parked.key.as_str() > until)
        {
            entries.truncate(end);
            next = None;
        }
        self.page = entries.into_iter();
        match (next, self.sections.last_mut()) {
            (Some(next), Some(section)) => section.after = Some(next),
            (None, _) | (_, None) => drop(self.sections.pop()),
        }
        page.others.into_iter().for_each(|parked| self.leave(parked));
    }

    /// Leaves a parked object in the store. This listing does not return it again.
    pub fn leave(&mut self, parked: ParkedRef) {
        if let Some(id) = parked.message_id() {
            self.left_ids.insert(hash(id));
            self.keep_hidden(parked);
        }
    }

    fn keep_hidden(&mut self, parked: ParkedRef) {
        if self.left.len() < MAX_RELEASED {
            self.left.push(parked.without_body());
        }
    }

    /// Ends the listing: makes the messages that were left, or were not returned yet, visible to other readers of the
    /// queue.
    pub async fn end(self) {
        // The latest first: of an interrupted redrive, that is the message which is hidden for the longest time.
        for parked in self.left.iter().rev().chain(self.page.as_slice()) {
            // If this fails, the message becomes visible after its visibility timeout.
            let _ = self.store.release(parked).await;
        }
    }
}

/// Returns the sections of a listing, in reverse order. If it starts after a key, the section with that key is divided.
fn sections(prefixes: Vec<String>, start: Option<&str>) -> Vec<Section> {
    let whole = |prefix| Section { prefix, after: None, until: None };
    let mut sections: Vec<_> = prefixes.into_iter().map(whole).collect();
    let Some(start) = start else { return sections };
    let Some(first) = sections.iter().position(|section| start.starts_with(&section.prefix)) else {
        return sections;
    };
    // The section with the key becomes the last one, which is next; its beginning is listed at the end.
    sections.rotate_left(first.saturating_add(1));
    let Some(section) = sections.last_mut() else { return sections };
    let beginning = Section { until: Some(start.to_owned()), ..section.clone() };
    section.after = Some(Cursor::after(start));
    sections.insert(0, beginning);
    sections
}

/// Returns a hash of an id, which needs less memory than the id.
fn hash(id: &str) -> u64 {
    FixedState::default().hash_one(id)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Location, no_aws};
    use super::*;

    /// Lists a folder that holds objects of these keys.
    fn list(keys: &[&str], sink: Option<&str>) -> Vec<String> {
        list_from(keys, sink, None)
    }

    /// Lists the same folder, starting after a key.
    fn list_from(keys: &[&str], sink: Option<&str>, start: Option<&str>) -> Vec<String> {
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
            let (mut listing, mut listed) = (Listing::starting_after(&store, sink, start), Vec::new());
            while let Some(parked) = listing.next().await.unwrap() {
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

    #[test]
    fn listing_that_starts_after_a_key_ends_with_it() {
        let keys: Vec<_> = (0..7).map(|n| format!("parked/v1/{n}")).chain([KEYS[0].to_owned()]).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let listed = |start| list_from(&keys, None, Some(start)).concat().replace("parked/v1/", "");
        assert_eq!(listed("parked/v1/4"), format!("56{}01234", KEYS[0]));
        // The object does not exist any more.
        assert_eq!(listed("parked/v1/25"), format!("3456{}012", KEYS[0]));
        assert_eq!(listed(KEYS[0]), format!("0123456{}", KEYS[0]));
        assert_eq!(listed("somebody/else"), format!("0123456{}", KEYS[0]));
    }
}
