//! Whole invocations against a fake backend, on a paused clock: an hour of failures takes a millisecond.

mod endpoints;
mod hostile;
mod spans;

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use tailwater_parser::UnixMillis;
use tokio::time::Instant;

use super::*;
use crate::{
    assemble,
    batch::{Body, RangeSet},
    http::Failure,
    own_function::OwnFunction,
    send::client::{
        Transport,
        fake_transport::{FakeTransport, Reply},
    },
    settings::{Place, Settings, Values},
    sink::Signal,
    source::{Content, Delivery},
    telemetry::Registry,
};

const SECOND: Duration = Duration::from_secs(1);
/// Duration of every invocation here in ms, of which 1.5 s is kept for parking.
const MINUTE: i64 = 60_000;

/// Forwarder with one OTLP sink for logs, whose replies the test makes up, and a folder to park in.
struct Fixture {
    forwarder: Forwarder,
    requests: Arc<AtomicU32>,
    _folder: tempfile::TempDir,
}

/// Result of one invocation.
struct Done {
    closed: Closed,
    took: Duration,
}

impl Fixture {
    fn new(mut backend: impl FnMut(&Body) -> Reply + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut forwarder = parking_forwarder("logs", &folder, &Registry::default());
        let requests = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&requests);
        let client = Arc::get_mut(&mut forwarder.clients[0]).expect("nothing is sent yet");
        client.transport = Transport::Fake(FakeTransport::new(move |body| {
            counted.fetch_add(1, Ordering::Relaxed);
            backend(body)
        }));
        Self { forwarder, requests, _folder: folder }
    }

    /// Runs an invocation with this many events.
    async fn invoke(&mut self, events: u32) -> Done {
        let document = document(events);
        let delivery = delivery_of(&document);
        let item = PendingDelivery::new(&delivery, &["otlp"]);
        let context = InvocationContext { request_id: "r", deadline: UnixMillis(MINUTE), now: UnixMillis(0) };
        let began = Instant::now();
        let closed = self.forwarder.run(std::slice::from_ref(&item), &context).await.unwrap();
        Done { closed, took: began.elapsed() }
    }

    fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Done {
    /// Returns the dispositions of the events, with their numbers.
    fn ends(&self) -> String {
        assert!(self.closed.deliveries[0].is_ok(), "events are pending");
        let ends = self.closed.accounts[0].ends.iter().filter(|(_, tally)| tally.events > 0);
        let ends: Vec<_> = ends.map(|(end, tally)| format!("{} {end:?}", tally.events)).collect();
        ends.join(", ")
    }
}

/// Creates a forwarder with the sink `otlp` for these signals, which parks in a folder.
fn parking_forwarder(signals: &str, folder: &tempfile::TempDir, registry: &Registry) -> Forwarder {
    let mut values = Values::new(Place::Environment);
    for (name, value) in [
        ("TAILWATER_SINKS", "otlp"),
        ("TAILWATER_SIGNALS", signals),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
        ("TAILWATER_PARKING", &format!("file:{}", folder.path().display())),
    ] {
        values.set(name, value.to_owned());
    }
    let settings = Settings::read(&values).unwrap();
    assemble::forwarder(&settings, OwnFunction::default(), registry).unwrap()
}

/// Creates the delivery of a subscription document.
fn delivery_of(document: &str) -> Delivery<'_> {
    Delivery {
        id: "".into(),
        name: "".into(),
        index: 0,
        time: None,
        origin: Arc::default(),
        content: Content::Text(document.into()),
    }
}

fn document(events: u32) -> String {
    let mut document = String::from(
        r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/lambda/f","logStream":"s","subscriptionFilters":["x"],"logEvents":["#,
    );
    for number in 0..events {
        let comma = if number == 0 { "" } else { "," };
        write!(document, r#"{comma}{{"id":"{number}","timestamp":{number},"message":"event {number}"}}"#)
            .unwrap();
    }
    document + "]}"
}

/// Runs a future on a clock that advances only when everything waits.
fn simulated<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap().block_on(work)
}

/// Runs one invocation with this many events; returns their dispositions, the number of requests, and the duration.
fn run(events: u32, backend: impl FnMut(&Body) -> Reply + Send + 'static) -> (String, u32, Duration) {
    simulated(async {
        let mut fixture = Fixture::new(backend);
        let done = fixture.invoke(events).await;
        (done.ends(), fixture.requests(), done.took)
    })
}

