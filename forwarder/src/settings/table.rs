//! Every setting there is: its name, what it takes, its default and what it means. All else is made from this table.

use super::{
    kind::Kind,
    sinks::{Compression, SinkName},
    value,
};
use crate::sink::datadog::SITES;

/// What is ours starts with this; a name with it that the table does not have is a mistake.
pub(super) const PREFIX: &str = "TAILWATER_";

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// As in the environment.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is when it is not set.
    pub default: Option<&'static str>,
    /// What it means, in a sentence.
    pub doc: &'static str,
    /// The sink that reads it, where it is one sink's own.
    pub sink: Option<SinkName>,
}

/// All settings: first what everybody sets, then each sink's, limits, and what other programs read too.
pub const SETTINGS: &[Setting] = &[
    SINKS,
    SIGNALS,
    PARKING,
    TAGS,
    REGION,
    ARCH,
    OTLP_ENDPOINT,
    OTLP_LOGS_ENDPOINT,
    OTLP_METRICS_ENDPOINT,
    OTLP_HEADERS,
    OTLP_COMPRESSION,
    OTLP_TIMEOUT,
    RESOURCE_ATTRIBUTES,
    DD_API_KEY_SECRET_ARN,
    DD_API_KEY_SSM_NAME,
    DD_API_KEY,
    DD_SITE,
    DD_URL,
    DD_TAGS,
    NDJSON,
    INFLATED_LIMIT,
    TIMEOUT,
    DEADLINE_RESERVE,
    CONCURRENCY,
    INVOCATION_TIMEOUT,
    COMPRESSION_LEVEL,
    BATCH_ITEM_FAILURES,
    FIREHOSE,
    EXCLUDE_LOG_GROUPS,
    ALLOW_INSECURE,
    CA_FILE,
    CONFIG,
    HTTPS_PROXY,
    NO_PROXY,
    AWS_REGION,
    AWS_DEFAULT_REGION,
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN,
    AWS_PROFILE,
    AWS_SHARED_CREDENTIALS_FILE,
    AWS_CONFIG_FILE,
    AWS_ENDPOINT_URL,
    RUST_LOG,
    NO_COLOR,
];

pub(super) const SINKS: Setting = Setting::new("TAILWATER_SINKS", Kind::Words(SinkName::NAMES))
    .doc("Where everything goes, each with its own ledger; the one setting that has to be set.");
pub(super) const SIGNALS: Setting = Setting::new("TAILWATER_SIGNALS", Kind::Words(&["logs", "metrics"]))
    .or("logs,metrics")
    .doc("What is sent.");
pub(super) const PARKING: Setting = Setting::new("TAILWATER_PARKING", Kind::Parking)
    .doc("Where what cannot be delivered waits for redrive; without it AWS is told to send it again.");
pub(super) const TAGS: Setting =
    Setting::new("TAILWATER_TAGS", Kind::Tags).doc("Put on everything that is sent.");
pub(super) const REGION: Setting =
    Setting::new("TAILWATER_REGION", Kind::Region).doc("The region where no log tells.");
pub(super) const ARCH: Setting = Setting::new("TAILWATER_ARCH", Kind::Word(&["x86_64", "arm64"]))
    .doc("The architecture of the functions, which no log tells; the cost depends on it.");

pub(super) const OTLP_ENDPOINT: Setting = Setting::new("OTEL_EXPORTER_OTLP_ENDPOINT", Kind::Url)
    .of(SinkName::Otlp)
    .doc("The collector; `v1/logs` and `v1/metrics` are appended.");
pub(super) const OTLP_LOGS_ENDPOINT: Setting = Setting::new("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", Kind::Url)
    .of(SinkName::Otlp)
    .doc("Where logs go instead, taken as it is.");
pub(super) const OTLP_METRICS_ENDPOINT: Setting =
    Setting::new("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", Kind::Url)
        .of(SinkName::Otlp)
        .doc("Where metrics go instead, taken as it is.");
pub(super) const OTLP_HEADERS: Setting = Setting::new("OTEL_EXPORTER_OTLP_HEADERS", Kind::Headers)
    .of(SinkName::Otlp)
    .doc("Sent with every request.");
pub(super) const OTLP_COMPRESSION: Setting =
    Setting::new("OTEL_EXPORTER_OTLP_COMPRESSION", Kind::Word(Compression::NAMES))
        .of(SinkName::Otlp)
        .or("gzip")
        .doc("How requests are compressed; `zstd` is smaller and faster where the collector takes it.");
