//! `replay --fail-on`: conditions under which a run ends with exit code 3, for pipelines that deploy functions.

mod evaluate;
mod grammar;
#[cfg(test)]
mod tests;

use std::{fs, path::Path};

use anyhow::Context as _;
use tailwater_forwarder::pipeline::TimeRange;

use self::evaluate::Verdict;
pub(super) use self::grammar::Conditions;
use super::stderr;
use crate::view::{
    Catalog, Summary,
    compare::{Comparison, Side},
    index::InvocationIndex,
};

/// Reads the file of `--baseline`, an earlier summary in JSON.
///
/// # Errors
/// Returns an error if the file cannot be read, or is another document.
pub(super) fn read_baseline(path: &Path) -> anyhow::Result<Side> {
    let name = format!("the baseline {}", path.display());
    let json = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let remedy = "expected the output of `tailwater replay --json`";
    Side::of_document("the baseline".to_owned(), &json)
        .with_context(|| format!("cannot use {name}: {remedy}"))
}

/// Evaluates the conditions and reports each that is met or cannot be decided on standard error. True if one is met.
///
/// With a baseline, each function is compared with the same one in it; else its latest version with the one before.
pub(super) fn is_failed(
    conditions: Option<&Conditions>,
    baseline: Option<&Side>,
    summary: &Summary,
    index: Option<&InvocationIndex>,
    catalog: &Catalog,
) -> bool {
    let Some(conditions) = conditions else { return false };
    let comparison = match (baseline, index) {
        (Some(baseline), _) => {
            let errors = summary.insight.as_ref().and_then(|insight| insight.errors.as_ref());
            Comparison::new(baseline, &Side::new("this run".to_owned(), summary, errors))
        }
        (None, Some(index)) => of_versions(index, catalog),
        (None, None) => {
            let nothing = Side { name: "the version before".to_owned(), ..Side::default() };
            Comparison::new(&nothing, &Side::new("this run".to_owned(), summary, None))
        }
    };
    let mut is_failed = false;
    for condition in &conditions.0 {
        for verdict in evaluate::evaluate(condition, &comparison) {
            match verdict {
                Verdict::Met(text) => {
                    is_failed = true;
                    stderr::log(format_args!("--fail-on {condition} is met: {text}"));
                }
                Verdict::Undecided(text) => {
                    stderr::log(format_args!("--fail-on {condition} cannot be decided: {text}"));
                }
            }
        }
    }
    is_failed
}

/// Compares the latest version of each function with the one before. An error is new if no earlier version has it.
fn of_versions(index: &InvocationIndex, catalog: &Catalog) -> Comparison {
    let ages = index.version_ages(catalog);
    let side = |name: &str, selection| {
        let part = index.only(selection);
        let summary = part.summary(TimeRange::default(), catalog, crate::view::LedgerCounts::default());
        let errors = part.error_groups(TimeRange::default(), catalog);
        Side::new(name.to_owned(), &summary, errors.as_deref().map(|found| &found.errors))
    };
    let earlier = side("the version before", &ages.earlier);
    let before = Side { errors: earlier.errors, ..side("the version before", &ages.before) };
    Comparison::new(&before, &side("the latest version", &ages.latest))
}
