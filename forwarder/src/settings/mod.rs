//! Settings: one list declares them all, one pass reads and checks them, and all problems are reported at once.
//!
//! Each setting is one block in a file by theme (`delivery`, `otlp`, `datadog`, …): its name, kind, default, meaning,
//! examples and parser. `list` names every block; listings, flags, templates and documents are made from it.
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

// In the order of their imports: the declaration, reading, then the settings by theme.
mod kind;
mod sink_name;

mod setting;

mod problem;
mod source;

mod reader;

mod answering;
mod aws;
mod datadog;
mod delivery;
mod limits;
mod ndjson;
mod network;
mod otlp;
mod program;
mod sinks;

mod cloudformation;
mod list;
mod subscriber;
#[cfg(test)]
mod tests;

use tailwater_parser::price::Cpu;

use self::reader::Reader;
pub use self::{
    cloudformation::{MACRO_SETTINGS, read_macro},
    datadog::Datadog,
    kind::Kind,
    list::SETTINGS,
    ndjson::Ndjson,
    otlp::{Compression, Otlp},
    problem::{Errors, Place, Problem, Reason},
    program::{CONFIG, Colour},
    setting::Setting,
    sink_name::SinkName,
    sinks::SinkSettings,
    source::{Found, Layers, Source, Values},
    subscriber::{SUBSCRIBER_SETTINGS, read_subscriber},
};
use crate::{
    aws::AwsConfig,
    forward::Limits,
    http::Network,
    outcome::Answering,
    parking::Location,
    sink::Signals,
    telemetry::log,
    value::{LogGroupPattern, Tag},
};

/// All settings, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sinks in the order named; at least one, none twice.
    pub sinks: Vec<SinkSettings>,
    /// Signals to send.
    pub signals: Signals,
    /// Location for events that cannot be delivered; without it, AWS has to deliver them again.
    pub parking: Option<Location>,
    /// Tags added to everything that is sent.
    pub tags: Vec<Tag>,
    /// Region to assume when the logs do not name one.
    pub region: Option<String>,
    /// Architecture of the functions, which the logs do not name.
    pub arch: Option<Cpu>,
    /// Limits of memory, time and concurrency.
    pub limits: Limits,
    /// Answers that event sources understand.
    pub answering: Answering,
    /// Log groups to refuse.
    pub exclude_log_groups: Vec<LogGroupPattern>,
    /// Network settings of the HTTP client.
    pub network: Network,
    /// Region, endpoint and credentials for AWS services.
    pub aws: AwsConfig,
    /// Filter of Tailwater's own log.
    pub log_filter: log::Filter,
    /// Colours of output for people.
    pub colour: Colour,
}

impl Settings {
    /// Returns the configuration of AWS services; if it names no region, theirs is [`Self::region`].
    #[must_use]
    pub fn aws_config(&self) -> AwsConfig {
        let mut config = self.aws.clone();
        config.region = config.region.or_else(|| self.region.clone());
        config
    }

    /// Reads and checks all settings. Those of sinks that are not chosen are not checked: other programs read them too.
    ///
    /// # Errors
    /// Returns all problems at once: unknown names, invalid values, and values that a chosen sink lacks.
    pub fn read(source: &dyn Source) -> Result<Self, Errors> {
        Reader::read(source, Self::assemble)
    }

    /// Reads every setting before the first missing one ends this, so that all problems are found.
    fn assemble(reader: &mut Reader<'_>) -> Option<Self> {
        network::plain_http(reader);
        program::config_file(reader);
        let signals = reader.value(&delivery::SIGNALS);
        let sinks = sinks(signals, reader);
        let parking = reader.optional(&delivery::PARKING);
        let tags = reader.optional(&delivery::TAGS).unwrap_or_default();
        let region = reader.optional(&delivery::REGION);
        let arch = reader.optional(&delivery::ARCH);
        let limits = limits::limits(reader);
        let answering = answering::answering(reader);
        let exclude_log_groups = reader.optional(&delivery::EXCLUDE_LOG_GROUPS).unwrap_or_default();
        let network = network::network(reader);
        let aws = aws::config(reader);
        let log_filter = program::log_filter(reader);
        let colour = program::colour(reader);
        Some(Self {
            sinks: sinks?,
            signals: signals?,
            parking,
            tags,
            region,
            arch,
            limits: limits?,
            answering: answering?,
            exclude_log_groups,
            network,
            aws,
            log_filter: log_filter?,
            colour,
        })
    }
}

/// Reads each chosen sink with its settings. If the signals are invalid, settings that either signal needs are required.
fn sinks(signals: Option<Signals>, reader: &mut Reader<'_>) -> Option<Vec<SinkSettings>> {
    let names = reader.value(&delivery::SINKS)?;
    let signals = signals.unwrap_or(Signals::Both);
    let sinks: Vec<_> = names.into_iter().map(|name| SinkSettings::read(name, signals, reader)).collect();
    sinks.into_iter().collect()
}
