//! What every line can be asked, whatever kind it is: its name, how serious it is, and whom it belongs to.

use super::{App, Dialect, InitReport, Initialization, Line, Status};
use crate::level::Level;

impl Line<'_> {
    /// What the line is, as records name it: `app` and `text` are the function's own words, the rest the platform's.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InitStart(_) => "init_start",
            Self::InitReport(_) => "init_report",
            Self::RestoreStart(_) => "restore_start",
            Self::RestoreReport(_) => "restore_report",
            Self::Start(_) => "start",
            Self::End(_) => "end",
            Self::Report(_) => "report",
            Self::Fault(_) => "fault",
            Self::Extension(_) => "extension",
            Self::Emf(_) => "emf",
            Self::App(App { dialect: Dialect::Text, .. }) => "text",
            Self::App(_) => "app",
            Self::InitRuntimeDone(_)
            | Self::RestoreRuntimeDone(_)
            | Self::RuntimeDone(_)
            | Self::Subscription(_)
            | Self::LogsDropped(_)
            | Self::OtherPlatform(_) => "platform",
        }
    }

    /// How serious it is: as the function says, or as AWS ranks what the platform writes (its table of system log
    /// levels; restores, extensions and dropped lines are not in it and are ranked alike).
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        Some(match self {
            Self::App(app) => return app.level,
            Self::Emf(emf) => return emf.app.level,
            Self::Fault(_) => Level::Error,
            Self::LogsDropped(_) => Level::Warn,
            Self::Start(_) | Self::End(_) | Self::OtherPlatform(_) => Level::Info,
            Self::InitStart(start) if start.runtime_version.is_some() => Level::Info,
            Self::InitStart(_) | Self::RestoreStart(_) | Self::Subscription(_) => Level::Debug,
            Self::InitReport(report) => ranked(report.status, init_level(report)),
            Self::Report(report) => ranked(report.status, Level::Info),
            Self::RuntimeDone(done) => ranked(done.status, Level::Debug),
            Self::InitRuntimeDone(report) => ranked(report.status, Level::Debug),
            Self::RestoreReport(report) | Self::RestoreRuntimeDone(report) => {
                ranked(report.status, Level::Debug)
            }
            Self::Extension(extension) if extension.error_type.is_some() => Level::Warn,
            Self::Extension(_) => Level::Debug,
        })
    }

    /// The invocation it belongs to, where the line itself names it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.ids().request
    }

    /// X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`, where the line names one.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.ids().trace
    }

    /// The tenant it was written for, where the line names one.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.ids().tenant
    }

    fn ids(&self) -> Ids<'_> {
        match self {
            Self::Start(start) => Ids::of(start.request_id, start.trace_id, start.tenant),
            Self::RuntimeDone(done) => Ids::of(done.request_id, done.trace_id, done.tenant),
            Self::Report(report) => Ids::of(report.request_id, report.trace_id, report.tenant),
            Self::End(end) => Ids::of(end.request_id, None, None),
            Self::Fault(fault) => Ids { request: fault.request_id, ..Ids::default() },
            Self::OtherPlatform(other) => Ids { request: other.request_id, ..Ids::default() },
            Self::Emf(emf) => Ids::of_app(&emf.app),
            Self::App(app) => Ids::of_app(app),
            Self::InitStart(_)
            | Self::InitReport(_)
            | Self::InitRuntimeDone(_)
            | Self::RestoreStart(_)
            | Self::RestoreReport(_)
            | Self::RestoreRuntimeDone(_)
            | Self::Extension(_)
            | Self::Subscription(_)
            | Self::LogsDropped(_) => Ids::default(),
        }
    }
}

/// The invocation, trace and tenant that a line names.
#[derive(Clone, Copy, Default)]
struct Ids<'a> {
    request: Option<&'a str>,
    trace: Option<&'a str>,
    tenant: Option<&'a str>,
}

impl<'a> Ids<'a> {
    fn of(request: &'a str, trace: Option<&'a str>, tenant: Option<&'a str>) -> Self {
        Self { request: Some(request), trace, tenant }
    }

    fn of_app(app: &'a App<'_>) -> Self {
        Self {
            request: app.request_id.as_deref(),
            trace: app.trace_id.as_deref(),
            tenant: app.tenant.as_deref(),
        }
    }
}

/// An INIT that an invocation waited for is its business; one ahead of need is news.
fn init_level(report: &InitReport<'_>) -> Level {
    match report.initialization {
        Some(Initialization::OnDemand) => Level::Debug,
        Some(
            Initialization::ProvisionedConcurrency
            | Initialization::SnapStart
            | Initialization::ManagedInstances,
        )
        | None => Level::Info,
    }
}

/// `well`, or a warning for any other end; text lines have no status when all went well.
fn ranked(status: Option<Status>, well: Level) -> Level {
    match status {
        None | Some(Status::Success) => well,
        Some(Status::Failure | Status::Error | Status::Timeout | Status::Unknown) => Level::Warn,
    }
}
