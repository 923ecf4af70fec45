//! Firehose transformation: each record must be returned with its id and a known result; failed invocations are
//! retried.

use serde_json::{Value, json};

use super::{Invoke, request_id};
use crate::{
    encoding::base64,
    runtime_api::Answer,
    sample::{ACCOUNT, REGION},
};

/// Retries of a failed invocation; after them all records count as failed.
const RETRIES: u32 = 3;

/// Result of a transformation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransformResult {
    /// Records with the result `Ok`: index, and data in base64.
    pub ok: Vec<(usize, String)>,
    /// Records with the result `Dropped`.
    pub dropped: Vec<usize>,
    /// Records with the result `ProcessingFailed`, or all if each invocation failed. Firehose writes them to the error
    /// prefix.
    pub failed: Vec<usize>,
    /// Number of invocations.
    pub calls: u32,
    /// Descriptions of the invalid answers.
    pub violations: Vec<String>,
}

/// Returns the record id that is used for the record at this index of the batch.
#[must_use]
pub fn record_id(index: usize) -> String {
    format!("4954657896578965789657896578965789657896578965000000{index:06}")
}

/// Invokes the function with these records until an invocation succeeds.
#[must_use]
pub fn transform(records: &[Vec<u8>], function: &mut impl Invoke) -> TransformResult {
    let payload = event(records).to_string();
    let mut transformed = TransformResult::default();
    while transformed.calls <= RETRIES {
        let answer = function.invoke(&request_id(4, transformed.calls), payload.as_bytes());
        transformed.calls += 1;
        match read(&answer, records.len()) {
            Ok(results) => {
                results.into_iter().enumerate().for_each(|(index, result)| transformed.add(index, result));
                return transformed;
            }
            Err(violation) => transformed.violations.push(violation),
        }
    }
    transformed.failed = (0..records.len()).collect();
    transformed
}

/// Result for one record.
enum Outcome {
    Ok(String),
    Dropped,
    Failed,
}

impl TransformResult {
    fn add(&mut self, index: usize, outcome: Outcome) {
        match outcome {
            Outcome::Ok(data) => self.ok.push((index, data)),
            Outcome::Dropped => self.dropped.push(index),
            Outcome::Failed => self.failed.push(index),
        }
    }
}

/// Returns the result of each record in the order of the batch, or the reason why Firehose rejects the answer.
fn read(answer: &Answer, records: usize) -> Result<Vec<Outcome>, String> {
    let body = answer.response().ok_or_else(|| format!("{answer:?}"))?;
    let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let answers = body["records"].as_array().ok_or("no records")?;
    if answers.len() != records {
        return Err(format!("{} records instead of {records}", answers.len()));
    }
    let outcome = |index: usize| {
        let id = record_id(index);
        let mut own = answers.iter().filter(|answer| answer["recordId"] == id.as_str());
        match (own.next(), own.next()) {
            (Some(answer), None) => read_outcome(answer),
            (None, _) => Err(format!("no answer for record {index}")),
            (Some(_), Some(_)) => Err(format!("two answers for record {index}")),
        }
    };
    (0..records).map(outcome).collect()
}

fn read_outcome(answer: &Value) -> Result<Outcome, String> {
    match answer["result"].as_str() {
        Some("Ok") => {
            let data =
                answer["data"].as_str().filter(|data| is_base64(data)).ok_or("Ok without data in base64")?;
            Ok(Outcome::Ok(data.to_owned()))
        }
        Some("Dropped") => Ok(Outcome::Dropped),
        Some("ProcessingFailed") => Ok(Outcome::Failed),
        other => Err(format!("result {other:?}")),
    }
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    text.len().is_multiple_of(4)
        && padding <= 2
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

fn event(records: &[Vec<u8>]) -> Value {
    let record = |(index, data): (usize, &Vec<u8>)| {
        json!({
            "recordId": record_id(index), "approximateArrivalTimestamp": 1_772_618_400_123_u64,
            "data": base64(data),
        })
    };
    json!({
        "invocationId": "0e1d1c3e-4f3c-4f6b-8a74-000000000000", "region": REGION,
        "deliveryStreamArn": format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/logs"),
        "records": records.iter().enumerate().map(record).collect::<Vec<_>>(),
    })
}
