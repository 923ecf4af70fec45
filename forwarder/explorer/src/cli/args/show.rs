//! Arguments of `tailwater show`.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use tailwater_parser::price::Cpu;

use super::{TableArgs, cpu};

/// Arguments of `tailwater show`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ShowArgs {
    /// Name of a function, `errors`, id of an error group, request id, trace id or correlation id; the first letters are enough
    #[arg(value_name = "WHAT", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) what: Option<String>,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// Print the answer as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Rows of the overview.
    #[command(flatten)]
    pub(in crate::cli) table: TableArgs,

    /// Region to assume if the logs do not name one [default: that of the store]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) region: Option<String>,

    /// Architecture of functions that are not in --functions [default: that of the store]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(in crate::cli) arch: Option<Cpu>,
}
