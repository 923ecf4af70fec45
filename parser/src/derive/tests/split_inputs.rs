//! Property: spreading records over several inputs does not change the invocations.

use proptest::prelude::*;

use super::*;
use crate::{
    derive::{Joined, Joiner},
    line::{RuntimeDone, Status},
    units::ByteSize,
};

/// Lines of a generated log that stay in the same input.
#[derive(Clone, Debug)]
struct Entry {
    stream: u8,
    time: i64,
    lines: Vec<Line<'static>>,
}

/// A generated invocation.
#[derive(Clone, Debug)]
struct Generated {
    stream: u8,
    request_id: &'static str,
    init: Option<Option<Status>>,
    faults: Vec<(FaultKind, bool)>,
    runtime_done: Option<Status>,
    status: Option<Status>,
}

fn any_generated() -> impl Strategy<Value = Generated> {
    let kind =
        prop::sample::select(vec![FaultKind::Timeout(Duration::ZERO), FaultKind::Killed, FaultKind::Exited]);
    let statuses = vec![None, Some(Status::Success), Some(Status::Error), Some(Status::Timeout)];
    (
        0_u8..3,
        prop::sample::select(vec!["a", "b", "c", "d"]),
        prop::option::of(prop::sample::select(statuses.clone())),
        prop::collection::vec((kind, any::<bool>()), 0..3),
        prop::option::of(prop::sample::select(vec![Status::Success, Status::Error, Status::Timeout])),
        prop::sample::select(statuses),
    )
        .prop_map(|(stream, request_id, init, faults, runtime_done, status)| Generated {
            stream,
            request_id,
            init,
            faults,
            runtime_done,
            status,
        })
}

impl Generated {
    /// Lines of the invocation, a millisecond apart. A fault is before the REPORT, or after it if its flag is set.
    fn entries(&self, begin: i64) -> Vec<Entry> {
        let id = self.request_id;
        let mut lines = vec![vec![start(id)]];
        if let Some(status) = self.init {
            let phase = Some(Phase::Invoke);
            lines[0].insert(0, Line::InitReport(InitReport { phase, status, ..InitReport::default() }));
        }
        lines.push(vec![app()]);
        let faults = |after: bool| self.faults.iter().filter(move |fault| fault.1 == after);
        lines.extend(faults(false).map(|(kind, _)| vec![fault(Some(id), *kind)]));
        lines.extend(self.runtime_done.map(|status| vec![runtime_done(id, status)]));
        lines.push(vec![end(id)]);
        lines.push(vec![Line::Report(Report { status: self.status, ..billed(id) })]);
        lines.extend(faults(true).map(|(kind, _)| vec![fault(Some(id), *kind)]));
        (begin..).zip(lines).map(|(time, lines)| Entry { stream: self.stream, time, lines }).collect()
    }
}

fn runtime_done(request_id: &'static str, status: Status) -> Line<'static> {
    Line::RuntimeDone(RuntimeDone {
        request_id,
        status: Some(status),
        produced_bytes: Some(ByteSize(40)),
        tenant: Some("tenant"),
        ..RuntimeDone::default()
    })
}

/// Reads one input as a worker thread does; returns the invocations that the joiner did not hold back.
fn read(entries: &[Entry], joiner: &mut Joiner) -> Vec<Invocation> {
    let (mut streams, mut out) = (Streams::new(2), Collected::default());
    for entry in entries {
        streams.enter(&stream(&entry.stream.to_string()), &mut out);
        for line in &entry.lines {
            let id = format!("{}-{}", entry.stream, entry.time);
            let event_id = EventId::CloudWatch(&id);
            streams.record(&event(TEXT), event_id, UnixMillis(entry.time), line.clone(), &mut out);
        }
    }
    streams.finish(&mut out);
    out.evidence.into_iter().for_each(|piece| assert_eq!(joiner.evidence(piece), None));
    out.invocations.into_iter().filter_map(|invocation| joiner.invocation(invocation)).collect()
}

/// All invocations of several inputs, each read by its own worker, ordered by event id.
fn joined<'a>(inputs: impl Iterator<Item = &'a [Entry]>) -> Vec<Invocation> {
    let (mut all, mut complete) = (Joiner::new(1_000), Vec::new());
    for input in inputs {
        let mut joiner = Joiner::new(1_000);
        complete.extend(read(input, &mut joiner));
        all.merge(joiner);
    }
    let Joined { invocations, leftover } = all.finish();
    assert_eq!(leftover, []);
    complete.extend(invocations);
    complete.sort_by(|a, b| a.event_id.cmp(&b.event_id));
    complete
        .into_iter()
        .map(|invocation| Invocation {
            at_edge: false,
            start_time: None, // Not joined, because a START alone is no evidence.
            origin: stream(invocation.origin.log_stream()).into(),
            ..invocation
        })
        .collect()
}

proptest! {
    #[test]
    fn splitting_an_input_does_not_change_the_invocations(
        invocations in prop::collection::vec(any_generated(), 1..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        // A retry follows a minute later.
        let begins = (0..).map(|n| n * 60_000);
        let entries: Vec<Entry> = begins.zip(&invocations).flat_map(|(begin, generated)| generated.entries(begin)).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(entries.len())).collect();
        cuts.sort_unstable();
        let froms = std::iter::once(0).chain(cuts.iter().copied());
        let tos = cuts.iter().copied().chain([entries.len()]);
        let inputs: Vec<&[Entry]> = froms.zip(tos).map(|(from, to)| &entries[from..to]).collect();

        let whole = joined(std::iter::once(entries.as_slice()));
        prop_assert_eq!(whole.len(), invocations.len());
        prop_assert_eq!(&whole, &joined(inputs.iter().copied()));
        prop_assert_eq!(&whole, &joined(inputs.iter().rev().copied()));
    }
}
