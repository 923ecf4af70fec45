//! Settings: they are declared in one list, and read and checked together, so that all problems are reported at
//! once.
//!
//! The file for a theme (`delivery`, `otlp`, `datadog`, …) declares each of its settings in one block: name,
//! kind, default, meaning, examples and parser. `list` lists all of them; listings, flags, templates and documents
//! are made from this list.
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
mod datadog_forwarder;
mod delivery;
mod limits;
mod ndjson;
mod network;
mod otlp;
mod program;
mod rules;
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
    datadog_forwarder::{DATADOG_NAMES, DatadogName, DatadogNote, Treatment},
    kind::Kind,
    list::SETTINGS,
    ndjson::Ndjson,
    otlp::{Compression, Otlp},
    problem::{Errors, Place, Problem, Reason},
    program::{CONFIG, Colour},
    rules::RuleSettings,
    setting::Setting,
    sink_name::SinkName,
    sinks::SinkSettings,
    source::{Found, Layers, Source, Values},
    subscriber::{SUBSCRIBER_SETTINGS, read_subscriber},
};
use crate::{
    aws::AwsConfig,
    forward::{DerivedMetric, Limits},
    http::Network,
    outcome::Answering,
    parking::Location,
    sink::{EmfScope, Signal, Signals},
    telemetry::log,
    value::{BucketPattern, FunctionRef, LogGroupPattern, Region, Tag},
};

/// All settings of the forwarder, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sinks, in the order in which `TAILWATER_SINKS` names them; at least one, and none twice.
    pub sinks: Vec<SinkSettings>,
    /// Signals to send.
    pub signals: Signals,
    /// Log lines whose declared metrics are sent.
    pub emf: EmfScope,
    /// Metrics to derive besides those of invocations.
    pub derived_metrics: Vec<DerivedMetric>,
    /// Location where events are parked if they cannot be delivered. Without it, AWS has to deliver these events again.
    pub parking: Option<Location>,
    /// Functions that are invoked with each event that the forwarder gets.
    pub target_functions: Vec<FunctionRef>,
    /// Settings of the Datadog Forwarder that are set and have no effect.
    pub notes: Vec<DatadogNote>,
    /// Tags added to everything that is sent.
    pub tags: Vec<Tag>,
    /// Settings from which rules are compiled.
    pub rules: RuleSettings,
    /// Region to assume when the logs do not name one.
    pub region: Option<String>,
    /// Processor architecture of the functions, which the logs do not contain.
    pub arch: Option<Cpu>,
    /// Limits of memory, time and concurrency.
    pub limits: Limits,
    /// Responses to Lambda that the event sources understand.
    pub answering: Answering,
    /// Log groups whose events are not accepted.
    pub exclude_log_groups: Vec<LogGroupPattern>,
    /// Buckets whose objects are read when an event names them; empty for all buckets.
    pub source_buckets: Vec<BucketPattern>,
    /// Network settings of the HTTP client.
    pub network: Network,
    /// Region, endpoint and credentials for AWS services.
    pub aws: AwsConfig,
    /// Level filter of Tailwater's own log.
    pub log_filter: log::Filter,
    /// Colours of output for people.
    pub colour: Colour,
}

impl Settings {
    /// Returns the configuration of AWS services. If it has no region, [`Self::region`] is used.
    #[must_use]
    pub fn aws_config(&self) -> AwsConfig {
        let mut config = self.aws.clone();
        config.region = config.region.or_else(|| Region::read(self.region.as_deref()?).ok());
        config
    }

    /// Logs each setting of the Datadog Forwarder that is set and has no effect.
    pub fn log_notes(&self) {
        for DatadogNote { name, text } in &self.notes {
            tracing::warn!(
                setting = *name,
                note = text.as_str(),
                "a setting of the Datadog Forwarder has no effect"
            );
        }
    }

    /// Reads and checks all settings, except those of sinks that are not chosen: these settings may be meant for
    /// other programs.
    ///
    /// # Errors
    /// Returns all problems at once: unknown names, invalid values, and missing settings of a chosen sink.
    pub fn read(source: &dyn Source) -> Result<Self, Errors> {
        Reader::read(source, Self::assemble)
    }

    /// Reads only `TAILWATER_EMF`, for output that needs no other setting. Problems of other settings are ignored.
    ///
    /// # Errors
    /// Returns the problem of an invalid value.
    pub fn read_emf(source: &dyn Source) -> Result<EmfScope, Errors> {
        Reader::read_one(source, &delivery::EMF)
    }

    /// Reads only the settings from which rules are compiled, for runs that need no other setting. Problems of other
    /// settings are ignored.
    ///
    /// # Errors
    /// Returns the problems of invalid values.
    pub fn read_rules(source: &dyn Source) -> Result<RuleSettings, Errors> {
        Reader::read_some(source, RuleSettings::read)
    }

    /// Reads every setting before it returns `None` for a missing one, so that all problems are found.
    fn assemble(reader: &mut Reader<'_>) -> Option<Self> {
        network::plain_http(reader);
        program::config_file(reader);
        let signals = reader.value(&delivery::SIGNALS);
        let sinks = sinks(signals, reader);
        let emf = reader.value(&delivery::EMF);
        let derived_metrics = reader.optional(&delivery::DERIVED_METRICS).unwrap_or_default();
        let legacy_parking = datadog_forwarder::parking(reader);
        let parking = reader.optional(&delivery::PARKING).or(legacy_parking);
        let target_functions = reader.optional(&datadog_forwarder::TARGET_LAMBDAS).unwrap_or_default();
        let tags = reader.optional(&delivery::TAGS).unwrap_or_default();
        let rules = RuleSettings::read(reader);
        let region = reader.optional(&delivery::REGION);
        let arch = reader.optional(&delivery::ARCH);
        let limits = limits::limits(reader);
        let answering = answering::answering(reader);
        let exclude_log_groups = reader.optional(&delivery::EXCLUDE_LOG_GROUPS).unwrap_or_default();
        let source_buckets = reader.optional(&delivery::SOURCE_BUCKETS).unwrap_or_default();
        let network = network::network(reader);
        let aws = aws::config(reader);
        let log_filter = program::log_filter(reader);
        let colour = program::colour(reader);
        program::check_correlation_fields(reader);
        Some(Self {
            sinks: sinks?,
            signals: signals?,
            emf: emf?,
            derived_metrics,
            parking,
            target_functions,
            notes: reader.notes(),
            tags,
            rules,
            region,
            arch,
            limits: limits?,
            answering: answering?,
            exclude_log_groups,
            source_buckets,
            network,
            aws,
            log_filter: log_filter?,
            colour,
        })
    }
}

/// Reads each chosen sink with its settings. If `signals` is `None`, because that setting is invalid, the settings
/// for logs and those for metrics are all required.
fn sinks(signals: Option<Signals>, reader: &mut Reader<'_>) -> Option<Vec<SinkSettings>> {
    let names = reader.value(&delivery::SINKS)?;
    let signals = signals.unwrap_or(Signals::DEFAULT);
    if signals.include(Signal::Traces) && !names.contains(&SinkName::Otlp) {
        reader.conflict(&delivery::SIGNALS.setting, Reason::NoSinkForTraces);
    }
    let sinks: Vec<_> = names.into_iter().map(|name| SinkSettings::read(name, signals, reader)).collect();
    sinks.into_iter().collect()
}
