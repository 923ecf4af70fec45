//! Configuration of a sink, whichever it is.

use super::{datadog::Datadog, ndjson::Ndjson, otlp::Otlp, reader::Reader, sink_name::SinkName};
use crate::sink::Signals;

/// A sink with its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named as what it holds")]
pub enum SinkSettings {
    Otlp(Otlp),
    Datadog(Datadog),
    Ndjson(Ndjson),
}

impl SinkSettings {
    /// Returns its name in settings.
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
