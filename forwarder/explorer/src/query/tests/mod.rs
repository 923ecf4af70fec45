//! Queries over small logs whose rows are known.

mod commands;
mod fields;
mod output;
mod stats;

use std::path::PathBuf;

use tailwater_forwarder::pipeline::{Pipeline, TimeRange};
use tailwater_parser::{
    Event, Origin, Receive as _, UnixMillis,
    decode::{Part, Utf8},
};
use tempfile::TempDir;

use super::{language::parse, *};
use crate::store::{Store, StoreTarget};

/// Time of the first event: 2026-03-04 10:00:00 UTC.
pub(crate) const START: i64 = 1_772_618_400_000;

/// Log in a store of its own.
pub(crate) struct Log {
    _folder: TempDir,
    pub(crate) path: PathBuf,
    tables: Tables,
}

/// Log stream with its events: milliseconds after [`START`], and messages.
struct Stream<'s> {
    group: &'s str,
    name: &'s str,
    events: &'s [(i64, &'s str)],
}

impl Log {
    /// Returns what is missing in the result of a query.
    fn query_partial(&self, query: &str) -> Option<Partial> {
        self.answer(query, |_| {}).unwrap().partial
    }

    fn new(streams: &[Stream<'_>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tailwater.db");
        let store = Store::open(&path).unwrap();
        let writer = store.writer().unwrap();
        let mut pipeline = Pipeline::new(TimeRange::default(), StoreTarget::new(writer.handle()));
        for stream in streams {
            let mut origin = Origin::default();
            origin.account.push_str("123456789012");
            origin.region.push_str("eu-west-1");
            origin.set_names(stream.group, stream.name);
            pipeline.begin_input(stream.name.as_bytes());
            pipeline.batch(&origin);
            for (millis, message) in stream.events {
                let time = Some(UnixMillis(START + millis));
                pipeline.event(&Event { id: None, time, message, part: Part::Whole, utf8: Utf8::Valid });
            }
            pipeline.end_input();
        }
        pipeline.finish().0.finish();
        writer.finish().unwrap();
        Self { _folder: folder, path, tables: Tables::default() }
    }

    /// Log of one stream of the function `shop`.
    pub(crate) fn of(events: &[(i64, &str)]) -> Self {
        Self::new(&[Stream { group: "/aws/lambda/shop", name: "2026/03/04/[7]abc", events }])
    }

    /// Log of these messages, a second apart.
    pub(crate) fn lines(messages: &[&str]) -> Self {
        let events: Vec<_> = messages.iter().zip(0..).map(|(message, n)| (n * 1000, *message)).collect();
        Self::of(&events)
    }

    fn answer(&self, query: &str, change: impl FnOnce(&mut Options<'_>)) -> Result<Answer, String> {
        let query = parse(query).map_err(|error| error.to_string())?;
        let catalog = Catalog::default();
        let mut options = Options {
            store: &self.path,
            catalog: &catalog,
            tables: &self.tables,
            range: TimeRange::default(),
            filter: None,
            now: START + 60_000,
            jobs: 2,
            memory: DEFAULT_MEMORY,
            limit: None,
            must_cancel: &|| false,
        };
        change(&mut options);
        run(&query, &options).map_err(|error| error.to_string())
    }

    /// Rows of a query as JSON objects, one a line.
    pub(in crate::query) fn rows(&self, query: &str) -> String {
        let answer = self.answer(query, |_| {}).unwrap_or_else(|error| panic!("{query}: {error}"));
        let mut out = Vec::new();
        print::write_ndjson(&answer.table, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn check(&self, query: &str, expected: &[&str]) {
        assert_eq!(self.rows(query).lines().collect::<Vec<_>>(), expected, "{query}");
    }
}
