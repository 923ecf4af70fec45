//! Command line of `load`.

use std::{env, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{choice::parse_choice, mix::Mix};

/// Usage text.
pub const USAGE: &str = "usage: load [--bootstrap PATH] [--events N[,N…]] [--invocations N | --seconds N]
            [--sink otlp|datadog|both] [--compression gzip|zstd|none] [--concurrency N]
            [--sink-latency MS] [--fault-share PERCENT] [--mix typical|platform-only|every-dialect]
            [--seed N] [--alike N] [--env NAME=VALUE]… [--allocations] [--json] [--check]
{otlp} and {datadog} in VALUE are replaced by the URL of the sink, for a bootstrap with other settings.
--check exits with an error if a limit is exceeded.";

/// Options of a load test.
#[derive(Clone, Debug)]
pub struct Options {
    /// Path of the `bootstrap` to test.
    pub bootstrap: PathBuf,
    /// Events per delivery; each value is measured separately.
    pub events: Vec<usize>,
    /// Amount of load; `None` is the default amount.
    limit: Option<LoadLimit>,
    /// Sinks that `bootstrap` sends to.
    pub sinks: Sinks,
    /// Compression of OTLP requests.
    pub compression: Compression,
    /// Number of concurrent sandboxes, each with its own process.
    pub concurrency: usize,
    /// Response time of the sink.
    pub sink_latency: Duration,
    /// Percentage of requests that the sink rejects with 503.
    pub fault_percent: u64,
    /// Composition of the deliveries.
    pub mix: Mix,
    /// Seed of the corpus.
    pub seed: u64,
    /// Number of distinct messages per delivery, repeated to make it compress well; `None` if all differ.
    pub distinct_messages: Option<usize>,
    /// Additional environment variables.
    pub environment: Vec<(String, String)>,
    /// True if allocations are counted.
    pub allocations: bool,
    /// True if the report is printed as JSON.
    pub json: bool,
    /// True if exceeded limits are an error.
    pub check: bool,
}

/// Amount of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadLimit {
    /// Number of invocations, over all sandboxes.
    Invocations(u64),
    /// Duration.
    Time(Duration),
}

/// Sinks that `bootstrap` sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sinks {
    /// OTLP collector.
    Otlp,
    /// Datadog.
    Datadog,
    /// OTLP and Datadog.
    Both,
}

impl Sinks {
    const ALL: [(Self, &str); 3] = [(Self::Otlp, "otlp"), (Self::Datadog, "datadog"), (Self::Both, "both")];

    /// Value of `TAILWATER_SINKS`.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Datadog => "datadog",
            Self::Both => "otlp,datadog",
        }
    }

    /// Number of sinks.
    #[must_use]
    pub fn count(self) -> u64 {
        match self {
            Self::Otlp | Self::Datadog => 1,
            Self::Both => 2,
        }
    }
}

/// Compression of OTLP requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip, which every collector accepts.
    Gzip,
    /// zstd: smaller and faster.
    Zstd,
    /// No compression.
    None,
}

impl Compression {
    const ALL: [(Self, &str); 3] = [(Self::Gzip, "gzip"), (Self::Zstd, "zstd"), (Self::None, "none")];

    /// Value of `OTEL_EXPORTER_OTLP_COMPRESSION`.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::None => "none",
        }
    }
}

/// Default number of events per measurement: about a second of CPU time.
const DEFAULT_EVENTS: u64 = 600_000;

