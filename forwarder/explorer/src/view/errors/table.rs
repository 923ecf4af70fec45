//! Table of the errors in log lines, in a compact form.

use std::{collections::HashMap, num::NonZeroU64};

use foldhash::fast::RandomState;
use tailwater_parser::UnixMillis;

use crate::{
    errors::{Certainty, ErrorForm},
    view::index::InvocationId,
};

/// Number of distinct errors that are told apart.
const MAX_FORMS: usize = 100_000;

/// Number of error lines that are kept.
const MAX_EVENTS: usize = 4_000_000;

/// Line of the log by which an error is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::view) enum ErrorSource {
    /// The REPORT of an invocation names only a type.
    Report(InvocationId),
    /// A line that tells an error.
    Line(Certainty),
}

/// Error of one log line, or of the REPORT of an invocation.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct ErrorEvent {
    pub(in crate::view) time: UnixMillis,
    /// Hash of the event id; 0 for a REPORT.
    pub(in crate::view) id: u64,
    pub(in crate::view) source: ErrorSource,
    /// Hash of the request id.
    pub(in crate::view) request: Option<NonZeroU64>,
    /// Number of the origin in the index.
    pub(in crate::view) origin: u32,
    /// Number of the log stream in the index.
    pub(in crate::view) stream: u32,
    /// Number in [`ErrorTable::forms`].
    pub(in crate::view) form: u32,
}

/// All error events of an index, and the distinct errors in them.
#[derive(Debug, Default)]
pub(in crate::view) struct ErrorTable {
    /// Ordered by time after [`ErrorTable::sort`].
    events: Vec<ErrorEvent>,
    forms: Vec<ErrorForm>,
    ids: HashMap<ErrorForm, u32, RandomState>,
    /// True if there were more than can be kept. The groups are then left out.
    is_over_limit: bool,
}

impl ErrorTable {
    pub(in crate::view) fn is_over_limit(&self) -> bool {
        self.is_over_limit
    }

    /// Returns the number of a form. Adds the form if it is new.
    pub(in crate::view) fn form_id(&mut self, form: ErrorForm) -> u32 {
        if let Some(id) = self.ids.get(&form) {
            return *id;
        }
        let id = u32::try_from(self.forms.len()).unwrap_or(u32::MAX);
        if self.forms.len() < MAX_FORMS {
            self.forms.push(form.clone());
            self.ids.insert(form, id);
        } else {
            self.is_over_limit = true;
        }
        id
    }

    pub(in crate::view) fn form(&self, id: u32) -> Option<&ErrorForm> {
        self.forms.get(usize::try_from(id).ok()?)
    }

    pub(in crate::view) fn push(&mut self, event: ErrorEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push(event);
        } else {
            self.is_over_limit = true;
        }
    }

    /// Adds the events of another table, after `translate` has replaced the numbers of origin and stream.
    pub(in crate::view) fn append(&mut self, other: Self, translate: impl Fn(&mut ErrorEvent)) {
        self.is_over_limit |= other.is_over_limit;
        let forms: Vec<u32> = other.forms.into_iter().map(|form| self.form_id(form)).collect();
        for mut event in other.events {
            translate(&mut event);
            let form = usize::try_from(event.form).ok().and_then(|at| forms.get(at));
            event.form = form.copied().unwrap_or(u32::MAX);
            self.push(event);
        }
    }

    /// Removes the events of lines, because all of them are read again.
    pub(in crate::view) fn remove_lines(&mut self) {
        self.events.retain(|event| matches!(event.source, ErrorSource::Report(_)));
    }

    /// Removes the events of these invocations, because they have changed.
    pub(in crate::view) fn remove_reports(&mut self, is_changed: impl Fn(InvocationId) -> bool) {
        self.events.retain(|event| match event.source {
            ErrorSource::Report(id) => !is_changed(id),
            ErrorSource::Line(_) => true,
        });
    }

    /// Returns a table with the events of some origins only.
    pub(in crate::view) fn only(&self, is_kept: impl Fn(u32) -> bool) -> Self {
        Self {
            events: self.events.iter().filter(|event| is_kept(event.origin)).copied().collect(),
            forms: self.forms.clone(),
            ids: self.ids.clone(),
            is_over_limit: self.is_over_limit,
        }
    }

    /// Orders the events, and drops lines that were read a second time.
    pub(in crate::view) fn sort(&mut self) {
        self.events.sort_by_key(|event| (event.time, event.id, event.stream, event.source));
        let key = |event: &ErrorEvent| match event.source {
            ErrorSource::Line(_) => Some((event.time, event.id, event.stream)),
            ErrorSource::Report(_) => None,
        };
        self.events.dedup_by(|a, b| key(a).is_some() && key(a) == key(b));
    }

    /// The events from `since` on and before `until`, in their order.
    pub(in crate::view) fn within(
        &self,
        since: Option<UnixMillis>,
        until: Option<UnixMillis>,
    ) -> &[ErrorEvent] {
        let index = |time: Option<UnixMillis>, default| {
            time.map_or(default, |time| self.events.partition_point(|event| event.time < time))
        };
        let begin = index(since, 0);
        self.events.get(begin..index(until, self.events.len()).max(begin)).unwrap_or_default()
    }
}
