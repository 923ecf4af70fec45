//! What Lambda is told: all went well, these items failed, or an error. Nothing here can call a failure a success.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    source::Trigger,
    tracker::{Settled, Unsettled},
};

/// Who invoked, as far as the answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invoker {
    /// CloudWatch Logs, SNS, S3, EventBridge: an error has the event sent again, twice (facts.md F.1).
    Asynchronous,
    /// A Kinesis stream.
    Kinesis(Reporting),
    /// A queue without an order.
    Sqs(Reporting),
    /// A queue with an order: nothing behind a failed message may be taken.
    SqsFifo(Reporting),
    /// A Firehose transformation.
    Firehose(Onward),
}

/// What the event source mapping makes of an answer. The event does not tell, and without `ReportBatchItemFailures` a
/// list of failures means success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporting {
    /// It reads `batchItemFailures`.
    PerItem,
    /// It knows success and error only.
    WholeBatch,
}

/// What a Firehose does with records that are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// It stores them in its own destination, too.
    Keep,
    /// They end here.
    Drop,
}

/// What becomes of answers where the event does not tell: it is configured beside the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answering {
    /// At a stream or a queue.
    pub reporting: Reporting,
    /// At a Firehose.
    pub onward: Onward,
}

impl Invoker {
    /// Who sent an event that tells `trigger`, where answers are taken as `answering` says.
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

/// One delivery of the event, in the event's order, and what came of it.
#[derive(Debug)]
pub struct Item<'e> {
    /// What AWS calls it: sequence number, message id or record id. Several deliveries of one message have the same.
    pub id: &'e str,
    /// Its base64 as it came, which Firehose wants back; anything else needs none.
    pub data: &'e str,
    /// The proof that nothing of it is owed any more, or what is.
    pub result: Result<Settled, Unsettled>,
}

/// What Lambda is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The invocation succeeded; this JSON says what did not.
    Answer(String),
    /// It failed as a whole, so that AWS sends everything again.
    Error(Returned),
}

/// The invocation's error: events are neither delivered nor parked. Says how many, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{failed} of {received} deliveries are neither delivered nor parked and have to be sent again")]
pub struct Returned {
    /// Deliveries that owe something.
    pub failed: usize,
    /// All deliveries of the event.
    pub received: usize,
}

impl Outcome {
    /// The answer to `invoker` for all deliveries of its event.
    #[must_use]
    pub fn of(invoker: Invoker, items: &[Item<'_>]) -> Self {
        let answer = match invoker {
            Invoker::Firehose(onward) => firehose(onward, items),
            Invoker::Asynchronous => none_failed(items).then(|| "null".to_owned()),
            Invoker::Kinesis(_) | Invoker::Sqs(_) | Invoker::SqsFifo(_) if none_failed(items) => {
                Some(batch(Vec::new()))
            }
            Invoker::Kinesis(Reporting::PerItem) => lowest_failed(items).map(|id| batch(vec![id])),
            Invoker::Sqs(Reporting::PerItem) => named(&failed(items)).map(batch),
            Invoker::SqsFifo(Reporting::PerItem) => named(&from_first_failed(items)).map(batch),
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

/// The ids of `items`, each once, in their order; `None` when one has none, because AWS takes an empty identifier for
/// the failure of everything at best.
fn named<'e>(items: &[&Item<'e>]) -> Option<Vec<&'e str>> {
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

/// The lowest sequence number of those that failed: Kinesis sends everything from there on again.
fn lowest_failed<'e>(items: &[Item<'e>]) -> Option<&'e str> {
    let ids = named(&failed(items))?;
    let are_numbers = ids.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    // Sequence numbers are longer than any integer type: of two, the shorter is the lower.
    let by_number = |id: &&str| {
        let digits = id.trim_start_matches('0');
        (digits.len(), digits.to_owned())
    };
    are_numbers.then(|| ids.into_iter().min_by_key(by_number)).flatten()
}

/// The answer of Kinesis and SQS (facts.md F.2, F.3).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batch<'e> {
    batch_item_failures: Vec<Failure<'e>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'e> {
    item_identifier: &'e str,
}

fn batch(ids: Vec<&str>) -> String {
    let failures = ids.into_iter().map(|item_identifier| Failure { item_identifier });
    to_json(&Batch { batch_item_failures: failures.collect() })
}

/// The answer to a Firehose transformation: one entry for each record.
#[derive(Serialize)]
struct Records<'e> {
    records: Vec<Record<'e>>,
}

