//! Spans of whole invocations: sent after the logs, owed as metrics are, with the same ids when they are sent again.

use std::sync::Mutex;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

use super::*;
use crate::{parking, telemetry::prometheus};

/// 2026-03-04T10:00:00Z
const START: i64 = 1_772_618_400_000;

/// Body of spans that was sent, and the status of the reply.
type Sent = (Vec<u8>, u16);

/// Forwarder of logs and traces, whose replies to spans the test makes up.
struct Spans {
    forwarder: Forwarder,
    registry: Registry,
    folder: tempfile::TempDir,
    sent: Arc<Mutex<Vec<Sent>>>,
    events: Arc<AtomicU32>,
}

impl Spans {
    fn new(reply: impl Fn(&[u8]) -> Reply + Send + 'static) -> Self {
        let (folder, registry) = (tempfile::tempdir().unwrap(), Registry::default());
        let forwarder = parking_forwarder("logs,traces", &folder, &registry);
        let mut spans = Self { forwarder, registry, folder, sent: Arc::default(), events: Arc::default() };
        spans.set_reply(reply);
        spans
    }

    fn set_reply(&mut self, reply: impl Fn(&[u8]) -> Reply + Send + 'static) {
        let (sent, events) = (Arc::clone(&self.sent), Arc::clone(&self.events));
        let client = Arc::get_mut(&mut self.forwarder.clients[0]).expect("nothing is being sent");
        client.transport = Transport::Fake(FakeTransport::new(move |body| match body.signal {
            Signal::Logs => {
                events.fetch_add(u32::try_from(body.covers.count()).unwrap(), Ordering::Relaxed);
                Reply::status(200)
            }
            Signal::Metrics => panic!("metrics are not among the signals"),
            Signal::Traces => {
                let reply = reply(&body.bytes);
                sent.lock().unwrap().push((body.bytes.to_vec(), *reply.result.as_ref().unwrap_or(&0)));
                reply
            }
        }));
    }

    /// Forwards a delivery of this many invocations, as AWS delivers it.
    async fn forward(&mut self, invocations: u32) {
        let document = document_of(invocations);
        let delivery = delivery_of(&document);
        let item = PendingDelivery::new(&delivery, &["otlp"]);
        let context = InvocationContext {
            request_id: "r",
            deadline: UnixMillis(START + MINUTE),
            now: UnixMillis(START),
        };
        let closed = self.forwarder.run(std::slice::from_ref(&item), &context).await.unwrap();
        assert!(closed.deliveries[0].is_ok());
    }

    async fn redrive(&mut self) {
        let now = START + 30 * MINUTE;
        let context = InvocationContext {
            request_id: "redrive",
            deadline: UnixMillis(now + MINUTE),
            now: UnixMillis(now),
        };
        self.forwarder.forward(br#"{"tailwater":{"redrive":{}}}"#.to_vec(), &context).await.unwrap();
    }

    /// Ids and times of the spans in accepted bodies, sorted.
    fn accepted(&self) -> Vec<(Vec<u8>, Vec<u8>, u64, u64)> {
        let sent = self.sent.lock().unwrap();
        let bodies = sent.iter().filter(|(_, status)| *status == 200);
        let requests = bodies.map(|(bytes, _)| ExportTraceServiceRequest::decode(&**bytes).unwrap());
        let scopes = requests.flat_map(|request| request.resource_spans).flat_map(|group| group.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        let mut all: Vec<_> = spans
            .map(|span| (span.trace_id, span.span_id, span.start_time_unix_nano, span.end_time_unix_nano))
            .collect();
        all.sort();
        all
    }

    fn counted(&self, metric: &str) -> u64 {
        let text = prometheus::render(&self.registry);
        let own = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(metric));
        own.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    fn headers(&self, kind: &str) -> Vec<parking::Header> {
        fn read(folder: &std::path::Path, headers: &mut Vec<parking::Header>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    read(&path, headers);
                } else if let Ok(parked) = parking::decode(&std::fs::read(&path).unwrap()) {
                    headers.push(parked.header);
                }
            }
        }
        let mut headers = Vec::new();
        read(&self.folder.path().join(kind), &mut headers);
        headers
    }
}

