//! Arguments of `tailwater query`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use tailwater_parser::price::Cpu;

use super::{TimeSpec, cpu, positive, time};
use crate::cli::assumptions::FunctionsFile;

/// Arguments of `tailwater query`.
#[derive(Args, Debug)]
pub(in crate::cli) struct QueryArgs {
    /// Query, or the name of one
    #[arg(value_name = "QUERY", required_unless_present_any = ["list", "sql"])]
    pub(in crate::cli) query: Option<String>,

    /// Files, folders (read recursively), globs, or - for standard input, instead of the store
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// Only events since TIME: a date, a time, or an age (24h, 7d)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) since: Option<TimeSpec>,

    /// Only events before TIME
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) until: Option<TimeSpec>,

    /// Form of the result
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(in crate::cli) format: Format,

    /// File to write the result into instead of standard output; replaced if it exists
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,

    /// Greatest number of rows [default: 10000 for a query without `limit`]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) limit: Option<usize>,

    /// SQL instead of a query: SELECT from `events` (time, time_ms, account, region, log_group, log_stream, function,
    /// version, level, type, request_id, trace_id, message), `invocations` (time, time_ms, account, region, log_group,
    /// log_stream, function, version, request_id, trace_id, tenant, status, error_type, cold_start, duration_ms, billed_ms,
    /// init_ms, restore_ms, memory_mb, max_memory_mb, cost_usd), `functions` (function, account, log_group) and `errors`
    /// (id, function, kind, type, title, culprit, events, failed_invocations, first_ms, last_ms, first_version,
    /// last_version). A member of JSON lines: CASE WHEN json_valid(message) THEN message ->> '$.order.id' END.
    /// Example: SELECT function, avg(duration_ms) FROM invocations GROUP BY function
    #[arg(long, value_name = "STATEMENT", conflicts_with_all = ["explain", "list", "param", "tables"])]
    pub(in crate::cli) sql: Option<String>,

    /// Show what would be read, without running the query
    #[arg(long)]
    pub(in crate::cli) explain: bool,

    /// Stop after this number of seconds, with a part of the result
    #[arg(long, value_name = "SECONDS")]
    pub(in crate::cli) timeout: Option<u64>,

    /// List the named queries: name, chart, question
    #[arg(long)]
    pub(in crate::cli) list: bool,

    /// Value for a parameter of a named query; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    pub(in crate::cli) param: Vec<(String, String)>,

    /// Folder with your own named queries, a TOML file each: name, question, chart (table, line, bar), query, and optionally
    /// group and parameters
    #[arg(long, value_name = "FOLDER")]
    pub(in crate::cli) queries: Option<PathBuf>,

    /// Folder with the tables of `lookup`, a CSV file each
    #[arg(long, value_name = "FOLDER")]
    pub(in crate::cli) tables: Option<PathBuf>,

    /// Function to assume if the logs do not name one [default: the file name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) function: Option<String>,

    /// Log group to assume if the logs do not name one
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) log_group: Option<String>,

    /// Region to assume if the logs do not name one [default: TAILWATER_REGION, AWS_REGION]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) region: Option<String>,

    /// Architecture of functions that are not in --functions [default: x86_64]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(in crate::cli) arch: Option<Cpu>,

    /// Output of `aws lambda list-functions`, for the cost
    #[arg(long, value_name = "FILE", value_parser = FunctionsFile::read)]
    pub(in crate::cli) functions: Option<FunctionsFile>,

    /// Number of workers [default: number of cores]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(in crate::cli) jobs: Option<NonZeroUsize>,
}

/// Form of the result of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// Aligned columns
    Table,
    /// One JSON array of objects
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a row of names
    Csv,
    /// Apache Parquet; not for a terminal
    Parquet,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
