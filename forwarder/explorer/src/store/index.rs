//! All invocations of the store in memory, with the errors in log lines.

use tailwater_forwarder::pipeline::TimeRange;

use super::{Store, error::StoreError, errors::ErrorCursor};
use crate::view::index::InvocationIndex;

impl Store {
    /// Reads all invocations and the errors in log lines into memory.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn invocation_index(&self) -> Result<InvocationIndex, StoreError> {
        let (mut index, mut id) = (InvocationIndex::default(), 0);
        self.for_each_invocation(TimeRange::default(), |invocation| {
            index.push(id, &invocation);
            id += 1;
        })?;
        self.errors_since(ErrorCursor::default(), &mut |origin, error| index.push_error(origin, error))?;
        index.sort();
        Ok(index)
    }
}
