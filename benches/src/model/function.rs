//! Functions as they are configured.

use std::time::Duration;

use crate::{price::Region, rng::Rng};

/// A Lambda function as it is configured.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Account that owns it: twelve digits.
    pub account: &'static str,
    /// Where it runs.
    pub region: Region,
    /// Processor it runs on; no log line tells.
    pub cpu: Cpu,
    /// What it is written in.
    pub runtime: Runtime,
    /// Memory it is configured with, in MiB.
    pub memory_mib: u32,
    /// When a run is stopped.
    pub timeout: Duration,
    /// The log format it is configured with.
    pub format: Format,
    /// How the platform tells failures in text.
    pub era: Era,
    /// How its environments come to be.
    pub launch: Launch,
    /// Whether X-Ray traces it.
    pub tracing: Tracing,
    /// A log group of its own choice; `None` is `/aws/lambda/NAME`.
    pub group: Option<&'static str>,
    /// An extension that runs beside it.
    pub extension: Option<&'static str>,
}

/// Processors that Lambda offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// Intel and AMD.
    X86,
    /// Graviton.
    Arm,
}

/// Languages, each with its own way of logging.
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

/// Log formats that Lambda offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines.
    Text,
    /// JSON, with the platform's own events from this level up.
    Json(SystemLevel),
}

/// `SystemLogLevel` of a function that logs in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemLevel {
    /// Everything.
    Debug,
    /// Starts and reports: the default.
    Info,
    /// Only what failed; runs that went well leave no line.
    Warn,
}

/// How the platform tells failures in text: it changed over the years, and not in every partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// In lines of their own; REPORT has no status.
    Lines,
    /// As `Status` and `Error Type` in REPORT.
    Statuses,
    /// Both.
    Both,
}

/// How environments come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launch {
    /// When a run needs one.
    OnDemand,
    /// Ahead of need.
    Provisioned,
    /// From a snapshot.
    SnapStart,
    /// On the customer's EC2 instances, several runs at once, in JSON only.
    ManagedInstances,
}

/// Whether X-Ray traces a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    /// Every run.
    Active,
    /// One run in ten.
    Sampled,
    /// None.
    Off,
}

impl Function {
    /// The ARN of a version of it.
    pub fn arn(&self, version: &str) -> String {
        let Self { name, account, region, .. } = self;
        format!("arn:aws:lambda:{}:{account}:function:{name}:{version}", region.name())
    }

    /// The ARN of its runtime's version: the digits are a fingerprint that stays the same.
    pub fn runtime_version_arn(&self) -> String {
        let fingerprint = Rng::new(self.runtime.version().bytes().map(u64::from).sum()).hex(64);
        format!("arn:aws:lambda:{}::runtime:{fingerprint}", self.region.name())
    }
}

impl Runtime {
    /// The identifier in a function's configuration.
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

    /// The version that `INIT_START` tells.
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

    /// Whether its text log tells, in words of the runtime's own, that an error was not caught. Of the others no
    /// such line is known, so a truth about them could not be seen in their logs.
    pub fn tells_unhandled_in_text(self) -> bool {
        match self {
            Self::Node | Self::Python | Self::Ruby => true,
            Self::Java | Self::DotNet | Self::Go | Self::Rust => false,
        }
    }
}
