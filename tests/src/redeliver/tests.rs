//! Tests of each source's redelivery, with functions that fail in a defined way.

use std::{cell::Cell, time::Duration};

use serde_json::{Value, json};

use super::*;

fn ok(body: &str) -> Answer {
    Answer::Response(body.as_bytes().to_vec())
}

fn error() -> Answer {
    Answer::Error { kind: "Runtime.Error".to_owned(), body: Vec::new() }
}

fn failed(ids: &[&str]) -> Answer {
    let items: Vec<_> = ids.iter().map(|id| json!({"itemIdentifier": id})).collect();
    ok(&json!({"batchItemFailures": items}).to_string())
}

fn check_failures(answer: &Answer, expected: &Failures) {
    assert_eq!(&read_failures(answer, &["a", "b", "c"]), expected, "{answer:?}");
}

#[test]
fn empty_answers_mean_success() {
    for body in ["", "null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#] {
        check_failures(&ok(body), &Failures::None);
    }
}

#[test]
fn uninterpretable_answers_mean_that_all_items_failed() {
    for id in ["null", "\"\"", "\"d\"", "7"] {
        check_failures(
            &ok(&format!(r#"{{"batchItemFailures":[{{"itemIdentifier":{id}}}]}}"#)),
            &Failures::All,
        );
    }
    check_failures(&ok(r#"{"batchItemFailures":[{"itemIdentifer":"a"}]}"#), &Failures::All);
    check_failures(&ok("{"), &Failures::All);
    for answer in [error(), Answer::TimedOut, Answer::ProcessExited, Answer::TooLarge(7_000_000)] {
        check_failures(&answer, &Failures::All);
    }
}

#[test]
fn named_items_are_sent_again() {
    check_failures(&failed(&["c", "a", "c"]), &Failures::Some(vec![0, 2]));
}

/// Checks an asynchronous event for which the first attempts have these answers.
fn check_async(failures: &[Answer], attempts: usize, disposition: asynchronous::Disposition) {
    let mut queue = asynchronous::Queue::default();
    queue.push("{}");
    let mut ids = Vec::new();
    let results = queue.drain(&mut |id: &str, _: &[u8]| {
        ids.push(id.to_owned());
        failures.get(ids.len() - 1).cloned().unwrap_or_else(|| ok("null"))
    });
    assert_eq!(results, [asynchronous::EventResult { event: 0, attempts, disposition }]);
    ids.dedup();
    assert_eq!(ids.len(), 1, "a retry has the request id of the event");
    assert_eq!(queue.elapsed(), Duration::from_secs([0, 60, 60 + 120][attempts - 1]));
}

#[test]
fn asynchronous_event_is_attempted_at_most_three_times() {
    use asynchronous::Disposition::{Acknowledged, DeadLetter};
    check_async(&[], 1, Acknowledged);
    check_async(&[error()], 2, Acknowledged);
    check_async(&[Answer::TimedOut, Answer::ProcessExited], 3, Acknowledged);
    check_async(&[error(), error(), error()], 3, DeadLetter);
}

#[test]
fn other_asynchronous_events_are_processed_during_a_retry_delay() {
    let mut queue = asynchronous::Queue::default();
    ["bad", "good", "good"].into_iter().for_each(|event| queue.push(event));
    let is_bad = |payload: &[u8]| payload == b"bad";
    let results = queue.drain(&mut |_: &str, payload: &[u8]| if is_bad(payload) { error() } else { ok("") });
    assert_eq!(
        results.iter().map(|result| (result.event, result.attempts)).collect::<Vec<_>>(),
        [(1, 1), (2, 1), (0, 3)]
    );
}

/// Drains a shard of one-byte records: the function reports each `x` as failed and returns an error if the batch
/// contains `!`.
fn drain_shard(records: &str, mapping: &kinesis::Mapping) -> kinesis::DrainResult {
    let records: Vec<_> = records.bytes().map(|byte| vec![byte]).collect();
    let poison = |mark: u8| crate::encoding::base64(&[mark]);
    let mut function = |_: &str, payload: &[u8]| {
        let event: Value = serde_json::from_slice(payload).expect("the event is JSON");
        let records = event["Records"].as_array().expect("the event has records");
        let data = |mark: u8| records.iter().filter(move |record| record["kinesis"]["data"] == poison(mark));
        if data(b'!').next().is_some() {
            return error();
        }
        let ids: Vec<_> =
            data(b'x').filter_map(|record| record["kinesis"]["sequenceNumber"].as_str()).collect();
        failed(&ids)
    };
    kinesis::drain(mapping, &records, &mut function)
}

const SHARD: kinesis::Mapping =
    kinesis::Mapping { batch_size: 4, retries: Some(2), on_error: kinesis::OnError::Retry, call_limit: 50 };

fn check_shard(records: &str, mapping: &kinesis::Mapping, expected: (&[usize], &[usize], &[usize], usize)) {
    let drained = drain_shard(records, mapping);
    let kinesis::DrainResult { acknowledged, given_up, unprocessed, calls } = &drained;
    assert_eq!((&acknowledged[..], &given_up[..], &unprocessed[..], *calls), expected, "{records}");
}

#[test]
fn shard_is_read_in_batches() {
    check_shard("aaaaaa", &SHARD, (&[0, 1, 2, 3, 4, 5], &[], &[], 2));
}

#[test]
fn checkpoint_is_the_lowest_failed_record() {
    // One invocation, then three with the batch that starts at the poison record. The valid record after it is given
    // up too.
    check_shard("aaxa", &SHARD, (&[0, 1], &[2, 3], &[], 4));
}

#[test]
fn bisection_loses_only_the_poison_record() {
    let mapping = kinesis::Mapping { on_error: kinesis::OnError::Bisect, ..SHARD };
    check_shard("aaxa", &mapping, (&[0, 1, 3], &[2], &[], 6));
    check_shard("!aaa", &mapping, (&[1, 2, 3], &[0], &[], 7));
}

#[test]
fn poison_record_blocks_the_shard_without_a_retry_limit() {
    let mapping = kinesis::Mapping { retries: None, call_limit: 9, ..SHARD };
    check_shard("aaaa!aaa", &mapping, (&[0, 1, 2, 3], &[], &[4, 5, 6, 7], 9));
}

const QUEUE: sqs::Mapping = sqs::Mapping {
    batch_size: 10,
    visibility_timeout: Duration::from_secs(5),
    max_receive_count: 9,
    order: sqs::Order::None,
};

#[test]
fn fifo_queue_reports_messages_processed_out_of_order() {
    let mapping = sqs::Mapping { order: sqs::Order::Fifo, max_receive_count: 2, ..QUEUE };
    let mut function = |_: &str, payload: &[u8]| {
        let event: Value = serde_json::from_slice(payload).expect("the event is JSON");
        let poison = event["Records"].as_array().into_iter().flatten().find(|record| record["body"] == "x");
        poison.map_or_else(
            || ok("{}"),
            |poison| failed(&[poison["messageId"].as_str().expect("a message has an id")]),
        )
    };
    let drained = sqs::drain(&mapping, &["a", "x", "b"].map(str::to_owned), &mut function);
    assert_eq!(
        (drained.acknowledged, drained.out_of_order, drained.dead_letters),
        (vec![0, 2], vec![2], vec![1])
    );
}

#[test]
fn failed_messages_are_received_again_until_they_are_dead_letters() {
    let mapping = sqs::Mapping {
        batch_size: 2,
        visibility_timeout: Duration::from_secs(3),
        max_receive_count: 3,
        ..QUEUE
    };
    let bodies = ["a", "x", "a"].map(str::to_owned);
    let mut counts = Vec::new();
    let mut function = |_: &str, payload: &[u8]| {
        let event: Value = serde_json::from_slice(payload).expect("the event is JSON");
        let poison = event["Records"].as_array().into_iter().flatten().find(|record| record["body"] == "x");
        let Some(poison) = poison else { return ok("{}") };
        counts.push(
            poison["attributes"]["ApproximateReceiveCount"]
                .as_str()
                .expect("a message has a receive count")
                .to_owned(),
        );
        failed(&[poison["messageId"].as_str().expect("a message has an id")])
    };
    let drained = sqs::drain(&mapping, &bodies, &mut function);
    let expected = sqs::DrainResult {
        acknowledged: vec![0, 2],
        dead_letters: vec![1],
        calls: 4,
        elapsed: Duration::from_secs(9),
        ..sqs::DrainResult::default()
    };
    assert_eq!(drained, expected);
    assert_eq!(counts, ["1", "2", "3"]);
}

#[test]
fn error_returns_the_whole_batch_to_the_queue() {
    let mapping = QUEUE;
    let calls = Cell::new(0);
    let drained = sqs::drain(&mapping, &["a", "b"].map(str::to_owned), &mut |_: &str, _: &[u8]| {
        calls.set(calls.get() + 1);
        if calls.get() == 1 { Answer::TimedOut } else { ok("") }
    });
    assert_eq!((drained.acknowledged, drained.calls), (vec![0, 1], 2));
    assert_eq!(drained.elapsed, Duration::from_secs(5), "messages become visible after the timeout");
}

/// Checks a transformation of two records that is answered with these records: index, result and data.
fn check_firehose(answers: &[(usize, &str, &str)], expected: (&[usize], &[usize], &[usize], u32)) {
    let answer = |(index, result, data): &(usize, &str, &str)| json!({"recordId": firehose::record_id(*index), "result": result, "data": data});
    let body = json!({"records": answers.iter().map(answer).collect::<Vec<_>>()}).to_string();
    let records = [b"a".to_vec(), b"b".to_vec()];
    let done = firehose::transform(&records, &mut |_: &str, _: &[u8]| ok(&body));
    let passed: Vec<_> = done.ok.iter().map(|(index, _)| *index).collect();
    assert_eq!(
        (&passed[..], &done.dropped[..], &done.failed[..], done.calls),
        expected,
        "{:?}",
        done.violations
    );
}

#[test]
fn firehose_requires_each_record_once_with_a_known_result() {
    check_firehose(&[(1, "Dropped", ""), (0, "Ok", "YQ==")], (&[0], &[1], &[], 1));
    check_firehose(&[(0, "ProcessingFailed", ""), (1, "Ok", "")], (&[1], &[], &[0], 1));
    check_firehose(&[(0, "Ok", "YQ==")], (&[], &[], &[0, 1], 4));
    check_firehose(&[(0, "Ok", "YQ=="), (0, "Ok", "YQ==")], (&[], &[], &[0, 1], 4));
    check_firehose(&[(0, "Fine", "YQ=="), (1, "Ok", "YQ==")], (&[], &[], &[0, 1], 4));
    check_firehose(&[(0, "Ok", "a%=="), (1, "Ok", "YQ==")], (&[], &[], &[0, 1], 4));
}
