//! Names of sinks.

/// Kind of sink, as named in `TAILWATER_SINKS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkName {
    /// OTLP over HTTP.
    Otlp,
    /// Datadog.
    Datadog,
    /// NDJSON on standard output or in a file.
    Ndjson,
}

impl SinkName {
    /// Names of all sinks, each with its value.
    pub(super) const WORDS: &[(&str, Self)] =
        &[("otlp", Self::Otlp), ("datadog", Self::Datadog), ("ndjson", Self::Ndjson)];
    /// Names of all sinks.
    pub const NAMES: &[&str] = &["otlp", "datadog", "ndjson"];

    /// Returns the name of this sink in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Datadog => "datadog",
            Self::Ndjson => "ndjson",
        }
    }
}
