//! What the Lambda platform writes, in text and in JSON: two spellings of the same events, read into the same types.

pub(super) mod extension;
pub(super) mod fault;
pub(super) mod init;
pub(super) mod invoke;
pub(super) mod json;
pub(super) mod report;

use std::{borrow::Cow, time::Duration};

use crate::units::{ByteSize, MemoryMib};

/// The beginning of an initialisation or of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitStart<'a> {
    /// Such as `nodejs:22.mainline.v98`.
    pub runtime_version: Option<&'a str>,
    /// Its ARN, which names the region.
    pub runtime_version_arn: Option<&'a str>,
    /// How environments of this function are made (JSON only).
    pub initialization: Option<Initialization>,
    /// When it runs (JSON only).
    pub phase: Option<Phase>,
    /// Name of the function (JSON only).
    pub function: Option<&'a str>,
    /// Version of the function (JSON only).
    pub version: Option<&'a str>,
    /// ARN of the function (JSON only).
    pub function_arn: Option<&'a str>,
    /// Memory the environment has (JSON only).
    pub memory: Option<ByteSize>,
}

/// How execution environments come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialization {
    /// When an invocation needs one.
    OnDemand,
    /// Ahead of need, paid for by time.
    ProvisionedConcurrency,
    /// From a snapshot.
    SnapStart,
    /// On the user's own EC2 instances, several invocations at once.
    ManagedInstances,
}

impl Initialization {
    pub(super) fn read(word: &str) -> Option<Self> {
        match word {
            "on-demand" => Some(Self::OnDemand),
            "provisioned-concurrency" => Some(Self::ProvisionedConcurrency),
            "snap-start" => Some(Self::SnapStart),
            "lambda-managed-instances" => Some(Self::ManagedInstances),
            _ => None,
        }
    }
}

/// When an initialisation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the first invocation.
    Init,
    /// Again, as part of an invocation, because the first try failed.
    Invoke,
    /// When a snapshot is made.
    SnapStart,
}

impl Phase {
    pub(super) fn read(word: &str) -> Option<Self> {
        match word {
            "init" => Some(Self::Init),
            "invoke" => Some(Self::Invoke),
            "snap-start" => Some(Self::SnapStart),
            _ => None,
        }
    }
}

/// How something ended, in the platform's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Well.
    Success,
    /// Failed inside the function.
    Failure,
    /// Failed.
    Error,
    /// Took too long.
    Timeout,
    /// A word this version does not know.
    Unknown,
}

impl Status {
    pub(super) fn read(word: &str) -> Self {
        match word {
            "success" => Self::Success,
            "failure" => Self::Failure,
            "error" => Self::Error,
            "timeout" => Self::Timeout,
            _ => Self::Unknown,
        }
    }
}

/// The end of an initialisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitReport<'a> {
    /// What it took; absent from the runtime's own notice.
    pub duration: Option<Duration>,
    /// When it ran.
    pub phase: Option<Phase>,
    /// How it ended; absent when a snapshot was made.
    pub status: Option<Status>,
    /// Why it failed.
    pub error_type: Option<&'a str>,
    /// How environments of this function are made (JSON only).
    pub initialization: Option<Initialization>,
}

/// The end of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreReport<'a> {
    /// What it took.
    pub duration: Option<Duration>,
    /// How it ended; absent in text when it went well.
    pub status: Option<Status>,
    /// Why it failed.
    pub error_type: Option<&'a str>,
}

/// The beginning of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start<'a> {
    /// Of the invocation; the same again when an asynchronous one is retried.
    pub request_id: &'a str,
    /// Version of the function.
    pub version: Option<&'a str>,
    /// ARN of the function (JSON only).
    pub function_arn: Option<&'a str>,
    /// Tenant it runs for (JSON only).
    pub tenant: Option<&'a str>,
    /// X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`.
    pub trace_id: Option<&'a str>,
}