#[derive(Serialize)]
struct Record<'e> {
    #[serde(rename = "recordId")]
    record_id: &'e str,
    result: &'static str,
    /// Missing where the record does not go on: it would count against the answer's 6 MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'e str>,
}

/// `None` when a record has no id to answer it by.
fn firehose(onward: Onward, items: &[Item<'_>]) -> Option<String> {
    let all: Vec<_> = items.iter().collect();
    let ids = named(&all)?;
    let mut by_id: BTreeMap<&str, Record<'_>> = BTreeMap::new();
    for item in items {
        let record = record(onward, item);
        let slot = by_id.entry(item.id).or_insert(record);
        if item.result.is_err() {
            *slot = self::record(onward, item);
        }
    }
    Some(to_json(&Records { records: ids.into_iter().filter_map(|id| by_id.remove(id)).collect() }))
}

fn record<'e>(onward: Onward, item: &Item<'e>) -> Record<'e> {
    let (result, data) = match (&item.result, onward) {
        (Ok(_), Onward::Keep) => ("Ok", Some(item.data)),
        (Ok(_), Onward::Drop) => ("Dropped", None),
        // Firehose stores what it sent in its error folder.
        (Err(_), Onward::Keep | Onward::Drop) => ("ProcessingFailed", None),
    };
    Record { record_id: item.id, result, data }
}

fn to_json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("texts and lists under names of ours")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ledger::Tally, tracker::DeliveryTracker};

    /// The fate of a delivery: settled only the way the program does it.
    fn result(is_failed: bool) -> Result<Settled, Unsettled> {
        let mut tracker = DeliveryTracker::new(1);
        tracker.begin_delivery();
        if is_failed {
            tracker.receive(Tally::new(1, 10));
        }
        tracker.close().unwrap().deliveries.remove(0)
    }

    /// Items by id, those that failed with a `!` behind it.
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
    fn the_trigger_and_the_settings_tell_who_invoked() {
        let answering = Answering { reporting: Reporting::WholeBatch, onward: Onward::Drop };
        let seen =
            [Trigger::Asynchronous, Trigger::Kinesis, Trigger::Sqs, Trigger::SqsFifo, Trigger::Firehose];
        let expected = [
            Invoker::Asynchronous,
            Invoker::Kinesis(Reporting::WholeBatch),
            Invoker::Sqs(Reporting::WholeBatch),
            Invoker::SqsFifo(Reporting::WholeBatch),
            Invoker::Firehose(Onward::Drop),
        ];
        assert_eq!(seen.map(|trigger| Invoker::of(trigger, answering)), expected);
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
    fn an_asynchronous_event_is_all_or_nothing() {
        check(Invoker::Asynchronous, &[""], "null");
        check(Invoker::Asynchronous, &["", "!", ""], &error(1, 3));
    }

    #[test]
    fn all_fine_is_an_empty_list() {
        for invoker in [KINESIS, SQS, FIFO, Invoker::Sqs(Reporting::WholeBatch)] {
            check(invoker, &["1", "2"], NONE);
            check(invoker, &[], NONE);
        }
    }

    #[test]
    fn kinesis_goes_back_to_the_lowest_that_failed() {
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
    fn sqs_gets_each_message_that_failed_once() {
        check(SQS, &["a!", "b", "c!", "a!"], &ids(&["a", "c"]));
        check(SQS, &["a", "a!"], &ids(&["a"]));
    }

    #[test]
    fn a_queue_with_an_order_gets_back_everything_behind_the_first_failure() {
        check(FIFO, &["a", "b!", "c", "d!"], &ids(&["b", "c", "d"]));
        check(FIFO, &["a", "b", "b!", "c"], &ids(&["b", "c"]));
    }

    #[test]
    fn what_has_no_name_fails_the_whole_batch() {
        for blank in ["!", " !", "\t!"] {
            check(KINESIS, &["1", blank], &error(1, 2));
            check(SQS, &["a", blank], &error(1, 2));
        }
        check(KINESIS, &["1", "x1!"], &error(1, 2));
        check(FIFO, &["a!", ""], &error(1, 2));
        check(SQS, &["", "b!"], &ids(&["b"]));
    }

    #[test]
    fn a_source_that_does_not_read_lists_gets_an_error() {
        for invoker in [Invoker::Kinesis, Invoker::Sqs, Invoker::SqsFifo] {
            check(invoker(Reporting::WholeBatch), &["1", "2!"], &error(1, 2));
        }
    }

    #[test]
    fn firehose_gets_each_record_back() {
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
