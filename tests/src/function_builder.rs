//! Builder of a Lambda function that runs `bootstrap` with given settings.

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

/// Settings of a function.
#[derive(Clone, Debug)]
pub struct FunctionBuilder {
    program: Program,
    sinks: Vec<&'static str>,
    timeout: Duration,
}

/// API key that the backend of [`datadog`] accepts.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Starts an OTLP backend with a schedule of faults.
#[must_use]
pub fn otlp(schedule: FaultSchedule) -> Backend {
    Backend::start(Otlp, schedule)
}

/// Starts a Datadog backend with a schedule of faults; it does not check the age of events.
#[must_use]
pub fn datadog(schedule: FaultSchedule) -> Backend {
    Backend::start(Datadog { key: KEY.to_owned(), age_check: AgeCheck::Disabled }, schedule)
}

impl Default for FunctionBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl FunctionBuilder {
    /// Creates a builder of a function without sinks and with a timeout of ten seconds.
    #[must_use]
    pub fn new() -> Self {
        Self::with_bootstrap(binary::bootstrap())
    }

    /// Creates a builder for another `bootstrap` binary.
    #[must_use]
    pub fn with_bootstrap(bootstrap: &Path) -> Self {
        let program = Program::new(bootstrap)
            .env("TAILWATER_REGION", REGION)
            .env("TAILWATER_ARCH", "arm64")
            .env("DD_API_KEY", KEY);
        Self { program, sinks: Vec::new(), timeout: Duration::from_secs(10) }
    }

    /// Adds an OTLP sink.
    #[must_use]
    pub fn otlp(self, backend: &Backend) -> Self {
        self.sink("otlp").env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
    }

    /// Adds a Datadog sink.
    #[must_use]
    pub fn datadog(self, backend: &Backend) -> Self {
        self.sink("datadog").env("DD_URL", backend.url()).env("DD_API_URL", backend.url())
    }

    /// Makes the function park undeliverable events in a folder.
    #[must_use]
    pub fn parking(self, folder: &Path) -> Self {
        self.env("TAILWATER_PARKING", format!("file:{}", folder.display()))
    }

    /// Adds a sink whose settings the test sets itself.
    #[must_use]
    pub fn sink(mut self, name: &'static str) -> Self {
        self.sinks.push(name);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.program = self.program.env(name, value);
        self
    }

    /// Sets the timeout, of which a fifth is reserved for parking and a quarter is the limit of a request.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        let [reserve, each] = [timeout / 5, timeout / 4].map(|part| format!("{}ms", part.as_millis()));
        self.env("TAILWATER_DEADLINE_RESERVE", reserve).env("TAILWATER_TIMEOUT", each)
    }

    /// Creates the function; its process starts with the first event.
    #[must_use]
    pub fn start(&self) -> Lambda {
        let program = self.program.clone().env("TAILWATER_SINKS", self.sinks.join(","));
        Lambda::new(program, self.timeout)
    }
}
