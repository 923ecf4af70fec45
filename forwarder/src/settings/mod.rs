//! Settings: one table says what there is, one pass reads it all, and everything that is wrong is said at once.
//!
//! ```
//! use tailwater_forwarder::settings::{Place, Settings, Values};
//!
//! let mut values = Values::new(Place::Environment);
//! values.set("TAILWATER_SINKS", "ndjson".to_owned());
//! let settings = Settings::read(&values)?;
//! assert_eq!(settings.limits.inflated.0, 256 * 1024 * 1024);
//! # Ok::<(), tailwater_forwarder::settings::Errors>(())
//! ```

mod aws;
mod function;
mod kind;
mod place;
mod problem;
mod reader;
mod secret;
mod sinks;
mod source;
mod subscribing;
mod table;
#[cfg(test)]
mod tests;
mod transforming;
mod url;
mod value;

use std::{num::NonZeroU16, path::PathBuf, time::Duration};

use tailwater_parser::{ByteSize, price::Cpu};

use self::reader::Reader;
pub use self::{
    aws::{Aws, AwsCredentials},
    function::OwnFunction,
    kind::Kind,
    place::{Bucket, Parking, Proxy},
    problem::{Errors, Problem, Reason},
    secret::{Header, Headers, Secret, SecretRef},
    sinks::{Compression, Datadog, Ndjson, Otlp, Signals, Sink, SinkName},
    source::{Found, Layers, Place, Source, Values},
    subscribing::{Changes, SUBSCRIBER_SETTINGS, Subscribing},
    table::{CONFIG, SETTINGS, Setting},
    transforming::{MACRO_SETTINGS, Transforming},
    url::{PlainHttp, Scheme, Url},
    value::{RETENTION_DAYS, Tag, Wrong},
};
use crate::{
    outcome::{Answering, Onward, Reporting},
    telemetry::log,
};

/// All settings, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// In the order named; at least one, none twice.
    pub sinks: Vec<Sink>,
    /// What is sent.
    pub signals: Signals,
    /// Where what cannot be delivered waits; without it, it is returned to AWS as an error.
    pub parking: Option<Parking>,
    /// Put on everything.
    pub tags: Vec<Tag>,
    /// The region where no log tells.
    pub region: Option<String>,
    /// The architecture of functions, which no log tells.
    pub arch: Option<Cpu>,
    /// What may be used at most.
    pub limits: Limits,
    /// What becomes of answers.
    pub answering: Answering,
    /// Log groups that are refused.
    pub exclude_log_groups: Vec<LogGroups>,
    /// How the world outside is reached.
    pub network: Network,
    /// As whom and where AWS's services are used.
    pub aws: Aws,
    /// How much Tailwater says of itself.
    pub log_filter: log::Filter,
    /// Whether output for people may have colours.
    pub colour: Colour,
}

/// What may be used at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one delivery, inflated.
    pub inflated: ByteSize,
    /// For one try of a request.
    pub timeout: Duration,
    /// Kept for parking at the end of an invocation.
    pub deadline_reserve: Duration,
    /// Requests to one sink that are under way at once.
    pub concurrency: NonZeroU16,
    /// How long an invocation may take whose deadline cannot be true.
    pub fallback_timeout: Duration,
    /// How hard bodies are compressed, from 1 to 9.
    pub compression_level: u8,
}

/// How the world outside is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The proxy for everything but [`Self::no_proxy`].
    pub proxy: Option<Proxy>,
    /// Hosts that are reached without it, as `NO_PROXY` has them.
    pub no_proxy: Vec<String>,
    /// A PEM file of authorities that are trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Where AWS's services are, when they are not AWS's own.
    pub aws_endpoint: Option<Url>,
}

/// Log groups by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogGroups {
    /// The one of this name.
    Named(String),
    /// All whose names start so.
    StartingWith(String),
}

/// Whether output for people may have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Never: `NO_COLOR` is set.
    Never,
}

impl Settings {
    /// Reads everything.
    ///
    /// # Errors
    /// All that is wrong, at once: unknown names, values that cannot be read, what a chosen sink lacks. The
    /// settings of sinks that are not chosen are not looked at: other programs read them too.
    pub fn read(source: &dyn Source) -> Result<Self, Errors> {
        Reader::read(source, Self::assemble)
    }

