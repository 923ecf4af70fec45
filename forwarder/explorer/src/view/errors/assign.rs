//! Assignment of error lines to invocations: the one line that tells why an invocation failed.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU64,
    time::Duration,
};

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use tailwater_parser::{UnixMillis, derive::Outcome};
use xxhash_rust::xxh3::xxh3_64;

use super::{grouped::GroupId, table::ErrorSource};
use crate::errors::{Certainty, ErrorForm};

/// Time before the beginning of a run within which a line without a request id may be about its INIT.
const INIT_REACH: Duration = Duration::from_secs(20);

/// Kind of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Error that the function did not catch.
    Exception,
    /// The function's timeout was reached.
    Timeout,
    /// Memory ran out.
    OutOfMemory,
    /// The runtime exited, and no line tells why.
    Exit,
    /// The INIT phase failed.
    Init,
    /// Error that was logged, but did not end an invocation.
    Handled,
    /// No line tells why the invocation failed.
    Unknown,
}

impl ErrorKind {
    fn name(self) -> &'static str {
        match self {
            Self::Exception => "exception",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::Exit => "exit",
            Self::Init => "init",
            Self::Handled => "handled",
            Self::Unknown => "unknown",
        }
    }

    /// Title of an error of which nothing but the kind is known.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Exception => "an error without a message",
            Self::Timeout => "timed out",
            Self::OutOfMemory => "out of memory",
            Self::Exit => "the runtime exited",
            Self::Init => "INIT failed",
            Self::Handled => "an error was logged",
            Self::Unknown => "failed, and no line tells why",
        }
    }
}

/// Properties that all errors of a group share, besides the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// Kind of the error.
    pub kind: ErrorKind,
    /// Hash of types and frames, or of types and first line; `None` if the kind is all that is known.
    pub form: Option<u64>,
}

impl GroupKey {
    /// Id of the group: 16 hexadecimal digits that depend on the name of the function and the key only.
    #[must_use]
    pub fn id(self, function: &str) -> GroupId {
        let mut bytes = Vec::with_capacity(function.len() + 32);
        for text in [function, self.kind.name()] {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        bytes.extend_from_slice(&self.form.unwrap_or_default().to_le_bytes());
        GroupId(xxh3_64(&bytes))
    }
}

/// Error of a line or a REPORT, to be assigned to a run.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Event<'e> {
    pub(in crate::view) time: UnixMillis,
    pub(in crate::view) stream: Option<u32>,
    pub(in crate::view) request: Option<NonZeroU64>,
    pub(in crate::view) source: ErrorSource,
    pub(in crate::view) form: &'e ErrorForm,
}

/// The members of a run that the assignment needs.
pub(in crate::view) trait FailedRun {
    fn begin(&self) -> UnixMillis;
    fn end(&self) -> UnixMillis;
    fn stream(&self) -> Option<u32>;
    fn request(&self) -> Option<NonZeroU64>;
    fn outcome(&self) -> Outcome;
}

/// Result of an assignment, by the index of run and event.
#[derive(Debug, Default)]
pub(in crate::view) struct Assigned {
    /// Group of each failed run, and the line that tells why it failed.
    pub(in crate::view) runs: Vec<(usize, GroupKey, Option<usize>)>,
    /// Group of each event that is a line.
    pub(in crate::view) lines: Vec<Option<GroupKey>>,
}

