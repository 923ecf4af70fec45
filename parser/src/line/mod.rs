//! What one log event says: every line the Lambda platform writes, and every form functions log in.
//!
//! [`parse`] cannot fail: a line that is none of the known forms is an [`App`] line of plain text. What makes a line
//! the platform's is how it begins and that all of it fits, so a function that quotes a REPORT in its own output
//! fools nobody.

mod app;
mod emf;
mod field;
mod object;
mod platform;
#[cfg(test)]
mod tests;
mod view;

pub use self::{
    app::{App, Dialect, FailureSign},
    emf::{Emf, EmfMetric},
    platform::{
        End, Extension, Fault, FaultKind, InitReport, InitStart, Initialization, LogsDropped, OtherPlatform,
        Phase, Report, RestoreReport, RuntimeDone, Start, Status, Subscription,
    },
};

use self::{
    app::{dotnet, go, java, node, python, ruby},
    platform::{extension, fault, init, invoke, report},
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

/// A form a line may have: reads it whole, or gives up at the first byte that does not fit.
type Format = for<'a> fn(&'a str) -> Option<Line<'a>>;

/// The forms that may begin with any byte, in order of trial; each gives up within its first word.
const FORMATS: &[Format] = &[
    go::crash,
    java::out_of_memory,
    dotnet::out_of_memory,
    node::heap_out_of_memory,
    ruby::uncaught,
    ruby::out_of_memory,
];

/// The forms whose first byte is this one, in order of trial: the platform's own before what functions write.
const fn formats_by_first_byte(first: u8) -> &'static [Format] {
    match first {
        // White space may stand before JSON, as print functions leave it.
        b'{' | b' ' | b'\t' | b'\n' | b'\r' => &[object::read],
        b'[' => &[python::logged, python::uncaught, java::logged],
        b'0'..=b'9' => &[node::console, dotnet::console, fault::timeout, go::logged],
        b'R' => &[report::read, fault::exit, init::restore_start, init::restore_report],
        b'S' => &[invoke::start],
        b'E' => &[invoke::end, extension::extension, ruby::logged],
        b'I' => &[init::init_start, init::init_report, ruby::logged],
        b'T' | b'L' => &[extension::subscription],
        b'A' | b'D' | b'F' | b'W' => &[ruby::logged],
        _ => &[],
    }
}

/// Reads one log line. Cannot fail: what is not recognised is an [`App`] line of plain text.
///
/// ```
/// use tailwater_parser::line::{parse, Line};
/// let Line::Report(report) = parse("REPORT RequestId: 6234bffe\tDuration: 46.84 ms\tBilled Duration: 47 ms") else {
///     panic!("a REPORT");
/// };
/// assert_eq!(report.request_id, "6234bffe");
/// assert_eq!(report.duration.unwrap().as_micros(), 46_840);
/// ```
#[must_use]
pub fn parse(text: &str) -> Line<'_> {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    let mut formats = formats_by_first_byte(first).iter().chain(FORMATS);
    formats.find_map(|read| read(text)).unwrap_or_else(|| Line::App(App::of(Dialect::Text, text)))
}
