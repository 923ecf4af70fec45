//! Arguments of `tailwater pull`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use glob::Pattern;

use super::{AccountArgs, TimeSpec, time};

/// Arguments of `tailwater pull`.
#[derive(Args, Debug)]
pub(in crate::cli) struct PullArgs {
    /// Log groups: names, or globs in which * matches any text [default: those of all Lambda functions]
    #[arg(value_name = "GROUP", value_parser = pattern)]
    pub(in crate::cli) groups: Vec<Pattern>,

    /// Only log groups with this tag, or whose function has it; may be repeated, all must match
    #[arg(long, value_name = "KEY=VALUE", value_parser = Tag::read)]
    pub(in crate::cli) tag: Vec<Tag>,

    /// Accounts and credentials.
    #[command(flatten)]
    pub(in crate::cli) account: AccountArgs,

    /// Read events since TIME: a date, a time, or an age (24h, 7d)
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = time)]
    pub(in crate::cli) since: TimeSpec,

    /// Read events before TIME [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) until: Option<TimeSpec>,

    /// File of the embedded store; a new one is readable by its owner only
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// TOML file with rules that filter, redact, sample, tag and join events [default: TAILWATER_RULES]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) rules: Option<PathBuf>,

    /// Number of log groups to read in parallel
    #[arg(long, value_name = "N", default_value = "4")]
    pub(in crate::cli) jobs: NonZeroUsize,

    /// Keep reading new events every five seconds until Ctrl-C
    #[arg(long, conflicts_with_all = ["until", "dry_run"])]
    pub(in crate::cli) follow: bool,

    /// Read only the events that a Logs Insights query returns, such as "filter @message like /ERROR/", for log groups that
    /// cannot be read otherwise (class Infrequent Access); AWS charges for the bytes that it scans
    #[arg(long, value_name = "QUERY", conflicts_with = "follow")]
    pub(in crate::cli) query: Option<String>,

    /// Read what AWS has measured as well: throttles, concurrency, ages of events, dead-letter errors; 5 metrics a function,
    /// $0.01 for 1,000
    #[arg(long)]
    pub(in crate::cli) metrics: bool,

    /// Do not ask before much is read
    #[arg(long)]
    pub(in crate::cli) yes: bool,

    /// List the log groups and what reading them can cost, but read no events
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    /// Print the IAM policy with the rights that these arguments need, and do nothing else
    #[arg(long)]
    pub(in crate::cli) policy: bool,

    /// Print the summary as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Tag of an AWS resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Tag {
    pub(in crate::cli) key: String,
    pub(in crate::cli) value: String,
}

impl Tag {
    fn read(text: &str) -> Result<Self, String> {
        let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
        let (key, value) = pair.ok_or("expected KEY=VALUE, such as team=checkout")?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

fn pattern(text: &str) -> Result<Pattern, String> {
    if text.is_empty() {
        return Err("expected the name of a log group".to_owned());
    }
    Pattern::new(text).map_err(|error| error.to_string())
}
