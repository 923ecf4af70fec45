//! Answer to Lambda: success, a list of failed items, or an error. Success requires a proof for each delivery,
//! [`Settled`].

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    source::Trigger,
    tracker::{Settled, Unsettled},
};

/// Event source that invoked the function, together with the settings that the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invoker {
    /// CloudWatch Logs, SNS, S3, EventBridge: after an error AWS sends the event again, up to twice.
    Asynchronous,
    /// Kinesis data stream.
    Kinesis(Reporting),
    /// Standard queue of SQS.
    Sqs(Reporting),
    /// FIFO queue of SQS: no message after a failed one may be acknowledged.
    SqsFifo(Reporting),
    /// Firehose data transformation.
    Firehose(Onward),
}

/// Way in which an event source mapping learns about failures. It is a setting, since the event does not tell it.
/// Without `ReportBatchItemFailures` AWS treats a list of failures as success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporting {
    /// The mapping reads the list `batchItemFailures` in the answer.
    PerItem,
    /// The mapping distinguishes only success and error of the whole invocation.
    WholeBatch,
}

/// Result that a Firehose transformation returns for records of which nothing is pending: each event has a final state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// `Ok`: Firehose also delivers the records to its own destination.
    Keep,
    /// `Dropped`: Firehose does not deliver the records.
    Drop,
}

/// Settings that determine the answers to event sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answering {
    /// Way in which streams and queues learn about failures.
    pub reporting: Reporting,
    /// Result that Firehose transformations return for records that are done with.
    pub onward: Onward,
}

impl Invoker {
    /// Combines the trigger of an event with the settings for its answer.
    #[must_use]
    pub fn of(trigger: Trigger, answering: Answering) -> Self {
        match trigger {
            Trigger::Asynchronous => Self::Asynchronous,
            Trigger::Kinesis => Self::Kinesis(answering.reporting),
            Trigger::Sqs => Self::Sqs(answering.reporting),
            Trigger::SqsFifo => Self::SqsFifo(answering.reporting),
            Trigger::Firehose => Self::Firehose(answering.onward),
        }
    }
}

/// Delivery of a Lambda event, with its result.
#[derive(Debug)]
pub struct Item<'e> {
    /// Id of the record or message: sequence number, message id or record id. Several deliveries in one message have
    /// the same id.
    pub id: &'e str,
    /// Base64 of the record, which the answer to Firehose contains again; empty for other event sources.
    pub data: &'e str,
    /// Proof that no events or metrics of the delivery are pending, or an error if some are.
    pub result: Result<Settled, Unsettled>,
}

/// Answer to Lambda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The invocation succeeds with this JSON text, which may list failed items.
    Answer(String),
    /// The invocation fails, so that AWS sends the whole event again.
    Error(Returned),
}

/// Error of an invocation with deliveries that AWS has to send again, since some of their events or metrics are
/// pending. It contains numbers, never content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{failed} of {received} deliveries are neither delivered nor parked and have to be sent again")]
pub struct Returned {
    /// Number of deliveries with pending events or metrics.
    pub failed: usize,
    /// Number of deliveries in the event.
    pub received: usize,
}

impl Outcome {
    /// Builds the answer to `invoker` from the results of all deliveries in its event, in the order of the event.
    #[must_use]
    pub fn of(invoker: Invoker, items: &[Item<'_>]) -> Self {
        let answer = match invoker {
            Invoker::Firehose(onward) => firehose_answer(onward, items),
            Invoker::Asynchronous => none_failed(items).then(|| "null".to_owned()),
            Invoker::Kinesis(_) | Invoker::Sqs(_) | Invoker::SqsFifo(_) if none_failed(items) => {
                Some(batch_answer(Vec::new()))
            }
            Invoker::Kinesis(Reporting::PerItem) => lowest_failed(items).map(|id| batch_answer(vec![id])),
            Invoker::Sqs(Reporting::PerItem) => unique_ids(&failed(items)).map(batch_answer),
            Invoker::SqsFifo(Reporting::PerItem) => unique_ids(&from_first_failed(items)).map(batch_answer),
            Invoker::Kinesis(Reporting::WholeBatch)
            | Invoker::Sqs(Reporting::WholeBatch)
            | Invoker::SqsFifo(Reporting::WholeBatch) => None,
        };
        answer.map_or_else(|| Self::Error(Returned::of(items)), Self::Answer)
    }
}

impl Returned {
    fn of(items: &[Item<'_>]) -> Self {
        Self { failed: failed(items).len(), received: items.len() }
    }
}

fn none_failed(items: &[Item<'_>]) -> bool {
    items.iter().all(|item| item.result.is_ok())
}

fn failed<'i, 'e>(items: &'i [Item<'e>]) -> Vec<&'i Item<'e>> {
    items.iter().filter(|item| item.result.is_err()).collect()
}

fn from_first_failed<'i, 'e>(items: &'i [Item<'e>]) -> Vec<&'i Item<'e>> {
    items.iter().skip_while(|item| item.result.is_ok()).collect()
}

/// Returns the ids of `items`, each once, in their order. `None` if an id is empty: depending on the event source, AWS
/// treats an empty identifier as a failure of the whole batch or as success.
fn unique_ids<'e>(items: &[&Item<'e>]) -> Option<Vec<&'e str>> {
    let mut ids: Vec<&str> = Vec::with_capacity(items.len());
    let mut seen = BTreeMap::new();
    for item in items {
        let id = Some(item.id).filter(|id| !id.trim().is_empty())?;
        if seen.insert(id, ()).is_none() {
            ids.push(id);
        }
    }
    Some(ids)
}

