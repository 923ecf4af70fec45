//! Fields of the invocation that an event belongs to.

use tailwater_parser::derive::{Invocation, StartKind, Terms};

use super::{lambda::millis, name::RunField};
use crate::query::value::Value;

/// Invocation with its cost.
#[derive(Clone, Debug)]
pub(in crate::query) struct Run {
    invocation: Invocation,
    cost_usd: Option<f64>,
    /// Id of the error group, if the query needs it and the invocation failed.
    error_group: Option<String>,
}

/// Invocations of one log stream, by request id and time.
#[derive(Clone, Debug, Default)]
pub(in crate::query) struct StreamRuns {
    /// Ordered by request id, then by time.
    runs: Vec<Run>,
    /// Index of the earliest run if it is a cold start: the lines before its request id is known are its own.
    first_cold: Option<usize>,
}

impl Run {
    /// Prices an invocation.
    pub(in crate::query) fn new(
        invocation: Invocation,
        terms: &Terms<'_>,
        error_group: Option<String>,
    ) -> Self {
        let cost_usd = invocation.cost(terms).ok().map(|cost| cost.total.dollars());
        Self { invocation, cost_usd, error_group }
    }

    pub(super) fn version(&self) -> &str {
        self.invocation.origin.version()
    }

    pub(super) fn trace_id(&self) -> Option<&str> {
        self.invocation.trace_id.as_deref()
    }

    pub(super) fn read(&self, field: RunField) -> Value<'_> {
        let run = &self.invocation;
        let text = |text: &'_ Option<Box<str>>| {
            text.as_deref().map_or(Value::Missing, |text| Value::text(text.to_owned()))
        };
        let megabytes = |size: Option<tailwater_parser::MemoryMib>| {
            size.map_or(Value::Missing, |size| Value::integer(i64::from(size.0)))
        };
        match field {
            RunField::Id => super::not_empty(&run.request_id),
            RunField::Status => Value::text(run.outcome.name()),
            RunField::ErrorType => text(&run.error_type),
            RunField::ErrorGroup => self.error_group.as_deref().map_or(Value::Missing, Value::text),
            RunField::ColdStart => Value::Boolean(run.start != StartKind::Warm),
            RunField::DurationMs => millis(run.duration),
            RunField::BilledMs => millis(run.billed_duration),
            RunField::InitMs => millis(run.init_duration),
            RunField::MemoryMb => megabytes(run.memory_size),
            RunField::MaxMemoryMb => megabytes(run.max_memory_used),
            RunField::CostUsd => self.cost_usd.map_or(Value::Missing, Value::float),
            RunField::Tenant => text(&run.tenant),
        }
    }
}

impl StreamRuns {
    /// Collects the invocations of a stream.
    pub(in crate::query) fn new(mut runs: Vec<Run>) -> Self {
        runs.sort_by(|a, b| key(a).cmp(&key(b)));
        let first = runs.iter().enumerate().min_by_key(|(_, run)| run.invocation.time);
        let first_cold =
            first.filter(|(_, run)| run.invocation.start != StartKind::Warm).map(|(index, _)| index);
        Self { runs, first_cold }
    }

    pub(in crate::query) fn len(&self) -> usize {
        self.runs.len()
    }

    /// Returns the invocation that a line with this request id and time belongs to. Of several attempts it is the first
    /// that had not ended before the line.
    pub(in crate::query) fn find(&self, request_id: Option<&str>, kind: &str, time: i64) -> Option<&Run> {
        let Some(request_id) = request_id else {
            let first = self.runs.get(self.first_cold?)?;
            return (time <= first.invocation.time.0).then_some(first);
        };
        let begin = self.runs.partition_point(|run| *run.invocation.request_id < *request_id);
        let attempts = self.runs.get(begin..)?;
        let attempts = attempts.split(|run| *run.invocation.request_id != *request_id).next()?;
        let has_ended = |run: &&Run| {
            let end = run.invocation.time.0;
            end < time || (end == time && kind == "start")
        };
        let ended = attempts.iter().take_while(has_ended).count();
        attempts.get(ended).or_else(|| attempts.last())
    }
}

fn key(run: &Run) -> (&str, i64, &str) {
    (&run.invocation.request_id, run.invocation.time.0, &run.invocation.event_id)
}
