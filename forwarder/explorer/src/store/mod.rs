//! Embedded store: one SQLite file with invocations as rows and log events as compressed, searchable blocks.
//!
//! Worker threads each build [`Block`]s with a [`BlockBuilder`]. They send blocks, invocations and evidence
//! (facts about an invocation from lines other than its REPORT line) to the single [`Writer`]. A [`Store`]
//! reads. Every stored value has a key, so storing it again changes nothing: after a run was killed,
//! repeating it completes the store.
//!
//! Measured in November 2026 on two shared x86-64 cores, with JSON lines of 450 bytes and one invocation for
//! ten lines: 2.2 µs of processor time for each event (1.8 in the worker, mostly word hashes and compression;
//! 0.4 in the writer), 106 bytes for each event in the file, at most 75 MB of memory. With ten million
//! events, a page of a word search took 4 to 320 ms, and reading a million invocations 1 s. A search for
//! which the Bloom filters exclude no block decodes every block: 4 s for a phrase that does not occur.
//! [`Store::search_while`] bounds that time.
//!
//! A store never gives wrong results from a damaged file: rows have checksums, and the numbers of rows are stored, too.
//! Reading verifies both. That adds a third to the time of reading invocations, and nothing measurable to that of writing.
//! [`Store::check`] also looks at what reading does not need, such as indexes.

mod assumptions;
mod block;
mod bloom;
mod builder;
mod byte_budget;
mod changes;
mod check;
mod checksum;
mod codes;
mod compact;
mod error;
mod errors;
mod events;
mod file_id;
mod forget;
mod identity;
mod info;
mod insert;
mod key_cache;
mod log;
mod lookup;
mod mentions;
mod open;
mod origin_cache;
mod pulls;
mod range;
mod read;
mod reconcile;
mod row;
mod scan;
mod schema;
mod search;
mod search_terms;
mod string_column;
mod target;
#[cfg(test)]
mod tests;
mod totals;
mod upgrade;
mod words;
mod writer;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::Invocation;

use self::file_id::FileId;

pub use self::{
    assumptions::Assumption,
    block::Block,
    builder::BlockBuilder,
    changes::{Change, Cursor},
    check::{CheckReport, Damage},
    error::{StoreError, WriterStopped},
    errors::ErrorCursor,
    forget::{Forgettable, Forgotten},
    identity::{EventKey, InvocationKey},
    info::{StoreInfo, StorePart},
    insert::WriteCounts,
    log::{LogEvent, LogPosition},
    lookup::StoredInvocation,
    mentions::{MentionCursor, StoredMention, TimedMention},
    pulls::{KeptByPulls, PullKind, PullRecord},
    read::{Function, FunctionId, StoreStats},
    scan::{BlockInfo, BlockOrigins, BlockWords, ScannedBlock, ScannedEvent},
    search::{EventFilter, Query, SearchPage},
    search_terms::{SearchPart, search_parts},
    target::StoreTarget,
    writer::{Writer, WriterHandle},
};

/// Open store.
///
/// Methods that read return a [`StoreError`] if the file cannot be read.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    file: FileId,
}

