//! What each sink needs to know: where it sends, as whom, and how.

use std::{path::PathBuf, time::Duration};

use super::{reader::Reader, table};
use crate::sink::{Signals, datadog::SITES};
use crate::value::{self, Headers, Scheme, SecretRef, Tag, Url, ValueError};

/// A sink, by its name in `TAILWATER_SINKS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkName {
    /// OpenTelemetry's protocol over HTTP.
    Otlp,
    /// Datadog.
    Datadog,
    /// Records as NDJSON.
    Ndjson,
}

impl SinkName {
    pub(super) const WORDS: &[(&str, Self)] =
        &[("otlp", Self::Otlp), ("datadog", Self::Datadog), ("ndjson", Self::Ndjson)];
    pub(super) const NAMES: &[&str] = &["otlp", "datadog", "ndjson"];

    /// As written in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Datadog => "datadog",
            Self::Ndjson => "ndjson",
        }
    }
}

/// How request bodies are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// What every collector takes.
    Gzip,
    /// Smaller and faster, not part of OpenTelemetry's specification.
    Zstd,
    /// Not at all.
    None,
}

impl Compression {
    pub(super) const WORDS: &[(&str, Self)] =
        &[("gzip", Self::Gzip), ("zstd", Self::Zstd), ("none", Self::None)];
    pub(super) const NAMES: &[&str] = &["gzip", "zstd", "none"];

    /// As written in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::None => "none",
        }
    }
}

/// A sink with all it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each names what it holds")]
pub enum Sink {
    Otlp(Otlp),
    Datadog(Datadog),
    Ndjson(Ndjson),
}

/// OpenTelemetry's protocol over HTTP, as its specification names the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otlp {
    /// Where logs go; there whenever logs are sent.
    pub logs: Option<Url>,
    /// Where metrics go; there whenever metrics are sent.
    pub metrics: Option<Url>,
    /// Sent with every request.
    pub headers: Option<Headers>,
    /// How bodies are compressed.
    pub compression: Compression,
    /// How long one try may take, where it is not [`Limits::timeout`](super::Limits::timeout).
    pub timeout: Option<Duration>,
    /// Put on every resource.
    pub resource: Vec<Tag>,
}

/// Datadog, as its own forwarder names the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datadog {
    /// The API key.
    pub api_key: SecretRef,
    /// Such as `datadoghq.eu`; one of Datadog's.
    pub site: String,
    /// Where logs go instead of the site's intake.
    pub logs: Option<Url>,
    /// Tags as Datadog takes them, mostly `key:value`.
    pub tags: Vec<String>,
}

/// Records as NDJSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ndjson {
    /// To standard output.
    Stdout,
    /// To the end of a file.
    File(PathBuf),
}

impl Sink {
    /// Its name in settings.
    #[must_use]
    pub fn name(&self) -> SinkName {
        match self {
            Self::Otlp(_) => SinkName::Otlp,
            Self::Datadog(_) => SinkName::Datadog,
            Self::Ndjson(_) => SinkName::Ndjson,
        }
    }

    pub(super) fn read(name: SinkName, signals: Signals, reader: &mut Reader<'_>) -> Option<Self> {
        match name {
            SinkName::Otlp => Otlp::read(signals, reader).map(Self::Otlp),
            SinkName::Datadog => Datadog::read(reader).map(Self::Datadog),
            SinkName::Ndjson => Ndjson::read(reader).map(Self::Ndjson),
        }
    }
}

impl Otlp {
    fn read(signals: Signals, reader: &mut Reader<'_>) -> Option<Self> {
        let plain = reader.plain_http();
        let url = |text: &str| Url::read(text, plain);
        let base = reader.optional(&table::OTLP_ENDPOINT, url);
        let mut endpoint = |setting, segments, is_wanted: bool| {
            let own = reader.optional(setting, url);
            let found = own.or_else(|| base.as_ref().map(|base| base.join(segments)));
            if is_wanted && found.is_none() && !reader.is_set(setting) {
                reader.missing(&table::OTLP_ENDPOINT);
            }
            found.filter(|_| is_wanted)
        };
        let logs = endpoint(&table::OTLP_LOGS_ENDPOINT, "v1/logs", signals.with_logs());
        let metrics = endpoint(&table::OTLP_METRICS_ENDPOINT, "v1/metrics", signals.with_metrics());
        let headers = reader.optional(&table::OTLP_HEADERS, Headers::read);
        let timeout = reader.optional(&table::OTLP_TIMEOUT, value::milliseconds);
        let resource = reader.optional(&table::RESOURCE_ATTRIBUTES, value::attributes).unwrap_or_default();
        let compression =
            reader.value(&table::OTLP_COMPRESSION, |text| value::word(text, Compression::WORDS))?;
        Some(Self { logs, metrics, headers, compression, timeout, resource })
    }
}

impl Datadog {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let plain = reader.plain_http();
        let logs = reader.optional(&table::DD_URL, |text| Url::read_or_host(text, Scheme::Https, plain));
        let tags = reader.optional(&table::DD_TAGS, value::list).unwrap_or_default();
        let site = reader.value(&table::DD_SITE, |text| value::one_of(text, SITES));
        let api_key = Self::api_key(reader);
        Some(Self { api_key: api_key?, site: site?, logs, tags })
    }

    /// In the order of Datadog's forwarder, whose templates leave a placeholder in the last.
    fn api_key(reader: &mut Reader<'_>) -> Option<SecretRef> {
        if reader.is_set(&table::DD_API_KEY_SECRET_ARN) {
            return reader.optional(&table::DD_API_KEY_SECRET_ARN, SecretRef::secret_arn);
        }
        if reader.is_set(&table::DD_API_KEY_SSM_NAME) {
            return reader.optional(&table::DD_API_KEY_SSM_NAME, SecretRef::parameter);
        }
        reader.value(&table::DD_API_KEY, SecretRef::read)
    }
}

impl Ndjson {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let path = reader.value(&table::NDJSON, value::text)?;
        Some(if path == "-" { Self::Stdout } else { Self::File(path.into()) })
    }
}

/// Reads `logs`, `metrics` or both.
pub(super) fn signals(text: &str) -> Result<Signals, ValueError> {
    let words = value::words(text, &[("logs", Signals::Logs), ("metrics", Signals::Metrics)])?;
    match words.as_slice() {
        [only] => Ok(*only),
        [..] => Ok(Signals::Both),
    }
}
