//! Settings of the OTLP sink. Their names are those in OpenTelemetry's specification.

use std::time::Duration;

use super::{
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
    sink_name::SinkName,
};
use crate::{
    sink::{Signal, Signals, SpanScope},
    value::{self, Headers, Tag, Url, ValueError},
};

/// Configuration of the OTLP sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otlp {
    /// URL that logs are sent to; `None` only if logs are not sent.
    pub logs: Option<Url>,
    /// URL that metrics are sent to; `None` only if metrics are not sent.
    pub metrics: Option<Url>,
    /// URL that traces are sent to; `None` only if traces are not sent.
    pub traces: Option<Url>,
    /// Invocations whose spans are sent.
    pub spans: SpanScope,
    /// Headers that are added to every request.
    pub headers: Option<Headers>,
    /// Compression of request bodies.
    pub compression: Compression,
    /// Timeout of one request attempt, if it differs from [`Limits::timeout`](crate::forward::Limits::timeout).
    pub timeout: Option<Duration>,
    /// Attributes added to every resource.
    pub resource: Vec<Tag>,
}

/// Compression of request bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip, which every collector supports.
    Gzip,
    /// zstd: smaller and faster, but not part of OpenTelemetry's specification.
    Zstd,
    /// No compression.
    None,
}

impl Compression {
    const WORDS: &[(&str, Self)] = &[("gzip", Self::Gzip), ("zstd", Self::Zstd), ("none", Self::None)];
    const NAMES: &[&str] = &["gzip", "zstd", "none"];

    /// Returns the name of this compression in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::None => "none",
        }
    }
}

pub(super) const ENDPOINT: TypedSetting<Url> = Setting::new("OTEL_EXPORTER_OTLP_ENDPOINT", Kind::Url)
    .sink(SinkName::Otlp)
    .doc("Base URL of the collector; `v1/logs`, `v1/metrics` and `v1/traces` are appended.")
    .accepts(&["https://collector.example:4318", "http://localhost:4318"])
    .rejects(&[("collector:4318", ValueError::NoScheme), ("http://collector:4318", ValueError::NoTls)])
    .parsed_as_url_by(Url::read);

pub(super) const LOGS_ENDPOINT: TypedSetting<Url> =
    Setting::new("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", Kind::Url)
        .sink(SinkName::Otlp)
        .doc("URL that logs are sent to instead; nothing is appended.")
        .accepts(&["https://collector.example/logs"])
        .rejects(&[("https://collector.example?key=1", ValueError::Query)])
        .parsed_as_url_by(Url::read);

pub(super) const METRICS_ENDPOINT: TypedSetting<Url> =
    Setting::new("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", Kind::Url)
        .sink(SinkName::Otlp)
        .doc("URL that metrics are sent to instead; nothing is appended.")
        .accepts(&["https://collector.example/metrics"])
        .rejects(&[("https://user:key@collector.example", ValueError::Credentials)])
        .parsed_as_url_by(Url::read);

pub(super) const TRACES_ENDPOINT: TypedSetting<Url> =
    Setting::new("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Kind::Url)
        .sink(SinkName::Otlp)
        .doc("URL that traces are sent to instead; nothing is appended.")
        .accepts(&["https://collector.example/traces"])
        .rejects(&[("collector.example/traces", ValueError::NoScheme)])
        .parsed_as_url_by(Url::read);

pub(super) const SPANS: TypedSetting<SpanScope> =
    Setting::new("TAILWATER_SPANS", Kind::Word(SpanScope::NAMES))
        .sink(SinkName::Otlp)
        .default("all")
        .doc("Invocations whose spans are sent if `traces` is among the signals: all, or all but those that X-Ray does not record.")
        .accepts(SpanScope::NAMES)
        .rejects(&[("sampled", ValueError::UnknownWord)])
        .parsed_by(|text| value::word(text, SpanScope::WORDS));

pub(super) const HEADERS: TypedSetting<Headers> = Setting::new("OTEL_EXPORTER_OTLP_HEADERS", Kind::Headers)
    .sink(SinkName::Otlp)
    .doc("Headers of every request.")
    .accepts(&["authorization=Bearer%20KEY,x-scope=1", "ssm:/otlp/headers"])
    .rejects(&[("host=elsewhere", ValueError::BadHeader), ("ssm:a b", ValueError::BadParameter)])
    .parsed_by(Headers::read);

pub(super) const COMPRESSION: TypedSetting<Compression> =
    Setting::new("OTEL_EXPORTER_OTLP_COMPRESSION", Kind::Word(Compression::NAMES))
        .sink(SinkName::Otlp)
        .default("gzip")
        .doc("Compression of request bodies; `zstd` is smaller and faster if the collector supports it.")
        .accepts(Compression::NAMES)
        .rejects(&[("brotli", ValueError::UnknownWord)])
        .parsed_by(|text| value::word(text, Compression::WORDS));

pub(super) const TIMEOUT: TypedSetting<Duration> =
    Setting::new("OTEL_EXPORTER_OTLP_TIMEOUT", Kind::Milliseconds)
        .sink(SinkName::Otlp)
        .doc("Timeout of one request attempt, instead of `TAILWATER_TIMEOUT`.")
        .accepts(&["10000"])
        .rejects(&[("10s", ValueError::NotANumber), ("0", ValueError::Zero)])
        .parsed_by(value::milliseconds);

pub(super) const RESOURCE_ATTRIBUTES: TypedSetting<Vec<Tag>> =
    Setting::new("OTEL_RESOURCE_ATTRIBUTES", Kind::Attributes)
        .sink(SinkName::Otlp)
        .doc("Attributes added to every resource.")
        .accepts(&["team=shop,city=M%C3%BCnchen"])
        .rejects(&[("team:shop", ValueError::NoEquals), ("team=%zz", ValueError::BadPercent)])
        .parsed_by(value::attributes);

impl Otlp {
    pub(super) fn read(signals: Signals, reader: &mut Reader<'_>) -> Option<Self> {
        let base = reader.optional(&ENDPOINT);
        let mut endpoint = |setting, segments, is_wanted: bool| {
            let own = reader.optional(setting);
            let found = own.or_else(|| base.as_ref().map(|base| base.join(segments)));
            if is_wanted && found.is_none() && !reader.is_set(&setting.setting) {
                reader.missing(&ENDPOINT.setting);
            }
            found.filter(|_| is_wanted)
        };
        let logs = endpoint(&LOGS_ENDPOINT, "v1/logs", signals.include(Signal::Logs));
        let metrics = endpoint(&METRICS_ENDPOINT, "v1/metrics", signals.include(Signal::Metrics));
        let traces = endpoint(&TRACES_ENDPOINT, "v1/traces", signals.include(Signal::Traces));
        let spans = reader.value(&SPANS);
        let headers = reader.optional(&HEADERS);
        let timeout = reader.optional(&TIMEOUT);
        let resource = reader.optional(&RESOURCE_ATTRIBUTES).unwrap_or_default();
        let compression = reader.value(&COMPRESSION)?;
        Some(Self { logs, metrics, traces, spans: spans?, headers, compression, timeout, resource })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_has_one_list_of_names() {
        let names: Vec<_> = Compression::WORDS.iter().map(|(_, compression)| compression.name()).collect();
        let words: Vec<_> = Compression::WORDS.iter().map(|(word, _)| *word).collect();
        assert!(names == Compression::NAMES && words == Compression::NAMES);
    }
}
