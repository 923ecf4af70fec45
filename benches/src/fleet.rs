//! Functions that a corpus contains.

use std::{rc::Rc, time::Duration};

use crate::{
    model::{
        Architecture, FailureStyle, Function, InitializationType, LogFormat, Runtime, SystemLogLevel, Tracing,
    },
    price::Region,
};

/// Builds a function with the most common configuration: x86_64, text logs, on demand, in eu-west-1.
pub(crate) fn base_function(name: impl Into<String>, runtime: Runtime) -> Function {
    Function {
        name: name.into(),
        account: "123456789012",
        region: Region::EuWest1,
        architecture: Architecture::X86_64,
        runtime,
        memory_mib: 512,
        timeout: Duration::from_secs(3),
        log_format: LogFormat::Text,
        failure_style: FailureStyle::ReportStatus,
        initialization_type: InitializationType::OnDemand,
        tracing: Tracing::Off,
        group: None,
        extension: None,
    }
}

/// Builds the functions of a typical account: mostly structured lines in text format.
pub(crate) fn typical() -> Vec<Rc<Function>> {
    let mut functions = vec![
        base_function("checkout-api", Runtime::Node),
        base_function("auth-token", Runtime::Python),
        base_function("orders-stream", Runtime::Java),
        base_function("invoice-pdf", Runtime::DotNet),
        base_function("search-suggest", Runtime::Rust),
        base_function("webhook-in", Runtime::Go),
    ];
    for name in ["cart-api", "stock-sync"] {
        functions.push(Function {
            log_format: LogFormat::Json(SystemLogLevel::Info),
            ..base_function(name, Runtime::Node)
        });
    }
    functions.into_iter().map(Rc::new).collect()
}

/// Builds one function for each runtime and variant, so that every log format, failure style and initialization
/// type occurs. Tracing, region, account, architecture, memory, log group and extension alternate.
pub(crate) fn every_dialect() -> Vec<Rc<Function>> {
    let mut functions = Vec::new();
    for runtime in RUNTIMES {
        for (variant, (log_format, failure_style, initialization_type)) in VARIANTS.into_iter().enumerate() {
            let number = functions.len();
            functions.push(Rc::new(Function {
                log_format,
                failure_style,
                initialization_type,
                region: region(log_format, number),
                account: cycle(&["123456789012", "000987654321"], number / 2),
                architecture: cycle(&[Architecture::X86_64, Architecture::Arm64], number / 3),
                memory_mib: cycle(&[128, 192, 1024, 3009, 10_240], number),
                tracing: cycle(&[Tracing::Off, Tracing::Active], number),
                group: cycle(&[None, None, Some("/shared/platform")], number),
                extension: cycle(&[None, None, None, Some("datadog-agent")], number),
                ..base_function(format!("{runtime:?}-{variant}").to_lowercase(), runtime)
            }));
        }
    }
    functions
}

/// Selects a function's region. At system log level WARN no log line names the region, so these functions run in the
/// region that log readers assume by default.
fn region(log_format: LogFormat, number: usize) -> Region {
    match log_format {
        LogFormat::Json(SystemLogLevel::Warn) => Region::EuWest1,
        LogFormat::Text | LogFormat::Json(_) => {
            cycle(&[Region::EuWest1, Region::UsEast1, Region::EuCentral2], number)
        }
    }
}

const RUNTIMES: [Runtime; 7] = [
    Runtime::Node,
    Runtime::Python,
    Runtime::Java,
    Runtime::DotNet,
    Runtime::Ruby,
    Runtime::Go,
    Runtime::Rust,
];

/// Combinations of log format, failure style and initialization type that exist on Lambda.
const VARIANTS: [(LogFormat, FailureStyle, InitializationType); 11] = [
    (LogFormat::Text, FailureStyle::SeparateLines, InitializationType::OnDemand),
    (LogFormat::Text, FailureStyle::ReportStatus, InitializationType::OnDemand),
    (LogFormat::Text, FailureStyle::Both, InitializationType::OnDemand),
    (LogFormat::Text, FailureStyle::ReportStatus, InitializationType::Provisioned),
    (LogFormat::Text, FailureStyle::ReportStatus, InitializationType::SnapStart),
    (LogFormat::Json(SystemLogLevel::Info), FailureStyle::ReportStatus, InitializationType::OnDemand),
    (LogFormat::Json(SystemLogLevel::Debug), FailureStyle::ReportStatus, InitializationType::OnDemand),
    (LogFormat::Json(SystemLogLevel::Warn), FailureStyle::ReportStatus, InitializationType::OnDemand),
    (LogFormat::Json(SystemLogLevel::Debug), FailureStyle::ReportStatus, InitializationType::Provisioned),
    (LogFormat::Json(SystemLogLevel::Debug), FailureStyle::ReportStatus, InitializationType::SnapStart),
    (LogFormat::Json(SystemLogLevel::Info), FailureStyle::ReportStatus, InitializationType::ManagedInstances),
];

/// Selects `choices[number % choices.len()]`.
fn cycle<T: Copy>(choices: &[T], number: usize) -> T {
    *choices.get(number % choices.len()).expect("a remainder is below the length")
}
