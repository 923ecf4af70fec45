//! Tables that a statement may read.

use crate::query::columns::{EVENTS, INVOCATIONS};

/// Tables with their columns.
pub(super) const TABLES: [(&str, &[&str]); 4] =
    [("events", EVENTS), ("invocations", INVOCATIONS), ("functions", FUNCTIONS), ("errors", ERRORS)];

const FUNCTIONS: &[&str] = &["function", "account", "log_group"];

const ERRORS: &[&str] = &[
    "id",                 // id of the group, as @invocation.errorGroup
    "function",           // function name
    "kind",               // exception, timeout, out_of_memory, exit, init, handled or unknown
    "type",               // type of the error
    "title",              // error with numbers and ids masked
    "culprit",            // innermost frame of the function's own code
    "events",             // number of error lines
    "failed_invocations", // number of invocations that failed with it
    "first_ms",           // first time
    "last_ms",            // last time
    "first_version",      // oldest version with it
    "last_version",       // latest version with it
];
