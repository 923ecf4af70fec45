//! Arguments of `tailwater request`.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use tailwater_parser::price::Cpu;

use super::cpu;

/// Arguments of `tailwater request`.
#[derive(Args, Debug)]
pub(in crate::cli) struct RequestArgs {
    /// Request id, trace id, correlation id or message id as any log, header or tool spells it; 8 characters are enough
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) id: String,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// Print the request as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Region to assume if the logs do not name one [default: that of the store]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) region: Option<String>,

    /// Architecture of functions that are not in --functions [default: that of the store]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(in crate::cli) arch: Option<Cpu>,
}