/// Returns the lowest sequence number among the failed records, from which on Kinesis sends the stream again.
fn lowest_failed<'e>(items: &[Item<'e>]) -> Option<&'e str> {
    let ids = unique_ids(&failed(items))?;
    let are_numbers = ids.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    // Sequence numbers exceed every integer type, so they are compared by length first.
    let by_number = |id: &&str| {
        let digits = id.trim_start_matches('0');
        (digits.len(), digits.to_owned())
    };
    are_numbers.then(|| ids.into_iter().min_by_key(by_number)).flatten()
}

/// Answer to Kinesis and SQS.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchAnswer<'e> {
    batch_item_failures: Vec<ItemFailure<'e>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure<'e> {
    item_identifier: &'e str,
}

fn batch_answer(ids: Vec<&str>) -> String {
    let failures = ids.into_iter().map(|item_identifier| ItemFailure { item_identifier });
    to_json(&BatchAnswer { batch_item_failures: failures.collect() })
}

/// Answer to a Firehose transformation: one entry for each record.
#[derive(Serialize)]
struct FirehoseAnswer<'e> {
    records: Vec<FirehoseRecord<'e>>,
}

#[derive(Serialize)]
struct FirehoseRecord<'e> {
    #[serde(rename = "recordId")]
    record_id: &'e str,
    result: &'static str,
    /// Data of the record, only if Firehose has to deliver it: the answer is limited to 6 MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'e str>,
}

/// Builds the answer to a Firehose transformation; `None` if a record has no id.
fn firehose_answer(onward: Onward, items: &[Item<'_>]) -> Option<String> {
    let all: Vec<_> = items.iter().collect();
    let ids = unique_ids(&all)?;
    let mut by_id: BTreeMap<&str, FirehoseRecord<'_>> = BTreeMap::new();
    for item in items {
        let record = by_id.entry(item.id).or_insert_with(|| firehose_record(onward, item));
        if item.result.is_err() {
            *record = firehose_record(onward, item);
        }
    }
    Some(to_json(&FirehoseAnswer { records: ids.into_iter().filter_map(|id| by_id.remove(id)).collect() }))
}

fn firehose_record<'e>(onward: Onward, item: &Item<'e>) -> FirehoseRecord<'e> {
    let (result, data) = match (&item.result, onward) {
        (Ok(_), Onward::Keep) => ("Ok", Some(item.data)),
        (Ok(_), Onward::Drop) => ("Dropped", None),
        // Firehose stores the record as it sent it in its error folder.
        (Err(_), Onward::Keep | Onward::Drop) => ("ProcessingFailed", None),
    };
    FirehoseRecord { record_id: item.id, result, data }
}

