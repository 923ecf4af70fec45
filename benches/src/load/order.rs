//! What is to be measured: the flags of `load`.

use std::{env, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::mix::Mix;

/// The flags.
pub const USAGE: &str = "usage: load [--bootstrap PATH] [--events N[,N…]] [--invocations N | --seconds N]
            [--sink otlp|datadog|both] [--compression gzip|zstd|none] [--concurrency N]
            [--sink-latency MS] [--fault-share PERCENT] [--mix typical|platform-only|every-dialect]
            [--seed N] [--alike N] [--env NAME=VALUE]… [--allocations] [--json] [--check]
In VALUE, {otlp} and {datadog} stand for the sink's address: for a bootstrap with settings of its own.
--check fails where a budget is passed.";

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Order {
    /// The `bootstrap` to drive.
    pub bootstrap: PathBuf,
    /// Events in a delivery, one measurement for each.
    pub events: Vec<usize>,
    /// How long, where it was said.
    extent: Option<Extent>,
    /// Where it is to send.
    pub sinks: Sinks,
    /// What OTLP is compressed with.
    pub compression: Compression,
    /// Sandboxes at once, each with a process of its own.
    pub concurrency: usize,
    /// How long the sink takes to answer.
    pub sink_latency: Duration,
    /// How many of a hundred requests the sink refuses with 503.
    pub fault_percent: u64,
    /// What deliveries are made of.
    pub mix: Mix,
    /// Which of them.
    pub seed: u64,
    /// So many different messages in a delivery, where it is to be compressible.
    pub alike: Option<usize>,
    /// Further settings.
    pub environment: Vec<(String, String)>,
    /// Whether allocations are counted.
    pub allocations: bool,
    /// Whether figures are printed as JSON.
    pub json: bool,
    /// Whether budgets have to be kept.
    pub check: bool,
}

/// How much load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many invocations, all sandboxes together.
    Invocations(u64),
    /// As many as fit.
    Time(Duration),
}

/// Where it is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sinks {
    /// To a collector.
    Otlp,
    /// To Datadog.
    Datadog,
    /// To both.
    Both,
}

impl Sinks {
    const ALL: [(Self, &str); 3] = [(Self::Otlp, "otlp"), (Self::Datadog, "datadog"), (Self::Both, "both")];

    /// As `TAILWATER_SINKS` has them.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Datadog => "datadog",
            Self::Both => "otlp,datadog",
        }
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> u64 {
        match self {
            Self::Otlp | Self::Datadog => 1,
            Self::Both => 2,
        }
    }
}

/// What OTLP is compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// What every collector takes.
    Gzip,
    /// Smaller and faster.
    Zstd,
    /// Nothing.
    None,
}

impl Compression {
    const ALL: [(Self, &str); 3] = [(Self::Gzip, "gzip"), (Self::Zstd, "zstd"), (Self::None, "none")];

    /// As `OTEL_EXPORTER_OTLP_COMPRESSION` has it.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::None => "none",
        }
    }
}

/// Events that a measurement is made of, where nothing else is said: about a second of work.
const USUAL_EVENTS: u64 = 600_000;

impl Order {
    /// Reads the command line.
    ///
    /// # Errors
    /// A flag is unknown, or its value is none of its.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut order = Self::usual()?;
        while let Some(flag) = words.next() {
            match flag.as_str() {
                "--allocations" => order.allocations = true,
                "--json" => order.json = true,
                "--check" => order.check = true,
                valued => {
                    let value = words.next().with_context(|| format!("{valued} lacks its value"))?;
                    order.set(valued, &value).with_context(|| format!("{valued} {value}"))?;
                }
            }
        }
        ensure!(order.concurrency > 0 && !order.events.contains(&0), "nothing to do");
        // A bare name would be looked for where programs are installed.
        order.bootstrap = order.bootstrap.canonicalize().with_context(|| {
            format!("{} is not there: build it, or name another", order.bootstrap.display())
        })?;
        Ok(order)
    }

    fn usual() -> Result<Self> {
        let own = env::current_exe().context("finding this program")?;
        Ok(Self {
            bootstrap: own.with_file_name("bootstrap"),
            events: vec![1000],
            extent: None,
            sinks: Sinks::Otlp,
            compression: Compression::Gzip,
            concurrency: 1,
            sink_latency: Duration::ZERO,
            fault_percent: 0,
            mix: Mix::Typical,
            seed: 1,
            alike: None,
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
            "--invocations" => self.extent = Some(Extent::Invocations(value.parse()?)),
            "--seconds" => self.extent = Some(Extent::Time(Duration::from_secs(value.parse()?))),
            "--sink" => self.sinks = named(&Sinks::ALL, value)?,
            "--compression" => self.compression = named(&Compression::ALL, value)?,
            "--concurrency" => self.concurrency = value.parse()?,
            "--sink-latency" => self.sink_latency = Duration::from_millis(value.parse()?),
            "--fault-share" => self.fault_percent = value.parse()?,
            "--mix" => self.mix = named(&Mix::ALL, value)?,
            "--seed" => self.seed = value.parse()?,
            "--alike" => self.alike = Some(value.parse()?),
            "--env" => {
                let (name, value) = value.split_once('=').context("NAME=VALUE")?;
                self.environment.push((name.to_owned(), value.to_owned()));
            }
            unknown => bail!("{unknown} is no flag"),
        }
        Ok(())
    }

    /// How much load a size gets.
    #[must_use]
    pub fn extent(&self, events: usize) -> Extent {
        let usual = USUAL_EVENTS.div_ceil(u64::try_from(events).unwrap_or(u64::MAX)).min(5000);
        self.extent.unwrap_or(Extent::Invocations(usual))
    }
}

fn named<T: Copy>(choices: &[(T, &str)], name: &str) -> Result<T> {
    let choice = choices.iter().find(|(_, choice)| *choice == name);
    choice.map(|(choice, _)| *choice).ok_or_else(|| anyhow!("no such choice"))
}

#[cfg(test)]
impl Order {
    /// The usual one, of a `bootstrap` that need not be there.
    pub(super) fn sample() -> Self {
        Self::usual().expect("a test is a program")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Order> {
        // A test's own binary is a file, which is all that is asked of a bootstrap before it is started.
        let own = env::current_exe()?.display().to_string();
        let words = ["--bootstrap", &own].into_iter().chain(line.split(' ').filter(|word| !word.is_empty()));
        Order::read(words.map(str::to_owned))
    }

    #[test]
    fn flags_say_what_is_measured() {
        let order =
            read("--events 10,1000 --sink both --seconds 3 --compression zstd --env A={otlp}").unwrap();
        assert_eq!((order.events.as_slice(), order.sinks), ([10, 1000].as_slice(), Sinks::Both));
        assert_eq!(order.extent(10), Extent::Time(Duration::from_secs(3)));
        assert_eq!(order.environment, [("A".to_owned(), "{otlp}".to_owned())]);
    }

    #[test]
    fn small_deliveries_are_no_endless_load() {
        let order = read("").unwrap();
        assert_eq!(order.extent(10), Extent::Invocations(5000));
        assert_eq!(order.extent(65_000), Extent::Invocations(10));
    }

    #[test]
    fn what_is_no_flag_or_no_value_is_an_error() {
        for line in ["--fast yes", "--events many", "--events 0", "--sink loki", "--events", "--env A"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
