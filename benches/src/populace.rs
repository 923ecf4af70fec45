//! The functions that a corpus is made of.

use std::{rc::Rc, time::Duration};

use crate::{
    model::{Cpu, Era, Format, Function, Launch, Runtime, SystemLevel, Tracing},
    price::Region,
};

/// A function as most are: text, on demand, in Ireland.
pub(crate) fn ordinary(name: impl Into<String>, runtime: Runtime) -> Function {
    Function {
        name: name.into(),
        account: "123456789012",
        region: Region::EuWest1,
        cpu: Cpu::X86,
        runtime,
        memory_mib: 512,
        timeout: Duration::from_secs(3),
        format: Format::Text,
        era: Era::Statuses,
        launch: Launch::OnDemand,
        tracing: Tracing::Off,
        group: None,
        extension: None,
    }
}

/// Functions whose logs are mostly structured lines in text format, as in most accounts.
pub(crate) fn typical() -> Vec<Rc<Function>> {
    let mut functions = vec![
        ordinary("checkout-api", Runtime::Node),
        ordinary("auth-token", Runtime::Python),
        ordinary("orders-stream", Runtime::Java),
        ordinary("invoice-pdf", Runtime::DotNet),
        ordinary("search-suggest", Runtime::Rust),
        ordinary("webhook-in", Runtime::Go),
    ];
    for name in ["cart-api", "stock-sync"] {
        functions.push(Function { format: Format::Json(SystemLevel::Info), ..ordinary(name, Runtime::Node) });
    }
    functions.into_iter().map(Rc::new).collect()
}

/// Functions in every way of logging that the platform and the runtimes have, each traced or not, in several
/// accounts and regions, on both processors, some with an extension or in a log group they share.
pub(crate) fn every_dialect() -> Vec<Rc<Function>> {
    let mut functions = Vec::new();
    for runtime in RUNTIMES {
        for (way, (format, era, launch)) in WAYS.into_iter().enumerate() {
            let number = functions.len();
            functions.push(Rc::new(Function {
                format,
                era,
                launch,
                region: region(format, number),
                account: cycle(&["123456789012", "000987654321"], number / 2),
                cpu: cycle(&[Cpu::X86, Cpu::Arm], number / 3),
                memory_mib: cycle(&[128, 192, 1024, 3009, 10_240], number),
                tracing: cycle(&[Tracing::Off, Tracing::Active], number),
                group: cycle(&[None, None, Some("/shared/platform")], number),
                extension: cycle(&[None, None, None, Some("datadog-agent")], number),
                ..ordinary(format!("{runtime:?}-{way}").to_lowercase(), runtime)
            }));
        }
    }
    functions
}

/// At level WARN no line names the region; these functions are where the rest of the world may assume them.
fn region(format: Format, number: usize) -> Region {
    match format {
        Format::Json(SystemLevel::Warn) => Region::EuWest1,
        Format::Text | Format::Json(_) => {
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

/// Formats and what goes with them.
const WAYS: [(Format, Era, Launch); 11] = [
    (Format::Text, Era::Lines, Launch::OnDemand),
    (Format::Text, Era::Statuses, Launch::OnDemand),
    (Format::Text, Era::Both, Launch::OnDemand),
    (Format::Text, Era::Statuses, Launch::Provisioned),
    (Format::Text, Era::Statuses, Launch::SnapStart),
    (Format::Json(SystemLevel::Info), Era::Statuses, Launch::OnDemand),
    (Format::Json(SystemLevel::Debug), Era::Statuses, Launch::OnDemand),
    (Format::Json(SystemLevel::Warn), Era::Statuses, Launch::OnDemand),
    (Format::Json(SystemLevel::Debug), Era::Statuses, Launch::Provisioned),
    (Format::Json(SystemLevel::Debug), Era::Statuses, Launch::SnapStart),
    (Format::Json(SystemLevel::Info), Era::Statuses, Launch::ManagedInstances),
];

/// The choice that is a function's turn.
fn cycle<T: Copy>(choices: &[T], number: usize) -> T {
    *choices.get(number % choices.len()).expect("a remainder is below the length")
}