fn to_json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("a struct of strings and lists can be serialized")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ledger::Tally, tracker::DeliveryTracker};

    /// Returns the result of a delivery, from a tracker.
    fn result(is_failed: bool) -> Result<Settled, Unsettled> {
        let mut tracker = DeliveryTracker::new(1);
        tracker.begin_delivery();
        if is_failed {
            tracker.receive(Tally::new(1, 10));
        }
        tracker.close().unwrap().deliveries.remove(0)
    }

    /// Checks the answer for items with these ids; those that end with `!` failed.
    fn check(invoker: Invoker, items: &[&str], expected: &str) {
        let item = |text: &&'static str| -> Item<'static> {
            let is_failed = text.ends_with('!');
            Item { id: text.trim_end_matches('!'), data: "SGk=", result: result(is_failed) }
        };
        let statics: Vec<&'static str> =
            items.iter().map(|text| &*Box::leak(text.to_string().into_boxed_str())).collect();
        let items: Vec<_> = statics.iter().map(item).collect();
        let outcome = match Outcome::of(invoker, &items) {
            Outcome::Answer(json) => json,
            Outcome::Error(error) => format!("error: {error}"),
        };
        assert_eq!(outcome, expected, "{invoker:?} {statics:?}");
    }

    #[test]
    fn invoker_combines_trigger_and_settings() {
        let answering = Answering { reporting: Reporting::WholeBatch, onward: Onward::Drop };
        let triggers =
            [Trigger::Asynchronous, Trigger::Kinesis, Trigger::Sqs, Trigger::SqsFifo, Trigger::Firehose];
        let expected = [
            Invoker::Asynchronous,
            Invoker::Kinesis(Reporting::WholeBatch),
            Invoker::Sqs(Reporting::WholeBatch),
            Invoker::SqsFifo(Reporting::WholeBatch),
            Invoker::Firehose(Onward::Drop),
        ];
        assert_eq!(triggers.map(|trigger| Invoker::of(trigger, answering)), expected);
    }

    const KINESIS: Invoker = Invoker::Kinesis(Reporting::PerItem);
    const SQS: Invoker = Invoker::Sqs(Reporting::PerItem);
    const FIFO: Invoker = Invoker::SqsFifo(Reporting::PerItem);
    const NONE: &str = r#"{"batchItemFailures":[]}"#;

    fn ids(ids: &[&str]) -> String {
        let list: Vec<_> = ids.iter().map(|id| format!(r#"{{"itemIdentifier":"{id}"}}"#)).collect();
        format!(r#"{{"batchItemFailures":[{}]}}"#, list.join(","))
    }

    fn error(failed: usize, received: usize) -> String {
        format!(
            "error: {failed} of {received} deliveries are neither delivered nor parked and have to be sent again"
        )
    }

    #[test]
    fn asynchronous_event_fails_as_a_whole() {
        check(Invoker::Asynchronous, &[""], "null");
        check(Invoker::Asynchronous, &["", "!", ""], &error(1, 3));
    }

    #[test]
    fn success_is_an_empty_list() {
        for invoker in [KINESIS, SQS, FIFO, Invoker::Sqs(Reporting::WholeBatch)] {
            check(invoker, &["1", "2"], NONE);
            check(invoker, &[], NONE);
        }
    }

    #[test]
    fn kinesis_gets_the_lowest_failed_sequence_number() {
        check(KINESIS, &["9", "10!", "11!"], &ids(&["10"]));
        check(KINESIS, &["100!", "99!", "0098"], &ids(&["99"]));
        let long = ["49590338271490256608559692540925702759324208523137515618", "9!"];
        check(KINESIS, &long, &ids(&["9"]));
        let both = [
            "49590338271490256608559692540925702759324208523137515619!",
            "49590338271490256608559692540925702759324208523137515618!",
        ];
        check(KINESIS, &both, &ids(&["49590338271490256608559692540925702759324208523137515618"]));
    }

    #[test]
    fn sqs_gets_each_failed_message_once() {
        check(SQS, &["a!", "b", "c!", "a!"], &ids(&["a", "c"]));
        check(SQS, &["a", "a!"], &ids(&["a"]));
    }

    #[test]
    fn fifo_queue_gets_all_messages_from_the_first_failed_one() {
        check(FIFO, &["a", "b!", "c", "d!"], &ids(&["b", "c", "d"]));
        check(FIFO, &["a", "b", "b!", "c"], &ids(&["b", "c"]));
    }

    #[test]
    fn failed_item_without_id_fails_the_whole_batch() {
        for blank in ["!", " !", "\t!"] {
            check(KINESIS, &["1", blank], &error(1, 2));
            check(SQS, &["a", blank], &error(1, 2));
        }
        check(KINESIS, &["1", "x1!"], &error(1, 2));
        check(FIFO, &["a!", ""], &error(1, 2));
        check(SQS, &["", "b!"], &ids(&["b"]));
    }

    #[test]
    fn mapping_without_failure_lists_gets_an_error() {
        for invoker in [Invoker::Kinesis, Invoker::Sqs, Invoker::SqsFifo] {
            check(invoker(Reporting::WholeBatch), &["1", "2!"], &error(1, 2));
        }
    }

    #[test]
    fn firehose_gets_a_result_for_each_record() {
        check(
            Invoker::Firehose(Onward::Keep),
            &["r1", "r2!"],
            r#"{"records":[{"recordId":"r1","result":"Ok","data":"SGk="},{"recordId":"r2","result":"ProcessingFailed"}]}"#,
        );
        check(
            Invoker::Firehose(Onward::Drop),
            &["r1", "r1!", "r2", "r3!", "r3"],
            r#"{"records":[{"recordId":"r1","result":"ProcessingFailed"},{"recordId":"r2","result":"Dropped"},{"recordId":"r3","result":"ProcessingFailed"}]}"#,
        );
        check(Invoker::Firehose(Onward::Keep), &["r1", ""], &error(0, 2));
    }

    #[test]
    fn identifiers_are_escaped() {
        check(SQS, &["a\"b!"], &ids(&[r#"a\"b"#]));
    }
}
