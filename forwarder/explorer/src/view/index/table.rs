//! Table of all invocations in an index: insertion, replacement, and lookup of time ranges.

use std::{collections::HashSet, ops::Range as Indices, sync::Arc};

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Origin, UnixMillis, derive::Invocation, line::correlation::Mention};

use super::{
    compact::{CompactInvocation, Ids, InvocationId, Position},
    links::{KeptGraphs, LinkTable, NewMention},
    origins::{OriginTable, to_index},
    runs::{self, KeptErrors, KeptInsights, RunTables},
    segments::Segments,
};
use crate::{
    errors::{ErrorForm, ErrorLine},
    view::{
        catalog::Catalog,
        errors::{ErrorEvent, ErrorSource, ErrorTable},
        summary::{LedgerCounts, Summary},
    },
};

/// In-memory index of all invocations in a compact form.
#[derive(Debug, Default)]
pub struct InvocationIndex {
    /// All invocations, ordered by [`Position`].
    pub(super) invocations: Vec<CompactInvocation>,
    pub(super) origins: OriginTable,
    pub(super) tables: RunTables,
    pub(super) insights: KeptInsights,
    pub(super) kept_errors: KeptErrors,
    pub(super) errors: ErrorTable,
    pub(super) segments: Segments,
    pub(super) links: LinkTable,
    pub(super) graphs: KeptGraphs,
}

/// Invocations to insert into an [`InvocationIndex`]. They are collected first, so that the index can be read
/// meanwhile.
#[derive(Debug, Default)]
pub struct Changes {
    invocations: Vec<(InvocationId, Invocation)>,
    errors: Vec<(Arc<Origin>, ErrorLine)>,
    /// True if `errors` are those of all lines.
    has_all_errors: bool,
    mentions: Vec<NewMention>,
}

impl Changes {
    /// Adds an invocation that is new or has changed.
    pub fn push(&mut self, id: InvocationId, invocation: Invocation) {
        self.invocations.push((id, invocation));
    }

    /// Adds an error in a log line.
    pub(crate) fn push_error(&mut self, origin: &Arc<Origin>, error: ErrorLine) {
        self.errors.push((Arc::clone(origin), error));
    }

    /// Adds an id or a resource in a log line.
    pub(crate) fn push_mention(
        &mut self,
        origin: &Arc<Origin>,
        request_id: &str,
        mention: Mention,
        value: &str,
    ) {
        let (request_id, value) = (request_id.into(), value.into());
        self.mentions.push(NewMention { origin: Arc::clone(origin), request_id, mention, value });
    }

    /// Takes over the errors of `other`. `are_all` is true if they are those of all lines, not only of new ones.
    pub(crate) fn take_errors(&mut self, other: Self, are_all: bool) {
        self.errors = other.errors;
        self.has_all_errors = are_all;
    }

    /// True if there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.invocations.is_empty()
            && self.errors.is_empty()
            && !self.has_all_errors
            && self.mentions.is_empty()
    }
}

