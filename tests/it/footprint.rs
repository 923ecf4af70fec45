//! Size, start-up time, memory and speed of the released `bootstrap`: measured, printed and limited.
//!
//! The environment variable `TEST_BOOTSTRAP` is its path; build it with
//! `cargo build --release -p tailwater-forwarder --bin bootstrap`.

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

const SIZE_LIMIT: u64 = 5_750_000;
const START_LIMIT: Duration = Duration::from_millis(5);
const IDLE_KIB: u64 = 10 * 1024;

fn released_bootstrap() -> Option<PathBuf> {
    let path = env::var_os("TEST_BOOTSTRAP").map(PathBuf::from);
    if path.is_none() {
        report_skipped("release build of bootstrap", "TEST_BOOTSTRAP=PATH, as .ci/run has it");
    }
    path
}

#[test]
fn binary_size_is_below_the_limit() {
    let Some(path) = released_bootstrap() else { return };
    let size = fs::metadata(&path).expect("the file exists").len();
    print_uncaptured(&format!("bootstrap: {size} bytes"));
    assert!(size < SIZE_LIMIT, "{size} bytes");
}

/// Returns the time from exec to the first request for an event, and the resident memory at that time in KiB.
fn start(program: &Program) -> (Duration, u64) {
    let api = RuntimeApi::start();
    let process = program.start(&api);
    assert!(api.wait_for_poll(Duration::from_secs(10)), "{:?}", process.output());
    let first = api.first_poll().expect("it requested an event");
    (first - process.started(), process.memory_now_kib().expect("the process runs"))
}

#[test]
fn startup_time_and_idle_memory_are_below_the_limits() {
    let Some(path) = released_bootstrap() else { return };
    let settings = [
        ("otlp", ["OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example:4318"]),
        ("datadog", ["DD_API_KEY", tests::function_builder::KEY]),
    ];
    for (sink, [name, value]) in settings {
        let program = Program::new(&path).env("TAILWATER_SINKS", sink).env(name, value);
        let (mut times, memories): (Vec<_>, Vec<_>) = (0..31).map(|_| start(&program)).unzip();
        times.sort_unstable();
        let (median, fastest) = (times[times.len() / 2], times[0]);
        let memory = memories.into_iter().max().expect("it was started at least once");
        print_uncaptured(&format!(
            "{sink}: first request after {median:?} (median; fastest {fastest:?}), idle in {memory} KiB"
        ));
        assert!(median < START_LIMIT, "{sink}: {median:?}");
        assert!(memory < IDLE_KIB, "{sink}: {memory} KiB");
    }
}

/// Builds a subscription event of this decompressed size, with lines of about 330 bytes that compress well.
fn large(megabytes: usize) -> Vec<u8> {
    let line = "the same words again and again, as logs have them; ".repeat(4);
    let event = |number: usize| Event {
        id: format!("{number:056}"),
        after_ms: i64::try_from(number % 60_000).expect("it is below 60,000"),
        message: format!("event {number}: {line}"),
    };
    let events: Vec<_> = (0..megabytes * 1_000_000 / 330).map(event).collect();
    json!({"awslogs": {"data": base64(&gzip(&forms::document(&events)))}}).to_string().into_bytes()
}

fn check_memory(megabytes: usize, limit_kib: u64) {
    let Some(path) = released_bootstrap() else { return };
    let backend = otlp(FaultSchedule::default());
    let event = large(megabytes);
    let mut lambda =
        FunctionBuilder::with_bootstrap(&path).otlp(&backend).timeout(Duration::from_secs(60)).start();
    let run = lambda.invoke_once("large", &event);
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert_eq!(backend.logs().len(), megabytes * 1_000_000 / 330);
    let peak = lambda.finish().peak_memory_kib;
    print_uncaptured(&format!(
        "{megabytes} MB inflated ({} bytes of event): maximum memory {peak} KiB, {:?}",
        event.len(),
        run.duration
    ));
    assert!(peak < limit_kib, "{peak} KiB");
}

#[test]
fn six_megabytes_need_less_than_32_mib() {
    check_memory(6, 32 * 1024);
}

#[test]
fn hundred_megabytes_need_less_than_64_mib() {
    check_memory(100, 64 * 1024);
}

/// Prints the number of events per second of wall time and of processor time. The only limit is a very high one.
fn check_speed(events: u64, invocations: u32) {
    let Some(path) = released_bootstrap() else { return };
    let backend = otlp(FaultSchedule::default());
    let mut producer = tests::producer::Producer::default();
    let (_, document) = producer.document(events);
    let event = tests::encoding::lambda_event(&document).to_string().into_bytes();
    let mut lambda =
        FunctionBuilder::with_bootstrap(&path).otlp(&backend).timeout(Duration::from_secs(60)).start();
    assert!(lambda.invoke_once("warm", &event).answer.response().is_some());
    let (began, processor) = (Instant::now(), lambda.processor_time().expect("the process runs"));
    for _ in 0..invocations {
        assert!(lambda.invoke_once("timed", &event).answer.response().is_some());
    }
    let wall = began.elapsed() / invocations;
    let processor = (lambda.processor_time().expect("the process runs") - processor) / invocations;
    let rate = |time: Duration| u32::try_from(events).map_or(0.0, f64::from) / time.as_secs_f64();
    print_uncaptured(&format!(
        "{events} events per invocation: {wall:?} of wall time ({:.0} events/s, including the sink's decoding), {processor:?} of \
         processor time ({:.0} events/s)",
        rate(wall),
        rate(processor)
    ));
    assert!(wall < Duration::from_secs(5), "{wall:?}");
}

#[test]
fn speed_of_1000_events_per_invocation() {
    check_speed(1_000, 100);
}

#[test]
fn speed_of_10000_events_per_invocation() {
    check_speed(10_000, 20);
}
