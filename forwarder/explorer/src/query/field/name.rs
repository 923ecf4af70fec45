//! Names of fields.

use super::lambda::ReportField;

/// Field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Field {
    /// `@timestamp`
    Timestamp,
    /// `@message`
    Message,
    /// `@logStream`
    LogStream,
    /// `@log`
    Log,
    /// `@type`
    Type,
    /// `@requestId`
    RequestId,
    /// Field of a text REPORT line.
    Report(ReportField),
    /// `@function`
    Function,
    /// `@version`
    Version,
    /// `@level`
    Level,
    /// `@region`, `@aws.region`
    Region,
    /// `@account`, `@aws.account`
    Account,
    /// `@traceId`
    TraceId,
    /// `@invocation.…`
    Run(RunField),
    /// Value at a JSON path: its index among the paths of the query.
    Json(usize),
    /// JSON object or array at a path, as text.
    Structure(usize),
    /// Name that no event has.
    Unknown,
}

/// Field of an invocation, which all of its events have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum RunField {
    /// `@invocation.id`
    Id,
    /// `@invocation.status`
    Status,
    /// `@invocation.errorType`
    ErrorType,
    /// `@invocation.errorGroup`
    ErrorGroup,
    /// `@invocation.coldStart`
    ColdStart,
    /// `@invocation.durationMs`
    DurationMs,
    /// `@invocation.billedMs`
    BilledMs,
    /// `@invocation.initMs`
    InitMs,
    /// `@invocation.memoryMb`
    MemoryMb,
    /// `@invocation.maxMemoryMb`
    MaxMemoryMb,
    /// `@invocation.costUsd`
    CostUsd,
    /// `@invocation.tenant`
    Tenant,
}

/// Fields with names of CloudWatch or ours.
pub(in crate::query) const NAMES: &[(&str, Field)] = &[
    ("@timestamp", Field::Timestamp),
    ("@message", Field::Message),
    ("@logStream", Field::LogStream),
    ("@log", Field::Log),
    ("@type", Field::Type),
    ("@requestId", Field::RequestId),
    ("@duration", Field::Report(ReportField::Duration)),
    ("@billedDuration", Field::Report(ReportField::BilledDuration)),
    ("@initDuration", Field::Report(ReportField::InitDuration)),
    ("@memorySize", Field::Report(ReportField::MemorySize)),
    ("@maxMemoryUsed", Field::Report(ReportField::MaxMemoryUsed)),
    ("@xrayTraceId", Field::Report(ReportField::XrayTraceId)),
    ("@xraySegmentId", Field::Report(ReportField::XraySegmentId)),
    ("@aws.account", Field::Account),
    ("@aws.region", Field::Region),
    ("@function", Field::Function),
    ("@version", Field::Version),
    ("@level", Field::Level),
    ("@region", Field::Region),
    ("@account", Field::Account),
    ("@traceId", Field::TraceId),
    ("@invocation.id", Field::Run(RunField::Id)),
    ("@invocation.status", Field::Run(RunField::Status)),
    ("@invocation.errorType", Field::Run(RunField::ErrorType)),
    ("@invocation.errorGroup", Field::Run(RunField::ErrorGroup)),
    ("@invocation.coldStart", Field::Run(RunField::ColdStart)),
    ("@invocation.durationMs", Field::Run(RunField::DurationMs)),
    ("@invocation.billedMs", Field::Run(RunField::BilledMs)),
    ("@invocation.initMs", Field::Run(RunField::InitMs)),
    ("@invocation.memoryMb", Field::Run(RunField::MemoryMb)),
    ("@invocation.maxMemoryMb", Field::Run(RunField::MaxMemoryMb)),
    ("@invocation.costUsd", Field::Run(RunField::CostUsd)),
    ("@invocation.tenant", Field::Run(RunField::Tenant)),
];

impl Field {
    /// Resolves a name. `path` returns the index of a JSON path.
    ///
    /// A name with one `@` is CloudWatch's or ours; a JSON key `@x` has the name `@@x`.
    pub(super) fn of_name(name: &str, path: &mut dyn FnMut(&str) -> usize) -> Self {
        if let Some((_, field)) = NAMES.iter().find(|(known, _)| *known == name) {
            return *field;
        }
        match name.strip_prefix('@') {
            None => Self::Json(path(name)),
            Some(key) if key.starts_with('@') => Self::Json(path(key)),
            Some(_) => Self::Unknown,
        }
    }
}
