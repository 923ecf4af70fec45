//! Arguments of the commands that write files of a package: completions of shells, and manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// End of `--help`: the list of commands leaves these out, since packages install their output.
pub(super) const HINT: &str = "`tailwater completions SHELL` prints the completions of a shell, and `tailwater man DIR` \
    writes the manual pages.";

/// Arguments of `tailwater completions`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CompletionsArgs {
    /// Shell to complete commands and flags in
    #[arg(value_name = "SHELL")]
    pub(in crate::cli) shell: Shell,
}

/// Arguments of `tailwater man`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ManArgs {
    /// Folder to write the pages to; created if it does not exist
    #[arg(value_name = "DIR")]
    pub(in crate::cli) folder: PathBuf,
}