pub(super) const OTLP_TIMEOUT: Setting = Setting::new("OTEL_EXPORTER_OTLP_TIMEOUT", Kind::Milliseconds)
    .of(SinkName::Otlp)
    .doc("How long one try of a request may take, instead of `TAILWATER_TIMEOUT`.");
pub(super) const RESOURCE_ATTRIBUTES: Setting = Setting::new("OTEL_RESOURCE_ATTRIBUTES", Kind::Attributes)
    .of(SinkName::Otlp)
    .doc("Put on every resource.");

pub(super) const DD_API_KEY_SECRET_ARN: Setting = Setting::new("DD_API_KEY_SECRET_ARN", Kind::SecretArn)
    .of(SinkName::Datadog)
    .doc("The secret in Secrets Manager that holds the API key; goes before the two below.");
pub(super) const DD_API_KEY_SSM_NAME: Setting = Setting::new("DD_API_KEY_SSM_NAME", Kind::ParameterName)
    .of(SinkName::Datadog)
    .doc("The SSM parameter that holds the API key; goes before `DD_API_KEY`.");
pub(super) const DD_API_KEY: Setting =
    Setting::new("DD_API_KEY", Kind::Secret).of(SinkName::Datadog).doc("The API key.");
pub(super) const DD_SITE: Setting = Setting::new("DD_SITE", Kind::Word(SITES))
    .of(SinkName::Datadog)
    .or("datadoghq.com")
    .doc("The site of the account.");
pub(super) const DD_URL: Setting = Setting::new("DD_URL", Kind::HostOrUrl)
    .of(SinkName::Datadog)
    .doc("Where logs go instead of the site's own intake.");
pub(super) const DD_TAGS: Setting =
    Setting::new("DD_TAGS", Kind::List).of(SinkName::Datadog).doc("Tags for Datadog only.");

pub(super) const NDJSON: Setting = Setting::new("TAILWATER_NDJSON", Kind::FileOrStdout)
    .of(SinkName::Ndjson)
    .or("-")
    .doc("The file that records are appended to.");

pub(super) const INFLATED_LIMIT: Setting = Setting::new("TAILWATER_INFLATED_LIMIT", Kind::Size)
    .or("256MiB")
    .doc("A delivery that inflates to more is cut there, and counted as damaged.");
pub(super) const TIMEOUT: Setting = Setting::new("TAILWATER_TIMEOUT", Kind::Duration)
    .or("10s")
    .doc("How long one try of a request may take; never more than half of what is left of the invocation.");
pub(super) const DEADLINE_RESERVE: Setting = Setting::new("TAILWATER_DEADLINE_RESERVE", Kind::Duration)
    .or("1500ms")
    .doc("The end of an invocation that is kept for parking.");
pub(super) const CONCURRENCY: Setting = Setting::new("TAILWATER_CONCURRENCY", Kind::Count)
    .or("4")
    .doc("How many requests to one sink are under way at once.");
pub(super) const BATCH_ITEM_FAILURES: Setting = Setting::new("TAILWATER_BATCH_ITEM_FAILURES", Kind::Switch)
    .or("true")
    .doc("Whether the event source mapping of the stream or queue has `ReportBatchItemFailures`; without it, one failed item has the whole batch sent again.");
pub(super) const FIREHOSE: Setting = Setting::new("TAILWATER_FIREHOSE", Kind::Word(&["keep", "drop"]))
    .or("keep")
    .doc("Whether a Firehose that Tailwater transforms for keeps the records that are delivered, or drops them.");
pub(super) const INVOCATION_TIMEOUT: Setting = Setting::new("TAILWATER_INVOCATION_TIMEOUT", Kind::Duration)
    .or("30s")
    .doc("The function's timeout, for where its deadline cannot be true: emulators send a constant.");
pub(super) const COMPRESSION_LEVEL: Setting =
    Setting::new("TAILWATER_COMPRESSION_LEVEL", Kind::Word(value::LEVELS))
        .or("1")
        .doc("How hard bodies are compressed; most of what forwarding costs.");
pub(super) const EXCLUDE_LOG_GROUPS: Setting = Setting::new("TAILWATER_EXCLUDE_LOG_GROUPS", Kind::List)
    .doc("Log groups that are refused, so that delivering them cannot feed itself; `*` at the end of one stands for any rest.");
