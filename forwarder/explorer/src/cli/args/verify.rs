//! Arguments of `tailwater verify`.

use std::path::PathBuf;

use clap::Args;

use super::{AccountArgs, TimeSpec, time};

/// Arguments of `tailwater verify`.
#[derive(Args, Debug)]
pub(in crate::cli) struct VerifyArgs {
    /// Accounts and credentials.
    #[command(flatten)]
    pub(in crate::cli) account: AccountArgs,

    /// Compare since TIME, extended to a whole hour: a date, a time, or an age (24h, 7d)
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = time)]
    pub(in crate::cli) since: TimeSpec,

    /// Compare until TIME, extended to a whole hour [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) until: Option<TimeSpec>,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// Do not ask before many metrics are read
    #[arg(long)]
    pub(in crate::cli) yes: bool,

    /// Print the comparison as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
