//! Each line can be parsed, and each borrowed part of the result is a part of the line.

use std::borrow::Cow;

use tailwater_parser::{
    Line,
    line::{App, Emf, RuntimeFailure, parse},
};

pub(crate) fn holds(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let line = parse(&text);
    let range = text.as_bytes().as_ptr_range();
    for piece in pieces(&line) {
        let own = piece.as_bytes().as_ptr_range();
        let is_inside = piece.is_empty() || (range.start <= own.start && own.end <= range.end);
        assert!(is_inside, "{piece:?} is not in {text:?}");
    }
    // These must not panic for any line.
    let _ = (line.kind(), line.level(), line.request_id());
}

/// Returns all borrowed parts of a parsed line.
fn pieces<'l>(line: &'l Line<'_>) -> Vec<&'l str> {
    match line {
        Line::InitStart(start) | Line::RestoreStart(start) => some([
            start.runtime_version,
            start.runtime_version_arn,
            start.function,
            start.version,
            start.function_arn,
        ]),
        Line::InitReport(report) | Line::InitRuntimeDone(report) => some([report.error_type]),
        Line::RestoreReport(report) | Line::RestoreRuntimeDone(report) => some([report.error_type]),
        Line::Start(start) => {
            some([Some(start.request_id), start.version, start.function_arn, start.tenant, start.trace_id])
        }
        Line::RuntimeDone(done) => {
            some([Some(done.request_id), borrowed(done.error_type.as_ref()), done.tenant, done.trace_id])
        }
        Line::End(end) => some([Some(end.request_id)]),
        Line::Report(report) => some([
            Some(report.request_id),
            borrowed(report.error_type.as_ref()),
            report.tenant,
            report.trace_id,
            report.segment_id,
        ]),
        Line::Fault(fault) => some([fault.request_id, fault.error_type, Some(fault.message)]),
        Line::Extension(extension) => {
            some([Some(extension.name), Some(extension.state), Some(extension.events), extension.error_type])
        }
        Line::Subscription(subscription) => {
            some([Some(subscription.name), Some(subscription.state), Some(subscription.types)])
        }
        Line::LogsDropped(dropped) => some([borrowed(Some(&dropped.reason))]),
        Line::OtherPlatform(other) => some([Some(other.event), other.request_id]),
        Line::Emf(emf) => of_emf(emf),
        Line::App(app) => of_app(app),
    }
}

fn of_app<'l>(app: &'l App<'_>) -> Vec<&'l str> {
    // Runtimes report out of memory in different words; the error type is then a constant of the parser.
    let error_type = app.error_type.as_ref().filter(|_| app.failure != Some(RuntimeFailure::OutOfMemory));
    some([
        borrowed(app.request_id.as_ref()),
        borrowed(app.trace_id.as_ref()),
        borrowed(app.tenant.as_ref()),
        app.timestamp,
        Some(app.message),
        borrowed(error_type),
    ])
}

fn of_emf<'l>(emf: &'l Emf<'_>) -> Vec<&'l str> {
    let mut pieces = of_app(&emf.app);
    for metric in &emf.metrics {
        pieces.extend(some([Some(metric.namespace), Some(metric.name), metric.unit]));
        pieces.extend(metric.dimensions.iter().flat_map(|(name, value)| [*name, *value]));
    }
    pieces
}

fn some<const N: usize>(pieces: [Option<&str>; N]) -> Vec<&str> {
    pieces.into_iter().flatten().collect()
}

fn borrowed<'l>(text: Option<&Cow<'l, str>>) -> Option<&'l str> {
    match text? {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(_) => None,
    }
}