#[track_caller]
fn check(events: u32, backend: impl FnMut(&Body) -> Reply + Send + 'static, expected: &str, requests: u32) {
    let (ends, sent, _) = run(events, backend);
    assert_eq!((ends.as_str(), sent), (expected, requests));
}

/// Returns a backend that gives these replies, then accepts everything.
fn first(answers: impl IntoIterator<Item = Reply>) -> impl FnMut(&Body) -> Reply {
    let mut answers: std::collections::VecDeque<_> = answers.into_iter().collect();
    move |_| answers.pop_front().unwrap_or_else(|| Reply::status(200))
}

fn holds(body: &Body, event: u32) -> bool {
    body.covers.contains_all(&RangeSet::from(event..event + 1))
}

#[test]
fn one_refused_event_of_a_thousand_is_rejected_alone() {
    let bad = |body: &Body| Reply::status(if holds(body, 617) { 400 } else { 200 });
    check(1000, bad, "999 Delivered, 1 Rejected(Refused)", 21);
}

#[test]
fn events_are_parked_when_a_backend_refuses_everything() {
    // The whole, halves, quarters and eighths.
    check(1000, |_| Reply::status(400), "1000 Parked(Refused)", 15);
}

#[test]
fn search_for_refused_events_makes_a_bounded_number_of_requests() {
    let taken = |body: &Body| Reply::status(if body.covers.end() <= 250 { 200 } else { 400 });
    let (ends, requests, _) = run(1000, taken);
    assert!(ends.contains("Delivered") && ends.contains("Parked(Refused)"), "{ends}");
    assert!(requests < 300, "{requests} requests");
}

#[test]
fn body_that_is_too_large_is_sent_in_smaller_ones() {
    let limit = |body: &Body| Reply::status(if body.covers.count() > 100 { 413 } else { 200 });
    check(1000, limit, "1000 Delivered", 31);
}

#[test]
fn constant_413_ends_parked() {
    check(2, |_| Reply::status(413), "2 Parked(TooLarge)", 3);
}

#[test]
fn wrong_url_is_tried_once() {
    for status in [404, 405, 410, 501] {
        check(5, move |_| Reply::status(status), "5 Parked(WrongAddress)", 1);
    }
    check(5, |_| Reply::failure(Failure::Redirected), "5 Parked(Redirected)", 1);
}

#[test]
fn unknown_host_has_a_reason_of_its_own() {
    check(5, |_| Reply::failure(Failure::Unresolved), "5 Parked(UnknownHost)", 5);
    check(5, first(vec![Reply::failure(Failure::Unresolved); 4]), "5 Delivered", 5);
}

#[test]
fn retry_after_of_a_429_is_honoured() {
    let busy = Reply { retry_after: Some(7), ..Reply::status(429) };
    let (ends, requests, took) = run(100, first([busy]));
    assert_eq!((ends.as_str(), requests), ("100 Delivered", 2));
    assert!((7 * SECOND..8 * SECOND).contains(&took), "{took:?}");
}

#[test]
fn retry_after_beyond_the_deadline_parks_at_once() {
    let (ends, requests, took) = run(100, |_| Reply::busy(59));
    assert_eq!((ends.as_str(), requests), ("100 Parked(Busy)", 1));
    assert!(took < SECOND, "{took:?}");
}

#[test]
fn pauses_grow_between_retries() {
    let (ends, requests, took) = run(100, |_| Reply::status(502));
    // 200, 400, 800 and 1,600 ms, or half of each.
    assert_eq!((ends.as_str(), requests), ("100 Parked(Busy)", 5));
    assert!((SECOND * 3 / 2..SECOND * 7 / 2).contains(&took), "{took:?}");
}

#[test]
fn credentials_are_refreshed_once() {
    check(5, |_| Reply::status(401), "5 Parked(Unauthorized)", 2);
    check(5, first([Reply::status(403)]), "5 Delivered", 2);
}

#[test]
fn hanging_backend_does_not_use_the_parking_reserve() {
    let (ends, requests, took) = run(5, |_| Reply::never());
    assert_eq!((ends.as_str(), requests), ("5 Parked(Slow)", 5));
    assert!((40 * SECOND..SECOND * 117 / 2).contains(&took), "{took:?}");
}

#[test]
fn partial_success_is_not_sent_again() {
    // ExportLogsServiceResponse { partial_success: { rejected_log_records: 3 } }
    let partly = Reply { body: vec![0x0a, 2, 0x08, 3], ..Reply::status(200) };
    check(12, first([partly]), "9 Delivered, 3 Rejected(Refused)", 1);
}

