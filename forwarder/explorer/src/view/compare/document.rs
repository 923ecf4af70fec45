//! Reading of a side from a JSON document that an earlier run has printed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ErrorOfSide, Measures, Percentiles, Side};
use crate::view::{errors::ErrorKind, index::FunctionIdentity};

/// The members of a summary in JSON that are compared.
#[derive(Deserialize)]
struct Document {
    totals: Row,
    functions: Vec<FunctionRow>,
    insight: Option<Insight>,
}

#[derive(Deserialize)]
struct Row {
    invocations: u64,
    errors: u64,
    timeouts: u64,
    out_of_memory: u64,
    cold_starts: u64,
    duration_ms: Durations,
    cost_usd: Option<f64>,
}

#[derive(Deserialize)]
struct Durations {
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
}

#[derive(Deserialize)]
struct FunctionRow {
    function: String,
    account: Option<String>,
    region: Option<String>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(flatten)]
    row: Row,
}

#[derive(Deserialize)]
struct Insight {
    errors: Option<Errors>,
}

#[derive(Deserialize)]
struct Errors {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    function: String,
    account: Option<String>,
    region: Option<String>,
    kind: ErrorKind,
    title: String,
    culprit: Option<String>,
    events: u64,
    failed_invocations: u64,
}

impl Row {
    fn measures(&self) -> Measures {
        let Durations { p50, p95, p99, max } = self.duration_ms;
        let measures = Measures {
            invocations: self.invocations,
            errors: self.errors,
            timeouts: self.timeouts,
            out_of_memory: self.out_of_memory,
            cold_starts: self.cold_starts,
            duration_ms: Percentiles { p50, p95, p99, max },
            cost_usd: self.cost_usd,
            ..Measures::default()
        };
        measures.with_shares()
    }
}

impl Side {
    /// Reads a summary in JSON, as `tailwater replay --json` prints it.
    ///
    /// # Errors
    /// Returns the first difference from such a document.
    pub fn of_document(name: String, json: &str) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_str(json)?;
        let functions = document.functions.into_iter().map(|row| {
            let measures = row.row.measures();
            let version = row.versions.first().filter(|_| row.versions.len() == 1).cloned();
            let FunctionRow { function, account, region, .. } = row;
            (FunctionIdentity { function, account, region }, (measures, version))
        });
        let errors = document.insight.and_then(|insight| insight.errors).map(|errors| {
            let groups = errors.groups.into_iter().map(Group::error);
            groups
                .map(|error| ((error.id.clone(), error.identity.clone()), error))
                .collect::<BTreeMap<_, _>>()
        });
        Ok(Self { name, total: document.totals.measures(), functions: functions.collect(), errors })
    }
}

impl Group {
    fn error(self) -> ErrorOfSide {
        let Self { id, function, account, region, kind, title, culprit, events, failed_invocations } = self;
        let identity = FunctionIdentity { function, account, region };
        ErrorOfSide { id, identity, kind, title, culprit, events, failed_invocations }
    }
}
