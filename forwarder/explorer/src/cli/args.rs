//! The command line as typed: flags, their help, and the words they take.

use std::{fs, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use tailwater_forwarder::settings::SinkName;
use tailwater_parser::{UnixMillis, price::Cpu, timestamp};

use super::settings::SettingFlags;
use crate::{serve::Address, view::Catalog};

/// AWS Lambda's logs as logs, metrics, cold starts and cost.
#[derive(Debug, Parser)]
#[command(name = "tailwater", version, about, max_term_width = 100)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// What `tailwater` can do.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Read Lambda logs from files and show which functions are slow, cold, failing and expensive
    ///
    /// Formats are recognised by content, gzip, zstd or plain: subscription documents and Lambda events,
    /// S3 exports, console and Logs Insights downloads, `aws logs` and `sam logs` output, plain function output.
    Replay(Box<Replay>),

    /// Show the store as a page in the browser
    ///
    /// Works offline; only this machine may ask, unless --allow-remote and --token-file say otherwise. What is replayed
    /// into the store meanwhile is shown as it comes.
    Serve(Box<Serve>),

    /// Deliver what is parked
    ///
    /// Reads file:FOLDER, s3://BUCKET/PREFIX or sqs:QUEUE_URL, and what AWS itself put away there. An object goes only when
    /// everything it owes is settled; running this twice, or two at once, is safe.
    Redrive(Box<Redrive>),

    /// Check the settings and say what would be sent where
    ///
    /// A flag goes before the environment, and both before the file that --config or TAILWATER_CONFIG names.
    /// Secrets have no flag. Without --connect nothing is sent.
    Check(Check),

    /// List every setting: name, kind, default, meaning
    Settings(ListSettings),
}

/// Flags of `tailwater redrive`.
#[derive(Args, Debug)]
pub(super) struct Redrive {
    /// Where it is parked: file:FOLDER, s3://BUCKET/PREFIX or sqs:QUEUE_URL
    #[arg(value_name = "PLACE")]
    pub(super) place: String,

    /// List what is parked, send nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Only what was parked since: a date, a time, or how long ago (24h, 7d); what AWS put away tells no time and is meant always
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) since: Option<When>,

    /// Only what this sink is owed, and nothing that AWS put away, which is owed to all
    #[arg(long, value_name = "SINK")]
    pub(super) sink: Option<String>,

    /// To this sink instead of the one that is owed
    #[arg(long, value_name = "SINK", value_parser = sink_name)]
    pub(super) to: Option<SinkName>,

    /// At most so many parked objects a second
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<std::num::NonZeroU32>,

    /// No more than so many parked objects
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,

    /// Print what came of it as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// The sinks and how they are reached
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

fn sink_name(text: &str) -> Result<SinkName, String> {
    let known = [SinkName::Otlp, SinkName::Datadog, SinkName::Ndjson];
    let found = known.into_iter().find(|name| name.name() == text);
    found.ok_or_else(|| "expected otlp, datadog or ndjson".to_owned())
}

/// Flags of `tailwater check`.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// Try each sink with an empty request, and parking with an object that is taken away again
    #[arg(long)]
    pub(super) connect: bool,

    /// What is checked.
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

/// Flags of `tailwater settings`.
#[derive(Args, Debug)]
pub(super) struct ListSettings {
    /// As the table that README.md shows
    #[arg(long)]
    pub(super) markdown: bool,
}

/// Flags of `tailwater replay`.
#[derive(Args, Debug)]
pub(super) struct Replay {
    /// Files, folders (read recursively), globs, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Where events go; may be repeated
    #[arg(long, value_name = "SINK", default_value = "store")]
    pub(super) to: Vec<Destination>,

    /// A TOML file with settings of backends; the environment goes before it
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<String>,

    /// The embedded store's file
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(super) store: PathBuf,

    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Region where no log line tells
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(super) region: Option<String>,

    /// Architecture of functions that --functions does not name [assumed: x86_64]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(super) arch: Option<Cpu>,

    /// Function of logs that do not say [else: the file's name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) function: Option<String>,

