//! Everything that is parked, one object after the other, wherever it lies.

use std::{collections::HashSet, time::Duration};

use super::{Cursor, Lot, LotError, Shelf, Ticket};

/// What the keys begin with of records that AWS leaves of failed invocations: at the root of a bucket, whoever else uses
/// it. They are found where a whole bucket, or a copy of one, is named as the lot.
const LEFT_BY_AWS: &str = "aws/lambda/";

/// A walk through a lot. What a queue hands out is hidden from everybody else meanwhile, so a walk is to be ended.
#[derive(Debug)]
pub struct Walk<'l> {
    lot: &'l Lot,
    /// What is still to be listed, the last first.
    prefixes: Vec<String>,
    cursor: Option<Cursor>,
    page: std::vec::IntoIter<Ticket>,
    /// Messages that stay: a queue would hand them out again and again, so they are hidden until the walk is over.
    staying: Vec<Ticket>,
    /// Their keys, for those that come again because they have been hidden for too long.
    stayed: HashSet<String>,
}

impl<'l> Walk<'l> {
    /// A walk past everything that is owed to `sink`, or to any; and past what AWS put there, which is owed to all.
    #[must_use]
    pub fn new(lot: &'l Lot, sink: Option<&str>) -> Self {
        let ours = match sink {
            Some(sink) => Shelf::Parked.prefix_of_sink(sink),
            None => Shelf::Parked.prefix().to_owned(),
        };
        // What AWS puts into a queue comes with every prefix.
        let prefixes = if lot.is_queue() { vec![ours] } else { vec![LEFT_BY_AWS.to_owned(), ours] };
        let page = Vec::new().into_iter();
        Self { lot, prefixes, cursor: None, page, staying: Vec::new(), stayed: HashSet::new() }
    }

    /// The next object.
    ///
    /// # Errors
    /// The lot cannot be listed.
    pub async fn next(&mut self) -> Result<Option<Ticket>, LotError> {
        loop {
            if let Some(ticket) = self.page.next() {
                if self.stayed.contains(&ticket.key) {
                    self.staying.push(ticket.without_body());
                    continue;
                }
                return Ok(Some(ticket));
            }
            let Some(prefix) = self.prefixes.last() else { return Ok(None) };
            let page = self.lot.list(prefix, self.cursor.as_ref()).await?;
            page.others.into_iter().for_each(|ticket| self.leave(ticket));
            self.page = page.tickets.into_iter();
            self.cursor = page.next;
            if self.cursor.is_none() {
                self.prefixes.pop();
            }
        }
    }

    /// Nobody else sees a message for so long from now; false when somebody else has it already.
    pub async fn hold(&self, ticket: &Ticket, hidden: Duration) -> bool {
        self.lot.hold(ticket, hidden).await.is_ok()
    }

    /// The object stays where it is.
    pub fn leave(&mut self, ticket: Ticket) {
        if ticket.is_message() {
            self.stayed.insert(ticket.key.clone());
            self.staying.push(ticket.without_body());
        }
    }

    /// Lets others see at once what stays, and what was not come to.
    pub async fn end(self) {
        for ticket in self.staying.iter().chain(self.page.as_slice()) {
            // Where this fails they see it when the time is over for which it is hidden.
            let _ = self.lot.release(ticket).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::settings::Parking;

    fn walked(keys: &[&str], sink: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for key in keys {
            // Not through the lot, which would wait for the disk each time.
            let path = folder.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, key).unwrap();
        }
        let parking = Parking::Folder { path: folder.path().to_owned() };
        let lot = Lot::new(&parking, || panic!("a folder needs no AWS")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut walk, mut walked) = (Walk::new(&lot, sink), Vec::new());
            while let Some(ticket) = walk.next().await.unwrap() {
                assert!(walk.hold(&ticket, Duration::from_secs(1)).await);
                walked.push(ticket.key.clone());
                walk.leave(ticket);
            }
            walk.end().await;
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
