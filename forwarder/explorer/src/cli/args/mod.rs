//! Command-line arguments: commands, flags, their help texts and value parsers.

mod account;
mod brief;
mod check;
mod compare;
mod demo;
mod export;
mod map;
mod packaging;
mod pull;
mod query;
mod request;
mod show;
mod store;
mod table;
mod time_spec;
mod verify;

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use tailwater_forwarder::settings::SinkName;
use tailwater_parser::price::Cpu;

use self::time_spec::time;
pub(super) use self::{
    account::AccountArgs,
    brief::command,
    check::CheckArgs,
    compare::CompareArgs,
    demo::DemoArgs,
    export::ExportArgs,
    map::{Drawing, MapArgs},
    packaging::{CompletionsArgs, ManArgs},
    pull::PullArgs,
    query::{Format, QueryArgs},
    request::RequestArgs,
    show::ShowArgs,
    store::{StoreArgs, StoreCommand, StoreForgetArgs, StoreInfoArgs},
    table::TableArgs,
    time_spec::{TimeSpec, range_until_now, time_range},
    verify::VerifyArgs,
};
use super::{assumptions::FunctionsFile, fail_on::Conditions, setting_flags::SettingFlags};
use crate::{
    serve::Address,
    view::{insight::Dimension, logs::LogPrice},
};

/// Version, with commit and date where the build knows them: `0.1.0 (df19adf0a 2026-11-30)`.
pub(super) const VERSION: &str = env!("TAILWATER_VERSION");

/// Turn AWS Lambda logs into metrics, cold starts and cost
#[derive(Debug, Parser)]
#[command(name = "tailwater", version = VERSION, about, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_long_help = packaging::HINT)]
pub(super) struct Cli {
    /// Command to run.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Commands of `tailwater`.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read Lambda logs and show functions: slow, cold, failing, expensive
    ///
    /// Formats are recognised by content; gzip and zstd are decompressed: subscription documents and Lambda events,
    /// S3 exports, console and Logs Insights downloads and copies, output of `aws logs`, `sam logs`, `sls logs`, `awslogs` and
    /// `saw`, plain function output.
    Replay(Box<ReplayArgs>),

    /// Replay the sample that is part of this program, and open its page
    ///
    /// The sample is one day of invented functions of a shop. It is stored in the cache folder, not in tailwater.db.
    Demo(DemoArgs),

    /// Show functions, errors and invocations of the store on the terminal
    ///
    /// WHAT is the name of a function, `errors`, the id of an error group, a request id, a trace id or a correlation id; the first letters
    /// are enough.
    /// Without it, all functions are shown. From there to the stack trace of the newest failure: tailwater show checkout-api
    /// names the id of its most frequent error, and tailwater show ID shows its stack trace.
    Show(ShowArgs),

    /// Show one request across its functions: waterfall, lines, evidence
    ///
    /// ID is Lambda's request id, a trace id, a correlation id, the id of a message or an event, or the first 8 characters of
    /// one. The lines of all invocations are shown in their order. Each invocation names what links it to the one that caused
    /// it: the parent span, a tag, that it ran within its time, or that it was the next one with the same id.
    /// TAILWATER_CORRELATION_FIELDS names further members of log lines that are ids, as dotted paths with commas; they are
    /// found in lines that are stored afterwards.
    ///
    /// Examples: tailwater request 8edab1f8-57d4-41a4-b64d-0b8f1f7f2c1e, tailwater request 1-5759e988-bd862e3f
    Request(RequestArgs),

    /// Show what functions call and use, and what a failure would reach
    ///
    /// The calls follow from X-Ray parents, shared ids, resources that log lines name, and the tags Upstream and Downstream of
    /// the functions of --functions. QUESTION limits the map to a part: 'checkout -> *' is what checkout calls, '* ->
    /// checkout' is what calls it, 'api ->> billing' are all ways between them, optionally followed by `depth N`.
    ///
    /// Examples: tailwater map '* -> billing depth 3', tailwater map --of checkout --upstream --depth 2, tailwater map --dot
    Map(Box<MapArgs>),

    /// Read the Lambda logs of your AWS account into the store
    ///
    /// Uses your own credentials, and nothing is deployed. Says first which log groups it reads and what that can cost.
    /// Credentials are found as by AWS's own tools. A run that was stopped continues when it is repeated; an event is stored
    /// once, also if it was forwarded before. Example: tailwater pull --since 7d '/aws/lambda/checkout-*'
    Pull(Box<PullArgs>),

