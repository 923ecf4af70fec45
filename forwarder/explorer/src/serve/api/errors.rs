//! `GET /api/v1/errors`: failed invocations and error lines, grouped by cause.

use std::cmp::Reverse;

use serde::Serialize;

use super::context::RequestContext;
use crate::{
    serve::{
        query_params::QueryParams,
        response::{self, Problem},
    },
    store::StoredInvocation,
    view::{
        errors::{ErrorGroup, ErrorKind, GroupedErrors, TIME_PARTS, Trend, VersionErrors},
        index::{FunctionFilter, FunctionIdentity, InvocationId},
    },
};

#[derive(Serialize)]
struct Errors {
    errors: Vec<Group>,
    /// Number of all groups that match, including those beyond the limit.
    total: usize,
    /// Sum of the failed invocations of all groups that match.
    failed_invocations: u64,
    /// Beginning and end of the time range that the members `over_time` divide.
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    /// True if the errors are too many to be grouped; then there are no groups.
    too_many: bool,
}

#[derive(Serialize)]
struct Group {
    id: String,
    #[serde(flatten)]
    identity: FunctionIdentity,
    kind: ErrorKind,
    r#type: Option<String>,
    title: String,
    culprit: Option<String>,
    events: u64,
    failed_invocations: u64,
    first_seen_ms: i64,
    last_seen_ms: i64,
    versions: Vec<Version>,
    new_in_version: Option<String>,
    regressed_in_version: Option<String>,
    trend: Trend,
    over_time: [u32; TIME_PARTS],
    /// Key of the latest invocation that failed with this error.
    latest: Option<String>,
    #[serde(skip)]
    latest_id: Option<InvocationId>,
}

#[derive(Serialize)]
struct Version {
    version: String,
    events: u64,
    failed_invocations: u64,
}

pub(super) fn errors(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, limit, filter) = (params.time_range()?, params.limit()?, params.function_filter());
    let found = context.snapshot().invocations.error_groups(range, context.catalog);
    let too_many = found.is_none();
    let found = found.unwrap_or_default();
    let mut groups = matching(&found, &filter);
    let (total, failed_invocations) =
        (groups.len(), groups.iter().map(|group| group.failed_invocations).sum());
    groups.truncate(limit);
    name_latest(context, &mut groups)?;
    response::to_json(&Errors {
        errors: groups,
        total,
        failed_invocations,
        from_ms: found.span.map(|(from, _)| from.0),
        to_ms: found.span.map(|(_, to)| to.0),
        too_many,
    })
}

/// The groups of these functions and this version: most failed invocations first, then most events.
fn matching(found: &GroupedErrors, filter: &FunctionFilter<'_>) -> Vec<Group> {
    let matching = found.errors.groups.iter().filter(|group| filter.matches(&group.identity));
    let mut groups: Vec<Group> = matching.filter_map(|group| Group::new(group, filter.version)).collect();
    groups.sort_by_key(|group| Reverse((group.failed_invocations, group.events)));
    groups
}

impl Group {
    /// Converts the part of a group that is of `version`; `None` if nothing is.
    fn new(group: &ErrorGroup, version: Option<&str>) -> Option<Self> {
        let is_shown = |one: &&VersionErrors| version.is_none_or(|version| version == one.version);
        let mut shown: Vec<&VersionErrors> = group.by_version.iter().filter(is_shown).collect();
        let order = |one: &&VersionErrors| group.versions.iter().position(|name| *name == one.version);
        shown.sort_by_key(order);
        let mut over_time = [0; TIME_PARTS];
        for one in &shown {
            over_time.iter_mut().zip(one.over_time).for_each(|(sum, part)| *sum += part);
        }
        let events = shown.iter().map(|one| one.events).sum();
        let failed_invocations = shown.iter().map(|one| one.failed_invocations).sum();
        let latest_id = shown.iter().filter_map(|one| one.latest).max().map(|(_, id)| id);
        let is_empty = events == 0 && failed_invocations == 0;
        (!is_empty).then(|| Self {
            id: group.id.to_string(),
            identity: group.identity.clone(),
            kind: group.kind,
            r#type: group.error_type.clone(),
            title: group.title.clone(),
            culprit: group.culprit.clone(),
            events,
            failed_invocations,
            first_seen_ms: group.first_seen.0,
            last_seen_ms: group.last_seen.0,
            versions: shown.into_iter().map(Version::new).collect(),
            new_in_version: group.new_in_version.clone(),
            regressed_in_version: group.regressed_in_version.clone(),
            trend: group.trend,
            over_time,
            latest: None,
            latest_id,
        })
    }
}

impl Version {
    fn new(errors: &VersionErrors) -> Self {
        Self {
            version: errors.version.clone(),
            events: errors.events,
            failed_invocations: errors.failed_invocations,
        }
    }
}

/// Looks up the keys of the latest invocations.
fn name_latest(context: &RequestContext<'_>, groups: &mut [Group]) -> Result<(), Problem> {
    let ids: Vec<InvocationId> = groups.iter().filter_map(|group| group.latest_id).collect();
    let found: Vec<StoredInvocation> = context.store.invocations(&ids)?;
    for group in groups {
        let latest = found.iter().find(|stored| Some(stored.id) == group.latest_id);
        group.latest = latest.map(|stored| stored.key.to_string());
    }
    Ok(())
}
