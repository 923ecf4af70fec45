//! Ids of the groups of single invocations, for queries.

use std::num::NonZeroU64;

use tailwater_parser::{
    UnixMillis,
    derive::{Invocation, Outcome},
};

use super::{
    assign::{Event, FailedRun, assign},
    table::ErrorSource,
};
use crate::{
    errors::{ErrorForm, ErrorLine},
    view::index::request_hash,
};

/// Invocation of a log stream.
struct StreamRun<'i>(&'i Invocation);

impl FailedRun for StreamRun<'_> {
    fn begin(&self) -> UnixMillis {
        let init = self.0.init_duration.or(self.0.restore_duration).unwrap_or_default();
        self.0.time.before(self.0.duration.unwrap_or_default().saturating_add(init))
    }

    fn end(&self) -> UnixMillis {
        self.0.time
    }

    fn stream(&self) -> Option<u32> {
        Some(0)
    }

    fn request(&self) -> Option<NonZeroU64> {
        request_hash(&self.0.request_id)
    }

    fn outcome(&self) -> Outcome {
        self.0.outcome
    }
}

/// Returns the ids of the groups of the failed invocations of one log stream, each with the index of its invocation.
/// `lines` are all errors in the lines of the stream.
pub(crate) fn error_groups_of_stream(
    invocations: &[Invocation],
    lines: &[ErrorLine],
) -> Vec<(usize, String)> {
    let mut order: Vec<usize> = (0..invocations.len()).collect();
    order.sort_by_key(|at| invocations.get(*at).map(|invocation| (invocation.time, &invocation.event_id)));
    let ordered: Vec<&Invocation> = order.iter().filter_map(|at| invocations.get(*at)).collect();
    let reported = |invocation: &&Invocation| {
        let error_type = invocation.error_type.as_deref().filter(|_| invocation.outcome.is_failure())?;
        Some((invocation.time, request_hash(&invocation.request_id), ErrorForm::of_type(error_type)))
    };
    let reports: Vec<_> = ordered.iter().filter_map(reported).collect();
    let stream = Some(0);
    let mut events: Vec<(u64, Event<'_>)> = Vec::new();
    events.extend(reports.iter().map(|(time, request, form)| {
        (0, Event { time: *time, stream, request: *request, source: ErrorSource::Report(0), form })
    }));
    events.extend(lines.iter().map(|line| {
        let request = line.request_id.as_deref().and_then(request_hash);
        (
            line.id,
            Event {
                time: line.time,
                stream,
                request,
                source: ErrorSource::Line(line.certainty),
                form: &line.form,
            },
        )
    }));
    events.sort_by_key(|(id, event)| (event.time, *id));
    let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
    let runs: Vec<_> = ordered.iter().map(|invocation| StreamRun(invocation)).collect();
    let id_of = |(run, key, _): (usize, super::GroupKey, Option<usize>)| {
        let function = ordered.get(run)?.origin.listed_name();
        Some((*order.get(run)?, key.id(function).to_string()))
    };
    assign(&runs, &events).runs.into_iter().filter_map(id_of).collect()
}
