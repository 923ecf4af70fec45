//! Sampling by request: finds the requests of a delivery that can be sampled, and decides about each.
//!
//! A request can be sampled away if its START and its REPORT are in the same delivery. A [`Sampler`] reads the whole
//! delivery first; the [`SamplePlan`] it makes then decides about each event in a second pass. The decision depends on
//! nothing but the request id, so that it is the same everywhere and if the delivery is read again.

use std::{collections::HashMap, time::Duration};

use foldhash::fast::FixedState;
use tailwater_parser::{
    Line,
    line::{App, Emf, Report, Status},
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{
    Rules,
    rule::{Action, RuleIdx, SampleRule},
};

type Map<V> = HashMap<u64, V, FixedState>;

/// First pass over a delivery: collects the facts about its requests.
#[derive(Debug, Default)]
pub struct Sampler {
    /// Runs of each request in a stream, in order. An asynchronous retry is another run with the same request id.
    requests: Map<Vec<Run>>,
    streams: Map<Stream>,
}

/// Facts about the requests of a delivery, for the second pass over it.
#[derive(Debug, Default)]
pub struct SamplePlan {
    requests: Map<Vec<Run>>,
    /// Run that each request is in.
    cursors: Map<Cursor>,
}

/// Decision of a sample rule about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// The request of the event is sampled away.
    Away,
    /// The event is delivered, and stands for this many requests: 1 if it is kept for what it is, such as failed.
    Kept {
        /// Number of requests that this one stands for.
        one_in: u32,
    },
}

/// Facts about one run of a request in a delivery.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    has_start: bool,
    has_report: bool,
    has_failed: bool,
    /// True after an initialization or a restore.
    is_cold: bool,
    duration: Option<Duration>,
}

/// State of a log stream in the first pass.
#[derive(Debug, Default)]
struct Stream {
    /// Requests that began and have no REPORT yet.
    open: Vec<u64>,
    /// True if the environment was restored and no request began since.
    is_restored: bool,
}

/// Position in the runs of a request.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    run: usize,
    has_start: bool,
    has_report: bool,
}

impl Run {
    /// True if the run can be sampled away.
    fn is_eligible(&self) -> bool {
        self.has_start && self.has_report
    }
}

impl Sampler {
    /// Begins a delivery.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads an event in the first pass. `stream` identifies its log stream within the delivery, `request_id` is that of
    /// the record.
    pub fn observe(&mut self, stream: u64, request_id: Option<&str>, line: &Line<'_>) {
        let key = request_id.map(|id| key(stream, id));
        match line {
            Line::Start(_) => self.start(stream, key),
            Line::Report(report) => self.report(stream, key, report),
            Line::RuntimeDone(done) if is_failure(done.status) => self.fail(stream, key),
            Line::Fault(_) => self.fail(stream, key),
            Line::App(App { failure: Some(_), .. })
            | Line::Emf(Emf { app: App { failure: Some(_), .. }, .. }) => {
                self.fail(stream, key);
            }
            Line::RestoreStart(_) | Line::RestoreReport(_) | Line::RestoreRuntimeDone(_) => {
                self.streams.entry(stream).or_default().is_restored = true;
            }
            Line::App(_)
            | Line::Emf(_)
            | Line::RuntimeDone(_)
            | Line::InitStart(_)
            | Line::InitReport(_)
            | Line::InitRuntimeDone(_)
            | Line::End(_)
            | Line::Extension(_)
            | Line::Subscription(_)
            | Line::LogsDropped(_)
            | Line::OtherPlatform(_) => {}
        }
    }

    fn start(&mut self, stream: u64, key: Option<u64>) {
        let Some(key) = key else { return };
        let state = self.streams.entry(stream).or_default();
        state.open.push(key);
        let is_cold = std::mem::take(&mut state.is_restored);
        let runs = self.requests.entry(key).or_default();
        match runs.last_mut().filter(|run| !run.has_start && !run.has_report) {
            Some(run) => (run.has_start, run.is_cold) = (true, is_cold),
            None => runs.push(Run { has_start: true, is_cold, ..Run::default() }),
        }
    }

