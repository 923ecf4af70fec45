//! Arguments of the command that checks settings.

use std::path::PathBuf;

use clap::Args;

use crate::cli::setting_flags::SettingFlags;

/// Arguments of `tailwater check`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CheckArgs {
    /// Send an empty request to each sink, and write, read and delete a test object in the parking location
    #[arg(long)]
    pub(in crate::cli) connect: bool,

    /// Read the configuration of a Datadog Forwarder instead, the output of `aws lambda get-function-configuration`, and
    /// print the settings that take its place
    #[arg(long, value_name = "FILE", conflicts_with = "connect")]
    pub(in crate::cli) from_datadog: Option<PathBuf>,

    /// Settings to check.
    #[command(flatten)]
    pub(in crate::cli) settings: SettingFlags,
}