    /// Log group of logs that do not say
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) log_group: Option<String>,

    /// Output of `aws lambda list-functions`: architecture, timeout, memory, storage
    #[arg(long, value_name = "FILE", value_parser = catalog)]
    pub(super) functions: Option<Catalog>,

    /// Leave out events before this: a date, a time, or how long ago (24h, 7d)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) since: Option<When>,

    /// Leave out events from this time on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) until: Option<When>,

    /// Files read at once [default: all cores]
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<std::num::NonZeroUsize>,

    /// Go on reading as the one file, or standard input, grows
    #[arg(long, conflicts_with_all = ["dry_run", "jobs"])]
    pub(super) follow: bool,

    /// Serve counts for Prometheus at http://ADDRESS/metrics while it runs
    #[arg(long, value_name = "ADDRESS")]
    pub(super) metrics: Option<std::net::SocketAddr>,

    /// Read everything, say what each input is, keep nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Flags of `tailwater serve`.
#[derive(Args, Debug)]
pub(super) struct Serve {
    /// The embedded store's file; made where there is none
    #[arg(long, value_name = "FILE", default_value = "tailwater.db")]
    pub(super) store: PathBuf,

    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4680", value_parser = address)]
    pub(super) addr: Address,

    /// Open the page in the browser
    #[arg(long)]
    pub(super) open: bool,

    /// Let other machines ask; needs a token
    #[arg(long)]
    pub(super) allow_remote: bool,

    /// File with the token that whoever asks has to show
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,

    /// Region where no log line tells
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(super) region: Option<String>,

    /// Architecture of functions that --functions does not name [assumed: x86_64]
    #[arg(long, value_name = "ARCH", value_parser = cpu)]
    pub(super) arch: Option<Cpu>,

    /// Output of `aws lambda list-functions`: architecture, timeout, memory, storage
    #[arg(long, value_name = "FILE", value_parser = catalog)]
    pub(super) functions: Option<Catalog>,
}

fn address(text: &str) -> Result<Address, String> {
    Address::read(text).ok_or_else(|| "expected an IP address and a port, such as 127.0.0.1:4680".to_owned())
}

/// Where `replay` sends events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Destination {
    /// The embedded store
    Store,
    /// Records as NDJSON on standard output
    Stdout,
    /// Nowhere: only the summary
    None,
    /// OpenTelemetry's protocol, to OTEL_EXPORTER_OTLP_ENDPOINT
    Otlp,
    /// Datadog, with DD_API_KEY
    Datadog,
    /// Records as NDJSON, to TAILWATER_NDJSON
    Ndjson,
}

impl Destination {
    /// The backend's name in settings; nothing for what needs none.
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

/// Read with the flags, so that a file that is none is wrong usage like any other value.
fn catalog(path: &str) -> Result<Catalog, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read it: {error}"))?;
    Catalog::parse(&text).map_err(|error| error.to_string())
}

/// A point in time as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// A date or time.
    At(UnixMillis),
    /// So many milliseconds before now.
    Ago(i64),
}

impl When {
    /// The time it means at `now`.
    #[must_use]
    pub(super) fn resolve(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::At(time) => time,
            Self::Ago(millis) => UnixMillis(now.0.saturating_sub(millis)),
        }
    }
}

fn time(text: &str) -> Result<When, String> {
    let midnight = format!("{text}T00:00:00Z");
    let at = timestamp::read_all(text).or_else(|| timestamp::read_all(&midnight));
    at.map(When::At)
        .or_else(|| ago(text))
        .ok_or_else(|| "expected 2026-03-04, 2026-03-04T10:00:00Z, or how long ago: 30m, 24h, 7d".to_owned())
}

fn ago(text: &str) -> Option<When> {
    const UNITS: [(char, i64); 4] = [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];
    let (unit, millis) = UNITS.iter().find(|(unit, _)| text.ends_with(*unit))?;
    let n: i64 = text.strip_suffix(*unit)?.parse().ok().filter(|n| *n >= 0)?;
    n.checked_mul(*millis).map(When::Ago)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_flags_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_dates_or_spans() {
        assert_eq!(time("2026-03-04"), Ok(When::At(UnixMillis(1_772_582_400_000))));
        assert_eq!(time("2026-03-04T10:00:00Z"), Ok(When::At(UnixMillis(1_772_618_400_000))));
        assert_eq!(time("24h"), Ok(When::Ago(86_400_000)));
        for wrong in ["", "h", "-1h", "yesterday", "2026-13-01", "99999999999999999d"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_span_counts_back_from_now() {
        assert_eq!(When::Ago(1000).resolve(UnixMillis(5000)), UnixMillis(4000));
        assert_eq!(When::Ago(1000).resolve(UnixMillis(i64::MIN)), UnixMillis(i64::MIN));
    }
}
