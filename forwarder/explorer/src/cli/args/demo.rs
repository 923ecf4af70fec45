//! Arguments of `tailwater demo`.

use std::path::PathBuf;

use clap::Args;

use super::address;
use crate::serve::Address;

/// Arguments of `tailwater demo`.
#[derive(Args, Debug)]
pub(in crate::cli) struct DemoArgs {
    /// File of the store [default: tailwater/demo.db in XDG_CACHE_HOME, or in ~/.cache]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) store: Option<PathBuf>,

    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4680", value_parser = address)]
    pub(in crate::cli) addr: Address,

    /// Do not open the page in the browser
    #[arg(long)]
    pub(in crate::cli) no_open: bool,

    /// Show the summary on the terminal, and do not serve the page
    #[arg(long)]
    pub(in crate::cli) no_serve: bool,
}