    /// Every setting is read before the first missing one ends this, so that all problems are found.
    fn assemble(reader: &mut Reader<'_>) -> Option<Self> {
        let plain = reader.plain_http();
        if !reader.reads_files() {
            reader.refuse(&CONFIG);
        }
        let signals = reader.value(&table::SIGNALS, Signals::read);
        let sinks = sinks(signals, reader);
        let parking = reader.optional(&table::PARKING, |text| Parking::read(text, plain));
        let tags = reader.optional(&table::TAGS, value::tags).unwrap_or_default();
        let region = reader.optional(&table::REGION, value::region);
        let arch = reader.optional(&table::ARCH, |text| Cpu::read(text).ok_or(Wrong::UnknownWord));
        let limits = Limits::read(reader);
        let answering = answering(reader);
        let exclude_log_groups =
            reader.optional(&table::EXCLUDE_LOG_GROUPS, LogGroups::read).unwrap_or_default();
        let network = Network::read(reader);
        let aws = Aws::read(reader);
        let log_filter = log_filter(reader);
        let colour = reader.optional(&table::NO_COLOR, value::text).map_or(Colour::Auto, |_| Colour::Never);
        let (sinks, signals, limits, answering, log_filter) =
            (sinks?, signals?, limits?, answering?, log_filter?);
        Some(Self {
            sinks,
            signals,
            parking,
            tags,
            region,
            arch,
            limits,
            answering,
            exclude_log_groups,
            network,
            aws,
            log_filter,
            colour,
        })
    }
}

/// Each chosen sink with what it needs; with unreadable signals, what any of them would need.
fn sinks(signals: Option<Signals>, reader: &mut Reader<'_>) -> Option<Vec<Sink>> {
    let names = reader.value(&table::SINKS, |text| value::words(text, SinkName::WORDS))?;
    let signals = signals.unwrap_or(Signals::Both);
    let sinks: Vec<_> = names.into_iter().map(|name| Sink::read(name, signals, reader)).collect();
    sinks.into_iter().collect()
}

fn log_filter(reader: &mut Reader<'_>) -> Option<log::Filter> {
    reader.value(&table::RUST_LOG, |text| log::Filter::read(text).map_err(|_| Wrong::BadFilter))
}

fn answering(reader: &mut Reader<'_>) -> Option<Answering> {
    const ONWARD: &[(&str, Onward)] = &[("keep", Onward::Keep), ("drop", Onward::Drop)];
    let per_item = reader.value(&table::BATCH_ITEM_FAILURES, value::switch);
    let onward = reader.value(&table::FIREHOSE, |text| value::word(text, ONWARD));
    let reporting = if per_item? { Reporting::PerItem } else { Reporting::WholeBatch };
    Some(Answering { reporting, onward: onward? })
}

impl Limits {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let inflated = reader.value(&table::INFLATED_LIMIT, value::size);
        let timeout = reader.value(&table::TIMEOUT, value::duration);
        let deadline_reserve = reader.value(&table::DEADLINE_RESERVE, value::duration);
        let concurrency = reader.value(&table::CONCURRENCY, value::count);
        let fallback_timeout = reader.value(&table::INVOCATION_TIMEOUT, value::duration);
        let compression_level = reader.value(&table::COMPRESSION_LEVEL, value::level);
        Some(Self {
            inflated: inflated?,
            timeout: timeout?,
            deadline_reserve: deadline_reserve?,
            concurrency: concurrency?,
            fallback_timeout: fallback_timeout?,
            compression_level: compression_level?,
        })
    }
}

impl Network {
    fn read(reader: &mut Reader<'_>) -> Self {
        let plain = reader.plain_http();
        Self {
            proxy: reader.optional(&table::HTTPS_PROXY, Proxy::read),
            no_proxy: reader.optional(&table::NO_PROXY, value::list).unwrap_or_default(),
            ca_file: reader.optional(&table::CA_FILE, value::text).map(PathBuf::from),
            aws_endpoint: reader.optional(&table::AWS_ENDPOINT_URL, |text| Url::read(text, plain)),
        }
    }
}

impl LogGroups {
    /// Names with commas between, `*` at the end for any rest.
    ///
    /// # Errors
    /// An item is empty.
    pub fn read(text: &str) -> Result<Vec<Self>, Wrong> {
        let names = value::list(text)?.into_iter();
        let groups = names.map(|name| match name.strip_suffix('*') {
            Some(start) => Self::StartingWith(start.to_owned()),
            None => Self::Named(name),
        });
        Ok(groups.collect())
    }

    /// What all their names begin with.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match self {
            Self::Named(name) | Self::StartingWith(name) => name,
        }
    }

    /// Whether `name` is one of them.
    #[must_use]
    pub fn contain(&self, name: &str) -> bool {
        match self {
            Self::Named(own) => own == name,
            Self::StartingWith(start) => name.starts_with(start.as_str()),
        }
    }
}