fn document_of(invocations: u32) -> String {
    let event = |number: u32| {
        format!(
            r#"{{"id":"{number}","timestamp":{},"message":"REPORT RequestId: {number:08x}-7d34-4a8e-a965-15ccbbb78d4c\tDuration: 84.31 ms\tBilled Duration: 85 ms\tMemory Size: 256 MB\tMax Memory Used: 91 MB\t\n"}}"#,
            START + i64::from(number)
        )
    };
    let events: Vec<_> = (0..invocations).map(event).collect();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/lambda/f","logStream":"s","subscriptionFilters":["x"],"logEvents":[{}]}}"#,
        events.join(",")
    )
}

#[test]
fn redelivery_gives_the_same_spans() {
    simulated(async {
        let mut spans = Spans::new(|_| Reply::status(200));
        spans.forward(700).await;
        let first = spans.accepted();
        assert_eq!((first.len(), spans.counted("tailwater_delivered_spans")), (700, 700));
        spans.sent.lock().unwrap().clear();
        spans.forward(700).await;
        assert_eq!(spans.accepted(), first);
        let mut other = Spans::new(|_| Reply::status(200));
        other.forward(700).await;
        assert_eq!(other.accepted(), first);
    });
}

#[test]
fn body_that_is_too_large_is_split() {
    simulated(async {
        let limit = 100_000;
        let mut spans = Spans::new(move |body| Reply::status(if body.len() > limit { 413 } else { 200 }));
        spans.forward(700).await;
        let sizes: Vec<_> = spans.sent.lock().unwrap().iter().map(|(body, _)| body.len()).collect();
        assert!(sizes[0] > limit, "{sizes:?}");
        assert_eq!(spans.accepted().len(), 700);
        assert_eq!(spans.headers("").len(), 0);
    });
}

#[test]
fn spans_that_are_not_accepted_are_parked_without_logs_and_redriven() {
    for status in [429, 503, 404] {
        simulated(async {
            let mut spans = Spans::new(move |_| Reply { retry_after: Some(600), ..Reply::status(status) });
            spans.forward(3).await;
            let events = spans.events.load(Ordering::Relaxed);
            let parked = spans.headers("parked");
            assert_eq!(parked.len(), 1, "{status}");
            assert!(
                parked[0].owes_spans && !parked[0].owes_metrics && parked[0].owed.is_empty(),
                "{parked:?}"
            );
            assert_eq!(spans.counted("tailwater_parked_spans"), 3);
            spans.set_reply(|_| Reply::status(200));
            spans.redrive().await;
            assert_eq!((spans.accepted().len(), spans.headers("parked").len()), (3, 0), "{status}");
            assert_eq!(spans.events.load(Ordering::Relaxed), events, "log events are sent again");
            let mut other = Spans::new(|_| Reply::status(200));
            other.forward(3).await;
            assert_eq!(other.accepted(), spans.accepted(), "{status}");
        });
    }
}

#[test]
fn spans_refused_in_part_are_counted_and_kept() {
    simulated(async {
        let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "no".to_owned() };
        let response = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        let mut spans = Spans::new(move |_| Reply { body: response.clone(), ..Reply::status(200) });
        spans.forward(5).await;
        let counts = ["delivered", "rejected", "parked", "lost"]
            .map(|end| spans.counted(&format!("tailwater_{end}_spans")));
        assert_eq!(counts, [3, 2, 0, 0]);
        let kept = spans.headers("rejected");
        assert!(kept[0].owes_spans, "{kept:?}");
        let error = kept[0].error.as_deref().unwrap();
        assert!(error.starts_with("2 of these spans were refused"), "{error}");
    });
}

#[test]
fn refused_spans_do_not_reject_logs() {
    simulated(async {
        let mut spans = Spans::new(|_| Reply::status(400));
        spans.forward(5).await;
        assert_eq!(spans.counted("tailwater_rejected_spans"), 5);
        assert_eq!((spans.counted("tailwater_delivered_events"), spans.headers("parked").len()), (5, 0));
    });
}
