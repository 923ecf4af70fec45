//! Lines of the Lambda platform. The same events exist as text and as JSON; both are parsed into the same types.

pub(super) mod extension;
pub(super) mod fault;
pub(super) mod init;
pub(super) mod invoke;
pub(super) mod json;
pub(super) mod report;
mod span;

pub use self::span::{PlatformSpan, PlatformSpanName};

use std::{borrow::Cow, time::Duration};

use crate::{
    line::Segment,
    units::{ByteSize, MemoryMib},
};

/// Begin of an initialization or a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitStart<'a> {
    /// Runtime version, such as `nodejs:22.mainline.v98`.
    pub runtime_version: Option<&'a str>,
    /// ARN of the runtime version, which contains the region.
    pub runtime_version_arn: Option<&'a str>,
    /// Initialization type of the environment (JSON only).
    pub initialization: Option<Initialization>,
    /// Phase in which the initialization runs (JSON only).
    pub phase: Option<Phase>,
    /// Name of the function (JSON only).
    pub function: Option<&'a str>,
    /// Version of the function (JSON only).
    pub version: Option<&'a str>,
    /// ARN of the function (JSON only).
    pub function_arn: Option<&'a str>,
    /// Memory of the environment (JSON only).
    pub memory: Option<ByteSize>,
}

/// Initialization type of an execution environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialization {
    /// Created when an invocation needs it.
    OnDemand,
    /// Created in advance, and billed for the time it is provisioned.
    ProvisionedConcurrency,
    /// Restored from a SnapStart snapshot.
    SnapStart,
    /// Runs on EC2 instances of the account (Lambda Managed Instances), with several invocations at once.
    ManagedInstances,
}

impl Initialization {
    pub(super) fn read(value: &str) -> Option<Self> {
        match value {
            "on-demand" => Some(Self::OnDemand),
            "provisioned-concurrency" => Some(Self::ProvisionedConcurrency),
            "snap-start" => Some(Self::SnapStart),
            "lambda-managed-instances" => Some(Self::ManagedInstances),
            _ => None,
        }
    }
}

/// Phase in which an initialization runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the first invocation.
    Init,
    /// Within an invocation: the initialization is repeated, because the first one failed.
    Invoke,
    /// While a snapshot is created.
    SnapStart,
}

impl Phase {
    pub(super) fn read(value: &str) -> Option<Self> {
        match value {
            "init" => Some(Self::Init),
            "invoke" => Some(Self::Invoke),
            "snap-start" => Some(Self::SnapStart),
            _ => None,
        }
    }
}

/// Status in a platform line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Succeeded.
    Success,
    /// Failed in the function.
    Failure,
    /// Failed.
    Error,
    /// Reached the time limit.
    Timeout,
    /// A value that this version does not know.
    Unknown,
}

impl Status {
    pub(super) fn read(value: &str) -> Self {
        match value {
            "success" => Self::Success,
            "failure" => Self::Failure,
            "error" => Self::Error,
            "timeout" => Self::Timeout,
            _ => Self::Unknown,
        }
    }
}

/// Result of an initialization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitReport<'a> {
    /// Duration of the initialization; `None` in the event `platform.initRuntimeDone`.
    pub duration: Option<Duration>,
    /// Phase in which the initialization ran.
    pub phase: Option<Phase>,
    /// Status; `None` in the text line that is written after a snapshot was created.
    pub status: Option<Status>,
    /// Error type of a failure.
    pub error_type: Option<&'a str>,
    /// Initialization type of the environment (JSON only).
    pub initialization: Option<Initialization>,
}

/// Result of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreReport<'a> {
    /// Duration of the restore.
    pub duration: Option<Duration>,
    /// Status; `None` in text after a success.
    pub status: Option<Status>,
    /// Error type of a failure.
    pub error_type: Option<&'a str>,
}

/// Begin of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start<'a> {
    /// Request id of the invocation. A retry of an asynchronous invocation has the same request id.
    pub request_id: &'a str,
    /// Version of the function.
    pub version: Option<&'a str>,
    /// ARN of the function (JSON only).
    pub function_arn: Option<&'a str>,
    /// Tenant id, for functions with tenant isolation (JSON only).
    pub tenant: Option<&'a str>,
    /// X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`.
    pub trace_id: Option<&'a str>,
    /// X-Ray segment.
    pub segment: Option<Segment>,
}

