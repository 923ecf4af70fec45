//! How deliveries come in: each source with the redelivery that AWS gives it, and once more out of its dead letters.

use serde_json::{Value, json};

use super::{fixture::Fixture, plan::Source};
use crate::{
    encoding::{base64, gzip, lambda_event},
    forms,
    lambda::Lambda,
    producer::EventNumber,
    redeliver::{
        Pace,
        asynchronous::{Disposition, Queue},
        firehose, kinesis, sqs,
    },
};

/// One delivery.
pub(super) struct Delivery {
    /// Its events.
    pub(super) numbers: Vec<EventNumber>,
    /// The subscription document that holds them.
    document: Vec<u8>,
    /// The same, compressed.
    gzip: Vec<u8>,
}

/// What AWS made of the answers.
#[derive(Default)]
pub(super) struct IngestResult {
    /// Deliveries that AWS gave up: they are in a dead-letter queue, or whatever the source has.
    pub(super) given_up: Vec<usize>,
    /// Invocations beyond the ones that were needed.
    pub(super) retries: u64,
    /// What AWS would not have taken, in words.
    pub(super) violations: Vec<String>,
}

/// A shard's records come in batches of so many.
const RECORDS: usize = 3;

/// A notification tells of so many objects. S3 sends one for each; whoever passes them on puts them together.
const OBJECTS: usize = 2;

const QUEUE: sqs::Mapping = sqs::Mapping {
    batch_size: RECORDS,
    visibility_seconds: 5,
    max_receive_count: 3,
    pace: Pace { second: std::time::Duration::from_millis(1) },
    order: sqs::Order::None,
};

impl Delivery {
    pub(super) fn new((numbers, document): (Vec<EventNumber>, Vec<u8>)) -> Self {
        let gzip = gzip(&document);
        Self { numbers, document, gzip }
    }

    /// The event of a subscription.
    fn event(&self) -> Value {
        json!({"awslogs": {"data": base64(&self.gzip)}})
    }
}

/// Sends all of them, with the source's redelivery.
pub(super) fn send(
    source: Source,
    deliveries: &[Delivery],
    fixture: &Fixture,
    function: &mut Lambda,
) -> IngestResult {
    match source {
        Source::Subscription => events(deliveries.iter().map(Delivery::event), function),
        Source::Sns => events(
            deliveries.iter().map(|delivery| forms::sns_event(&delivery.event().to_string())),
            function,
        ),
        Source::S3 => notifications(deliveries, fixture, function),
        Source::Kinesis => shard(deliveries, function),
        Source::Sqs => queue(&QUEUE, deliveries, function),
        Source::SqsFifo => queue(&sqs::Mapping { order: sqs::Order::Fifo, ..QUEUE }, deliveries, function),
        Source::Firehose => stream(deliveries, function),
    }
}

/// Sends what AWS gave up as it comes out of dead-letter queues and on-failure destinations; returns what is not
/// acknowledged now either.
pub(super) fn send_again<'a>(
    source: Source,
    deliveries: impl Iterator<Item = (&'a Delivery, usize)>,
    fixture: &Fixture,
    function: &mut Lambda,
) -> Vec<usize> {
    let body = |(delivery, index): (&Delivery, usize)| match source {
        Source::Subscription => delivery.event().to_string(),
        Source::Sns => on_failure(&forms::sns_event(&delivery.event().to_string())).to_string(),
        Source::S3 => fixture.put_object(index, &delivery.gzip).to_string(),
        Source::Kinesis => {
            let event = kinesis::event(std::slice::from_ref(&delivery.gzip), 0..1);
            json!({"requestContext": {}, "version": "1.0", "KinesisBatchInfo": {}, "payload": event.to_string()})
                .to_string()
        }
        Source::Sqs | Source::SqsFifo => delivery.event().to_string(),
        Source::Firehose => String::from_utf8_lossy(&delivery.document).into_owned(),
    };
    let (indices, bodies): (Vec<_>, Vec<_>) = deliveries.map(|delivery| (delivery.1, body(delivery))).unzip();
    sqs::drain(&QUEUE, &bodies, function).dead_letters.into_iter().map(|place| indices[place]).collect()
}

