//! Log lines of Datadog's libraries that are metrics or traces: for the sinks that read them so, they are no logs.

use tailwater_parser::Record;

use crate::{
    rules::Sinks,
    sink::{MetricLine, has_traces},
};

/// Recognises the lines, for the sinks that read them.
#[derive(Debug)]
pub(super) struct MetricLines {
    /// Sinks that read metrics of lines.
    sinks: Sinks,
    /// True if the current event is a metric for [`Self::sinks`].
    is_metric: bool,
    /// Number of lines with traces.
    traces: u64,
    was_named: bool,
}

impl MetricLines {
    pub(super) fn new(sinks: Sinks) -> Self {
        Self { sinks, is_metric: false, traces: 0, was_named: false }
    }

    /// Begins an event. Returns its metric, if it is one and a sink reads it.
    pub(super) fn begin(&mut self, record: &Record<'_>) -> Option<MetricLine> {
        self.is_metric = false;
        if self.sinks == Sinks::NONE || !record.message.starts_with('{') || !record.part.is_first() {
            return None;
        }
        let line = MetricLine::read(record.message);
        self.is_metric = line.is_some();
        if line.is_none() && has_traces(record.message) {
            self.traces += 1;
            if !std::mem::replace(&mut self.was_named, true) {
                tracing::warn!(
                    "log lines have traces of a Datadog library: they are sent as logs, not as traces"
                );
            }
        }
        line
    }

    /// Sinks for which the current event is no log.
    pub(super) fn not_logs(&self) -> Sinks {
        if self.is_metric { self.sinks } else { Sinks::NONE }
    }

    /// Sinks that read metrics of lines.
    pub(super) fn sinks(&self) -> Sinks {
        self.sinks
    }

    /// Returns the number of lines with traces since the last call.
    pub(super) fn take_traces(&mut self) -> u64 {
        std::mem::take(&mut self.traces)
    }
}