    fn report(&mut self, stream: u64, key: Option<u64>, report: &Report<'_>) {
        let Some(key) = key else { return };
        self.streams.entry(stream).or_default().open.retain(|open| *open != key);
        let runs = self.requests.entry(key).or_default();
        if runs.last().is_none_or(|run| run.has_report) {
            runs.push(Run::default());
        }
        if let Some(run) = runs.last_mut() {
            run.has_report = true;
            run.has_failed |= is_failure(report.status) || report.error_type.is_some();
            run.is_cold |= report.init_duration.is_some() || report.restore_duration.is_some();
            run.duration = report.duration;
        }
    }

    /// Records a failure: of the request, or if the line names none, of all that are running in the stream.
    fn fail(&mut self, stream: u64, key: Option<u64>) {
        match key {
            Some(key) => {
                let runs = self.requests.entry(key).or_default();
                if runs.is_empty() {
                    runs.push(Run::default());
                }
                if let Some(run) = runs.last_mut() {
                    run.has_failed = true;
                }
            }
            None => {
                let open = self.streams.get(&stream).into_iter().flat_map(|stream| &stream.open);
                for key in open {
                    if let Some(run) = self.requests.get_mut(key).and_then(|runs| runs.last_mut()) {
                        run.has_failed = true;
                    }
                }
            }
        }
    }

    /// Ends the first pass.
    #[must_use]
    pub fn finish(self) -> SamplePlan {
        SamplePlan { requests: self.requests, cursors: Map::default() }
    }
}

impl SamplePlan {
    /// Follows the second pass: must be called once for every event that was observed, in the same order, before
    /// [`SamplePlan::decide`] is called for it.
    pub fn follow(&mut self, stream: u64, request_id: Option<&str>, line: &Line<'_>) {
        let (is_start, is_report) = (matches!(line, Line::Start(_)), matches!(line, Line::Report(_)));
        let Some(request_id) = request_id.filter(|_| is_start || is_report) else { return };
        let first = Cursor { run: 0, has_start: false, has_report: false };
        let cursor = self.cursors.entry(key(stream, request_id)).or_insert(first);
        let is_next = if is_start { cursor.has_start || cursor.has_report } else { cursor.has_report };
        if is_next {
            *cursor = Cursor { run: cursor.run + 1, ..first };
        }
        cursor.has_start |= is_start;
        cursor.has_report |= is_report;
    }

    /// Decides about an event that the sample rule matches. Events that belong to no request, or to one that the
    /// delivery cuts, are kept.
    #[must_use]
    pub fn decide(&self, rules: &Rules, rule: RuleIdx, stream: u64, request_id: Option<&str>) -> Sampling {
        const WHOLE: Sampling = Sampling::Kept { one_in: 1 };
        let rule = rules.rules.get(rule.0).map(|rule| &rule.action);
        let (Some(Action::Sample(rule)), Some(request_id)) = (rule, request_id) else { return WHOLE };
        let key = key(stream, request_id);
        let run = self.cursors.get(&key).map_or(0, |cursor| cursor.run);
        let run = self.requests.get(&key).and_then(|runs| runs.get(run));
        match run {
            Some(run) if run.is_eligible() && !keeps(rule, run) => choose(rule, request_id),
            Some(_) | None => WHOLE,
        }
    }

    /// Number of requests with a REPORT, and of those that can be sampled because their START is in the same delivery.
    #[must_use]
    pub fn requests(&self) -> (u64, u64) {
        let reported = || self.requests.values().flatten().filter(|run| run.has_report);
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        (count(reported().count()), count(reported().filter(|run| run.has_start).count()))
    }
}

/// True if the rule keeps the run for what it is.
fn keeps(rule: &SampleRule, run: &Run) -> bool {
    let is_slow = rule.slower_than.is_some_and(|limit| run.duration.is_none_or(|duration| duration > limit));
    run.has_failed || is_slow || (rule.keeps_cold && run.is_cold)
}

/// Keeps one in N requests, by the hash of the request id.
fn choose(rule: &SampleRule, request_id: &str) -> Sampling {
    let is_kept = xxh3_64(request_id.as_bytes()).is_multiple_of(u64::from(rule.one_in.max(1)));
    if is_kept { Sampling::Kept { one_in: rule.one_in } } else { Sampling::Away }
}

fn key(stream: u64, request_id: &str) -> u64 {
    xxh3_64_with_seed(request_id.as_bytes(), stream)
}

/// True for every status but success; an unknown one may be a failure.
fn is_failure(status: Option<Status>) -> bool {
    !matches!(status, None | Some(Status::Success))
}

#[cfg(test)]
mod tests;
