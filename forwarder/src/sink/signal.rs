//! Signals: logs and metrics.

/// Kind of telemetry that a request body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Log events.
    Logs,
    /// Metrics, derived from logs or declared in log lines.
    Metrics,
}

impl Signal {
    /// Returns the name of the signal in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}

/// Signals that a sink receives, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signals {
    /// Only logs.
    Logs,
    /// Only metrics.
    Metrics,
    /// Logs and metrics.
    Both,
}

impl Signals {
    /// True if logs are sent.
    #[must_use]
    pub fn with_logs(self) -> bool {
        matches!(self, Self::Logs | Self::Both)
    }

    /// True if metrics are sent.
    #[must_use]
    pub fn with_metrics(self) -> bool {
        matches!(self, Self::Metrics | Self::Both)
    }
}