    /// Compare the store with AWS's own metrics, and explain differences
    ///
    /// Reads invocations, errors and durations of each function from CloudWatch's metrics, whose price is said first. Exits
    /// with 1 if a function differs.
    Verify(Box<VerifyArgs>),

    /// Run a CloudWatch Logs Insights query on the store or on log files
    ///
    /// The query reads the store, or the files that PATH names. --list shows queries that have a name: `tailwater query
    /// slowest`. Fields are those of CloudWatch, and ours: @function, @version, @level, @region, @account, @traceId, and on
    /// every line of an invocation @invocation.id, .status, .errorType, .coldStart, .durationMs, .billedMs, .initMs,
    /// .errorGroup, .memoryMb, .maxMemoryMb, .costUsd and .tenant.
    Query(Box<QueryArgs>),

    /// Write the store as Parquet or NDJSON files, a folder for each day
    ///
    /// Events and invocations have files of their own. The folders are named as Hive names partitions: DIR/events/date=2026-03-04/part-0.parquet and
    /// DIR/invocations/date=2026-03-04/part-0.parquet. The columns are those of `tailwater query --sql`, with `time` as a
    /// timestamp. A file appears once it is complete. DuckDB: SELECT * FROM 'DIR/events/*/*.parquet'
    Export(Box<ExportArgs>),
    /// Compare two time spans or versions: counts, failures, cost, errors
    ///
    /// Counts, failures, durations, cost, and errors that are new or gone.
    ///
    /// Example: tailwater compare --versions checkout:41,checkout:42, or --a 2026-03-03..2026-03-04 --b 2026-03-04..
    Compare(CompareArgs),

    /// Serve the store as a page for the browser
    ///
    /// Works offline. Only this machine has access, unless --allow-remote and --token-file are given. The page shows new
    /// data while `replay` writes to the store.
    Serve(Box<ServeArgs>),

    /// Deliver parked objects
    ///
    /// Parked objects hold events and metrics that the forwarder could not deliver. They are read from
    /// file:FOLDER, s3://BUCKET/PREFIX or sqs:QUEUE_URL, together with failed Lambda events that AWS stored
    /// in the same place. A parked object is deleted only when nothing in it is left to deliver. It is safe
    /// to run this command again, or several times at once.
    Redrive(Box<RedriveArgs>),

    /// Check the settings and show what would be sent where
    ///
    /// Flags take precedence over environment variables, and both over the file named by --config or
    /// TAILWATER_CONFIG. Secrets have no flag. Nothing is sent without --connect.
    Check(CheckArgs),

    /// List all settings: name, kind, default, meaning
    Settings(SettingsArgs),

    /// Try out rules that filter, redact, sample, tag and join events
    Rules {
        /// Command for rules.
        #[command(subcommand)]
        command: RulesCommand,
    },

    /// Show, check or compact the embedded store, or delete its old logs
    Store {
        /// Command for the store.
        #[command(subcommand)]
        command: StoreCommand,
    },

    /// Print the completions of a shell
    ///
    /// Packages install them already. Bash: tailwater completions bash > ~/.local/share/bash-completion/completions/tailwater
    #[command(hide = true)]
    Completions(CompletionsArgs),

    /// Write the manual pages
    #[command(hide = true)]
    Man(ManArgs),
}

/// Commands of `tailwater rules`.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Apply rules to logs and show the work of each rule; nothing is sent or stored
    ///
    /// Shows for each rule the events that match, are dropped, sampled and redacted, examples, the errors that it hides,
    /// and the price of what is not delivered. Exits with 64 and names every problem if the rules have any.
    Test(RulesTestArgs),
}

/// Arguments of `tailwater rules test`.
#[derive(Args, Debug)]
pub(super) struct RulesTestArgs {
    /// TOML file with the rules
    #[arg(value_name = "FILE")]
    pub(super) rules: PathBuf,

    /// Logs: files, folders (read recursively), globs, or - for standard input
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Function to assume if the logs do not name one [default: the file name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) function: Option<String>,

    /// Log group to assume if the logs do not name one
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) log_group: Option<String>,
}

