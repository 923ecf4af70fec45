//! Configuration of one sink of any kind.

use super::{datadog::Datadog, ndjson::Ndjson, otlp::Otlp, reader::Reader, sink_name::SinkName};
use crate::sink::Signals;

/// Configuration of one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named as what it holds")]
pub enum SinkSettings {
    Otlp(Otlp),
    Datadog(Datadog),
    Ndjson(Ndjson),
}

impl SinkSettings {
    /// Returns the name of the sink.
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
