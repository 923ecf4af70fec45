//! Arguments of `tailwater map`.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use tailwater_parser::price::Cpu;

use super::{FunctionsFile, TimeSpec, cpu, time};
use crate::requests::Direction;

/// Arguments of `tailwater map`.
#[derive(Args, Debug)]
pub(in crate::cli) struct MapArgs {
    /// Part of the map: 'a -> *' (what a calls), '* -> a' (what calls a) or 'a ->> b' (all ways from a to b), optionally
    /// followed by `depth N`
    #[arg(value_name = "QUESTION", conflicts_with = "of")]
    pub(in crate::cli) ask: Vec<String>,

    /// Only what is around this function or resource, and what its failure would reach
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) of: Option<String>,

    /// Only what calls it, directly or through others
    #[arg(long, requires = "of", conflicts_with_all = ["downstream", "ask"])]
    upstream: bool,

    /// Only what it calls, directly or through others
    #[arg(long, requires = "of", conflicts_with = "ask")]
    downstream: bool,

    /// Greatest distance from NAME in calls, 1 to 8; a queue, topic or other resource between two functions is part of one
    /// call, so that 1 is what NAME sends to, and who receives that
    #[arg(long, value_name = "N", requires = "of", conflicts_with = "ask", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(in crate::cli) depth: u8,

    /// Only edges with this confidence in percent at least
    #[arg(long, value_name = "PCT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(in crate::cli) confidence: u8,

    /// Mark edges that are new, gone, slower or failing against the time before --since, as long as that of the map; without
    /// --since the second half of the store is compared with the first
    #[arg(long, conflicts_with = "version")]
    pub(in crate::cli) changes: bool,

    /// Only invocations of this version of NAME, and changes against the version before it
    #[arg(long, value_name = "VERSION", requires = "of", conflicts_with = "ask", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) version: Option<String>,

    /// Only invocations since TIME: a date, a time, or an age (24h, 7d)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) since: Option<TimeSpec>,

    /// Only invocations before TIME
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) until: Option<TimeSpec>,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(in crate::cli) store: PathBuf,

    /// Print the map as JSON
    #[arg(long, conflicts_with_all = ["dot", "mermaid"])]
    json: bool,

    /// Print the map for Graphviz
    #[arg(long, conflicts_with = "mermaid")]
    dot: bool,

    /// Print the map as a flowchart of Mermaid
    #[arg(long)]
    mermaid: bool,

    /// Output of `aws lambda list-functions` or `get-function`, whose tags declare calls [default: that of the store]
    #[arg(long, value_name = "FILE", value_parser = FunctionsFile::read)]
    pub(in crate::cli) functions: Option<FunctionsFile>,

    /// Region to assume if the logs do not name one [default: that of the store]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) region: Option<String>,

    /// Architecture of functions that are not in --functions [default: that of the store]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(in crate::cli) arch: Option<Cpu>,
}

/// Form of a printed map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Drawing {
    /// Table of calls.
    Table,
    Json,
    Dot,
    Mermaid,
}

impl MapArgs {
    /// Form in which the map is printed.
    pub(in crate::cli) fn drawing(&self) -> Drawing {
        match (self.json, self.dot, self.mermaid) {
            (true, ..) => Drawing::Json,
            (_, true, _) => Drawing::Dot,
            (_, _, true) => Drawing::Mermaid,
            (false, false, false) => Drawing::Table,
        }
    }

    /// Side of `--of` that is shown.
    pub(in crate::cli) fn direction(&self) -> Direction {
        match (self.upstream, self.downstream) {
            (true, _) => Direction::Upstream,
            (false, true) => Direction::Downstream,
            (false, false) => Direction::Both,
        }
    }
}