/// End of an invocation in the runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeDone<'a> {
    /// Request id of the invocation.
    pub request_id: &'a str,
    /// Status.
    pub status: Option<Status>,
    /// Error type of a failure.
    pub error_type: Option<Cow<'a, str>>,
    /// Run time of the handler.
    pub duration: Option<Duration>,
    /// Size of the response in bytes.
    pub produced_bytes: Option<ByteSize>,
    /// Time until the first byte of the response.
    pub response_latency: Option<Duration>,
    /// List of the parts that the platform measured, as written; read it with [`PlatformSpan::read_all`].
    pub spans: Option<&'a str>,
    /// Tenant id, for functions with tenant isolation.
    pub tenant: Option<&'a str>,
    /// X-Ray trace id.
    pub trace_id: Option<&'a str>,
    /// X-Ray segment.
    pub segment: Option<Segment>,
}

/// End of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End<'a> {
    /// Request id of the invocation.
    pub request_id: &'a str,
}

/// Duration, billed duration and memory of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report<'a> {
    /// Request id of the invocation.
    pub request_id: &'a str,
    /// Status; `None` in text after a success, and in old logs, where other lines report the failure.
    pub status: Option<Status>,
    /// Error type of a failure, such as `Runtime.OutOfMemory`.
    pub error_type: Option<Cow<'a, str>>,
    /// Run time of the handler.
    pub duration: Option<Duration>,
    /// Time that AWS bills, including INIT and restore; not computable from the other times. `None` for Managed
    /// Instances.
    pub billed_duration: Option<Duration>,
    /// Configured memory. `None` for Managed Instances.
    pub memory_size: Option<MemoryMib>,
    /// Highest memory use; can exceed `memory_size` by one MiB.
    pub max_memory_used: Option<MemoryMib>,
    /// Duration of INIT, present after a cold start.
    pub init_duration: Option<Duration>,
    /// Duration of the restore, present after a start from a snapshot.
    pub restore_duration: Option<Duration>,
    /// Part of the restore that is included in `billed_duration`.
    pub billed_restore_duration: Option<Duration>,
    /// Time until the first byte of the response (JSON only).
    pub response_latency: Option<Duration>,
    /// List of the parts that the platform measured, as written; read it with [`PlatformSpan::read_all`] (JSON only).
    pub spans: Option<&'a str>,
    /// Size of the response in bytes (JSON only).
    pub produced_bytes: Option<ByteSize>,
    /// Tenant id, for functions with tenant isolation (JSON only).
    pub tenant: Option<&'a str>,
    /// X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`.
    pub trace_id: Option<&'a str>,
    /// X-Ray segment id as written (text only).
    pub segment_id: Option<&'a str>,
    /// X-Ray segment.
    pub segment: Option<Segment>,
    /// Number of fields that this version does not know.
    pub unknown_fields: u32,
}

/// Failure of an invocation, which the platform reports in a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault<'a> {
    /// Request id of the invocation; `None` if the line names none.
    pub request_id: Option<&'a str>,
    /// Kind of failure.
    pub kind: FaultKind,
    /// Error type, such as `Runtime.ExitError`.
    pub error_type: Option<&'a str>,
    /// Message in the line.
    pub message: &'a str,
}

/// Kind of failure that the platform reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The function's timeout was reached: `Task timed out after 3.00 seconds`. Contains the timeout; zero if unknown.
    Timeout(Duration),
    /// The runtime was killed, which happens at the memory limit: `Runtime exited with error: signal: killed`.
    Killed,
    /// The runtime exited for another reason, could not be started, or failed.
    Exited,
}

/// State of an extension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Name of the extension.
    pub name: &'a str,
    /// State, such as `Ready`.
    pub state: &'a str,
    /// Lifecycle events that the extension registered for, as written, such as `INVOKE,SHUTDOWN`.
    pub events: &'a str,
    /// Error type of a failure.
    pub error_type: Option<&'a str>,
}

/// Subscription of an extension to the Telemetry API or to the older Logs API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// Name of the extension.
    pub name: &'a str,
    /// State, such as `Subscribed`.
    pub state: &'a str,
    /// Telemetry streams that the extension subscribed to, as written, such as `Platform, Function`.
    pub types: &'a str,
}

/// Loss of log lines in the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogsDropped<'a> {
    /// Number of lost lines.
    pub records: u64,
    /// Size of the lost lines.
    pub bytes: ByteSize,
    /// Reason, as the platform states it.
    pub reason: Cow<'a, str>,
}

/// Platform event without a type of its own in this crate. Only its type name and request id are parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherPlatform<'a> {
    /// Type of the event, such as `platform.invokeReport`.
    pub event: &'a str,
    /// Request id in the event.
    pub request_id: Option<&'a str>,
}
