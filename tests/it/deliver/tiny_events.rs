//! Millions of tiny events in one record: memory stays bounded, the response is in time, and nothing is lost.

use std::{
    env,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use tests::{
    backend::{Backend, FaultSchedule, Protocol, RequestContents, Step, otlp::Otlp},
    binary,
    encoding::{base64, gzip_best},
    forms,
    function_builder::FunctionBuilder,
    http::{Request, Response},
    parked::ParkedObject,
    sample::START_MS,
    server::print_uncaptured,
};

use super::succeed;

const LINES: usize = 8_000_000;
const PEAK_KIB: u64 = 96 * 1024;

/// Collector that stores no events but counts them, by line number where their ids have one.
#[derive(Clone, Default)]
struct CountingCollector {
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    events: usize,
    lines: Vec<bool>,
}

impl Protocol for CountingCollector {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        let contents = Otlp.decode(request)?;
        let mut counts = self.counts.lock().expect("no thread panics while it holds the lock");
        counts.events += contents.logs.len();
        // The id of a raw line ends in its number, in the same way as that of a part of a split event.
        for line in contents.logs.iter().filter_map(|got| usize::try_from(got.part?).ok()) {
            mark(&mut counts.lines, line..line + 1);
        }
        Ok(RequestContents { logs: Vec::new(), ..contents })
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        Otlp.respond(request, rejected)
    }
}

fn mark(lines: &mut Vec<bool>, range: std::ops::Range<usize>) {
    let end = range.end.min(LINES);
    if lines.len() < end {
        lines.resize(end, false);
    }
    lines.get_mut(range.start..end).unwrap_or_default().fill(true);
}

/// Returns the ranges of pending events. The last range may end far beyond the last event, which was not read.
fn pending_ranges(parked: &ParkedObject) -> Vec<std::ops::Range<usize>> {
    let ranges = parked.header["owed"].as_array().into_iter().flatten();
    let side =
        |range: &serde_json::Value, side: usize| range[side].as_u64().expect("a range is [first, end]");
    let place = |number: u64| usize::try_from(number).expect("a position fits into usize");
    ranges.map(|range| place(side(range, 0))..place(side(range, 1))).collect()
}

/// Returns the released binary with its timeout if available, else the binary of the tests.
fn bootstrap() -> (PathBuf, Duration) {
    match env::var_os("TEST_BOOTSTRAP") {
        Some(path) => (path.into(), Duration::from_secs(20)),
        None => (binary::bootstrap().to_owned(), Duration::from_secs(10)),
    }
}

/// Kind of event ids.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ids {
    Lines,
    None,
}

fn check(event: &str, ids: Ids, step: Step) {
    let (path, timeout) = bootstrap();
    let collector = CountingCollector::default();
    let backend = Backend::start(collector.clone(), FaultSchedule::always(step));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let mut lambda =
        FunctionBuilder::with_bootstrap(&path).otlp(&backend).parking(folder.path()).timeout(timeout).start();
    succeed(&mut lambda, event.as_bytes());
    let history = lambda.finish();
    let counts = collector.counts.lock().expect("no thread panics while it holds the lock");
    let ranges: Vec<_> = ParkedObject::in_folder(folder.path()).iter().flat_map(pending_ranges).collect();
    print_uncaptured(&format!(
        "{LINES} events in {} bytes: {:?}, maximum memory {} KiB, {} delivered, parked {ranges:?}",
        event.len(),
        history.invocations.iter().map(|run| run.duration).collect::<Vec<_>>(),
        history.peak_memory_kib,
        counts.events,
    ));
    assert!(counts.events > 0, "no event was delivered");
    let mut parked = Vec::new();
    ranges.into_iter().for_each(|range| mark(&mut parked, range));
    if ids == Ids::Lines {
        let is_safe =
            |line: &usize| counts.lines.get(*line) == Some(&true) || parked.get(*line) == Some(&true);
        assert_eq!((0..LINES).find(|line| !is_safe(line)), None, "neither delivered nor parked");
    } else {
        assert!(counts.events + parked.iter().filter(|is_kept| **is_kept).count() >= LINES);
    }
    assert!(history.peak_memory_kib < PEAK_KIB, "{} KiB", history.peak_memory_kib);
}

fn lines() -> String {
    forms::kinesis_event(&[base64(&gzip_best("a\n".repeat(LINES).as_bytes()))]).to_string()
}

fn document() -> String {
    let mut document = String::from_utf8(forms::document(&[])).expect("JSON");
    let event = format!(r#"{{"id":"","timestamp":{START_MS},"message":"a"}},"#);
    let all = event.repeat(LINES);
    let at = document.find("\"logEvents\":[").expect("the document has events") + "\"logEvents\":[".len();
    document.insert_str(at, all.trim_end_matches(','));
    serde_json::json!({"awslogs": {"data": base64(&gzip_best(document.as_bytes()))}}).to_string()
}

#[test]
fn raw_lines_to_a_fast_backend_are_delivered_or_parked() {
    check(&lines(), Ids::Lines, Step::default());
}

#[test]
fn raw_lines_to_a_slow_backend_are_delivered_or_parked() {
    check(&lines(), Ids::Lines, Step::default().with_delay(Duration::from_secs(1)));
}

#[test]
fn envelope_to_a_slow_backend_is_delivered_or_parked() {
    check(&document(), Ids::None, Step::default().with_delay(Duration::from_secs(1)));
}
