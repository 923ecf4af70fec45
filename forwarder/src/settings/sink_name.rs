//! Names of sinks.

/// Sink, by its name in `TAILWATER_SINKS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkName {
    /// OTLP over HTTP.
    Otlp,
    /// Datadog.
    Datadog,
    /// Records as NDJSON.
    Ndjson,
}

impl SinkName {
    /// Every name with its sink.
    pub(super) const WORDS: &[(&str, Self)] =
        &[("otlp", Self::Otlp), ("datadog", Self::Datadog), ("ndjson", Self::Ndjson)];
    /// Every name.
    pub(super) const NAMES: &[&str] = &["otlp", "datadog", "ndjson"];

    /// Returns its name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Datadog => "datadog",
            Self::Ndjson => "ndjson",
        }
    }
}
