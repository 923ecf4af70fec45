//! All invocations of a store in memory, with the errors in its log lines.

use std::cell::RefCell;

use tailwater_forwarder::pipeline::TimeRange;

use crate::{
    store::{Change, Cursor, ErrorCursor, MentionCursor, Store, StoreError},
    view::index::InvocationIndex,
};

/// Reads all invocations of a store, with their row ids, and the errors and ids in its log lines into memory.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(crate) fn read_index(store: &Store) -> Result<InvocationIndex, StoreError> {
    let mut index = read_links(store)?;
    store.errors_since(ErrorCursor::default(), &mut |origin, error| index.push_error(origin, error))?;
    index.sort();
    Ok(index)
}

/// Reads all invocations of a store and the ids in its log lines into memory, without the errors.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(crate) fn read_links(store: &Store) -> Result<InvocationIndex, StoreError> {
    let mut index = InvocationIndex::default();
    store.changes(Cursor::default(), |change| match change {
        Change::Reset(rows) => index = InvocationIndex::with_capacity(rows),
        Change::Invocation(id, invocation) => index.push(id, &invocation),
    })?;
    store.mentions_since(MentionCursor::default(), &mut |origin, found| {
        index.push_mention(origin, found.request_id, found.mention, found.value);
    })?;
    index.sort();
    Ok(index)
}

/// Reads the invocations whose REPORT lies in a time range, and the ids in their lines, into memory.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(crate) fn read_links_in(store: &Store, range: TimeRange) -> Result<InvocationIndex, StoreError> {
    if range.since.is_none() && range.until.is_none() {
        return read_links(store);
    }
    let index = RefCell::new(InvocationIndex::default());
    store.read_range(
        range,
        &mut |id, invocation| index.borrow_mut().push(id, invocation),
        &mut |origin, found| {
            index.borrow_mut().push_mention(origin, found.request_id, found.mention, found.value);
        },
    )?;
    let mut index = index.into_inner();
    index.sort();
    Ok(index)
}
