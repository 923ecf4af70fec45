//! Arguments of `tailwater store`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{TimeSpec, time};

/// Commands of `tailwater store`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum StoreCommand {
    /// Show what the store holds and where its bytes are
    ///
    /// Shows events, invocations, functions, time range and schema version, and the size of each part: messages, their other
    /// columns, keys by which duplicates are found, words for the search, invocations and indexes. --json prints one object.
    Info(StoreInfoArgs),

    /// Check the store for damage: file structure, checksums and log events
    ///
    /// Checks the structure of the file and the checksums of all rows, and decodes all log events. Exits with 1 and names
    /// each damage if there is any.
    Check(StoreArgs),

    /// Compress the log events better, and give unused space back
    ///
    /// Every block is written again at the highest useful level of zstd, then the file is copied without unused pages. Next to
    /// the store, that needs free space of twice its size. The command can be interrupted or killed at any time: the store
    /// stays whole, and running it again goes on.
    Compact(StoreArgs),

    /// Delete events and invocations before a time
    ///
    /// An invocation is older if it ended before the time; lines of an invocation that ended later stay, even older ones. What
    /// is deleted is gone; logs that are replayed again bring it back. Asks first, unless --yes is given.
    Forget(StoreForgetArgs),
}

/// Arguments of commands that need only a store.
#[derive(Args, Debug)]
pub(in crate::cli) struct StoreArgs {
    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,
}

/// Arguments of `tailwater store info`.
#[derive(Args, Debug)]
pub(in crate::cli) struct StoreInfoArgs {
    /// Store.
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Arguments of `tailwater store forget`.
#[derive(Args, Debug)]
pub(in crate::cli) struct StoreForgetArgs {
    /// Store.
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,

    /// Time before which everything is deleted: a date, a time, or an age (24h, 7d)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) before: TimeSpec,

    /// Delete without asking
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}
