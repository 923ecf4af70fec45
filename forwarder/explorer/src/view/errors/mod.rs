//! Groups of errors: failed invocations and error lines with the same cause, and since which version each is there.
//!
//! Each failed invocation is in exactly one group, so the groups' failed invocations add up to the errors of the summary.
//! The result does not depend on the order in which lines and invocations were read.

mod assign;
mod group;
mod grouped;
mod history;
mod of_stream;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use self::of_stream::error_groups_of_stream;
pub use self::{
    assign::{ErrorKind, GroupKey},
    group::{ErrorGroup, Errors, Trend},
    grouped::{GroupId, GroupedErrors, TIME_PARTS, VersionErrors},
};
pub(in crate::view) use self::{
    group::ErrorsBuilder,
    table::{ErrorEvent, ErrorSource, ErrorTable},
};
