//! Command-line arguments: commands, flags, their help texts and value parsers.

mod compare;
mod export;
mod query;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use tailwater_forwarder::settings::SinkName;
use tailwater_parser::{UnixMillis, calendar::Date, price::Cpu, timestamp};

pub(super) use self::{
    compare::CompareArgs,
    export::ExportArgs,
    query::{Format, QueryArgs},
};
use super::{assumptions::FunctionsFile, fail_on::Conditions, setting_flags::SettingFlags};
use crate::{
    serve::Address,
    view::{insight::Dimension, logs::LogPrice},
};

/// Turn AWS Lambda logs into metrics, cold starts and cost
#[derive(Debug, Parser)]
#[command(name = "tailwater", version, about, max_term_width = 100)]
pub(super) struct Cli {
    /// Command to run.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Commands of `tailwater`.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read Lambda logs from files and show which functions are slow, cold, failing and expensive
    ///
    /// Formats are recognised by content; gzip and zstd are decompressed: subscription documents and Lambda events,
    /// S3 exports, console and Logs Insights downloads and copies, output of `aws logs`, `sam logs`, `sls logs`, `awslogs` and
    /// `saw`, plain function output.
    Replay(Box<ReplayArgs>),

    /// Run a CloudWatch Logs Insights query on the store or on log files
    ///
    /// The query reads the store, or the files that PATH names. --list shows queries that have a name: `tailwater query
    /// slowest`. Fields are those of CloudWatch, and ours: @function, @version, @level, @region, @account, @traceId, and on
    /// every line of an invocation @invocation.id, .status, .errorType, .coldStart, .durationMs, .billedMs, .initMs,
    /// .errorGroup, .memoryMb, .maxMemoryMb, .costUsd and .tenant.
    Query(Box<QueryArgs>),

    /// Write the events and invocations of the store as Parquet or NDJSON files, a folder for each day
    ///
    /// The folders are named as Hive names partitions: DIR/events/date=2026-03-04/part-0.parquet and
    /// DIR/invocations/date=2026-03-04/part-0.parquet. The columns are those of `tailwater query --sql`, with `time` as a
    /// timestamp. A file appears once it is complete. DuckDB: SELECT * FROM 'DIR/events/*/*.parquet'
    Export(Box<ExportArgs>),
    /// Compare two time spans or two versions: counts, failures, durations, cost, errors that are new or gone
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

    /// Check the embedded store for damage
    Store {
        /// Command for the store.
        #[command(subcommand)]
        command: StoreCommand,
    },
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

/// Commands of `tailwater store`.
#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Check the store for damage: file structure, checksums and log events
    ///
    /// Checks the structure of the file and the checksums of all rows, and decodes all log events. Exits with 1 and names
    /// each damage if there is any.
    Check(StoreCheckArgs),
}

/// Arguments of `tailwater store check`.
#[derive(Args, Debug)]
pub(super) struct StoreCheckArgs {
    /// File of the embedded store
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(super) store: PathBuf,
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
    #[arg(long, value_name = "SINK")]
    pub(super) sink: Option<String>,

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

/// Arguments of `tailwater check`.
#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// Send an empty request to each sink, and write, read and delete a test object in the parking location
    #[arg(long)]
    pub(super) connect: bool,

    /// Settings to check.
    #[command(flatten)]
    pub(super) settings: SettingFlags,
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
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<std::num::NonZeroUsize>,

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

fn cpu(text: &str) -> Result<Cpu, String> {
    Cpu::read(text).ok_or_else(|| "expected x86_64 or arm64".to_owned())
}

fn log_price(text: &str) -> Result<LogPrice, String> {
    LogPrice::read(text).ok_or_else(|| "expected dollars per GB, such as 0.57".to_owned())
}

fn dimension(text: &str) -> Result<Dimension, String> {
    Dimension::read(text).ok_or_else(|| format!("expected {}", Dimension::EXPECTED))
}

/// Point in time as given in a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeSpec {
    /// Date or time.
    At(UnixMillis),
    /// Age in milliseconds, relative to the current time.
    Ago(i64),
}

impl TimeSpec {
    /// Reads a date, a time or an age.
    ///
    /// # Errors
    /// Returns the forms that are known.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        time(text)
    }

    /// Converts to a point in time; an age counts back from the current time `now`.
    pub(super) fn resolve(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::At(time) => time,
            Self::Ago(millis) => UnixMillis(now.0.saturating_sub(millis)),
        }
    }
}

fn time(text: &str) -> Result<TimeSpec, String> {
    timestamp::read_day_or_time(text).map(TimeSpec::At).or_else(|| ago(text)).ok_or_else(|| {
        missing_day(text).unwrap_or_else(|| {
            "expected 2026-03-04, 2026-03-04T10:00:00Z, or an age such as 30m, 24h, 7d".to_owned()
        })
    })
}

/// Says that a text begins with a date that the calendar does not have; `None` if it does not.
fn missing_day(text: &str) -> Option<String> {
    let mut parts = text.get(..10)?.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let date = Date { year, month, day };
    if !(1..=12).contains(&month) || date.exists() {
        return None;
    }
    Some(format!("there is no such day: month {month} of {year} has {} days", date.days_in_month()))
}

fn ago(text: &str) -> Option<TimeSpec> {
    const UNITS: [(char, i64); 4] = [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];
    let (unit, millis) = UNITS.iter().find(|(unit, _)| text.ends_with(*unit))?;
    let n: i64 = text.strip_suffix(*unit)?.parse().ok().filter(|n| *n >= 0)?;
    n.checked_mul(*millis).map(TimeSpec::Ago)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn flags_do_not_conflict() {
        Cli::command().debug_assert();
    }

    #[test]
    fn time_is_a_date_a_time_or_an_age() {
        assert_eq!(time("2026-03-04"), Ok(TimeSpec::At(UnixMillis(1_772_582_400_000))));
        assert_eq!(time("2026-03-04T10:00:00Z"), Ok(TimeSpec::At(UnixMillis(1_772_618_400_000))));
        assert_eq!(time("24h"), Ok(TimeSpec::Ago(86_400_000)));
        for wrong in ["", "h", "-1h", "yesterday", "2026-13-01", "99999999999999999d"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        for wrong in ["2026-02-30", "2026-02-30T10:00:00Z"] {
            assert_eq!(
                time(wrong),
                Err("there is no such day: month 2 of 2026 has 28 days".to_owned()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn age_is_subtracted_from_now() {
        assert_eq!(TimeSpec::Ago(1000).resolve(UnixMillis(5000)), UnixMillis(4000));
        assert_eq!(TimeSpec::Ago(1000).resolve(UnixMillis(i64::MIN)), UnixMillis(i64::MIN));
    }
}