impl InvocationIndex {
    /// Creates an empty index with capacity for this number of invocations.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { invocations: Vec::with_capacity(capacity), ..Self::default() }
    }

    /// Number of invocations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.invocations.len()
    }

    /// True if the index has no invocations.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.invocations.is_empty()
    }

    /// Appends an invocation that is not in the index yet. Call [`InvocationIndex::sort`] after the last call.
    pub fn push(&mut self, id: InvocationId, invocation: &Invocation) {
        let ids = Ids {
            origin: self.origins.id(&invocation.origin),
            stream: self.tables.stream(&invocation.origin),
            tenant: self.tables.tenant(invocation.tenant.as_deref()),
            request: runs::request_hash(&invocation.request_id),
        };
        if invocation.outcome.is_failure()
            && let Some(error_type) = &invocation.error_type
        {
            let form = self.errors.form_id(ErrorForm::of_type(error_type));
            self.errors.push(ErrorEvent {
                time: invocation.time,
                id: 0,
                source: ErrorSource::Report(id),
                request: ids.request,
                origin: ids.origin,
                stream: ids.stream,
                form,
            });
        }
        let compact = CompactInvocation::new(id, &ids, invocation);
        if compact.link.is_linked() {
            self.links.name_request(&invocation.request_id);
        }
        self.invocations.push(compact);
    }

    /// Appends the error of a log line. Call [`InvocationIndex::sort`] after the last call.
    pub(crate) fn push_error(&mut self, origin: &Arc<Origin>, error: ErrorLine) {
        let form = self.errors.form_id(error.form);
        self.errors.push(ErrorEvent {
            time: error.time,
            id: error.id,
            source: ErrorSource::Line(error.certainty),
            request: error.request_id.as_deref().and_then(runs::request_hash),
            origin: self.origins.id(origin),
            stream: self.tables.stream(origin),
            form,
        });
    }

    /// Appends all invocations of another index. Call [`InvocationIndex::sort`] after the last call.
    pub fn append(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let origins: Vec<_> = other.origins.iter().map(|origin| self.origins.id(origin)).collect();
        let tables = self.tables.merge(&other.tables);
        let origin_of = |id| to_index(id).and_then(|at| origins.get(at)).copied();
        self.errors.append(other.errors, |event| {
            event.origin = origin_of(event.origin).expect("ids come from the table of their index");
            event.stream = tables.stream(event.stream);
        });
        self.links.append(other.links, &tables);
        self.invocations.extend(other.invocations.into_iter().map(|mut invocation| {
            invocation.origin_id =
                origin_of(invocation.origin_id).expect("ids come from the table of their index");
            tables.translate(&mut invocation);
            invocation
        }));
    }

    /// Sorts the invocations after calls of [`InvocationIndex::push`].
    pub fn sort(&mut self) {
        self.invocations.sort_by_key(CompactInvocation::position);
        self.errors.sort();
        self.links.sort();
        self.segments.invalidate_from(0);
        self.forget_answers();
    }

    /// Inserts new invocations, and replaces those whose id is in the index already.
    pub fn apply(&mut self, changes: &Changes) {
        let ids: HashSet<InvocationId, RandomState> = changes.invocations.iter().map(|(id, _)| *id).collect();
        let newest = self.invocations.iter().map(|invocation| invocation.id).max();
        let has_replacements = ids.iter().any(|id| Some(*id) <= newest);
        let old_len = self.invocations.len();
        let mut first_removed = old_len;
        if has_replacements {
            first_removed = self.invocations.iter().position(|old| ids.contains(&old.id)).unwrap_or(old_len);
            self.invocations.retain(|old| !ids.contains(&old.id));
            self.errors.remove_reports(|id| ids.contains(&id));
        }
        for (id, invocation) in &changes.invocations {
            self.push(*id, invocation);
        }
        self.apply_errors(changes);
        for NewMention { origin, request_id, mention, value } in &changes.mentions {
            self.push_mention(origin, request_id, *mention, value);
        }
        if !changes.mentions.is_empty() {
            self.links.sort();
        }
        let positions =
            changes.invocations.iter().map(|(id, invocation)| Position { time: invocation.time, id: *id });
        let first_inserted = positions.min().map_or(old_len, |first| {
            let sorted = self.invocations.get(..old_len.min(self.invocations.len())).unwrap_or_default();
            sorted.partition_point(|invocation| invocation.position() < first)
        });
        self.invocations.sort_by_key(CompactInvocation::position);
        self.segments.invalidate_from(first_removed.min(first_inserted));
        self.forget_answers();
    }

    fn forget_answers(&mut self) {
        self.insights.clear();
        self.kept_errors.clear();
        self.graphs.clear();
    }

    fn apply_errors(&mut self, changes: &Changes) {
        if changes.has_all_errors {
            self.errors.remove_lines();
        }
        for (origin, error) in &changes.errors {
            self.push_error(origin, error.clone());
        }
        self.errors.sort();
    }

    /// Returns the first start and the last end of all invocations; `None` if there are no invocations.
    #[must_use]
    pub fn extent(&self) -> Option<(UnixMillis, UnixMillis)> {
        let first = self.invocations.iter().take(64).map(CompactInvocation::start_time).min()?;
        Some((first, UnixMillis(self.invocations.last()?.time)))
    }

    /// Summarizes the invocations that ended in a time range.
    #[must_use]
    pub fn summary(&self, range: TimeRange, catalog: &Catalog, ledger: LedgerCounts) -> Summary {
        let view = self.segments.view(&self.invocations, &self.origins, self.indices(range));
        view.summary_of_range(range, catalog, ledger)
    }

    /// Computes the views of all segments, so that the first summary does not have to.
    pub fn fill_segments(&self) {
        self.segments.fill(&self.invocations, &self.origins);
    }

    fn indices(&self, range: TimeRange) -> Indices<usize> {
        let index_of = |time: Option<UnixMillis>, default| {
            time.map_or(default, |time| {
                self.invocations.partition_point(|invocation| invocation.time < time.0)
            })
        };
        let since = index_of(range.since, 0);
        since..index_of(range.until, self.invocations.len()).max(since)
    }

    /// The invocations that ended in a time range.
    pub(super) fn within(&self, range: TimeRange) -> &[CompactInvocation] {
        self.invocations.get(self.indices(range)).unwrap_or_default()
    }
}
