//! System lines of Lambda whose message is redacted: what invocations and sampling are derived from.
//!
//! A redact rule may hit any part of a START or REPORT line, also its numbers. They hold nothing personal, and without them
//! there is no invocation. So numbers, states and well-formed request ids are those of the line as logged. Every other text in
//! the line (tenant, error type, trace id) is that of the redacted message, since a function can write such a line, too.

use tailwater_parser::line::{
    End, Fault, InitReport, InitStart, Line, Report, RestoreReport, RuntimeDone, Start,
};

/// Length of a request id, a UUID.
const ID_LEN: usize = 36;

/// Returns the line of an event with this redacted message: `raw` is the line as logged, `redacted` that of the message.
pub(super) fn of_redacted<'e>(raw: Line<'e>, redacted: Line<'e>, message: &'e str) -> Line<'e> {
    match raw {
        Line::Start(raw) => start(&raw, redacted),
        Line::End(raw) if is_id(raw.request_id) => Line::End(End { request_id: raw.request_id }),
        Line::RuntimeDone(raw) => runtime_done(&raw, redacted),
        Line::Report(raw) => report(&raw, redacted),
        Line::Fault(raw) => fault(&raw, redacted, message),
        Line::InitStart(raw) => Line::InitStart(init_start(&raw, redacted)),
        Line::RestoreStart(raw) => Line::RestoreStart(init_start(&raw, redacted)),
        Line::InitReport(raw) => Line::InitReport(init_report(&raw, &redacted)),
        Line::InitRuntimeDone(raw) => Line::InitRuntimeDone(init_report(&raw, &redacted)),
        Line::RestoreReport(raw) => Line::RestoreReport(restore_report(&raw, &redacted)),
        Line::RestoreRuntimeDone(raw) => Line::RestoreRuntimeDone(restore_report(&raw, &redacted)),
        Line::End(_)
        | Line::Extension(_)
        | Line::Subscription(_)
        | Line::LogsDropped(_)
        | Line::OtherPlatform(_)
        | Line::App(_)
        | Line::Emf(_) => redacted,
    }
}

/// True for a UUID, which is the only form of a request id that cannot hold other text.
fn is_id(text: &str) -> bool {
    text.len() == ID_LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn start<'e>(raw: &Start<'e>, redacted: Line<'e>) -> Line<'e> {
    if !is_id(raw.request_id) {
        return redacted;
    }
    let other = if let Line::Start(other) = redacted { other } else { Start::default() };
    let is_version =
        |version: &&str| *version == "$LATEST" || version.bytes().all(|byte| byte.is_ascii_digit());
    let version = raw.version.filter(is_version).or(other.version);
    Line::Start(Start { request_id: raw.request_id, version, ..other })
}

fn runtime_done<'e>(raw: &RuntimeDone<'e>, redacted: Line<'e>) -> Line<'e> {
    if !is_id(raw.request_id) {
        return redacted;
    }
    let other = if let Line::RuntimeDone(other) = redacted { other } else { RuntimeDone::default() };
    let (error_type, tenant) = (other.error_type, other.tenant);
    let (trace_id, segment) = (other.trace_id, other.segment);
    Line::RuntimeDone(RuntimeDone { error_type, tenant, trace_id, segment, ..raw.clone() })
}

fn report<'e>(raw: &Report<'e>, redacted: Line<'e>) -> Line<'e> {
    // Empty in a copy of the log that leaves the ids out.
    if !is_id(raw.request_id) && !raw.request_id.is_empty() {
        return redacted;
    }
    let other = if let Line::Report(other) = redacted { other } else { Report::default() };
    let (error_type, tenant) = (other.error_type, other.tenant);
    let (trace_id, segment_id, segment) = (other.trace_id, other.segment_id, other.segment);
    Line::Report(Report { error_type, tenant, trace_id, segment_id, segment, ..raw.clone() })
}

fn fault<'e>(raw: &Fault<'e>, redacted: Line<'e>, message: &'e str) -> Line<'e> {
    let other = if let Line::Fault(other) = redacted {
        other
    } else {
        Fault { request_id: None, kind: raw.kind, error_type: None, message }
    };
    let request_id = raw.request_id.filter(|id| is_id(id)).or(other.request_id);
    Line::Fault(Fault { request_id, kind: raw.kind, ..other })
}

fn init_start<'e>(raw: &InitStart<'e>, redacted: Line<'e>) -> InitStart<'e> {
    let other = if let Line::InitStart(other) | Line::RestoreStart(other) = redacted {
        other
    } else {
        InitStart::default()
    };
    InitStart { initialization: raw.initialization, phase: raw.phase, memory: raw.memory, ..other }
}

fn init_report<'e>(raw: &InitReport<'e>, redacted: &Line<'e>) -> InitReport<'e> {
    let error_type = if let Line::InitReport(other) | Line::InitRuntimeDone(other) = redacted {
        other.error_type
    } else {
        None
    };
    InitReport { error_type, ..raw.clone() }
}

fn restore_report<'e>(raw: &RestoreReport<'e>, redacted: &Line<'e>) -> RestoreReport<'e> {
    let error_type = if let Line::RestoreReport(other) | Line::RestoreRuntimeDone(other) = redacted {
        other.error_type
    } else {
        None
    };
    RestoreReport { error_type, ..raw.clone() }
}
