//! Tests of streams with constructed lines.

mod assemble;
mod attribution;
mod record_ids;
mod segments;
mod split_inputs;

use std::time::Duration;

use super::{Collect, Evidence, Invocation, Streams};
use crate::{
    decode::{Event, Part, Utf8},
    line::{End, Fault, FaultKind, InitReport, InitStart, Initialization, Line, Phase, Report, Start},
    origin::Origin,
    record::{EventId, Record, plain_text},
    units::{MemoryMib, UnixMillis},
};

/// Invocations and evidence that [`Streams`] emitted.
#[derive(Debug, Default)]
struct Collected {
    invocations: Vec<Invocation>,
    evidence: Vec<Evidence>,
}

impl Collect for Collected {
    fn invocation(&mut self, invocation: Invocation) {
        self.invocations.push(invocation);
    }

    fn evidence(&mut self, evidence: Evidence) {
        self.evidence.push(evidence);
    }
}

impl Collected {
    /// One line for each invocation (request id, outcome, start kind, `edge`), then one for each piece of evidence.
    fn summary(&self) -> Vec<String> {
        let invocations = self.invocations.iter().map(|invocation| {
            let edge = if invocation.at_edge { " edge" } else { "" };
            format!("{} {} {:?}{edge}", invocation.request_id, invocation.outcome.name(), invocation.start)
        });
        let evidence = self.evidence.iter().map(|piece| format!("{}: {:?}", piece.request_id, piece.kind));
        invocations.chain(evidence).collect()
    }
}

/// Origin of a stream in the group of function `f`.
fn stream(name: &str) -> Origin {
    let mut origin = Origin::default();
    origin.set_names("/aws/lambda/f", name);
    origin
}

/// A message in the text log format.
const TEXT: &str = "text";

/// A message in the JSON log format.
const JSON: &str = "{}";

fn event(message: &str) -> Event<'_> {
    Event { id: None, time: None, message, part: Part::Whole, utf8: Utf8::Valid }
}

/// Builds the record of `line` in the selected stream.
fn record<'a>(
    streams: &'a mut Streams,
    message: &'a str,
    time: i64,
    line: Line<'a>,
    out: &mut Collected,
) -> Record<'a> {
    streams.record(&event(message), EventId::Position(time.unsigned_abs()), UnixMillis(time), line, out)
}

/// Reads the lines of one stream, a millisecond apart.
fn derive(message: &str, lines: Vec<Line<'_>>) -> Collected {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("s"), &mut out);
    for (time, line) in (1_000..).zip(lines) {
        record(&mut streams, message, time, line, &mut out);
    }
    streams.finish(&mut out);
    out
}

fn init_start(initialization: Option<Initialization>) -> Line<'static> {
    let runtime_version_arn = Some("arn:aws:lambda:eu-west-3::runtime:a783");
    Line::InitStart(InitStart { initialization, runtime_version_arn, ..InitStart::default() })
}

fn init_report(phase: Option<Phase>) -> Line<'static> {
    Line::InitReport(InitReport { phase, ..InitReport::default() })
}

fn start(request_id: &str) -> Line<'_> {
    Line::Start(Start { request_id, version: Some("41"), ..Start::default() })
}

fn end(request_id: &str) -> Line<'_> {
    Line::End(End { request_id })
}

fn report(request_id: &str) -> Line<'_> {
    Line::Report(billed(request_id))
}

fn billed(request_id: &str) -> Report<'_> {
    Report {
        request_id,
        duration: Some(Duration::from_micros(1_500)),
        billed_duration: Some(Duration::from_millis(2)),
        memory_size: Some(MemoryMib(128)),
        ..Report::default()
    }
}

fn fault(request_id: Option<&str>, kind: FaultKind) -> Line<'_> {
    Line::Fault(Fault { request_id, kind, error_type: None, message: "" })
}

fn timeout(request_id: &str) -> Line<'_> {
    fault(Some(request_id), FaultKind::Timeout(Duration::from_secs(3)))
}

fn app() -> Line<'static> {
    plain_text("hello")
}