pub(super) const ALLOW_INSECURE: Setting = Setting::new("TAILWATER_ALLOW_INSECURE", Kind::Switch)
    .or("false")
    .doc("Lets plain `http://` go to hosts other than this machine.");
pub(super) const CA_FILE: Setting = Setting::new("TAILWATER_CA_FILE", Kind::File)
    .doc("A PEM file of certificate authorities that are trusted besides the public ones.");
/// Path of the settings file, which only the command line reads.
pub const CONFIG: Setting = Setting::new("TAILWATER_CONFIG", Kind::File)
    .doc("A TOML file with settings, read by the command line only; the environment goes before it, flags before both.");

pub(super) const HTTPS_PROXY: Setting =
    Setting::new("HTTPS_PROXY", Kind::Proxy).doc("The proxy that requests to backends go through.");
pub(super) const NO_PROXY: Setting =
    Setting::new("NO_PROXY", Kind::List).doc("Hosts that are reached without the proxy.");
pub(super) const AWS_REGION: Setting =
    Setting::new("AWS_REGION", Kind::Text).doc("The region of AWS's services; Lambda sets it.");
pub(super) const AWS_DEFAULT_REGION: Setting =
    Setting::new("AWS_DEFAULT_REGION", Kind::Text).doc("The same, where `AWS_REGION` is not set.");
pub(super) const AWS_ACCESS_KEY_ID: Setting = Setting::new("AWS_ACCESS_KEY_ID", Kind::Credential)
    .doc("As whom AWS's services are used; Lambda sets it.");
pub(super) const AWS_SECRET_ACCESS_KEY: Setting = Setting::new("AWS_SECRET_ACCESS_KEY", Kind::Credential)
    .doc("The key that requests to AWS are signed with; Lambda sets it.");
pub(super) const AWS_SESSION_TOKEN: Setting = Setting::new("AWS_SESSION_TOKEN", Kind::Credential)
    .doc("What belongs to a key that is valid for a while; Lambda sets it.");
pub(super) const AWS_PROFILE: Setting = Setting::new("AWS_PROFILE", Kind::Text)
    .doc("The profile whose key is used where none is set; read by the command line only.");
pub(super) const AWS_SHARED_CREDENTIALS_FILE: Setting =
    Setting::new("AWS_SHARED_CREDENTIALS_FILE", Kind::File)
        .doc("The file with profiles' keys, instead of `~/.aws/credentials`.");
pub(super) const AWS_CONFIG_FILE: Setting = Setting::new("AWS_CONFIG_FILE", Kind::File)
    .doc("The file with profiles' regions, instead of `~/.aws/config`.");
pub(super) const AWS_ENDPOINT_URL: Setting =
    Setting::new("AWS_ENDPOINT_URL", Kind::Url).doc("Where AWS's services are, when they are not AWS's own.");
pub(super) const RUST_LOG: Setting = Setting::new("RUST_LOG", Kind::Levels)
    .or("info")
    .doc("How much Tailwater says of itself; other programs' modules are silent whatever it says.");
pub(super) const NO_COLOR: Setting = Setting::new("NO_COLOR", Kind::Text).doc("Anything: no colours.");

impl Setting {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, default: None, doc: "", sink: None }
    }

    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn of(self, sink: SinkName) -> Self {
        Self { sink: Some(sink), ..self }
    }

    pub(super) const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// Whether its value must never be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.kind.is_secret()
    }

    /// Its flag on the command line. A secret has none: other users of a machine can read command lines.
    ///
    /// ```
    /// # use tailwater_forwarder::settings::SETTINGS;
    /// let limit = SETTINGS.iter().find(|setting| setting.name == "TAILWATER_INFLATED_LIMIT");
    /// assert_eq!(limit.and_then(|limit| limit.flag()).as_deref(), Some("inflated-limit"));
    /// ```
    #[must_use]
    pub fn flag(&self) -> Option<String> {
        let name = self.name.strip_prefix(PREFIX).unwrap_or(self.name);
        (!self.is_secret()).then(|| name.to_ascii_lowercase().replace('_', "-"))
    }

    /// The setting of this name, written in upper or lower case, with `-` or `_`, with or without our prefix.
    pub(super) fn named(table: &'static [Self], name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_uppercase().replace('-', "_");
        let is_it = |setting: &&Self| {
            setting.name == name || setting.name.strip_prefix(PREFIX).is_some_and(|short| short == name)
        };
        table.iter().find(is_it)
    }
}
