//! Attributes that all kinds of lines have: type name, log level, and the ids of the invocation.

use super::{App, Dialect, Emf, InitReport, InitStart, Initialization, Line, Status, TraceContext};
use crate::level::Level;

impl Line<'_> {
    /// Name of the line's type in records. `app`, `text` and `emf` are lines of functions; the others are the
    /// platform's.
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

    /// Log level: the one in a function's line, or the one that AWS defines for a platform line (its table of system
    /// log levels; restores, extensions and dropped lines are not in that table and are treated alike). `None` if a
    /// function's line has no level, and for platform events that this crate has no type for.
    #[must_use]
    #[inline]
    pub fn level(&self) -> Option<Level> {
        match self {
            Self::App(app) | Self::Emf(Emf { app, .. }) => app.level,
            Self::InitStart(InitStart { runtime_version: Some(_), .. }) | Self::Start(_) | Self::End(_) => {
                Some(Level::Info)
            }
            Self::InitReport(report) => Some(init_report_level(report)),
            Self::Report(report) => Some(level_by_status(report.status, Level::Info)),
            Self::InitRuntimeDone(report) => Some(level_by_status(report.status, Level::Debug)),
            Self::RuntimeDone(done) => Some(level_by_status(done.status, Level::Debug)),
            Self::RestoreReport(report) | Self::RestoreRuntimeDone(report) => {
                Some(level_by_status(report.status, Level::Debug))
            }
            Self::InitStart(_) | Self::RestoreStart(_) | Self::Subscription(_) => Some(Level::Debug),
            Self::Extension(extension) if extension.error_type.is_none() => Some(Level::Debug),
            Self::Extension(_) | Self::LogsDropped(_) => Some(Level::Warn),
            Self::Fault(_) => Some(Level::Error),
            Self::OtherPlatform(_) => None,
        }
    }

    /// Request id in the line; `None` if it has none.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.ids().request
    }

    /// X-Ray trace id in the line, such as `1-5d8bba5a-dc2932496a65bab91d2d42d4`; `None` if it has none.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.ids().trace
    }

    /// Ids of the trace and span in the line; `None` if it states neither a trace id other than X-Ray's nor a span id.
    #[must_use]
    #[inline]
    pub fn trace_context(&self) -> Option<TraceContext> {
        match self {
            Self::App(app) | Self::Emf(Emf { app, .. }) => app.trace_context,
            Self::Start(_)
            | Self::RuntimeDone(_)
            | Self::Report(_)
            | Self::End(_)
            | Self::Fault(_)
            | Self::OtherPlatform(_)
            | Self::InitStart(_)
            | Self::InitReport(_)
            | Self::InitRuntimeDone(_)
            | Self::RestoreStart(_)
            | Self::RestoreReport(_)
            | Self::RestoreRuntimeDone(_)
            | Self::Extension(_)
            | Self::Subscription(_)
            | Self::LogsDropped(_) => None,
        }
    }

    /// Tenant id in the line; `None` if it has none.
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

/// Request, trace and tenant id in a line.
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

/// Level of an INIT report. An on-demand INIT is part of an invocation; one of another type is an event of its own.
fn init_report_level(report: &InitReport<'_>) -> Level {
    let success = match report.initialization {
        None | Some(Initialization::OnDemand) => Level::Debug,
        Some(
            Initialization::ProvisionedConcurrency
            | Initialization::SnapStart
            | Initialization::ManagedInstances,
        ) => Level::Info,
    };
    level_by_status(report.status, success)
}

/// Level of a platform line with this status: the level `success` if the status is a success or absent (text lines have
/// none after a success), else a warning.
fn level_by_status(status: Option<Status>, success: Level) -> Level {
    match status {
        None | Some(Status::Success) => success,
        Some(Status::Failure | Status::Error | Status::Timeout | Status::Unknown) => Level::Warn,
    }
}
