//! Tests of the pass over a store.

use std::sync::atomic::{AtomicUsize, Ordering};

use tailwater_forwarder::pipeline::{Pipeline, TimeRange};
use tailwater_parser::{
    Event, Origin, Receive as _, UnixMillis,
    decode::{Part, Utf8},
};

use super::*;
use crate::{
    store::StoreTarget,
    view::{
        Catalog, CollectedInvocations, LedgerCounts,
        insight::Dimension,
        logs::{Depth, Logs},
    },
};

const ID: &str = "8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab";

/// Messages of a run, and lines of the function in it.
fn messages() -> Vec<String> {
    let mut messages = vec![format!("START RequestId: {ID} Version: 41\n")];
    messages.extend((0..2_000).map(|n| format!("2026-03-04T10:00:00.000Z\t{ID}\tDEBUG\tcart {n} loaded\n")));
    messages.push(format!("END RequestId: {ID}\n"));
    messages.push(format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 47 ms\tMemory Size: 512 MB\tMax Memory Used: 79 MB\t\n"
    ));
    messages
}

fn filled() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let writer = Store::open(&path).unwrap().writer().unwrap();
    let mut pipeline = Pipeline::new(TimeRange::default(), StoreTarget::new(writer.handle()));
    let mut origin = Origin::default();
    origin.region = "us-east-1".to_owned();
    origin.set_names("/aws/lambda/shop", "2026/03/04/[41]4426346c2cdf4c54a74d3bd2b929fc44");
    pipeline.begin_input(b"shop");
    pipeline.batch(&origin);
    for (n, message) in (0..).zip(messages()) {
        let time = Some(UnixMillis(1_772_618_400_000 + n));
        pipeline.event(&Event { id: None, time, message: &message, part: Part::Whole, utf8: Utf8::Valid });
    }
    pipeline.finish().0.finish();
    writer.finish().unwrap();
    (folder, path)
}

fn logs(path: &Path, lines: Option<LineCollector>) -> Option<Logs> {
    let mut invocations = CollectedInvocations::default().with_lines(lines);
    let store = Store::open_read_only(path).unwrap();
    store.for_each_invocation(TimeRange::default(), |invocation| invocations.add(&invocation)).unwrap();
    let summary = invocations.summary(&Catalog::default(), LedgerCounts::default(), &Dimension::DEFAULT);
    summary.0.insight.unwrap().logs
}

#[test]
fn every_line_is_read_once_by_any_number_of_workers() {
    let (_folder, path) = filled();
    let scan = LineScan { range: TimeRange::default(), must_stop: &|| false, on_progress: &|_, _| {} };
    let expected: usize = messages().iter().map(|message| message.len() + 26).sum();
    let mut answers = Vec::new();
    for jobs in [1, 3] {
        let lines = scan.run(&path, jobs, &|| LineCollector::new(Depth::Patterns, &[])).unwrap();
        let logs = logs(&path, lines).unwrap();
        assert_eq!((logs.events, logs.ingest_bytes), (2_003, u64::try_from(expected).unwrap()));
        answers.push(serde_json::to_string(&logs).unwrap());
    }
    let alone =
        scan.run_alone(&Store::open_read_only(&path).unwrap(), LineCollector::new(Depth::Patterns, &[]));
    answers.push(serde_json::to_string(&logs(&path, alone.unwrap())).unwrap());
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn pass_that_is_stopped_has_no_answer() {
    let (_folder, path) = filled();
    let read = AtomicUsize::new(0);
    let scan = LineScan {
        range: TimeRange::default(),
        must_stop: &|| read.load(Ordering::Relaxed) >= 1,
        on_progress: &|_, _| {
            read.fetch_add(1, Ordering::Relaxed);
        },
    };
    let lines = scan.run(&path, 1, &|| LineCollector::new(Depth::Sums, &[])).unwrap();
    assert!(lines.is_none() && read.into_inner() == 1);
    assert!(logs(&path, None).is_none());
}

#[test]
fn range_leaves_other_lines_out() {
    let (_folder, path) = filled();
    let since = Some(UnixMillis(1_772_618_400_000 + 2_001));
    let scan =
        LineScan { range: TimeRange { since, until: None }, must_stop: &|| false, on_progress: &|_, _| {} };
    let lines = scan.run(&path, 1, &|| LineCollector::new(Depth::Sums, &[])).unwrap();
    assert_eq!(logs(&path, lines).unwrap().events, 2);
}
