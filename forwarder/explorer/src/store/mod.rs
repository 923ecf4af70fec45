//! The embedded store: one SQLite file with invocations as rows and log events as compressed, searchable blocks.
//!
//! Workers build [`Block`]s ([`BlockBuilder`]) and hand them, invocations and evidence to the one [`Writer`];
//! [`Store`] reads. Everything has an identity, so storing it again changes nothing, and a run that was killed is
//! completed by running it again.
//!
//! Measured in November 2026 on two shared x86-64 cores, with JSON lines of 450 bytes and one invocation to ten of
//! them: 2.2 µs of processor time an event (1.8 in the worker, mostly words and compression; 0.4 in the writer), 106
//! bytes an event in the file, 75 MB of memory at most. With ten million events a page of a search by words took 4 to
//! 320 ms, reading a million invocations 1 s. What no word narrows down opens every block: 4 s for a phrase that is
//! nowhere; [`Store::search_while`] is for those who cannot wait.

mod block;
mod bloom;
mod builder;
mod changes;
mod codes;
mod error;
mod events;
mod identity;
mod insert;
mod labels;
mod lines;
mod needle;
mod open;
mod origins;
mod overlap;
mod problem;
mod read;
mod room;
mod row;
mod schema;
mod search;
mod settle;
mod sought;
mod target;
#[cfg(test)]
mod tests;
mod varint;
mod words;
mod writer;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tailwater_parser::derive::Invocation;

pub use self::{
    block::Block,
    builder::BlockBuilder,
    changes::{Known, News},
    error::{Stopped, StoreError},
    identity::{EventKey, InvocationKey},
    lines::{LogEvent, Place},
    problem::ProblemGroup,
    read::{Function, FunctionId, Holdings, Span},
    search::{Found, Query},
    sought::Stored,
    target::StoreTarget,
    writer::{Writer, WriterHandle, Written},
};

/// A store, opened.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the store at `path`, making or updating it as needed.
    ///
    /// # Errors
    /// The file cannot be opened, is none of ours, or is from a later version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open::for_writing(path)?, path: path.to_owned() })
    }

    /// Opens the store at `path` without changing it.
    ///
    /// # Errors
    /// There is no file, it is none of ours, or it is not of this version.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open::for_reading(path)?, path: path.to_owned() })
    }

    /// Starts a thread that writes to this store. There should be one at a time: a second waits for the first, then
    /// fails with [`StoreError::Locked`].
    ///
    /// # Errors
    /// The file cannot be opened for writing.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        Writer::start(&self.path)
    }

    /// All functions, by name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn functions(&self) -> Result<Vec<Function>, StoreError> {
        read::functions(&self.connection)
    }

    /// Hands every invocation that ended in `span` to `each`, in no particular order, with all evidence weighed as of
    /// the last finished run.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn for_each_invocation(&self, span: Span, each: impl FnMut(Invocation)) -> Result<(), StoreError> {
        read::for_each_invocation(&self.connection, span, each)
    }

    /// The newest `limit` events that match, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn search(&self, query: &Query<'_>, limit: usize) -> Result<Vec<LogEvent>, StoreError> {
        Ok(search::search(&self.connection, query, limit, &|| true)?.events)
    }

    /// The newest events that match, up to `limit` of them and as far back as `go_on` allows: it is asked before each
    /// block that has to be opened. What was not searched is told with what was found.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn search_while(
        &self,
        query: &Query<'_>,
        limit: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Found, StoreError> {
        search::search(&self.connection, query, limit, go_on)
    }

    /// Hands out every invocation that is new or has changed since `known`, and says what is known then.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn changes(&self, known: Known, each: impl FnMut(News)) -> Result<Known, StoreError> {
        changes::since(&self.connection, known, each)
    }

    /// A number that differs whenever anyone else has written to the file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Invocations by the rows that [`Store::changes`] told, in the order of `ids`; rows that are not there are left
    /// out.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn invocations(&self, ids: &[i64]) -> Result<Vec<Stored>, StoreError> {
        sought::by_row(&self.connection, ids)
    }

    /// An invocation by its identity.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn invocation(&self, key: InvocationKey) -> Result<Option<Stored>, StoreError> {
        sought::by_key(&self.connection, key)
    }

    /// The invocations of a request id: several when it was retried.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn invocations_of_request(&self, request_id: &str) -> Result<Vec<Stored>, StoreError> {
        sought::by_request(&self.connection, request_id)
    }

    /// Errors of these functions (all, where there are none) by what they say, the most frequent first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn problems(&self, functions: &[FunctionId], span: Span) -> Result<Vec<ProblemGroup>, StoreError> {
        problem::groups(&self.connection, functions, span)
    }

    /// How much the store holds.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn holdings(&self) -> Result<Holdings, StoreError> {
        read::holdings(&self.connection)
    }

    /// The log of one invocation, in order; empty when it is not stored.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn invocation_log(&self, invocation: InvocationKey) -> Result<Vec<LogEvent>, StoreError> {
        lines::of_invocation(&self.connection, invocation)
    }

    /// The events around one of the same log stream, in order: up to `count` before it, itself, up to `count` after.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn around(&self, place: Place, count: usize) -> Result<Vec<LogEvent>, StoreError> {
        lines::around(&self.connection, place, count)
    }
}
