//! One sink fails for a hundred invocations: the other is not delayed, and events for the failing one are parked.

use std::time::Duration;

use tests::{
    backend::{FaultSchedule, Step},
    function_builder::{FunctionBuilder, KEY, datadog, otlp},
    http::Cut,
    parked::ParkedObject,
    producer::Producer,
    server::print_uncaptured,
};

use super::{assert_has_all, delivery, redrive, succeed};

const INVOCATIONS: usize = 100;

#[test]
fn failing_sink_does_not_delay_the_other_and_redrive_delivers_its_events() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (healthy, failing) =
        (otlp(FaultSchedule::default()), datadog(FaultSchedule::always(Step::cut_request(0, Cut::Reset))));
    let function = FunctionBuilder::new().otlp(&healthy).datadog(&failing).parking(folder.path());
    let mut lambda = function.timeout(Duration::from_secs(2)).start();
    let mut producer = Producer::default();
    let (mut numbers, mut durations, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..INVOCATIONS {
        let (own, event) = delivery(&mut producer, 20);
        numbers.extend(own);
        let handed_out = std::time::Instant::now();
        succeed(&mut lambda, &event);
        durations.push(handed_out.elapsed());
        let seen = healthy.requests();
        let logs =
            seen.iter().rfind(|request| request.path == "/v1/logs").expect("the sink received these events");
        delays.push(logs.when - handed_out);
    }
    assert_has_all(&healthy, &numbers);
    // The circuit breaker opens after the first invocations. Medians, because other processes run on the machine.
    let median = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort_unstable();
        times[times.len() / 2]
    };
    let settled = median(&durations[INVOCATIONS / 2..]);
    assert!(
        settled < Duration::from_millis(50),
        "an invocation takes {settled:?} although the breaker of the failing sink is open"
    );
    let (at_first, later) = (median(&delays[..5]), median(&delays[INVOCATIONS / 2..]));
    print_uncaptured(&format!(
        "one failing sink: an invocation takes {settled:?}; the other sink is reached after {at_first:?} with a closed breaker, \
         after {later:?} with an open one"
    ));
    assert!(at_first.max(later) < Duration::from_millis(50), "{at_first:?}, {later:?}");

    let parked = ParkedObject::in_folder(folder.path());
    assert_eq!(parked.len(), INVOCATIONS);
    assert!(parked.iter().all(|parked| parked.sink() == "datadog"));
    failing.set_schedule(FaultSchedule::default());
    let settings = [
        ("TAILWATER_SINKS", "otlp,datadog".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", healthy.url()),
        ("DD_URL", failing.url()),
        ("DD_API_URL", failing.url()),
        ("DD_API_KEY", KEY.to_owned()),
    ];
    let (code, text) = redrive(folder.path(), &settings);
    assert_eq!(code, Some(0), "{text}");
    assert_has_all(&failing, &numbers);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
    assert_eq!(healthy.logs().len(), numbers.len(), "the healthy sink received each event once");
}