impl Options {
    /// Parses the command line.
    ///
    /// # Errors
    /// Returns an error if a flag is unknown, a value is missing or invalid, or the `bootstrap` does not exist.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::with_defaults()?;
        while let Some(flag) = arguments.next() {
            match flag.as_str() {
                "--allocations" => options.allocations = true,
                "--json" => options.json = true,
                "--check" => options.check = true,
                valued => {
                    let value = arguments.next().with_context(|| format!("{valued} needs a value"))?;
                    options.set(valued, &value).with_context(|| format!("{valued} {value}"))?;
                }
            }
        }
        ensure!(
            options.concurrency > 0 && !options.events.contains(&0),
            "--concurrency and --events must be at least 1"
        );
        // Without a slash, the program would be searched in PATH.
        options.bootstrap = options.bootstrap.canonicalize().with_context(|| {
            format!("{} not found: build it or set --bootstrap", options.bootstrap.display())
        })?;
        Ok(options)
    }

    fn with_defaults() -> Result<Self> {
        let own = env::current_exe().context("failed to determine the path of this program")?;
        Ok(Self {
            bootstrap: own.with_file_name("bootstrap"),
            events: vec![1000],
            limit: None,
            sinks: Sinks::Otlp,
            compression: Compression::Gzip,
            concurrency: 1,
            sink_latency: Duration::ZERO,
            fault_percent: 0,
            mix: Mix::Typical,
            seed: 1,
            distinct_messages: None,
            environment: Vec::new(),
            allocations: false,
            json: false,
            check: false,
        })
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<()> {
        match flag {
            "--bootstrap" => self.bootstrap = PathBuf::from(value),
            "--events" => self.events = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--invocations" => self.limit = Some(LoadLimit::Invocations(value.parse()?)),
            "--seconds" => self.limit = Some(LoadLimit::Time(Duration::from_secs(value.parse()?))),
            "--sink" => self.sinks = parse_choice(&Sinks::ALL, value)?,
            "--compression" => self.compression = parse_choice(&Compression::ALL, value)?,
            "--concurrency" => self.concurrency = value.parse()?,
            "--sink-latency" => self.sink_latency = Duration::from_millis(value.parse()?),
            "--fault-share" => self.fault_percent = value.parse()?,
            "--mix" => self.mix = parse_choice(&Mix::ALL, value)?,
            "--seed" => self.seed = value.parse()?,
            "--alike" => self.distinct_messages = Some(value.parse()?),
            "--env" => {
                let (name, value) = value.split_once('=').context("expected NAME=VALUE")?;
                self.environment.push((name.to_owned(), value.to_owned()));
            }
            unknown => bail!("unknown flag {unknown}"),
        }
        Ok(())
    }

    /// Amount of load for deliveries of this many events.
    #[must_use]
    pub fn limit(&self, events: usize) -> LoadLimit {
        let default = DEFAULT_EVENTS.div_ceil(u64::try_from(events).unwrap_or(u64::MAX)).min(5000);
        self.limit.unwrap_or(LoadLimit::Invocations(default))
    }
}

#[cfg(test)]
impl Options {
    /// Default options, without a check that `bootstrap` exists.
    pub(super) fn sample() -> Self {
        Self::with_defaults().expect("the test's own path is known")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options> {
        // Parsing checks only that the path exists, so the test's own binary will do.
        let own = env::current_exe()?.display().to_string();
        let arguments =
            ["--bootstrap", &own].into_iter().chain(line.split(' ').filter(|argument| !argument.is_empty()));
        Options::read(arguments.map(str::to_owned))
    }

    #[test]
    fn flags_set_options() {
        let options =
            read("--events 10,1000 --sink both --seconds 3 --compression zstd --env A={otlp}").unwrap();
        assert_eq!((options.events.as_slice(), options.sinks), ([10, 1000].as_slice(), Sinks::Both));
        assert_eq!(options.limit(10), LoadLimit::Time(Duration::from_secs(3)));
        assert_eq!(options.environment, [("A".to_owned(), "{otlp}".to_owned())]);
    }

    #[test]
    fn default_load_is_at_most_5000_invocations() {
        let options = read("").unwrap();
        assert_eq!(options.limit(10), LoadLimit::Invocations(5000));
        assert_eq!(options.limit(65_000), LoadLimit::Invocations(10));
    }

    #[test]
    fn unknown_flags_and_invalid_values_are_rejected() {
        for line in ["--fast yes", "--events many", "--events 0", "--sink loki", "--events", "--env A"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
