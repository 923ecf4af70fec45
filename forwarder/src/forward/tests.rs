//! Whole invocations against a backend that answers as it likes, on a clock that moves only when everybody waits: an hour
//! of failures takes a millisecond.

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
    body::{Body, RangeSet},
    deliver::sender::{
        Way,
        played::{Played, Reply},
    },
    http::Failure,
    settings::{OwnFunction, Place, Settings, Values},
    source::{Content, Delivery},
    telemetry::Registry,
};

const SECOND: Duration = Duration::from_secs(1);
/// The time of every invocation here, of which a second and a half is kept for parking.
const MINUTE: i64 = 60_000;

/// A forwarder with one collector, which takes logs and is played by a test, and a folder to park in.
struct Stage {
    forwarder: Forwarder,
    requests: Arc<AtomicU32>,
    _folder: tempfile::TempDir,
}

/// What came of one invocation.
struct Done {
    closed: Closed,
    took: Duration,
}

impl Stage {
    fn new(mut backend: impl FnMut(&Body) -> Reply + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut values = Values::new(Place::Environment);
        for (name, value) in [
            ("TAILWATER_SINKS", "otlp"),
            ("TAILWATER_SIGNALS", "logs"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
            ("TAILWATER_PARKING", &format!("file:{}", folder.path().display())),
        ] {
            values.set(name, value.to_owned());
        }
        let settings = Settings::read(&values).unwrap();
        let mut assembled = assemble(&settings, OwnFunction::default(), &Registry::default()).unwrap();
        let requests = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&requests);
        let outlet = Arc::get_mut(&mut assembled.outlets[0]).expect("nobody sends yet");
        outlet.way = Way::Played(Played::new(move |body| {
            counted.fetch_add(1, Ordering::Relaxed);
            backend(body)
        }));
        Self { forwarder: Forwarder::new(assembled), requests, _folder: folder }
    }

    /// An invocation with so many events, on the test's clock.
    async fn invoke(&mut self, events: u32) -> Done {
        let document = document(events);
        let delivery = Delivery {
            id: "".into(),
            name: "".into(),
            index: 0,
            time: None,
            content: Content::Text(document.as_str().into()),
        };
        let item = Item::of(&delivery, &["otlp"]);
        let call = Call { request_id: "r", deadline: UnixMillis(MINUTE), now: UnixMillis(0) };
        let began = Instant::now();
        let closed = self.forwarder.run(std::slice::from_ref(&item), &call).await.unwrap();
        Done { closed, took: began.elapsed() }
    }

    fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Done {
    /// How the events ended, and how many of each.
    fn ends(&self) -> String {
        assert!(self.closed.deliveries[0].is_ok(), "something is pending");
        let ends = self.closed.accounts[0].ends.iter().filter(|(_, tally)| tally.events > 0);
        let ends: Vec<_> = ends.map(|(end, tally)| format!("{} {end:?}", tally.events)).collect();
        ends.join(", ")
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

/// Does work on a clock that stands still while anything is to be done.
fn simulated<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap().block_on(work)
}

/// One invocation with so many events: how they ended, how many requests that took, and how long.
fn run(events: u32, backend: impl FnMut(&Body) -> Reply + Send + 'static) -> (String, u32, Duration) {
    simulated(async {
        let mut stage = Stage::new(backend);
        let done = stage.invoke(events).await;
        (done.ends(), stage.requests(), done.took)
    })
}

#[track_caller]
fn check(events: u32, backend: impl FnMut(&Body) -> Reply + Send + 'static, expected: &str, requests: u32) {
    let (ends, sent, _) = run(events, backend);
    assert_eq!((ends.as_str(), sent), (expected, requests));
}

/// These answers, then everything is taken.
fn first(answers: impl IntoIterator<Item = Reply>) -> impl FnMut(&Body) -> Reply {
    let mut answers: std::collections::VecDeque<_> = answers.into_iter().collect();
    move |_| answers.pop_front().unwrap_or_else(|| Reply::status(200))
}

fn holds(body: &Body, event: u32) -> bool {
    body.covers.contains_all(&RangeSet::from(event..event + 1))
}

#[test]
fn one_bad_event_of_a_thousand_costs_only_itself() {
    let bad = |body: &Body| Reply::status(if holds(body, 617) { 400 } else { 200 });
    check(1000, bad, "999 Delivered, 1 Rejected(Refused)", 21);
}

#[test]
fn a_backend_that_refuses_everything_is_found_out_and_no_event_is_rejected() {
    // The whole, halves, quarters and eighths.
    check(1000, |_| Reply::status(400), "1000 Parked(Refused)", 15);
}

#[test]
fn a_backend_that_refuses_most_gets_a_bounded_number_of_requests() {
    let taken = |body: &Body| Reply::status(if body.covers.end() <= 250 { 200 } else { 400 });
    let (ends, requests, _) = run(1000, taken);
    assert!(ends.contains("Delivered") && ends.contains("Parked(Refused)"), "{ends}");
    assert!(requests < 300, "{requests} requests");
}

#[test]
fn what_is_too_large_is_sent_in_smaller_bodies() {
    let limit = |body: &Body| Reply::status(if body.covers.count() > 100 { 413 } else { 200 });
    check(1000, limit, "1000 Delivered", 31);
}

#[test]
fn a_413_for_everything_ends() {
    check(2, |_| Reply::status(413), "2 Parked(TooLarge)", 3);
}

#[test]
fn one_429_is_waited_for_as_long_as_it_asks() {
    let busy = Reply { retry_after: Some(7), ..Reply::status(429) };
    let (ends, requests, took) = run(100, first([busy]));
    assert_eq!((ends.as_str(), requests), ("100 Delivered", 2));
    assert!((7 * SECOND..8 * SECOND).contains(&took), "{took:?}");
}

#[test]
fn a_wait_that_does_not_fit_is_not_begun() {
    let (ends, requests, took) = run(100, |_| Reply::busy(59));
    assert_eq!((ends.as_str(), requests), ("100 Parked(Busy)", 1));
    assert!(took < SECOND, "{took:?}");
}

#[test]
fn pauses_grow_between_tries() {
    let (ends, requests, took) = run(100, |_| Reply::status(502));
    // 200, 400, 800 and 1,600 ms, or half of each.
    assert_eq!((ends.as_str(), requests), ("100 Parked(Busy)", 5));
    assert!((SECOND * 3 / 2..SECOND * 7 / 2).contains(&took), "{took:?}");
}

#[test]
fn fresh_credentials_are_tried_once() {
    check(5, |_| Reply::status(401), "5 Parked(Unauthorized)", 2);
    check(5, first([Reply::status(403)]), "5 Delivered", 2);
}

#[test]
fn a_backend_that_hangs_leaves_the_reserve_alone() {
    let (ends, requests, took) = run(5, |_| Reply::never());
    assert_eq!((ends.as_str(), requests), ("5 Parked(Slow)", 5));
    assert!((40 * SECOND..SECOND * 117 / 2).contains(&took), "{took:?}");
}

#[test]
fn a_partial_success_is_not_sent_again() {
    // ExportLogsServiceResponse { partial_success: { rejected_log_records: 3 } }
    let partly = Reply { body: vec![0x0a, 2, 0x08, 3], ..Reply::status(200) };
    check(12, first([partly]), "9 Delivered, 3 Rejected(Refused)", 1);
}

#[test]
fn a_dead_backend_costs_next_to_nothing_once_its_circuit_is_open() {
    simulated(async {
        let mut stage = Stage::new(|_| Reply::never());
        assert_eq!(stage.invoke(5).await.ends(), "5 Parked(Slow)");
        let opened = stage.requests();
        for _ in 0..100 {
            let done = stage.invoke(5).await;
            assert!(done.took < 2 * SECOND, "a probe takes a second: {:?}", done.took);
            done.ends();
        }
        // Every probe that fails doubles the time to the next.
        assert!(stage.requests() - opened < 10, "{} requests", stage.requests() - opened);
    });
}

#[test]
fn a_probe_does_not_wait_however_long_it_is_asked_to() {
    simulated(async {
        let mut stage = Stage::new(|_| Reply::busy(5));
        while !stage.forwarder.outlets[0].is_open() {
            stage.invoke(5).await;
        }
        tokio::time::advance(6 * SECOND).await;
        let before = stage.requests();
        let done = stage.invoke(5).await;
        assert_eq!((done.ends().as_str(), stage.requests() - before), ("5 Parked(CircuitOpen)", 1));
        assert!(done.took < SECOND, "{:?}", done.took);
    });
}

#[test]
fn a_backend_that_is_back_is_found_out_by_one_probe() {
    simulated(async {
        let mut stage = Stage::new(first(vec![Reply::failure(Failure::ConnectionRefused); 5]));
        assert_eq!(stage.invoke(5).await.ends(), "5 Parked(Unreachable)");
        assert_eq!(stage.invoke(5).await.ends(), "5 Parked(CircuitOpen)");
        assert_eq!(stage.requests(), 5);
        tokio::time::advance(6 * SECOND).await;
        assert_eq!(stage.invoke(5).await.ends(), "5 Delivered");
    });
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let statuses = vec![200, 200, 200, 200, 400, 401, 404, 408, 413, 413, 429, 500, 502, 503];
    let answered = (proptest::sample::select(statuses), proptest::option::of(0..20_u64), 0..3_000_u64);
    let failures = vec![
        Failure::Unresolved,
        Failure::ConnectionRefused,
        Failure::Reset,
        Failure::Garbled,
        Failure::Tls,
        Failure::Redirected,
    ];
    let answered = answered.prop_map(|(status, retry_after, after)| Reply {
        after: Duration::from_millis(after),
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
    fn all_endings_together_are_what_was_received_whatever_the_backend_answers(
        answers in proptest::collection::vec(any_reply(), 1..60),
        invocations in proptest::collection::vec(1_u32..60, 1..6),
    ) {
        let mut answers = answers.into_iter().cycle();
        simulated(async {
            let mut stage = Stage::new(move |_| answers.next().expect("they cycle"));
            for events in invocations {
                let done = stage.invoke(events).await;
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
