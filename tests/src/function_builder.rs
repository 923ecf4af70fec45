//! A `bootstrap` with settings, as a test wants it.

use std::{path::Path, time::Duration};

use crate::{
    backend::{
        Backend, FaultSchedule,
        datadog::{AgeCheck, Datadog},
        otlp::Otlp,
    },
    binary,
    lambda::Lambda,
    process::Program,
    sample::REGION,
};

/// The settings of a function that is to be.
#[derive(Clone, Debug)]
pub struct FunctionBuilder {
    program: Program,
    sinks: Vec<&'static str>,
    timeout: Duration,
}

/// The API key that [`datadog`] accepts.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

/// An OTLP backend that plays a script.
#[must_use]
pub fn otlp(script: FaultSchedule) -> Backend {
    Backend::start(Otlp, script)
}

/// A Datadog backend that plays a script, and looks at no event's age.
#[must_use]
pub fn datadog(script: FaultSchedule) -> Backend {
    Backend::start(Datadog { key: KEY.to_owned(), age_check: AgeCheck::Disabled }, script)
}

impl Default for FunctionBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl FunctionBuilder {
    /// One with a timeout of ten seconds that sends nothing anywhere yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_bootstrap(binary::bootstrap())
    }

    /// One that another `bootstrap` is.
    #[must_use]
    pub fn with_bootstrap(bootstrap: &Path) -> Self {
        let program = Program::new(bootstrap)
            .env("TAILWATER_REGION", REGION)
            .env("TAILWATER_ARCH", "arm64")
            .env("DD_API_KEY", KEY);
        Self { program, sinks: Vec::new(), timeout: Duration::from_secs(10) }
    }

    /// Sends to a collector.
    #[must_use]
    pub fn otlp(self, backend: &Backend) -> Self {
        self.sink("otlp").env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
    }

    /// Sends to Datadog.
    #[must_use]
    pub fn datadog(self, backend: &Backend) -> Self {
        self.sink("datadog").env("DD_URL", backend.url())
    }

    /// Parks in a folder.
    #[must_use]
    pub fn parking(self, folder: &Path) -> Self {
        self.env("TAILWATER_PARKING", format!("file:{}", folder.display()))
    }

    /// Sends to a sink whose settings the test makes itself.
    #[must_use]
    pub fn sink(mut self, name: &'static str) -> Self {
        self.sinks.push(name);
        self
    }

    /// Has this setting.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.program = self.program.env(name, value);
        self
    }

    /// Has this timeout, and keeps a fifth of it for parking.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        let [reserve, each] = [timeout / 5, timeout / 4].map(|part| format!("{}ms", part.as_millis()));
        self.env("TAILWATER_DEADLINE_RESERVE", reserve).env("TAILWATER_TIMEOUT", each)
    }

    /// The function; its process starts with the first event.
    #[must_use]
    pub fn start(&self) -> Lambda {
        let program = self.program.clone().env("TAILWATER_SINKS", self.sinks.join(","));
        Lambda::new(program, self.timeout)
    }
}
