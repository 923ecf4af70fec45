//! Partial batch responses of Kinesis and SQS (`ReportBatchItemFailures`).

use serde_json::Value;

use crate::runtime_api::Answer;

/// Part of a batch that has to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failures {
    /// Nothing: the whole batch was processed.
    None,
    /// Records or messages at these indices of the batch, ascending.
    Some(Vec<usize>),
    /// The whole batch: the invocation failed, or its answer cannot be interpreted.
    All,
}

/// Interprets the function's answer to a batch of records or messages with these ids.
///
/// AWS treats an answer that is empty, `null`, or has no `batchItemFailures` or an empty or null list as success. An
/// id that is empty, null, missing or not in the batch means that the whole batch failed.
#[must_use]
pub fn read_failures(answer: &Answer, ids: &[&str]) -> Failures {
    let Some(body) = answer.response() else { return Failures::All };
    if body.trim_ascii().is_empty() {
        return Failures::None;
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Failures::All };
    match body.get("batchItemFailures") {
        None | Some(Value::Null) => Failures::None,
        Some(Value::Array(items)) => failed_indices(items, ids),
        Some(_) => Failures::All,
    }
}

fn failed_indices(items: &[Value], ids: &[&str]) -> Failures {
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
