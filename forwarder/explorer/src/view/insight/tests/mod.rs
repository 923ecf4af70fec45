//! Tests of the answers with sample invocations of known truth.

mod concurrency;
mod cost_by;
mod leaks;
mod memory;
mod order;
mod waste;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::Invocation;

use super::*;
use crate::view::{
    Catalog,
    index::InvocationIndex,
    sample::{Sample, run},
};

/// Every dimension.
const ALL: [Dimension; 4] = [Dimension::Tenant, Dimension::Version, Dimension::Function, Dimension::Day];

fn insight(runs: impl IntoIterator<Item = Invocation>) -> Insight {
    insight_with(runs, &Catalog::default())
}

fn insight_with(runs: impl IntoIterator<Item = Invocation>, catalog: &Catalog) -> Insight {
    let mut index = InvocationIndex::default();
    runs.into_iter().zip(1..).for_each(|(run, id)| index.push(id, &run));
    index.sort();
    index.insight(TimeRange::default(), catalog, &ALL).unwrap()
}

/// Catalog with the timeout and the architecture of the function `f`.
fn catalog(seconds: u64) -> Catalog {
    let configuration = serde_json::json!({
        "FunctionName": "f", "Timeout": seconds, "Architectures": ["x86_64"], "MemorySize": 1024,
        "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
    });
    Catalog::parse(&configuration.to_string()).unwrap()
}