/// Assigns events to runs. Both must be in their order: runs by their end, events by their time.
pub(in crate::view) fn assign<R: FailedRun>(runs: &[R], events: &[Event<'_>]) -> Assigned {
    let told = lines_of_runs(runs, events);
    let mut lines: Vec<Option<GroupKey>> = events.iter().map(unassigned).collect();
    let mut failed = Vec::new();
    for (index, run) in runs.iter().enumerate().filter(|(_, run)| run.outcome().is_failure()) {
        let own = told.get(&index).map(Vec::as_slice).unwrap_or_default();
        let (key, line) = reason(run.outcome(), own, events);
        if let Some(slot) = line.and_then(|line| lines.get_mut(line)) {
            *slot = Some(key);
        }
        failed.push((index, key, line));
    }
    Assigned { runs: failed, lines }
}

/// Group of a line that did not end a run.
fn unassigned(event: &Event<'_>) -> Option<GroupKey> {
    let kind = match event.source {
        ErrorSource::Report(_) => return None,
        ErrorSource::Line(Certainty::Uncaught) => ErrorKind::Exception,
        ErrorSource::Line(Certainty::Typed | Certainty::Plain) => ErrorKind::Handled,
    };
    Some(GroupKey { kind, form: Some(event.form.key) })
}

/// Why a run failed, and the line that tells it.
fn reason(outcome: Outcome, own: &[usize], events: &[Event<'_>]) -> (GroupKey, Option<usize>) {
    let plain = |kind| GroupKey { kind, form: None };
    match outcome {
        Outcome::Timeout => return (plain(ErrorKind::Timeout), None),
        Outcome::OutOfMemory => return (plain(ErrorKind::OutOfMemory), None),
        Outcome::Error | Outcome::Success | Outcome::Unknown => {}
    }
    let last = |wanted: Certainty| {
        own.iter()
            .copied()
            .rfind(|at| events.get(*at).is_some_and(|event| event.source == ErrorSource::Line(wanted)))
    };
    let line = last(Certainty::Uncaught).or_else(|| last(Certainty::Typed));
    let reported = own
        .iter()
        .filter_map(|at| events.get(*at))
        .rfind(|event| matches!(event.source, ErrorSource::Report(_)));
    let reported = reported.map(|event| event.form);
    let name = reported.and_then(|form| form.outer.as_deref());
    let form = line.and_then(|at| events.get(at)).map(|event| event.form);
    if name.is_some_and(is_init) || form.and_then(|form| form.outer.as_deref()).is_some_and(is_init) {
        let key = form.or(reported).map(|form| form.key);
        return (GroupKey { kind: ErrorKind::Init, form: key }, line);
    }
    match (form, name) {
        (Some(form), _) => (GroupKey { kind: ErrorKind::Exception, form: Some(form.key) }, line),
        (None, Some("Runtime.ExitError" | "Extension.ExitError" | "Extension.Crash")) => {
            (plain(ErrorKind::Exit), None)
        }
        (None, None | Some("Function.Unknown" | "Runtime.Unknown")) => (plain(ErrorKind::Unknown), None),
        (None, Some(_)) => {
            (GroupKey { kind: ErrorKind::Exception, form: reported.map(|form| form.key) }, None)
        }
    }
}

/// True for an error type of the platform about INIT.
fn is_init(name: &str) -> bool {
    const TYPES: [&str; 11] = [
        "Runtime.ImportModuleError",
        "Runtime.UserCodeSyntaxError",
        "Runtime.HandlerNotFound",
        "Runtime.MalformedHandlerName",
        "Runtime.InitError",
        "Runtime.InvalidEntrypoint",
        "Runtime.InvalidWorkingDir",
        "Runtime.InvalidTaskConfig",
        "Runtime.NoSuchHandler",
        "Extension.InitError",
        "Extension.LaunchError",
    ];
    TYPES.contains(&name)
}

type Place = (Option<u32>, Option<NonZeroU64>);

/// Events of each run, by the index of the run.
fn lines_of_runs<R: FailedRun>(runs: &[R], events: &[Event<'_>]) -> HashMap<usize, Vec<usize>, RandomState> {
    let place = |event: &Event<'_>| (event.stream, event.request);
    let wanted: HashSet<Place, RandomState> = events.iter().map(place).collect();
    let mut found: HashMap<Place, Vec<usize>, RandomState> = HashMap::default();
    for (index, run) in runs.iter().enumerate() {
        for request in [run.request(), None] {
            if wanted.contains(&(run.stream(), request)) {
                found.entry((run.stream(), request)).or_default().push(index);
            }
        }
    }
    let mut own: HashMap<usize, Vec<usize>, RandomState> = HashMap::default();
    for (index, event) in events.iter().enumerate() {
        let attempts = found.get(&place(event)).map(Vec::as_slice).unwrap_or_default();
        if let Some(run) = run_of(event, attempts, runs) {
            own.entry(run).or_default().push(index);
        }
    }
    own
}

/// The run of an event: of several attempts, the first that had not ended before. Without a request id, it is the run that
/// was in progress, or whose INIT was.
fn run_of<R: FailedRun>(event: &Event<'_>, attempts: &[usize], runs: &[R]) -> Option<usize> {
    let end = |at: &usize| runs.get(*at).map(FailedRun::end);
    let next = attempts.partition_point(|at| end(at) < Some(event.time));
    if event.request.is_some() {
        return attempts.get(next).or_else(|| attempts.last()).copied();
    }
    event.stream?;
    let run = attempts.get(next)?;
    (runs.get(*run)?.begin().before(INIT_REACH) <= event.time).then_some(*run)
}
