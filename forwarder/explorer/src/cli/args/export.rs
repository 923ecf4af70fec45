//! Arguments of `tailwater export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use tailwater_parser::price::Cpu;

use super::{TimeSpec, cpu, time};
use crate::{cli::assumptions::FunctionsFile, export::Format};

/// Arguments of `tailwater export`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExportArgs {
    /// Folder to write into: new or empty, or with --force
    #[arg(value_name = "DIR")]
    pub(in crate::cli) folder: PathBuf,

    /// Format of the files
    #[arg(long, value_name = "FORMAT", default_value = "parquet")]
    pub(in crate::cli) format: ExportFormat,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// Only events and invocations since TIME: a date, a time, or an age (24h, 7d)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) since: Option<TimeSpec>,

    /// Only events and invocations before TIME
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) until: Option<TimeSpec>,

    /// Write into a folder that is not empty: files of the same table, day and format are replaced, all others stay
    #[arg(long)]
    pub(in crate::cli) force: bool,

    /// Region to assume if the logs do not name one [default: TAILWATER_REGION, AWS_REGION]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) region: Option<String>,

    /// Architecture of functions that are not in --functions [default: x86_64]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(in crate::cli) arch: Option<Cpu>,

    /// Output of `aws lambda list-functions`, for the cost
    #[arg(long, value_name = "FILE", value_parser = FunctionsFile::read)]
    pub(in crate::cli) functions: Option<FunctionsFile>,
}

/// Format of the files of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ExportFormat {
    /// Apache Parquet, compressed with Zstandard
    Parquet,
    /// One JSON object a line
    Ndjson,
}

impl From<ExportFormat> for Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Parquet => Self::Parquet,
            ExportFormat::Ndjson => Self::Ndjson,
        }
    }
}
