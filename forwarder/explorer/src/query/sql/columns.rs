//! Tables that a statement may read.

/// Tables with their columns.
pub(super) const TABLES: [(&str, &[&str]); 4] =
    [("events", EVENTS), ("invocations", INVOCATIONS), ("functions", FUNCTIONS), ("errors", ERRORS)];

const EVENTS: &[&str] = &[
    "time",       // YYYY-MM-DD HH:MM:SS.mmm, UTC
    "time_ms",    // Unix milliseconds
    "account",    // account id
    "region",     // region
    "log_group",  // log group
    "log_stream", // log stream
    "function",   // function name
    "version",    // function version in the name of the stream
    "level",      // TRACE, DEBUG, INFO, WARN, ERROR or FATAL
    "type",       // kind of line: app, start, end, report …
    "request_id", // request id
    "trace_id",   // X-Ray trace id
    "message",    // message; JSON: message ->> '$.order.id'
];

const INVOCATIONS: &[&str] = &[
    "time",          // time of the REPORT line
    "time_ms",       // the same in Unix milliseconds
    "account",       // account id
    "region",        // region
    "log_group",     // log group
    "log_stream",    // log stream
    "function",      // function name
    "version",       // function version
    "request_id",    // request id
    "trace_id",      // X-Ray trace id
    "tenant",        // tenant id
    "status",        // success, error, timeout, out_of_memory or unknown
    "error_type",    // type of the error
    "cold_start",    // 1 for a start with INIT or restore
    "duration_ms",   // duration
    "billed_ms",     // billed duration
    "init_ms",       // duration of INIT
    "restore_ms",    // duration of the restore
    "memory_mb",     // memory size
    "max_memory_mb", // memory used
    "cost_usd",      // list price
];

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
