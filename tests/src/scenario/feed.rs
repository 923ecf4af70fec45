//! How deliveries come in: each source with the redelivery that AWS gives it, and once more out of its dead letters.

use serde_json::{Value, json};

use super::{plan::Source, stage::Stage};
use crate::{
    forms,
    lambda::Lambda,
    pack::{base64, gzip, lambda_event},
    producer::Number,
    redeliver::{
        Pace,
        asynchronous::{Ending, Queue},
        firehose, kinesis, sqs,
    },
};

/// One delivery.
pub(super) struct Load {
    /// Its events.
    pub(super) numbers: Vec<Number>,
    /// The subscription document that holds them.
    document: Vec<u8>,
    /// The same, compressed.
    gzip: Vec<u8>,
}

/// What AWS made of the answers.
#[derive(Default)]
pub(super) struct Fed {
    /// Deliveries that AWS gave up: they are in a dead-letter queue, or whatever the source has.
    pub(super) left: Vec<usize>,
    /// Invocations beyond the ones that were needed.
    pub(super) retries: u64,
    /// What AWS would not have taken, in words.
    pub(super) offences: Vec<String>,
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

impl Load {
    pub(super) fn new((numbers, document): (Vec<Number>, Vec<u8>)) -> Self {
        let gzip = gzip(&document);
        Self { numbers, document, gzip }
    }

    /// The event of a subscription.
    fn event(&self) -> Value {
        json!({"awslogs": {"data": base64(&self.gzip)}})
    }
}

/// Sends all of them, with the source's redelivery.
pub(super) fn send(source: Source, loads: &[Load], stage: &Stage, function: &mut Lambda) -> Fed {
    match source {
        Source::Subscription => events(loads.iter().map(Load::event), function),
        Source::Sns => events(loads.iter().map(|load| forms::sns_event(&load.event().to_string())), function),
        Source::S3 => notifications(loads, stage, function),
        Source::Kinesis => shard(loads, function),
        Source::Sqs => queue(&QUEUE, loads, function),
        Source::SqsFifo => queue(&sqs::Mapping { order: sqs::Order::Fifo, ..QUEUE }, loads, function),
        Source::Firehose => stream(loads, function),
    }
}

/// Sends what AWS gave up as it comes out of dead-letter queues and on-failure destinations; returns what is not
/// acknowledged now either.
pub(super) fn send_again<'a>(
    source: Source,
    loads: impl Iterator<Item = (&'a Load, usize)>,
    stage: &Stage,
    function: &mut Lambda,
) -> Vec<usize> {
    let body = |(load, index): (&Load, usize)| match source {
        Source::Subscription => load.event().to_string(),
        Source::Sns => on_failure(&forms::sns_event(&load.event().to_string())).to_string(),
        Source::S3 => stage.put_object(index, &load.gzip).to_string(),
        Source::Kinesis => {
            let event = kinesis::event(std::slice::from_ref(&load.gzip), 0..1);
            json!({"requestContext": {}, "version": "1.0", "KinesisBatchInfo": {}, "payload": event.to_string()})
                .to_string()
        }
        Source::Sqs | Source::SqsFifo => load.event().to_string(),
        Source::Firehose => String::from_utf8_lossy(&load.document).into_owned(),
    };
    let (indices, bodies): (Vec<_>, Vec<_>) = loads.map(|load| (load.1, body(load))).unzip();
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

fn events(events: impl Iterator<Item = Value>, function: &mut Lambda) -> Fed {
    let mut queue = Queue::new(Pace::default());
    events.for_each(|event| queue.push(event.to_string()));
    let mut fed = Fed::default();
    for fate in queue.drain(function) {
        fed.retries += widen(fate.tries - 1);
        if fate.ending == Ending::DeadLetter {
            fed.left.push(fate.event);
        }
    }
    fed
}

/// An event is about several deliveries here: when it is given up, they all are.
fn notifications(loads: &[Load], stage: &Stage, function: &mut Lambda) -> Fed {
    let put = |(index, load): (usize, &Load)| stage.put_object(index, &load.gzip)["Records"][0].take();
    let records: Vec<_> = loads.iter().enumerate().map(put).collect();
    let mut fed = events(records.chunks(OBJECTS).map(|records| json!({"Records": records})), function);
    let objects = |event: usize| (event * OBJECTS..loads.len()).take(OBJECTS);
    fed.left = fed.left.into_iter().flat_map(objects).collect();
    fed
}

fn shard(loads: &[Load], function: &mut Lambda) -> Fed {
    let mapping = kinesis::Mapping {
        batch_size: RECORDS,
        retries: Some(2),
        on_error: kinesis::OnError::Bisect,
        call_limit: 60,
    };
    let records: Vec<_> = loads.iter().map(|load| load.gzip.clone()).collect();
    let drained = kinesis::drain(&mapping, &records, function);
    let needed = records.len().div_ceil(RECORDS);
    let stuck = drained.stuck.iter().map(|index| format!("record {index} is stuck in its shard")).collect();
    Fed { left: drained.given_up, retries: widen(drained.calls.saturating_sub(needed)), offences: stuck }
}

/// Half of the bodies are events, as a function's own queue has them; the others documents.
fn queue(mapping: &sqs::Mapping, loads: &[Load], function: &mut Lambda) -> Fed {
    let body = |(index, load): (usize, &Load)| match index % 2 {
        0 => lambda_event(&load.document).to_string(),
        _ => String::from_utf8_lossy(&load.document).into_owned(),
    };
    let bodies: Vec<_> = loads.iter().enumerate().map(body).collect();
    let drained = sqs::drain(mapping, &bodies, function);
    let needed = bodies.len().div_ceil(mapping.batch_size);
    let overtaken = drained.overtaken.iter().map(|index| format!("message {index} overtook one that failed"));
    Fed {
        retries: widen(drained.calls.saturating_sub(needed)),
        offences: overtaken.collect(),
        left: drained.dead_letters,
    }
}

fn stream(loads: &[Load], function: &mut Lambda) -> Fed {
    let records: Vec<_> = loads.iter().map(|load| load.gzip.clone()).collect();
    let done = firehose::transform(&records, function);
    // A call that failed is told like an offence; only an answer that cannot be read is one.
    Fed { left: done.failed, retries: u64::from(done.calls - 1), offences: Vec::new() }
}

fn widen(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
