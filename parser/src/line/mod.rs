//! Parser for the message of one log event: the lines of the Lambda platform, and the log formats of functions.
//!
//! [`parse`] cannot fail: a line in no known format is an [`App`] line of plain text. A line counts as the platform's
//! only if it begins as one and matches as a whole, so a function's line that quotes a REPORT is not mistaken for one.

mod app;
mod attributes;
pub mod correlation;
mod emf;
mod field;
mod member_name;
mod members;
mod object;
mod platform;
mod segment;
#[cfg(test)]
mod tests;
mod time;
mod trace_context;

pub use self::{
    app::{App, Dialect, RuntimeFailure, rust::is_panic as is_rust_panic},
    emf::{Emf, EmfMetric, EmfSubject},
    platform::{
        End, Extension, Fault, FaultKind, InitReport, InitStart, Initialization, LogsDropped, OtherPlatform,
        Phase, PlatformSpan, PlatformSpanName, Report, RestoreReport, RuntimeDone, Start, Status,
        Subscription,
    },
    segment::Segment,
    time::time_of,
    trace_context::TraceContext,
};

use self::{
    app::{dotnet, go, java, layout, legacy, node, python, ruby, rust, stack},
    platform::{extension, fault, init, invoke, report},
};

/// Parsed message of a log event.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// Begin of the initialization of an execution environment.
    InitStart(InitStart<'a>),
    /// Result of an initialization. In text it is only written after a failure, and for SnapStart and provisioned
    /// concurrency.
    InitReport(InitReport<'a>),
    /// End of the runtime's initialization (JSON only).
    InitRuntimeDone(InitReport<'a>),
    /// Begin of the restore of an environment from a SnapStart snapshot.
    RestoreStart(InitStart<'a>),
    /// Result of a restore.
    RestoreReport(RestoreReport<'a>),
    /// End of the runtime's restore (JSON only).
    RestoreRuntimeDone(RestoreReport<'a>),
    /// Begin of an invocation.
    Start(Start<'a>),
    /// End of an invocation in the runtime (JSON only).
    RuntimeDone(RuntimeDone<'a>),
    /// End of an invocation.
    End(End<'a>),
    /// Duration, billed duration and memory of an invocation. Every invocation has exactly one REPORT.
    Report(Report<'a>),
    /// Failure of an invocation, reported by the platform: timeout, crash or out of memory.
    Fault(Fault<'a>),
    /// Registration or failure of an extension.
    Extension(Extension<'a>),
    /// Subscription of an extension to telemetry.
    Subscription(Subscription<'a>),
    /// Loss of log lines in the platform.
    LogsDropped(LogsDropped<'a>),
    /// Any other `platform.*` event.
    OtherPlatform(OtherPlatform<'a>),
    /// Metrics in CloudWatch's embedded metric format (EMF).
    Emf(Emf<'a>),
    /// Line of the function, its runtime or an extension.
    App(App<'a>),
}

/// Parser of one line format; returns `None` at the first byte that does not match.
type Format = for<'a> fn(&'a str) -> Option<Line<'a>>;

/// Formats that may begin with any byte, in the order in which they are tried. Each rejects other lines within the
/// first word or line.
const FORMATS: &[Format] = &[ruby::out_of_memory, legacy::uncaught, stack::printed];

/// Formats that begin with this byte, in the order in which they are tried: the platform's before those of functions.
const fn formats_by_first_byte(first: u8) -> &'static [Format] {
    match first {
        b'{' => &[object::read],
        // JSON and V8's report may follow white space that a print function wrote.
        b' ' | b'\t' | b'\n' | b'\r' => &[object::read, node::heap_out_of_memory],
        b'[' => &[python::logged, python::uncaught, java::logged, layout::logged, layout::traced],
        b'0'..=b'9' => &[
            node::console,
            dotnet::console,
            fault::timeout,
            go::logged,
            node::console_without_level,
            layout::logged,
        ],
        b'R' => &[report::read, fault::exit, init::restore_start, init::restore_report],
        b'S' => &[invoke::start, dotnet::crash, legacy::load_error, layout::logged],
        b'E' => &[
            invoke::end,
            extension::extension,
            ruby::logged,
            ruby::uncaught,
            report::without_request_id,
            java::out_of_memory,
            legacy::load_error,
            layout::logged,
        ],
        b'I' => &[init::init_start, init::init_report, ruby::logged, ruby::uncaught, layout::logged],
        b'T' | b'L' => &[extension::subscription, layout::logged],
        b'A' => &[ruby::logged, legacy::load_error, layout::logged],
        b'F' => &[ruby::logged, node::heap_out_of_memory, layout::logged],
        b'D' | b'W' => &[ruby::logged, layout::logged],
        b'C' => &[ruby::uncaught, legacy::load_error, layout::logged],
        b'U' => &[dotnet::crash, legacy::load_error, layout::logged],
        b'f' => &[go::crash, legacy::load_error, layout::logged],
        b'B' | b'H' | b'm' => &[legacy::load_error, layout::logged],
        b't' => &[rust::panic, layout::logged],
        b'J' | b'M' | b'N' | b'O' | b'l' | b'i' | b'w' | b'c' | b'd' | b'\x1b' => &[layout::logged],
        b'<' => &[node::heap_out_of_memory],
        b'j' => &[java::out_of_memory],
        b'p' => &[go::crash],
        _ => &[],
    }
}

/// Returns a line of plain text, whatever it looks like: the later part of a message that was split.
#[must_use]
pub fn plain(text: &str) -> Line<'_> {
    Line::App(App::of(Dialect::Text, text))
}

/// Parses one log line. Cannot fail: a line in no known format is an [`App`] line of plain text.
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