#[test]
fn open_circuit_bounds_time_and_requests() {
    simulated(async {
        let mut fixture = Fixture::new(|_| Reply::never());
        assert_eq!(fixture.invoke(5).await.ends(), "5 Parked(Slow)");
        let opened = fixture.requests();
        for _ in 0..100 {
            let done = fixture.invoke(5).await;
            assert!(done.took < 2 * SECOND, "a probe takes one second: {:?}", done.took);
            done.ends();
        }
        // Each failed probe doubles the interval to the next.
        assert!(fixture.requests() - opened < 10, "{} requests", fixture.requests() - opened);
    });
}

#[test]
fn failed_probe_does_not_wait_for_retry_after() {
    simulated(async {
        let mut fixture = Fixture::new(|_| Reply::busy(5));
        while !fixture.forwarder.clients[0].is_open(Signal::Logs) {
            fixture.invoke(5).await;
        }
        tokio::time::advance(6 * SECOND).await;
        let before = fixture.requests();
        let done = fixture.invoke(5).await;
        assert_eq!((done.ends().as_str(), fixture.requests() - before), ("5 Parked(CircuitOpen)", 1));
        assert!(done.took < SECOND, "{:?}", done.took);
    });
}

#[test]
fn run_that_was_cancelled_leaves_no_events_to_the_next_one() {
    simulated(async {
        let covered = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&covered);
        let mut fixture = Fixture::new(move |body| {
            let events = u32::try_from(body.covers.count()).unwrap();
            count.fetch_add(events, Ordering::Relaxed);
            Reply { delay: SECOND, ..Reply::status(200) }
        });
        tokio::select! {
            biased;
            _ = fixture.invoke(40_000) => panic!("the backend takes a second for each body"),
            () = tokio::task::yield_now() => {}
        }
        covered.store(0, Ordering::Relaxed);
        assert_eq!(fixture.invoke(5).await.ends(), "5 Delivered");
        assert_eq!(covered.load(Ordering::Relaxed), 5, "events of the cancelled run were sent");
    });
}

#[test]
fn successful_probe_closes_the_circuit() {
    simulated(async {
        let mut fixture = Fixture::new(first(vec![Reply::failure(Failure::ConnectionRefused); 5]));
        assert_eq!(fixture.invoke(5).await.ends(), "5 Parked(Unreachable)");
        assert_eq!(fixture.invoke(5).await.ends(), "5 Parked(CircuitOpen)");
        assert_eq!(fixture.requests(), 5);
        tokio::time::advance(6 * SECOND).await;
        assert_eq!(fixture.invoke(5).await.ends(), "5 Delivered");
    });
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let statuses = vec![200, 200, 200, 200, 400, 401, 404, 408, 413, 413, 429, 500, 502, 503];
    let answered = (proptest::sample::select(statuses), proptest::option::of(0..20_u64), 0..3_000_u64);
    let failures = vec![
        Failure::Unresolved,
        Failure::ConnectionRefused,
        Failure::Reset,
        Failure::InvalidResponse,
        Failure::Tls,
        Failure::Redirected,
    ];
    let answered = answered.prop_map(|(status, retry_after, after)| Reply {
        delay: Duration::from_millis(after),
        retry_after,
        ..Reply::status(status)
    });
    let partly = (0..30_u8).prop_map(|n| Reply { body: vec![0x0a, 2, 0x08, n], ..Reply::status(200) });
    prop_oneof![
        8 => answered,
        1 => partly,
        1 => proptest::sample::select(failures).prop_map(Reply::failure),
        1 => Just(Reply::never()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn ledger_balances_whatever_the_backend_answers(
        answers in proptest::collection::vec(any_reply(), 1..60),
        invocations in proptest::collection::vec(1_u32..60, 1..6),
    ) {
        let mut answers = answers.into_iter().cycle();
        simulated(async {
            let mut fixture = Fixture::new(move |_| answers.next().expect("they cycle"));
            for events in invocations {
                let done = fixture.invoke(events).await;
                assert!(done.took <= SECOND * 119 / 2, "{:?}", done.took);
                let account = &done.closed.accounts[0];
                assert!(done.closed.deliveries[0].is_ok() && account.returned.events == 0, "{account:?}");
                account.ledger.check().unwrap();
                assert_eq!(account.ledger.received().events, u64::from(events));
                let ended: u64 = account.ends.values().map(|tally| tally.events).sum();
                assert_eq!(ended, u64::from(events));
            }
        });
    }
}
