//! Comparison of two sets of invocations: two time spans, two versions, or a run with an earlier one.

mod document;
mod selection;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tailwater_parser::{Usd, millis_f64};

pub use self::selection::Compared;
use super::{
    errors::{ErrorKind, Errors},
    index::FunctionIdentity,
    share::Share,
    summary::{BillingSummary, DurationSummary, OutcomeCounts, StartCounts, Summary},
};

/// Figures of a function, or of all functions together, that are compared. A value that is unknown is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measures {
    /// Number of invocations.
    pub invocations: u64,
    /// Number of failed invocations.
    pub errors: u64,
    /// Failed invocations in per cent.
    pub error_rate_pct: Option<f64>,
    /// Number of invocations that timed out.
    pub timeouts: u64,
    /// Number of invocations that ran out of memory.
    pub out_of_memory: u64,
    /// Number of invocations that waited for INIT.
    pub cold_starts: u64,
    /// The same in per cent.
    pub cold_start_pct: Option<f64>,
    /// Run time of the handler in milliseconds.
    pub duration_ms: Percentiles,
    /// Cost.
    pub cost_usd: Option<f64>,
    /// Cost of one invocation.
    pub cost_usd_per_invocation: Option<f64>,
}

/// Percentiles of durations in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub struct Percentiles {
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub max: Option<f64>,
}

impl Measures {
    fn of(
        invocations: u64,
        outcomes: &OutcomeCounts,
        starts: &StartCounts,
        duration: &DurationSummary,
        billing: &BillingSummary,
    ) -> Self {
        let millis = |time: Option<std::time::Duration>| time.map(millis_f64);
        let measures = Self {
            invocations,
            errors: outcomes.errors,
            timeouts: outcomes.timeouts,
            out_of_memory: outcomes.out_of_memory,
            cold_starts: starts.cold_starts,
            duration_ms: Percentiles {
                p50: millis(duration.p50),
                p95: millis(duration.p95),
                p99: millis(duration.p99),
                max: millis(duration.max),
            },
            cost_usd: billing.cost.map(Usd::dollars),
            ..Self::default()
        };
        measures.with_shares()
    }

    /// Calculates the values that follow from others.
    fn with_shares(self) -> Self {
        let percent = |part| Share { part, whole: self.invocations }.percent();
        let per_invocation = self.cost_usd.and_then(|cost| {
            let count = u32::try_from(self.invocations).map(f64::from).ok().filter(|count| *count > 0.0)?;
            Some(cost / count)
        });
        Self {
            error_rate_pct: percent(self.errors),
            cold_start_pct: percent(self.cold_starts),
            cost_usd_per_invocation: per_invocation,
            ..self
        }
    }
}

/// One of the two sets of invocations.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Name of the set, such as its time span or its version.
    pub name: String,
    /// All functions together.
    pub total: Measures,
    /// Each function, with its version if all invocations are of one.
    pub functions: BTreeMap<FunctionIdentity, (Measures, Option<String>)>,
    /// Groups of errors by id and function; `None` if they are unknown.
    pub errors: Option<BTreeMap<(String, FunctionIdentity), ErrorOfSide>>,
}

/// Group of errors, as a comparison lists it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorOfSide {
    /// Id of the group.
    pub id: String,
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Kind of the error.
    pub kind: ErrorKind,
    /// Title of the group.
    pub title: String,
    /// Innermost frame of the function's own code.
    pub culprit: Option<String>,
    /// Number of log lines.
    pub events: u64,
    /// Number of failed invocations.
    pub failed_invocations: u64,
}

impl Side {
    /// Creates the side of a summary and its errors.
    #[must_use]
    pub fn new(name: String, summary: &Summary, errors: Option<&Errors>) -> Self {
        let totals = &summary.totals;
        let functions = summary.functions.iter().map(|row| {
            let identity = FunctionIdentity {
                function: row.function.clone(),
                account: row.account.clone(),
                region: row.region.clone(),
            };
            let measures =
                Measures::of(row.invocations, &row.outcomes, &row.starts, &row.times.duration, &row.billing);
            let version = row.versions.first().filter(|_| row.versions.len() == 1).cloned();
            (identity, (measures, version))
        });
        Self {
            name,
            total: Measures::of(
                totals.invocations,
                &totals.outcomes,
                &totals.starts,
                &totals.times.duration,
                &totals.billing,
            ),
            functions: functions.collect(),
            errors: errors.map(|errors| {
                let groups = errors.groups.iter().map(|group| {
                    let error = ErrorOfSide {
                        id: group.id.to_string(),
                        identity: group.identity.clone(),
                        kind: group.kind,
                        title: group.title.clone(),
                        culprit: group.culprit.clone(),
                        events: group.events,
                        failed_invocations: group.failed_invocations,
                    };
                    ((group.id.to_string(), group.identity.clone()), error)
                });
                groups.collect()
            }),
        }
    }
}

/// Two sets of invocations beside each other: `b` is compared with `a`.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Name of the first set.
    pub a: String,
    /// Name of the second set.
    pub b: String,
    /// All functions together.
    pub total: Pair,
    /// Each function: most invocations first, then by name.
    pub functions: Vec<FunctionPair>,
    /// Groups of errors that only `b` has, most failed invocations first; `None` if those of `a` or `b` are unknown.
    pub new_errors: Option<Vec<ErrorOfSide>>,
    /// Groups of errors that only `a` has.
    pub gone_errors: Option<Vec<ErrorOfSide>>,
}

/// The same measures of both sets; `None` without invocations.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub struct Pair {
    pub a: Option<Measures>,
    pub b: Option<Measures>,
}

/// One function in both sets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionPair {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Version in the first set, if there is only one.
    pub a_version: Option<String>,
    /// Version in the second set, if there is only one.
    pub b_version: Option<String>,
    /// The measures.
    #[serde(flatten)]
    pub pair: Pair,
}

impl Comparison {
    /// Compares two sets.
    #[must_use]
    pub fn new(a: &Side, b: &Side) -> Self {
        let total = |side: &Side| Some(side.total.clone()).filter(|total| total.invocations > 0);
        let identities: BTreeSet<_> = a.functions.keys().chain(b.functions.keys()).collect();
        let mut functions: Vec<_> = identities
            .into_iter()
            .map(|identity| {
                let (a_measures, a_version) = a.functions.get(identity).cloned().unzip();
                let (b_measures, b_version) = b.functions.get(identity).cloned().unzip();
                FunctionPair {
                    identity: identity.clone(),
                    a_version: a_version.flatten(),
                    b_version: b_version.flatten(),
                    pair: Pair { a: a_measures, b: b_measures },
                }
            })
            .collect();
        functions.sort_by_key(|function| {
            let invocations = |side: &Option<Measures>| side.as_ref().map_or(0, |side| side.invocations);
            std::cmp::Reverse(invocations(&function.pair.a) + invocations(&function.pair.b))
        });
        Self {
            a: a.name.clone(),
            b: b.name.clone(),
            total: Pair { a: total(a), b: total(b) },
            functions,
            new_errors: only_in(b, a),
            gone_errors: only_in(a, b),
        }
    }
}

/// Groups of errors that `side` has and `other` has not.
fn only_in(side: &Side, other: &Side) -> Option<Vec<ErrorOfSide>> {
    let (own, others) = (side.errors.as_ref()?, other.errors.as_ref()?);
    let mut only: Vec<_> =
        own.iter().filter(|(key, _)| !others.contains_key(key)).map(|(_, error)| error.clone()).collect();
    only.sort_by_key(|error| std::cmp::Reverse((error.failed_invocations, error.events)));
    Some(only)
}
