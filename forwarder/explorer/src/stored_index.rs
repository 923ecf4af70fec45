//! All invocations of a store in memory, with the errors in its log lines.

use tailwater_forwarder::pipeline::TimeRange;

use crate::{
    store::{ErrorCursor, Store, StoreError},
    view::index::InvocationIndex,
};

/// Reads all invocations of a store and the errors in its log lines into memory.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(crate) fn read_index(store: &Store) -> Result<InvocationIndex, StoreError> {
    let (mut index, mut id) = (InvocationIndex::default(), 0);
    store.for_each_invocation(TimeRange::default(), |invocation| {
        index.push(id, &invocation);
        id += 1;
    })?;
    store.errors_since(ErrorCursor::default(), &mut |origin, error| index.push_error(origin, error))?;
    index.sort();
    Ok(index)
}
