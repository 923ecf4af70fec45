//! Two endpoints of one sink, of which one fails for a hundred invocations: the other is not affected.

use std::{path::Path, sync::Mutex};

use super::*;
use crate::{
    parking,
    telemetry::{Registry, prometheus},
};

const INVOCATIONS: u32 = 100;

/// Events of each delivery: log lines and one REPORT line, from which metrics are derived.
const EVENTS: usize = 3;

const SINKS: [&str; 2] = ["otlp", "datadog"];

/// Ways in which an endpoint fails.
fn failures() -> [(&'static str, Reply); 9] {
    [
        ("503", Reply::status(503)),
        ("404", Reply::status(404)),
        ("reset", Reply::failure(Failure::Reset)),
        ("hang", Reply::never()),
        ("429 for long", Reply { retry_after: Some(600), ..Reply::status(429) }),
        ("401", Reply::status(401)),
        ("slow", Reply { delay: 20 * SECOND, ..Reply::status(200) }),
        ("garbage", Reply::failure(Failure::InvalidResponse)),
        ("unknown host", Reply::failure(Failure::Unresolved)),
    ]
}

/// Forwarder with one sink for logs and metrics.
struct TwoEndpoints {
    forwarder: Forwarder,
    registry: Registry,
    /// Numbers of the events that were accepted.
    delivered: Arc<Mutex<Vec<u32>>>,
    /// Number of bodies of metrics that were accepted.
    measured: Arc<AtomicU32>,
    folder: tempfile::TempDir,
    sink: &'static str,
    invocations: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parking {
    Folder,
    /// Folder that cannot be written.
    Broken,
    None,
}

impl TwoEndpoints {
    /// Creates a forwarder of logs and metrics. `reply` returns the reply to a body, unless it is accepted.
    fn new(
        sink: &'static str,
        parking: Parking,
        reply: impl Fn(&Body) -> Option<Reply> + Send + 'static,
    ) -> Self {
        Self::with_signals("logs,metrics", sink, parking, reply)
    }

    fn with_signals(
        signals: &str,
        sink: &'static str,
        parking: Parking,
        reply: impl Fn(&Body) -> Option<Reply> + Send + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut values = Values::new(Place::Environment);
        let path = match parking {
            Parking::Folder | Parking::None => folder.path().to_owned(),
            Parking::Broken => {
                std::fs::write(folder.path().join("file"), "").unwrap();
                folder.path().join("file/parked")
            }
        };
        let parking =
            if parking == Parking::None { String::new() } else { format!("file:{}", path.display()) };
        for (name, value) in [
            ("TAILWATER_SINKS", sink),
            ("TAILWATER_SIGNALS", signals),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("DD_URL", "http://127.0.0.1:1"),
            ("DD_API_URL", "http://127.0.0.1:1"),
            ("DD_API_KEY", "0123456789abcdef0123456789abcdef"),
            ("TAILWATER_PARKING", &parking),
        ] {
            values.set(name, value.to_owned());
        }
        let (settings, registry) = (Settings::read(&values).unwrap(), Registry::default());
        let mut forwarder = assemble::forwarder(&settings, OwnFunction::default(), &registry).unwrap();
        let (delivered, measured) = (Arc::default(), Arc::default());
        let accept = accept(&delivered, &measured);
        let client = Arc::get_mut(&mut forwarder.clients[0]).expect("nothing is sent yet");
        client.transport = Transport::Fake(FakeTransport::new(move |body| {
            reply(body).unwrap_or_else(|| {
                accept(body);
                Reply::status(202)
            })
        }));
        Self { forwarder, registry, delivered, measured, folder, sink, invocations: 0 }
    }

    /// Replaces the replies: everything is accepted from now on.
    fn heal(&mut self) {
        let accept = accept(&self.delivered, &self.measured);
        let client = Arc::get_mut(&mut self.forwarder.clients[0]).expect("nothing is being sent");
        client.transport = Transport::Fake(FakeTransport::new(move |body| {
            accept(body);
            Reply::status(202)
        }));
    }

    /// Runs an invocation with one delivery.
    async fn invoke(&mut self) -> Done {
        self.invocations += 1;
        let document = measured_document(self.invocations);
        let delivery = delivery_of(&document);
        let item = PendingDelivery::new(&delivery, &[self.sink]);
        let request_id = format!("r{}", self.invocations);
        let context = InvocationContext {
            request_id: &request_id,
            deadline: UnixMillis(START + MINUTE),
            now: UnixMillis(START),
        };
        let began = Instant::now();
        let closed = self.forwarder.run(std::slice::from_ref(&item), &context).await.unwrap();
        Done { closed, took: began.elapsed() }
    }

    /// Runs a scheduled redrive, half an hour later: Datadog accepts no points that are older than an hour.
    async fn redrive(&mut self) -> Duration {
        let now = START + 30 * MINUTE;
        let context = InvocationContext {
            request_id: "redrive",
            deadline: UnixMillis(now + MINUTE),
            now: UnixMillis(now),
        };
        let began = Instant::now();
        let event = br#"{"tailwater":{"redrive":{}}}"#.to_vec();
        self.forwarder.forward(event, &context).await.unwrap();
        began.elapsed()
    }

    /// Returns the number of accepted events.
    fn delivered(&self) -> usize {
        self.delivered.lock().unwrap().len()
    }

    fn measured(&self) -> u32 {
        self.measured.load(Ordering::Relaxed)
    }

    /// Returns the headers of all parked objects.
    fn parked(&self) -> Vec<parking::Header> {
        let mut headers = Vec::new();
        read_below(self.folder.path(), &mut headers);
        headers
    }

    /// Returns the sum of an own metric over its reasons.
    fn counted(&self, metric: &str) -> u64 {
        let text = prometheus::render(&self.registry);
        let own = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(metric));
        own.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }
}

fn accept(delivered: &Arc<Mutex<Vec<u32>>>, measured: &Arc<AtomicU32>) -> impl Fn(&Body) + Send + use<> {
    let (delivered, measured) = (Arc::clone(delivered), Arc::clone(measured));
    move |body| match body.signal {
        Signal::Logs => delivered.lock().unwrap().extend(body.covers.iter().flatten()),
        Signal::Metrics | Signal::Traces => drop(measured.fetch_add(1, Ordering::Relaxed)),
    }
}

fn read_below(folder: &Path, headers: &mut Vec<parking::Header>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_below(&path, headers);
        } else if let Ok(parked) = parking::decode(&std::fs::read(&path).unwrap()) {
            headers.push(parked.header);
        }
    }
}