/// Arguments of `tailwater redrive`.
#[derive(Args, Debug)]
pub(super) struct RedriveArgs {
    /// Parking location: file:FOLDER, s3://BUCKET/PREFIX or sqs:QUEUE_URL
    #[arg(value_name = "PLACE")]
    pub(super) location: String,

    /// List parked objects without sending anything
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Only objects parked since TIME: a date, a time, or an age (24h, 7d); failed events stored by AWS have
    /// no time and are always included
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) since: Option<TimeSpec>,

    /// Only objects parked for this sink; failed events stored by AWS, which are for all sinks, are excluded
    #[arg(long, value_name = "SINK", value_parser = sink_name)]
    pub(super) sink: Option<SinkName>,

    /// Deliver to this sink instead of the one the object was parked for
    #[arg(long, value_name = "SINK", value_parser = sink_name)]
    pub(super) to: Option<SinkName>,

    /// Maximum number of parked objects per second
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<std::num::NonZeroU32>,

    /// Maximum number of parked objects to deliver, in full or in part
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,

    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Settings of the sinks and of the network.
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

fn sink_name(text: &str) -> Result<SinkName, String> {
    let known = [SinkName::Otlp, SinkName::Datadog, SinkName::Ndjson];
    let found = known.into_iter().find(|name| name.name() == text);
    found.ok_or_else(|| "expected otlp, datadog or ndjson".to_owned())
}

/// Arguments of `tailwater settings`.
#[derive(Args, Debug)]
pub(super) struct SettingsArgs {
    /// Print a Markdown table
    #[arg(long)]
    pub(super) markdown: bool,

    /// Print JSON: an object with a list of settings for each program, `forwarder`, `subscriber` and `macro`. Each setting
    /// has `name`, `kind`, `words` (that it takes, if its kind is `word` or `words`), `default` (or null), `required`,
    /// `doc` (its meaning), `expected` (the values it takes), `sink` (that it configures, or null) and `secret`
    #[arg(long, conflicts_with = "markdown")]
    pub(super) json: bool,
}

/// Arguments of `tailwater replay`.
#[derive(Args, Debug)]
pub(super) struct ReplayArgs {
    /// Files, folders (read recursively), globs, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Destination of the events; may be repeated
    #[arg(long, value_name = "SINK", default_value = "store")]
    pub(super) to: Vec<Destination>,

    /// TOML file with backend settings; environment variables take precedence
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<String>,

    /// TOML file with rules that filter, redact, sample, tag and join events [default: TAILWATER_RULES]
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Option<PathBuf>,

    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(super) store: PathBuf,

    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Rows of the table.
    #[command(flatten)]
    pub(super) table: TableArgs,

    /// Region to assume if the logs do not name one; kept in the store [default: TAILWATER_REGION, AWS_REGION]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(super) region: Option<String>,

    /// Architecture of functions that are not in --functions; kept in the store [default: x86_64]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(super) arch: Option<Cpu>,

    /// Function to assume if the logs do not name one [default: the file name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) function: Option<String>,

    /// Log group to assume if the logs do not name one
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) log_group: Option<String>,

    /// Output of `aws lambda list-functions`, for architecture, timeout, memory and storage; kept in the store
    #[arg(long, value_name = "FILE", value_parser = FunctionsFile::read)]
    pub(super) functions: Option<FunctionsFile>,

    /// Price of the ingestion of logs in US dollars per GB (2^30 bytes), in all regions; kept in the store [default: the
    /// list price of the region, if it is known]
    #[arg(long, value_name = "USD", value_parser = log_price)]
    pub(super) log_price: Option<LogPrice>,

    /// Dimension that the cost is divided by in the JSON document: tenant, version, function, day, field:PATH (member of
    /// JSON lines, such as field:customer.id) or emf:NAME (dimension of EMF); may be repeated; kept in the store [default:
    /// tenant, version]
    #[arg(long, value_name = "DIMENSION", value_parser = dimension)]
    pub(super) by: Vec<Dimension>,

    /// Skip events before TIME: a date, a time, or an age (24h, 7d)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) since: Option<TimeSpec>,

    /// Skip events at or after TIME
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) until: Option<TimeSpec>,

    /// Conditions that end the run with exit code 3: METRIC>LIMIT, separated by commas
    ///
    /// Metrics are new-errors (groups of errors that have failed an invocation), errors, timeouts (LIMIT is a number),
    /// error-rate, cold-starts (1%), p50, p95, p99, max (500ms, 2s) and cost (of an invocation). +20% as LIMIT means above the
    /// value before, for all but new-errors; new-errors alone means more than 0. Each function is judged: its latest
    /// version, compared with the version before, or with --baseline the function as a whole. What cannot be decided is
    /// said on standard error. Example: new-errors,error-rate>1%,p95>+20%
    #[arg(long, value_name = "CONDITIONS", value_parser = Conditions::read, conflicts_with = "follow")]
    pub(super) fail_on: Option<Conditions>,

    /// Earlier output of --json that --fail-on compares with, instead of the version before
    #[arg(long, value_name = "FILE", requires = "fail_on")]
    pub(super) baseline: Option<PathBuf>,

    /// Number of files to read in parallel [default: number of cores]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(super) jobs: Option<NonZeroUsize>,

    /// Keep reading while the file, or standard input, grows; only for a single file, which may still be empty
    #[arg(long, conflicts_with_all = ["dry_run", "jobs"])]
    pub(super) follow: bool,

    /// Serve counters for Prometheus at http://ADDRESS/metrics while running
    #[arg(long, value_name = "ADDRESS")]
    pub(super) metrics: Option<std::net::SocketAddr>,

    /// Read everything and show the format of each input, but store and send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Arguments of `tailwater serve`.
