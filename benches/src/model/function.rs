//! Configuration of Lambda functions.

use std::time::Duration;

use crate::{price::Region, rng::Rng};

/// Configuration of a Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Function name.
    pub name: String,
    /// Account id of the owner: twelve digits.
    pub account: &'static str,
    /// Region that it runs in.
    pub region: Region,
    /// Processor architecture; no log line contains it.
    pub architecture: Architecture,
    /// Language runtime.
    pub runtime: Runtime,
    /// Memory size, in MiB.
    pub memory_mib: u32,
    /// Maximum duration of a run.
    pub timeout: Duration,
    /// Log format.
    pub log_format: LogFormat,
    /// Place of failure status in text logs.
    pub failure_style: FailureStyle,
    /// Initialization type of its environments.
    pub initialization_type: InitializationType,
    /// X-Ray tracing mode.
    pub tracing: Tracing,
    /// Custom log group; `None` is the default, `/aws/lambda/NAME`.
    pub group: Option<&'static str>,
    /// Name of an extension in its environments.
    pub extension: Option<&'static str>,
}

/// Processor architectures of Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Intel and AMD.
    X86_64,
    /// AWS Graviton.
    Arm64,
}

/// Language runtimes, each with its own log line formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Node.js 22.
    Node,
    /// Python 3.13.
    Python,
    /// Java 21.
    Java,
    /// .NET 10.
    DotNet,
    /// Ruby 3.4.
    Ruby,
    /// Go on `provided.al2023`.
    Go,
    /// Rust on `provided.al2023`.
    Rust,
}

/// Value of `LogFormat` in a function's logging configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Plain text lines.
    Text,
    /// JSON lines; platform records from this level up are written.
    Json(SystemLogLevel),
}

/// Value of `SystemLogLevel` of a function that logs in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemLogLevel {
    /// All platform records.
    Debug,
    /// Starts and reports; the default.
    Info,
    /// Failures only: a successful run has no platform record.
    Warn,
}

/// Place of the failure status of a run in text logs. It differs by the age of the platform version and by partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureStyle {
    /// Lines of their own; REPORT has no status.
    SeparateLines,
    /// `Status` and `Error Type` fields in REPORT.
    ReportStatus,
    /// Lines of their own, and fields in REPORT.
    Both,
}

/// Initialization type of execution environments, as in `AWS_LAMBDA_INITIALIZATION_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitializationType {
    /// Initialized when a request needs an environment.
    OnDemand,
    /// Initialized in advance (provisioned concurrency).
    Provisioned,
    /// Restored from a snapshot.
    SnapStart,
    /// Managed Instances: on the customer's EC2 instances, several runs at once, JSON logs only.
    ManagedInstances,
}

/// X-Ray tracing mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    /// Every run is traced.
    Active,
    /// One run in ten is traced.
    Sampled,
    /// No run is traced.
    Off,
}

impl Function {
    /// ARN of a version of the function.
    pub fn arn(&self, version: &str) -> String {
        let Self { name, account, region, .. } = self;
        format!("arn:aws:lambda:{}:{account}:function:{name}:{version}", region.name())
    }

    /// ARN of the runtime's version; its hash is derived from the version's name.
    pub fn runtime_version_arn(&self) -> String {
        let fingerprint = Rng::new(self.runtime.version().bytes().map(u64::from).sum()).hex(64);
        format!("arn:aws:lambda:{}::runtime:{fingerprint}", self.region.name())
    }
}

impl Runtime {
    /// Runtime identifier in the function's configuration.
    pub fn identifier(self) -> &'static str {
        match self {
            Self::Node => "nodejs22.x",
            Self::Python => "python3.13",
            Self::Java => "java21",
            Self::DotNet => "dotnet10",
            Self::Ruby => "ruby3.4",
            Self::Go | Self::Rust => "provided.al2023",
        }
    }

    /// Runtime version in `INIT_START`.
    pub fn version(self) -> &'static str {
        match self {
            Self::Node => "nodejs:22.mainline.v98",
            Self::Python => "python:3.13.v61",
            Self::Java => "java:21.mainline.v82",
            Self::DotNet => "dotnet:10.v4",
            Self::Ruby => "ruby:3.4.v23",
            Self::Go | Self::Rust => "provided:al2023.v97",
        }
    }

    /// True if the runtime's text log has a line for an unhandled error. For the other runtimes no such line is
    /// known, so readers could not count these errors.
    pub fn logs_unhandled_errors_in_text(self) -> bool {
        match self {
            Self::Node | Self::Python | Self::Ruby => true,
            Self::Java | Self::DotNet | Self::Go | Self::Rust => false,
        }
    }
}