/// What a function's on-failure destination gets of an asynchronous event.
fn on_failure(event: &Value) -> Value {
    json!({
        "version": "1.0", "timestamp": "2026-03-04T10:00:00.000Z",
        "requestContext": {"requestId": "0", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": event, "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
    })
}

fn events(events: impl Iterator<Item = Value>, function: &mut Lambda) -> IngestResult {
    let mut queue = Queue::new(Pace::default());
    events.for_each(|event| queue.push(event.to_string()));
    let mut ingested = IngestResult::default();
    for result in queue.drain(function) {
        ingested.retries += widen(result.attempts - 1);
        if result.disposition == Disposition::DeadLetter {
            ingested.given_up.push(result.event);
        }
    }
    ingested
}

/// An event is about several deliveries here: when it is given up, they all are.
fn notifications(deliveries: &[Delivery], fixture: &Fixture, function: &mut Lambda) -> IngestResult {
    let put = |(index, delivery): (usize, &Delivery)| {
        fixture.put_object(index, &delivery.gzip)["Records"][0].take()
    };
    let records: Vec<_> = deliveries.iter().enumerate().map(put).collect();
    let mut ingested = events(records.chunks(OBJECTS).map(|records| json!({"Records": records})), function);
    let objects = |event: usize| (event * OBJECTS..deliveries.len()).take(OBJECTS);
    ingested.given_up = ingested.given_up.into_iter().flat_map(objects).collect();
    ingested
}

fn shard(deliveries: &[Delivery], function: &mut Lambda) -> IngestResult {
    let mapping = kinesis::Mapping {
        batch_size: RECORDS,
        retries: Some(2),
        on_error: kinesis::OnError::Bisect,
        call_limit: 60,
    };
    let records: Vec<_> = deliveries.iter().map(|delivery| delivery.gzip.clone()).collect();
    let drained = kinesis::drain(&mapping, &records, function);
    let needed = records.len().div_ceil(RECORDS);
    let unprocessed = drained
        .unprocessed
        .iter()
        .map(|index| format!("record {index} is unprocessed in its shard"))
        .collect();
    IngestResult {
        given_up: drained.given_up,
        retries: widen(drained.calls.saturating_sub(needed)),
        violations: unprocessed,
    }
}

/// Half of the bodies are events, as a function's own queue has them; the others documents.
fn queue(mapping: &sqs::Mapping, deliveries: &[Delivery], function: &mut Lambda) -> IngestResult {
    let body = |(index, delivery): (usize, &Delivery)| match index % 2 {
        0 => lambda_event(&delivery.document).to_string(),
        _ => String::from_utf8_lossy(&delivery.document).into_owned(),
    };
    let bodies: Vec<_> = deliveries.iter().enumerate().map(body).collect();
    let drained = sqs::drain(mapping, &bodies, function);
    let needed = bodies.len().div_ceil(mapping.batch_size);
    let out_of_order =
        drained.out_of_order.iter().map(|index| format!("message {index} overtook one that failed"));
    IngestResult {
        retries: widen(drained.calls.saturating_sub(needed)),
        violations: out_of_order.collect(),
        given_up: drained.dead_letters,
    }
}

fn stream(deliveries: &[Delivery], function: &mut Lambda) -> IngestResult {
    let records: Vec<_> = deliveries.iter().map(|delivery| delivery.gzip.clone()).collect();
    let done = firehose::transform(&records, function);
    // A call that failed is told like an violation; only an answer that cannot be read is one.
    IngestResult { given_up: done.failed, retries: u64::from(done.calls - 1), violations: Vec::new() }
}

fn widen(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
