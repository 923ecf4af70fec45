//! Findings about errors that a version has brought, or brought back.

use std::collections::BTreeMap;

use super::{Context, Draft, Named};
use crate::view::{
    errors::{ErrorGroup, ErrorKind},
    format::{count, plural},
    index::FunctionIdentity,
    insight::Insight,
    share::Share,
};

/// Minimum number of invocations that failed with an error.
const MIN_FAILED: u64 = 3;

/// Reports the errors that a version has brought.
pub(super) fn new_errors(insight: &Insight, _: &Context<'_>) -> Vec<Named> {
    find(insight, |group| group.new_in_version.as_deref(), "is new")
}

/// Reports the errors that a version has brought back.
pub(super) fn regressed_errors(insight: &Insight, _: &Context<'_>) -> Vec<Named> {
    find(insight, |group| group.regressed_in_version.as_deref(), "is back")
}

/// One finding for each function: its most frequent error of those that have a version, and the number of the others.
fn find(insight: &Insight, version_of: fn(&ErrorGroup) -> Option<&str>, what: &str) -> Vec<Named> {
    let mut functions: BTreeMap<&FunctionIdentity, Vec<&ErrorGroup>> = BTreeMap::new();
    for group in insight.errors.iter().flat_map(|errors| &errors.groups) {
        // Other findings report timeouts, kills, and failures without a cause.
        let is_named = matches!(group.kind, ErrorKind::Exception | ErrorKind::Init);
        if is_named && version_of(group).is_some() && group.failed_invocations >= MIN_FAILED {
            functions.entry(&group.identity).or_default().push(group);
        }
    }
    let draft = |(identity, groups): (&FunctionIdentity, Vec<&ErrorGroup>)| {
        let first = groups.first()?;
        let others = u64::try_from(groups.len()).unwrap_or(u64::MAX).saturating_sub(1);
        let others = if others > 0 { format!(", and {} more", count(others)) } else { String::new() };
        let culprit = first.culprit.as_deref().map(|culprit| format!(" in {culprit}")).unwrap_or_default();
        let text = format!(
            "{}{culprit} {what} in version {}: {} failed{others}",
            first.title,
            version_of(first)?,
            plural(first.failed_invocations, "run")
        );
        let part = groups.iter().map(|group| group.failed_invocations).sum();
        let failed = Some(Share { part, whole: insight.runs_of(identity) });
        Some((identity.function.clone(), identity.region.clone(), Draft { text, failed, ..Draft::default() }))
    };
    functions.into_iter().filter_map(draft).collect()
}
