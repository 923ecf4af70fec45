//! What an answer to a batch of Kinesis or SQS says has failed (`ReportBatchItemFailures`).

use serde_json::Value;

use crate::runtime_api::Answer;

/// The part of a batch that has to come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failures {
    /// All was processed.
    None,
    /// These, by their index in the batch, ascending.
    Some(Vec<usize>),
    /// Everything: the invocation failed, or its answer does not say what did.
    All,
}

/// Reads an answer for a batch of these ids.
///
/// An answer that is `null`, empty, or has no `batchItemFailures`, or an empty or null list, means success: the most
/// dangerous answer there is. An id that is empty, null, missing or not of this batch means that all has failed.
#[must_use]
pub fn read_failures(answer: &Answer, ids: &[&str]) -> Failures {
    let Some(body) = answer.response() else { return Failures::All };
    if body.trim_ascii().is_empty() {
        return Failures::None;
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Failures::All };
    match body.get("batchItemFailures") {
        None | Some(Value::Null) => Failures::None,
        Some(Value::Array(items)) => named(items, ids),
        Some(_) => Failures::All,
    }
}

fn named(items: &[Value], ids: &[&str]) -> Failures {
    let index = |item: &Value| {
        let id = item.get("itemIdentifier")?.as_str()?;
        ids.iter().position(|own| *own == id)
    };
    let Some(mut found) = items.iter().map(index).collect::<Option<Vec<_>>>() else {
        return Failures::All;
    };
    found.sort_unstable();
    found.dedup();
    if found.is_empty() { Failures::None } else { Failures::Some(found) }
}
