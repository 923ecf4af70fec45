//! What the binary that is shipped costs: its size, its start, its memory, its speed. Measured, printed, and limited.
//!
//! `TEST_BOOTSTRAP` names it: `cargo build --release -p tailwater --no-default-features --bin bootstrap`.

use std::{
    env, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{
    backend::FaultSchedule,
    encoding::{base64, gzip},
    forms,
    function_builder::{FunctionBuilder, otlp},
    process::Program,
    runtime_api::RuntimeApi,
    sample::Event,
    server::{print_uncaptured, report_skipped},
};

const SIZE_LIMIT: u64 = 5_000_000;
const START_LIMIT: Duration = Duration::from_millis(5);
const IDLE_KIB: u64 = 10 * 1024;

fn shipped() -> Option<PathBuf> {
    let path = env::var_os("TEST_BOOTSTRAP").map(PathBuf::from);
    if path.is_none() {
        report_skipped("release build of bootstrap", "TEST_BOOTSTRAP=PATH, as .ci/run has it");
    }
    path
}

#[test]
fn it_is_small() {
    let Some(path) = shipped() else { return };
    let size = fs::metadata(&path).expect("it was built").len();
    print_uncaptured(&format!("bootstrap: {size} bytes"));
    assert!(size < SIZE_LIMIT, "{size} bytes");
}

/// From exec to the first request for an event, and the memory it has then.
fn start(program: &Program) -> (Duration, u64) {
    let api = RuntimeApi::start();
    let process = program.start(&api);
    assert!(api.wait_for_poll(Duration::from_secs(10)), "{:?}", process.output());
    let first = api.first_poll().expect("it has asked");
    (first - process.started(), process.memory_now_kib().expect("it runs"))
}

#[test]
fn it_starts_at_once_and_idles_in_little_memory() {
    let Some(path) = shipped() else { return };
    let settings = [
        ("otlp", ["OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example:4318"]),
        ("datadog", ["DD_API_KEY", tests::function_builder::KEY]),
    ];
    for (sink, [name, value]) in settings {
        let program = Program::new(&path).env("TAILWATER_SINKS", sink).env(name, value);
        let (mut times, memories): (Vec<_>, Vec<_>) = (0..31).map(|_| start(&program)).unzip();
        times.sort_unstable();
        let (median, fastest) = (times[times.len() / 2], times[0]);
        let memory = memories.into_iter().max().expect("it was started");
        print_uncaptured(&format!(
            "{sink}: first request after {median:?} (median; fastest {fastest:?}), idle in {memory} KiB"
        ));
        assert!(median < START_LIMIT, "{sink}: {median:?}");
        assert!(memory < IDLE_KIB, "{sink}: {memory} KiB");
    }
}

/// A subscription's event that inflates to so many MB: lines of about 330 bytes that compress well.
fn large(megabytes: usize) -> Vec<u8> {
    let line = "the same words again and again, as logs have them; ".repeat(4);
    let event = |number: usize| Event {
        id: format!("{number:056}"),
        after_ms: i64::try_from(number % 60_000).expect("less than a minute"),
        message: format!("event {number}: {line}"),
    };
    let events: Vec<_> = (0..megabytes * 1_000_000 / 330).map(event).collect();
    json!({"awslogs": {"data": base64(&gzip(&forms::document(&events)))}}).to_string().into_bytes()
}

fn peak(megabytes: usize, limit_kib: u64) {
    let Some(path) = shipped() else { return };
    let backend = otlp(FaultSchedule::default());
    let event = large(megabytes);
    let mut lambda =
        FunctionBuilder::with_bootstrap(&path).otlp(&backend).timeout(Duration::from_secs(60)).start();
    let run = lambda.invoke_once("large", &event);
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert_eq!(backend.logs().len(), megabytes * 1_000_000 / 330);
    let peak = lambda.finish().peak_memory_kib;
    print_uncaptured(&format!(
        "{megabytes} MB inflated ({} bytes of event): at most {peak} KiB, {:?}",
        event.len(),
        run.duration
    ));
    assert!(peak < limit_kib, "{peak} KiB");
}

#[test]
fn six_megabytes_fit_into_thirty_two() {
    peak(6, 32 * 1024);
}

#[test]
fn a_hundred_megabytes_fit_into_sixty_four() {
    peak(100, 64 * 1024);
}

/// Prints how many events a second it delivers, of wall time and of the processor's; nothing is promised here.
fn speed(events: u64, invocations: u32) {
    let Some(path) = shipped() else { return };
    let backend = otlp(FaultSchedule::default());
    let mut producer = tests::producer::Producer::default();
    let (_, document) = producer.document(events);
    let event = tests::encoding::lambda_event(&document).to_string().into_bytes();
    let mut lambda =
        FunctionBuilder::with_bootstrap(&path).otlp(&backend).timeout(Duration::from_secs(60)).start();
    assert!(lambda.invoke_once("warm", &event).answer.response().is_some());
    let (began, busy) = (Instant::now(), lambda.processor_time().expect("it runs"));
    for _ in 0..invocations {
        assert!(lambda.invoke_once("timed", &event).answer.response().is_some());
    }
    let wall = began.elapsed() / invocations;
    let busy = (lambda.processor_time().expect("it runs") - busy) / invocations;
    let rate = |time: Duration| u32::try_from(events).map_or(0.0, f64::from) / time.as_secs_f64();
    print_uncaptured(&format!(
        "{events} events an invocation: {wall:?} of wall time ({:.0} events/s, the sink's decoding included), {busy:?} of \
         processor time ({:.0} events/s)",
        rate(wall),
        rate(busy)
    ));
    assert!(wall < Duration::from_secs(5), "{wall:?}");
}

#[test]
fn a_thousand_events_take_no_time() {
    speed(1_000, 100);
}

#[test]
fn ten_thousand_events_take_little_time() {
    speed(10_000, 20);
}