impl Store {
    /// Opens the store at `path`. Creates the file if it is missing, and upgrades an older schema.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened, is not a store, or has a newer schema.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open::read_write(path)?, path: path.to_owned(), file: FileId::of(path) })
    }

    /// Opens the store at `path` without changing it.
    ///
    /// # Errors
    /// Returns an error if the file is missing, is not a store, or has another schema version.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open::read_only(path)?, path: path.to_owned(), file: FileId::of(path) })
    }

    /// Starts the writer thread of this store. A store should have one writer at a time: a second one waits for the
    /// first, then fails with [`StoreError::Locked`].
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened for writing.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        Writer::start(&self.path)
    }

    /// Returns the value of a flag that an earlier run has kept; `None` if none has.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn assumption(&self, assumption: Assumption) -> Result<Option<String>, StoreError> {
        self.named(assumptions::read(&self.connection, assumption))
    }

    /// Keeps the value of a flag for later runs with this store.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn keep_assumption(&self, assumption: Assumption, value: &str) -> Result<(), StoreError> {
        self.named(assumptions::write(&self.connection, assumption, value))
    }

    /// Returns what pulls have kept of a kind, as pairs of key and value, ordered by key.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn pulls(&self, kind: PullKind) -> Result<Vec<(String, String)>, StoreError> {
        Ok(self.all_pulls()?.remove(&kind).unwrap_or_default())
    }

    /// Returns all that pulls have kept.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn all_pulls(&self) -> Result<KeptByPulls, StoreError> {
        self.named(pulls::read(&self.connection))
    }

    /// Returns all functions, ordered by name.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn functions(&self) -> Result<Vec<Function>, StoreError> {
        self.named(read::functions(&self.connection))
    }

    /// Passes every invocation whose REPORT line has a time in `range` to `each`, in no particular order.
    /// Evidence from other inputs is included as of the last [`Writer::finish`] or [`WriterHandle::flush`].
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn for_each_invocation(
        &self,
        range: TimeRange,
        each: impl FnMut(Invocation),
    ) -> Result<(), StoreError> {
        self.named(read::for_each_invocation(&self.connection, range, each))
    }

    /// Returns the newest `limit` log events that match `query`, newest first.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn search(&self, query: &Query<'_>, limit: usize) -> Result<Vec<LogEvent>, StoreError> {
        Ok(self.search_while(query, limit, &|| true)?.events)
    }

    /// Returns a page of at most `limit` log events that match `query`, newest first, and a cursor for the
    /// next page.
    ///
    /// `should_continue` is called between blocks; when it returns false, the page ends early
    /// ([`SearchPage::is_partial`]).
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn search_while(
        &self,
        query: &Query<'_>,
        limit: usize,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<SearchPage, StoreError> {
        self.named(search::search(&self.connection, query, limit, should_continue))
    }

    /// Passes every invocation that was added or changed since `cursor` to `each`, and returns the new cursor.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn changes(&self, cursor: Cursor, each: impl FnMut(Change)) -> Result<Cursor, StoreError> {
        self.named(changes::since(&self.connection, cursor, each))
    }

    /// Returns SQLite's `data_version`, which changes whenever another connection has written to the file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or was removed or replaced.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        self.named(self.file.check().and_then(|()| Ok(version?)))
    }

    /// Returns the invocations with these row ids, which [`Store::changes`] reports, in the order of `ids`. Unknown ids
    /// are skipped.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn invocations(&self, ids: &[i64]) -> Result<Vec<StoredInvocation>, StoreError> {
        self.named(lookup::by_id(&self.connection, ids))
    }

    /// Returns the invocation with this key; `None` if it is not stored.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn invocation(&self, key: InvocationKey) -> Result<Option<StoredInvocation>, StoreError> {
        self.named(lookup::by_key(&self.connection, key))
    }

    /// Returns the invocations with this request id, oldest first: several if the request was retried.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn invocations_of_request(&self, request_id: &str) -> Result<Vec<StoredInvocation>, StoreError> {
        self.named(lookup::by_request(&self.connection, request_id))
    }

    /// Returns the first `limit` invocations whose request id begins with `prefix`, ordered by request id.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn invocations_by_prefix(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<StoredInvocation>, StoreError> {
        self.named(lookup::by_request_prefix(&self.connection, prefix, limit))
    }

    /// Returns at most `limit` of the trace ids that begin with `prefix`, in their order.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn traces_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.named(lookup::traces_with_prefix(&self.connection, prefix, limit))
    }

    /// Returns at most `limit` of the request ids that begin with `prefix`, in their order.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn requests_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.named(lookup::requests_with_prefix(&self.connection, prefix, limit))
    }

    /// Returns the number of stored events and invocations, and the time range of the events.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        self.named(read::stats(&self.connection))
    }

    /// Returns the log events of an invocation, in the order in which they were logged; an empty list if the
    /// invocation is not stored.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn invocation_log(&self, invocation: InvocationKey) -> Result<Vec<LogEvent>, StoreError> {
        self.named(log::of_invocation(&self.connection, invocation))
    }

    /// Returns the event at `position` with up to `count` events of the same log stream before and after it,
    /// in the order in which they were logged; an empty list if no event has this position.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn around(&self, position: LogPosition, count: usize) -> Result<Vec<LogEvent>, StoreError> {
        self.named(log::around(&self.connection, position, count))
    }

    /// Checks the structure of the file and the checksums of all rows, and decodes all blocks.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read at all. Damage is listed in the report.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        self.named(check::run(&self.connection))
    }

    /// Adds the path of the file to an error.
    fn named<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.file.named(result)
    }
}
