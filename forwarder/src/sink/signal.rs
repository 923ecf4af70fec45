//! Signals: logs, metrics and traces.

/// Kind of telemetry that a request body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Log events.
    Logs,
    /// Metrics, derived from logs or declared in log lines.
    Metrics,
    /// Spans of invocations, derived from logs.
    Traces,
}

impl Signal {
    /// All signals.
    pub const ALL: [Self; 3] = [Self::Logs, Self::Metrics, Self::Traces];

    /// Signals that are derived from all events of a delivery, and sent once these are settled.
    pub const DERIVED: [Self; 2] = [Self::Metrics, Self::Traces];

    /// Returns the name of the signal in logs and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Metrics => "metrics",
            Self::Traces => "traces",
        }
    }

    /// Returns the name of the items of which the signal consists, in the plural.
    #[must_use]
    pub fn items(self) -> &'static str {
        match self {
            Self::Logs => "log events",
            Self::Metrics => "metric data points",
            Self::Traces => "spans",
        }
    }
}

/// Set of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    logs: bool,
    metrics: bool,
    traces: bool,
}

impl Signals {
    /// Logs and metrics, which are sent by default.
    pub const DEFAULT: Self = Self { logs: true, metrics: true, traces: false };

    /// Metrics and traces.
    pub const DERIVED: Self = Self { logs: false, metrics: true, traces: true };

    /// True if the set includes `signal`.
    #[must_use]
    pub fn include(self, signal: Signal) -> bool {
        match signal {
            Signal::Logs => self.logs,
            Signal::Metrics => self.metrics,
            Signal::Traces => self.traces,
        }
    }

    /// Returns the signals of the set in their order.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        Signal::ALL.into_iter().filter(move |signal| self.include(*signal))
    }

    /// True if the set has no signal.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl FromIterator<Signal> for Signals {
    fn from_iter<I: IntoIterator<Item = Signal>>(signals: I) -> Self {
        let mut set = Self::default();
        for signal in signals {
            match signal {
                Signal::Logs => set.logs = true,
                Signal::Metrics => set.metrics = true,
                Signal::Traces => set.traces = true,
            }
        }
        set
    }
}
