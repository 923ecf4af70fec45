//! Sends deliveries through each source with AWS's redelivery, and again from dead-letter queues.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    fault_counts::CountedEvent,
    fixture::Fixture,
    plan::{Plan, Reports, Source},
};
use crate::{
    encoding::{base64, gzip, lambda_event},
    forms,
    lambda::Lambda,
    producer::EventNumber,
    redeliver::{
        Invoke, WithoutReports,
        asynchronous::{Disposition, Queue},
        firehose, kinesis, sqs,
    },
};

/// Log events that are sent as one delivery.
pub(super) struct Delivery {
    /// Numbers of the events.
    pub(super) numbers: Vec<EventNumber>,
    /// Subscription document with the events.
    document: Vec<u8>,
    /// Compressed document.
    gzip: Vec<u8>,
}

/// Result of sending all deliveries.
#[derive(Default)]
pub(super) struct IngestResult {
    /// Indices of deliveries that AWS gave up; they are in a dead-letter queue or an on-failure destination.
    pub(super) given_up: Vec<usize>,
    /// Number of invocations beyond one per batch.
    pub(super) retries: u64,
    /// Descriptions of answers that AWS would not accept.
    pub(super) violations: Vec<String>,
}

/// Number of records or messages per batch.
const RECORDS: usize = 3;

/// Number of S3 objects per notification. S3 itself sends one notification per object; services that forward
/// notifications may merge them.
const OBJECTS: usize = 2;

const QUEUE: sqs::Mapping = sqs::Mapping {
    batch_size: RECORDS,
    visibility_timeout: Duration::from_secs(5),
    max_receive_count: 3,
    order: sqs::Order::None,
};

impl Delivery {
    pub(super) fn new((numbers, document): (Vec<EventNumber>, Vec<u8>)) -> Self {
        let gzip = gzip(&document);
        Self { numbers, document, gzip }
    }

    /// Event of a subscription filter.
    fn event(&self) -> Value {
        json!({"awslogs": {"data": base64(&self.gzip)}})
    }
}

/// Sends all deliveries with the redelivery of their source.
pub(super) fn send(
    plan: &Plan,
    deliveries: &[Delivery],
    fixture: &Fixture,
    function: &mut Lambda,
) -> IngestResult {
    let is_mapped = matches!(plan.source, Source::Kinesis | Source::Sqs | Source::SqsFifo);
    if is_mapped && plan.reports == Reports::Ignored {
        fixture.fault_counts().add(CountedEvent::IgnoredReports, 1);
        return map(plan.source, deliveries, &mut WithoutReports(function));
    }
    match plan.source {
        Source::Subscription => subscribe(deliveries, function),
        Source::Sns => events(
            deliveries.iter().map(|delivery| forms::sns_event(&delivery.event().to_string())),
            function,
        ),
        Source::S3 => notifications(deliveries, fixture, function),
        Source::Kinesis | Source::Sqs | Source::SqsFifo => map(plan.source, deliveries, function),
        Source::Firehose => stream(deliveries, function),
    }
}

/// Sends deliveries as a subscription filter does.
pub(super) fn subscribe(deliveries: &[Delivery], function: &mut Lambda) -> IngestResult {
    events(deliveries.iter().map(Delivery::event), function)
}

/// Sends deliveries through an event source mapping.
fn map(source: Source, deliveries: &[Delivery], function: &mut impl Invoke) -> IngestResult {
    let fifo = sqs::Mapping { order: sqs::Order::Fifo, ..QUEUE };
    match source {
        Source::Kinesis => shard(deliveries, function),
        Source::SqsFifo => queue(&fifo, deliveries, function),
        Source::Sqs | Source::Subscription | Source::Sns | Source::Firehose | Source::S3 => {
            queue(&QUEUE, deliveries, function)
        }
    }
}

/// Sends the deliveries that AWS gave up, in the form in which dead-letter queues and on-failure destinations hold
/// them. Returns the indices of those that are not acknowledged.
pub(super) fn send_again<'a>(
    plan: &Plan,
    deliveries: impl Iterator<Item = (&'a Delivery, usize)>,
    fixture: &Fixture,
    function: &mut Lambda,
) -> Vec<usize> {
    let body = |(delivery, index): (&Delivery, usize)| match plan.source {
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
    let drained = match plan.reports {
        Reports::Read => sqs::drain(&QUEUE, &bodies, function),
        Reports::Ignored => sqs::drain(&QUEUE, &bodies, &mut WithoutReports(function)),
    };
    drained.dead_letters.into_iter().map(|place| indices[place]).collect()
}

/// Record that an on-failure destination receives for an asynchronous event.
fn on_failure(event: &Value) -> Value {
    json!({
        "version": "1.0", "timestamp": "2026-03-04T10:00:00.000Z",
        "requestContext": {"requestId": "0", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": event, "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
    })
}

fn events(events: impl Iterator<Item = Value>, function: &mut Lambda) -> IngestResult {
    let mut queue = Queue::default();
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

/// Sends notifications of several objects each. A notification that is given up gives up all of its deliveries.
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

fn shard(deliveries: &[Delivery], function: &mut impl Invoke) -> IngestResult {
    let mapping = kinesis::Mapping {
        batch_size: RECORDS,
        retries: Some(2),
        on_error: kinesis::OnError::Bisect,
        call_limit: 60,
    };
    let records: Vec<_> = deliveries.iter().map(|delivery| delivery.gzip.clone()).collect();
    let drained = kinesis::drain(&mapping, &records, function);
    let needed = records.len().div_ceil(RECORDS);
    let unprocessed =
        drained.unprocessed.iter().map(|index| format!("record {index} blocks its shard")).collect();
    IngestResult {
        given_up: drained.given_up,
        retries: widen(drained.calls.saturating_sub(needed)),
        violations: unprocessed,
    }
}

/// Sends SQS messages. Every second body is a Lambda event, as in a dead-letter queue; the other bodies are
/// subscription documents.
fn queue(mapping: &sqs::Mapping, deliveries: &[Delivery], function: &mut impl Invoke) -> IngestResult {
    let body = |(index, delivery): (usize, &Delivery)| match index % 2 {
        0 => lambda_event(&delivery.document).to_string(),
        _ => String::from_utf8_lossy(&delivery.document).into_owned(),
    };
    let bodies: Vec<_> = deliveries.iter().enumerate().map(body).collect();
    let drained = sqs::drain(mapping, &bodies, function);
    let needed = bodies.len().div_ceil(mapping.batch_size);
    let out_of_order = drained
        .out_of_order
        .iter()
        .map(|index| format!("message {index} was processed before an earlier one that failed"));
    IngestResult {
        retries: widen(drained.calls.saturating_sub(needed)),
        violations: out_of_order.collect(),
        given_up: drained.dead_letters,
    }
}

fn stream(deliveries: &[Delivery], function: &mut Lambda) -> IngestResult {
    let records: Vec<_> = deliveries.iter().map(|delivery| delivery.gzip.clone()).collect();
    let done = firehose::transform(&records, function);
    // `done.violations` also lists failed invocations, which scenarios expect; so it is not used here.
    IngestResult { given_up: done.failed, retries: u64::from(done.calls - 1), violations: Vec::new() }
}

fn widen(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
