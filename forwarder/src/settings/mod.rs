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
mod kind;
mod problem;
mod reader;
mod sinks;
mod source;
mod subscribing;
mod table;
#[cfg(test)]
mod tests;
mod transforming;

use std::path::PathBuf;

use tailwater_parser::price::Cpu;

use self::reader::Reader;
pub use self::{
    kind::Kind,
    problem::{Errors, Problem, Reason},
    sinks::{Compression, Datadog, Ndjson, Otlp, Sink, SinkName},
    source::{Found, Layers, Place, Source, Values},
    subscribing::{SUBSCRIBER_SETTINGS, read_subscriber},
    table::{CONFIG, SETTINGS, Setting},
    transforming::{MACRO_SETTINGS, read_macro},
};
use crate::{
    aws::AwsConfig,
    forward::Limits,
    http::{Network, Proxy},
    outcome::{Answering, Onward, Reporting},
    parking::Location,
    sink::Signals,
    telemetry::log,
    value::{self, LogGroupPattern, Tag, ValueError},
};

/// All settings, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// In the order named; at least one, none twice.
    pub sinks: Vec<Sink>,
    /// What is sent.
    pub signals: Signals,
    /// Where what cannot be delivered waits; without it, it is returned to AWS as an error.
    pub parking: Option<Location>,
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
    pub exclude_log_groups: Vec<LogGroupPattern>,
    /// How the world outside is reached.
    pub network: Network,
    /// As whom and where AWS's services are used.
    pub aws: AwsConfig,
    /// How much Tailwater says of itself.
    pub log_filter: log::Filter,
    /// Whether output for people may have colours.
    pub colour: Colour,
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
    /// Returns the configuration of AWS services; their region is [`Self::region`] where nothing else names one.
    #[must_use]
    pub fn aws_config(&self) -> AwsConfig {
        let mut config = self.aws.clone();
        config.region = config.region.or_else(|| self.region.clone());
        config
    }

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
        let signals = reader.value(&table::SIGNALS, sinks::signals);
        let sinks = sinks(signals, reader);
        let parking = reader.optional(&table::PARKING, |text| Location::read(text, plain));
        let tags = reader.optional(&table::TAGS, value::tags).unwrap_or_default();
        let region = reader.optional(&table::REGION, value::region);
        let arch = reader.optional(&table::ARCH, |text| Cpu::read(text).ok_or(ValueError::UnknownWord));
        let limits = limits(reader);
        let answering = answering(reader);
        let exclude_log_groups =
            reader.optional(&table::EXCLUDE_LOG_GROUPS, LogGroupPattern::read).unwrap_or_default();
        let network = network(reader);
        let aws = aws::config(reader);
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
    reader.value(&table::RUST_LOG, |text| log::Filter::read(text).map_err(|_| ValueError::BadFilter))
}

fn answering(reader: &mut Reader<'_>) -> Option<Answering> {
    const ONWARD: &[(&str, Onward)] = &[("keep", Onward::Keep), ("drop", Onward::Drop)];
    let per_item = reader.value(&table::BATCH_ITEM_FAILURES, value::switch);
    let onward = reader.value(&table::FIREHOSE, |text| value::word(text, ONWARD));
    let reporting = if per_item? { Reporting::PerItem } else { Reporting::WholeBatch };
    Some(Answering { reporting, onward: onward? })
}

fn limits(reader: &mut Reader<'_>) -> Option<Limits> {
    let inflated = reader.value(&table::INFLATED_LIMIT, value::size);
    let timeout = reader.value(&table::TIMEOUT, value::duration);
    let deadline_reserve = reader.value(&table::DEADLINE_RESERVE, value::duration);
    let concurrency = reader.value(&table::CONCURRENCY, value::count);
    let fallback_timeout = reader.value(&table::INVOCATION_TIMEOUT, value::duration);
    let compression_level = reader.value(&table::COMPRESSION_LEVEL, value::level);
    Some(Limits {
        inflated: inflated?,
        timeout: timeout?,
        deadline_reserve: deadline_reserve?,
        concurrency: concurrency?,
        fallback_timeout: fallback_timeout?,
        compression_level: compression_level?,
    })
}

fn network(reader: &mut Reader<'_>) -> Network {
    Network {
        proxy: reader.optional(&table::HTTPS_PROXY, Proxy::read),
        no_proxy: reader.optional(&table::NO_PROXY, value::list).unwrap_or_default(),
        ca_file: reader.optional(&table::CA_FILE, value::text).map(PathBuf::from),
    }
}
