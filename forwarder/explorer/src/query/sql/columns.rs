//! Tables that a statement may read.

use crate::query::columns::{EVENTS, INVOCATIONS};

/// Tables with their columns.
pub(super) const TABLES: [(&str, &[&str]); 4] =
    [("events", EVENTS), ("invocations", INVOCATIONS), ("functions", FUNCTIONS), ("errors", ERRORS)];

const FUNCTIONS: &[&str] = &["function", "account", "log_group"];

const ERRORS: &[&str] = &[
    "function",      // function name
    "title",         // error with numbers and ids masked
    "events",        // number of error lines
    "first_ms",      // first time
    "last_ms",       // last time
    "first_version", // version that logged it first
    "last_version",  // version that logged it last
];