/// 2026-03-04T10:00:00Z
const START: i64 = 1_772_618_400_000;

fn measured_document(invocation: u32) -> String {
    let report = format!(
        "REPORT RequestId: {invocation:08x}-7d34-4a8e-a965-15ccbbb78d4c\\tDuration: 84.31 ms\\tBilled Duration: 85 ms\\t\
         Memory Size: 256 MB\\tMax Memory Used: 91 MB\\t"
    );
    let event = |(number, message): (usize, &str)| {
        format!(r#"{{"id":"{invocation}{number}","timestamp":{START},"message":"{message}"}}"#)
    };
    let events: Vec<_> = ["a line", &report, "another line"].into_iter().enumerate().map(event).collect();
    assert_eq!(events.len(), EVENTS);
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/lambda/f","logStream":"s","subscriptionFilters":["x"],"logEvents":[{}]}}"#,
        events.join(",")
    )
}

fn only(signal: Signal, reply: Reply) -> impl Fn(&Body) -> Option<Reply> + Send + 'static {
    move |body| (body.signal == signal).then(|| reply.clone())
}

/// Runs the invocations while the endpoint for metrics fails, and checks that all logs are delivered once and that each
/// invocation succeeds in a bounded time.
async fn run_with_failing_metrics(fixture: &mut TwoEndpoints, name: &str) {
    for invocation in 0..INVOCATIONS {
        let done = fixture.invoke().await;
        assert!(done.closed.deliveries[0].is_ok(), "{name}: invocation {invocation} is refused");
        assert_eq!(done.ends(), format!("{EVENTS} Delivered"), "{name}: invocation {invocation}");
        // Five failures open the circuit; then one probe at a time takes a second at most.
        let bound = if invocation < 5 { 58 * SECOND } else { 2 * SECOND };
        assert!(done.took <= bound, "{name}: invocation {invocation} takes {:?}", done.took);
    }
    assert_eq!(fixture.delivered(), EVENTS * usize::try_from(INVOCATIONS).unwrap(), "{name}");
    assert_eq!(fixture.measured(), 0, "{name}");
}

#[test]
fn failing_metrics_endpoint_leaves_only_metrics_parked() {
    for sink in SINKS {
        for (name, reply) in failures() {
            simulated(async {
                let mut fixture = TwoEndpoints::new(sink, Parking::Folder, only(Signal::Metrics, reply));
                run_with_failing_metrics(&mut fixture, name).await;
                let parked = fixture.parked();
                assert_eq!(parked.len(), 100, "{sink} {name}");
                assert!(parked.iter().all(|header| header.owes_metrics && header.owed.is_empty()), "{name}");
                assert!(fixture.counted("tailwater_parked_points") >= 100, "{sink} {name}");
                assert_eq!(fixture.counted("tailwater_lost_points"), 0, "{sink} {name}");

                fixture.heal();
                tokio::time::advance(600 * SECOND).await;
                fixture.redrive().await;
                assert_eq!((fixture.measured(), fixture.parked().len()), (100, 0), "{sink} {name}");
                assert_eq!(fixture.delivered(), EVENTS * 100, "{sink} {name}: logs are not sent again");
            });
        }
    }
}

