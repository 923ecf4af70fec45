//! One of two endpoints of a sink fails for a hundred invocations, in each way in which endpoints fail: log events are
//! delivered once, metrics are parked or counted as lost, and no invocation takes long.

use std::{
    env,
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step},
    function_builder::{FunctionBuilder, KEY, datadog, otlp},
    http::{Cut, Response},
    parked::ParkedObject,
    producer::{EventNumber, Producer},
    rng::Rng,
    server::print_uncaptured,
};

use super::{assert_has_all, delivery, redrive, succeed};

const INVOCATIONS: u64 = 100;

/// Timeout of the function; a quarter of it is the limit of a request.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Number of events in a delivery; one of them is a REPORT line.
const EVENTS: u64 = 8;

/// Treatment of the points that a failing endpoint receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Points {
    /// It drops them.
    Discarded,
    /// It accepts them, but its response is lost.
    Accepted,
}

/// Sink whose endpoint for metrics fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sink {
    Otlp,
    Datadog,
}

impl Sink {
    fn metrics_path(self) -> &'static str {
        match self {
            Self::Otlp => "/v1/metrics",
            Self::Datadog => "/api/v1/distribution_points",
        }
    }

    fn backend(self) -> Backend {
        match self {
            Self::Otlp => otlp(FaultSchedule::default()),
            Self::Datadog => datadog(FaultSchedule::default()),
        }
    }

    fn function(self, backend: &Backend) -> FunctionBuilder {
        match self {
            Self::Otlp => FunctionBuilder::new().otlp(backend),
            Self::Datadog => FunctionBuilder::new().datadog(backend),
        }
    }

    fn settings(self, backend: &Backend) -> Vec<(&'static str, String)> {
        match self {
            Self::Otlp => {
                vec![("TAILWATER_SINKS", "otlp".to_owned()), ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())]
            }
            Self::Datadog => vec![
                ("TAILWATER_SINKS", "datadog".to_owned()),
                ("DD_URL", backend.url()),
                ("DD_API_URL", backend.url()),
                ("DD_API_KEY", KEY.to_owned()),
            ],
        }
    }

    /// Returns the number of invocations that the metrics of a backend sum up to.
    fn invocations(self, backend: &Backend) -> f64 {
        let name = match self {
            Self::Otlp => "faas.invocations",
            Self::Datadog => "aws.lambda.enhanced.invocations",
        };
        backend.sums().get(name).copied().unwrap_or_default()
    }
}

/// Ways in which an endpoint fails.
fn failures() -> [(&'static str, Step, Points); 8] {
    let limited = Response::new(429, "").with("Retry-After", "600");
    [
        ("503", Step::status(503), Points::Discarded),
        ("404", Step::status(404), Points::Discarded),
        ("401", Step::status(401), Points::Discarded),
        ("429", Step::new(Fault::Discard(limited)), Points::Discarded),
        ("reset", Step::cut_request(0, Cut::Reset), Points::Discarded),
        ("hang", Step::hang(), Points::Discarded),
        ("slow", Step::default().with_delay(TIMEOUT), Points::Accepted),
        ("garbage", Step::cut_response(5, Cut::Close), Points::Accepted),
    ]
}

/// Result of the invocations.
struct Outcome {
    numbers: Vec<EventNumber>,
    durations: Vec<Duration>,
    output: String,
}

/// Invokes the function while the endpoint for metrics fails. Each invocation has to succeed.
fn invoke(function: &FunctionBuilder) -> Outcome {
    let mut lambda = function.clone().timeout(TIMEOUT).start();
    let mut producer = Producer::with_current_time();
    let (mut numbers, mut durations) = (Vec::new(), Vec::new());
    for _ in 0..INVOCATIONS {
        let (own, event) = delivery(&mut producer, EVENTS);
        numbers.extend(own);
        let begun = Instant::now();
        succeed(&mut lambda, &event);
        durations.push(begun.elapsed());
    }
    let output = lambda.finish().output;
    let output = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Outcome { numbers, durations, output: output.into_owned() }
}

/// Returns the sum of an own metric in all lines of the output.
fn counted(output: &str, metric: &str) -> u64 {
    let documents = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    documents.filter_map(|line| line[metric].as_u64()).sum()
}

#[track_caller]
fn check(sink: Sink, has_parking: bool, (name, step, points): (&str, Step, Points)) {
    let (what, backend) = (format!("{sink:?}, {name}, parking {has_parking}"), sink.backend());
    backend.set_schedule(FaultSchedule::always(step).on(sink.metrics_path()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let function = sink.function(&backend);
    let function = if has_parking { function.parking(folder.path()) } else { function };
    let Outcome { numbers, durations, output } = invoke(&function);
    assert_has_all(&backend, &numbers);
    assert_eq!(backend.logs().len(), numbers.len(), "{what}: each event is delivered once");
    // Five failures open the circuit.
    let slow = durations.iter().filter(|took| **took > TIMEOUT / 4).count();
    assert!(slow < 8 && durations.iter().all(|took| *took < TIMEOUT), "{what}: {durations:?}");

    let parked = ParkedObject::in_folder(folder.path());
    assert!(parked.iter().all(|parked| parked.header["owes_metrics"] == true), "{what}");
    assert!(parked.iter().all(|parked| parked.header["owed"] == serde_json::json!([])), "{what}");
    let named = format!("{}{}: ", backend.url(), sink.metrics_path());
    let names_url = |parked: &ParkedObject| {
        parked.header["error"].as_str().is_some_and(|error| error.starts_with(&named))
    };
    assert!(parked.iter().all(names_url), "{what}: {:?}", parked.first());
    let [parked_points, lost] =
        ["tailwater_parked_points", "tailwater_lost_points"].map(|metric| counted(&output, metric));
    if has_parking {
        assert!(parked.len() == 100 && parked_points >= 100 && lost == 0, "{what}: {parked_points}, {lost}");
        backend.set_schedule(FaultSchedule::default());
        let (code, text) = redrive(folder.path(), &sink.settings(&backend));
        assert_eq!((code, ParkedObject::in_folder(folder.path()).len()), (Some(0), 0), "{what}: {text}");
        assert_eq!(backend.logs().len(), numbers.len(), "{what}: no event is sent again");
        let (counted, expected) = (sink.invocations(&backend), 100.0);
        let is_exact = points == Points::Accepted || counted < expected + 0.5;
        assert!(counted > expected - 0.5 && is_exact, "{what}: {counted} invocations");
    } else {
        assert!(parked.is_empty() && lost >= 100 && parked_points == 0, "{what}: {parked_points}, {lost}");
    }
}

/// Runs each failure with a sink and parking that the seed chooses; `TEST_SEED` is the seed.
#[test]
fn failing_endpoint_for_metrics_does_not_affect_logs() {
    let seed = env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut rng = Rng::new(seed);
    for failure in failures() {
        let (sink, has_parking) = (rng.pick(&[Sink::Otlp, Sink::Datadog]), rng.pick(&[true, false]));
        let begun = Instant::now();
        let name = failure.0;
        check(sink, has_parking, failure);
        print_uncaptured(&format!(
            "{name} of the endpoint for metrics of {sink:?}, parking {has_parking}, seed {seed}: {INVOCATIONS} invocations in {:.1} s",
            begun.elapsed().as_secs_f64()
        ));
    }
}
