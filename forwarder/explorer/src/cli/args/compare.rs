//! Arguments of `tailwater compare`.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use tailwater_parser::price::Cpu;

use super::cpu;

/// Arguments of `tailwater compare`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CompareArgs {
    /// First time span, since..until: dates, times or ages (24h, 7d); either end may be missing
    #[arg(
        long,
        value_name = "SINCE..UNTIL",
        requires = "b",
        required_unless_present = "versions",
        allow_hyphen_values = true
    )]
    pub(in crate::cli) a: Option<String>,

    /// Second time span
    #[arg(long, value_name = "SINCE..UNTIL", requires = "a", allow_hyphen_values = true)]
    pub(in crate::cli) b: Option<String>,

    /// Two versions instead of time spans, such as checkout:41,checkout:42
    #[arg(long, value_name = "FUNCTION:VERSION,FUNCTION:VERSION", conflicts_with_all = ["a", "b"])]
    pub(in crate::cli) versions: Option<String>,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// Print the comparison as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Region to assume if the logs do not name one [default: that of the store]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) region: Option<String>,

    /// Architecture of functions that are not in --functions [default: that of the store]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(in crate::cli) arch: Option<Cpu>,
}