/// The runtime's own notice that an invocation ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeDone<'a> {
    /// Of the invocation.
    pub request_id: &'a str,
    /// How it ended.
    pub status: Option<Status>,
    /// Why it failed.
    pub error_type: Option<Cow<'a, str>>,
    /// What the handler took.
    pub duration: Option<Duration>,
    /// Size of the response.
    pub produced_bytes: Option<ByteSize>,
    /// Time until the response began.
    pub response_latency: Option<Duration>,
    /// Tenant it ran for.
    pub tenant: Option<&'a str>,
    /// X-Ray trace id.
    pub trace_id: Option<&'a str>,
}

/// The end of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End<'a> {
    /// Of the invocation.
    pub request_id: &'a str,
}

/// What an invocation took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report<'a> {
    /// Of the invocation.
    pub request_id: &'a str,
    /// Absent in text when it went well (or, in the old style, when other lines tell).
    pub status: Option<Status>,
    /// Why it failed, such as `Runtime.OutOfMemory`.
    pub error_type: Option<Cow<'a, str>>,
    /// What the handler took.
    pub duration: Option<Duration>,
    /// What AWS bills, INIT and restore included: never to be recomputed. Absent for Managed Instances.
    pub billed_duration: Option<Duration>,
    /// Memory the function is configured with. Absent for Managed Instances.
    pub memory_size: Option<MemoryMib>,
    /// The most it used; may exceed its size by one.
    pub max_memory_used: Option<MemoryMib>,
    /// What INIT took: this was a cold start.
    pub init_duration: Option<Duration>,
    /// What the restore took: this was a start from a snapshot.
    pub restore_duration: Option<Duration>,
    /// The part of the restore that is in `billed_duration`.
    pub billed_restore_duration: Option<Duration>,
    /// Time until the response began (JSON only).
    pub response_latency: Option<Duration>,
    /// Size of the response (JSON only).
    pub produced_bytes: Option<ByteSize>,
    /// Tenant it ran for (JSON only).
    pub tenant: Option<&'a str>,
    /// X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`.
    pub trace_id: Option<&'a str>,
    /// X-Ray segment id.
    pub segment_id: Option<&'a str>,
    /// Fields this version does not know; they stay in the message.
    pub unknown_fields: u32,
}

/// The platform ending an invocation, in a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault<'a> {
    /// Of the invocation; absent when it ended before one began.
    pub request_id: Option<&'a str>,
    /// What happened.
    pub kind: FaultKind,
    /// Such as `Runtime.ExitError`.
    pub error_type: Option<&'a str>,
    /// The line's own words.
    pub message: &'a str,
}

/// How the platform ended an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `Task timed out after 3.00 seconds`
    Timeout(Duration),
    /// `Runtime exited with error: signal: killed`: the memory limit.
    Killed,
    /// The runtime exited otherwise, could not be started, or failed.
    Exited,
}

/// An extension's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its name.
    pub name: &'a str,
    /// Such as `Ready`.
    pub state: &'a str,
    /// What it registered for, as written: `INVOKE,SHUTDOWN`.
    pub events: &'a str,
    /// Why it failed.
    pub error_type: Option<&'a str>,
}

/// An extension's subscription to the Telemetry API or to the older Logs API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// Name of the extension.
    pub name: &'a str,
    /// Such as `Subscribed`.
    pub state: &'a str,
    /// What it subscribed to, as written: `Platform, Function`.
    pub types: &'a str,
}

/// Lines that the platform dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogsDropped<'a> {
    /// Their number.
    pub records: u64,
    /// Their size.
    pub bytes: ByteSize,
    /// Why, in the platform's words.
    pub reason: Cow<'a, str>,
}

/// An event of the platform that has no type of its own here; its message is kept whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherPlatform<'a> {
    /// Such as `platform.invokeReport`.
    pub event: &'a str,
    /// Of the invocation, where it names one.
    pub request_id: Option<&'a str>,
}