#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    /// File of the embedded store; created if it does not exist
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(super) store: PathBuf,

    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4680", value_parser = address)]
    pub(super) addr: Address,

    /// Open the page in the browser
    #[arg(long)]
    pub(super) open: bool,

    /// TOML file with rules for deliveries that are posted [default: TAILWATER_RULES]
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Option<PathBuf>,

    /// Allow access from other machines; requires --token-file
    #[arg(long)]
    pub(super) allow_remote: bool,

    /// File with a token that clients must send
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,

    /// Region to assume if the logs do not name one; kept in the store [default: TAILWATER_REGION, AWS_REGION]
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(super) region: Option<String>,

    /// Architecture of functions that are not in --functions; kept in the store [default: x86_64]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(super) arch: Option<Cpu>,

    /// Output of `aws lambda list-functions`, for architecture, timeout, memory and storage; kept in the store
    #[arg(long, value_name = "FILE", value_parser = FunctionsFile::read)]
    pub(super) functions: Option<FunctionsFile>,

    /// Price of the ingestion of logs in US dollars per GB (2^30 bytes), in all regions; kept in the store [default: the
    /// list price of the region, if it is known]
    #[arg(long, value_name = "USD", value_parser = log_price)]
    pub(super) log_price: Option<LogPrice>,
}

fn address(text: &str) -> Result<Address, String> {
    Address::read(text).ok_or_else(|| "expected an IP address and a port, such as 127.0.0.1:4680".to_owned())
}

/// Destination of replayed events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Destination {
    /// Embedded store
    Store,
    /// NDJSON records on standard output
    Stdout,
    /// No destination, only the summary
    None,
    /// OpenTelemetry (OTLP), to OTEL_EXPORTER_OTLP_ENDPOINT
    Otlp,
    /// Datadog, with DD_API_KEY
    Datadog,
    /// NDJSON records, to TAILWATER_NDJSON
    Ndjson,
}

impl Destination {
    /// Returns the name of the backend in the settings, or `None` if the destination has no settings.
    pub(super) fn backend(self) -> Option<SinkName> {
        match self {
            Self::Store | Self::Stdout | Self::None => None,
            Self::Otlp => Some(SinkName::Otlp),
            Self::Datadog => Some(SinkName::Datadog),
            Self::Ndjson => Some(SinkName::Ndjson),
        }
    }
}

fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a whole number from 1 on".to_owned())
}

fn cpu(text: &str) -> Result<Cpu, String> {
    Cpu::read(text).ok_or_else(|| "expected x86_64 or arm64".to_owned())
}

fn log_price(text: &str) -> Result<LogPrice, String> {
    LogPrice::read(text).ok_or_else(|| "expected dollars per GB, such as 0.57".to_owned())
}

fn dimension(text: &str) -> Result<Dimension, String> {
    Dimension::read(text).ok_or_else(|| format!("expected {}", Dimension::EXPECTED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn flags_do_not_conflict() {
        Cli::command().debug_assert();
    }
}