#[test]
fn metrics_that_cannot_be_parked_are_counted_as_lost() {
    for (sink, parking) in [("otlp", Parking::None), ("datadog", Parking::None), ("otlp", Parking::Broken)] {
        for (name, reply) in failures() {
            simulated(async {
                let mut fixture = TwoEndpoints::new(sink, parking, only(Signal::Metrics, reply));
                run_with_failing_metrics(&mut fixture, name).await;
                assert!(fixture.counted("tailwater_lost_points") >= 100, "{sink} {name}");
                assert_eq!(fixture.counted("tailwater_parked_points"), 0, "{sink} {name}");
                assert_eq!(fixture.counted("tailwater_returned_events"), 0, "{sink} {name}");
            });
        }
    }
}

#[test]
fn parked_objects_name_the_failure() {
    simulated(async {
        let html = Reply { body: b"<h1>Maintenance</h1> until Monday".to_vec(), ..Reply::status(503) };
        let mut fixture = TwoEndpoints::new("otlp", Parking::Folder, only(Signal::Metrics, html));
        fixture.invoke().await;
        fixture.invoke().await;
        let mut parked: Vec<_> = fixture
            .parked()
            .into_iter()
            .map(|header| (header.reason, header.error.unwrap_or_default()))
            .collect();
        parked.sort_unstable();
        // The second delivery was not sent.
        let error = "http://127.0.0.1:1/v1/metrics: HTTP 503: Maintenance until Monday";
        assert_eq!(parked, ["busy", "circuit_open"].map(|reason| (reason.to_owned(), error.to_owned())));
    });
}

#[test]
fn delivery_without_metrics_is_not_affected_by_an_open_circuit_for_metrics() {
    simulated(async {
        let reply = only(Signal::Metrics, Reply::status(503));
        let mut fixture = TwoEndpoints::new("datadog", Parking::None, reply);
        fixture.invoke().await;
        assert!(fixture.forwarder.clients[0].is_open(Signal::Metrics));
        let text = document(2);
        let delivery = delivery_of(&text);
        let item = PendingDelivery::new(&delivery, &["datadog"]);
        let context = InvocationContext { request_id: "r", deadline: UnixMillis(MINUTE), now: UnixMillis(0) };
        let closed = fixture.forwarder.run(std::slice::from_ref(&item), &context).await.unwrap();
        assert!(closed.deliveries[0].is_ok());
        assert_eq!(fixture.delivered(), EVENTS + 2);
    });
}

#[test]
fn failing_logs_endpoint_does_not_open_the_circuit_for_metrics() {
    simulated(async {
        let mut fixture = TwoEndpoints::new("otlp", Parking::Folder, only(Signal::Logs, Reply::status(503)));
        for _ in 0..3 {
            fixture.invoke().await;
        }
        let client = &fixture.forwarder.clients[0];
        assert!(client.is_open(Signal::Logs) && !client.is_open(Signal::Metrics));
        fixture.heal();
        tokio::time::advance(600 * SECOND).await;
        fixture.redrive().await;
        assert_eq!((fixture.delivered(), fixture.measured(), fixture.parked().len()), (9, 3, 0));
    });
}

#[test]
fn redrive_delivers_logs_while_the_endpoint_for_metrics_hangs() {
    simulated(async {
        let is_down = Arc::new(std::sync::atomic::AtomicBool::new(true));
        let all_down = Arc::clone(&is_down);
        let mut fixture = TwoEndpoints::new("otlp", Parking::Folder, move |body| {
            if body.signal == Signal::Metrics {
                return Some(Reply::never());
            }
            all_down.load(Ordering::Relaxed).then(|| Reply::status(503))
        });
        for _ in 0..20 {
            fixture.invoke().await;
        }
        is_down.store(false, Ordering::Relaxed);
        tokio::time::advance(600 * SECOND).await;
        let took = fixture.redrive().await;
        assert!(took < 58 * SECOND, "{took:?}");
        assert_eq!(fixture.delivered(), 20 * EVENTS, "all logs are delivered by one redrive");
        let parked = fixture.parked();
        assert_eq!(parked.len(), 20);
        assert!(parked.iter().all(|header| header.owes_metrics && header.owed.is_empty()), "{parked:?}");
    });
}

#[test]
fn metrics_alone_are_returned_if_they_cannot_be_parked() {
    simulated(async {
        let reply = only(Signal::Metrics, Reply::status(503));
        let mut fixture = TwoEndpoints::with_signals("metrics", "otlp", Parking::None, reply);
        let done = fixture.invoke().await;
        assert!(done.closed.deliveries[0].is_err(), "nothing else was delivered, so AWS sends it again");
        assert_eq!(fixture.counted("tailwater_lost_points"), 0);
    });
}
